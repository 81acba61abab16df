/*
 * core.h: what the files of the addon share.
 *
 * The addon is thin: it turns calls from JavaScript into tasks, does them on threads of its own, and tells the event
 * loop what came of them. Everything that can be said in JavaScript is said in lib/.
 *
 *     event loop        call  ->  task  ->  box (a queue)            told  <-  events  <-  env
 *     scheduler                              box  ->  a turn of its first task  ->  event
 *
 * A box is a sandbox and what waits to be done with it: its tasks run in order, one at a time. Boxes that have
 * something to do take turns on the threads of the library's scheduler. A turn of a guest is a slice of a few milliseconds,
 * so that a few threads serve any number of endless loops; a guest that waits for a tool is on no thread. The first slice, a
 * fifth of a millisecond, is taken on the event loop's own thread: most of what is short is done then and there.
 *
 * Nothing that the threads touch belongs to V8: what JavaScript wants back lies there under the task's slot, a small
 * number. So an environment (the main thread's, a worker's) may end at any time; what comes for it later is dropped.
 *
 * Locks. One in each box for its queue, the scheduler's, one in each env for its events; they are taken in the order box,
 * scheduler, env, and none is held while a guest runs.
 */
#ifndef BELLJAR_CORE_H
#define BELLJAR_CORE_H

#include <belljar.h>
#include <node_api.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct core_env core_env;
typedef struct core_box core_box;
typedef struct core_task core_task;
typedef struct core_program core_program;
typedef struct core_snapshot core_snapshot;

/* ------------------------------------------------------------------ env.c: event loops */

/* Numbers are lib/core.js's too. */
typedef enum core_kind {
    CORE_FAILED = 0, /* slot, [code, errno, message] */
    CORE_GAVE = 1,   /* slot, what the task gave */
    CORE_OUTPUT = 2, /* slot, [stream, Buffer] */
    CORE_CALLED = 3  /* slot, [call, tool, arguments]: the guest calls a tool */
} core_kind;

/* Something that the event loop is told. The first field of whatever it is. */
typedef struct core_event {
    struct core_event *next;
    core_kind kind;
    uint32_t slot;
    /* On the loop's thread: the payload, and its end. NULL and an exception pending: it cannot be told. */
    napi_value (*tell)(core_env *env, napi_env js, struct core_event *event);
    /* Frees it, told or not; on any thread. */
    void (*drop)(struct core_event *event);
} core_event;

/* Makes the environment's part: what it is told goes to the function `tell`, as one flat array. */
core_env *core_env_new(napi_env js, napi_value tell);
core_env *core_env_of(napi_env js);
core_env *core_env_ref(core_env *env);
void core_env_unref(core_env *env);

/* From any thread. The event is gone afterwards. */
void core_env_post(core_env *env, core_event *event);

/* On the loop's thread: the task under a slot, which keeps the loop alive until it is told. */
int core_env_enter(core_env *env, core_task *task);
core_task *core_env_task(core_env *env, uint32_t slot);
void core_env_leave(core_env *env, uint32_t slot);
/* Of tools.c. */
struct core_calls *core_env_calls(core_env *env);

/* Turns that are taken on the loop's thread: together no more than a millisecond until the loop has gone round once, so that a row of
 * them keeps nobody else waiting. */
bool core_env_has_time(const core_env *env);
void core_env_spend_time(core_env *env, uint64_t ns);
/* Tells what was done in such a turn: [kind, payload]; or undefined: it is told after what has come before. The event is gone
 * afterwards, and its slot. */
napi_value core_env_tell_now(core_env *env, napi_env js, core_event *event);
uint64_t core_now_ns(void);

/* ------------------------------------------------------------------ box.c: sandboxes and what waits for them */

#define CORE_BOX      0x626f7821u /* what the first field of a handle says that it is */
#define CORE_SNAPSHOT 0x736e6170u

struct core_box {
    uint32_t is;
    pthread_mutex_t lock; /* for what follows */
    core_task *first, **last;
    bool busy;      /* the first task is the scheduler's */
    bj_task *turns; /* made with the first task */
    uint64_t lane;  /* of the scheduler, until then */
    bool blocks;    /* what it may read can keep its thread waiting: no turn on an event loop's */
    pthread_mutex_t sandbox_lock; /* so that an interrupt finds the sandbox or doesn't */
    bj_sandbox *sandbox;
    /* Of who runs. */
    core_program *program; /* must outlive the sandbox */
    bool closed;
    atomic_bool ended;     /* nothing can run in it any more */
    atomic_uint refs;      /* JavaScript's handle and each task */
    atomic_uint listeners; /* who wants its output: bits, 1 << bj_stream */
};

