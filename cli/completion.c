/*
 * completion.c: `belljar completion`: completion scripts, made from the tables of commands and options.
 */
#include <string.h>

#include "options.h"

/* Calls `print` for each option of a command. */
typedef void option_printer(const cli_command *command, const cli_option *option);

static void each_option(const cli_command *command, option_printer *print)
{
    for (const cli_option *o = command->options; option_is_real(o) || option_is_heading(o); o++) {
        if (option_is_real(o))
            print(command, o);
    }
}

static void each_command(const cli_command *all, void (*print)(const cli_command *command))
{
    for (const cli_command *c = all; c->name != NULL; c++) {
        if (!c->hidden)
            print(c);
    }
}

/* `text` with a backslash before each of the characters of `special`, in single quotes of a shell. */
static void print_escaped(const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\'", stdout);
        else if (strchr(special, *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

/* ------------------------------------------------------------------ bash */

static void bash_command_name(const cli_command *command)
{
    printf(" %s", command->name);
}

static void bash_option_name(const cli_command *command, const cli_option *option)
{
    (void)command;
    printf(" --%s", option->name);
}

/* A case that says how the value of an option is completed. */
static void bash_option_value(const cli_command *command, const cli_option *option)
{
    if (option->value == NULL)
        return;
    printf("    '%s --%s'", command->name, option->name);
    if (option->letter != 0)
        printf(" | '%s -%c'", command->name, option->letter);
    if (option->words != NULL)
        printf(") _belljar_words '%s' ;;\n", option->words);
    else if (option->complete == COMPLETE_NOTHING)
        printf(") ;;\n");
    else
        printf(") _belljar_files %s ;;\n", option->complete == COMPLETE_DIR ? "-d" : "-f");
}

static void bash_values(const cli_command *command)
{
    each_option(command, bash_option_value);
}

static void bash_options(const cli_command *command)
{
    printf("    '%s -'*) _belljar_words '", command->name);
    each_option(command, bash_option_name);
    printf("' ;;\n");
    if (command->takes_file)
        printf("    '%s '*) _belljar_files -f '%s' ;;\n", command->name,
               command->words != NULL ? command->words : "");
    else if (command->words != NULL)
        printf("    '%s '*) _belljar_words '%s' ;;\n", command->name, command->words);
}

static void print_bash(const cli_command *all)
{
    printf("# Completion of belljar for bash; made by 'belljar completion bash'.\n"
           "_belljar_words() {\n"
           "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\")\n"
           "}\n"
           "_belljar_files() {\n"
           "  compopt -o filenames\n"
           "  mapfile -t COMPREPLY < <(compgen \"$1\" -W \"${2:-}\" -- \"$word\")\n"
           "}\n"
           "_belljar() {\n"
           "  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
           "  COMPREPLY=()\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "    _belljar_words '--help --version");
    each_command(all, bash_command_name);
    printf("'\n"
           "    return\n"
           "  fi\n"
           "  case \"$command ${COMP_WORDS[COMP_CWORD - 1]}\" in\n");
    each_command(all, bash_values);
    printf("    *)\n"
           "    case \"$command $word\" in\n");
    each_command(all, bash_options);
    printf("    esac ;;\n"
           "  esac\n"
           "}\n"
           "complete -F _belljar belljar\n");
}

/* ------------------------------------------------------------------ zsh */

static void zsh_command(const cli_command *command)
{
    printf("    '%s:", command->name);
    print_escaped(command->summary, ":");
    printf("'\n");
}

/* ":placeholder:how to complete it", still inside the quotes of the option. */
static void zsh_value(const cli_option *option)
{
    putchar(':');
    print_escaped(option->value, ":");
    if (option->words != NULL)
        printf(":(%s)", option->words);
    else if (option->complete == COMPLETE_NOTHING)
        printf(": ");
    else
        printf(":_files%s", option->complete == COMPLETE_DIR ? " -/" : "");
}

static void zsh_option(const cli_command *command, const cli_option *option)
{
    (void)command;
    const char *attach = option->value != NULL ? "=" : "";
    printf(" \\\n      ");
    if (option->letter != 0)
        printf("'*'{-%c%s,--%s%s}'[", option->letter, option->value != NULL ? "+" : "",
               option->name, attach);
    else
        printf("'*--%s%s[", option->name, attach);
    print_escaped(option->help, "[]:");
    putchar(']');
    if (option->value != NULL)
        zsh_value(option);
    putchar('\'');
}

static void zsh_options(const cli_command *command)
{
    printf("  %s)\n    _arguments -s -S", command->name);
    each_option(command, zsh_option);
    if (command->takes_file && command->words != NULL)
        printf(" \\\n      '1:file:_alternative \"words:word:(%s)\" \"files:file:_files\"'",
               command->words);
    else if (command->takes_file)
        printf(" \\\n      '1:file:_files'");
    else if (command->words != NULL)
        printf(" \\\n      '1:word:(%s)'", command->words);
    printf("\n    ;;\n");
}

static void print_zsh(const cli_command *all)
{
    printf("#compdef belljar\n"
           "# Completion of belljar for zsh; made by 'belljar completion zsh'.\n"
           "_belljar() {\n"
           "  local -a commands=(\n");
    each_command(all, zsh_command);
    printf("  )\n"
           "  if (( CURRENT == 2 )); then\n"
           "    _describe -t commands command commands\n"
           "    return\n"
           "  fi\n"
           "  shift words\n"
           "  (( CURRENT-- ))\n"
           "  case $words[1] in\n");
    each_command(all, zsh_options);
    printf("  esac\n"
           "}\n"
           "_belljar \"$@\"\n");
}

/* ------------------------------------------------------------------ fish */

static void fish_command(const cli_command *command)
{
    printf("complete -c belljar -n __fish_use_subcommand -f -a %s -d '", command->name);
    print_escaped(command->summary, "");
    printf("'\n");
}

static void fish_option(const cli_command *command, const cli_option *option)
{
    printf("complete -c belljar -n '__fish_seen_subcommand_from %s' -l %s", command->name,
           option->name);
    if (option->letter != 0)
        printf(" -s %c", option->letter);
    if (option->words != NULL)
        printf(" -x -a '%s'", option->words);
    else if (option->value != NULL && option->complete == COMPLETE_DIR)
        printf(" -x -a '(__fish_complete_directories)'");
    else if (option->value != NULL)
        printf(option->complete == COMPLETE_FILE ? " -r -F" : " -x");
    printf(" -d '");
    print_escaped(option->help, "");
    printf("'\n");
}

static void fish_options(const cli_command *command)
{
    each_option(command, fish_option);
    if (!command->takes_file || command->words != NULL)
        printf("complete -c belljar -n '__fish_seen_subcommand_from %s'%s -a '%s'\n", command->name,
               command->takes_file ? "" : " -f", command->words != NULL ? command->words : "");
}

static void print_fish(const cli_command *all)
{
    printf("# Completion of belljar for fish; made by 'belljar completion fish'.\n");
    each_command(all, fish_command);
    each_command(all, fish_options);
}

/* ------------------------------------------------------------------ the command */

static const struct shell {
    const char *name;
    void (*print)(const cli_command *all);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

int completion_command(const cli_command *self, int argc, char **argv)
{
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, NULL, &operands, &status))
        return status;
    for (size_t i = 0; i < sizeof shells / sizeof shells[0] && operands.count == 1; i++) {
        if (strcmp(shells[i].name, operands.items[0]) == 0) {
            shells[i].print(self->all);
            return CLI_OK;
        }
    }
    return cli_error("completion wants the name of a shell: bash, zsh or fish");
}
