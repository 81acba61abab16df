/*
 * run.c: `belljar run`: source or a module goes in, its output, outcome and receipt come out. What it
 * shares with a session is in job.c.
 */
#include <errno.h>
#include <string.h>

#include "job.h"
#include "json.h"
#include "module.h"
#include "outcome.h"
#include "session.h"

typedef struct run_options {
    job_options job;
    const char *code;
    bool as_command; /* whether it was given by -c */
    const char *module;
    const char *receipt;
    bool json;
    bool interactive;
} run_options;
_Static_assert(offsetof(run_options, job) == 0, "the options of a job count on it");

static int take_command(const cli_option *option, void *target, const char *value)
{
    run_options *options = target;
    (void)option;
    options->code = value;
    options->as_command = true;
    return 0;
}

const cli_option run_option_table[] = {
    OPTION_HEADING("Program"),
    JOB_LANGUAGE_OPTION(SOURCE_LANGUAGES,
                        "python, python-lean (without packages), javascript, typescript or wasm"),
    {.name = "code",
     .letter = 'e',
     .value = "CODE",
     .help = "run CODE in place of a file",
     .take = option_take_string,
     .offset = offsetof(run_options, code)},
    {.name = "command",
     .letter = 'c',
     .value = "CODE",
     .help = "the same, as interpreters have it: what follows are its arguments",
     .take = take_command,
     .last = true},
    {.name = "module",
     .letter = 'm',
     .value = "MODULE",
     .help =
         "run a module of Python as a program in place of a file; what follows are its arguments, "
         "and it is shown the directories among them that stand before an option, as overlays in "
         "/work",
     .take = option_take_string,
     .last = true,
     .offset = offsetof(run_options, module)},
    {.name = "interactive",
     .letter = 'i',
     .help = "go on as 'belljar session' does, after the program if there is one",
     .take = option_take_flag,
     .offset = offsetof(run_options, interactive)},
    JOB_FROM_OPTION,
    JOB_SANDBOX_OPTIONS,
    {.name = "no-script-packages",
     .help = "leave out the packages that the program itself asks for, in Python's comments "
             "'# /// script'",
     .take = option_take_flag,
     .offset = offsetof(run_options, job.packages.named_only)},
    JOB_OUTPUT_OPTIONS,
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
    MACHINE_OPTIONS(run_options, job.machine),
    OPTION_HELP,
    OPTIONS_END,
};

typedef struct run {
    run_options options;
    job job;
    FILE *receipt; /* of --receipt, or NULL */
} run;

/* The option that names the program. */
static const char *given_by(const run_options *options)
{
    if (options->code == NULL)
        return "-m";
    return options->as_command ? "-c" : "-e";
}

/* Refuses what contradicts itself. CLI_OK, or CLI_FAILED after a message. */
static int check_usage(const run_options *options, const cli_operands *operands)
{
    const char *file = operands->count > 0 ? operands->items[0] : NULL;
    int stdin_uses = cli_is_dash(file) + cli_is_dash(options->job.input) + options->interactive;
    if (operands->count > 1)
        return cli_error("'%s' is one file too many; arguments of the program go after --: "
                         "belljar run %s -- %s",
                         operands->items[1], file, operands->items[1]);
    if (file != NULL && (options->code != NULL || options->module != NULL))
        return cli_error("both %s and %s; give one program", file, given_by(options));
    if (options->code != NULL && options->module != NULL)
        return cli_error("both %s and -m; give one program", given_by(options));
    if (file == NULL && options->code == NULL && options->module == NULL && !options->interactive)
        return cli_error("nothing to run: name a FILE, - for stdin, -e CODE or -m MODULE; see "
                         "'belljar help run'");
    if (stdin_uses > 1)
        return cli_error("stdin can be one of: the program (-), the prompt (-i), the guest's stdin "
                         "(--stdin -)");
    if (options->job.diff && options->json)
        return cli_error("--json prints the receipt and nothing else; leave out --diff");
    if (options->interactive && (options->json || options->receipt != NULL))
        return cli_error("a prompt (-i) has no receipt; leave out --json and --receipt");
    return job_check_usage(&options->job);
}

