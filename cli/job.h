/*
 * job.h: what `belljar run` and `belljar session` have in common: their options, what must exist before
 * anything runs, and what is handed out at the end.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "grants.h"
#include "guest.h"
#include "packages.h"
#include "shown.h"

/* Every options struct of a command that has a job begins with one: the rows below count on it. */
typedef struct job_options {
    cli_grants grants; /* and limits */
    machine_options machine;
    cli_packages packages;
    const char *language;
    const char *input;
    const char *from;
    bool twin;
    bool keep_env;
    const char *save;
    const char *key_file;
    const char *out;
    const char *images;
    const char *audit;
    bool diff;
    bool commit;
    bool raw;
} job_options;

/* The placeholder by unit, as a constant expression for the table. */
#define JOB_LIMIT_VALUE(unit)                                                                      \
    ((unit) == BJ_UNIT_BYTES ? "SIZE" : (unit) == BJ_UNIT_MILLISECONDS ? "TIME" : "N")

#define JOB_LIMIT_OPTION(field, name_, unit, default_, least, most, help_)                         \
    {.name = name_,                                                                                \
     .value = JOB_LIMIT_VALUE(unit),                                                               \
     .help = help_,                                                                                \
     .take = option_take_limit,                                                                    \
     .limit = &cli_limits[CLI_LIMIT_##field],                                                      \
     .offset = offsetof(job_options, grants.policy.field)},

#define JOB_LANGUAGE_OPTION(words_, listed)                                                        \
    {.name = "lang",                                                                               \
     .value = "LANGUAGE",                                                                          \
     .help = listed ", where the file's ending does not say it",                                   \
     .take = option_take_string,                                                                   \
     .words = words_,                                                                              \
     .offset = offsetof(job_options, language)}

#define JOB_FROM_OPTION                                                                            \
    {.name = "from",                                                                               \
     .value = "SNAPSHOT",                                                                          \
     .help = "go on from the snapshot in this file; grant again what it was granted",              \
     .take = option_take_string,                                                                   \
     .complete = COMPLETE_FILE,                                                                    \
     .offset = offsetof(job_options, from)},                                                       \
        {.name = "twin",                                                                           \
         .help = "--from: draw the random numbers that the snapshot would have drawn",             \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(job_options, twin)},                                                   \
        {.name = "keep-env",                                                                       \
         .help = "--from: keep the variables and arguments that the snapshot was taken with",      \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(job_options, keep_env)},                                               \
    {                                                                                              \
        .name = "key-file", .value = "FILE",                                                       \
        .help =                                                                                    \
            "encrypt and authenticate snapshots that are saved and loaded with the key in FILE: "  \
            "32 random bytes, or 64 hexadecimal digits",                                           \
        .take = option_take_string, .complete = COMPLETE_FILE,                                     \
        .offset = offsetof(job_options, key_file)                                                  \
    }

/* An option for each limit, and what the guest may see. */
#define JOB_SANDBOX_OPTIONS                                                                        \
    OPTION_HEADING("Limits"),                                                                      \
        {.name = "policy",                                                                         \
         .value = "NAME|FILE",                                                                     \
         .help = "limits and grants of a preset (strict, default, roomy) or a file of TOML or "    \
                 "JSON; what other options say stands over it ('belljar policy explain')",         \
         .take = grants_take_policy,                                                               \
         .early = true,                                                                            \
         .complete = COMPLETE_FILE,                                                                \
         .offset = offsetof(job_options, grants)},                                                 \
        BJ_LIMITS(JOB_LIMIT_OPTION) OPTION_HEADING("What the guest may see"),                      \
        {.name = "dir",                                                                            \
         .value = "HOST:GUEST[:ro|rw|overlay]",                                                    \
         .help = "show the directory HOST at the absolute path GUEST: read-only, for changes, or " \
                 "for changes that stay in memory; repeatable",                                    \
         .take = grants_take_dir,                                                                  \
         .offset = offsetof(job_options, grants),                                                  \
         .complete = COMPLETE_DIR},                                                                \
        {.name = "tmp",                                                                            \
         .value = "SIZE[:GUEST]",                                                                  \
         .help = "an empty directory in memory of at most SIZE, at /tmp or GUEST; repeatable",     \
         .take = grants_take_tmp,                                                                  \
         .offset = offsetof(job_options, grants)},                                                 \
        {.name = "archive",                                                                        \
         .value = "FILE:GUEST",                                                                    \
         .help = "show the zip file FILE (a wheel, say) as the directory GUEST, read-only; "       \
                 "repeatable",                                                                     \
         .take = grants_take_archive,                                                              \
         .offset = offsetof(job_options, grants),                                                  \
         .complete = COMPLETE_FILE},                                                               \
        {.name = "package",                                                                        \
         .value = "NAME[==VERSION]|FILE.whl|npm:NAME[@RANGE]",                                     \
         .help =                                                                                   \
             "a package and what it depends on, kept on the host: pure Python, found by pip, or "  \
             "pure JavaScript of npm's (npm:zod@3); repeatable",                                   \
         .take = packages_take,                                                                    \
         .offset = offsetof(job_options, packages)},                                               \
        {.name = "devices",                                                                        \
         .help = "show a command /dev with null, zero and urandom; interpreters see it in any "    \
                 "case",                                                                           \
         .take = grants_take_devices,                                                              \
         .offset = offsetof(job_options, grants)},                                                 \
        {.name = "exceptions",                                                                     \
         .help = "let a module throw and catch (compiled with -fwasm-exceptions)",                 \
         .take = grants_take_exceptions,                                                           \
         .offset = offsetof(job_options, grants)},                                                 \
        {.name = "env",                                                                            \
         .value = "NAME[=VALUE]",                                                                  \
         .help = "set a variable, or pass on the one that is set here; repeatable",                \
         .take = grants_take_env,                                                                  \
         .offset = offsetof(job_options, grants)},                                                 \
        {.name = "seed",                                                                           \
         .value = "N",                                                                             \
         .help = "a clock and a randomness of its own, from this number: the same run gives the "  \
                 "same receipt, with a digest",                                                    \
         .take = grants_take_seed,                                                                 \
         .offset = offsetof(job_options, grants)},                                                 \
    {                                                                                              \
        .name = "stdin", .value = "FILE",                                                          \
        .help = "what the guest reads from stdin; - for this command's own; nothing by default",   \
        .take = option_take_string, .complete = COMPLETE_FILE,                                     \
        .offset = offsetof(job_options, input)                                                     \
    }

#define JOB_OUTPUT_OPTIONS                                                                         \
    OPTION_HEADING("What comes out"),                                                              \
        {.name = "out",                                                                            \
         .value = "DIR",                                                                           \
         .help = "copy what the guest leaves in /work to DIR, however it ends, and write what it " \
                 "shows there: display-1.png",                                                     \
         .take = option_take_string,                                                               \
         .complete = COMPLETE_DIR,                                                                 \
         .offset = offsetof(job_options, out)},                                                    \
        {.name = "images",                                                                         \
         .value = "WAY",                                                                           \
         .help =                                                                                   \
             "how pictures are shown at a terminal: kitty or iterm, by their protocols, none, "    \
             "or auto (the default): what it is known to understand",                              \
         .take = option_take_string,                                                               \
         .words = PICTURES_WORDS,                                                                  \
         .offset = offsetof(job_options, images)},                                                 \
        {.name = "save",                                                                           \
         .value = "SNAPSHOT",                                                                      \
         .help = "write the interpreter's state at the end to this file, if it ends well",         \
         .take = option_take_string,                                                               \
         .complete = COMPLETE_FILE,                                                                \
         .offset = offsetof(job_options, save)},                                                   \
        {.name = "diff",                                                                           \
         .help = "show what was changed in overlays, as a unified diff after the output",          \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(job_options, diff)},                                                   \
        {.name = "commit",                                                                         \
         .help = "apply what was changed in overlays to the host, if it ends well; asks at a "     \
                 "terminal",                                                                       \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(job_options, commit)},                                                 \
        {.name = "raw",                                                                            \
         .help = "send a terminal what the guest wrote as it is; control characters, escape "      \
                 "sequences and invisible characters are shown otherwise",                         \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(job_options, raw)},                                                    \
    {                                                                                              \
        .name = "audit", .value = "FILE",                                                          \
        .help = "write a line of JSON to FILE for each call to the host that names a resource; - " \
                "for stderr",                                                                      \
        .take = option_take_string, .complete = COMPLETE_FILE,                                     \
        .offset = offsetof(job_options, audit)                                                     \
    }

typedef struct job {
    job_options *options; /* borrowed */
    cli_source source;
    guest guest;
    int input;        /* descriptor of --stdin, or -1; 0 is not closed */
    FILE *audit;      /* of --audit, or NULL */
    bool shows_audit; /* at a terminal */
    shown_files shown;
    bool quiet; /* nothing of the guest's on stdout */
} job;

/* Every limit at its default, nothing granted. job_close follows, whatever happens. */
void job_init(job *j, job_options *options);
void job_close(job *j);

/* Refuses options that contradict each other. CLI_OK, or CLI_FAILED after a message. */
int job_check_usage(const job_options *options);

/* Opens what the options name, and makes the sandbox; nothing runs yet. `arguments` are the guest's; its
 * output streams unless it is `quiet`. CLI_OK, or an exit status after a message. */
int job_open(job *j, char **arguments, int count, bool quiet);

/* What a receipt has to show: on stdout, unless the job is quiet, and as files of --out. CLI_OK, or CLI_FAILED after a message. */
int job_show(job *j, const bj_receipt *receipt);

/* Files to --out, the snapshot of --save, changes shown and applied, the audit's end: all that was asked for, after
 * a run that ended with the status `outcome`. CLI_OK, or CLI_FAILED after a message. */
int job_hand_out(job *j, int outcome);

#endif
