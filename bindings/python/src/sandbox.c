/*
 * sandbox.c: Sandbox and Snapshot.
 */
#include "core.h"

#include <time.h>

/* Sandbox(runtime, policy) */
static PyObject *sandbox_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    core_state *state = PyType_GetModuleState(type);
    core_runtime *runtime;
    core_policy *policy;
    if (!PyArg_ParseTuple(args, "O!O!", state->runtime, &runtime, state->policy, &policy))
        return NULL;
    if (!core_is_of_this_process(runtime->engine))
        return core_raise_forked(state);
    bj_error err = {0};
    bj_sandbox *box;
    Py_BEGIN_ALLOW_THREADS
    box = bj_sandbox_new(runtime->runtime, &policy->policy, &err);
    Py_END_ALLOW_THREADS
    return box ? (PyObject *)core_sandbox_wrap(state, box, runtime) : core_raise(state, &err);
}

static void drop(core_sandbox *self)
{
    bj_sandbox *box = self->box;
    self->box = NULL;
    core_submitted_clear(self);
    if (!box || !core_is_of_this_process(self->runtime->engine))
        return;
    if (self->pool) {
        core_pool_give(self->pool, box);
        return;
    }
    Py_BEGIN_ALLOW_THREADS
    bj_sandbox_delete(box);
    Py_END_ALLOW_THREADS
}

static void sandbox_dealloc(core_sandbox *self)
{
    PyObject_GC_UnTrack(self);
    drop(self);
    Py_XDECREF(self->pool);
    Py_DECREF(self->runtime);
    core_free_collected((PyObject *)self);
}

/* What else it holds leads to no other object. The mailbox breaks the cycle. */
static int sandbox_traverse(core_sandbox *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->submitted.token);
    Py_VISIT(self->submitted.mailbox);
    return 0;
}

static PyObject *sandbox_close(core_sandbox *self, PyObject *Py_UNUSED(none))
{
    if (self->box && core_is_of_this_process(self->runtime->engine)) {
        if (self->busy)
            core_submitted_recover(self, true);
        if (!core_sandbox_enter(self))
            return NULL;
        core_sandbox_leave(self);
    }
    drop(self);
    return core_none();
}

/* ------------------------------------------------------------------ running */

static PyObject *run(core_sandbox *self, core_run *run)
{
    core_state *state = core_state_of((PyObject *)self);
    run->box = core_sandbox_enter(self);
    if (!run->box)
        return NULL;
    int result = core_run_guest(state, run);
    core_sandbox_leave(self);
    if (result < 0) {
        bj_receipt_delete(run->receipt);
        return NULL;
    }
    return run->receipt ? core_receipt_new(state, run->receipt) : core_raise(state, &run->err);
}

/* eval(source, flags, caller): str or bytes */
static PyObject *sandbox_eval(core_sandbox *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "eval takes a source, flags and a caller");
        return NULL;
    }
    Py_ssize_t size;
    core_run run_ = {.flags = (unsigned)PyLong_AsUnsignedLong(args[1]),
                     .caller = PyLong_AsUnsignedLongLong(args[2])};
    if (PyErr_Occurred())
        return NULL;
    run_.source = core_bytes_of(args[0], &size);
    if (!run_.source)
        return NULL;
    run_.size = (size_t)size;
    return run(self, &run_);
}

/* eval_with(source, flags, caller, blobs): with bytes beside the values in the source, a list of bytes. */
static PyObject *sandbox_eval_with(core_sandbox *self, PyObject *args)
{
    PyObject *source, *list;
    core_run run_ = {0};
    core_blobs blobs;
    unsigned long long caller;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "OIKO!", &source, &run_.flags, &caller, &PyList_Type, &list))
        return NULL;
    run_.caller = caller;
    run_.source = core_bytes_of(source, &size);
    if (!run_.source || core_blobs_hold(&blobs, list) < 0)
        return NULL;
    run_.size = (size_t)size;
    run_.blobs = blobs.items;
    run_.blob_count = blobs.count;
    PyObject *result = run(self, &run_);
    core_blobs_release(&blobs);
    return result;
}

