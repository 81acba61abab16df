/*
 * tools.c: calls of tools, on their way to threads of Python's.
 *
 * The library calls call_tool() on the thread that runs the guest, with little stack and without the GIL: it puts the
 * call in a queue and returns, and the guest waits for the answer. Threads of the binding (tools.py) take calls from
 * the queue, run the Python function, and answer. A tool is known by a number here, so that nothing in this direction
 * touches a Python object.
 *
 * No call waits for another one to end: whoever takes a call and leaves no thread waiting for the next one starts
 * another. Where that cannot be, because there are THREADS_MOST or the system gives none, calls are refused until a
 * thread comes back.
 *
 * The queue is the process's. Its lock is held for a few instructions, and never together with the GIL wanted.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

typedef struct entry {
    struct entry *next;
    bj_tool_call *call; /* NULL: the tool of this number is gone */
    uint64_t tool;
    uint64_t caller; /* who runs the guest: see core_run */
} entry;

/* All of the process's tools that are at work at once. What bounds one sandbox is the limit open-calls. */
#define THREADS_MOST 4096u
/* Threads that wait for calls: the rest ends. */
#define IDLE_MOST 32u

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    entry *first, **last;
    unsigned threads; /* that have been asked for */
    unsigned idle;    /* of these, those that wait for an entry */
    bool refusing;    /* none waits, and no more can be had */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

/* In the child no thread is waiting, and the parent's calls are the parent's. */
void core_tools_after_fork(void)
{
    pthread_mutex_init(&queue.lock, NULL);
    pthread_cond_init(&queue.filled, NULL);
    queue.first = NULL;
    queue.threads = queue.idle = 0;
    queue.refusing = false;
}

static void refuse(bj_tool_call *call)
{
    bj_tool_call_raise(
        call, "BusyError",
        "as many tools are at work in this process as there can be: try again later");
}

/* Takes over the entry. False: nobody will see to it. */
static bool put(entry *new)
{
    pthread_mutex_lock(&queue.lock);
    const bool taken = !new->call || !queue.refusing;
    if (taken) {
        *(queue.first ? queue.last : &queue.first) = new;
        queue.last = &new->next;
        pthread_cond_signal(&queue.filled);
    }
    pthread_mutex_unlock(&queue.lock);
    return taken;
}

/* The number of a tool is its `user`. */
static void call_tool(void *user, bj_tool_call *call)
{
    entry *new = malloc(sizeof *new);
    if (!new) {
        bj_tool_call_raise(call, "MemoryError", "the host is out of memory");
        return;
    }
    *new = (entry){.call = call, .tool = (uintptr_t)user, .caller = bj_tool_call_tag(call)};
    if (put(new))
        return;
    free(new);
    refuse(call);
}

/* Where there is no memory to tell of it, the Python function stays. */
static void release_tool(void *user)
{
    entry *new = malloc(sizeof *new);
    if (!new)
        return;
    *new = (entry){.tool = (uintptr_t)user};
    (void)put(new);
}

int core_tool_parse(PyObject *args, bj_tool *tool)
{
    unsigned long long number, calls, bytes, ms;
    int global;
    bj_tool_init(tool);
    if (!PyArg_ParseTuple(args, "KszzpKKK", &number, &tool->name, &tool->description, &tool->schema,
                          &global, &calls, &bytes, &ms))
        return -1;
    tool->global = global;
    tool->most_calls = calls;
    tool->most_bytes = bytes;
    tool->most_ms = ms;
    tool->rich = tool->blobs = true;
    tool->call = call_tool;
    tool->release = release_tool;
    tool->user = (void *)(uintptr_t)number;
    return 0;
}

/* ------------------------------------------------------------------ call */

typedef struct core_call {
    PyObject_HEAD
    bj_tool_call *call; /* NULL once it is answered */
    unsigned process;
} core_call;

static bool is_open(const core_call *self)
{
    return self->call && self->process == core_process();
}

static void call_dealloc(core_call *self)
{
    if (is_open(self))
        bj_tool_call_raise(self->call, "RuntimeError", "the tool gave no answer");
    core_free((PyObject *)self);
}

/* answer(json, blobs): with bytes beside the text, a list of bytes */
static PyObject *call_answer(core_call *self, PyObject *args)
{
    Py_ssize_t size;
    PyObject *text, *list;
    const char *json = PyArg_ParseTuple(args, "UO!", &text, &PyList_Type, &list)
                           ? PyUnicode_AsUTF8AndSize(text, &size)
                           : NULL;
    core_blobs blobs;
    if (!json || core_blobs_hold(&blobs, list) < 0)
        return NULL;
    if (is_open(self)) {
        bj_tool_call *call = self->call;
        self->call = NULL;
        Py_BEGIN_ALLOW_THREADS
        bj_tool_call_return_with(call, json, (size_t)size, blobs.items, blobs.count);
        Py_END_ALLOW_THREADS
    }
    core_blobs_release(&blobs);
    return core_none();
}

/* fail(type, message): bytes, UTF-8 */
static PyObject *call_fail(core_call *self, PyObject *args)
{
    const char *type, *message;
    if (!PyArg_ParseTuple(args, "yy", &type, &message))
        return NULL;
    if (is_open(self)) {
        bj_tool_call *call = self->call;
        self->call = NULL;
        Py_BEGIN_ALLOW_THREADS
        bj_tool_call_raise(call, type, message);
        Py_END_ALLOW_THREADS
    }
    return core_none();
}

