/*
 * shim_source.c: from bytes of source to a code object, and source kept for tracebacks.
 *
 * Bytes are compiled as CPython compiles a file: a byte order mark and a coding cookie count, and
 * what is not valid is a SyntaxError. Names: the first evaluation carries the script's name, each
 * later one its own (<eval 2>, <eval 3>, …), so that a traceback through a function that an earlier
 * evaluation defined shows that evaluation's lines. `from __future__` holds for what follows, as at a
 * prompt.
 *
 * A last statement that is an expression is compiled apart, since its value is the evaluation's. `await` may stand outside
 * functions: code that has it becomes a coroutine, which shim.c has the event loop run.
 *
 * linecache finds the lines in its table `evaluated` (patches/lib-linecache.patch). The table is kept
 * to the newest KEPT_SOURCES entries and about KEPT_BYTES, so that a long session does not grow by it.
 */
#define Py_BUILD_CORE                                                                              \
    1 /* a module's tree is split before it is compiled, which no public function does */
#include "shim.h"

#include <pycore_ast.h>
#include <pycore_compile.h>
#include <pycore_parser.h>
#include <pycore_pyarena.h>
#include <pycore_pystate.h>
#include <pycore_unicodeobject.h>
#include <string.h>

#define KEPT_SOURCES 256
#define FIRST_NAMES  8
#define KEPT_BYTES   (4 << 20)

static PyObject *evaluated;   /* borrowed from linecache: name to source, oldest first */
static Py_ssize_t kept_bytes; /* characters in `evaluated`, as far as we put them there */
static PyObject *script_name; /* NULL where there is none */
static PyObject *first_names[FIRST_NAMES]; /* of evaluations 1, 2, …: the image's */
static unsigned long evaluation;
static PyCompilerFlags flags = {.cf_flags = PyCF_ALLOW_TOP_LEVEL_AWAIT,
                                .cf_feature_version = PY_MINOR_VERSION};

/* PyUnicode_FromFormat is half of printf. */
static PyObject *numbered(unsigned long number)
{
    char text[sizeof "<eval 4294967295>"], *const end = text + sizeof text - 1, *at = end;

    *--at = '>';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    memcpy(at -= 6, "<eval ", 6);
    return PyUnicode_FromStringAndSize(at, end - at);
}

/* The first names are there, and interned, as the names of code become. */
static int make_first_names(void)
{
    for (size_t i = 0; i < FIRST_NAMES; i++) {
        if (!first_names[i])
            first_names[i] = numbered(i + 1);
        if (!first_names[i])
            return -1;
        _PyUnicode_InternImmortal(_PyInterpreterState_GET(), &first_names[i]);
    }
    return 0;
}

/* The table lies where the first objects of a program will, on a page that it has to copy anyway. */
int source_init(void)
{
    PyObject *linecache = PyImport_ImportModule("linecache");
    int status = -1;

    if (make_first_names() < 0) {
        Py_XDECREF(linecache);
        return -1;
    }
    evaluated = linecache ? PyDict_New() : NULL;
    if (evaluated)
        status = PyObject_SetAttrString(linecache, "evaluated", evaluated);
    Py_XDECREF(evaluated); /* linecache's */
    Py_XDECREF(linecache);
    kept_bytes = 0;
    evaluation = 0;
    return status;
}

void source_name_script(PyObject *name)
{
    Py_XSETREF(script_name, Py_XNewRef(name));
}

static PyObject *next_name(void)
{
    evaluation++;
    if (evaluation == 1 && script_name && PyUnicode_GetLength(script_name) > 0)
        return Py_NewRef(script_name);
    return evaluation <= FIRST_NAMES ? Py_NewRef(first_names[evaluation - 1])
                                     : numbered(evaluation);
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

/* Takes a last statement that is an expression off the module: it, or NULL. */
static expr_ty take_last_expression(mod_ty module)
{
    asdl_stmt_seq *body = module->v.Module.body;
    Py_ssize_t count = asdl_seq_LEN(body);
    stmt_ty last = count > 0 ? asdl_seq_GET(body, count - 1) : NULL;

    if (!last || last->kind != Expr_kind)
        return NULL;
    body->size--;
    return last->v.Expr.value;
}

static PyObject *compile_tree(mod_ty tree, PyObject *name, PyArena *arena)
{
    return tree ? (PyObject *)_PyAST_Compile(tree, name, &flags, -1, arena) : NULL;
}

/* The statements, unless there is nothing but an expression, and the expression. */
static int compile_parts(mod_ty module, PyObject *name, PyArena *arena, struct source_code *code)
{
    expr_ty last = take_last_expression(module);

    if (!last || asdl_seq_LEN(module->v.Module.body) > 0) {
        code->statements = compile_tree(module, name, arena);
        if (!code->statements)
            return -1;
    }
    if (last) {
        code->expression = compile_tree(_PyAST_Expression(last, arena), name, arena);
        if (!code->expression)
            return -1;
    }
    return 0;
}

static int compile_module(const char *text, PyObject *name, struct source_code *code)
{
    PyArena *arena = _PyArena_New();
    mod_ty module = NULL;
    int status = -1;

    if (!arena) {
        PyErr_NoMemory();
        return -1;
    }
    module = _PyParser_ASTFromString(text, name, Py_file_input, &flags, arena);
    if (module)
        status = compile_parts(module, name, arena, code);
    _PyArena_Free(arena);
    return status;
}

int source_compile(const char *text, size_t size, int interactive, struct source_code *code)
{
    PyObject *name = next_name();
    int status = -1;

    if (!name)
        return -1;
    keep(name, text, size);
    if (strlen(text) != size) {
        PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
    } else if (interactive) {
        code->statements = compile_interactive(text, size, name);
        status = code->statements ? 0 : -1;
    } else {
        status = compile_module(text, name, code);
    }
    Py_DECREF(name);
    if (status < 0) {
        Py_CLEAR(code->statements);
        Py_CLEAR(code->expression);
    }
    return status;
}
