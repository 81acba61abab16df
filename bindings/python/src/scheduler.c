/*
 * scheduler.c: Scheduler, and evals and runs that hold no thread of Python's.
 *
 * Sandbox.submit takes the first turn on the calling thread, with the GIL given away, and what is done in that is returned at
 * once. What is not goes on on the library's threads, and its end comes to a mailbox (mailbox.c).
 *
 * A sandbox has one task, and so a lane of its own. While something is under way it is busy (core_sandbox_enter).
 */
#include "core.h"

struct core_scheduler {
    PyObject_HEAD
    bj_scheduler *scheduler;
    unsigned process;
};

/* ------------------------------------------------------------------ scheduler */

/* Scheduler(threads, microseconds of the first slice); threads 0: one per processor */
static PyObject *scheduler_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    unsigned threads;
    if (!PyArg_ParseTuple(args, "II", &threads, &options.first_slice_us))
        return NULL;
    if (threads > 0)
        options.threads = threads;
    bj_error err = {0};
    bj_scheduler *scheduler;
    Py_BEGIN_ALLOW_THREADS
    scheduler = bj_scheduler_new(&options, &err);
    Py_END_ALLOW_THREADS
    if (!scheduler)
        return core_raise(PyType_GetModuleState(type), &err);
    core_scheduler *self = PyObject_New(core_scheduler, type);
    if (!self) {
        bj_scheduler_delete(scheduler);
        return NULL;
    }
    self->scheduler = scheduler;
    self->process = core_process();
    return (PyObject *)self;
}

static void scheduler_dealloc(core_scheduler *self)
{
    Py_BEGIN_ALLOW_THREADS
    bj_scheduler_delete(self->scheduler);
    Py_END_ALLOW_THREADS
    core_free((PyObject *)self);
}

/* count() -> {name: number}: bj_scheduler_counters */
static PyObject *scheduler_count(core_scheduler *self, PyObject *Py_UNUSED(none))
{
    bj_scheduler_counters now = {.size = sizeof now};
    bj_scheduler_count(self->scheduler, &now);
    return Py_BuildValue(
        "{sK sK sK sK sK sK sK sK sK sI sI sI sI sI sI sI sI}", "submitted",
        (unsigned long long)now.submitted, "done", (unsigned long long)now.done, "cancelled",
        (unsigned long long)now.cancelled, "done_here", (unsigned long long)now.done_here, "turns",
        (unsigned long long)now.turns, "stuck_turns", (unsigned long long)now.stuck_turns,
        "turn_us", (unsigned long long)now.turn_us, "wait_us", (unsigned long long)now.wait_us,
        "longest_wait_us", (unsigned long long)now.longest_wait_us, "waiting", now.waiting, "ready",
        now.ready, "running", now.running, "parked", now.parked, "lanes", now.lanes, "threads",
        now.threads, "idle", now.idle, "spares", now.spares);
}

static PyMethodDef scheduler_methods[] = {
    {"count", (PyCFunction)scheduler_count, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot scheduler_slots[] = {
    {Py_tp_new, scheduler_new},
    {Py_tp_dealloc, scheduler_dealloc},
    {Py_tp_methods, scheduler_methods},
    {0, NULL},
};

PyType_Spec core_scheduler_spec = {
    .name = "belljar._core.Scheduler",
    .basicsize = sizeof(core_scheduler),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = scheduler_slots,
};

/* ------------------------------------------------------------------ submitting */

/* The sandbox's task, of this scheduler. 0, or -1 and an exception. */
static int prepare_task(core_sandbox *self, core_scheduler *scheduler)
{
    struct core_submitted *own = &self->submitted;
    if (own->scheduler == scheduler)
        return 0;
    core_submitted_clear(self);
    bj_error err = {0};
    own->task = bj_task_new(scheduler->scheduler, BJ_LANE_OWN, &err);
    if (!own->task) {
        core_raise(core_state_of((PyObject *)self), &err);
        return -1;
    }
    Py_INCREF(scheduler);
    own->scheduler = scheduler;
    return 0;
}

typedef struct submission {
    core_scheduler *scheduler;
    core_mailbox *mailbox;
    PyObject *make_token;
    const char *source; /* NULL: a command */
    Py_ssize_t size;
    unsigned flags;
    uint64_t caller;
    int here; /* whether the first turn may be taken on this thread */
} submission;

/* The sandbox has been entered. As bj_task_eval, with a Receipt for a receipt. */
static int submit(core_sandbox *self, bj_sandbox *box, const submission *it, bj_receipt **receipt,
                  bj_error *err)
{
    bj_receipt **here = it->here ? receipt : NULL;
    bj_task *task = self->submitted.task;
    int status;
    bj_sandbox_set_tag(box, it->caller);
    Py_BEGIN_ALLOW_THREADS
    status = it->source ? bj_task_eval(task, box, it->source, (size_t)it->size, it->flags,
                                       core_mailbox_put, self, here, err)
                        : bj_task_run(task, box, core_mailbox_put, self, here, err);
    Py_END_ALLOW_THREADS
    return status;
}

static PyObject *submit_entered(core_sandbox *self, bj_sandbox *box, const submission *it)
{
    core_state *state = core_state_of((PyObject *)self);
    struct core_submitted *own = &self->submitted;
    bj_error err = {0};
    bj_receipt *receipt = NULL;
    PyObject *token = it->here ? NULL : PyObject_CallNoArgs(it->make_token);
    if ((!it->here && !token) || prepare_task(self, it->scheduler) < 0) {
        Py_XDECREF(token);
        core_sandbox_leave(self);
        return NULL;
    }
    core_mailbox_await(it->mailbox, self);
    const int status = submit(self, box, it, &receipt, &err);
    if (status <= 0) {
        core_sandbox_leave(self);
        core_mailbox_forget(self);
        Py_DECREF(self);
        Py_XDECREF(token);
        return status < 0 ? core_raise(state, &err) : core_receipt_new(state, receipt);
    }
    /* It may be done already, but nobody drains the mailbox before this returns to the loop's thread. */
    own->token = token ? token : PyObject_CallNoArgs(it->make_token);
    if (own->token)
        Py_INCREF(own->token);
    return own->token;
}

/* submit(scheduler, mailbox, make_token, source or None: a command, flags, caller, here) -> Receipt, or what make_token()
 * gave: it is on its way, and the mailbox will have that. On the thread that drains the mailbox. */
PyObject *core_sandbox_submit(core_sandbox *self, PyObject *args)
{
    core_state *state = core_state_of((PyObject *)self);
    submission it = {0};
    unsigned long long caller;
    PyObject *source;
    if (!PyArg_ParseTuple(args, "O!O!OOIKp", state->scheduler, &it.scheduler, state->mailbox,
                          &it.mailbox, &it.make_token, &source, &it.flags, &caller, &it.here))
        return NULL;
    it.caller = caller;
    if (source != Py_None && !(it.source = core_bytes_of(source, &it.size)))
        return NULL;
    if (it.scheduler->process != core_process())
        return core_raise_forked(state);
    bj_sandbox *box = core_sandbox_enter(self);
    return box ? submit_entered(self, box, &it) : NULL;
}
