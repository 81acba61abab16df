/* policy.c: Policy, limits and grants on their way to a sandbox. */
#include <string.h>

#include "core.h"

/* ------------------------------------------------------------------ limits */

static uint64_t *limit_field(bj_policy *policy, const char *name)
{
#define FIELD(field, limit, unit, default_, least, most, help)                                     \
    if (strcmp(name, limit) == 0)                                                                  \
        return &policy->field;
    BJ_LIMITS(FIELD)
#undef FIELD
    return NULL;
}

static int set_limit(bj_policy *policy, PyObject *key, PyObject *value)
{
    const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
    uint64_t *field = name ? limit_field(policy, name) : NULL;
    if (!field) {
        if (name)
            PyErr_Format(PyExc_KeyError, "no limit has the name %s", name);
        return -1;
    }
    *field = PyLong_AsUnsignedLongLong(value);
    return PyErr_Occurred() ? -1 : 0;
}

/* What the other arguments stand over: a preset, or a file. */
static int load_base(core_policy *self, PyTypeObject *type, PyObject *base)
{
    PyObject *path;
    if (!PyUnicode_FSConverter(base, &path))
        return -1;
    bj_error err = {0};
    const int status = bj_policy_load(&self->policy, PyBytes_AsString(path), &err);
    Py_DECREF(path);
    if (status < 0)
        core_raise(PyType_GetModuleState(type), &err);
    return status;
}

/* Policy({name of a limit: number}, deterministic, seed, exceptions, base). `base` is NULL or what bj_policy_load takes. Whether the numbers are in range is said by bj_policy_check. */
static PyObject *policy_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *limits, *base;
    int deterministic, exceptions;
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "O!pKpO", &PyDict_Type, &limits, &deterministic, &seed, &exceptions,
                          &base))
        return NULL;
    core_policy *self = PyObject_New(core_policy, type);
    if (!self)
        return NULL;
    bj_policy_init(&self->policy);
    if (base != Py_None && load_base(self, type, base) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    if (deterministic) {
        self->policy.deterministic = true;
        self->policy.seed = seed;
    }
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(limits, &at, &key, &value);) {
        if (set_limit(&self->policy, key, value) < 0) {
            Py_DECREF(self);
            return NULL;
        }
    }
    bj_error err = {0};
    if (bj_policy_check(&self->policy, &err) == 0 &&
        (!exceptions || bj_policy_grant_exceptions(&self->policy, &err) == 0))
        return (PyObject *)self;
    Py_DECREF(self);
    return core_raise(PyType_GetModuleState(type), &err);
}

static void policy_dealloc(core_policy *self)
{
    bj_policy_clear(&self->policy);
    core_free((PyObject *)self);
}

/* ------------------------------------------------------------------ grants */

static PyObject *granted(core_policy *self, int result, const bj_error *err)
{
    if (result < 0)
        return core_raise(core_state_of((PyObject *)self), err);
    return core_none();
}

static PyObject *grant_dir(core_policy *self, PyObject *args)
{
    PyObject *host;
    const char *guest;
    int mode;
    if (!PyArg_ParseTuple(args, "O&si", PyUnicode_FSConverter, &host, &guest, &mode))
        return NULL;
    bj_error err = {0};
    int result =
        bj_policy_grant_dir(&self->policy, PyBytes_AsString(host), guest, (bj_mode)mode, &err);
    Py_DECREF(host);
    return granted(self, result, &err);
}

static PyObject *grant_archive(core_policy *self, PyObject *args)
{
    PyObject *file;
    const char *guest;
    if (!PyArg_ParseTuple(args, "O&s", PyUnicode_FSConverter, &file, &guest))
        return NULL;
    bj_error err = {0};
    int result = bj_policy_grant_archive(&self->policy, PyBytes_AsString(file), guest, &err);
    Py_DECREF(file);
    return granted(self, result, &err);
}

static PyObject *grant_tmp(core_policy *self, PyObject *args)
{
    const char *guest;
    unsigned long long bytes;
    if (!PyArg_ParseTuple(args, "sK", &guest, &bytes))
        return NULL;
    bj_error err = {0};
    return granted(self, bj_policy_grant_tmp(&self->policy, guest, bytes, &err), &err);
}

static PyObject *grant_env(core_policy *self, PyObject *args)
{
    const char *name, *value;
    if (!PyArg_ParseTuple(args, "ss", &name, &value))
        return NULL;
    bj_error err = {0};
    return granted(self, bj_policy_grant_env(&self->policy, name, value, &err), &err);
}

static PyObject *grant_arg(core_policy *self, PyObject *args)
{
    PyObject *text;
    if (!PyArg_ParseTuple(args, "O&", PyUnicode_FSConverter, &text))
        return NULL;
    bj_error err = {0};
    int result = bj_policy_grant_arg(&self->policy, PyBytes_AsString(text), &err);
    Py_DECREF(text);
    return granted(self, result, &err);
}

static PyObject *grant_stdin(core_policy *self, PyObject *args)
{
    PyObject *given;
    Py_ssize_t size;
    const char *bytes = PyArg_ParseTuple(args, "S", &given) ? core_bytes_of(given, &size) : NULL;
    if (!bytes)
        return NULL;
    bj_error err = {0};
    return granted(self, bj_policy_grant_stdin(&self->policy, bytes, (size_t)size, &err), &err);
}

static PyObject *grant_stdin_fd(core_policy *self, PyObject *args)
{
    int fd;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    bj_error err = {0};
    return granted(self, bj_policy_grant_stdin_fd(&self->policy, fd, &err), &err);
}

static PyObject *grant_devices(core_policy *self, PyObject *Py_UNUSED(args))
{
    bj_error err = {0};
    return granted(self, bj_policy_grant_devices(&self->policy, &err), &err);
}

/* grant_tool(number, name, description, schema, global, most calls, most bytes, most ms) */
static PyObject *grant_tool(core_policy *self, PyObject *args)
{
    bj_tool tool;
    if (core_tool_parse(args, &tool) < 0)
        return NULL;
    bj_error err = {0};
    return granted(self, bj_policy_grant_tool(&self->policy, &tool, &err), &err);
}

static PyMethodDef policy_methods[] = {
    {"grant_dir", (PyCFunction)grant_dir, METH_VARARGS, NULL},
    {"grant_archive", (PyCFunction)grant_archive, METH_VARARGS, NULL},
    {"grant_tmp", (PyCFunction)grant_tmp, METH_VARARGS, NULL},
    {"grant_env", (PyCFunction)grant_env, METH_VARARGS, NULL},
    {"grant_arg", (PyCFunction)grant_arg, METH_VARARGS, NULL},
    {"grant_stdin", (PyCFunction)grant_stdin, METH_VARARGS, NULL},
    {"grant_tool", (PyCFunction)grant_tool, METH_VARARGS, NULL},
    {"grant_stdin_fd", (PyCFunction)grant_stdin_fd, METH_VARARGS, NULL},
    {"grant_devices", (PyCFunction)grant_devices, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot policy_slots[] = {
    {Py_tp_new, policy_new},
    {Py_tp_dealloc, policy_dealloc},
    {Py_tp_methods, policy_methods},
    {0, NULL},
};

PyType_Spec core_policy_spec = {
    .name = "belljar._core.Policy",
    .basicsize = sizeof(core_policy),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = policy_slots,
};