/* run(caller) */
static PyObject *sandbox_run(core_sandbox *self, PyObject *caller)
{
    core_run run_ = {.caller = PyLong_AsUnsignedLongLong(caller)};
    if (PyErr_Occurred())
        return NULL;
    return run(self, &run_);
}

/* The one call that needs nobody else to be out of the sandbox. A reference keeps it alive meanwhile; close() does
 * not happen, for the GIL is held. */
static PyObject *sandbox_interrupt(core_sandbox *self, PyObject *Py_UNUSED(none))
{
    if (self->box && core_is_of_this_process(self->runtime->engine))
        bj_sandbox_interrupt(self->box);
    core_submitted_interrupt(self);
    return core_none();
}

static PyObject *sandbox_ended(core_sandbox *self, void *Py_UNUSED(closure))
{
    if (!self->box || !core_is_of_this_process(self->runtime->engine))
        return PyBool_FromLong(1);
    return PyBool_FromLong(!self->busy && bj_sandbox_has_ended(self->box));
}

static PyObject *sandbox_busy(core_sandbox *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(self->busy);
}

/* ------------------------------------------------------------------ files */

static PyObject *sandbox_copy_out(core_sandbox *self, PyObject *args)
{
    const char *guest;
    PyObject *host;
    if (!PyArg_ParseTuple(args, "sO&", &guest, PyUnicode_FSConverter, &host))
        return NULL;
    bj_sandbox *box = core_sandbox_enter(self);
    bj_error err = {0};
    int64_t files = -1;
    if (box) {
        const char *path = PyBytes_AsString(host);
        Py_BEGIN_ALLOW_THREADS
        files = bj_sandbox_copy_out(box, guest, path, &err);
        Py_END_ALLOW_THREADS
        core_sandbox_leave(self);
    }
    Py_DECREF(host);
    if (!box)
        return NULL;
    return files < 0 ? core_raise(core_state_of((PyObject *)self), &err)
                     : PyLong_FromLongLong(files);
}

static PyObject *done(core_sandbox *self, int result, const bj_error *err)
{
    if (result < 0)
        return core_raise(core_state_of((PyObject *)self), err);
    return core_none();
}

/* A path of the guest's as bytes, which the caller drops; NULL and an exception. */
static PyObject *guest_path(PyObject *text)
{
    PyObject *path = PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape");
    char *bytes;
    if (path &&
        PyBytes_AsStringAndSize(path, &bytes, NULL) < 0) /* says so where there is a NUL in it */
        Py_CLEAR(path);
    return path;
}

static PyObject *sandbox_write_file(core_sandbox *self, PyObject *args)
{
    PyObject *name, *data;
    Py_ssize_t size;
    const char *bytes =
        PyArg_ParseTuple(args, "US", &name, &data) ? core_bytes_of(data, &size) : NULL;
    if (!bytes)
        return NULL;
    PyObject *path = guest_path(name);
    bj_sandbox *box = path ? core_sandbox_enter(self) : NULL;
    bj_error err = {0};
    int result = -1;
    if (box) {
        const char *text = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        result = bj_sandbox_write_file(box, text, bytes, (size_t)size, &err);
        Py_END_ALLOW_THREADS
        core_sandbox_leave(self);
    }
    Py_XDECREF(path);
    return box ? done(self, result, &err) : NULL;
}

