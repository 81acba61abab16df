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
