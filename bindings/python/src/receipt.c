/* receipt.c: Receipt, which converts a field when it is asked for, and Changes. */
#include <string.h>

#include "core.h"

typedef struct core_receipt {
    PyObject_HEAD
    bj_receipt *receipt;
} core_receipt;

PyObject *core_receipt_new(core_state *state, bj_receipt *receipt)
{
    core_receipt *self = PyObject_New(core_receipt, state->receipt);
    if (self)
        self->receipt = receipt;
    else
        bj_receipt_delete(receipt);
    return (PyObject *)self;
}

static void receipt_dealloc(core_receipt *self)
{
    bj_receipt_delete(self->receipt);
    core_free((PyObject *)self);
}

static PyObject *string_or_none(const char *text)
{
    return core_text(text, text ? strlen(text) : 0);
}

static PyObject *receipt_outcome(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(bj_outcome_name(bj_receipt_outcome(self->receipt)));
}

static PyObject *receipt_exit_code(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(bj_receipt_exit_code(self->receipt));
}

/* (type, message, traceback) or None */
static PyObject *receipt_error(core_receipt *self, void *Py_UNUSED(closure))
{
    const char *type = bj_receipt_error_type(self->receipt);
    if (!type)
        return core_none();
    return Py_BuildValue("(NNN)", string_or_none(type),
                         string_or_none(bj_receipt_error_message(self->receipt)),
                         string_or_none(bj_receipt_error_traceback(self->receipt)));
}

typedef const char *(*text_accessor)(const bj_receipt *receipt, size_t *size);

/* The accessors as data, so that a getter's closure can point to one. */
static text_accessor value_text = bj_receipt_value, repr_text = bj_receipt_repr,
                     stdout_text = bj_receipt_stdout, stderr_text = bj_receipt_stderr;

static PyObject *receipt_text(core_receipt *self, void *accessor)
{
    size_t size = 0;
    const char *text = (*(text_accessor *)accessor)(self->receipt, &size);
    return core_text(text, size);
}

static PyObject *receipt_bytes(core_receipt *self, void *accessor)
{
    size_t size = 0;
    const char *text = (*(text_accessor *)accessor)(self->receipt, &size);
    return PyBytes_FromStringAndSize(text, (Py_ssize_t)size);
}

/* (name, allowed, used) or None */
static PyObject *receipt_limit(core_receipt *self, void *Py_UNUSED(closure))
{
    const char *name = bj_receipt_limit_name(self->receipt);
    if (!name)
        return core_none();
    return Py_BuildValue("(sKK)", name, (unsigned long long)bj_receipt_limit_allowed(self->receipt),
                         (unsigned long long)bj_receipt_limit_used(self->receipt));
}

/* The fields of bj_usage in their order, fuel None where it was not counted. */
static PyObject *receipt_usage(core_receipt *self, void *Py_UNUSED(closure))
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(self->receipt, &usage);
    PyObject *fuel = usage.fuel_known ? PyLong_FromUnsignedLongLong(usage.fuel) : Py_BuildValue("");
    return Py_BuildValue(
        "(NKKKKKKK)", fuel, (unsigned long long)usage.wall_ns, (unsigned long long)usage.cpu_ns,
        (unsigned long long)usage.memory_peak_bytes, (unsigned long long)usage.output_bytes,
        (unsigned long long)usage.host_calls, (unsigned long long)usage.file_bytes_written,
        (unsigned long long)usage.queued_ns);
}

/* Appends what it steals. */
static int append(PyObject *list, PyObject *item)
{
    int result = item ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return result;
}

