/*
 * abi.h: Python's interface as every interpreter from 3.10 on has it, whatever headers compile it.
 *
 * Parts of it are macros, and say what is right for the interpreter of the headers. Py_RETURN_NONE takes no reference
 * where None is immortal (from 3.12 on), and Py_INCREF counts in a field whose width has changed: code that was compiled
 * by new headers lost a reference to None with each call under 3.10. So what counts references is a function here, which the
 * interpreter that runs has.
 *
 * For the same reason no format of an argument has a "#" (what it stores depends on a macro that new headers ignore):
 * core_bytes_of and core_utf8_of instead.
 */
#ifndef BELLJAR_ABI_H
#define BELLJAR_ABI_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#undef Py_INCREF
#undef Py_XINCREF
#undef Py_DECREF
#undef Py_XDECREF
#undef Py_CLEAR
#undef Py_RETURN_NONE
#undef Py_RETURN_TRUE
#undef Py_RETURN_FALSE
#undef Py_NewRef
#undef Py_XNewRef

#define Py_INCREF(object)  Py_IncRef((PyObject *)(object))
#define Py_DECREF(object)  Py_DecRef((PyObject *)(object))
#define Py_XDECREF(object) Py_DecRef((PyObject *)(object)) /* which takes NULL */
#define Py_CLEAR(object)   core_clear((PyObject **)&(object))

static inline PyObject *core_none(void)
{
    Py_IncRef(Py_None);
    return Py_None;
}

/* Drops what `*object` holds, which is NULL then. */
static inline void core_clear(PyObject **object)
{
    PyObject *held = *object;
    *object = NULL;
    Py_DecRef(held);
}

#endif
