/* text.c: strings of the library as Python's. */
#include <string.h>

#include "core.h"

PyObject *core_text(const char *text, size_t size)
{
    if (!text)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
}

PyObject *core_path(const char *path)
{
    return PyUnicode_DecodeUTF8(path, (Py_ssize_t)strlen(path), "surrogateescape");
}

PyObject *core_owned_text(core_state *state, char *text)
{
    if (!text)
        return core_raise_code(state, BJ_ERROR_MEMORY, "out of memory");
    PyObject *result = core_text(text, strlen(text));
    bj_string_free(text);
    return result;
}
