/*
 * shim_display.c: what programs show, handed to the host, and what an evaluation shows of itself at its end. What a value
 * looks like is lib/belljar_display.py.
 *
 * An evaluation that shows nothing pays no more for it than two look-ups: of the value's type, and of matplotlib.pyplot.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_DISPLAY)
int32_t host_display(const void *parts, uint32_t count, const char *metadata,
                     uint32_t metadata_size);

static PyObject *pyplot_name; /* "matplotlib.pyplot" */
static PyObject *finish;      /* belljar_display.finish */

int display_init(void)
{
    PyObject *module = PyImport_ImportModule("belljar_display");

    finish = module ? PyObject_GetAttrString(module, "finish") : NULL;
    Py_XDECREF(module);
    pyplot_name = PyUnicode_InternFromString("matplotlib.pyplot");
    return finish && pyplot_name ? 0 : -1;
}

/* Points a record to a (type, data) of bytes, which the caller keeps. */
static int set_part(uint32_t *part, PyObject *pair)
{
    char *type, *data;
    Py_ssize_t type_size, data_size;

    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        PyBytes_AsStringAndSize(PyTuple_GET_ITEM(pair, 0), &type, &type_size) < 0 ||
        PyBytes_AsStringAndSize(PyTuple_GET_ITEM(pair, 1), &data, &data_size) < 0)
        return -1;
    part[BELLJAR_DISPLAY_TYPE / 4] = (uint32_t)(uintptr_t)type;
    part[BELLJAR_DISPLAY_TYPE_SIZE / 4] = (uint32_t)type_size;
    part[BELLJAR_DISPLAY_DATA / 4] = (uint32_t)(uintptr_t)data;
    part[BELLJAR_DISPLAY_DATA_SIZE / 4] = (uint32_t)data_size;
    return 0;
}

PyObject *display_show(PyObject *module, PyObject *args)
{
    uint32_t parts[BELLJAR_DISPLAY_PARTS_MOST][BELLJAR_DISPLAY_BYTES / sizeof(uint32_t)];
    PyObject *pairs;
    const char *metadata;
    Py_ssize_t count, metadata_size;

    (void)module;
    if (!PyArg_ParseTuple(args, "O!y#", &PyTuple_Type, &pairs, &metadata, &metadata_size))
        return NULL;
    count = PyTuple_GET_SIZE(pairs);
    if (count > BELLJAR_DISPLAY_PARTS_MOST)
        return PyLong_FromLong(BELLJAR_DISPLAY_INVALID);
    for (Py_ssize_t i = 0; i < count; i++)
        if (set_part(parts[i], PyTuple_GET_ITEM(pairs, i)) < 0)
            return PyErr_Occurred() ? NULL : PyLong_FromLong(BELLJAR_DISPLAY_INVALID);
    return PyLong_FromLong(host_display(parts, (uint32_t)count, metadata, (uint32_t)metadata_size));
}

/* Types that say nothing of how they look but by their repr(). */
static bool is_plain(PyObject *value)
{
    return !value || value == Py_None || PyLong_CheckExact(value) || PyUnicode_CheckExact(value) ||
           PyFloat_CheckExact(value) || PyBool_Check(value) || PyBytes_CheckExact(value) ||
           PyList_CheckExact(value) || PyTuple_CheckExact(value) || PyDict_CheckExact(value) ||
           PyAnySet_CheckExact(value);
}

int display_finish(PyObject *value)
{
    PyObject *modules = PyImport_GetModuleDict(), *result;
    bool plots = PyDict_CheckExact(modules) && PyDict_Contains(modules, pyplot_name) > 0;

    if (is_plain(value) && !plots)
        return 0;
    result = PyObject_CallOneArg(finish, is_plain(value) ? Py_None : value);
    Py_XDECREF(result);
    return result ? 0 : -1;
}
