/* errors.c: bj_error as an exception of belljar.errors, which knows the class for each code. */
#include <string.h>

#include "core.h"

PyObject *core_error_of(core_state *state, const bj_error *err)
{
    PyObject *message = core_text(err->message, strnlen(err->message, sizeof err->message));
    return message ? PyObject_CallFunction(state->make_error, "iiN", (int)err->code, err->sys_errno,
                                           message)
                   : NULL;
}

PyObject *core_raise(core_state *state, const bj_error *err)
{
    PyObject *error = core_error_of(state, err);
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    return NULL;
}

PyObject *core_raise_code(core_state *state, bj_error_code code, const char *message)
{
    bj_error err = {.code = code};
    PyOS_snprintf(err.message, sizeof err.message, "%s", message);
    return core_raise(state, &err);
}

PyObject *core_raise_forked(core_state *state)
{
    return core_raise_code(state, BJ_ERROR_UNSUPPORTED,
                           "it was made before this process was forked, and belongs to the parent: "
                           "make a new one here");
}

PyObject *core_owned_text(core_state *state, char *text)
{
    if (!text)
        return core_raise_code(state, BJ_ERROR_MEMORY, "out of memory");
    PyObject *result = core_text(text, strlen(text));
    bj_free(text);
    return result;
}
