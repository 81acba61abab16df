/* text.c: strings of the library as Python's. */
#include <string.h>

#include "core.h"

PyObject *core_text(const char *text, size_t size)
{
    if (!text)
        return core_none();
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
}

PyObject *core_path(const char *path)
{
    return PyUnicode_DecodeUTF8(path, (Py_ssize_t)strlen(path), "surrogateescape");
}

const char *core_bytes_of(PyObject *object, Py_ssize_t *size)
{
    char *bytes = NULL;
    if (PyUnicode_Check(object))
        return PyUnicode_AsUTF8AndSize(object, size);
    return PyBytes_AsStringAndSize(object, &bytes, size) < 0 ? NULL : bytes;
}

void core_blobs_release(core_blobs *blobs)
{
    Py_XDECREF(blobs->held);
    PyMem_Free(blobs->items);
}

int core_blobs_hold(core_blobs *blobs, PyObject *list)
{
    *blobs = (core_blobs){.held = PyList_AsTuple(list)};
    const size_t count = blobs->held ? (size_t)PyTuple_Size(blobs->held) : 0;
    blobs->items = blobs->held ? PyMem_Calloc(count + 1, sizeof *blobs->items) : NULL;
    if (blobs->held && !blobs->items)
        PyErr_NoMemory();
    for (; blobs->items && blobs->count < count; blobs->count++) {
        char *data;
        Py_ssize_t size;
        PyObject *item = PyTuple_GetItem(blobs->held, (Py_ssize_t)blobs->count);
        if (PyBytes_AsStringAndSize(item, &data, &size) < 0)
            break;
        blobs->items[blobs->count] = (bj_blob){data, (size_t)size};
    }
    if (blobs->items && blobs->count == count)
        return 0;
    core_blobs_release(blobs);
    return -1;
}