static PyObject *sandbox_read_file(core_sandbox *self, PyObject *args)
{
    PyObject *name;
    unsigned long long most;
    if (!PyArg_ParseTuple(args, "UK", &name, &most))
        return NULL;
    PyObject *path = guest_path(name);
    bj_sandbox *box = path ? core_sandbox_enter(self) : NULL;
    bj_error err = {0};
    size_t size = 0;
    char *bytes = NULL;
    if (box) {
        const char *text = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        bytes = bj_sandbox_read_file(box, text, most, &size, &err);
        Py_END_ALLOW_THREADS
        core_sandbox_leave(self);
    }
    Py_XDECREF(path);
    if (!bytes)
        return box ? core_raise(core_state_of((PyObject *)self), &err) : NULL;
    PyObject *result = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    bj_free(bytes);
    return result;
}

static PyObject *sandbox_list_files(core_sandbox *self, PyObject *name)
{
    PyObject *path = guest_path(name);
    bj_sandbox *box = path ? core_sandbox_enter(self) : NULL;
    bj_error err = {0};
    char *json = NULL;
    if (box) {
        const char *text = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        json = bj_sandbox_list_files(box, text, &err);
        Py_END_ALLOW_THREADS
        core_sandbox_leave(self);
    }
    Py_XDECREF(path);
    if (!json)
        return box ? core_raise(core_state_of((PyObject *)self), &err) : NULL;
    return core_owned_text(core_state_of((PyObject *)self), json);
}

static PyObject *sandbox_remove_file(core_sandbox *self, PyObject *name)
{
    PyObject *path = guest_path(name);
    bj_sandbox *box = path ? core_sandbox_enter(self) : NULL;
    bj_error err = {0};
    int result = -1;
    if (box) {
        const char *text = PyBytes_AsString(path);
        Py_BEGIN_ALLOW_THREADS
        result = bj_sandbox_remove_file(box, text, &err);
        Py_END_ALLOW_THREADS
        core_sandbox_leave(self);
    }
    Py_XDECREF(path);
    return box ? done(self, result, &err) : NULL;
}

/* As Policy.grant_tool. */
static PyObject *sandbox_grant_tool(core_sandbox *self, PyObject *args)
{
    bj_tool tool;
    bj_sandbox *box = core_tool_parse(args, &tool) < 0 ? NULL : core_sandbox_enter(self);
    if (!box)
        return NULL;
    bj_error err = {0};
    int result = bj_sandbox_grant_tool(box, &tool, &err);
    core_sandbox_leave(self);
    return done(self, result, &err);
}

static PyObject *sandbox_revoke_tool(core_sandbox *self, PyObject *args)
{
    const char *name;
    bj_sandbox *box = PyArg_ParseTuple(args, "s", &name) ? core_sandbox_enter(self) : NULL;
    if (!box)
        return NULL;
    bj_error err = {0};
    int result = bj_sandbox_revoke_tool(box, name, &err);
    core_sandbox_leave(self);
    return done(self, result, &err);
}

static PyObject *sandbox_commit(core_sandbox *self, PyObject *args)
{
    const char *guest;
    if (!PyArg_ParseTuple(args, "s", &guest))
        return NULL;
    bj_sandbox *box = core_sandbox_enter(self);
    if (!box)
        return NULL;
    bj_error err = {0};
    int64_t changes;
    Py_BEGIN_ALLOW_THREADS
    changes = bj_sandbox_commit(box, guest, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self);
    return changes < 0 ? core_raise(core_state_of((PyObject *)self), &err)
                       : PyLong_FromLongLong(changes);
}

static PyObject *sandbox_changes(core_sandbox *self, PyObject *args)
{
    const char *guest;
    if (!PyArg_ParseTuple(args, "s", &guest))
        return NULL;
    bj_sandbox *box = core_sandbox_enter(self);
    if (!box)
        return NULL;
    core_state *state = core_state_of((PyObject *)self);
    bj_error err = {0};
    bj_changes *changes;
    Py_BEGIN_ALLOW_THREADS
    changes = bj_sandbox_changes(box, guest, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self);
    return changes ? core_changes_new(state, changes, self) : core_raise(state, &err);
}

