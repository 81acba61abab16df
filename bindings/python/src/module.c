/*
 * module.c: the module belljar._core, its types and constants.
 *
 * One interpreter a process may have it: signals, the engine and what waits for tools are the process's.
 */
#include <pthread.h>

#include "core.h"

static void after_fork(void)
{
    core_process_has_forked();
    core_tools_after_fork();
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, after_fork);
}

static PyObject *get(const char *module, const char *name)
{
    PyObject *from = PyImport_ImportModule(module);
    PyObject *what = from ? PyObject_GetAttrString(from, name) : NULL;
    Py_XDECREF(from);
    return what;
}

static int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **type)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *type ? PyModule_AddType(module, *type) : -1;
}

static int add_types(PyObject *module, core_state *state)
{
    const struct {
        PyType_Spec *spec;
        PyTypeObject **type;
    } types[] = {
        {&core_engine_spec, &state->engine},     {&core_runtime_spec, &state->runtime},
        {&core_policy_spec, &state->policy},     {&core_sandbox_spec, &state->sandbox},
        {&core_snapshot_spec, &state->snapshot}, {&core_changes_spec, &state->changes},
        {&core_receipt_spec, &state->receipt},   {&core_pool_spec, &state->pool},
        {&core_job_spec, &state->job},           {&core_call_spec, &state->call},
        {&core_mailbox_spec, &state->mailbox},   {&core_scheduler_spec, &state->scheduler},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (add_type(module, types[i].spec, types[i].type) < 0)
            return -1;
    return 0;
}

static const char *unit_name(bj_unit unit)
{
    switch (unit) {
    case BJ_UNIT_BYTES:
        return "bytes";
    case BJ_UNIT_MILLISECONDS:
        return "milliseconds";
    case BJ_UNIT_COUNT:
        break;
    }
    return "count";
}

/* LIMITS: (name, unit, default, least, most, help) of each, from the table in belljar.h. */
static int add_limits(PyObject *module)
{
#define LIMIT(field, name, unit, default_, least, most, help)                                      \
    name, unit_name(unit), (unsigned long long)default_, (unsigned long long)least,                \
        (unsigned long long)most, help,
#define FORMAT(field, name, unit, default_, least, most, help) "(ssKKKs)"
    PyObject *limits = Py_BuildValue("(" BJ_LIMITS(FORMAT) ")", BJ_LIMITS(LIMIT) NULL);
#undef LIMIT
#undef FORMAT
    int result = limits ? PyModule_AddObjectRef(module, "LIMITS", limits) : -1;
    Py_XDECREF(limits);
    return result;
}

static int add_constants(PyObject *module)
{
    return PyModule_AddStringConstant(module, "VERSION", bj_version()) < 0 ||
                   PyModule_AddIntConstant(module, "READ_ONLY", BJ_READ_ONLY) < 0 ||
                   PyModule_AddIntConstant(module, "READ_WRITE", BJ_READ_WRITE) < 0 ||
                   PyModule_AddIntConstant(module, "OVERLAY", BJ_OVERLAY) < 0 ||
                   PyModule_AddIntConstant(module, "EVAL_INTERACTIVE", BJ_EVAL_INTERACTIVE) < 0 ||
                   PyModule_AddIntConstant(module, "EVAL_MODULE", BJ_EVAL_MODULE) < 0 ||
                   PyModule_AddIntConstant(module, "EVAL_RICH", BJ_EVAL_RICH) < 0 ||
                   PyModule_AddIntConstant(module, "EVAL_BLOBS", BJ_EVAL_BLOBS) < 0
               ? -1
               : 0;
}

static int start(PyObject *module)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) {
        PyErr_SetString(PyExc_ImportError,
                        "belljar works in the main interpreter alone, not in subinterpreters");
        return -1;
    }
    pthread_once(&once, watch_forks);
    core_state *state = PyModule_GetState(module);
    state->make_error = get("belljar.errors", "make_error");
    state->getsignal = state->make_error ? get("_signal", "getsignal") : NULL;
    state->default_int_handler = state->getsignal ? get("_signal", "default_int_handler") : NULL;
    if (!state->default_int_handler)
        return -1;
    return add_types(module, state) < 0 || add_limits(module) < 0 || add_constants(module) < 0 ? -1
                                                                                               : 0;
}

/* ("bytes", "milliseconds" or "count", text) -> int */
static PyObject *read_quantity(PyObject *module, PyObject *args)
{
    const char *name, *text;
    uint64_t value = 0;
    bj_error err = {0};
    if (!PyArg_ParseTuple(args, "ss", &name, &text))
        return NULL;
    const bj_unit unit = *name == 'b'   ? BJ_UNIT_BYTES
                         : *name == 'm' ? BJ_UNIT_MILLISECONDS
                                        : BJ_UNIT_COUNT;
    if (bj_quantity_read(unit, text, &value, &err) < 0)
        return core_raise(PyModule_GetState(module), &err);
    return PyLong_FromUnsignedLongLong(value);
}

static PyMethodDef functions[] = {
    {"read_quantity", read_quantity, METH_VARARGS, NULL},
    {"load_snapshot", core_snapshot_load, METH_VARARGS, NULL},
    {"take_call", core_take_call, METH_NOARGS, NULL},
    {"want_thread", core_want_thread, METH_NOARGS, NULL},
    {"lack_thread", core_lack_thread, METH_NOARGS, NULL},
    {0},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start},
    {0, NULL},
};

/* Nothing frees the state: objects of these types may outlive the module at the interpreter's end. */
static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,  .m_name = "belljar._core", .m_size = sizeof(core_state),
    .m_methods = functions, .m_slots = slots,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
