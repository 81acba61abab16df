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

PyObject *core_owned_text(core_state *state, char *text)
{
    if (!text)
        return core_raise_code(state, BJ_ERROR_MEMORY, "out of memory");
    PyObject *result = core_text(text, strlen(text));
    bj_string_free(text);
    return result;
}

void core_buffers_release(core_buffers *buffers)
{
    while (buffers->count > 0)
        PyBuffer_Release(&buffers->held[--buffers->count]);
    PyMem_Free(buffers->held);
    PyMem_Free(buffers->blobs);
}

int core_buffers_hold(core_buffers *buffers, PyObject *list)
{
    const size_t count = (size_t)PyList_Size(list);
    *buffers = (core_buffers){.held = PyMem_Calloc(count + 1, sizeof *buffers->held),
                              .blobs = PyMem_Calloc(count + 1, sizeof *buffers->blobs)};
    if (!buffers->held || !buffers->blobs)
        PyErr_NoMemory();
    for (size_t i = 0; i < count && !PyErr_Occurred(); i++) {
        Py_buffer *held = &buffers->held[i];
        if (PyObject_GetBuffer(PyList_GetItem(list, (Py_ssize_t)i), held, PyBUF_SIMPLE) < 0)
            break;
        buffers->blobs[buffers->count++] = (bj_blob){held->buf, (size_t)held->len};
    }
    if (!PyErr_Occurred())
        return 0;
    core_buffers_release(buffers);
    return -1;
}