/* ------------------------------------------------------------------ snapshots */

static PyObject *wrap_snapshot(core_state *state, bj_snapshot *snapshot, core_runtime *runtime)
{
    core_snapshot *self = PyObject_New(core_snapshot, state->snapshot);
    if (!self) {
        bj_snapshot_delete(snapshot);
        return NULL;
    }
    self->snapshot = snapshot;
    Py_INCREF(runtime);
    self->runtime = runtime;
    return (PyObject *)self;
}

static PyObject *sandbox_snapshot(core_sandbox *self, PyObject *Py_UNUSED(none))
{
    bj_sandbox *box = core_sandbox_enter(self);
    if (!box)
        return NULL;
    core_state *state = core_state_of((PyObject *)self);
    bj_error err = {0};
    bj_snapshot *snapshot;
    Py_BEGIN_ALLOW_THREADS
    snapshot = bj_sandbox_snapshot(box, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self);
    return snapshot ? wrap_snapshot(state, snapshot, self->runtime) : core_raise(state, &err);
}

/* fork(flags) */
static PyObject *sandbox_fork(core_sandbox *self, PyObject *args)
{
    unsigned flags;
    if (!PyArg_ParseTuple(args, "I", &flags))
        return NULL;
    bj_sandbox *box = core_sandbox_enter(self);
    if (!box)
        return NULL;
    core_state *state = core_state_of((PyObject *)self);
    bj_error err = {0};
    bj_sandbox *twin;
    Py_BEGIN_ALLOW_THREADS
    twin = bj_sandbox_fork_as(box, flags, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self);
    return twin ? (PyObject *)core_sandbox_wrap(state, twin, self->runtime)
                : core_raise(state, &err);
}

/* rewind(snapshot, flags) */
static PyObject *sandbox_rewind(core_sandbox *self, PyObject *args)
{
    core_state *state = core_state_of((PyObject *)self);
    core_snapshot *snapshot;
    unsigned flags;
    if (!PyArg_ParseTuple(args, "O!I", state->snapshot, &snapshot, &flags))
        return NULL;
    bj_sandbox *box = core_sandbox_enter(self);
    if (!box)
        return NULL;
    bj_error err = {0};
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = bj_sandbox_rewind_as(box, snapshot->snapshot, flags, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self);
    if (result < 0)
        return core_raise(state, &err);
    return core_none();
}

static PyMethodDef sandbox_methods[] = {
    {"eval", (PyCFunction)(void (*)(void))sandbox_eval, METH_FASTCALL, NULL},
    {"eval_with", (PyCFunction)sandbox_eval_with, METH_VARARGS, NULL},
    {"run", (PyCFunction)sandbox_run, METH_O, NULL},
    {"submit", (PyCFunction)core_sandbox_submit, METH_VARARGS, NULL},
    {"interrupt", (PyCFunction)sandbox_interrupt, METH_NOARGS, NULL},
    {"close", (PyCFunction)sandbox_close, METH_NOARGS, NULL},
    {"write_file", (PyCFunction)sandbox_write_file, METH_VARARGS, NULL},
    {"read_file", (PyCFunction)sandbox_read_file, METH_VARARGS, NULL},
    {"list_files", (PyCFunction)sandbox_list_files, METH_O, NULL},
    {"remove_file", (PyCFunction)sandbox_remove_file, METH_O, NULL},
    {"grant_tool", (PyCFunction)sandbox_grant_tool, METH_VARARGS, NULL},
    {"revoke_tool", (PyCFunction)sandbox_revoke_tool, METH_VARARGS, NULL},
    {"copy_out", (PyCFunction)sandbox_copy_out, METH_VARARGS, NULL},
    {"commit", (PyCFunction)sandbox_commit, METH_VARARGS, NULL},
    {"changes", (PyCFunction)sandbox_changes, METH_VARARGS, NULL},
    {"snapshot", (PyCFunction)sandbox_snapshot, METH_NOARGS, NULL},
    {"fork", (PyCFunction)sandbox_fork, METH_VARARGS, NULL},
    {"rewind", (PyCFunction)sandbox_rewind, METH_VARARGS, NULL},
    {0},
};

