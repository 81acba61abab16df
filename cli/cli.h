/*
 * cli.h: what every part of the command shares: exit statuses, messages, the shape of a command.
 *
 * The command is a caller of libbelljar like any other: of the project it includes belljar.h only.
 * One file per subcommand; main.c holds their table, and help, completion and the manual are made
 * from it.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "belljar.h"

/* Exit statuses besides the guest's own (0, 1 for an uncaught exception, what it asked to exit with). */
enum {
    CLI_OK = 0,
    CLI_EXCEPTION = 1,      /* an uncaught exception of the guest */
    CLI_UNHEALTHY = 1,      /* `doctor` found something broken */
    CLI_LIMIT = 124,        /* a limit stopped the guest, as timeout(1) has it */
    CLI_FAILED = 125,       /* Belljar itself failed: wrong usage, input and output, no memory */
    CLI_NOT_RUNNABLE = 126, /* not a valid module, or an import that nobody grants */
    CLI_SIGNAL = 128, /* + the signal that ended it: 130 Ctrl-C, 143 SIGTERM, 141 stdout closed */
    CLI_TRAP = CLI_SIGNAL + 6 /* WebAssembly trapped; what a shell reports of abort() */
};

#define CLI_PRINTF(string, first) __attribute__((format(printf, string, first)))

/* The same for help and manual; ended by a row without a status. */
typedef struct cli_exit_status {
    const char *status;
    const char *meaning;
} cli_exit_status;

extern const cli_exit_status cli_exit_statuses[];

/* ---- Messages: one line on stderr each, "belljar: " in front, control characters made visible. ---- */

/* Says what is wrong and what to do. Returns CLI_FAILED, so that `return cli_error(…)` reads well. */
int cli_error(const char *format, ...) CLI_PRINTF(1, 2);

/* The same for something that is no failure; returns nothing. */
void cli_note(const char *format, ...) CLI_PRINTF(1, 2);

/* A library's error as a message. CLI_FAILED, or CLI_NOT_RUNNABLE where the fault lies in the module. */
int cli_library_error(const bj_error *err);

/* Writes out what stdio still holds for stdout. CLI_OK; or, after a message, CLI_FAILED; or, quietly,
 * the status of a closed pipe. */
int cli_flush(void);

/* Writes `text` on one line, with what a terminal would obey or hide shown as escapes: names come from modules and guests
 * that nobody has read. In screen.c, which has more. */
void cli_put_text(FILE *out, const char *text);

/* ---- Commands ---- */

struct cli_option;
struct prompt_command;

typedef struct cli_command {
    const char *name;
    const char *usage;    /* what follows the name, e.g. "[options] FILE" */
    const char *summary;  /* one line for the list of commands */
    const char *details;  /* paragraphs, separated by empty lines; not wrapped; NULL for none */
    const char *examples; /* lines of "command\tmeaning", NULL for none */
    const struct cli_option *options; /* ends with OPTIONS_END */
    const char *words;  /* what its operand may be, by spaces; NULL: a file, or nothing */
    bool takes_file;    /* its operand may be a file */
    bool runs_programs; /* its exit status is the program's */
    bool hidden;        /* not listed: for the build */
    bool file_ends;     /* what follows its first operand is the guest's */
    const struct prompt_command *prompt; /* what is understood at its prompt; NULL: it has none */
    const struct cli_command *all; /* the table that it stands in, for those that tell of all */
    /* `argv` begins after the command's name. The process's exit status. */
    int (*run)(const struct cli_command *self, int argc, char **argv);
} cli_command;

/* Of `all`, which ends with one without a name. NULL, after a message, when there is none of that name. */
const cli_command *cli_find_command(const cli_command *all, const char *name);

int run_command(const cli_command *self, int argc, char **argv);
int session_command(const cli_command *self, int argc, char **argv);
int inspect_command(const cli_command *self, int argc, char **argv);
int freeze_command(const cli_command *self, int argc, char **argv);
int precompile_command(const cli_command *self, int argc, char **argv);
int policy_command(const cli_command *self, int argc, char **argv);
int doctor_command(const cli_command *self, int argc, char **argv);
int help_command(const cli_command *self, int argc, char **argv);
int completion_command(const cli_command *self, int argc, char **argv);
int manual_command(const cli_command *self, int argc, char **argv);

/* Help: of all commands on `out`, of one (usage.c) on stdout. */
void help_print_all(const cli_command *all, FILE *out);
void help_print_command(const cli_command *command);

/* Whether an argument stands for a standard stream; NULL does not. */
static inline bool cli_is_dash(const char *text)
{
    return text != NULL && strcmp(text, "-") == 0;
}

/* ---- Cleanup by scope; initialise to NULL, -1. ---- */

static inline void cli_cleanup_free(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

static inline void cli_cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cli_cleanup_string(char **text)
{
    bj_free(*text);
}

#define cli_autofree   __attribute__((cleanup(cli_cleanup_free)))
#define cli_autoclose  __attribute__((cleanup(cli_cleanup_close)))
#define cli_autostring __attribute__((cleanup(cli_cleanup_string))) /* of a `_describe` function */

#endif
