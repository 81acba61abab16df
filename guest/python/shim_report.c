/*
 * shim_report.c: what came of an evaluation, as the host reads it (BELLJAR_RESULT_…).
 *
 * It owns the one record and the strings that it points to; they live until the next evaluation. An
 * uncaught exception is printed as CPython prints it: through sys.excepthook where the program set one,
 * else its traceback to sys.stderr. SystemExit ends by Python's rules, KeyboardInterrupt as status 130.
 *
 * The guest may be out of memory, at the end of its recursion, or may have replaced what reporting
 * uses. So a reserve is let go before a MemoryError is reported, every text has a plainer fallback, and
 * nothing here leaves an exception behind.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

#define RESERVE_BYTES (256 << 10)

enum { TEXT_TYPE, TEXT_MESSAGE, TEXT_TRACEBACK, TEXT_VALUE, TEXT_REPR, TEXTS };

/* Characters of a value's text that are kept. */
#define REPR_CHARACTERS 65536

static uint32_t record[BELLJAR_RESULT_BYTES / sizeof(uint32_t)];
static PyObject *texts[TEXTS]; /* bytes objects behind the record, or NULL */
static PyObject *format;       /* _belljar.traceback_text */
static void *reserve;

int report_init(void)
{
    PyObject *module = PyImport_ImportModule("_belljar");

    format = module ? PyObject_GetAttrString(module, "traceback_text") : NULL;
    Py_XDECREF(module);
    reserve = malloc(RESERVE_BYTES);
    return format ? 0 : -1;
}

void report_clear(void)
{
    for (int i = 0; i < TEXTS; i++)
        Py_CLEAR(texts[i]);
}

uint32_t *report_status(uint32_t status)
{
    memset(record, 0, sizeof record);
    record[BELLJAR_RESULT_STATUS / 4] = status;
    return record;
}

/* Points the record's pair at `offset` to bytes, which the record keeps alive (stolen). */
static void set_bytes(int offset, int which, PyObject *bytes)
{
    Py_XSETREF(texts[which], bytes);
    record[offset / 4] = (uint32_t)(uintptr_t)PyBytes_AS_STRING(bytes);
    record[offset / 4 + 1] = (uint32_t)PyBytes_GET_SIZE(bytes);
}

/* The same for a text that needs no owner. */
static void set_static(int offset, const char *text)
{
    record[offset / 4] = (uint32_t)(uintptr_t)text;
    record[offset / 4 + 1] = (uint32_t)strlen(text);
}

/* The same for a str (stolen, may be NULL); characters that are no UTF-8 are escaped. */
static void set_text(int offset, int which, PyObject *text, const char *fallback)
{
    PyObject *bytes = text ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;

    Py_XDECREF(text);
    PyErr_Clear();
    if (bytes)
        set_bytes(offset, which, bytes);
    else
        set_static(offset, fallback);
}

/* A type's name as a traceback has it: with its module, unless that says nothing. */
static PyObject *type_name(PyTypeObject *type)
{
    PyObject *name = PyType_GetQualName(type);
    PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");

    if (name && module && PyUnicode_Check(module) &&
        PyUnicode_CompareWithASCIIString(module, "builtins") != 0 &&
        PyUnicode_CompareWithASCIIString(module, "__main__") != 0)
        Py_SETREF(name, PyUnicode_FromFormat("%U.%U", module, name));
    Py_XDECREF(module);
    return name;
}

static void write_stderr(PyObject *text)
{
    PyObject *stream = Py_XNewRef(PySys_GetObject("stderr"));

    if (!stream || stream == Py_None || PyFile_WriteObject(text, stream, Py_PRINT_RAW) < 0)
        PyErr_Clear();
    Py_XDECREF(stream);
}

/* Whether the program put its own function where uncaught exceptions go; new reference or NULL. */
static PyObject *own_hook(void)
{
    PyObject *hook = PySys_GetObject("excepthook");

    return hook && hook != PySys_GetObject("__excepthook__") ? Py_NewRef(hook) : NULL;
}

static void print_by_hook(PyObject *hook, PyObject *error, PyObject *text)
{
    PyObject *traceback = PyException_GetTraceback(error);
    PyObject *result = PyObject_CallFunctionObjArgs(hook, (PyObject *)Py_TYPE(error), error,
                                                    traceback ? traceback : Py_None, NULL);

    if (!result) {
        PyErr_Clear();
        if (text)
            write_stderr(text);
    }
    Py_XDECREF(result);
    Py_XDECREF(traceback);
}

/* The traceback's text; a new reference, or NULL where not even that can be made. */
static PyObject *traceback_text(PyObject *error)
{
    PyObject *text = PyObject_CallOneArg(format, error);

    if (!text || !PyUnicode_Check(text)) {
        Py_CLEAR(text);
        PyErr_Clear();
    }
    return text;
}

