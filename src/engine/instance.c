/*
 * instance.c: one store: a guest's memory, its globals, and its stack while it runs.
 *
 * Every entry into the guest goes through Wasmtime's asynchronous calls, which run it on a fiber; it
 * yields only in host functions that wait, so that otherwise one poll ends it. A store is used by one thread at a time and never again after
 * anything but a plain return.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/image.h"
#include "engine/internal.h"

#define MAX_ARGS 8

static wasmtime_error_t *on_tick(wasmtime_context_t *context, void *data, uint64_t *delta,
                                 wasmtime_update_deadline_kind_t *kind)
{
    (void)context;
    engine_instance *instance = data;
    if (!instance->module->host->go_on(instance->owner)) {
        instance->unwinding = true;
        return wasmtime_error_new("stopped by the host");
    }
    *delta = 1;
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    return NULL;
}

/* Counts the instance in; false when as many are alive as the engine was made for. */
static bool count_in(engine_core *self)
{
    if (atomic_fetch_add(&self->live, 1) < self->max_sandboxes)
        return true;
    atomic_fetch_sub(&self->live, 1);
    return false;
}

void engine_instance_limit_memory(engine_instance *instance)
{
    const policy_budget *budget = instance->budget;
    const uint64_t allowed = budget->allowed[POLICY_memory_bytes], held = budget->host_bytes;
    wasmtime_store_limiter(instance->store, (int64_t)(held < allowed ? allowed - held : 0),
                           (int64_t)budget->allowed[POLICY_table_elements], 1, -1, 1);
}

engine_instance *engine_instance_new(engine_module *module, policy_budget *budget, void *owner,
                                     bj_error *err)
{
    engine_core *self = module->engine;
    engine_form *form = engine_module_get_form(module, budget->allowed[POLICY_fuel] > 0,
                                               budget->allowed[POLICY_stack_bytes], err);
    if (!form)
        return NULL;
    if (!count_in(self)) {
        bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "%u sandboxes are alive, as many as this engine was made for: delete some, or raise "
            "max_sandboxes",
            self->max_sandboxes);
        return NULL;
    }
    engine_instance *instance = calloc(1, sizeof *instance);
    if (!instance) {
        atomic_fetch_sub(&self->live, 1);
        bj_fail_memory(err);
        return NULL;
    }
    *instance = (engine_instance){
        .module = module,
        .form = form,
        .budget = budget,
        .owner = owner,
        .store = wasmtime_store_new(form->variant->wasmtime, instance, NULL),
    };
    instance->context = wasmtime_store_context(instance->store);
    engine_instance_limit_memory(instance);
    wasmtime_store_epoch_deadline_callback(instance->store, on_tick, instance, NULL);
    engine_instance_refuel(instance);
    return instance;
}

void engine_instance_delete(engine_instance *instance)
{
    if (!instance)
        return;
    wasmtime_store_delete(instance->store);
    atomic_fetch_sub(&instance->module->engine->live, 1);
    free(instance);
}

bool engine_instance_counts_fuel(const engine_instance *instance)
{
    return instance->form->variant->fuel;
}

void engine_instance_refuel(engine_instance *instance)
{
    if (!engine_instance_counts_fuel(instance))
        return;
    wasmtime_error_t *error =
        wasmtime_context_set_fuel(instance->context, instance->budget->allowed[POLICY_fuel]);
    if (error)
        wasmtime_error_delete(error);
}

uint64_t engine_instance_fuel_used(const engine_instance *instance)
{
    uint64_t left = 0;
    wasmtime_error_t *error = wasmtime_context_get_fuel(instance->context, &left);
    if (error) {
        wasmtime_error_delete(error);
        return 0;
    }
    return instance->budget->allowed[POLICY_fuel] - left;
}

/* Runs a future to its end, with the ticker on. */
static engine_result finish(engine_instance *instance, wasmtime_call_future_t *future,
                            wasm_trap_t **trap, wasmtime_error_t **error)
{
    engine_core *self = instance->module->engine;
    while (!wasmtime_call_future_poll(future))
        engine_wait(instance);
    wasmtime_call_future_delete(future);
    engine_ticker_leave(&self->ticker);
    return engine_result_of(instance, *error, *trap);
}

static engine_result no_ticker(void)
{
    return (engine_result){.status = ENGINE_FAILED,
                           .message = "no thread can be started to watch the time limit"};
}

/* What a module asks for at its start and the policy doesn't give is a limit, not a failure. */
static bool start_exceeds(engine_instance *instance, policy_limit limit, uint64_t wanted)
{
    policy_budget *budget = instance->budget;
    if (wanted <= budget->allowed[limit])
        return false;
    budget->used[limit] = wanted;
    policy_budget_cross(budget, limit);
    return true;
}

/* The same for memories and tables that the module doesn't export: Wasmtime's limiter says in words which
 * of the two it refused, and not how much was wanted. */
static void refused_by_limiter(engine_instance *instance, engine_result *result)
{
    bool memory = strstr(result->message, "exceeds memory limits") != NULL;
    bool table = strstr(result->message, "exceeds table limits") != NULL;
    if (memory || table) {
        policy_limit limit = memory ? POLICY_memory_bytes : POLICY_table_elements;
        instance->budget->used[limit] = instance->budget->allowed[limit];
        policy_budget_cross(instance->budget, limit);
        *result = (engine_result){.status = ENGINE_LIMIT};
    }
}