static PyGetSetDef sandbox_fields[] = {
    {"ended", (getter)sandbox_ended, NULL, NULL, NULL},
    {"busy", (getter)sandbox_busy, NULL, NULL, NULL},
    {0},
};

static PyType_Slot sandbox_slots[] = {
    {Py_tp_new, sandbox_new},           {Py_tp_dealloc, sandbox_dealloc},
    {Py_tp_traverse, sandbox_traverse}, {Py_tp_methods, sandbox_methods},
    {Py_tp_getset, sandbox_fields},     {0, NULL},
};

PyType_Spec core_sandbox_spec = {
    .name = "belljar._core.Sandbox",
    .basicsize = sizeof(core_sandbox),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = sandbox_slots,
};

/* ------------------------------------------------------------------ snapshots in files */

/* How often Python is asked while the library packs and unpacks. */
#define ASK_NS 10000000

/* What may end it: a signal's handler that raises, or `stops`. */
typedef struct file_work {
    bj_snapshot_file_options options;
    PyObject *stops;       /* borrowed; None: there is none */
    PyThreadState *thread; /* while the library works */
    int64_t asked_ns;
    bool raised; /* the exception is pending */
} file_work;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool ask_stops(file_work *work)
{
    if (PyErr_CheckSignals() < 0) {
        work->raised = true;
        return true;
    }
    if (work->stops == Py_None)
        return false;
    PyObject *answer = PyObject_CallNoArgs(work->stops);
    int truth = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    work->raised = truth < 0;
    return truth != 0;
}

static bool file_stops(void *user)
{
    file_work *work = user;
    const int64_t now = now_ns();
    if (now - work->asked_ns < ASK_NS)
        return false;
    PyEval_RestoreThread(work->thread);
    const bool stopped = ask_stops(work);
    work->thread = PyEval_SaveThread();
    work->asked_ns = now_ns();
    return stopped;
}

/* `key` is bytes, or None. 0; or -1 and an exception: it is something else. */
static int file_work_begin(file_work *work, PyObject *key, unsigned long long timeout_ms,
                           PyObject *stops)
{
    Py_ssize_t size = 0;
    *work = (file_work){.stops = stops};
    bj_snapshot_file_options_init(&work->options);
    work->options.key = key == Py_None ? NULL : core_bytes_of(key, &size);
    work->options.key_size = (size_t)size;
    work->options.timeout_ms = timeout_ms;
    work->options.stops = file_stops;
    work->options.user = work;
    return key == Py_None || work->options.key ? 0 : -1;
}

/* What was raised meanwhile, or what the library says. */
static PyObject *raise_of_file(core_state *state, const file_work *work, const bj_error *err)
{
    return work->raised ? NULL : core_raise(state, err);
}

/* load_snapshot(runtime, path, most_bytes, key or None, timeout_ms, stops or None) */
PyObject *core_snapshot_load(PyObject *module, PyObject *args)
{
    core_state *state = PyModule_GetState(module);
    core_runtime *runtime;
    PyObject *path, *key, *stops;
    unsigned long long most, timeout_ms;
    file_work work;
    if (!PyArg_ParseTuple(args, "O!OKOKO", state->runtime, &runtime, &path, &most, &key,
                          &timeout_ms, &stops) ||
        file_work_begin(&work, key, timeout_ms, stops) < 0 || !PyUnicode_FSConverter(path, &path))
        return NULL;
    work.options.most_bytes = most;
    bj_error err = {0};
    bj_snapshot *snapshot = NULL;
    bool here = core_is_of_this_process(runtime->engine);
    if (here) {
        const char *text = PyBytes_AsString(path);
        work.thread = PyEval_SaveThread();
        snapshot = bj_snapshot_load_with(runtime->runtime, text, &work.options, &err);
        PyEval_RestoreThread(work.thread);
    }
    Py_DECREF(path);
    if (!here)
        return core_raise_forked(state);
    return snapshot ? wrap_snapshot(state, snapshot, runtime) : raise_of_file(state, &work, &err);
}

