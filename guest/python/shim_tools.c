/*
 * shim_tools.c: the host's tools, as the builtin module _belljar_host, which has what else the library asks of the host, too. What
 * programs see of tools is lib/belljar_tools.py.
 */
#include "shim.h"

#include <stdlib.h>

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_TOOLS) int32_t host_tools(void);
IMPORT(BELLJAR_IMPORT_CALL)
int32_t host_call(const char *name, uint32_t name_size, const char *arguments,
                  uint32_t arguments_size);
IMPORT(BELLJAR_IMPORT_TAKE) int32_t host_take(char *buffer, uint32_t size);

/* The text that waits at the host, as bytes. */
static PyObject *take(void)
{
    int32_t size = host_take(NULL, 0);
    PyObject *text = PyBytes_FromStringAndSize(NULL, size > 0 ? size : 0);

    if (text && size > 0)
        host_take(PyBytes_AS_STRING(text), (uint32_t)size);
    return text;
}

static PyObject *list(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    host_tools();
    return take();
}

static PyObject *call(PyObject *module, PyObject *args)
{
    const char *name, *arguments;
    Py_ssize_t name_size, arguments_size;
    PyObject *text;
    int32_t status;

    (void)module;
    if (!PyArg_ParseTuple(args, "s#y#", &name, &name_size, &arguments, &arguments_size))
        return NULL;
    status = host_call(name, (uint32_t)name_size, arguments, (uint32_t)arguments_size);
    text = take();
    return text ? Py_BuildValue("iN", (int)status, text) : NULL;
}

static PyObject *started(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyLong_FromLongLong(thaw_started_ns());
}

static PyMethodDef functions[] = {
    {"tools", list, METH_NOARGS, "What tools there are, as JSON."},
    {"call", call, METH_VARARGS, "(name, arguments as JSON) -> (status, text): calls a tool."},
    {"display", display_show, METH_VARARGS,
     "(((type, bytes), ...), metadata as JSON) -> status: shows something."},
    {"give", blobs_give, METH_O, "(buffers) -> status: bytes that the next value names."},
    {"blob", blobs_take, METH_VARARGS, "(from, number) -> bytes: those that the host has."},
    {"started", started, METH_NOARGS, "When this sandbox began: nanoseconds since 1970."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_belljar_host",
    .m_size = 0,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__belljar_host(void)
{
    return PyModuleDef_Init(&module);
}
