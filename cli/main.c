/*
 * main.c: the `belljar` command: its table of subcommands, and which of them is meant.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "commands.h"
#include "options.h"

/* Some of its rows tell of all. */
extern const cli_command cli_commands[];

static int version_command(const cli_command *self, int argc, char **argv);

static const cli_option plain_option_table[] = {
    OPTION_HEADING("Options"),
    OPTION_HELP,
    OPTIONS_END,
};

const cli_command cli_commands[] = {
    {
        .name = "run",
        .usage = "[options] FILE|- [-- ARGUMENTS]",
        .summary = "Run a program in a sandbox",
        .details =
            "FILE is Python (.py), JavaScript (.js, .mjs), TypeScript (.ts, .mts) or a WASI\n"
            "module (.wasm, .wat); with - the program is read from stdin. Where no ending says "
            "the\n"
            "language, --lang does; for -, -e and -i it is python otherwise.\n"
            "\n"
            "The program gets nothing: no files, no variables, no network, an empty stdin. Its\n"
            "working directory /work is a scratch directory in memory. What stands after -- are\n"
            "its arguments. Its output streams as it comes; Ctrl-C ends it, twice at once.\n"
            "\n"
            "A TIME is 500ms, 10s, 2m or 1h; a SIZE is 64K, 256M or 1G; an N is 1000, 500k or 1e9.",
        .examples = "belljar run script.py\ta Python program, with nothing granted\n"
                    "belljar script.py 2026\tthe same; what follows the file are its arguments\n"
                    "belljar run --timeout 2s --memory 64M -e 'print(6 * 7)'\ta line of Python, "
                    "kept short\n"
                    "belljar run --dir ./data:/data:ro --out results report.py -- 2026\t"
                    "it reads /data; what it leaves in /work lands in results\n"
                    "belljar run --dir .:/src:overlay --diff edit.py\twhat it would change "
                    "here; --commit applies it\n"
                    "belljar run --package sympy solve.py\twith a package from PyPI\n"
                    "belljar run --json script.js | jq .usage\twhat it used, from its receipt\n"
                    "echo hello | belljar run --stdin - filter.wasm\ta WASI module as a filter\n"
                    "belljar run --save ready.bj setup.py\tkeep the interpreter as it is after "
                    "setup.py\n"
                    "belljar run --from ready.bj script.py\tand go on from there, as often as "
                    "wanted\n",
        .options = run_option_table,
        .takes_file = true,
        .runs_programs = true,
        .run = run_command,
    },
    {
        .name = "session",
        .usage = "[options] [python|javascript|typescript|FILE] [-- ARGUMENTS]",
        .summary = "Talk to an interpreter that can be forked and taken back",
        .details =
            "Reads Python, JavaScript or TypeScript line by line; FILE (.py, .js, .mjs, .ts) is\n"
            "run before that. At a terminal there are prompts, line editing, and a history in\n"
            "$XDG_STATE_HOME/belljar/history. From a pipe it reads without prompts, and exits as\n"
            "'belljar run' would for the last input that failed.\n"
            "\n"
            "Ctrl-C ends what runs, or drops the line; Ctrl-D ends the session. After a limit, a\n"
            "trap or Ctrl-C the interpreter has ended until ':rewind' brings it back. Limits of\n"
            "time and output are for each input.",
        .examples = "belljar session\ta Python prompt\n"
                    "belljar session --dir .:/src:overlay --diff setup.py\tafter setup.py; at the "
                    "end, what was changed\n"
                    "belljar session --from ready.bj\tgoing on from what --save or ':save' wrote\n"
                    "printf '%s\\n' 'x = 1' :fork 'x = 2' :back x | belljar session\t"
                    "without a person: prints 1\n",
        .options = session_option_table,
        .words = "python python-lean javascript typescript",
        .takes_file = true,
        .runs_programs = true,
        .prompt = prompt_commands,
        .run = session_command,
    },
    {
        .name = "inspect",
        .usage = "[options] FILE.wasm|FILE.wat|-",
        .summary = "Show what a module imports and exports, and what it would be denied",
        .examples =
            "belljar inspect tool.wasm\timports, exports, memory, and whether it would run\n"
            "belljar inspect --json tool.wasm | jq '.imports[] | select(.granted | not)'\t"
            "what nobody grants\n",
        .options = inspect_option_table,
        .takes_file = true,
        .run = inspect_command,
    },
    {
        .name = "policy",
        .usage = "explain [options] NAME|FILE | schema",
        .summary = "Say in words what a policy allows, or print the JSON Schema of policy files",
        .details =
            "NAME is a preset: strict, default or roomy. FILE is TOML, or JSON where it ends with\n"
            ".json: what 'belljar run --policy' takes, and Python's and Node's `policy`.",
        .examples = "belljar policy explain strict.toml\twhat a program may do under it\n"
                    "belljar policy explain strict\tthe limits of a preset\n"
                    "belljar policy schema >policy.schema.json\tfor an editor\n",
        .options = policy_option_table,
        .words = "explain schema",
        .takes_file = true,
        .run = policy_command,
    },
    {
        .name = "freeze",
        .usage = "[options] FILE.wasm -o FILE",
        .summary = "Start an interpreter and write it down as a module that has been started",
        .details =
            "FILE.wasm is a module that speaks belljar_guest.h; its library FILE-lib.zip is taken\n"
            "from beside it. The build freezes Python and JavaScript by this. Freezing twice "
            "gives\n"
            "the same bytes; what belongs to one sandbox alone is taken when one is made.",
        .examples = "belljar freeze python.wasm -o python.image.wasm\tas the build does\n",
        .options = freeze_option_table,
        .takes_file = true,
        .run = freeze_command,
    },
    {
        .name = "precompile",
        .usage = "[options] python|javascript|typescript|FILE.wasm... -o DIR",
        .summary = "Compile runtimes for any x86-64-v3 machine, to be shipped",
        .details =
            "What an installation finds in the folder 'compiled' beside its guests it need not "
            "compile.\n"
            "'make install' does this. Belljar takes compiled code from nowhere else but its own\n"
            "private cache.",
        .examples = "belljar precompile python javascript -o /usr/local/share/belljar/compiled\tas "
                    "'make install' does\n",
        .options = precompile_option_table,
        .words = "python python-lean javascript typescript",
        .takes_file = true,
        .run = precompile_command,
    },
    {
        .name = "doctor",
        .usage = "[options]",
        .summary = "Show what this machine supports, and try each kind of program",
        .details = "Exits with 1 when something does not work, after advice on it.",
        .examples = "belljar doctor\ta report to read\n"
                    "belljar doctor --json\tthe same for a program, or for a bug report\n",
        .options = doctor_option_table,
        .run = doctor_command,
    },
    {
        .name = "help",
        .usage = "[COMMAND]",
        .summary = "Show help, of all or of one command",
        .examples = "belljar help run\tall options of run\n",
        .options = plain_option_table,
        .words = "run session inspect policy freeze precompile doctor completion",
        .all = cli_commands,
        .run = help_command,
    },
    {
        .name = "completion",
        .usage = "bash|zsh|fish",
        .summary = "Print a completion script for a shell",
        .details = "An installation has put it in its place already.",
        .examples = "source <(belljar completion bash)\tcompletion for this bash\n",
        .options = plain_option_table,
        .words = "bash zsh fish",
        .all = cli_commands,
        .run = completion_command,
    },
    {
        .name = "version",
        .usage = "",
        .summary = "Show the version",
        .options = plain_option_table,
        .run = version_command,
    },
    {
        .name = "manual",
        .usage = "",
        .summary = "Print the commands as a part of the manual page",
        .options = plain_option_table,
        .hidden = true,
        .all = cli_commands,
        .run = manual_command,
    },
    {.name = NULL},
};

