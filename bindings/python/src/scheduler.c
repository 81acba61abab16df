/*
 * scheduler.c: Scheduler and Mailbox, evals and runs that hold no thread of Python's.
 *
 * Sandbox.submit takes the first turn on the calling thread, with the GIL given away, and what is done in that is returned at
 * once. What is not goes on on the library's threads. When it is done, the library's thread puts the sandbox into the mailbox
 * of the event loop that waits and writes to a descriptor that the loop watches; it never wants the GIL, so that neither
 * an interpreter that ends nor one that is busy holds it up.
 *
 * A sandbox has one task, and so a lane of its own. While something is under way it is busy (core_sandbox_enter), and holds a
 * reference to itself: the mailbox's. Where the loop is closed meanwhile it stays so until it is done, or until it is closed, which
 * ends it: core_submitted_recover. Where nobody has the loop and the sandbox any more, garbage collection finds that the mailbox
 * and the sandbox hold each other, and ends it too.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

struct core_scheduler {
    PyObject_HEAD
    bj_scheduler *scheduler;
    unsigned process;
};

struct core_mailbox {
    PyObject_HEAD
    int fd;
    pthread_mutex_t lock;
    core_sandbox *first, **last; /* those that are done; under the lock */
    core_sandbox *awaited;       /* those that hold it, done or not; under the GIL */
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

/* ------------------------------------------------------------------ mailbox */

static PyObject *mailbox_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    if (!PyArg_ParseTuple(args, ""))
        return NULL;
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    core_mailbox *self = PyObject_GC_New(core_mailbox, type);
    if (!self) {
        close(fd);
        return NULL;
    }
    self->fd = fd;
    pthread_mutex_init(&self->lock, NULL);
    self->first = NULL;
    self->last = &self->first;
    self->awaited = NULL;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* Nothing is in it: what is under way holds a reference. */
static void mailbox_dealloc(core_mailbox *self)
{
    PyObject_GC_UnTrack(self);
    close(self->fd);
    pthread_mutex_destroy(&self->lock);
    core_free_collected((PyObject *)self);
}

static int mailbox_traverse(core_mailbox *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    for (core_sandbox *box = self->awaited; box; box = box->submitted.awaited)
        Py_VISIT(box);
    return 0;
}

/* The sandbox holds the mailbox, and the mailbox the sandbox. */
static void await_box(core_mailbox *self, core_sandbox *box)
{
    Py_INCREF(box);
    Py_INCREF(self);
    box->submitted.mailbox = self;
    box->submitted.awaited = self->awaited;
    self->awaited = box;
}

/* The caller drops the mailbox's reference to the sandbox. */
static void forget_box(core_sandbox *box)
{
    core_mailbox *self = box->submitted.mailbox;
    core_sandbox **link = &self->awaited;
    while (*link != box)
        link = &(*link)->submitted.awaited;
    *link = box->submitted.awaited;
    box->submitted.mailbox = NULL;
    Py_DECREF(self);
}

static PyObject *mailbox_fileno(core_mailbox *self, PyObject *Py_UNUSED(none))
{
    return PyLong_FromLong(self->fd);
}

/* A bj_receipt_fn, without the GIL. The loop is woken for the first that it finds. */
static void put(void *user, bj_task *Py_UNUSED(task), bj_receipt *receipt, const bj_error *err)
{
    core_sandbox *box = user;
    core_mailbox *to = box->submitted.mailbox;
    const uint64_t one = 1;
    box->submitted.receipt = receipt;
    box->submitted.next = NULL;
    if (err)
        box->submitted.err = *err;
    pthread_mutex_lock(&to->lock);
    const bool first = !to->first;
    *to->last = box;
    to->last = &box->submitted.next;
    if (first)
        (void)!write(to->fd, &one, sizeof one);
    pthread_mutex_unlock(&to->lock);
}

static core_sandbox *take_all(core_mailbox *self)
{
    uint64_t count;
    pthread_mutex_lock(&self->lock);
    core_sandbox *taken = self->first;
    self->first = NULL;
    self->last = &self->first;
    (void)!read(self->fd, &count, sizeof count);
    pthread_mutex_unlock(&self->lock);
    return taken;
}

/* (token, Receipt or None, error or None) of what is done; the sandbox is free then. */
static PyObject *outcome_of(core_state *state, core_sandbox *box)
{
    struct core_submitted *own = &box->submitted;
    PyObject *token = own->token ? own->token : core_none();
    PyObject *receipt = own->receipt ? core_receipt_new(state, own->receipt) : core_none();
    PyObject *error = own->receipt ? core_none() : core_error_of(state, &own->err);
    own->token = NULL;
    own->receipt = NULL;
    core_sandbox_leave(box);
    forget_box(box);
    return Py_BuildValue("(NNN)", token, receipt, error);
}

/* ------------------------------------------------------------------ loops that were closed */

