/*
 * options.h: a table of options per command, and the one parser that reads command lines by it.
 *
 * Understood: --name value, --name=value, -n value, -nvalue, letters together (-iv), options before and
 * after operands, and `--`, after which all is the guest's, as it is after an option that is `last`. The last
 * value of an option counts, except where its `take` collects. Help, completion and the manual page come from the same tables.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>

#include "cli.h"
#include "limits.h"

typedef struct cli_option cli_option;

/* Stores `value` (NULL for a flag) in the command's options struct. 0, or -1 after a message. */
typedef int cli_take(const cli_option *option, void *target, const char *value);

typedef enum cli_complete { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_DIR } cli_complete;

struct cli_option {
    const char *name;       /* without dashes; NULL for a heading, whose text is `help` */
    const char *value;      /* the placeholder of its value; NULL for a flag */
    const char *help;       /* one line, no full stop; NULL without a name ends the table */
    cli_take *take;         /* NULL: --help */
    size_t offset;          /* of what it sets in the command's options struct */
    const cli_limit *limit; /* for option_take_limit, else NULL */
    const char *words;      /* the values there are, by spaces; NULL when there is no such list */
    cli_complete complete;  /* what a shell offers for its value */
    char letter;            /* its short form, or 0 */
    bool early;             /* is taken before all others, wherever it stands */
    bool last;              /* what follows its value is all the guest's */
};

#define OPTION_HEADING(text) {.help = text}
#define OPTION_HELP          {.name = "help", .letter = 'h', .help = "this help"}
#define OPTIONS_END          {.name = NULL}

/* The tables of the commands that have more than --help, in the commands' files. */
extern const cli_option run_option_table[];
extern const cli_option session_option_table[];
extern const cli_option inspect_option_table[];
extern const cli_option doctor_option_table[];
extern const cli_option freeze_option_table[];
extern const cli_option precompile_option_table[];
extern const cli_option policy_option_table[];

/* Setters at `offset`: a bool becomes true; a const char * points at the value (which lives in argv); a
 * uint64_t takes a limit's value. */
cli_take option_take_flag;
cli_take option_take_string;
cli_take option_take_limit;
/* A uint64_t takes a time in milliseconds, or bytes; from 1. */
cli_take option_take_time;
cli_take option_take_size;

/* What is left of the command line. Both point into argv. */
typedef struct cli_operands {
    char **items; /* what is no option, in order */
    int count;
    char **rest; /* what stands after `--` */
    int rest_count;
} cli_operands;

/* Reads the command line `argv` (which it reorders) by the table of `command` into `target`. False: the command ends here with
 * *status: CLI_OK after --help, CLI_FAILED after a message. */
bool options_parse(const cli_command *command, int argc, char **argv, void *target,
                   cli_operands *operands, int *status);

/* Whether the entry is an option, or a heading. The table goes on while either holds. */
static inline bool option_is_real(const cli_option *option)
{
    return option->name != NULL;
}

static inline bool option_is_heading(const cli_option *option)
{
    return option->name == NULL && option->help != NULL;
}

#endif