/* What a call from JavaScript takes and gives: tasks.c has the table. */
typedef struct core_operation core_operation;

/* Copies of JavaScript's bytes: it may write to its buffers, or give them away, while somebody reads them. Of values.c. */
typedef struct core_blobs {
    bj_blob *items;
    size_t count;
} core_blobs;

struct core_task {
    core_event event; /* how it is told; event.slot */
    atomic_uint refs; /* its box's or the event's, and the slot's */
    core_task *next;  /* in its box */
    core_box *box;
    core_env *env;                   /* NULL: nobody is told */
    void (*cancel)(core_task *task); /* core_task_cancel, which env.c does not know */
    const core_operation *operation;
    atomic_bool started, cancelled;
    bool opening; /* it waits for its program, which another one opens */

    /* What it was given; freed with it. */
    core_program *program;
    bj_policy policy;
    bool has_policy;
    bool blocks; /* what it grants can keep a thread waiting */
    core_snapshot *snapshot;
    char *text, *data; /* a path or name; source, bytes or a second path */
    size_t size;       /* of data */
    core_blobs blobs;  /* that wait for the eval */
    uint32_t flags;
    uint64_t number;
    bj_tool tool;
    uint64_t slice_us; /* of its turn */
    bool is_here; /* that is taken on the event loop's thread, which nothing may keep waiting */
    bool had_turn;

    /* What came of it. */
    bool failed;
    bj_error err;
    bj_receipt *receipt;
    core_box *made_box;
    core_snapshot *made_snapshot;
    char *bytes; /* of bj_free */
    char *told;  /* of free(): changes of files, see work.c */
    size_t bytes_size;
    int64_t count;
};

/* How many threads there are and how long a first turn is, in microseconds (0: none on an event loop); before the first task. */
void core_scheduler_configure(unsigned threads, unsigned first_slice_us);
/* The one of the process. NULL: there are no threads and none can be made. */
bj_scheduler *core_scheduler(bj_error *err);

/* Hands a task to its box, which holds it until it is told or dropped. `here`: its first turn may be taken on this thread. 1: it is on
 * its way; 0: it was done in that turn, and is the caller's to tell; -1: it was refused, with an error. */
int core_box_submit(core_task *task, bool here);

/* From any thread: the box has something to do again. The form of bj_wake_fn. */
void core_box_wake(void *box);

/* It has failed, because it was cancelled before it had a turn. */
void core_task_fail_unbegun(core_task *task);

/* Ends a task as soon as can be: what has not begun fails, a guest is interrupted. */
void core_task_cancel(core_task *task);
/* All tasks of a box. */
void core_box_cancel_all(core_box *box);
void core_box_interrupt(core_box *box);

/* The sandbox of a box, from the one thread that has its turn. */
void core_box_set(core_box *box, bj_sandbox *sandbox);

core_box *core_box_new(void);
core_box *core_box_ref(core_box *box);
void core_box_unref(core_box *box);

/* ------------------------------------------------------------------ program.c: engine and runtimes */

/* What of bj_engine_options can be chosen; 0 or NULL: the default. */
typedef struct core_engine_options {
    const char *guest_dir, *cache_dir, *compiled_dir;
    uint32_t max_sandboxes, host_descriptors, compile_ms;
    uint64_t compile_bytes;
} core_engine_options;

/* Strings are copied. False: the engine is there already. */
bool core_engine_configure(const core_engine_options *options);
bj_engine *core_engine(bj_error *err);

/* A program that has been asked for: a name or path, or a module's bytes (copied). On failure NULL. */
core_program *core_program_named(const char *name);
core_program *core_program_of_bytes(const void *bytes, size_t size);
core_program *core_program_ref(core_program *program);
void core_program_unref(core_program *program);

/* Whether it has been compiled. */
bool core_program_is_open(const core_program *program);
/* Compiles it or finds it compiled, in turns of `task`. BJ_TURN_DONE: its runtime is there, or NULL and `err`. */
bj_turn core_program_open(core_program *program, core_task *task, bj_runtime **runtime,
                          bj_error *err);
/* The same, waiting for as long as it takes. */
bj_runtime *core_program_open_now(core_program *program, bj_error *err);

/* ------------------------------------------------------------------ policy.c, receipt.c, tools.c */

/* A policy from lib/policy.js's list of grants; `*blocks`: it grants what a guest may have to wait for in a call, files of the
 * host and a descriptor to read from. False: an exception is pending, or `err` is filled. */
bool core_policy_read(napi_env js, napi_value list, bj_policy *policy, bool *blocks, bj_error *err);
napi_value core_limits(napi_env js);

