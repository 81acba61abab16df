/*
 * shim.c: CPython as a Belljar guest. It owns the exports of guest/belljar_guest.h and the order of
 * things: start, thaw, evaluate. What makes an image one sandbox's own is shim_thaw.c, how source is compiled
 * shim_source.c, how an exception or a value becomes a result record shim_report.c, what a value is as JSON
 * shim_value.c, what happens to files left open shim_files.c, where first objects lie shim_nursery.c, the host's tools shim_tools.c, bytes beside values shim_blobs.c, what programs show shim_display.c; everything that can be
 * said in Python is lib/_belljar.py.
 *
 * Invariants: the exports never nest and there is one thread, so that the few statics need no lock.
 * What belljar_init leaves behind may be frozen into an image: nothing that belongs to one sandbox
 * (arguments, environment, entropy, descriptors) is read before belljar_thaw. The working directory is the same in all.
 * No export leaves a Python exception set.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(name), visibility("default")))

/* Room that the C library holds ready after belljar_init, so that a sandbox that starts from a frozen
 * image does not begin by growing its memory. It costs nothing until it is used. */
#define HEAP_ROOM (2 << 20)

/* From patches/core-threads.patch: whether threads were started that have not run yet. */
int _PyAlone_HasThreads(void);

static PyObject *main_globals; /* borrowed: __main__'s dictionary */
static PyObject *customise;    /* the module _belljar */
static int thawed;

