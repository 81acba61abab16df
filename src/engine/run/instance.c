/*
 * instance.c: one store: a guest's memory, its globals, and its stack while it runs.
 *
 * Every entry into the guest goes through Wasmtime's asynchronous calls, which run it on a fiber. A step polls the
 * call's future: the guest yields in host functions that wait, and where go_on makes it pause; otherwise one poll ends
 * it. A guest that has yielded holds no thread, and goes on in whichever thread polls it next. A store is used by one
 * thread at a time and never again after anything but a plain return.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/reaper.h"
#include "engine/internal.h"
#include "engine/run/image.h"

/* Of linear memory: what takes more than a few milliseconds to unmap. */
#define LARGE_BYTES ((uint64_t)64 << 20)

static wasmtime_error_t *on_tick(wasmtime_context_t *context, void *data, uint64_t *delta,
                                 wasmtime_update_deadline_kind_t *kind)
{
    (void)context;
    engine_instance *instance = data;
    *delta = 1;
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    switch (instance->module->host->go_on(instance->owner)) {
    case ENGINE_STOP:
        instance->unwinding = true;
        return wasmtime_error_new("stopped by the host");
    case ENGINE_PAUSE:
        instance->work.paused = true;
        *kind = WASMTIME_UPDATE_DEADLINE_YIELD;
        return NULL;
    case ENGINE_GO_ON:
        break;
    }
    return NULL;
}

static bool try_to_count_in(engine_core *self)
{
    if (atomic_fetch_add(&self->live, 1) < self->max_sandboxes)
        return true;
    atomic_fetch_sub(&self->live, 1);
    return false;
}

/* Counts the instance in; false when as many are alive as the engine was made for. Those that are deleted and not freed yet are
 * waited for. */
static bool count_in(engine_core *self)
{
    if (try_to_count_in(self))
        return true;
    bj_reaper_wait();
    return try_to_count_in(self);
}

void engine_instance_limit_memory(engine_instance *instance)
{
    const policy_budget *budget = instance->budget;
    const uint64_t allowed = budget->allowed[POLICY_memory_bytes], held = budget->host_bytes;
    instance->limits.memory_bytes = held < allowed ? allowed - held : 0;
    instance->limits.table_elements = budget->allowed[POLICY_table_elements];
}

engine_instance *engine_instance_new(engine_module *module, policy_budget *budget, void *owner,
                                     bj_error *err)
{
    engine_core *self = module->engine;
    engine_room room;
    engine_form *form = engine_module_get_form(module, budget->allowed[POLICY_fuel] > 0,
                                               budget->allowed[POLICY_stack_bytes], err);
    if (!form || engine_room_begin(&room, err) < 0)
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
        .engine = self,
        .module = module,
        .form = form,
        .budget = budget,
        .owner = owner,
        .store = wasmtime_store_new(form->variant->wasmtime, instance, NULL),
    };
    instance->context = wasmtime_store_context(instance->store);
    engine_instance_limit_memory(instance);
    bj_wasmtime_store_limit(instance->store, &instance->limits);
    wasmtime_store_epoch_deadline_callback(instance->store, on_tick, instance, NULL);
    engine_instance_refuel(instance, 0);
    if (engine_room_end(&room, err) < 0) {
        engine_instance_delete(instance);
        return NULL;
    }
    return instance;
}

/* Unwinds a guest that has yielded: nothing of it runs any more. */
static void abandon(engine_instance *instance)
{
    if (!instance->work.future)
        return;
    instance->unwinding = true;
    wasmtime_call_future_delete(instance->work.future);
    instance->work.future = NULL;
    instance->waiting = (struct engine_waiting){0};
}

/* The module may be gone, the engine is not. */
static void free_store(void *user)
{
    engine_instance *instance = user;
    wasmtime_store_delete(instance->store);
    atomic_fetch_sub(&instance->engine->live, 1);
    free(instance);
}

void engine_instance_delete(engine_instance *instance)
{
    if (!instance)
        return;
    const uint64_t bytes = engine_instance_memory(instance).size;
    abandon(instance);
    engine_delta_release(instance->unchanged);
    engine_delta_release(instance->base);
    if (bytes >= LARGE_BYTES)
        bj_reap(free_store, instance, bytes, true);
    else
        free_store(instance);
}

bool engine_instance_counts_fuel(const engine_instance *instance)
{
    return instance->form->variant->kind.fuel;
}

