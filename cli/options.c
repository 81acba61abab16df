/*
 * options.c: reads a command line by a table of options. What is understood stands in options.h.
 *
 * It allocates nothing: operands are moved to the front of argv, which is never longer than what has been
 * read of it.
 */
#include "options.h"

#include <string.h>

#include "suggest.h"

int option_take_flag(const cli_option *option, void *target, const char *value)
{
    (void)value;
    *(bool *)((char *)target + option->offset) = true;
    return 0;
}

int option_take_string(const cli_option *option, void *target, const char *value)
{
    *(const char **)((char *)target + option->offset) = value;
    return 0;
}

int option_take_limit(const cli_option *option, void *target, const char *value)
{
    return limits_read(option->limit, value, (uint64_t *)((char *)target + option->offset));
}

static int take_value(const cli_option *option, bj_unit unit, void *target, const char *value)
{
    uint64_t *number = (uint64_t *)((char *)target + option->offset);
    if (bj_quantity_read(unit, value, number, NULL) == 0 && *number > 0)
        return 0;
    cli_error("--%s wants more than nothing, as in %s: not '%s'", option->name,
              bj_quantity_examples(unit), value);
    return -1;
}

int option_take_time(const cli_option *option, void *target, const char *value)
{
    return take_value(option, BJ_UNIT_MILLISECONDS, target, value);
}

int option_take_size(const cli_option *option, void *target, const char *value)
{
    return take_value(option, BJ_UNIT_BYTES, target, value);
}

/* One of two passes over a command line: the first takes the options that are `early`, the second all others. */
typedef struct parser {
    const cli_command *command;
    void *target;
    char **argv;
    int argc;
    int next;     /* the argument that is read next */
    bool help;    /* --help was seen */
    bool last;    /* an option was seen after which all is the guest's */
    bool early;   /* this is the first pass */
    int operands; /* in the second pass they are moved to the front of argv */
} parser;

static const cli_option *find_name(const cli_option *table, const char *name, size_t length)
{
    for (const cli_option *o = table; option_is_real(o) || option_is_heading(o); o++) {
        if (option_is_real(o) && strncmp(o->name, name, length) == 0 && o->name[length] == '\0')
            return o;
    }
    return NULL;
}

static const cli_option *find_letter(const cli_option *table, char letter)
{
    for (const cli_option *o = table; option_is_real(o) || option_is_heading(o); o++) {
        if (o->letter == letter && letter != '\0')
            return o;
    }
    return NULL;
}

static int unknown_option(const parser *p, const char *argument, size_t name_length)
{
    char name[64] = "";
    if (name_length < sizeof name)
        memcpy(name, argument + 2, name_length);
    suggestion near = {.word = name};
    for (const cli_option *o = p->command->options; option_is_real(o) || option_is_heading(o);
         o++) {
        if (option_is_real(o))
            suggest_offer(&near, o->name);
    }
    if (near.best != NULL)
        cli_error("'belljar %s' has no option --%s; did you mean --%s?", p->command->name, name,
                  near.best);
    else
        cli_error("'belljar %s' has no option %.*s; see 'belljar help %s'", p->command->name,
                  (int)name_length + 2, argument, p->command->name);
    return -1;
}

/* Whether `value` is one of the words that the option lists; all are, where it lists none. */
static bool is_listed(const char *words, const char *value)
{
    if (words == NULL)
        return true;
    size_t length = strlen(value);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(at, value, length) == 0)
            return true;
        at += word;
    }
    return false;
}

static int take(parser *p, const cli_option *option, const char *value)
{
    if (option->take == NULL) {
        p->help = true;
        return 0;
    }
    if (value != NULL && !is_listed(option->words, value)) {
        cli_error("--%s '%s' is unknown; choose one of: %s", option->name, value, option->words);
        return -1;
    }
    p->last = option->last;
    return option->early == p->early ? option->take(option, p->target, value) : 0;
}

/* Takes the option with the argument after it, where it wants a value and none was attached. */
static int take_next(parser *p, const cli_option *option, const char *as_written)
{
    if (option->value == NULL)
        return take(p, option, NULL);
    if (p->next >= p->argc) {
        cli_error("%s wants a value: %s %s", as_written, as_written, option->value);
        return -1;
    }
    return take(p, option, p->argv[p->next++]);
}

static int parse_long(parser *p, const char *argument)
{
    const char *equals = strchr(argument, '=');
    size_t length = equals != NULL ? (size_t)(equals - argument) - 2 : strlen(argument + 2);
    const cli_option *option = find_name(p->command->options, argument + 2, length);
    if (option == NULL)
        return unknown_option(p, argument, length);
    if (equals == NULL)
        return take_next(p, option, argument);
    if (option->value == NULL) {
        cli_error("--%s takes no value", option->name);
        return -1;
    }
    return take(p, option, equals + 1);
}

/* "-iv", "-e CODE" or "-eCODE". */
static int parse_letters(parser *p, const char *argument)
{
    for (const char *at = argument + 1; *at != '\0'; at++) {
        const cli_option *option = find_letter(p->command->options, *at);
        if (option == NULL) {
            cli_error("'belljar %s' has no option %s; see 'belljar help %s'", p->command->name,
                      argument, p->command->name);
            return -1;
        }
        const char as_written[] = {'-', *at, '\0'};
        if (option->value != NULL && at[1] != '\0')
            return take(p, option, at + 1);
        if (take_next(p, option, as_written) < 0)
            return -1;
    }
    return 0;
}

static int parse_argument(parser *p, char *argument)
{
    if (strncmp(argument, "--", 2) == 0)
        return parse_long(p, argument);
    if (argument[0] == '-' && argument[1] != '\0')
        return parse_letters(p, argument);
    if (!p->early)
        p->argv[p->operands] = argument;
    p->operands++;
    return 0;
}

/* Reads up to where the guest's arguments begin, or --help stands. 0, or -1 after a message. */
static int parse(parser *p)
{
    while (p->next < p->argc && !p->help) {
        char *argument = p->argv[p->next++];
        if (strcmp(argument, "--") == 0)
            return 0;
        if (parse_argument(p, argument) < 0)
            return -1;
        if (p->last || (p->command->file_ends && p->operands > 0))
            return 0;
    }
    return 0;
}

bool options_parse(const cli_command *command, int argc, char **argv, void *target,
                   cli_operands *operands, int *status)
{
    parser first = {
        .command = command, .target = target, .argv = argv, .argc = argc, .early = true};
    parser p = {.command = command, .target = target, .argv = argv, .argc = argc};
    *status = CLI_FAILED;
    if (parse(&first) < 0)
        return false;
    if (first.help) {
        help_print_command(command);
        *status = CLI_OK;
        return false;
    }
    if (parse(&p) < 0)
        return false;
    *operands = (cli_operands){
        .items = argv,
        .count = p.operands,
        .rest = argv + p.next,
        .rest_count = argc - p.next,
    };
    *status = CLI_OK;
    return true;
}