/* Calls a function of _belljar. */
static int call_customise(const char *function)
{
    PyObject *result = PyObject_CallMethod(customise, function, NULL);

    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* ---- Evaluating ---- */

static bool is_of(PyFrameObject *frame, PyObject *code)
{
    PyCodeObject *own = PyFrame_GetCode(frame);

    Py_DECREF(own); /* the frame holds it */
    return (PyObject *)own == code;
}

/* A traceback begins where the program does: what lies before its code is how the event loop came to run it. */
static void begin_traceback_at(PyObject *code)
{
    PyObject *error = PyErr_GetRaisedException();
    PyObject *traceback = PyException_GetTraceback(error), *at = traceback;

    while (at && !is_of(((PyTracebackObject *)at)->tb_frame, code))
        at = (PyObject *)((PyTracebackObject *)at)->tb_next;
    if (at && PyException_SetTraceback(error, at) < 0)
        PyErr_Clear();
    Py_XDECREF(traceback);
    PyErr_SetRaisedException(error);
}

/* Runs one of the two parts of a source; a NULL code gives None. Code that awaits gives a coroutine: the event loop of
 * this sandbox runs it. */
static PyObject *run(PyObject *code)
{
    PyObject *value, *coroutine;

    if (!code)
        return Py_NewRef(Py_None);
    value = PyEval_EvalCode(code, main_globals, main_globals);
    if (!value || !(((PyCodeObject *)code)->co_flags & CO_COROUTINE))
        return value;
    coroutine = value;
    value = PyObject_CallMethod(customise, "run_coroutine", "O", coroutine);
    Py_DECREF(coroutine);
    if (!value)
        begin_traceback_at(code);
    return value;
}

/* The program's end waits for the threads that it started. Nothing of it fails the evaluation, which has its result. */
static void finish_threads(void)
{
    if (_PyAlone_HasThreads() && call_customise("finish_threads") < 0)
        PyErr_WriteUnraisable(NULL);
}

/* A program that fails has its figures shown all the same; whatever goes wrong with them, its own exception is told. */
static uint32_t *fail(void)
{
    PyObject *error = PyErr_GetRaisedException();

    if (display_finish(NULL) < 0)
        PyErr_Clear();
    PyErr_SetRaisedException(error);
    return report_exception(finish_threads);
}

static uint32_t *run_all(const struct source_code *code, uint32_t flags)
{
    PyObject *value = run(code->statements);
    uint32_t *record;

    if (value && code->expression)
        Py_SETREF(value, run(code->expression));
    if (!value)
        return fail();
    finish_threads();
    if (display_finish(code->expression ? value : NULL) < 0) {
        Py_DECREF(value);
        return report_exception(finish_threads);
    }
    record = code->expression ? report_value(value, flags) : report_status(BELLJAR_STATUS_OK);
    Py_DECREF(value);
    return record;
}

/* strstr is made for longer needles: it runs over more code than the search is worth. */
static bool imports(const char *source, size_t size)
{
    static const char word[] = "import";
    const char *const end = source + size;

    while ((source = memchr(source, word[0], (size_t)(end - source))))
        if (strncmp(source++, word, sizeof word - 1) == 0)
            return true;
    return false;
}

/* Modules that lie beside the program come before those of the image; only who imports can tell. */
static void make_way(const char *source, size_t size)
{
    PyObject *result;

    if (!imports(source, size))
        return;
    result = PyObject_CallMethod(customise, "make_way", "O", main_globals);
    if (!result)
        PyErr_WriteUnraisable(NULL);
    Py_XDECREF(result);
}

static uint32_t *evaluate(char *source, uint32_t size, uint32_t flags)
{
    struct source_code code = {NULL, NULL};
    uint32_t *record;
    int status;

    source[size] = '\0';
    make_way(source, size);
    status = source_compile(source, size, (flags & BELLJAR_EVAL_INTERACTIVE) != 0, &code);
    free(source);
    if (status < 0)
        return PyErr_Occurred() ? report_exception(finish_threads)
                                : report_status(BELLJAR_STATUS_INCOMPLETE);
    record = run_all(&code, flags);
    Py_XDECREF(code.statements);
    Py_XDECREF(code.expression);
    return record;
}

/* ---- belljar_init ---- */

/* Nothing of the host's environment decides how the interpreter behaves, and all text is UTF-8. */
static PyStatus preconfigure(void)
{
    PyPreConfig config;

    PyPreConfig_InitIsolatedConfig(&config);
    config.utf8_mode = 1;
    return Py_PreInitialize(&config);
}

/* The hash seed is asked for (random_get), not fixed: the host decides what its randomness is while an
 * image is frozen and what it is where none is. It cannot change later, dictionaries depend on it. */
static PyStatus configure(PyConfig *config)
{
    struct {
        wchar_t **field;
        const wchar_t *value;
    } const strings[] = {
        {&config->prefix, L"" BELLJAR_GUEST_LIB},
        {&config->base_prefix, L"" BELLJAR_GUEST_LIB},
        {&config->exec_prefix, L"" BELLJAR_GUEST_LIB},
        {&config->base_exec_prefix, L"" BELLJAR_GUEST_LIB},
        {&config->stdlib_dir, L"" BELLJAR_GUEST_LIB},
        {&config->executable, L""},
        {&config->base_executable, L""},
        {&config->stdio_encoding, L"utf-8"},
        {&config->stdio_errors, L"strict"},
    };

    config->site_import = 0;
    config->write_bytecode = 0;
    config->use_hash_seed = 0;
    config->module_search_paths_set = 1;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        PyStatus status = PyConfig_SetString(config, strings[i].field, strings[i].value);
        if (PyStatus_Exception(status))
            return status;
    }
    return PyWideStringList_Append(&config->module_search_paths, L"" BELLJAR_GUEST_LIB);
}

