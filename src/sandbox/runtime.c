/*
 * runtime.c: engines and runtimes: what is shared by sandboxes and outlives them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/internal.h"

BJ_API const char *bj_version(void)
{
    return BJ_VERSION;
}

/* ---- Engine. ---- */

/* As many as 47 bits of address space could hold. */
#define MAX_SANDBOXES 30000u

#define MOST_DESCRIPTORS 2000000u

BJ_API void bj_engine_options_init(bj_engine_options *options)
{
    *options = (bj_engine_options){
        .size = sizeof *options,
        .max_sandboxes = 1000,
        .max_module_bytes = (uint64_t)256 << 20,
    };
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
    if (options && options->size != sizeof chosen) {
        bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "these options were not set up by bj_engine_options_init of this library's version");
        return NULL;
    }
    if (options)
        chosen = *options;
    if (chosen.max_sandboxes == 0 || chosen.max_sandboxes > MAX_SANDBOXES) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "max_sandboxes is %u; it may be from 1 to %u",
                chosen.max_sandboxes, MAX_SANDBOXES);
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

/* ---- Runtime. ---- */

/* What tells kinds of programs apart, and what only some interpreters have. */
enum { ABI, THAW, ALLOC, EVAL, START, CONSTRUCTOR, RENEW, INIT, TOLD_BY };
#define INTERPRETER_EXPORTS 4 /* the first ones, which all of them have */

static void classify(bj_runtime *runtime)
{
    engine_export exports[TOLD_BY] = {
        [ABI] = {BELLJAR_EXPORT_ABI, ">i", false},
        [THAW] = {BELLJAR_EXPORT_THAW, ">i", false},
        [ALLOC] = {BELLJAR_EXPORT_ALLOC, "i>i", false},
        [EVAL] = {BELLJAR_EXPORT_EVAL, "iii>i", false},
        [START] = {"_start", ">", false},
        [CONSTRUCTOR] = {BELLJAR_EXPORT_CONSTRUCTOR, ">", false},
        [RENEW] = {BELLJAR_EXPORT_RENEW, "i>i", false},
        [INIT] = {BELLJAR_EXPORT_INIT, ">i", false},
    };
    bool is_interpreter = true;
    engine_module_find_exports(runtime->module, exports, TOLD_BY);
    for (size_t i = 0; i < INTERPRETER_EXPORTS; i++)
        is_interpreter &= exports[i].found;
    if (is_interpreter)
        runtime->kind = BJ_RUNTIME_INTERPRETER;
    else
        runtime->kind = exports[START].found ? BJ_RUNTIME_COMMAND : BJ_RUNTIME_LIBRARY;
    runtime->has_initialize = exports[CONSTRUCTOR].found;
    runtime->renews = exports[RENEW].found;
    runtime->is_image = !exports[INIT].found;
}

static bj_runtime *runtime_named(bj_engine *engine, const char *name, bj_error *err)
{
    bj_runtime *runtime = calloc(1, sizeof *runtime);
    if (!runtime || !(runtime->name = strdup(name))) {
        free(runtime);
        bj_fail_memory(err);
        return NULL;
    }
    atomic_init(&runtime->references, 1);
    runtime->engine = engine;
    return runtime;
}

/* Finds out what kind of program it is. Takes the runtime; NULL where it has no module. */
static bj_runtime *with_module(bj_runtime *runtime, engine_module *module)
{
    runtime->module = module;
    if (!module) {
        runtime_release(runtime);
        return NULL;
    }
    classify(runtime);
    return runtime;
}

bj_runtime *runtime_of_bytes(bj_engine *engine, bj_span bytes, const char *name, bj_error *err)
{
    bj_runtime *runtime = runtime_named(engine, name, err);
    if (!runtime)
        return NULL;
    return with_module(runtime, engine_module_new(engine->engine, bytes, name, &sandbox_host, err));
}

bj_runtime *runtime_to_describe(bj_engine *engine, bj_span bytes, const char *name, bj_error *err)
{
    bj_runtime *runtime = runtime_named(engine, name, err);
    if (!runtime)
        return NULL;
    return with_module(runtime,
                       engine_module_read(engine->engine, bytes, name, &sandbox_host, err));
}

static size_t without_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0 ? length - tail : length;
}

char *runtime_library(const char *path)
{
    size_t length = without_ending(path, ".image.wasm");
    if (path[length] == 0)
        length = without_ending(path, ".wasm");
    char *library;
    return asprintf(&library, "%.*s-lib.zip", (int)length, path) < 0 ? NULL : library;
}

/* An interpreter's library lies beside it. */
static int open_library(bj_runtime *runtime, const char *path, bj_error *err)
{
    if (runtime->kind != BJ_RUNTIME_INTERPRETER)
        return 0;
    bj_autofree char *library = runtime_library(path);
    if (!library)
        return bj_fail_memory(err);
    if (access(library, F_OK) < 0)
        return 0;
    runtime->library = vfs_archive_open(library, err);
    return runtime->library ? 0 : -1;
}

bj_runtime *runtime_of_file(bj_engine *engine, const char *path, const char *name, bj_error *err)
{
    bj_runtime *runtime = runtime_named(engine, name, err);
    if (!runtime)
        return NULL;
    runtime->is_guest = sandbox_is_guest(name);
    runtime = with_module(runtime, engine_module_open(engine->engine, path, name, runtime->is_guest,
                                                      &sandbox_host, err));
    if (runtime && open_library(runtime, path, err) < 0) {
        runtime_release(runtime);
        return NULL;
    }
    return runtime;
}

/* The image of a guest where there is one, else the guest as it was built. */
static char *guest_path(const bj_engine *engine, const char *guest, bj_error *err)
{
    bj_autofree char *image = sandbox_guest_file(engine, guest, ".image.wasm");
    bj_autofree char *module = sandbox_guest_file(engine, guest, ".wasm");
    if (!image || !module) {
        bj_fail_memory(err);
        return NULL;
    }
    if (access(image, R_OK) == 0)
        return bj_steal(&image);
    if (access(module, R_OK) == 0)
        return bj_steal(&module);
    bj_fail(err, BJ_ERROR_IO,
            "the guest %s is missing: %s cannot be read; name the folder of the guests with "
            "$BELLJAR_GUESTS",
            guest, module);
    return NULL;
}

char *runtime_path(const bj_engine *engine, const char *name, bj_error *err)
{
    char *path = sandbox_is_guest(name) ? guest_path(engine, name, err) : strdup(name);
    if (!path && !sandbox_is_guest(name))
        bj_fail_memory(err);
    return path;
}

void runtime_release(bj_runtime *runtime)
{
    if (!runtime || atomic_fetch_sub(&runtime->references, 1) != 1)
        return;
    engine_module_delete(runtime->module);
    vfs_archive_release(runtime->library);
    free(runtime->name);
    free(runtime);
}

BJ_API void bj_runtime_delete(bj_runtime *runtime)
{
    runtime_release(runtime);
}

BJ_API bj_runtime_kind bj_runtime_get_kind(const bj_runtime *runtime)
{
    return runtime->kind;
}

BJ_API int bj_runtime_precompile(bj_runtime *runtime, const char *dir, int level, bj_error *err)
{
    return engine_module_precompile(runtime->module, dir, level, err);
}
