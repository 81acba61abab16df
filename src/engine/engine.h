/*
 * engine.h: Wasmtime, as the rest of Belljar sees it. No type of Wasmtime leaves this folder.
 *
 *     engine ──< variant      one Wasmtime engine for each (fuel counted?, stack size) in use
 *       └─────< module        bytes of a guest program
 *                  └──< form  compiled and linked for a variant, made when first wanted
 *                        └──< instance   one store: memory, globals, the guest's stack
 *
 * A guest runs on a stack of its own (a fiber), so that `stack_bytes` is what it gets, whatever stack
 * the calling thread has left.
 */
#ifndef BJ_ENGINE_ENGINE_H
#define BJ_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/pack.h"
#include "base/sha256.h"
#include "base/span.h"
#include "belljar.h"
#include "policy/budget.h"

typedef struct engine_core engine_core;
typedef struct engine_module engine_module;
typedef struct engine_instance engine_instance;

/* ---- Engine: shared by all threads. ---- */

/* `shipped`: the folder of compiled modules that came with this library, or NULL. */
engine_core *engine_new(const bj_engine_options *options, const char *shipped,
                        bj_error *err) BJ_CHECK_RESULT;
void engine_delete(engine_core *self);

/* How many instances may be alive at once. */
uint32_t engine_max_instances(const engine_core *self);

/* Adds "wasmtime", "allocation", …, "cache" of bj_engine_describe to a JSON object (json_t *).
 * 0, or -1 when out of memory. */
int engine_describe(engine_core *self, void *json) BJ_CHECK_RESULT;

/* ---- Host functions: what a module may import. ---- */

/* The guest's exported memory; {NULL, 0} while it has none. */
typedef struct engine_memory {
    uint8_t *base;
    uint64_t size;
} engine_memory;

typedef struct engine_host_function {
    const char *module, *name;
    const char *signature; /* a letter a parameter: 'i' = i32, 'l' = i64 */
    bool returns;          /* whether it returns an i32 */
    bool waits; /* engine_host.wait may finish what engine_host.call began; it returns an i32 */
    const void *what; /* handed to engine_host.call */
} engine_host_function;

/* What the host has the guest do. */
typedef enum engine_answer {
    ENGINE_STOP,  /* it is unwound: ENGINE_STOPPED */
    ENGINE_GO_ON, /* at once */
    ENGINE_PAUSE  /* with the next step */
} engine_answer;

typedef struct engine_host {
    const engine_host_function *functions;
    size_t count;
    /* A module that exports a function of none of these names, NULL at the end, cannot be run, and is not compiled until
     * it is described. NULL: any can. */
    const char *const *entries;
    /* The guest calls a function: `owner` is the instance's, `args` are zero-extended. ENGINE_PAUSE, of a function that
     * waits: the call is not finished yet. *result and *charge (units of fuel) are 0 before. */
    engine_answer (*call)(void *owner, const void *what, engine_memory memory, const uint64_t *args,
                          int32_t *result, uint64_t *charge);
    /* Goes on with a call of a function that waits: on the stack of the thread that steps the guest, which is put aside
     * meanwhile. ENGINE_PAUSE: the call is not finished yet; asked again with the next step. */
    engine_answer (*wait)(void *owner, const void *what, int32_t *result);
    /* Asked every tick (a millisecond, or see engine_instance_look_up_at) while the guest runs, and before one that paused here goes on. */
    engine_answer (*go_on)(void *owner);
} engine_host;

/* ---- Modules: shared by all threads. ---- */

/* Compiles `bytes` (binary or text; copied) or finds the compiled form in the cache. `host` must
 * outlive the module. NULL: BJ_ERROR_MODULE (a proposal that the engine does not have, too), _MEMORY. */
engine_module *engine_module_new(engine_core *self, bj_span bytes, const char *name,
                                 const engine_host *host, bj_error *err) BJ_CHECK_RESULT;
/* The same for a file, which is not even read when it has not changed since the last time. `is_trusted`: it came with the
 * installation, so that compiling it has no limits. Also BJ_ERROR_IO. */
engine_module *engine_module_open(engine_core *self, const char *path, const char *name,
                                  bool is_trusted, const engine_host *host,
                                  bj_error *err) BJ_CHECK_RESULT;
/* Only to be described, and to find its exports: nothing is compiled. */
engine_module *engine_module_read(engine_core *self, bj_span bytes, const char *name,
                                  const engine_host *host, bj_error *err) BJ_CHECK_RESULT;
void engine_module_delete(engine_module *module);

/* Writes the module's compiled forms into the folder `path`, which is made, for any x86-64-v3 machine.
 * 0, or -1: BJ_ERROR_IO, _MODULE, _UNSUPPORTED, _MEMORY. */
int engine_module_precompile(engine_module *module, const char *path,
                             bj_error *err) BJ_CHECK_RESULT;

/* A function that a module may export. */
typedef struct engine_export {
    const char *name,
        *type; /* letters as in a signature, then '>' and the results' letters: "ii>i" */
    bool found;
} engine_export;

/* Marks those that the module exports with that type. */
void engine_module_find_exports(const engine_module *module, engine_export *wanted, size_t count);

/* Whether it has tags of its own, which it throws exceptions by (the proposal exception-handling). */
bool engine_module_throws(const engine_module *module);

/* Of the module's bytes. */
bj_sha256 engine_module_digest(const engine_module *module);

/* Adds "bytes", "refused", "imports", "exports", "memory" of bj_runtime_describe to a JSON object (json_t *), or "error" where
 * it is no module. Compiles nothing. 0, or -1 when out of memory. */
int engine_module_describe(engine_module *module, void *json) BJ_CHECK_RESULT;

