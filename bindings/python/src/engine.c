/* engine.c: Engine and Runtime. The package keeps one engine a process, and one runtime a name. */
#include <string.h>

#include "core.h"

bool core_is_of_this_process(const core_engine *engine)
{
    return engine->process == core_process();
}

/* ------------------------------------------------------------------ engine */

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {
        "guest_dir",     "cache_dir", "max_sandboxes", "host_descriptors", "compile_ms",
        "compile_bytes", NULL};
    core_state *state = PyType_GetModuleState(type);
    const char *guests, *cache;
    bj_engine_options options;
    bj_engine_options_init(&options);
    unsigned max = options.max_sandboxes;
    unsigned long long compile_ms = 0, compile_bytes = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "zz|IIKK", names, &guests, &cache, &max,
                                     &options.host_descriptors, &compile_ms, &compile_bytes))
        return NULL;
    options.compile_ms = compile_ms;
    options.compile_bytes = compile_bytes;
    options.guest_dir = guests;
    options.cache_dir = cache;
    options.max_sandboxes = max;
    core_engine *self = PyObject_New(core_engine, type);
    if (!self)
        return NULL;
    bj_error err = {0};
    Py_BEGIN_ALLOW_THREADS
    self->engine = bj_engine_new(&options, &err);
    Py_END_ALLOW_THREADS
    self->process = core_process();
    if (self->engine)
        return (PyObject *)self;
    Py_DECREF(self);
    return core_raise(state, &err);
}

static void engine_dealloc(core_engine *self)
{
    if (core_is_of_this_process(self)) {
        Py_BEGIN_ALLOW_THREADS
        bj_engine_delete(self->engine);
        Py_END_ALLOW_THREADS
    }
    core_free((PyObject *)self);
}

static PyObject *engine_describe(core_engine *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    if (!core_is_of_this_process(self))
        return core_raise_forked(state);
    char *text;
    Py_BEGIN_ALLOW_THREADS
    text = bj_engine_describe(self->engine);
    Py_END_ALLOW_THREADS
    return core_owned_text(state, text);
}

static PyMethodDef engine_methods[] = {
    {"describe", (PyCFunction)engine_describe, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot engine_slots[] = {
    {Py_tp_new, engine_new},
    {Py_tp_dealloc, engine_dealloc},
    {Py_tp_methods, engine_methods},
    {0, NULL},
};

PyType_Spec core_engine_spec = {
    .name = "belljar._core.Engine",
    .basicsize = sizeof(core_engine),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = engine_slots,
};

/* ------------------------------------------------------------------ runtime */

/* Runtime(engine, name) opens it by name or path; Runtime(engine, name, bytes) takes the module from memory. */
static PyObject *runtime_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    core_state *state = PyType_GetModuleState(type);
    core_engine *engine;
    PyObject *name, *module = NULL;
    Py_ssize_t size = 0;
    if (!PyArg_ParseTuple(args, "O!O&|S", state->engine, &engine, PyUnicode_FSConverter, &name,
                          &module))
        return NULL;
    core_runtime *self = NULL;
    const char *bytes = module ? core_bytes_of(module, &size) : NULL;
    if (!core_is_of_this_process(engine))
        core_raise_forked(state);
    else
        self = PyObject_New(core_runtime, type);
    if (self) {
        const char *text = PyBytes_AsString(name);
        bj_error err = {0};
        Py_BEGIN_ALLOW_THREADS
        self->runtime = bytes
                            ? bj_runtime_from_bytes(engine->engine, bytes, (size_t)size, text, &err)
                            : bj_runtime_open(engine->engine, text, &err);
        Py_END_ALLOW_THREADS
        Py_INCREF(engine);
        self->engine = engine;
        if (!self->runtime) {
            Py_DECREF(self);
            self = (core_runtime *)core_raise(state, &err);
        }
    }
    Py_DECREF(name);
    return (PyObject *)self;
}

static void runtime_dealloc(core_runtime *self)
{
    if (core_is_of_this_process(self->engine)) {
        Py_BEGIN_ALLOW_THREADS
        bj_runtime_delete(self->runtime);
        Py_END_ALLOW_THREADS
    }
    Py_DECREF(self->engine);
    core_free((PyObject *)self);
}

static PyObject *runtime_describe(core_runtime *self, PyObject *Py_UNUSED(none))
{
    core_state *state = core_state_of((PyObject *)self);
    if (!core_is_of_this_process(self->engine))
        return core_raise_forked(state);
    char *text;
    Py_BEGIN_ALLOW_THREADS
    text = bj_runtime_describe(self->runtime);
    Py_END_ALLOW_THREADS
    return core_owned_text(state, text);
}

static PyObject *runtime_kind(core_runtime *self, void *Py_UNUSED(closure))
{
    static const char *const names[] = {
        [BJ_RUNTIME_COMMAND] = "command",
        [BJ_RUNTIME_INTERPRETER] = "interpreter",
        [BJ_RUNTIME_LIBRARY] = "library",
    };
    if (!core_is_of_this_process(self->engine))
        return core_raise_forked(core_state_of((PyObject *)self));
    return PyUnicode_FromString(names[bj_runtime_get_kind(self->runtime)]);
}

static PyMethodDef runtime_methods[] = {
    {"describe", (PyCFunction)runtime_describe, METH_NOARGS, NULL},
    {0},
};

static PyGetSetDef runtime_fields[] = {
    {"kind", (getter)runtime_kind, NULL, NULL, NULL},
    {0},
};

static PyType_Slot runtime_slots[] = {
    {Py_tp_new, runtime_new},
    {Py_tp_dealloc, runtime_dealloc},
    {Py_tp_methods, runtime_methods},
    {Py_tp_getset, runtime_fields},
    {0, NULL},
};

PyType_Spec core_runtime_spec = {
    .name = "belljar._core.Runtime",
    .basicsize = sizeof(core_runtime),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = runtime_slots,
};
