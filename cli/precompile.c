/*
 * precompile.c: `belljar precompile`: compiled forms of runtimes, to be shipped with an installation.
 */
#include <stdlib.h>

#include "machine.h"

typedef struct precompile_options {
    machine_options machine;
    const char *output;
    int level;
} precompile_options;

static int take_level(const cli_option *option, void *target, const char *value)
{
    int *level = (int *)((char *)target + option->offset);
    char *end;
    const long number = strtol(value, &end, 10);
    if (end == value || *end != 0 || number < 1 || number > 19) {
        cli_error("--pack: a level of zstd's, from 1 to 19");
        return -1;
    }
    *level = (int)number;
    return 0;
}

const cli_option precompile_option_table[] = {
    OPTION_HEADING("Output"),
    {.name = "output",
     .letter = 'o',
     .value = "DIR",
     .help = "folder to write to; needed",
     .take = option_take_string,
     .complete = COMPLETE_DIR,
     .offset = offsetof(precompile_options, output)},
    {.name = "pack",
     .value = "LEVEL",
     .help = "pack by zstd at a level from 1 to 19; unpacked at the first use",
     .take = take_level,
     .offset = offsetof(precompile_options, level)},
    MACHINE_OPTIONS(precompile_options, machine),
    OPTION_HELP,
    OPTIONS_END,
};

static int precompile(const precompile_options *options, bj_engine *engine, const char *name)
{
    bj_error err;
    bj_runtime *runtime = bj_runtime_open(engine, name, &err);
    if (runtime == NULL)
        return cli_library_error(&err);
    int status = bj_runtime_precompile(runtime, options->output, options->level, &err);
    bj_runtime_delete(runtime);
    return status < 0 ? cli_library_error(&err) : CLI_OK;
}

int precompile_command(const cli_command *self, int argc, char **argv)
{
    precompile_options options = {.output = NULL};
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, &options, &operands, &status))
        return status;
    if (operands.count == 0 || operands.rest_count != 0 || options.output == NULL)
        return cli_error("precompile wants runtimes and a place: belljar precompile python -o DIR");
    bj_error err;
    bj_engine *engine = machine_start(&options.machine, &err);
    if (engine == NULL)
        return cli_library_error(&err);
    status = CLI_OK;
    for (int i = 0; i < operands.count && status == CLI_OK; i++)
        status = precompile(&options, engine, operands.items[i]);
    bj_engine_delete(engine);
    return status;
}