/* ---- Instances: one thread at a time, another one each time if need be, but for engine_wake. ---- */

typedef enum engine_status {
    ENGINE_RETURNED,
    ENGINE_TRAPPED, /* `message` is the trap's */
    ENGINE_STOPPED, /* unwound by the host */
    ENGINE_LIMIT,   /* fuel, stack, memory or table: the budget says which */
    ENGINE_FAILED   /* not the guest's doing: `message` says what */
} engine_status;

/* Before a run or eval: traps of guests are signals, which somebody else may have taken over meanwhile. */
void engine_faults_keep(void);

typedef struct engine_result {
    engine_status status;
    uint32_t value;       /* ENGINE_RETURNED: the function's i32, or 0 */
    char message[256];    /* one line */
    char backtrace[2048]; /* ENGINE_TRAPPED: a line a frame, innermost first */
} engine_result;

/* Gets ready what depends on the policy (compiled form, store); runs nothing. The budget is borrowed:
 * its limits are obeyed, and the one that ends a run is marked in it.
 * NULL: BJ_ERROR_IMPORT, _MODULE, _MEMORY, _ARGUMENT (too many sandboxes are alive). */
engine_instance *engine_instance_new(engine_module *module, policy_budget *budget, void *owner,
                                     bj_error *err) BJ_CHECK_RESULT;
void engine_instance_delete(engine_instance *instance);

/* The memory may grow to what the budget's host_bytes leave of its limit. Also while the guest is in a call
 * to the host. */
void engine_instance_limit_memory(engine_instance *instance);

/* Gives the instance its fuel for one run or eval, where it is counted; `spent` of it is gone already. */
void engine_instance_refuel(engine_instance *instance, uint64_t spent);
bool engine_instance_counts_fuel(const engine_instance *instance);
/* Since the last refuel. */
uint64_t engine_instance_fuel_used(const engine_instance *instance);

/* What the next steps are to do; nothing runs yet.
 * Instantiates: initial memory, start function. Once, before any call. */
void engine_instance_begin_start(engine_instance *instance);
/* Calls an exported function of i32 parameters (at most 8) that returns an i32 or nothing: see
 * engine_export. `name` is a constant. */
void engine_instance_begin_call(engine_instance *instance, const char *name, const uint32_t *args,
                                size_t count, bool returns);

typedef enum engine_progress {
    ENGINE_ENDED, /* *result says how; after anything but ENGINE_RETURNED the instance must not run again */
    ENGINE_WAITS,  /* in a call of a function that waits, which is not finished */
    ENGINE_YIELDED /* go_on has made it pause */
} engine_progress;

/* Goes on with what was begun. Between two steps nothing but a step or the deletion is done with the instance. */
engine_progress engine_instance_step(engine_instance *instance, engine_result *result);

/* In the next steps go_on is asked at that moment of the monotonic clock, and not only with the next tick after it, which
 * may be a millisecond later; 0: the ticks will do. */
void engine_instance_look_up_at(engine_instance *instance, uint64_t moment_ns);

/* Begins it and steps to its end, where the guest has nothing to wait for: it fails where it does. */
engine_result engine_instance_start(engine_instance *instance);
engine_result engine_instance_call(engine_instance *instance, const char *name,
                                   const uint32_t *args, size_t count, bool returns);

/* The memory as it stands now; the view ends with the next call. */
engine_memory engine_instance_memory(engine_instance *instance);

/* What its memory and its exceptions take together; `memory` is as it stands now. */
uint64_t engine_instance_held_bytes(const engine_instance *instance, engine_memory memory);

/* Appends to *out the instance's module with its memory and globals as they are now, its start function
 * gone, and the `count` functions `dropped` no more exported. Between two calls only.
 * 0, or -1: BJ_ERROR_UNSUPPORTED where there is more state than that (see image.h), BJ_ERROR_MEMORY. */
int engine_instance_freeze(engine_instance *instance, const char *const *dropped, size_t count,
                           bj_buffer *out, bj_error *err) BJ_CHECK_RESULT;

/* ---- Deltas: what an instance of an image holds that a fresh one doesn't. They never change; any thread. ---- */

typedef struct engine_delta engine_delta;

/* Between two calls only; the instance goes on. Its module must be an image. NULL: BJ_ERROR_MEMORY, _UNSUPPORTED (an
 * image that has a start function). */
engine_delta *engine_delta_take(engine_instance *instance, bj_error *err) BJ_CHECK_RESULT;
void engine_delta_release(engine_delta *delta);

/* Starts a new instance of the same module where the delta was taken. What many instances are restored from is mapped
 * copy-on-write, what few are is copied. 0, or -1: BJ_ERROR_ARGUMENT (the limits memory or table-elements are below it), _MODULE (of another
 * module), _ENGINE. The instance is of no use then. */
int engine_delta_restore(engine_delta *delta, engine_instance *instance,
                         bj_error *err) BJ_CHECK_RESULT;

/* As bytes, and back. What is read may come from anybody: it is a delta or NULL, and the source has failed. */
void engine_delta_save(const engine_delta *delta, bj_sink *sink);
engine_delta *engine_delta_read(bj_source *source) BJ_CHECK_RESULT;

uint64_t engine_delta_memory_bytes(const engine_delta *delta);  /* size of the memory */
uint64_t engine_delta_changed_bytes(const engine_delta *delta); /* of which it holds */

/* Makes the guests that run ask go_on now, those of instances with this waker at least. It lives as long as the engine.
 * Any thread, any signal handler. */
typedef struct engine_waker engine_waker;
engine_waker *engine_instance_waker(const engine_instance *instance);
void engine_wake(engine_waker *waker);

#endif