static PyStatus start_interpreter(void)
{
    PyConfig config;
    PyStatus status = preconfigure();

    if (PyStatus_Exception(status))
        return status;
    if (PyImport_AppendInittab("_belljar_host", PyInit__belljar_host) < 0 ||
        PyImport_ExtendInittab(linked_modules) < 0)
        return PyStatus_NoMemory();
    PyConfig_InitIsolatedConfig(&config);
    status = configure(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* What the first evaluations make for those that follow them (caches, versions of types, empty lists of free blocks)
 * is there in the image, and need not be made by every sandbox for itself, each in pages of its own. */
static int warm_up(void)
{
    static const char source[] = "x = 1\nprint(end='')\nf'{x + 1}'\n";

    for (int i = 0; i < 4; i++) {
        char *text = malloc(sizeof source);
        if (!text) {
            PyErr_NoMemory();
            return -1;
        }
        memcpy(text, source, sizeof source);
        if (evaluate(text, sizeof source - 1, 0)[0] != BELLJAR_STATUS_OK) {
            PyErr_SetString(PyExc_SystemError, "the first evaluation failed");
            return -1;
        }
        report_clear();
        files_flush();
    }
    return PyDict_DelItemString(main_globals, "x") < 0 ? -1 : source_init();
}

static int set_up(void)
{
    PyObject *module = PyImport_AddModule("__main__");

    if (!module)
        return -1;
    main_globals = PyModule_GetDict(module);
    customise = PyImport_ImportModule("_belljar");
    if (!customise || report_init() < 0 || display_init() < 0 || source_init() < 0 ||
        files_init() < 0 || sqlite_init() < 0)
        return -1;
    if (call_customise("init") < 0 || thaw_init(main_globals, customise) < 0 || warm_up() < 0)
        return -1;
    PyGC_Collect(); /* lists of free objects too, which lie all over the heap */
    if (nursery_make() < 0 || call_customise("renew_streams") < 0 || warm_up() < 0)
        return -1;
    if (immortal_make_all() < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return call_customise("freeze");
}

EXPORT(BELLJAR_EXPORT_INIT) int32_t shim_init(void)
{
    PyStatus status;

    if (customise)
        return 0;
    if (chdir(BELLJAR_GUEST_WORK) != 0) {
        fputs("belljar_init: there is no directory " BELLJAR_GUEST_WORK "\n", stderr);
        return -3;
    }
    status = start_interpreter();
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "Python cannot start: %s\n",
                status.err_msg ? status.err_msg : "no reason given");
        return -1;
    }
    if (set_up() < 0) {
        report_failure("Python cannot start");
        return -2;
    }
    files_flush();
    free(malloc(HEAP_ROOM));
    return 0;
}

EXPORT(BELLJAR_EXPORT_ABI) int32_t shim_abi(void)
{
    return BELLJAR_GUEST_ABI;
}

/* ---- belljar_thaw, belljar_renew ---- */

EXPORT(BELLJAR_EXPORT_THAW) int32_t shim_thaw(void)
{
    if (!customise) {
        fputs("belljar_thaw: belljar_init comes first\n", stderr);
        return -1;
    }
    if (thaw_make_own() < 0) {
        report_failure("Python cannot be thawed");
        return -2;
    }
    thawed = 1;
    return 0;
}

EXPORT(BELLJAR_EXPORT_RENEW) int32_t shim_renew(uint32_t what)
{
    if (!thawed) {
        fputs("belljar_renew: belljar_thaw comes first\n", stderr);
        return -1;
    }
    if (thaw_renew(what) < 0) {
        report_failure("Python cannot go on in another sandbox");
        return -2;
    }
    return 0;
}

/* ---- belljar_alloc and belljar_eval ---- */

/* One byte more than asked for: the compiler wants its source to end in a zero. */
EXPORT(BELLJAR_EXPORT_ALLOC) void *shim_alloc(uint32_t size)
{
    return size >= INT32_MAX ? NULL : malloc((size_t)size + 1);
}

EXPORT(BELLJAR_EXPORT_EVAL) uint32_t *shim_eval(char *source, uint32_t size, uint32_t flags)
{
    uint32_t *record;

    if (!thawed) {
        fputs("belljar_eval: belljar_init and belljar_thaw come first\n", stderr);
        return report_status(BELLJAR_STATUS_ERROR);
    }
    report_clear();
    if ((flags & BELLJAR_EVAL_TOOLS) && call_customise("tell_tools") < 0) {
        free(source);
        return report_exception(finish_threads);
    }
    record = evaluate(source, size, flags);
    files_flush();
    return record;
}
