/*
 * program.c: the engine of the process, and what runs in it: a guest by its name, a file, or a module in memory.
 *
 * The library knows what is open already, and compiles a program once. Whoever wants one that is just being compiled
 * waits for it without holding a thread.
 *
 * The engine lives as long as the process, and so do the guests once they are open.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* What a module in memory is called in messages. */
#define IN_MEMORY "module"

struct core_program {
    atomic_uint refs;
    char *name;
    char *bytes; /* of a module in memory that was not open yet */
    size_t size;
    bj_runtime *runtime; /* NULL until a task has opened it */
    bool is_kept;        /* the runtime is a guest's, which is never deleted */
};

static const char *const guest_names[] = {"python", "python-lean", "javascript", "typescript"};
static _Atomic(bj_runtime *) guests[sizeof guest_names / sizeof *guest_names];

static struct {
    pthread_mutex_t lock;
    bj_engine *engine;
    char *guest_dir, *cache_dir, *compiled_dir;
    core_engine_options options; /* its texts are the three above */
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ------------------------------------------------------------------ engine */

static void replace(char **text, const char *with)
{
    free(*text);
    *text = with ? strdup(with) : NULL;
}

bool core_engine_configure(const core_engine_options *options)
{
    pthread_mutex_lock(&engine.lock);
    bool in_time = !engine.engine;
    if (in_time) {
        replace(&engine.guest_dir, options->guest_dir);
        replace(&engine.cache_dir, options->cache_dir);
        replace(&engine.compiled_dir, options->compiled_dir);
        engine.options = *options;
    }
    pthread_mutex_unlock(&engine.lock);
    return in_time;
}

bj_engine *core_engine(bj_error *err)
{
    pthread_mutex_lock(&engine.lock);
    if (!engine.engine) {
        bj_engine_options options;
        bj_engine_options_init(&options);
        options.guest_dir = engine.guest_dir;
        options.cache_dir = engine.cache_dir;
        options.compiled_dir = engine.compiled_dir;
        if (engine.options.max_sandboxes)
            options.max_sandboxes = engine.options.max_sandboxes;
        options.host_descriptors = engine.options.host_descriptors;
        options.compile_ms = engine.options.compile_ms;
        options.compile_bytes = engine.options.compile_bytes;
        engine.engine = bj_engine_new(&options, err);
    }
    bj_engine *found = engine.engine;
    pthread_mutex_unlock(&engine.lock);
    return found;
}

/* NULL: nobody has needed it so far. */
static bj_engine *made_engine(void)
{
    pthread_mutex_lock(&engine.lock);
    bj_engine *found = engine.engine;
    pthread_mutex_unlock(&engine.lock);
    return found;
}

/* ------------------------------------------------------------------ programs */

core_program *core_program_ref(core_program *program)
{
    atomic_fetch_add(&program->refs, 1);
    return program;
}

void core_program_unref(core_program *program)
{
    if (!program || atomic_fetch_sub(&program->refs, 1) != 1)
        return;
    if (!program->is_kept)
        bj_runtime_delete(program->runtime);
    free(program->name);
    free(program->bytes);
    free(program);
}

static core_program *new_program(const char *name)
{
    core_program *program = calloc(1, sizeof *program);
    if (!program)
        return NULL;
    atomic_init(&program->refs, 1);
    program->name = strdup(name);
    if (program->name)
        return program;
    free(program);
    return NULL;
}

/* The place of a guest's runtime; NULL: the name is a path. */
static _Atomic(bj_runtime *) *guest_place(const core_program *program)
{
    for (size_t i = 0; !program->bytes && i < sizeof guests / sizeof *guests; i++)
        if (strcmp(program->name, guest_names[i]) == 0)
            return &guests[i];
    return NULL;
}

/* What was opened. Of a guest the first one stays, whoever opened it. */
static void settle(core_program *program, bj_runtime *runtime)
{
    _Atomic(bj_runtime *) *place = guest_place(program);
    bj_runtime *none = NULL;
    program->runtime = runtime;
    program->is_kept = runtime && place && atomic_compare_exchange_strong(place, &none, runtime);
}

core_program *core_program_named(const char *name)
{
    core_program *program = new_program(name);
    _Atomic(bj_runtime *) *place = program ? guest_place(program) : NULL;
    bj_engine *made = made_engine();
    if (place && (program->runtime = atomic_load(place)) != NULL)
        program->is_kept = true;
    else if (program && made)
        settle(program, bj_runtime_find(made, name));
    return program;
}

core_program *core_program_of_bytes(const void *bytes, size_t size)
{
    core_program *program = new_program(IN_MEMORY);
    bj_engine *made = made_engine();
    if (program && made)
        program->runtime = bj_runtime_find_bytes(made, bytes, size, IN_MEMORY);
    if (!program || program->runtime)
        return program;
    program->bytes = malloc(size ? size : 1);
    if (!program->bytes) {
        core_program_unref(program);
        return NULL;
    }
    memcpy(program->bytes, bytes, size);
    program->size = size;
    return program;
}

bool core_program_is_open(const core_program *program)
{
    return program->runtime;
}

bj_turn core_program_open(core_program *program, core_task *task, bj_runtime **runtime,
                          bj_error *err)
{
    bj_engine *opened = program->runtime ? NULL : core_engine(err);
    if (opened) {
        settle(program, program->bytes ? bj_runtime_try_from_bytes(
                                             opened, program->bytes, program->size, program->name,
                                             bj_task_wake, task->box->turns, err)
                                       : bj_runtime_try_open(opened, program->name, bj_task_wake,
                                                             task->box->turns, err));
        if (!program->runtime && err->code == BJ_ERROR_BUSY && !atomic_load(&task->cancelled))
            return BJ_TURN_WAITS;
        bj_runtime_stop_waiting(opened,
                                task->box->turns); /* it may have been woken by something else */
    }
    *runtime = program->runtime;
    return BJ_TURN_DONE;
}

bj_runtime *core_program_open_now(core_program *program, bj_error *err)
{
    bj_engine *opened = program->runtime ? NULL : core_engine(err);
    if (opened)
        settle(program, program->bytes ? bj_runtime_from_bytes(opened, program->bytes,
                                                               program->size, program->name, err)
                                       : bj_runtime_open(opened, program->name, err));
    return program->runtime;
}
