/*
 * use.c: who uses a sandbox.
 *
 * The library wants a sandbox to be used by one thread at a time. core_sandbox_enter holds Python to it, also for
 * a tool that uses the sandbox that is waiting for it: whoever comes second gets an error, and does not wait.
 */
#include "core.h"

bj_sandbox *core_sandbox_enter(core_sandbox *self)
{
    core_state *state = core_state_of((PyObject *)self);
    if (!self->box)
        core_raise_code(state, BJ_ERROR_ENDED, "the sandbox has been closed");
    else if (!core_is_of_this_process(self->runtime->engine))
        core_raise_forked(state);
    else if (self->busy && !core_submitted_recover(self, false))
        core_raise_code(state, BJ_ERROR_BUSY,
                        "the sandbox is in use: one thread at a time, and none of its own tools; "
                        "fork it for more");
    else {
        self->busy = true;
        return self->box;
    }
    return NULL;
}

core_sandbox *core_sandbox_wrap(core_state *state, bj_sandbox *box, core_runtime *runtime)
{
    core_sandbox *self = PyObject_GC_New(core_sandbox, state->sandbox);
    if (!self) {
        bj_sandbox_delete(box);
        return NULL;
    }
    self->box = box;
    self->busy = false;
    self->pool = NULL;
    self->submitted = (struct core_submitted){0};
    Py_INCREF(runtime);
    self->runtime = runtime;
    PyObject_GC_Track((PyObject *)self);
    return self;
}
