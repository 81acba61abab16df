/*
 * run.c: `belljar run`: source or a module goes in, its output and outcome come out.
 *
 * In order: the command line, the source, what must exist on the host (so that a mistake costs nothing),
 * the sandbox, the run, and then what is handed out: files, receipt, exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "grants.h"
#include "json.h"
#include "options.h"
#include "outcome.h"
#include "prompt.h"
#include "review.h"

typedef struct run_options {
    cli_grants grants;
    machine_options machine;
    const char *language;
    const char *code;
    const char *input;
    const char *out;
    const char *receipt;
    const char *audit;
    bool json;
    bool interactive;
    bool diff;
    bool commit;
} run_options;

/* ------------------------------------------------------------------ options */

/* The placeholder by unit, as a constant expression for the table. */
#define LIMIT_VALUE(unit)                                                                          \
    ((unit) == BJ_UNIT_BYTES ? "SIZE" : (unit) == BJ_UNIT_MILLISECONDS ? "TIME" : "N")

#define LIMIT_OPTION(field, name_, unit, default_, least, most, help_)                             \
    {.name = name_,                                                                                \
     .value = LIMIT_VALUE(unit),                                                                   \
     .help = help_,                                                                                \
     .take = option_take_limit,                                                                    \
     .limit = &cli_limits[CLI_LIMIT_##field],                                                      \
     .offset = offsetof(run_options, grants.policy.field)},

const cli_option run_option_table[] = {
    OPTION_HEADING("Program"),
    {.name = "lang",
     .value = "LANGUAGE",
     .help = "python, javascript or wasm, where the file's ending does not say it",
     .take = option_take_string,
     .words = SOURCE_LANGUAGES,
     .offset = offsetof(run_options, language)},
    {.name = "code",
     .letter = 'e',
     .value = "CODE",
     .help = "run CODE in place of a file",
     .take = option_take_string,
     .offset = offsetof(run_options, code)},
    {.name = "interactive",
     .letter = 'i',
     .help = "read more source from stdin, line by line, with a prompt at a terminal",
     .take = option_take_flag,
     .offset = offsetof(run_options, interactive)},
    OPTION_HEADING("Limits"),
    BJ_LIMITS(LIMIT_OPTION) /* an option for each */
    OPTION_HEADING("What the guest may see"),
    {.name = "dir",
     .value = "HOST:GUEST[:ro|rw|overlay]",
     .help = "show the directory HOST at the absolute path GUEST: read-only, for changes, or for "
             "changes that stay in memory; repeatable",
     .take = grants_take_dir,
     .offset = offsetof(run_options, grants),
     .complete = COMPLETE_DIR},
    {.name = "tmp",
     .value = "SIZE[:GUEST]",
     .help = "an empty directory in memory of at most SIZE, at /tmp or GUEST; repeatable",
     .take = grants_take_tmp,
     .offset = offsetof(run_options, grants)},
    {.name = "archive",
     .value = "FILE:GUEST",
     .help = "show the zip file FILE (a wheel, say) as the directory GUEST, read-only; repeatable",
     .take = grants_take_archive,
     .offset = offsetof(run_options, grants),
     .complete = COMPLETE_FILE},
    {.name = "devices",
     .help = "show a command /dev with null, zero and urandom; interpreters see it in any case",
     .take = grants_take_devices,
     .offset = offsetof(run_options, grants)},
    {.name = "env",
     .value = "NAME[=VALUE]",
     .help = "set a variable, or pass on the one that is set here; repeatable",
     .take = grants_take_env,
     .offset = offsetof(run_options, grants)},
    {.name = "stdin",
     .value = "FILE",
     .help = "what the guest reads from stdin; - for this command's own; nothing by default",
     .take = option_take_string,
     .complete = COMPLETE_FILE,
     .offset = offsetof(run_options, input)},
    OPTION_HEADING("What comes out"),
    {.name = "out",
     .value = "DIR",
     .help = "copy what the guest leaves in /work to DIR, however it ends",
     .take = option_take_string,
     .complete = COMPLETE_DIR,
     .offset = offsetof(run_options, out)},
    {.name = "diff",
     .help = "show what the program changed in overlays, as a unified diff after its output",
     .take = option_take_flag,
     .offset = offsetof(run_options, diff)},
    {.name = "commit",
     .help = "apply what it changed in overlays to the host, if it ends well; asks at a terminal",
     .take = option_take_flag,
     .offset = offsetof(run_options, commit)},
    {.name = "json",
     .help = "print the receipt as one JSON object, and nothing else",
     .take = option_take_flag,
     .offset = offsetof(run_options, json)},
    {.name = "receipt",
     .value = "FILE",
     .help = "write the receipt to FILE, besides streaming the output; - for stderr",
     .take = option_take_string,
     .complete = COMPLETE_FILE,
     .offset = offsetof(run_options, receipt)},
    {.name = "audit",
     .value = "FILE",
     .help = "write a line of JSON to FILE for each call to the host that names a resource; - for "
             "stderr",
     .take = option_take_string,
     .complete = COMPLETE_FILE,
     .offset = offsetof(run_options, audit)},
    MACHINE_OPTIONS(run_options, machine),
    OPTION_HELP,
    OPTIONS_END,
};

/* ------------------------------------------------------------------ the run */

/* What one run holds. All of it is released by run_close. */
typedef struct run {
    run_options options;
    cli_source source;
    guest guest;
    int input;     /* descriptor of --stdin, or -1; 0 is not closed */
    FILE *receipt; /* of --receipt, or NULL */
    FILE *audit;   /* of --audit, or NULL */
} run;

static void run_close(run *r)
{
    guest_close(&r->guest);
    source_clear(&r->source);
    if (r->input > STDIN_FILENO)
        close(r->input);
    if (r->receipt != NULL && r->receipt != stderr)
        fclose(r->receipt);
    if (r->audit != NULL && r->audit != stderr)
        fclose(r->audit);
    grants_clear(&r->options.grants);
}

static bool is_dash(const char *text)
{
    return text != NULL && strcmp(text, "-") == 0;
}

/* Refuses what contradicts itself. CLI_OK, or CLI_FAILED after a message. */
static int check_usage(const run_options *options, const cli_operands *operands)
{
    const char *file = operands->count > 0 ? operands->items[0] : NULL;
    int stdin_uses = is_dash(file) + is_dash(options->input) + options->interactive;
    if (operands->count > 1)
        return cli_error("'%s' is one file too many; arguments of the program go after --: "
                         "belljar run %s -- %s",
                         operands->items[1], file, operands->items[1]);
    if (file != NULL && options->code != NULL)
        return cli_error("both %s and -e; give one program", file);
    if (file == NULL && options->code == NULL && !options->interactive)
        return cli_error(
            "nothing to run: name a FILE, - for stdin, or -e CODE; see 'belljar help run'");
    if (stdin_uses > 1)
        return cli_error("stdin can be one of: the program (-), the prompt (-i), the guest's stdin "
                         "(--stdin -)");
    if ((options->diff || options->commit) && options->grants.overlay_count == 0)
        return cli_error("--%s shows no changes without an overlay: --dir HOST:GUEST:overlay",
                         options->diff ? "diff" : "commit");
    if (options->diff && options->json)
        return cli_error("--json prints the receipt and nothing else; leave out --diff");
    if (options->interactive && (options->json || options->receipt != NULL))
        return cli_error("a prompt (-i) has no receipt; leave out --json and --receipt");
    return CLI_OK;
}

/* Reads FILE, or takes CODE, or neither for a prompt alone. */
static int load_source(run *r, const char *file)
{
    const run_options *options = &r->options;
    const cli_language *language =
        options->language != NULL ? source_find_language(options->language) : NULL;
    int status = CLI_OK;
    if (file != NULL) {
        status = source_read(&r->source, file, language);
    } else if (options->code != NULL) {
        status = source_take_code(&r->source, options->code, language);
    } else {
        r->source.language = language != NULL ? language : source_standard_language();
        r->source.name = "<stdin>";
    }
    if (status == CLI_OK && options->interactive && r->source.language->runtime == NULL)
        return cli_error("a prompt (-i) is for python and javascript; a module just runs");
    return status;
}

/* --stdin: the guest reads from the descriptor as it goes, so that a pipe may be endless. */
static int open_input(run *r)
{
    const char *path = r->options.input;
    if (path == NULL)
        return CLI_OK;
    struct stat info;
    r->input = is_dash(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (r->input < 0 || fstat(r->input, &info) < 0)
        return cli_error("--stdin: cannot open %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return cli_error("--stdin: %s is a directory; name a file", path);
    bj_error err;
    if (bj_policy_grant_stdin_fd(&r->options.grants.policy, r->input, &err) < 0)
        return cli_library_error(&err);
    return CLI_OK;
}

static void audit_line(void *user, const char *line, size_t size)
{
    FILE *file = user;
    fwrite(line, 1, size, file); /* a failure is noticed at the end: check_audit */
    putc('\n', file);
}

static int open_audit(run *r)
{
    const char *path = r->options.audit;
    if (path == NULL)
        return CLI_OK;
    bj_error err;
    r->audit = is_dash(path) ? stderr : fopen(path, "we");
    if (r->audit == NULL)
        return cli_error("--audit: cannot write %s: %s", path, strerror(errno));
    if (bj_policy_on_audit(&r->options.grants.policy, audit_line, r->audit, &err) < 0)
        return cli_library_error(&err);
    return CLI_OK;
}

/* Whether all lines were written. */
static int check_audit(run *r)
{
    if (r->audit == NULL || (fflush(r->audit) == 0 && !ferror(r->audit)))
        return CLI_OK;
    return cli_error("--audit: cannot write %s: %s", r->options.audit, strerror(errno));
}

/* --out and --receipt: before the run, since afterwards would be too late to hear of a wrong path. */
static int open_outputs(run *r)
{
    const run_options *options = &r->options;
    struct stat info;
    if (options->out != NULL && mkdir(options->out, 0777) < 0 && errno != EEXIST)
        return cli_error("--out: cannot make the directory %s: %s", options->out, strerror(errno));
    if (options->out != NULL && (stat(options->out, &info) < 0 || !S_ISDIR(info.st_mode)))
        return cli_error("--out: %s is not a directory", options->out);
    if (options->receipt == NULL)
        return CLI_OK;
    r->receipt = is_dash(options->receipt) ? stderr : fopen(options->receipt, "we");
    if (r->receipt == NULL)
        return cli_error("--receipt: cannot write %s: %s", options->receipt, strerror(errno));
    return CLI_OK;
}

static int grant_args(run *r, const cli_operands *operands)
{
    bj_error err;
    int status = bj_policy_grant_arg(&r->options.grants.policy, r->source.name, &err);
    for (int i = 0; i < operands->rest_count && status == 0; i++)
        status = bj_policy_grant_arg(&r->options.grants.policy, operands->rest[i], &err);
    if (status == 0 && !r->options.json)
        status = bj_policy_on_output(&r->options.grants.policy, stream_output, &r->guest.out, &err);
    return status == 0 ? CLI_OK : cli_library_error(&err);
}

/* ------------------------------------------------------------------ what is handed out */

static int copy_out(run *r)
{
    if (r->options.out == NULL)
        return CLI_OK;
    bj_error err;
    int64_t count = bj_sandbox_copy_out(r->guest.box, "/work", r->options.out, &err);
    if (count < 0) {
        cli_library_error(&err);
        return CLI_FAILED;
    }
    if (r->options.machine.verbose)
        cli_note("%lld %s copied to %s", (long long)count, count == 1 ? "file" : "files",
                 r->options.out);
    return CLI_OK;
}

/* --json in one line, or laid out when a person looks at it; --receipt laid out always. */
static int write_receipt(run *r, const bj_receipt *receipt)
{
    if (!r->options.json && r->receipt == NULL)
        return CLI_OK;
    cli_autostring char *text = bj_receipt_describe(receipt);
    if (text == NULL)
        return cli_error("out of memory while writing the receipt");
    if (r->options.json && json_write_text(stdout, text, isatty(STDOUT_FILENO)) < 0)
        return CLI_FAILED; /* cli_flush says why */
    if (r->receipt == NULL)
        return CLI_OK;
    if (json_write_text(r->receipt, text, true) < 0 || fflush(r->receipt) != 0)
        return cli_error("--receipt: cannot write %s: %s", r->options.receipt, strerror(errno));
    return CLI_OK;
}

/* --diff shows what a program did, however it ended; --commit applies what one did that ended well. */
static int review(run *r, int outcome)
{
    const run_options *options = &r->options;
    int status = CLI_OK;
    if (options->diff)
        status = review_show(r->guest.box, &options->grants);
    if (!options->commit || status != CLI_OK)
        return status;
    if (outcome != CLI_OK) {
        cli_note("nothing was applied to the host: the program did not end well");
        return CLI_OK;
    }
    return review_commit(r->guest.box, &options->grants);
}

/* After the run: everything that was asked for, whatever the outcome. The first failure of ours becomes
 * the exit status in place of the guest's. */
static int hand_out(run *r, const bj_receipt *receipt)
{
    if (!r->options.json)
        outcome_report(&r->guest, receipt);
    if (r->options.machine.verbose)
        outcome_report_usage(receipt);
    int copied = copy_out(r);
    int written = write_receipt(r, receipt);
    int streamed = stream_status(&r->guest.out);
    if (streamed != CLI_OK)
        return streamed;
    const int outcome = outcome_status(&r->guest, receipt);
    const int reviewed = review(r, outcome);
    const int audited = check_audit(r);
    if (copied != CLI_OK || written != CLI_OK || reviewed != CLI_OK || audited != CLI_OK)
        return CLI_FAILED;
    return outcome;
}

/* The prompt, after the file if there was one; files come out at its end. */
static int run_prompt(run *r)
{
    int status = prompt_run(&r->guest);
    int copied = copy_out(r);
    int reviewed = review(r, status);
    int audited = check_audit(r);
    return copied != CLI_OK     ? copied
           : reviewed != CLI_OK ? reviewed
           : audited != CLI_OK  ? audited
                                : status;
}

static int run_source(run *r)
{
    bj_error err;
    bj_receipt *receipt = guest_run(&r->guest, &err);
    if (receipt == NULL)
        return cli_library_error(&err);
    bool prompt =
        r->options.interactive && r->guest.out.failure == 0 && !bj_sandbox_has_ended(r->guest.box);
    int status = prompt ? run_prompt(r) : hand_out(r, receipt);
    bj_receipt_delete(receipt);
    return status;
}

static int run_all(run *r, const cli_operands *operands)
{
    int status = check_usage(&r->options, operands);
    if (status == CLI_OK)
        status = load_source(r, operands->count > 0 ? operands->items[0] : NULL);
    if (status == CLI_OK)
        status = open_input(r);
    if (status == CLI_OK)
        status = open_outputs(r);
    if (status == CLI_OK)
        status = open_audit(r);
    if (status == CLI_OK)
        status = grant_args(r, operands);
    if (status == CLI_OK)
        status = guest_open(&r->guest, &r->options.machine);
    if (status != CLI_OK)
        return status;
    return r->source.bytes != NULL ? run_source(r) : run_prompt(r);
}

int run_command(const cli_command *self, int argc, char **argv)
{
    run r = {.input = -1};
    r.guest.source = &r.source;
    r.guest.policy = &r.options.grants.policy;
    bj_policy_init(&r.options.grants.policy);
    cli_operands operands;
    int status = CLI_OK;
    switch (options_parse(self, argc, argv, &r.options, &operands)) {
    case OPTIONS_OK:
        status = run_all(&r, &operands);
        break;
    case OPTIONS_WRONG:
        status = CLI_FAILED;
        break;
    case OPTIONS_DONE:
        break;
    }
    run_close(&r);
    return status;
}