/* Whether the event loop that waits for it has been closed: nobody drains the mailbox any more. */
static bool is_forsaken(const core_sandbox *box)
{
    PyObject *token = box->submitted.token;
    PyObject *loop = token ? PyObject_CallMethod(token, "get_loop", NULL) : NULL;
    PyObject *closed = loop ? PyObject_CallMethod(loop, "is_closed", NULL) : NULL;
    const bool is = closed && PyObject_IsTrue(closed) == 1;
    Py_XDECREF(closed);
    Py_XDECREF(loop);
    PyErr_Clear();
    return is;
}

/* Whether it lay in the mailbox. */
static bool take_out(core_mailbox *from, core_sandbox *box)
{
    pthread_mutex_lock(&from->lock);
    core_sandbox **link = &from->first;
    while (*link && *link != box)
        link = &(*link)->submitted.next;
    const bool found = *link != NULL;
    if (found) {
        *link = box->submitted.next;
        if (!*link)
            from->last = link;
    }
    pthread_mutex_unlock(&from->lock);
    return found;
}

/* Ends what is under way, and waits until the library's thread has put it into the mailbox. */
static void end_forsaken(core_sandbox *box)
{
    const struct timespec while_ = {.tv_nsec = 100000};
    bj_task *task = box->submitted.task;
    core_mailbox *mailbox = box->submitted.mailbox;
    box->submitted.ending = true;
    Py_BEGIN_ALLOW_THREADS
    bj_task_cancel(task);
    while (!take_out(mailbox, box))
        nanosleep(&while_, NULL);
    Py_END_ALLOW_THREADS
    box->submitted.ending = false;
}

bool core_submitted_recover(core_sandbox *self, bool ends)
{
    core_mailbox *mailbox = self->submitted.mailbox;
    if (!mailbox || self->submitted.ending || !is_forsaken(self))
        return false;
    if (!take_out(mailbox, self)) {
        if (!ends)
            return false;
        end_forsaken(self);
    }
    Py_XDECREF(outcome_of(core_state_of((PyObject *)self), self));
    Py_DECREF(self); /* the mailbox's; the caller has one */
    return true;
}

/* Nobody has the mailbox, the sandboxes that it awaits, or what waits for them. In the child of a fork nothing is under way. */
static int mailbox_clear(core_mailbox *self)
{
    for (core_sandbox *box; (box = self->awaited) != NULL;) {
        struct core_submitted *own = &box->submitted;
        if (core_is_of_this_process(box->runtime->engine) && !take_out(self, box))
            end_forsaken(box);
        bj_receipt_delete(own->receipt);
        own->receipt = NULL;
        Py_CLEAR(own->token);
        core_sandbox_leave(box);
        forget_box(box);
        Py_DECREF(box);
    }
    return 0;
}

/* drain() -> [(token, Receipt or None, error or None)] */
static PyObject *mailbox_drain(core_mailbox *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    PyObject *list = PyList_New(0);
    if (!list)
        return NULL;
    for (core_sandbox *box = take_all(self), *next; box; box = next) {
        next = box->submitted.next;
        PyObject *outcome = outcome_of(state, box);
        if (!outcome || PyList_Append(list, outcome) < 0)
            PyErr_Clear(); /* out of memory: whoever waits for this one waits on */
        Py_XDECREF(outcome);
        Py_DECREF(box);
    }
    return list;
}

static PyMethodDef mailbox_methods[] = {
    {"fileno", (PyCFunction)mailbox_fileno, METH_NOARGS, NULL},
    {"drain", (PyCFunction)mailbox_drain, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot mailbox_slots[] = {
    {Py_tp_new, mailbox_new},           {Py_tp_dealloc, mailbox_dealloc},
    {Py_tp_traverse, mailbox_traverse}, {Py_tp_clear, mailbox_clear},
    {Py_tp_methods, mailbox_methods},   {0, NULL},
};

PyType_Spec core_mailbox_spec = {
    .name = "belljar._core.Mailbox",
    .basicsize = sizeof(core_mailbox),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = mailbox_slots,
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
    status = it->source ? bj_task_eval(task, box, it->source, (size_t)it->size, it->flags, put,
                                       self, here, err)
                        : bj_task_run(task, box, put, self, here, err);
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
    await_box(it->mailbox, self);
    const int status = submit(self, box, it, &receipt, &err);
    if (status <= 0) {
        core_sandbox_leave(self);
        forget_box(self);
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

void core_submitted_interrupt(core_sandbox *self)
{
    if (self->submitted.mailbox)
        bj_task_wake(self->submitted.task);
}

void core_submitted_clear(core_sandbox *self)
{
    bj_task_delete(self->submitted.task);
    self->submitted.task = NULL;
    Py_XDECREF(self->submitted.scheduler);
    self->submitted.scheduler = NULL;
}