static PyObject *receipt_denied(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_denial denial = {.size = sizeof denial};
    for (size_t i = 0; list && bj_receipt_denial(self->receipt, i, &denial); i++) {
        PyObject *item = Py_BuildValue("(sNsK)", denial.call, core_path(denial.path), denial.reason,
                                       (unsigned long long)denial.times);
        if (append(list, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *receipt_more_denials(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(bj_receipt_more_denials(self->receipt));
}

/* (path, change, type, size, sha256 or None) */
PyObject *core_change_tuple(const bj_file_change *change)
{
    static const char *const types[] = {
        [BJ_FILE] = "file",
        [BJ_DIRECTORY] = "directory",
        [BJ_SYMLINK] = "symlink",
        [BJ_OTHER] = "other",
    };
    return Py_BuildValue("(NssKz)", core_path(change->path), bj_change_kind_name(change->kind),
                         types[change->type], (unsigned long long)change->bytes, change->sha256);
}

static PyObject *receipt_files(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_file_change change = {.size = sizeof change};
    for (size_t i = 0; list && bj_receipt_change(self->receipt, i, &change); i++)
        if (append(list, core_change_tuple(&change)) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *receipt_file_count(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(bj_receipt_change_count(self->receipt));
}

static PyObject *receipt_more_files(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(bj_receipt_has_more_changes(self->receipt));
}

/* {part: why} */
static PyObject *receipt_unfinished(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *parts = PyDict_New();
    const char *part, *why;
    for (size_t i = 0; parts && bj_receipt_unfinished(self->receipt, i, &part, &why); i++) {
        PyObject *text = PyUnicode_FromString(why);
        if (!text || PyDict_SetItemString(parts, part, text) < 0)
            Py_CLEAR(parts);
        Py_XDECREF(text);
    }
    return parts;
}

/* [(name, outcome, message, arguments, arguments_bytes, result_bytes, wall_ns)] */
static PyObject *receipt_tool_calls(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_tool_use use = {.size = sizeof use};
    for (size_t i = 0; list && bj_receipt_tool_use(self->receipt, i, &use); i++) {
        PyObject *item = Py_BuildValue(
            "(NsNNKKKss)", string_or_none(use.name), use.outcome, string_or_none(use.message),
            string_or_none(use.arguments), (unsigned long long)use.arguments_bytes,
            (unsigned long long)use.result_bytes, (unsigned long long)use.wall_ns,
            use.argument_blobs, use.result_blobs);
        if (append(list, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *display_forms(const bj_receipt *receipt, size_t number)
{
    PyObject *list = PyList_New(0);
    bj_display_form form = {.size = sizeof form};
    for (size_t i = 0; list && bj_receipt_display_form(receipt, number, i, &form); i++) {
        PyObject *data = form.is_text
                             ? core_text(form.data, form.bytes)
                             : PyBytes_FromStringAndSize(form.data, (Py_ssize_t)form.bytes);
        if (append(list, Py_BuildValue("(sN)", form.type, data)) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* [([(type, str or bytes)], metadata)] */
static PyObject *receipt_displays(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_display shown = {.size = sizeof shown};
    for (size_t i = 0; list && bj_receipt_display(self->receipt, i, &shown); i++) {
        PyObject *item =
            Py_BuildValue("(NN)", display_forms(self->receipt, i), string_or_none(shown.metadata));
        if (append(list, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *receipt_more_displays(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(bj_receipt_more_displays(self->receipt));
}

static PyObject *receipt_more_tool_calls(core_receipt *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(bj_receipt_more_tool_uses(self->receipt));
}

static PyObject *receipt_digest(core_receipt *self, void *Py_UNUSED(closure))
{
    return string_or_none(bj_receipt_digest(self->receipt));
}

/* The bytes beside the value, in order. */
static PyObject *receipt_blobs(core_receipt *self, void *Py_UNUSED(closure))
{
    PyObject *list = PyList_New(0);
    bj_blob blob;
    for (size_t i = 0; list && bj_receipt_blob(self->receipt, i, &blob); i++)
        if (append(list, PyBytes_FromStringAndSize(blob.data, (Py_ssize_t)blob.bytes)) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *receipt_describe(core_receipt *self, PyObject *Py_UNUSED(none))
{
    return core_owned_text(core_state_of((PyObject *)self), bj_receipt_describe(self->receipt));
}

static PyMethodDef receipt_methods[] = {
    {"describe", (PyCFunction)receipt_describe, METH_NOARGS, NULL},
    {0},
};

static PyGetSetDef receipt_fields[] = {
    {"outcome", (getter)receipt_outcome, NULL, NULL, NULL},
    {"exit_code", (getter)receipt_exit_code, NULL, NULL, NULL},
    {"error", (getter)receipt_error, NULL, NULL, NULL},
    {"value", (getter)receipt_text, NULL, NULL, &value_text},
    {"repr", (getter)receipt_text, NULL, NULL, &repr_text},
    {"stdout", (getter)receipt_text, NULL, NULL, &stdout_text},
    {"stderr", (getter)receipt_text, NULL, NULL, &stderr_text},
    {"stdout_bytes", (getter)receipt_bytes, NULL, NULL, &stdout_text},
    {"stderr_bytes", (getter)receipt_bytes, NULL, NULL, &stderr_text},
    {"limit", (getter)receipt_limit, NULL, NULL, NULL},
    {"usage", (getter)receipt_usage, NULL, NULL, NULL},
    {"denied", (getter)receipt_denied, NULL, NULL, NULL},
    {"more_denials", (getter)receipt_more_denials, NULL, NULL, NULL},
    {"files", (getter)receipt_files, NULL, NULL, NULL},
    {"file_count", (getter)receipt_file_count, NULL, NULL, NULL},
    {"more_files", (getter)receipt_more_files, NULL, NULL, NULL},
    {"tool_calls", (getter)receipt_tool_calls, NULL, NULL, NULL},
    {"more_tool_calls", (getter)receipt_more_tool_calls, NULL, NULL, NULL},
    {"displays", (getter)receipt_displays, NULL, NULL, NULL},
    {"more_displays", (getter)receipt_more_displays, NULL, NULL, NULL},
    {"blobs", (getter)receipt_blobs, NULL, NULL, NULL},
    {"unfinished", (getter)receipt_unfinished, NULL, NULL, NULL},
    {"digest", (getter)receipt_digest, NULL, NULL, NULL},
    {0},
};

static PyType_Slot receipt_slots[] = {
    {Py_tp_dealloc, receipt_dealloc},
    {Py_tp_methods, receipt_methods},
    {Py_tp_getset, receipt_fields},
    {0, NULL},
};

PyType_Spec core_receipt_spec = {
    .name = "belljar._core.Receipt",
    .basicsize = sizeof(core_receipt),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = receipt_slots,
};
