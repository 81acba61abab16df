/*
 * fresh.c: an instance of a module that never runs: what snapshots are compared with.
 *
 * Reading it costs no memory of its own: its pages are those of the module's image, which all instances
 * share. There is one for a module, in the first form that asked, since memory does not depend on the form. It has no
 * owner, no limits and no deadline: a module that would run a start function in it has none. Its store names an
 * instance as every store does, which lives as long.
 */
#include <stdlib.h>

#include "base/error.h"
#include "engine/internal.h"

struct engine_fresh {
    policy_budget unlimited;
    engine_instance instance;
    engine_memory memory;
};

static int instantiate(const engine_module *module, const engine_form *form,
                       engine_instance *instance, bj_error *err)
{
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = NULL;
    wasmtime_call_future_t *future = wasmtime_instance_pre_instantiate_async(
        form->linked, instance->context, &instance->handle, &trap, &error);
    while (!wasmtime_call_future_poll(future))
        ;
    wasmtime_call_future_delete(future);
    const engine_result result = engine_result_of(instance, error, trap);
    instance->started = result.status == ENGINE_RETURNED;
    if (!instance->started)
        return bj_fail(err, BJ_ERROR_MEMORY, "%s cannot be instantiated to compare with: %s",
                       module->name, result.message);
    return 0;
}

static int check_runs_nothing(const engine_module *module, const engine_form *form, bj_error *err)
{
    if (!bj_wasmtime_module_runs_at_start(form->compiled))
        return 0;
    return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                   "%s has a start function, so that its state cannot be told from its start: use "
                   "bj_runtime_freeze",
                   module->name);
}

static engine_fresh *fresh_new(engine_module *module, engine_form *form, bj_error *err)
{
    engine_room room;
    if (check_runs_nothing(module, form, err) < 0 || engine_room_begin(&room, err) < 0)
        return NULL;
    engine_fresh *fresh = calloc(1, sizeof *fresh);
    if (!fresh) {
        bj_fail_memory(err);
        return NULL;
    }
    engine_instance *instance = &fresh->instance;
    *instance = (engine_instance){
        .module = module,
        .form = form,
        .budget = &fresh->unlimited,
        .store = wasmtime_store_new(form->variant->wasmtime, instance, NULL),
    };
    instance->context = wasmtime_store_context(instance->store);
    wasmtime_context_set_epoch_deadline(instance->context, UINT32_MAX);
    if (instantiate(module, form, instance, err) < 0 || engine_room_end(&room, err) < 0) {
        engine_fresh_delete(fresh);
        return NULL;
    }
    fresh->memory = engine_instance_memory(instance);
    return fresh;
}

int engine_module_get_fresh(engine_module *module, engine_form *form, engine_memory *memory,
                            bj_error *err)
{
    pthread_mutex_lock(&module->lock);
    if (!module->fresh)
        module->fresh = fresh_new(module, form, err);
    const bool there = module->fresh != NULL;
    if (there)
        *memory = module->fresh->memory;
    pthread_mutex_unlock(&module->lock);
    return there ? 0 : -1;
}

void engine_fresh_delete(engine_fresh *fresh)
{
    if (!fresh)
        return;
    wasmtime_store_delete(fresh->instance.store);
    free(fresh);
}