void engine_instance_refuel(engine_instance *instance, uint64_t spent)
{
    const uint64_t allowed = instance->budget->allowed[POLICY_fuel];
    if (!engine_instance_counts_fuel(instance))
        return;
    wasmtime_error_t *error =
        wasmtime_context_set_fuel(instance->context, spent < allowed ? allowed - spent : 0);
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

/* The same for memories and tables that the module doesn't export: Wasmtime's error has words only; what was refused
 * stands in the limits. */
static void refused_by_limits(engine_instance *instance, engine_result *result)
{
    const bj_wasmtime_limits *limits = &instance->limits;
    if (!limits->refused)
        return;
    const bool memory = limits->refused == BJ_WASMTIME_REFUSED_MEMORY;
    const policy_limit limit = memory ? POLICY_memory_bytes : POLICY_table_elements;
    const uint64_t allowed = instance->budget->allowed[limit];
    instance->budget->used[limit] = limits->wanted > allowed ? limits->wanted : allowed;
    policy_budget_cross(instance->budget, limit);
    *result = (engine_result){.status = ENGINE_LIMIT};
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

/* ---------------------------------------------------------------- running it, in steps */

void engine_instance_begin_start(engine_instance *instance)
{
    instance->work = (engine_work){0};
}

void engine_instance_begin_call(engine_instance *instance, const char *name, const uint32_t *args,
                                size_t count, bool returns)
{
    engine_work *work = &instance->work;
    work->name = name;
    work->count = count;
    work->returns = returns;
    for (size_t i = 0; i < count && i < ENGINE_ARGS_MOST; i++)
        work->args[i] = args[i];
}

/* Without clearing what is only there for failures. */
static void set_result(engine_result *result, engine_status status, const char *message)
{
    result->status = status;
    result->value = 0;
    result->backtrace[0] = 0;
    result->message[0] = 0;
    if (*message)
        snprintf(result->message, sizeof result->message, "%s", message);
}

static bool set_out_to_start(engine_instance *instance, engine_result *result)
{
    const engine_module *module = instance->module;
    engine_work *work = &instance->work;
    if (start_exceeds(instance, POLICY_memory_bytes, module->memory_min) ||
        start_exceeds(instance, POLICY_table_elements, module->table_min)) {
        set_result(result, ENGINE_LIMIT, "");
        return false;
    }
    const engine_form *form = instance->image ? instance->image : instance->form;
    work->future = wasmtime_instance_pre_instantiate_async(
        form->linked, instance->context, &instance->handle, &work->trap, &work->error);
    return true;
}

static bool set_out_to_call(engine_instance *instance, engine_result *result)
{
    engine_work *work = &instance->work;
    wasmtime_val_t values[ENGINE_ARGS_MOST];
    if (!instance->started || work->count > ENGINE_ARGS_MOST ||
        !find_function(instance, work->name, &work->function)) {
        set_result(result, ENGINE_FAILED, "no such export");
        return false;
    }
    for (size_t i = 0; i < work->count; i++)
        values[i] = (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = (int32_t)work->args[i]};
    work->returned = (wasmtime_val_t){.kind = WASMTIME_I32};
    work->future =
        wasmtime_func_call_async(instance->context, &work->function, values, work->count,
                                 &work->returned, work->returns, &work->trap, &work->error);
    return true;
}

/* False: it has ended before it began. */
static bool set_out(engine_instance *instance, engine_result *result)
{
    engine_work *work = &instance->work;
    work->trap = NULL;
    work->error = NULL;
    work->paused = false;
    engine_delta_release(instance->unchanged);
    instance->unchanged = NULL;
    wasmtime_context_set_epoch_deadline(instance->context, 1);
    return work->name ? set_out_to_call(instance, result) : set_out_to_start(instance, result);
}

/* The guest has come to its end. */
static void arrive(engine_instance *instance, engine_result *result)
{
    engine_work *work = &instance->work;
    wasmtime_call_future_delete(work->future);
    work->future = NULL;
    if (instance->unwinding || work->error || work->trap)
        *result = engine_result_of(instance, work->error, work->trap);
    else
        set_result(result, ENGINE_RETURNED, "");
    if (result->status == ENGINE_RETURNED && work->returns)
        result->value = (uint32_t)work->returned.of.i32;
    if (!work->name) {
        instance->started = result->status == ENGINE_RETURNED;
        if (result->status == ENGINE_FAILED)
            refused_by_limits(instance, result);
    }
}

/* As far as it goes, with the ticker on. */
static engine_progress go(engine_instance *instance, engine_result *result)
{
    engine_work *work = &instance->work;
    while (engine_wait(instance)) {
        work->paused = false;
        if (wasmtime_call_future_poll(work->future)) {
            arrive(instance, result);
            return ENGINE_ENDED;
        }
        if (work->paused)
            return ENGINE_YIELDED;
    }
    return ENGINE_WAITS;
}

void engine_instance_look_up_at(engine_instance *instance, uint64_t moment_ns)
{
    instance->look_up_ns = moment_ns;
}

engine_progress engine_instance_step(engine_instance *instance, engine_result *result)
{
    engine_work *work = &instance->work;
    engine_ticker *ticker = &instance->module->engine->ticker;
    if (!work->future && !set_out(instance, result))
        return ENGINE_ENDED;
    if (work->paused && instance->module->host->go_on(instance->owner) == ENGINE_STOP) {
        abandon(instance);
        set_result(result, ENGINE_STOPPED, "");
        return ENGINE_ENDED;
    }
    unsigned place;
    if (engine_ticker_enter(ticker, instance->look_up_ns, &place) < 0) {
        abandon(instance);
        set_result(result, ENGINE_FAILED, "no thread can be started to watch the time limit");
        return ENGINE_ENDED;
    }
    const engine_progress progress = go(instance, result);
    engine_ticker_leave(ticker, place);
    return progress;
}

/* To its end, where there is nothing to wait for. */
static engine_result step_to_end(engine_instance *instance)
{
    engine_result result;
    for (;;) {
        const engine_progress progress = engine_instance_step(instance, &result);
        if (progress == ENGINE_ENDED)
            return result;
        if (progress == ENGINE_WAITS) {
            abandon(instance);
            set_result(&result, ENGINE_FAILED, "it waits for the host");
            return result;
        }
    }
}

engine_result engine_instance_start(engine_instance *instance)
{
    engine_instance_begin_start(instance);
    return step_to_end(instance);
}

engine_result engine_instance_call(engine_instance *instance, const char *name,
                                   const uint32_t *args, size_t count, bool returns)
{
    engine_instance_begin_call(instance, name, args, count, returns);
    return step_to_end(instance);
}

/* ---------------------------------------------------------------- what it holds */

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
