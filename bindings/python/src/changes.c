/*
 * changes.c: Changes, what has become of a sandbox's files since it was made.
 *
 * They must be deleted before their sandbox is deleted or taken back. Python gives no such promise for objects that
 * users hold, so everything is read while the package holds them, inside one call (sandbox.py).
 */
#include "core.h"

typedef struct core_changes {
    PyObject_HEAD
    bj_changes *changes;
    core_sandbox *box;
} core_changes;

PyObject *core_changes_new(core_state *state, bj_changes *changes, core_sandbox *box)
{
    core_changes *self = PyObject_New(core_changes, state->changes);
    if (!self) {
        bj_changes_delete(changes);
        return NULL;
    }
    self->changes = changes;
    Py_INCREF(box);
    self->box = box;
    return (PyObject *)self;
}

static void changes_dealloc(core_changes *self)
{
    if (core_is_of_this_process(self->box->runtime->engine) && self->box->box)
        bj_changes_delete(self->changes);
    Py_DECREF(self->box);
    core_free((PyObject *)self);
}

/* list() -> [(path, change, type, size, sha256)] */
static PyObject *changes_list(core_changes *self, PyObject *Py_UNUSED(none))
{
    size_t count = bj_changes_count(self->changes);
    PyObject *list = PyList_New((Py_ssize_t)count);
    bj_file_change change = {.size = sizeof change};
    for (size_t i = 0; list && bj_changes_get(self->changes, i, &change); i++) {
        PyObject *item = core_change_tuple(&change);
        if (!item || PyList_SetItem(list, (Py_ssize_t)i, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* unfinished() -> {part: why} */
static PyObject *changes_unfinished(core_changes *self, PyObject *Py_UNUSED(none))
{
    PyObject *parts = PyDict_New();
    const char *part, *why;
    for (size_t i = 0; parts && bj_changes_unfinished(self->changes, i, &part, &why); i++) {
        PyObject *text = PyUnicode_FromString(why);
        if (!text || PyDict_SetItemString(parts, part, text) < 0)
            Py_CLEAR(parts);
        Py_XDECREF(text);
    }
    return parts;
}

/* read(number, now, most) -> bytes */
static PyObject *changes_read(core_changes *self, PyObject *args)
{
    unsigned long long number, most;
    int now;
    if (!PyArg_ParseTuple(args, "KpK", &number, &now, &most) || !core_sandbox_enter(self->box))
        return NULL;
    bj_error err = {0};
    size_t size = 0;
    char *bytes;
    Py_BEGIN_ALLOW_THREADS
    bytes = bj_changes_read(self->changes, number, now, most, &size, &err);
    Py_END_ALLOW_THREADS
    core_sandbox_leave(self->box);
    if (!bytes)
        return core_raise(core_state_of((PyObject *)self), &err);
    PyObject *result = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    bj_free(bytes);
    return result;
}

static PyMethodDef changes_methods[] = {
    {"list", (PyCFunction)changes_list, METH_NOARGS, NULL},
    {"unfinished", (PyCFunction)changes_unfinished, METH_NOARGS, NULL},
    {"read", (PyCFunction)changes_read, METH_VARARGS, NULL},
    {0},
};

static PyType_Slot changes_slots[] = {
    {Py_tp_dealloc, changes_dealloc},
    {Py_tp_methods, changes_methods},
    {0, NULL},
};

PyType_Spec core_changes_spec = {
    .name = "belljar._core.Changes",
    .basicsize = sizeof(core_changes),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = changes_slots,
};