/* [outcome, exit code, stdout, stderr, usage, rest or undefined]; lib/receipt.js reads it. */
napi_value core_receipt(napi_env js, const core_task *task);

/* The number of a tool is its `user`; lib/ knows what it stands for. */
void core_tool_called(void *user, bj_tool_call *call);
bool core_tool_read(napi_env js, napi_value list, uint32_t at, bj_tool *tool);
void core_tool_clear(bj_tool *tool);
void core_output_came(void *user, bj_stream stream, const char *bytes, size_t size);
/* calls.c: calls that have not been answered, by number. */
struct core_calls *core_calls_new(void);
/* Its number; 0: out of memory. */
uint64_t core_calls_add(struct core_calls *calls, uint32_t slot, bj_tool_call *call);
bool core_calls_has(struct core_calls *calls, uint64_t number);
/* Takes out one that is there. */
bj_tool_call *core_calls_take(struct core_calls *calls, uint64_t number);
void core_calls_end(struct core_calls *calls, int64_t slot); /* -1: all */
void core_calls_delete(struct core_calls *calls);
napi_value core_answer(napi_env js, napi_callback_info info);

/* The task whose guest this thread runs. */
extern _Thread_local core_task *core_current;

/* ------------------------------------------------------------------ tasks.c, work.c */

struct core_snapshot {
    uint32_t is;
    bj_snapshot *snapshot;
    core_program *program;
    uint64_t
        lane; /* of what it is spawned to, and whether that blocks, where nothing else is said */
    bool blocks;
    atomic_uint refs;
};
core_snapshot *core_snapshot_new(bj_snapshot *snapshot, core_program *program);
core_snapshot *core_snapshot_ref(core_snapshot *snapshot);
void core_snapshot_unref(core_snapshot *snapshot);

/* A turn of a task, on a thread of the pool. `*wait_ms` is how long it waits at most, if it waits. */
typedef bj_turn core_work(core_task *task, uint64_t *wait_ms);

typedef enum core_place {
    CORE_HERE,      /* its first turn may be taken on the event loop's thread */
    CORE_ELSEWHERE, /* on the scheduler's threads only */
    CORE_AT_END,    /* as that, and it ends its sandbox: it waits for no turn of its lane's */
} core_place;

struct core_operation {
    const char *name;
    core_work *work;
    const char *takes; /* a letter an argument: see tasks.c */
    char gives;        /* a letter too */
    core_place place;
};

core_work core_work_run, core_work_create, core_work_eval, core_work_start, core_work_snapshot,
    core_work_spawn, core_work_fork, core_work_rewind, core_work_save, core_work_load,
    core_work_write, core_work_read, core_work_list, core_work_remove, core_work_copy_out,
    core_work_changes, core_work_commit, core_work_grant_tool, core_work_revoke_tool,
    core_work_close, core_work_describe_engine, core_work_describe_program,
    core_work_describe_snapshot;

/* The calls that JavaScript makes: tasks.c has the table. */
napi_status core_tasks_export(napi_env js, napi_value exports);
void core_task_drop(core_event *event); /* lets go of one reference */

/* On the calling thread, from beginning to end. */
void core_run_now(core_task *task);

/* ------------------------------------------------------------------ values.c: between V8 and C */

napi_value core_string(napi_env js, const char *text, size_t size);
napi_value core_string_or_null(napi_env js, const char *text);
napi_value core_number(napi_env js, double number);
napi_value core_bool(napi_env js, bool value);
napi_value core_undefined(napi_env js);
napi_value core_error(napi_env js, const bj_error *err);
void core_append(napi_env js, napi_value list, napi_value item);
/* A copy, for free(); NULL and an exception. Of a string its UTF-8, of a Uint8Array its bytes, NUL-terminated. */
char *core_copy(napi_env js, napi_value value, size_t *size);
/* Of an array of Uint8Arrays. False and an exception; what was copied is to be freed in any case. */
bool core_blobs_copy(napi_env js, napi_value list, core_blobs *blobs);
void core_blobs_free(core_blobs *blobs);
/* A Buffer for each, or NULL and an exception; `get` tells of one by its number. */
napi_value core_blobs_list(napi_env js, const void *of,
                           bool (*get)(const void *of, size_t number, bj_blob *blob));
/* A number or a BigInt. False: neither, or out of range; an exception is pending. */
bool core_uint64(napi_env js, napi_value value, uint64_t *number);
bool core_uint32(napi_env js, napi_value value, uint32_t *number);
bool core_is(napi_env js, napi_value value, napi_valuetype type);

#endif
