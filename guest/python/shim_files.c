/*
 * shim_files.c: what a program wrote reaches its files when an evaluation ends.
 *
 * A script that leaves a file open counts on the interpreter's end to write its buffer out, and here
 * the interpreter does not end. patches/core-open-files.patch has open() tell us of every buffered
 * file opened for writing; we hold weak references, and flush what is still open after each
 * evaluation. The list is pruned then and whenever it has doubled, so that a loop that opens a
 * million files costs no more than the files themselves.
 *
 * Nothing here raises: the program's own result stands whatever happens to its buffers.
 */
#include "shim.h"

/* The hook that the patch adds to Modules/_io/_iomodule.c. */
extern void (*_PyIO_OpenedForWriting)(PyObject *file);

static PyObject *opened;                  /* list of weak references */
static PyObject *flush_name;              /* "flush" */
static PyObject *sys_names[2], *sys_dict; /* "stdout", "stderr"; borrowed: sys.__dict__ */
static Py_ssize_t prune_at = 64;

/* Keeps the references whose file lives. */
static void prune(void)
{
    Py_ssize_t kept = 0, count = PyList_GET_SIZE(opened);

    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *reference = PyList_GET_ITEM(opened, i), *file = NULL;
        if (PyWeakref_GetRef(reference, &file) != 1)
            continue;
        Py_DECREF(file);
        PyList_SET_ITEM(opened, i, PyList_GET_ITEM(opened, kept));
        PyList_SET_ITEM(opened, kept++, reference);
    }
    if (PyList_SetSlice(opened, kept, count, NULL) < 0)
        PyErr_Clear();
    prune_at = kept < 32 ? 64 : 2 * kept;
}

static void remember(PyObject *file)
{
    PyObject *reference = PyWeakref_NewRef(file, NULL);

    if (reference && PyList_GET_SIZE(opened) >= prune_at)
        prune();
    if (!reference || PyList_Append(opened, reference) < 0)
        PyErr_Clear();
    Py_XDECREF(reference);
}

int files_init(void)
{
    PyObject *sys = PyImport_AddModule("sys");

    opened = PyList_New(0);
    flush_name = PyUnicode_InternFromString("flush");
    sys_names[0] = PyUnicode_InternFromString("stdout");
    sys_names[1] = PyUnicode_InternFromString("stderr");
    if (!sys || !opened || !flush_name || !sys_names[0] || !sys_names[1])
        return -1;
    sys_dict = PyModule_GetDict(sys);
    _PyIO_OpenedForWriting = remember;
    return 0;
}

/* A file may be closed, or not be a file at all: a program may set sys.stdout to what it likes. */
static void flush(PyObject *file)
{
    PyObject *result = NULL;

    if (file && file != Py_None)
        result = PyObject_CallMethodNoArgs(file, flush_name);
    if (!result)
        PyErr_Clear();
    Py_XDECREF(result);
}

static void flush_stream(PyObject *name)
{
    PyObject *stream = Py_XNewRef(PyDict_GetItemWithError(sys_dict, name));

    flush(stream);
    Py_XDECREF(stream);
}

void files_flush(void)
{
    flush_stream(sys_names[0]);
    flush_stream(sys_names[1]);
    if (PyList_GET_SIZE(opened) == 0)
        return;
    /* flush() may run code of the program, which may open files: the size is looked at each time. */
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(opened); i++) {
        PyObject *file = NULL;
        if (PyWeakref_GetRef(PyList_GET_ITEM(opened, i), &file) != 1)
            continue;
        flush(file);
        Py_DECREF(file);
    }
    prune();
}
