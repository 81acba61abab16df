/*
 * pool.c: Pool and Job, many snippets in fresh sandboxes on the library's threads, and sandboxes that are made ahead there.
 *
 * The main thread waits in short turns, so that Ctrl-C gets through.
 *
 * A pool may be closed while other threads are in the library with it: the last of them deletes it then.
 */
#include <unistd.h>

#include "core.h"

#define TURN_MS 50

struct core_pool {
    PyObject_HEAD
    bj_pool *pool; /* NULL once it is deleted */
    core_runtime *runtime;
    unsigned users; /* threads that are in the library with it; under the GIL, as `closed` */
    bool closed;
};

typedef struct core_job {
    PyObject_HEAD
    bj_job *job;
    core_pool *pool;
} core_job;

static bool is_of_this_process(const core_pool *pool)
{
    return core_is_of_this_process(pool->runtime->engine);
}

/* NULL: it has been closed. */
static bj_pool *enter(core_pool *self)
{
    if (self->closed)
        return NULL;
    self->users++;
    return self->pool;
}

static void end(core_pool *self)
{
    bj_pool *pool = self->pool;
    self->pool = NULL;
    if (!pool || !is_of_this_process(self))
        return;
    Py_BEGIN_ALLOW_THREADS
    bj_pool_delete(pool);
    Py_END_ALLOW_THREADS
}

static void leave(core_pool *self)
{
    if (--self->users == 0 && self->closed)
        end(self);
}

static PyObject *raise_closed(core_state *state)
{
    return core_raise_code(state, BJ_ERROR_ENDED, "the pool has been closed");
}

/* A bj_pool_options.on_done: tells whoever waits on the descriptor. */
static void tell_done(void *user, bj_job *Py_UNUSED(job))
{
    const uint64_t one = 1;
    (void)!write((int)(intptr_t)user, &one, sizeof one);
}

/* Pool(runtime, policy, threads, warm, queue, flags of eval[, an eventfd that tells of each job that is done]);
 * 0: as the library sees fit */
static PyObject *pool_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    core_state *state = PyType_GetModuleState(type);
    core_runtime *runtime;
    core_policy *policy;
    unsigned threads, warm, queue, flags;
    int fd = -1;
    if (!PyArg_ParseTuple(args, "O!O!IIII|i", state->runtime, &runtime, state->policy, &policy,
                          &threads, &warm, &queue, &flags, &fd))
        return NULL;
    if (!core_is_of_this_process(runtime->engine))
        return core_raise_forked(state);
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.eval_flags = flags;
    options.on_done = fd >= 0 ? tell_done : NULL;
    options.on_done_user = (void *)(intptr_t)fd;
    if (threads) {
        options.threads = threads;
        options.warm = 2 * threads;
        options.queue = 64 * threads;
    }
    if (warm)
        options.warm = warm;
    if (queue)
        options.queue = queue;
    bj_error err = {0};
    bj_pool *pool;
    Py_BEGIN_ALLOW_THREADS
    pool = bj_pool_new(runtime->runtime, &policy->policy, &options, &err);
    Py_END_ALLOW_THREADS
    if (!pool)
        return core_raise(state, &err);
    core_pool *self = PyObject_New(core_pool, type);
    if (!self) {
        bj_pool_delete(pool);
        return NULL;
    }
    self->pool = pool;
    self->users = 0;
    self->closed = false;
    Py_INCREF(runtime);
    self->runtime = runtime;
    return (PyObject *)self;
}

static void pool_dealloc(core_pool *self)
{
    end(self);
    Py_DECREF(self->runtime);
    core_free((PyObject *)self);
}

/* submit(lane, source[, whether to wait for room]) -> Job, or None: there was no room within a turn */
static PyObject *pool_submit(core_pool *self, PyObject *args)
{
    core_state *state = core_state_of((PyObject *)self);
    unsigned long long lane;
    int wait = true;
    PyObject *given;
    Py_ssize_t size;
    const char *source =
        PyArg_ParseTuple(args, "KO|p", &lane, &given, &wait) ? core_bytes_of(given, &size) : NULL;
    if (!source)
        return NULL;
    if (!is_of_this_process(self))
        return core_raise_forked(state);
    bj_pool *pool = enter(self);
    if (!pool)
        return raise_closed(state);
    bj_error err = {0};
    bj_job *job;
    Py_BEGIN_ALLOW_THREADS
    job = bj_pool_submit(pool, lane, source, (size_t)size, wait ? TURN_MS : 0, &err);
    Py_END_ALLOW_THREADS
    leave(self);
    if (!job && err.code == BJ_ERROR_BUSY)
        return core_none();
    if (!job)
        return core_raise(state, &err);
    core_job *result = PyObject_New(core_job, state->job);
    if (!result) {
        bj_job_delete(job);
        return NULL;
    }
    result->job = job;
    Py_INCREF(self);
    result->pool = self;
    return (PyObject *)result;
}

