/*
 * job.c: a guest from its options to what is handed out, whatever runs in between.
 *
 * What must exist on the host is opened before the guest is, so that a mistake costs nothing.
 */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "review.h"

void job_init(job *j, job_options *options)
{
    *j = (job){.options = options, .input = -1};
    j->guest.source = &j->source;
    j->guest.policy = &options->grants.policy;
    bj_policy_init(&options->grants.policy);
}

void job_close(job *j)
{
    guest_close(&j->guest);
    source_clear(&j->source);
    if (j->input > STDIN_FILENO)
        close(j->input);
    if (j->audit != NULL && j->audit != stderr)
        fclose(j->audit);
    shown_clear(&j->shown);
    grants_clear(&j->options->grants);
    packages_clear(&j->options->packages);
}

/* ------------------------------------------------------------------ before the run */

int job_check_usage(const job_options *options)
{
    if ((options->diff || options->commit) && options->grants.overlay_count == 0)
        return cli_error("--%s shows no changes without an overlay: --dir HOST:GUEST:overlay",
                         options->diff ? "diff" : "commit");
    pictures_way way;
    if (!pictures_choose(options->images, &way))
        return cli_error("--images: '%s' is none of " PICTURES_WORDS, options->images);
    if (options->from == NULL && (options->twin || options->keep_env))
        return cli_error("--%s: there is no snapshot to go on from; name it with --from",
                         options->twin ? "twin" : "keep-env");
    if (options->keep_env && options->grants.has_env)
        return cli_error("--keep-env: the variables are those of the snapshot; leave out --env, "
                         "and what --policy sets");
    return CLI_OK;
}

