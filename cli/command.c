/*
 * command.c: what commands have in common: finding one by its name, and what their exit statuses mean.
 */
#include <string.h>

#include "cli.h"
#include "suggest.h"

const cli_exit_status cli_exit_statuses[] = {
    {"0..", "the program's own: 0 when it ran to its end, what it asked to exit with (255 where "
            "that is more than a process can give)"},
    {"1", "an uncaught exception"},
    {"124", "a limit stopped it"},
    {"125", "Belljar itself failed: a wrong option, no such file, a full disk"},
    {"126", "not a valid module or snapshot, or a module that imports what nobody grants"},
    {"130", "interrupted by Ctrl-C (143: by SIGTERM)"},
    {"134", "WebAssembly trapped"},
    {"141", "whoever read the output has closed the pipe"},
    {NULL, NULL},
};

const cli_command *cli_find_command(const cli_command *all, const char *name)
{
    suggestion near = {.word = name};
    for (const cli_command *c = all; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
        if (!c->hidden)
            suggest_offer(&near, c->name);
    }
    if (near.best != NULL)
        cli_error("there is no command '%s'; did you mean '%s'?", name, near.best);
    else
        cli_error("there is no command '%s'; 'belljar help' lists them", name);
    return NULL;
}
