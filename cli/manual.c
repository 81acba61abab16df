/*
 * manual.c: `belljar manual`, for the build: the commands and options as a part of the manual page, in
 * man(7) macros. The rest of the page is packaging/belljar.1.in.
 */
#include <string.h>

#include "commands.h"
#include "options.h"
#include "values.h"

/* Text as roff has it: backslashes and dashes as they are, and no line that looks like a request. */
static void print_roff(const char *text, size_t size)
{
    bool line_begins = true;
    for (size_t i = 0; i < size; i++) {
        if (line_begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", stdout);
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else if (text[i] == '~')
            fputs("\\(ti", stdout);
        else
            putchar(text[i]);
        line_begins = text[i] == '\n';
    }
}

static void print_text(const char *text)
{
    print_roff(text, strlen(text));
}

static void print_option(const cli_option *option)
{
    printf(".TP\n\\fB");
    if (option->letter != 0)
        printf("\\-%c\\fR, \\fB", option->letter);
    printf("\\-\\-");
    print_text(option->name);
    printf("\\fR");
    if (option->value != NULL)
        printf(" \\fI%s\\fR", option->value);
    putchar('\n');
    print_text(option->help);
    if (option->limit != NULL) {
        const cli_limit *limit = option->limit;
        printf(" (default %s;", values_format(limit->unit, limit->standard).text);
        printf(" %s", values_format(limit->unit, limit->least).text);
        printf(" to %s)", values_format(limit->unit, limit->most).text);
    }
    printf(".\n");
}

/* Paragraphs, separated by empty lines. */
static void print_details(const char *text)
{
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        if (line == 0)
            printf(".PP");
        print_roff(text, line);
        putchar('\n');
        text += line + (text[line] == '\n');
    }
}

static void print_examples(const char *text)
{
    printf(".PP\nExamples:\n");
    while (*text != '\0') {
        size_t command = strcspn(text, "\t");
        size_t line = strcspn(text, "\n");
        printf(".TP\n\\f(CW");
        print_roff(text, command);
        printf("\\fR\n");
        print_roff(text + command + 1, line - command - 1);
        printf(".\n");
        text += line + (text[line] == '\n');
    }
}

static void print_prompt_commands(const prompt_command *all)
{
    printf(".PP\n\\fBAt the prompt\\fR\n");
    for (const prompt_command *c = all; c->name != NULL; c++) {
        printf(".TP\n\\fB%s\\fR", c->name);
        if (c->operand != NULL)
            printf(" \\fI%s\\fR", c->operand);
        putchar('\n');
        print_text(c->help);
        printf(".\n");
    }
}

static void print_command(const cli_command *command)
{
    printf(".SS belljar %s%s", command->name, command->usage[0] != '\0' ? " " : "");
    print_text(command->usage);
    putchar('\n');
    print_text(command->summary);
    printf(".\n");
    if (command->details != NULL) {
        printf(".PP\n");
        print_details(command->details);
    }
    for (const cli_option *o = command->options; option_is_real(o) || option_is_heading(o); o++) {
        if (option_is_real(o))
            print_option(o);
        else
            printf(".PP\n\\fB%s\\fR\n", o->help);
    }
    if (command->prompt != NULL)
        print_prompt_commands(command->prompt);
    if (command->examples != NULL)
        print_examples(command->examples);
}

static void print_exit_statuses(void)
{
    printf(".SH EXIT STATUS\n");
    for (const cli_exit_status *s = cli_exit_statuses; s->status != NULL; s++) {
        printf(".TP\n\\fB%s\\fR\n", s->status);
        print_text(s->meaning);
        printf(".\n");
    }
}

int manual_command(const cli_command *self, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf(".SH COMMANDS\n");
    for (const cli_command *c = self->all; c->name != NULL; c++) {
        if (!c->hidden)
            print_command(c);
    }
    print_exit_statuses();
    return CLI_OK;
}
