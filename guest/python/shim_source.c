/*
 * shim_source.c: from bytes of source to a code object, and source kept for tracebacks.
 *
 * Bytes are compiled as CPython compiles a file: a byte order mark and a coding cookie count, and
 * what is not valid is a SyntaxError. Names: the first evaluation carries the script's name, each
 * later one its own (<eval 2>, <eval 3>, …), so that a traceback through a function that an earlier
 * evaluation defined shows that evaluation's lines. `from __future__` holds for what follows, as at a
 * prompt.
 *
 * linecache finds the lines in its table `evaluated` (patches/lib-linecache.patch). The table is kept
 * to the newest KEPT_SOURCES entries and about KEPT_BYTES, so that a long session does not grow by it.
 */
#include "shim.h"

#include <string.h>

#define KEPT_SOURCES 256
#define KEPT_BYTES   (4 << 20)

static PyObject *evaluated;   /* borrowed from linecache: name to source, oldest first */
static Py_ssize_t kept_bytes; /* characters in `evaluated`, as far as we put them there */
static PyObject *script_name; /* NULL where there is none */
static unsigned long evaluation;
static PyCompilerFlags flags = {.cf_feature_version = PY_MINOR_VERSION};

int source_init(void)
{
    PyObject *linecache = PyImport_ImportModule("linecache");

    evaluated = linecache ? PyObject_GetAttrString(linecache, "evaluated") : NULL;
    Py_XDECREF(linecache);
    return evaluated ? 0 : -1;
}

void source_name_script(PyObject *name)
{
    Py_XSETREF(script_name, Py_NewRef(name));
}

static PyObject *next_name(void)
{
    evaluation++;
    if (evaluation == 1 && script_name && PyUnicode_GetLength(script_name) > 0)
        return Py_NewRef(script_name);
    return PyUnicode_FromFormat("<eval %lu>", evaluation);
}

/* Drops the oldest sources until one of `size` characters fits. */
static void make_room(Py_ssize_t size)
{
    PyObject *name, *source;
    Py_ssize_t position = 0;

    while (PyDict_GET_SIZE(evaluated) >= KEPT_SOURCES ||
           (kept_bytes + size > KEPT_BYTES && PyDict_GET_SIZE(evaluated) > 0)) {
        position = 0;
        if (!PyDict_Next(evaluated, &position, &name, &source))
            break;
        kept_bytes -= PyUnicode_Check(source) ? PyUnicode_GET_LENGTH(source) : 0;
        Py_INCREF(name);
        if (PyDict_DelItem(evaluated, name) < 0)
            PyErr_Clear();
        Py_DECREF(name);
    }
}

/* Keeps the source under its name. Failure costs the traceback its lines and nothing else. */
static void keep(PyObject *name, const char *text, size_t size)
{
    PyObject *source = PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");

    if (source) {
        make_room(PyUnicode_GET_LENGTH(source));
        if (PyDict_SetItem(evaluated, name, source) == 0)
            kept_bytes += PyUnicode_GET_LENGTH(source);
        Py_DECREF(source);
    }
    PyErr_Clear();
}

/* A syntax error shows the program's own line alone, not how we came to look at it. */
static void forget_our_frames(void)
{
    PyObject *error = PyErr_GetRaisedException();

    if (error && PyException_SetTraceback(error, Py_None) < 0)
        PyErr_Clear();
    if (error)
        PyException_SetContext(error, NULL);
    PyErr_SetRaisedException(error);
}

/* codeop's judgement of what is complete, which remembers __future__ by itself. */
static PyObject *compile_interactive(const char *text, size_t size, PyObject *name)
{
    PyObject *module = PyImport_ImportModule("_belljar");
    PyObject *code = NULL;

    if (module)
        code = PyObject_CallMethod(module, "interactive", "y#O", text, (Py_ssize_t)size, name);
    Py_XDECREF(module);
    if (!code)
        forget_our_frames();
    if (code == Py_None)
        Py_CLEAR(code);
    return code;
}

PyObject *source_compile(const char *text, size_t size, int interactive)
{
    PyObject *name = next_name(), *code = NULL;

    if (!name)
        return NULL;
    keep(name, text, size);
    if (strlen(text) != size)
        PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
    else if (interactive)
        code = compile_interactive(text, size, name);
    else
        code = Py_CompileStringObject(text, name, Py_file_input, &flags, -1);
    Py_DECREF(name);
    return code;
}
