/*
 * tools.c: calls of tools, on their way to threads of Python's.
 *
 * The library calls call_tool() on the thread that runs the guest, with little stack and without the GIL: it puts the
 * call in a queue and returns, and the guest waits for the answer. Threads of the binding (tools.py) take calls from
 * the queue, run the Python function, and answer. A tool is known by a number here, so that nothing in this direction
 * touches a Python object.
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

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    entry *first, **last;
    unsigned idle; /* threads that wait for an entry */
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, 0};

/* The caller of the eval that this thread is in. */
static __thread uint64_t current_caller;

uint64_t core_tools_caller(uint64_t caller)
{
    uint64_t before = current_caller;
    current_caller = caller;
    return before;
}

/* In the child no thread is waiting, and the parent's calls are the parent's. */
void core_tools_after_fork(void)
{
    pthread_mutex_init(&queue.lock, NULL);
    pthread_cond_init(&queue.filled, NULL);
    queue.first = NULL;
    queue.idle = 0;
}

static int put(bj_tool_call *call, uint64_t tool)
{
    entry *new = malloc(sizeof *new);
    if (!new)
        return -1;
    *new = (entry){.call = call, .tool = tool, .caller = current_caller};
    pthread_mutex_lock(&queue.lock);
    *(queue.first ? queue.last : &queue.first) = new;
    queue.last = &new->next;
    pthread_cond_signal(&queue.filled);
    pthread_mutex_unlock(&queue.lock);
    return 0;
}

/* The number of a tool is its `user`. */
static void call_tool(void *user, bj_tool_call *call)
{
    if (put(call, (uintptr_t)user) < 0)
        bj_tool_call_raise(call, "MemoryError", "the host is out of memory");
}

/* Where there is no memory to tell of it, the Python function stays. */
static void release_tool(void *user)
{
    (void)put(NULL, (uintptr_t)user);
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

/* answer(json) */
static PyObject *call_answer(core_call *self, PyObject *text)
{
    Py_ssize_t size;
    const char *json = PyUnicode_AsUTF8AndSize(text, &size);
    if (!json)
        return NULL;
    if (is_open(self)) {
        bj_tool_call *call = self->call;
        self->call = NULL;
        Py_BEGIN_ALLOW_THREADS
        bj_tool_call_return(call, json, (size_t)size);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
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
    Py_RETURN_NONE;
}

static PyObject *call_arguments(core_call *self, void *Py_UNUSED(closure))
{
    if (!is_open(self))
        Py_RETURN_NONE;
    size_t size = 0;
    const char *text = bj_tool_call_arguments(self->call, &size);
    return core_text(text, size);
}

static PyObject *call_wanted(core_call *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(is_open(self) && bj_tool_call_is_wanted(self->call));
}

static PyMethodDef call_methods[] = {
    {"answer", (PyCFunction)call_answer, METH_O, NULL},
    {"fail", (PyCFunction)call_fail, METH_VARARGS, NULL},
    {0},
};

static PyGetSetDef call_fields[] = {
    {"arguments", (getter)call_arguments, NULL, NULL, NULL},
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

static entry *take(unsigned *idle)
{
    pthread_mutex_lock(&queue.lock);
    queue.idle++;
    while (!queue.first)
        pthread_cond_wait(&queue.filled, &queue.lock);
    queue.idle--;
    entry *taken = queue.first;
    queue.first = taken->next;
    *idle = queue.idle;
    pthread_mutex_unlock(&queue.lock);
    return taken;
}

/* take_call() -> (number of the tool, caller, Call or None: the tool is gone, threads that still wait); waits for it */
PyObject *core_take_call(PyObject *module, PyObject *Py_UNUSED(none))
{
    core_state *state = PyModule_GetState(module);
    entry *taken;
    unsigned idle;
    Py_BEGIN_ALLOW_THREADS
    taken = take(&idle);
    Py_END_ALLOW_THREADS
    entry found = *taken;
    free(taken);
    core_call *call = NULL;
    if (found.call) {
        call = PyObject_New(core_call, state->call);
        if (!call) {
            bj_tool_call_raise(found.call, "MemoryError", "the host is out of memory");
            return NULL;
        }
        call->call = found.call;
        call->process = core_process();
    }
    if (!call)
        return Py_BuildValue("(KKOI)", (unsigned long long)found.tool, 0ULL, Py_None, idle);
    return Py_BuildValue("(KKNI)", (unsigned long long)found.tool, (unsigned long long)found.caller,
                         call, idle);
}
