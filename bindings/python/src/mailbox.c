/*
 * mailbox.c: Mailbox: where an event loop finds what is done of what was submitted for it.
 *
 * When something is done, the library's thread puts its sandbox into the mailbox of the event loop that waits and writes to a
 * descriptor that the loop watches; it never wants the GIL, so that neither an interpreter that ends nor one that is busy holds
 * it up.
 *
 * While something is under way its sandbox holds a reference to itself: the mailbox's. Where the loop is closed meanwhile it stays so
 * until it is done, or until it is closed, which ends it: core_submitted_recover. Where nobody has the loop and the sandbox any
 * more, garbage collection finds that the mailbox and the sandbox hold each other, and ends it too.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

struct core_mailbox {
    PyObject_HEAD
    int fd;
    pthread_mutex_t lock;
    core_sandbox *first, **last; /* those that are done; under the lock */
    core_sandbox *awaited;       /* those that hold it, done or not; under the GIL */
};

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
void core_mailbox_await(core_mailbox *self, core_sandbox *box)
{
    Py_INCREF(box);
    Py_INCREF(self);
    box->submitted.mailbox = self;
    box->submitted.awaited = self->awaited;
    self->awaited = box;
}

/* The caller drops the mailbox's reference to the sandbox. */
void core_mailbox_forget(core_sandbox *box)
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
void core_mailbox_put(void *user, bj_task *Py_UNUSED(task), bj_receipt *receipt,
                      const bj_error *err)
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
    core_mailbox_forget(box);
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
        core_mailbox_forget(box);
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
