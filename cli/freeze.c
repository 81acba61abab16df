/*
 * freeze.c: `belljar freeze`: an interpreter's module, started once and written down as it is then.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "machine.h"

typedef struct freeze_options {
    machine_options machine;
    const char *output;
} freeze_options;

const cli_option freeze_option_table[] = {
    OPTION_HEADING("Output"),
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where to write the image; needed",
     .take = option_take_string,
     .complete = COMPLETE_FILE,
     .offset = offsetof(freeze_options, output)},
    MACHINE_OPTIONS(freeze_options, machine),
    OPTION_HELP,
    OPTIONS_END,
};

/* Whole or not at all: beside its place first. */
static int write_image(const char *path, const char *bytes, size_t size)
{
    cli_autofree char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return cli_error("out of memory");
    FILE *file = fopen(beside, "we");
    if (file == NULL)
        return cli_error("cannot write %s: %s", beside, strerror(errno));
    bool written = fwrite(bytes, 1, size, file) == size;
    bool closed = fclose(file) == 0;
    if (written && closed && rename(beside, path) == 0)
        return CLI_OK;
    int status = cli_error("cannot write %s: %s", path, strerror(errno));
    unlink(beside);
    return status;
}

static int freeze(const freeze_options *options, bj_engine *engine, const char *path)
{
    bj_error err;
    size_t size;
    bj_runtime *runtime = bj_runtime_open(engine, path, &err);
    if (runtime == NULL)
        return cli_library_error(&err);
    cli_autostring char *image = bj_runtime_freeze(runtime, &size, &err);
    bj_runtime_delete(runtime);
    if (image == NULL)
        return cli_library_error(&err);
    return write_image(options->output, image, size);
}

int freeze_command(const cli_command *self, int argc, char **argv)
{
    freeze_options options = {.output = NULL};
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, &options, &operands, &status))
        return status;
    if (operands.count != 1 || operands.rest_count != 0 || options.output == NULL)
        return cli_error("freeze wants a module and a place: belljar freeze FILE.wasm -o FILE");
    bj_error err;
    bj_engine *engine = machine_start(&options.machine, &err);
    if (engine == NULL)
        return cli_library_error(&err);
    status = freeze(&options, engine, operands.items[0]);
    bj_engine_delete(engine);
    return status;
}
