/*
 * help.c: `belljar help`.
 */
#include "options.h"

void help_print_all(const cli_command *all, FILE *out)
{
    fprintf(out,
            "Belljar %s runs code that nobody has read, under glass.\n\n"
            "Usage: belljar COMMAND [ARGUMENTS]\n\nCommands:\n",
            bj_version());
    for (const cli_command *c = all; c->name != NULL; c++) {
        if (!c->hidden)
            fprintf(out, "  %-12s %s\n", c->name, c->summary);
    }
    fprintf(out, "\n  belljar run -e 'print(6 * 7)'   is a first try;\n"
                 "  belljar help COMMAND            tells more.\n");
}

int help_command(const cli_command *self, int argc, char **argv)
{
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, NULL, &operands, &status))
        return status;
    if (operands.count == 0) {
        help_print_all(self->all, stdout);
        return CLI_OK;
    }
    const cli_command *command = cli_find_command(self->all, operands.items[0]);
    if (command == NULL)
        return CLI_FAILED;
    help_print_command(command);
    return CLI_OK;
}