/* Reads FILE, or takes CODE, or neither for a prompt alone. */
static int load_source(run *r, const char *file)
{
    cli_source *source = &r->job.source;
    const char *name = r->options.job.language;
    const cli_language *language = name != NULL ? source_find_language(name) : NULL;
    if (file != NULL)
        return source_read(source, file, language);
    if (r->options.code != NULL)
        return source_take_code(source, given_by(&r->options), r->options.code, language);
    if (r->options.module != NULL)
        return source_take_module(source, r->options.module, language);
    source_take_nothing(source, language);
    return CLI_OK;
}

/* --receipt: before the run, since afterwards would be too late to hear of a wrong path. */
static int open_receipt(run *r)
{
    const char *path = r->options.receipt;
    if (path == NULL)
        return CLI_OK;
    r->receipt = cli_is_dash(path) ? stderr : fopen(path, "we");
    if (r->receipt == NULL)
        return cli_error("--receipt: cannot write %s: %s", path, strerror(errno));
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
    const bool raw = r->options.job.raw, seen = isatty(STDOUT_FILENO);
    if (r->options.json && json_write_text(stdout, text, seen, seen && !raw) < 0)
        return CLI_FAILED; /* cli_flush says why */
    if (r->receipt == NULL)
        return CLI_OK;
    if (json_write_text(r->receipt, text, true, !raw && isatty(fileno(r->receipt))) < 0 ||
        fflush(r->receipt) != 0)
        return cli_error("--receipt: cannot write %s: %s", r->options.receipt, strerror(errno));
    return CLI_OK;
}

/* After the run: everything that was asked for, whatever the outcome. The first failure of ours becomes
 * the exit status in place of the guest's. */
static int hand_out(run *r, const bj_receipt *receipt)
{
    const guest *g = &r->job.guest;
    const int shown = job_show(&r->job, receipt);
    if (!r->options.json)
        outcome_report(g, receipt);
    if (r->options.job.machine.verbose)
        outcome_report_usage(receipt);
    int written = write_receipt(r, receipt);
    int streamed = stream_status(&g->out);
    int outcome = outcome_status(g, receipt);
    int handed = job_hand_out(&r->job, streamed != CLI_OK ? streamed : outcome);
    if (streamed != CLI_OK)
        return streamed;
    return shown != CLI_OK || written != CLI_OK || handed != CLI_OK ? CLI_FAILED : outcome;
}

static int run_source(run *r)
{
    bj_error err;
    bj_receipt *receipt = guest_run(&r->job.guest, &err);
    if (receipt == NULL)
        return cli_library_error(&err);
    int status = hand_out(r, receipt);
    bj_receipt_delete(receipt);
    return status;
}

static int run_all(run *r, cli_operands *operands)
{
    int status = check_usage(&r->options, operands);
    if (status == CLI_OK)
        status = load_source(r, operands->count > 0 ? operands->items[0] : NULL);
    if (status == CLI_OK && r->options.module != NULL)
        status = module_arguments(&r->options.job.grants, operands);
    if (status == CLI_OK && r->options.interactive)
        return session_run(&r->job, operands->rest, operands->rest_count, SESSION_UNDO_AT_TERMINAL);
    if (status == CLI_OK)
        status = open_receipt(r);
    if (status == CLI_OK)
        status = job_open(&r->job, operands->rest, operands->rest_count, r->options.json);
    return status == CLI_OK ? run_source(r) : status;
}

int run_command(const cli_command *self, int argc, char **argv)
{
    run r = {.receipt = NULL};
    job_init(&r.job, &r.options.job);
    cli_operands operands;
    int status;
    if (options_parse(self, argc, argv, &r.options, &operands, &status))
        status = run_all(&r, &operands);
    job_close(&r.job);
    if (r.receipt != NULL && r.receipt != stderr)
        fclose(r.receipt);
    return status;
}