static void report_error(PyObject *error)
{
    PyObject *text, *hook, *message;

    text = traceback_text(error);
    hook = own_hook();
    if (hook)
        print_by_hook(hook, error, text);
    else if (text)
        write_stderr(text);
    else
        PySys_WriteStderr("%s (no memory for its traceback)\n", Py_TYPE(error)->tp_name);
    Py_XDECREF(hook);
    message = PyObject_Str(error);
    PyErr_Clear();
    set_text(BELLJAR_RESULT_TYPE, TEXT_TYPE, type_name(Py_TYPE(error)), Py_TYPE(error)->tp_name);
    set_text(BELLJAR_RESULT_MESSAGE, TEXT_MESSAGE, message, "");
    set_text(BELLJAR_RESULT_TRACEBACK, TEXT_TRACEBACK, text, "");
}

/* sys.exit()'s rules: nothing is 0, a number is itself, anything else is printed and is 1. */
static uint32_t exit_code(PyObject *error)
{
    PyObject *code = PyObject_GetAttrString(error, "code"), *text;
    uint32_t number = 1;

    if (!code) {
        PyErr_Clear();
    } else if (code == Py_None) {
        number = 0;
    } else if (PyLong_Check(code)) {
        number = (uint32_t)PyLong_AsLong(code);
        PyErr_Clear(); /* what fits nowhere is -1, as in CPython */
    } else {
        text = PyObject_Str(code);
        if (text) {
            write_stderr(text);
            PySys_WriteStderr("\n");
        }
        Py_XDECREF(text);
        PyErr_Clear();
    }
    Py_XDECREF(code);
    return number;
}

/* The program has ended: what it registered with atexit runs now. */
static void run_exit_functions(void)
{
    PyObject *module = PyImport_ImportModule("atexit");
    PyObject *result = module ? PyObject_CallMethod(module, "_run_exitfuncs", NULL) : NULL;

    if (!result)
        PyErr_Clear();
    Py_XDECREF(result);
    Py_XDECREF(module);
}

uint32_t *report_exception(void (*end)(void))
{
    PyObject *error = PyErr_GetRaisedException();
    int out_of_memory = PyErr_GivenExceptionMatches(error, PyExc_MemoryError);

    if (out_of_memory) {
        free(reserve);
        reserve = NULL;
    }
    if (PyErr_GivenExceptionMatches(error, PyExc_SystemExit)) {
        report_status(BELLJAR_STATUS_EXIT);
        record[BELLJAR_RESULT_EXIT_CODE / 4] = exit_code(error);
        end();
        run_exit_functions();
    } else {
        report_status(BELLJAR_STATUS_ERROR);
        report_error(error);
        end();
        if (PyErr_GivenExceptionMatches(error, PyExc_KeyboardInterrupt)) {
            record[BELLJAR_RESULT_STATUS / 4] = BELLJAR_STATUS_EXIT;
            record[BELLJAR_RESULT_EXIT_CODE / 4] = 130;
            run_exit_functions();
        }
    }
    /* The exception holds the frames, and they hold whatever filled the memory. */
    Py_DECREF(error);
    if (!reserve)
        reserve = malloc(RESERVE_BYTES);
    return record;
}

/* repr() is the program's own code: where it raises, the text says so. New reference or NULL. */
static PyObject *repr_of(PyObject *value)
{
    PyObject *text = PyObject_Repr(value), *error, *name;

    if (!text) {
        error = PyErr_GetRaisedException();
        name = type_name(Py_TYPE(value));
        PyErr_Clear();
        if (name)
            text = PyUnicode_FromFormat("<%U object: its repr() raised %s>", name,
                                        Py_TYPE(error)->tp_name);
        Py_XDECREF(name);
        Py_DECREF(error);
    }
    if (text && PyUnicode_GET_LENGTH(text) > REPR_CHARACTERS)
        Py_SETREF(text, PyUnicode_Substring(text, 0, REPR_CHARACTERS));
    PyErr_Clear();
    return text;
}

/* Tagged JSON beyond what value_to_json knows; the value's own code may run. New reference or NULL. */
static PyObject *packed(PyObject *value, bool beside)
{
    PyObject *module = PyImport_ImportModule("_belljar");
    PyObject *text =
        module ? PyObject_CallMethod(module, "packed", "(Oi)", value, (int)beside) : NULL;

    Py_XDECREF(module);
    if (!text)
        PyErr_Clear();
    if (text && (!PyBytes_Check(text) || PyBytes_GET_SIZE(text) > BELLJAR_VALUE_BYTES))
        Py_CLEAR(text);
    return text;
}

uint32_t *report_value(PyObject *value, uint32_t flags)
{
    bool rich = (flags & BELLJAR_EVAL_RICH) != 0;
    PyObject *json;

    report_status(BELLJAR_STATUS_OK);
    if (value == Py_None) {
        set_static(BELLJAR_RESULT_VALUE, "null");
        set_static(BELLJAR_RESULT_REPR, "None");
        return record;
    }
    json = value_to_json(value, rich);
    if (!json && rich)
        json = packed(value, (flags & BELLJAR_EVAL_BLOBS) != 0);
    if (json)
        set_bytes(BELLJAR_RESULT_VALUE, TEXT_VALUE, json);
    set_text(BELLJAR_RESULT_REPR, TEXT_REPR, repr_of(value), "<no memory for its repr()>");
    return record;
}

void report_failure(const char *doing)
{
    PySys_FormatStderr("%s:\n", doing);
    PyErr_Print();
}
