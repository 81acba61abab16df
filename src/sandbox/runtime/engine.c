/*
 * engine.c: the object behind bj_engine: what all sandboxes of a process share.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/sized.h"
#include "sandbox/runtime/runtime.h"

BJ_API const char *bj_version(void)
{
    return BJ_VERSION;
}

BJ_API unsigned bj_version_number(void)
{
    return BJ_VERSION_NUMBER;
}

/* As many as 47 bits of address space could hold. */
#define MAX_SANDBOXES 30000u

#define MOST_DESCRIPTORS 2000000u

BJ_API void bj_engine_options_init_sized(bj_engine_options *options, size_t size)
{
    const bj_engine_options defaults = {
        .max_sandboxes = 1000,
        .max_module_bytes = (uint64_t)256 << 20,
    };
    bj_sized_init(options, size, &defaults, sizeof defaults);
}

#define COMPILED_DIRS_MOST 8u

/* Of a list with colons between, which may be NULL. */
static unsigned count_folders(const char *list)
{
    unsigned count = list != NULL;
    for (const char *at = list; at && (at = strchr(at, ':')); at++)
        count++;
    return count;
}

/* Half of what the process may have. More than a million are nobody's. */
static uint64_t default_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > MOST_DESCRIPTORS)
        return MOST_DESCRIPTORS / 2;
    return limit.rlim_cur / 2;
}

BJ_API bj_engine *bj_engine_new(const bj_engine_options *options, bj_error *err)
{
    bj_engine_options chosen;
    bj_engine_options_init(&chosen);
    if (options &&
        bj_sized_read(&chosen, sizeof chosen, options, BJ_SIZE_TO(bj_engine_options, compiled_dir),
                      "bj_engine_options", err) < 0)
        return NULL;
    if (chosen.max_sandboxes == 0 || chosen.max_sandboxes > MAX_SANDBOXES) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "max_sandboxes is %u; it may be from 1 to %u",
                chosen.max_sandboxes, MAX_SANDBOXES);
        return NULL;
    }
    if (count_folders(chosen.compiled_dir) > COMPILED_DIRS_MOST) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "compiled_dir names more than %u folders",
                COMPILED_DIRS_MOST);
        return NULL;
    }
    bj_autofree char *cache = sandbox_cache_dir(chosen.cache_dir);
    bj_engine *engine = calloc(1, sizeof *engine);
    if (!cache || !engine || !(engine->programs = programs_new()) ||
        !(engine->guest_dir = sandbox_guest_dir(chosen.guest_dir))) {
        bj_engine_delete(engine);
        bj_fail_memory(err);
        return NULL;
    }
    engine->descriptors.most =
        chosen.host_descriptors ? chosen.host_descriptors : default_descriptors();
    chosen.cache_dir = cache;
    bj_autofree char *shipped = sandbox_shipped_dirs(chosen.compiled_dir);
    engine->engine = engine_new(&chosen, shipped, err);
    if (!engine->engine) {
        bj_engine_delete(engine);
        return NULL;
    }
    return engine;
}

BJ_API void bj_engine_delete(bj_engine *engine)
{
    if (!engine)
        return;
    programs_delete(engine->programs);
    engine_delete(engine->engine);
    free(engine->guest_dir);
    free(engine);
}
