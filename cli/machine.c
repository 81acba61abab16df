/*
 * machine.c: an engine as the command line asks for it.
 */
#include "machine.h"

#include <unistd.h>

/* Reserving slots for more would cost a millisecond. */
enum { SANDBOXES = 4 };

static void log_line(void *user, const char *line)
{
    (void)user;
    cli_note("%s", line);
}

bj_engine *machine_start(const machine_options *options, bj_error *err)
{
    bj_engine_options engine;
    bj_engine_options_init(&engine);
    engine.max_sandboxes = options->sandboxes != 0 ? options->sandboxes : SANDBOXES;
    if (options->cache != NULL)
        engine.cache_dir = options->cache;
    engine.compile_ms = options->compile_ms;
    engine.compile_bytes = options->compile_bytes;
    if (options->no_cache)
        engine.cache_dir = "";
    if (options->guests != NULL)
        engine.guest_dir = options->guests;
    /* A person who waits for a guest to be compiled wants to know for what. */
    if (options->verbose || isatty(STDERR_FILENO))
        engine.log = log_line;
    return bj_engine_new(&engine, err);
}
