/*
 * usage.c: help on one command, from its table of options.
 */
#include <string.h>

#include "commands.h"
#include "options.h"
#include "values.h"

enum { WIDTH = 80, HELP_COLUMN = 30, PROMPT_COLUMN = 19 };

/* Prints `text` from `column` on, broken at spaces, each new line indented by `indent`. */
static void print_wrapped(const char *text, int column, int indent)
{
    while (*text != '\0') {
        int word = (int)strcspn(text, " ");
        if (column > indent && column + 1 + word > WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_option(const cli_option *option)
{
    char left[80];
    char text[256];
    snprintf(left, sizeof left, "  %c%c%c --%s%s%s", option->letter != 0 ? '-' : ' ',
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ',' : ' ',
             option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
    snprintf(text, sizeof text, "%s", option->help);
    if (option->limit != NULL && option->limit->standard != 0)
        snprintf(text, sizeof text, "%s (default %s)", option->help,
                 values_format(option->limit->unit, option->limit->standard).text);
    int printed = printf("%-*s", HELP_COLUMN - 1, left);
    if (printed >= HELP_COLUMN)
        printf("\n%*s", HELP_COLUMN - 1, "");
    putchar(' ');
    print_wrapped(text, HELP_COLUMN, HELP_COLUMN);
}

static void print_options(const cli_option *table)
{
    for (const cli_option *o = table; option_is_real(o) || option_is_heading(o); o++) {
        if (option_is_heading(o))
            printf("\n%s:\n", o->help);
        else
            print_option(o);
    }
}

/* Lines of "command\tmeaning". */
static void print_examples(const char *text)
{
    printf("\nExamples:\n");
    while (*text != '\0') {
        size_t command = strcspn(text, "\t");
        size_t line = strcspn(text, "\n");
        printf("  %.*s\n      %.*s\n", (int)command, text, (int)(line - command - 1),
               text + command + 1);
        text += line + (text[line] == '\n');
    }
}

static void print_prompt_commands(const prompt_command *all)
{
    printf("\nAt the prompt:\n");
    for (const prompt_command *c = all; c->name != NULL; c++) {
        printf("  %-9s %-6s ", c->name, c->operand != NULL ? c->operand : "");
        print_wrapped(c->help, PROMPT_COLUMN, PROMPT_COLUMN);
    }
}

static void print_exit_statuses(void)
{
    printf("\nExit status:\n");
    for (const cli_exit_status *s = cli_exit_statuses; s->status != NULL; s++) {
        printf("  %-5s ", s->status);
        print_wrapped(s->meaning, 8, 8);
    }
}

void help_print_command(const cli_command *command)
{
    printf("Usage: belljar %s %s\n\n%s.\n", command->name, command->usage, command->summary);
    if (command->details != NULL)
        printf("\n%s\n", command->details);
    print_options(command->options);
    if (command->prompt != NULL)
        print_prompt_commands(command->prompt);
    if (command->examples != NULL)
        print_examples(command->examples);
    if (command->runs_programs)
        print_exit_statuses();
}
