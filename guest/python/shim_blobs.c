/*
 * shim_blobs.c: bytes that pass beside the text of values, without a copy here: the host reads those that are given where they lie, and
 * writes those that are taken into the bytes object that the program gets.
 */
#include "shim.h"

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_GIVE) int32_t host_give(const void *parts, uint32_t count);
IMPORT(BELLJAR_IMPORT_BLOB)
int32_t host_blob(uint32_t from, uint32_t number, void *buffer, uint32_t size);

struct part {
    uint32_t fields[BELLJAR_BLOB_BYTES / sizeof(uint32_t)];
};

/* Points each record to a buffer, which is held. *held says how many are; -1 with an exception set. */
static int hold(PyObject *list, struct part *parts, Py_buffer *buffers, Py_ssize_t *held)
{
    for (*held = 0; *held < PyList_GET_SIZE(list); ++*held) {
        Py_buffer *buffer = &buffers[*held];

        if (PyObject_GetBuffer(PyList_GET_ITEM(list, *held), buffer, PyBUF_SIMPLE) < 0)
            return -1;
        parts[*held].fields[BELLJAR_BLOB_ADDRESS / 4] = (uint32_t)(uintptr_t)buffer->buf;
        parts[*held].fields[BELLJAR_BLOB_SIZE / 4] = (uint32_t)buffer->len;
    }
    return 0;
}

PyObject *blobs_give(PyObject *module, PyObject *list)
{
    Py_ssize_t count, held = 0;
    struct part *parts;
    Py_buffer *buffers;
    int32_t status = BELLJAR_BLOBS_INVALID;

    (void)module;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "a list of buffers");
        return NULL;
    }
    count = PyList_GET_SIZE(list);
    parts = PyMem_Calloc((size_t)count + 1, sizeof *parts);
    buffers = PyMem_Calloc((size_t)count + 1, sizeof *buffers);
    if (!parts || !buffers)
        PyErr_NoMemory();
    else if (hold(list, parts, buffers, &held) == 0)
        status = host_give(parts, (uint32_t)count);
    while (held > 0)
        PyBuffer_Release(&buffers[--held]);
    PyMem_Free(buffers);
    PyMem_Free(parts);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(status);
}

PyObject *blobs_take(PyObject *module, PyObject *args)
{
    unsigned from, number;
    PyObject *bytes;
    int32_t size;

    (void)module;
    if (!PyArg_ParseTuple(args, "II", &from, &number))
        return NULL;
    size = host_blob(from, number, NULL, 0);
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "the host has no bytes of that number");
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes && size > 0 &&
        host_blob(from, number, PyBytes_AS_STRING(bytes), (uint32_t)size) != size)
        Py_CLEAR(bytes);
    if (!bytes && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "the host has no bytes of that number");
    return bytes;
}