engine_result engine_instance_start(engine_instance *instance)
{
    const engine_module *module = instance->module;
    if (start_exceeds(instance, POLICY_memory_bytes, module->memory_min) ||
        start_exceeds(instance, POLICY_table_elements, module->table_min))
        return (engine_result){.status = ENGINE_LIMIT};
    if (engine_ticker_enter(&module->engine->ticker) < 0)
        return no_ticker();
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = NULL;
    wasmtime_context_set_epoch_deadline(instance->context, 1);
    engine_result result =
        finish(instance,
               wasmtime_instance_pre_instantiate_async(instance->form->linked, instance->context,
                                                       &instance->handle, &trap, &error),
               &trap, &error);
    instance->started = result.status == ENGINE_RETURNED;
    if (result.status == ENGINE_FAILED)
        refused_by_limiter(instance, &result);
    return result;
}

static bool look_up(engine_instance *instance, const char *name, wasmtime_func_t *function)
{
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(instance->context, &instance->handle, name, strlen(name),
                                      &item))
        return false;
    bool found = item.kind == WASMTIME_EXTERN_FUNC;
    if (found)
        *function = item.of.func;
    wasmtime_extern_delete(&item);
    return found;
}

static bool find_function(engine_instance *instance, const char *name, wasmtime_func_t *function)
{
    struct engine_found *place = NULL;
    for (size_t i = 0; i < ENGINE_FOUND_MOST && !place; i++)
        if (!instance->found[i].name || instance->found[i].name == name)
            place = &instance->found[i];
    if (!place)
        return look_up(instance, name, function);
    if (!place->name && look_up(instance, name, &place->function))
        place->name = name;
    *function = place->function;
    return place->name != NULL;
}

engine_result engine_instance_call(engine_instance *instance, const char *name,
                                   const uint32_t *args, size_t count, bool returns)
{
    wasmtime_func_t function;
    wasmtime_val_t values[MAX_ARGS], returned = {.kind = WASMTIME_I32};
    if (!instance->started || count > MAX_ARGS || !find_function(instance, name, &function))
        return (engine_result){.status = ENGINE_FAILED, .message = "no such export"};
    if (engine_ticker_enter(&instance->module->engine->ticker) < 0)
        return no_ticker();
    for (size_t i = 0; i < count; i++)
        values[i] = (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = (int32_t)args[i]};

    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = NULL;
    wasmtime_context_set_epoch_deadline(instance->context, 1);
    engine_result result =
        finish(instance,
               wasmtime_func_call_async(instance->context, &function, values, count, &returned,
                                        returns, &trap, &error),
               &trap, &error);
    if (result.status == ENGINE_RETURNED && returns)
        result.value = (uint32_t)returned.of.i32;
    return result;
}

engine_memory engine_instance_memory(engine_instance *instance)
{
    if (!instance->memory_known && instance->started) {
        wasmtime_extern_t item;
        if (wasmtime_instance_export_get(instance->context, &instance->handle, "memory",
                                         strlen("memory"), &item)) {
            instance->memory_known = item.kind == WASMTIME_EXTERN_MEMORY;
            if (instance->memory_known)
                instance->memory = item.of.memory;
            wasmtime_extern_delete(&item);
        }
    }
    if (!instance->memory_known)
        return (engine_memory){0};
    return (engine_memory){wasmtime_memory_data(instance->context, &instance->memory),
                           wasmtime_memory_data_size(instance->context, &instance->memory)};
}

static bool find_global(engine_instance *instance, bj_span name, wasmtime_global_t *global)
{
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(instance->context, &instance->handle, name.data, name.size,
                                      &item))
        return false;
    const bool found = item.kind == WASMTIME_EXTERN_GLOBAL;
    if (found)
        *global = item.of.global;
    wasmtime_extern_delete(&item);
    return found;
}

bool engine_instance_get_global(engine_instance *instance, bj_span name, int32_t *value)
{
    wasmtime_global_t global;
    wasmtime_val_t now = {.kind = WASMTIME_I64};
    if (find_global(instance, name, &global))
        wasmtime_global_get(instance->context, &global, &now);
    *value = now.of.i32;
    return now.kind == WASMTIME_I32;
}

bool engine_instance_set_global(engine_instance *instance, bj_span name, int32_t value)
{
    wasmtime_global_t global;
    const wasmtime_val_t wanted = {.kind = WASMTIME_I32, .of.i32 = value};
    if (!find_global(instance, name, &global))
        return false;
    wasmtime_error_t *error = wasmtime_global_set(instance->context, &global, &wanted);
    if (error)
        wasmtime_error_delete(error);
    return !error;
}

/* For image.c. */
static bool read_global(void *user, bj_span name, int32_t *value)
{
    return engine_instance_get_global(user, name, value);
}

int engine_instance_freeze(engine_instance *instance, const char *const *dropped, size_t count,
                           bj_buffer *out, bj_error *err)
{
    engine_memory memory = engine_instance_memory(instance);
    if (!memory.base)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s cannot be frozen: it exports no memory",
                       instance->module->name);
    engine_image image = {
        .memory = memory.base,
        .memory_size = memory.size,
        .global = read_global,
        .user = instance,
        .dropped = dropped,
        .dropped_count = count,
    };
    bj_span bytes;
    if (engine_module_get_bytes(instance->module, &bytes, err) < 0)
        return -1;
    return engine_image_write(bytes, &image, out, err);
}

/* A waker is Wasmtime's engine, whose epoch it moves on. */
engine_waker *engine_instance_waker(const engine_instance *instance)
{
    return (engine_waker *)instance->form->variant->wasmtime;
}

void engine_wake(engine_waker *waker)
{
    wasmtime_engine_increment_epoch((wasm_engine_t *)waker);
}
