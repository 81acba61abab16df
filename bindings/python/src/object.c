/* object.c: what all objects of the extension have in common. */
#include "core.h"

static atomic_uint forks;

unsigned core_process(void)
{
    return atomic_load(&forks);
}

void core_process_has_forked(void)
{
    atomic_fetch_add(&forks, 1);
}

core_state *core_state_of(PyObject *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

void core_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

void core_free_collected(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}
