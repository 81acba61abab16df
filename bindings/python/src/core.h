/*
 * core.h: what the files of belljar._core share.
 *
 * The extension is thin: it turns objects of belljar.h into Python objects, gives the GIL away while a guest
 * runs, and sees to signals. Everything that can be said in Python is said in the package above it.
 *
 * Each object holds a reference to the one that must outlive it (sandbox -> runtime -> engine), so that Python
 * may drop them in any order. None can be part of a cycle but a sandbox and the mailbox that it will lie in (scheduler.c):
 * those two take part in garbage collection.
 */
#ifndef BELLJAR_CORE_H
#define BELLJAR_CORE_H

#include <belljar.h>
#include <stdatomic.h>

#include "abi.h"

typedef struct core_state {
    PyObject *make_error; /* belljar.errors.make_error(code, sys_errno, message) */
    PyObject *getsignal;
    PyObject *default_int_handler;
    PyTypeObject *engine, *runtime, *policy, *sandbox, *snapshot, *changes, *receipt, *pool, *job,
        *call, *scheduler, *mailbox;
} core_state;

typedef struct core_engine {
    PyObject_HEAD
    bj_engine *engine;
    unsigned process; /* see core_process */
} core_engine;

typedef struct core_runtime {
    PyObject_HEAD
    bj_runtime *runtime;
    core_engine *engine;
} core_runtime;

typedef struct core_policy {
    PyObject_HEAD
    bj_policy policy;
} core_policy;

/* Of pool.c and scheduler.c. */
typedef struct core_pool core_pool;
typedef struct core_scheduler core_scheduler;
typedef struct core_mailbox core_mailbox;

typedef struct core_sandbox core_sandbox;
struct core_sandbox {
    PyObject_HEAD
    bj_sandbox *box; /* NULL once it is closed */
    core_runtime *runtime;
    core_pool *pool; /* that it was taken from, and goes back to; or NULL */
    bool busy;       /* a thread is inside the library with it; read and written under the GIL */
    struct core_submitted {        /* of scheduler.c */
        bj_task *task;             /* NULL before the first one */
        core_scheduler *scheduler; /* that it is of */
        core_mailbox *mailbox; /* while something is under way, as all below: where it is told */
        PyObject *token;
        core_sandbox *awaited; /* the next one that the mailbox awaits; under the GIL */
        core_sandbox *next;    /* in the mailbox */
        bj_receipt *receipt;
        bj_error err;
        bool ending; /* a thread ends it, as its loop was closed */
    } submitted;
};

typedef struct core_snapshot {
    PyObject_HEAD
    bj_snapshot *snapshot;
    core_runtime *runtime;
} core_snapshot;

/* object.c */
core_state *core_state_of(PyObject *self);

/* How many forks lie between the first process and this one. What was made in another process is not used in
 * this one: its threads are gone, and its memory is shared with nobody that knows of it. */
unsigned core_process(void);
void core_process_has_forked(void);
bool core_is_of_this_process(const core_engine *engine);

/* errors.c */
PyObject *core_error_of(core_state *state,
                        const bj_error *err); /* an exception; NULL: another one is raised */
/* Raise, and return NULL for the caller to return. */
PyObject *core_raise(core_state *state, const bj_error *err);
PyObject *core_raise_code(core_state *state, bj_error_code code, const char *message);
PyObject *core_raise_forked(core_state *state);

/* text.c: bytes of the guest's and the host's as Python has them. */
PyObject *core_text(const char *text,
                    size_t size);      /* U+FFFD for what is not UTF-8; None for NULL */
PyObject *core_path(const char *path); /* surrogateescape */
PyObject *core_owned_text(core_state *state, char *text); /* frees it by bj_free */

/* The bytes of a str (as UTF-8) or of bytes, which live as long as it; NULL and an exception: it is neither. */
const char *core_bytes_of(PyObject *object, Py_ssize_t *size);

/* text.c: a list of bytes, held while the library reads them. */
typedef struct core_blobs {
    PyObject *held;
    bj_blob *items;
    size_t count;
} core_blobs;

/* 0, or -1 and an exception: no memory, or one is no bytes object. Nothing is held then. */
int core_blobs_hold(core_blobs *blobs, PyObject *list);
void core_blobs_release(core_blobs *blobs);

/* run.c: running a guest so that signals are seen to. */
typedef struct core_run {
    bj_sandbox *box;
    const char *source; /* NULL: a command */
    size_t size;
    unsigned flags;
    uint64_t caller;      /* for its tools, as the sandbox's tag: see core_take_call */
    const bj_blob *blobs; /* that wait for it */
    size_t blob_count;
    bj_receipt *receipt;
    bj_error err;
} core_run;

/* With the GIL held, which it gives away. 0; or -1 and a Python exception, where a signal handler of Python's raised
 * one: the guest has been interrupted then. Whether the run itself failed is in run->receipt and run->err. */
int core_run_guest(core_state *state, core_run *run);

/* tools.c: what the guest calls. */
int core_tool_parse(PyObject *args, bj_tool *tool);
void core_tools_after_fork(void);
PyObject *core_take_call(PyObject *module, PyObject *none);
PyObject *core_want_thread(PyObject *module, PyObject *none);
PyObject *core_lack_thread(PyObject *module, PyObject *none);

/* The types, each in the file of its name. */
extern PyType_Spec core_engine_spec, core_runtime_spec, core_policy_spec, core_sandbox_spec,
    core_snapshot_spec, core_changes_spec, core_receipt_spec, core_pool_spec, core_job_spec,
    core_call_spec, core_scheduler_spec, core_mailbox_spec;

PyObject *core_receipt_new(core_state *state, bj_receipt *receipt); /* steals it */
PyObject *core_changes_new(core_state *state, bj_changes *changes,
                           core_sandbox *box); /* steals changes */
PyObject *core_change_tuple(const bj_file_change *change);
PyObject *core_snapshot_load(PyObject *module, PyObject *args);

/* use.c: the sandbox for this thread alone, until core_sandbox_leave. NULL and an exception: it is closed, of another
 * process, or another thread has it. */
bj_sandbox *core_sandbox_enter(core_sandbox *self);
static inline void core_sandbox_leave(core_sandbox *self)
{
    self->busy = false;
}

/* A new object for a sandbox, which it owns; NULL and an exception: it has been deleted. */
core_sandbox *core_sandbox_wrap(core_state *state, bj_sandbox *box, core_runtime *runtime);

/* scheduler.c: evals and runs on the library's threads. */
PyObject *core_sandbox_submit(core_sandbox *self, PyObject *args);

/* mailbox.c: the sandbox and the mailbox hold each other until the one is forgotten, whose reference the caller drops. */
void core_mailbox_await(core_mailbox *self, core_sandbox *box);
void core_mailbox_forget(core_sandbox *box);
/* A bj_receipt_fn, without the GIL; `user` is the sandbox. */
void core_mailbox_put(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err);
void core_submitted_interrupt(core_sandbox *self); /* what is under way looks up */
void core_submitted_clear(core_sandbox *self);     /* before the sandbox is deleted */
/* Where it is busy for an event loop that has been closed, and done, or `ends` it: it is free then. Whether it is. */
bool core_submitted_recover(core_sandbox *self, bool ends);

/* Has the pool delete a sandbox that was taken from it, or deletes it here where the pool is closed. Gives the GIL away. */
void core_pool_give(core_pool *pool, bj_sandbox *box);

/* Frees an object whose own parts have been freed. */
void core_free(PyObject *self);
void core_free_collected(PyObject *self); /* of a type that takes part in garbage collection */

#endif