/* --from and --save, as far as can be seen before the run. */
static int check_snapshots(const job *j, int arguments)
{
    const job_options *options = j->options;
    if (options->from == NULL && options->save == NULL)
        return CLI_OK;
    if (j->source.language->runtime == NULL)
        return cli_error(
            "--%s: only python, javascript and typescript have snapshots; a module just runs",
            options->from != NULL ? "from" : "save");
    if (options->keep_env && arguments > 0)
        return cli_error("--keep-env: the arguments are those of the snapshot; leave out what "
                         "stands after --");
    struct stat info;
    cli_autofree char *path = strdup(options->save != NULL ? options->save : ".");
    if (path == NULL)
        return cli_error("out of memory");
    if (options->save != NULL && stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return cli_error("--save: %s is there and no regular file; name another", options->save);
    if (access(dirname(path), W_OK) < 0)
        return cli_error("--save: cannot write %s: %s", options->save, strerror(errno));
    return CLI_OK;
}

/* --stdin: the guest reads from the descriptor as it goes, so that a pipe may be endless. */
static int open_input(job *j)
{
    const char *path = j->options->input;
    if (path == NULL)
        return CLI_OK;
    struct stat info;
    j->input = cli_is_dash(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (j->input < 0 || fstat(j->input, &info) < 0)
        return cli_error("--stdin: cannot open %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return cli_error("--stdin: %s is a directory; name a file", path);
    bj_error err;
    if (bj_policy_grant_stdin_fd(&j->options->grants.policy, j->input, &err) < 0)
        return cli_library_error(&err);
    return CLI_OK;
}

static int open_packages(job *j)
{
    job_options *options = j->options;
    return packages_grant(&options->packages, &j->source, &options->machine,
                          &options->grants.policy);
}

static int open_out(const job *j)
{
    const char *out = j->options->out;
    struct stat info;
    if (out != NULL && mkdir(out, 0777) < 0 && errno != EEXIST)
        return cli_error("--out: cannot make the directory %s: %s", out, strerror(errno));
    if (out != NULL && (stat(out, &info) < 0 || !S_ISDIR(info.st_mode)))
        return cli_error("--out: %s is not a directory", out);
    return CLI_OK;
}

/* A failure is noticed at the end: check_audit. */
static void audit_line(void *user, const char *line, size_t size)
{
    const job *j = user;
    if (j->shows_audit)
        screen_put(j->audit, SCREEN_JSON, line, size);
    else
        fwrite(line, 1, size, j->audit);
    putc('\n', j->audit);
}

static int open_audit(job *j)
{
    const char *path = j->options->audit;
    if (path == NULL)
        return CLI_OK;
    bj_error err;
    j->audit = cli_is_dash(path) ? stderr : fopen(path, "we");
    if (j->audit == NULL)
        return cli_error("--audit: cannot write %s: %s", path, strerror(errno));
    j->shows_audit = !j->options->raw && isatty(fileno(j->audit));
    if (bj_policy_on_audit(&j->options->grants.policy, audit_line, j, &err) < 0)
        return cli_library_error(&err);
    return CLI_OK;
}

static int grant_rest(job *j, char **arguments, int count, bool quiet)
{
    bj_policy *policy = &j->options->grants.policy;
    bj_error err;
    /* By the name that the guest can find it by, with what lies beside it, where it can. */
    const char *inside =
        j->source.is_file ? grants_in_guest(&j->options->grants, j->source.name) : NULL;
    const char *name = inside != NULL ? inside : j->source.name;
    int status = bj_policy_grant_arg(policy, name, &err);
    for (int i = 0; i < count && status == 0; i++)
        status = bj_policy_grant_arg(policy, arguments[i], &err);
    j->guest.out.raw = j->options->raw;
    if (status == 0 && !quiet)
        status = bj_policy_on_output(policy, stream_output, &j->guest.out, &err);
    return status == 0 ? CLI_OK : cli_library_error(&err);
}

int job_open(job *j, char **arguments, int count, bool quiet)
{
    j->quiet = quiet;
    int status = check_snapshots(j, count);
    if (status == CLI_OK)
        status = open_input(j);
    if (status == CLI_OK)
        status = open_packages(j);
    if (status == CLI_OK)
        status = open_out(j);
    if (status == CLI_OK)
        status = open_audit(j);
    if (status == CLI_OK)
        status = grant_rest(j, arguments, count, quiet);
    if (status == CLI_OK)
        status = key_read(&j->guest.key, j->options->key_file);
    j->guest.spawn_flags = (j->options->twin ? BJ_SPAWN_TWIN : 0) |
                           (j->options->keep_env ? BJ_SPAWN_KEEP_ENVIRONMENT : 0);
    if (status == CLI_OK)
        status = guest_open(&j->guest, &j->options->machine, j->options->from);
    return status;
}

/* ------------------------------------------------------------------ what is handed out */

static shown_options display_options(const job *j)
{
    shown_options options = {.out = j->options->out, .quiet = j->quiet, .raw = j->options->raw};
    if (!pictures_choose(j->options->images, &options.way))
        options.way = PICTURES_NONE; /* job_check_usage has refused it */
    return options;
}

int job_show(job *j, const bj_receipt *receipt)
{
    const shown_options options = display_options(j);
    if (j->guest.out.open_line && !j->quiet && bj_receipt_display_count(receipt) > 0)
        putchar('\n'); /* not behind the guest's last line */
    const int status = shown_hand_out(&j->shown, &options, j->guest.box, receipt);
    fflush(stdout); /* before what comes next on stderr; a failure is told at the end */
    return status;
}

static int copy_out(job *j)
{
    const char *out = j->options->out;
    if (out == NULL)
        return CLI_OK;
    bj_error err;
    const shown_options options = display_options(j);
    if (shown_make_way(&j->shown, &options, j->guest.box) != CLI_OK)
        return CLI_FAILED;
    int64_t count = bj_sandbox_copy_out(j->guest.box, "/work", out, &err);
    if (count < 0) {
        cli_library_error(&err);
        return CLI_FAILED;
    }
    if (j->options->machine.verbose)
        cli_note("%lld %s copied to %s", (long long)count, count == 1 ? "file" : "files", out);
    return CLI_OK;
}

/* --save: nobody wants to go on from what failed. */
static int save(job *j, int outcome)
{
    const char *path = j->options->save;
    if (path == NULL)
        return CLI_OK;
    if (outcome != CLI_OK) {
        cli_note("--save: nothing was written to %s: the program did not end well", path);
        return CLI_OK;
    }
    if (bj_sandbox_has_ended(j->guest.box))
        return cli_error("--save: nothing was written to %s: the interpreter has ended, as exit() "
                         "or a limit end it; let the program run to its last line",
                         path);
    return guest_save(&j->guest, path);
}

/* --diff shows what a program did, however it ended; --commit applies what one did that ended well. */
static int review(job *j, int outcome)
{
    const job_options *options = j->options;
    int status = CLI_OK;
    if (options->diff)
        status = review_show(j->guest.box, &options->grants, options->raw);
    if (!options->commit || status != CLI_OK)
        return status;
    if (outcome != CLI_OK) {
        cli_note("nothing was applied to the host: the program did not end well");
        return CLI_OK;
    }
    return review_commit(j->guest.box, &options->grants);
}

/* Whether all lines were written. */
static int check_audit(job *j)
{
    if (j->audit == NULL || (fflush(j->audit) == 0 && !ferror(j->audit)))
        return CLI_OK;
    return cli_error("--audit: cannot write %s: %s", j->options->audit, strerror(errno));
}

int job_hand_out(job *j, int outcome)
{
    int copied = copy_out(j);
    int saved = save(j, outcome);
    int reviewed = review(j, outcome);
    int audited = check_audit(j);
    bool well = copied == CLI_OK && saved == CLI_OK && reviewed == CLI_OK && audited == CLI_OK;
    return well ? CLI_OK : CLI_FAILED;
}
