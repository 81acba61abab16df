/*
 * shim_thaw.c: what makes the memory of an image, or of a snapshot, one sandbox's own: arguments, environment, random
 * numbers, the time at which it began.
 *
 * Every sandbox goes through here before its first evaluation, most of them with no argument and no variable. So the
 * objects in question are found while the image is made, and what stands in it already is left alone: a page that
 * is not written need be neither copied nor copied back.
 */
#include "shim.h"

#include <string.h>
#include <time.h>
#include <wasi/api.h>

#include "environment.h"

/* Found by thaw_init, and the image's for ever. */
static PyObject *customise;                      /* the module _belljar */
static PyObject *arguments, *original_arguments; /* sys.argv, sys.orig_argv; they stand at [""] */
static PyObject *variables; /* posix.environ, in which os.environ keeps its variables; empty */
static PyObject *main_globals;
static PyObject *generator;   /* random._inst */
static int64_t sqlite_unused; /* bytes that SQLite has while no program has used it */
static struct timespec started;
static bool named_file; /* whether __file__ is the script that the arguments named */

/* From patches/core-random.patch. */
void _PyRandom_Renew(void);
int _PyRandom_IsStale(PyObject *generator);

void sqlite3_randomness(int size, void *bytes);
int64_t sqlite3_memory_used(void);
int64_t sqlite3_memory_highwater(int reset);

static PyObject *attribute(const char *module, const char *name)
{
    PyObject *found = PyImport_ImportModule(module);

    if (found)
        Py_SETREF(found, PyObject_GetAttrString(found, name));
    return found;
}

int thaw_init(PyObject *globals, PyObject *module)
{
    main_globals = globals;
    customise = module;
    arguments = attribute("sys", "argv");
    original_arguments = attribute("sys", "orig_argv");
    variables = attribute("posix", "environ");
    generator = attribute("random", "_inst");
    if (!arguments || !original_arguments || !variables || !generator)
        return -1;
    /* The module's own generator must not give every sandbox the same numbers. */
    _PyRandom_Renew();
    linked_modules_renew();
    sqlite3_memory_highwater(1);
    sqlite_unused = sqlite3_memory_used();
    return 0;
}

/* What is not there is left out, as WASI hands it over in two steps that need not agree. */
static PyObject *list_of(uint8_t **items, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);

    for (size_t i = 0; list && i < count; i++) {
        PyObject *item = PyUnicode_DecodeFSDefault((const char *)items[i]);
        if (!item)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

/* The arguments as WASI has them, read here since a C library may have read them before a freeze. */
static PyObject *read_arguments(size_t count, size_t bytes)
{
    uint8_t **items = malloc(count * sizeof *items);
    uint8_t *text = malloc(bytes + 1);
    PyObject *list = NULL;

    if (!items || !text)
        PyErr_NoMemory();
    else
        list = list_of(items, __wasi_args_get(items, text) == 0 ? count : 0);
    free(items);
    free(text);
    return list;
}

/* A script is named in its tracebacks, and by __file__; its modules lie beside it. */
static int name_script(PyObject *name)
{
    PyObject *result;

    source_name_script(name);
    if (PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) == '<' ||
        PyUnicode_EqualToUTF8(name, "-c") || PyUnicode_EqualToUTF8(name, "-m"))
        return 0;
    named_file = true;
    if (PyDict_SetItemString(main_globals, "__file__", name) < 0)
        return -1;
    if (PyUnicode_READ_CHAR(name, 0) != '/')
        return 0;
    result = PyObject_CallMethod(customise, "find_script", "O", name);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static int replace_arguments(PyObject *list)
{
    return PyList_SetSlice(arguments, 0, PyList_GET_SIZE(arguments), list) < 0 ||
                   PyList_SetSlice(original_arguments, 0, PyList_GET_SIZE(original_arguments),
                                   list) < 0
               ? -1
               : 0;
}

static int set_arguments(void)
{
    size_t count = 0, bytes = 0;
    PyObject *list;
    int status = -1;

    if (__wasi_args_sizes_get(&count, &bytes) != 0 || count == 0)
        return 0;
    list = read_arguments(count, bytes);
    if (list && PyList_GET_SIZE(list) == 0)
        status = 0;
    else if (list && replace_arguments(list) == 0)
        status = name_script(PyList_GET_ITEM(list, 0));
    Py_XDECREF(list);
    return status;
}

/* As they are in an image. */
static int drop_arguments(void)
{
    PyObject *list = Py_BuildValue("[s]", "");
    int status = list ? replace_arguments(list) : -1;

    Py_XDECREF(list);
    source_name_script(NULL);
    if (status == 0 && named_file && PyDict_DelItemString(main_globals, "__file__") < 0)
        PyErr_Clear(); /* the program removed it */
    named_file = false;
    return status;
}

/* os.environ keeps bytes. */
static int set_variable(const char *name_bytes, const char *value_bytes)
{
    PyObject *name = PyBytes_FromString(name_bytes), *value = PyBytes_FromString(value_bytes);
    int status = -1;

    if (name && value)
        status = PyDict_SetItem(variables, name, value);
    Py_XDECREF(name);
    Py_XDECREF(value);
    return status;
}

static void drop_variable(const char *name_bytes)
{
    PyObject *name = PyBytes_FromString(name_bytes);

    if (!name || PyDict_DelItem(variables, name) < 0)
        PyErr_Clear(); /* the program removed it */
    Py_XDECREF(name);
}

/* Where the host mounted packages is no business of the program's. */
static int find_packages(void)
{
    PyObject *result = PyObject_CallMethod(customise, "find_packages", "O", variables);

    Py_XDECREF(result);
    return result ? 0 : -1;
}

static int set_variables(void)
{
    if (environment_take(drop_variable, set_variable) < 0) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    return PyDict_GET_SIZE(variables) > 0 ? find_packages() : 0;
}

int thaw_make_own(void)
{
    clock_gettime(CLOCK_REALTIME, &started);
    return set_arguments() < 0 || set_variables() < 0 ? -1 : 0;
}

/* What random.gauss() holds back comes from the old numbers; most programs never asked for any. */
static int drop_gauss(void)
{
    PyObject *held = PyObject_GetAttrString(generator, "gauss_next");
    int status = 0;

    if (!held)
        PyErr_Clear();
    else if (held != Py_None)
        status = PyObject_SetAttrString(generator, "gauss_next", Py_None);
    Py_XDECREF(held);
    return status;
}

/* Every fork comes through here and few programs use any of this: what was not used since the last time is not touched. */
static int renew_random(void)
{
    const int was_unused = _PyRandom_IsStale(generator);

    _PyRandom_Renew();
    linked_modules_renew();
    if (sqlite3_memory_highwater(0) > sqlite_unused) {
        sqlite3_randomness(0, NULL);
        sqlite3_memory_highwater(1);
    }
    return !was_unused && _PyRandom_IsStale(generator) ? drop_gauss() : 0;
}

int thaw_renew(uint32_t what)
{
    if ((what & BELLJAR_RENEW_RANDOM) && renew_random() < 0)
        return -1;
    if (!(what & BELLJAR_RENEW_IDENTITY))
        return 0;
    return drop_arguments() < 0 || set_arguments() < 0 || set_variables() < 0 ? -1 : 0;
}

int64_t thaw_started_ns(void)
{
    return (int64_t)started.tv_sec * 1000000000 + started.tv_nsec;
}