static int version_command(const cli_command *self, int argc, char **argv)
{
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, NULL, &operands, &status))
        return status;
    if (operands.count != 0 || operands.rest_count != 0)
        return cli_error("version takes no arguments; see 'belljar help version'");
    printf("belljar %s\n", bj_version());
    return CLI_OK;
}

static bool is_command(const char *name)
{
    for (const cli_command *c = cli_commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return true;
    return false;
}

/* Whether it is no command but what `run` takes: an option, or the name of a file. */
static bool is_program(const char *argument)
{
    return argument[0] == '-' || strchr(argument, '.') != NULL || strchr(argument, '/') != NULL ||
           access(argument, F_OK) == 0;
}

/* "belljar FILE ARGUMENTS", as interpreters have it. */
static int run_directly(int argc, char **argv)
{
    cli_command direct = *cli_find_command(cli_commands, "run");
    direct.file_ends = true;
    return direct.run(&direct, argc, argv);
}

static int run_command_named(const char *name, int argc, char **argv)
{
    const cli_command *command = cli_find_command(cli_commands, name);
    return command != NULL ? command->run(command, argc, argv) : CLI_FAILED;
}

/* The options that stand in place of a command. */
static const char *command_for(const char *argument)
{
    static const char *const same[][2] = {
        {"--help", "help"}, {"-h", "help"}, {"--version", "version"}, {"-V", "version"}};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (strcmp(argument, same[i][0]) == 0)
            return same[i][1];
    }
    return argument;
}

/* A standard descriptor that is closed would be given to the next file that is opened, and the guest's
 * output with it. In its place comes one that fails as a closed one does. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(CLI_FAILED);
    }
}

/* Guests share what the process may have; a program of its own need not be modest. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* what cannot be written is an error */
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    if (argc < 2) {
        help_print_all(cli_commands, stderr);
        return CLI_FAILED;
    }
    const char *name = command_for(argv[1]);
    int status = !is_command(name) && is_program(name)
                     ? run_directly(argc - 1, argv + 1)
                     : run_command_named(name, argc - 2, argv + 2);
    int flushed = cli_flush();
    return flushed != CLI_OK ? flushed : status;
}