/* take() -> Sandbox, which goes back to the pool when it is closed */
static PyObject *pool_take(core_pool *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    if (!is_of_this_process(self))
        return core_raise_forked(state);
    bj_pool *pool = enter(self);
    if (!pool)
        return raise_closed(state);
    bj_error err = {0};
    bj_sandbox *box;
    Py_BEGIN_ALLOW_THREADS
    box = bj_pool_take(pool, &err);
    Py_END_ALLOW_THREADS
    leave(self);
    if (!box)
        return core_raise(state, &err);
    core_sandbox *result = core_sandbox_wrap(state, box, self->runtime);
    if (result) {
        Py_INCREF(self);
        result->pool = self;
    }
    return (PyObject *)result;
}

void core_pool_give(core_pool *self, bj_sandbox *box)
{
    bj_pool *pool = enter(self);
    Py_BEGIN_ALLOW_THREADS
    if (pool)
        bj_pool_give(pool, box);
    else
        bj_sandbox_delete(box);
    Py_END_ALLOW_THREADS
    if (pool)
        leave(self);
}

static PyObject *pool_close(core_pool *self, PyObject *Py_UNUSED(none))
{
    self->closed = true;
    if (self->users == 0)
        end(self);
    return core_none();
}

static PyMethodDef pool_methods[] = {
    {"take", (PyCFunction)pool_take, METH_NOARGS, NULL},
    {"close", (PyCFunction)pool_close, METH_NOARGS, NULL},
    {"submit", (PyCFunction)pool_submit, METH_VARARGS, NULL},
    {0},
};

static PyType_Slot pool_slots[] = {
    {Py_tp_new, pool_new},
    {Py_tp_dealloc, pool_dealloc},
    {Py_tp_methods, pool_methods},
    {0, NULL},
};

PyType_Spec core_pool_spec = {
    .name = "belljar._core.Pool",
    .basicsize = sizeof(core_pool),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = pool_slots,
};

/* ------------------------------------------------------------------ job */

static void job_dealloc(core_job *self)
{
    if (is_of_this_process(self->pool)) {
        Py_BEGIN_ALLOW_THREADS
        bj_job_delete(self->job);
        Py_END_ALLOW_THREADS
    }
    Py_DECREF(self->pool);
    core_free((PyObject *)self);
}

/* wait() -> Receipt, once; or None: it is not done within a turn */
static PyObject *job_wait(core_job *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    if (!is_of_this_process(self->pool))
        return core_raise_forked(state);
    bj_error err = {0};
    bj_receipt *receipt;
    Py_BEGIN_ALLOW_THREADS
    receipt = bj_job_wait(self->job, TURN_MS, &err);
    Py_END_ALLOW_THREADS
    if (!receipt && err.code == BJ_ERROR_BUSY)
        return core_none();
    return receipt ? core_receipt_new(state, receipt) : core_raise(state, &err);
}

static PyObject *job_cancel(core_job *self, PyObject *Py_UNUSED(none))
{
    if (is_of_this_process(self->pool))
        bj_job_cancel(self->job);
    return core_none();
}

static PyObject *job_done(core_job *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(!is_of_this_process(self->pool) || bj_job_is_done(self->job));
}

static PyMethodDef job_methods[] = {
    {"wait", (PyCFunction)job_wait, METH_NOARGS, NULL},
    {"cancel", (PyCFunction)job_cancel, METH_NOARGS, NULL},
    {0},
};

static PyGetSetDef job_fields[] = {
    {"done", (getter)job_done, NULL, NULL, NULL},
    {0},
};

static PyType_Slot job_slots[] = {
    {Py_tp_dealloc, job_dealloc},
    {Py_tp_methods, job_methods},
    {Py_tp_getset, job_fields},
    {0, NULL},
};

PyType_Spec core_job_spec = {
    .name = "belljar._core.Job",
    .basicsize = sizeof(core_job),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = job_slots,
};