static PyObject *call_arguments(core_call *self, void *Py_UNUSED(closure))
{
    if (!is_open(self))
        return core_none();
    size_t size = 0;
    const char *text = bj_tool_call_arguments(self->call, &size);
    return core_text(text, size);
}

/* The bytes beside the arguments, in order. */
static PyObject *call_blobs(core_call *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_blob blob;
    for (size_t i = 0; list && is_open(self) && bj_tool_call_blob(self->call, i, &blob); i++) {
        PyObject *bytes = PyBytes_FromStringAndSize(blob.data, (Py_ssize_t)blob.bytes);
        if (!bytes || PyList_Append(list, bytes) < 0)
            Py_CLEAR(list);
        Py_XDECREF(bytes);
    }
    return list;
}

static PyObject *call_wanted(core_call *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(is_open(self) && bj_tool_call_is_wanted(self->call));
}

static PyMethodDef call_methods[] = {
    {"answer", (PyCFunction)call_answer, METH_VARARGS, NULL},
    {"fail", (PyCFunction)call_fail, METH_VARARGS, NULL},
    {0},
};

static PyGetSetDef call_fields[] = {
    {"arguments", (getter)call_arguments, NULL, NULL, NULL},
    {"blobs", (getter)call_blobs, NULL, NULL, NULL},
    {"wanted", (getter)call_wanted, NULL, NULL, NULL},
    {0},
};

static PyType_Slot call_slots[] = {
    {Py_tp_dealloc, call_dealloc},
    {Py_tp_methods, call_methods},
    {Py_tp_getset, call_fields},
    {0, NULL},
};

PyType_Spec core_call_spec = {
    .name = "belljar._core.Call",
    .basicsize = sizeof(core_call),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = call_slots,
};

/* ------------------------------------------------------------------ queue */

/* Takes the calls out of the queue; what tells that a tool is gone stays. Locked. */
static entry *take_all_calls(void)
{
    entry *calls = NULL, **at = &queue.first;
    while (*at) {
        entry *each = *at;
        if (each->call) {
            *at = each->next;
            each->next = calls;
            calls = each;
        } else {
            at = &each->next;
        }
    }
    queue.last = at;
    return calls;
}

static void refuse_all(entry *calls)
{
    while (calls) {
        entry *each = calls;
        calls = each->next;
        refuse(each->call);
        free(each);
    }
}

/* No thread waits for calls, and no more can be had: what the queue holds is refused. Locked. */
static entry *begin_refusing(void)
{
    if (queue.idle > 0)
        return NULL;
    queue.refusing = true;
    return take_all_calls();
}

typedef struct taking {
    entry *taken; /* NULL: the thread is to end, for enough others wait */
    bool grow;    /* whoever took it is to start another thread, which is counted already */
    entry *refused;
} taking;

static taking take(void)
{
    taking result = {0};
    pthread_mutex_lock(&queue.lock);
    if (!queue.first && queue.idle >= IDLE_MOST) {
        queue.threads--;
    } else {
        queue.refusing = false;
        queue.idle++;
        while (!queue.first)
            pthread_cond_wait(&queue.filled, &queue.lock);
        queue.idle--;
        result.taken = queue.first;
        queue.first = result.taken->next;
        if (result.taken->call && queue.idle == 0) {
            result.grow = queue.threads < THREADS_MOST;
            queue.threads += result.grow;
            result.refused = result.grow ? NULL : begin_refusing();
        }
    }
    pthread_mutex_unlock(&queue.lock);
    return result;
}

static PyObject *wrap_call(core_state *state, const entry *taken)
{
    if (!taken->call)
        return core_none();
    core_call *call = PyObject_New(core_call, state->call);
    if (!call) {
        bj_tool_call_raise(taken->call, "MemoryError", "the host is out of memory");
        return NULL;
    }
    call->call = taken->call;
    call->process = core_process();
    return (PyObject *)call;
}

/* take_call() -> (number of the tool, caller, Call or None: the tool is gone, whether to start another thread), or
 * None: the thread is to end. Waits for it. */
PyObject *core_take_call(PyObject *module, PyObject *Py_UNUSED(none))
{
    taking found;
    Py_BEGIN_ALLOW_THREADS
    found = take();
    refuse_all(found.refused);
    Py_END_ALLOW_THREADS
    if (!found.taken)
        return core_none();
    entry taken = *found.taken;
    free(found.taken);
    return Py_BuildValue("(KKNN)", (unsigned long long)taken.tool, (unsigned long long)taken.caller,
                         wrap_call(PyModule_GetState(module), &taken), PyBool_FromLong(found.grow));
}

/* want_thread() -> whether the caller is to start the first thread, which is counted already */
PyObject *core_want_thread(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    pthread_mutex_lock(&queue.lock);
    const bool first = queue.threads == 0;
    queue.threads += first;
    pthread_mutex_unlock(&queue.lock);
    return PyBool_FromLong(first);
}

/* lack_thread(): one that was counted could not be started */
PyObject *core_lack_thread(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    pthread_mutex_lock(&queue.lock);
    queue.threads--;
    entry *refused = begin_refusing();
    pthread_mutex_unlock(&queue.lock);
    Py_BEGIN_ALLOW_THREADS
    refuse_all(refused);
    Py_END_ALLOW_THREADS
    return core_none();
}
