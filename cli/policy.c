/*
 * policy.c: `belljar policy`: what a policy allows, in words, and what may stand in a policy file.
 */
#include <string.h>

#include "grants.h"
#include "screen.h"

const cli_option policy_option_table[] = {
    OPTION_HEADING("Options"),
    OPTION_HELP,
    OPTIONS_END,
};

/* Texts of grants come from the file: line by line through cli_put_text. */
static int print_lines(char *text)
{
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL && rest != NULL;
         line = strsep(&rest, "\n")) {
        cli_put_text(stdout, line);
        putchar('\n');
    }
    return cli_flush();
}

static int explain(const char *name)
{
    bj_policy policy;
    bj_policy_init(&policy);
    int status = CLI_FAILED;
    if (grants_read_policy(&policy, name) == 0) {
        cli_autostring char *text = bj_policy_explain(&policy);
        status = text != NULL ? print_lines(text) : cli_error("out of memory");
    }
    bj_policy_clear(&policy);
    return status;
}

static int print_schema(void)
{
    cli_autostring char *text = bj_policy_schema();
    if (text == NULL)
        return cli_error("out of memory");
    puts(text);
    return cli_flush();
}

int policy_command(const cli_command *self, int argc, char **argv)
{
    cli_operands operands;
    int status;
    char nothing;
    if (!options_parse(self, argc, argv, &nothing, &operands, &status))
        return status;
    const char *what = operands.count > 0 ? operands.items[0] : "";
    if (strcmp(what, "explain") == 0 && operands.count == 2 && operands.rest_count == 0)
        return explain(operands.items[1]);
    if (strcmp(what, "schema") == 0 && operands.count == 1 && operands.rest_count == 0)
        return print_schema();
    return cli_error("policy wants 'explain NAME|FILE' or 'schema'; see 'belljar help policy'");
}