static void snapshot_dealloc(core_snapshot *self)
{
    if (core_is_of_this_process(self->runtime->engine)) {
        Py_BEGIN_ALLOW_THREADS
        bj_snapshot_delete(self->snapshot);
        Py_END_ALLOW_THREADS
    }
    Py_DECREF(self->runtime);
    core_free((PyObject *)self);
}

/* spawn(policy or None, flags) */
static PyObject *snapshot_spawn(core_snapshot *self, PyObject *args)
{
    core_state *state = core_state_of((PyObject *)self);
    PyObject *policy;
    unsigned flags;
    if (!PyArg_ParseTuple(args, "OI", &policy, &flags))
        return NULL;
    if (policy != Py_None && Py_TYPE(policy) != state->policy) {
        PyErr_SetString(PyExc_TypeError, "a policy or None");
        return NULL;
    }
    if (!core_is_of_this_process(self->runtime->engine))
        return core_raise_forked(state);
    const bj_policy *limits = policy == Py_None ? NULL : &((core_policy *)policy)->policy;
    bj_error err = {0};
    bj_sandbox *box;
    Py_BEGIN_ALLOW_THREADS
    box = bj_snapshot_spawn_as(self->snapshot, limits, flags, &err);
    Py_END_ALLOW_THREADS
    return box ? (PyObject *)core_sandbox_wrap(state, box, self->runtime) : core_raise(state, &err);
}

/* save(path, key or None, timeout_ms, stops or None) */
static PyObject *snapshot_save(core_snapshot *self, PyObject *args)
{
    core_state *state = core_state_of((PyObject *)self);
    PyObject *path, *key, *stops;
    unsigned long long timeout_ms;
    file_work work;
    if (!PyArg_ParseTuple(args, "OOKO", &path, &key, &timeout_ms, &stops) ||
        file_work_begin(&work, key, timeout_ms, stops) < 0 || !PyUnicode_FSConverter(path, &path))
        return NULL;
    bj_error err = {0};
    int result = -1;
    bool here = core_is_of_this_process(self->runtime->engine);
    if (here) {
        const char *text = PyBytes_AsString(path);
        work.thread = PyEval_SaveThread();
        result = bj_snapshot_save_with(self->snapshot, text, &work.options, &err);
        PyEval_RestoreThread(work.thread);
    }
    Py_DECREF(path);
    if (!here)
        return core_raise_forked(state);
    if (result < 0)
        return raise_of_file(state, &work, &err);
    return core_none();
}

static PyObject *snapshot_describe(core_snapshot *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    if (!core_is_of_this_process(self->runtime->engine))
        return core_raise_forked(state);
    char *text;
    Py_BEGIN_ALLOW_THREADS
    text = bj_snapshot_describe(self->snapshot);
    Py_END_ALLOW_THREADS
    return core_owned_text(state, text);
}

static PyMethodDef snapshot_methods[] = {
    {"spawn", (PyCFunction)snapshot_spawn, METH_VARARGS, NULL},
    {"save", (PyCFunction)snapshot_save, METH_VARARGS, NULL},
    {"describe", (PyCFunction)snapshot_describe, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot snapshot_slots[] = {
    {Py_tp_dealloc, snapshot_dealloc},
    {Py_tp_methods, snapshot_methods},
    {0, NULL},
};

PyType_Spec core_snapshot_spec = {
    .name = "belljar._core.Snapshot",
    .basicsize = sizeof(core_snapshot),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = snapshot_slots,
};
