/*
 * call.c: where guest and host meet: the trampoline by which the guest calls the host, and the one
 * place that turns Wasmtime's three ways to end a call (returned, error, trap) into ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

/* What a call of the host costs besides what it asks for itself, in units of fuel. */
#define HOST_CALL_FUEL 100

#define MAX_ARGS 16

/* ---- The guest calls the host. ---- */

static engine_memory caller_memory(engine_instance *instance, wasmtime_caller_t *caller)
{
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    if (!instance->memory_known) {
        /* During the start function there is no instance to ask yet. */
        wasmtime_extern_t item;
        if (!wasmtime_caller_export_get(caller, "memory", strlen("memory"), &item))
            return (engine_memory){0};
        if (item.kind != WASMTIME_EXTERN_MEMORY) {
            wasmtime_extern_delete(&item);
            return (engine_memory){0};
        }
        instance->memory = item.of.memory;
        instance->memory_known = true;
    }
    return (engine_memory){wasmtime_memory_data(context, &instance->memory),
                           wasmtime_memory_data_size(context, &instance->memory)};
}

static void charge_fuel(const engine_instance *instance, wasmtime_context_t *context,
                        uint64_t units)
{
    uint64_t left;
    if (!instance->form->variant->kind.fuel)
        return;
    wasmtime_error_t *error = wasmtime_context_get_fuel(context, &left);
    if (!error)
        error = wasmtime_context_set_fuel(context, left > units ? left - units : 0);
    if (error)
        wasmtime_error_delete(error);
}

static wasm_trap_t *stop(engine_instance *instance)
{
    instance->unwinding = true;
    return wasmtime_trap_new("stopped by the host", strlen("stopped by the host"));
}

wasm_trap_t *engine_trampoline(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values,
                               size_t count)
{
    const engine_host_function *function = env;
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    engine_instance *instance = wasmtime_context_get_data(context);
    uint64_t args[MAX_ARGS] = {0};
    for (size_t i = 0; function->signature[i] && i < count && i < MAX_ARGS; i++)
        args[i] = function->signature[i] == 'l' ? (uint64_t)values[i].i64 : (uint32_t)values[i].i32;

    int32_t result = 0;
    uint64_t charge = 0;
    const engine_answer answer = instance->module->host->call(
        instance->owner, function->what, caller_memory(instance, caller), args, &result, &charge);
    charge_fuel(instance, context, HOST_CALL_FUEL + charge);
    if (answer == ENGINE_STOP)
        return stop(instance);
    if (function->returns)
        values[0].i32 = result;
    return NULL;
}

/* ---- Functions that wait. ---- */

static bool has_waited(void *env)
{
    const engine_instance *instance = env;
    return !instance->waiting.function;
}

void engine_trampoline_waiting(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *values,
                               size_t count, wasmtime_val_t *results, size_t result_count,
                               wasm_trap_t **trap, wasmtime_async_continuation_t *continuation)
{
    const engine_host_function *function = env;
    wasmtime_context_t *context = wasmtime_caller_context(caller);
    engine_instance *instance = wasmtime_context_get_data(context);
    uint64_t args[MAX_ARGS] = {0};
    (void)result_count;
    for (size_t i = 0; function->signature[i] && i < count && i < MAX_ARGS; i++)
        args[i] =
            function->signature[i] == 'l' ? (uint64_t)values[i].of.i64 : (uint32_t)values[i].of.i32;

    int32_t result = 0;
    uint64_t charge = 0;
    *continuation = (wasmtime_async_continuation_t){.callback = has_waited, .env = instance};
    const engine_answer answer = instance->module->host->call(
        instance->owner, function->what, caller_memory(instance, caller), args, &result, &charge);
    charge_fuel(instance, context, HOST_CALL_FUEL + charge);
    if (answer == ENGINE_PAUSE)
        instance->waiting = (struct engine_waiting){function, results, trap};
    else if (answer == ENGINE_GO_ON)
        *results = (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = result};
    else
        *trap = stop(instance);
}

bool engine_wait(engine_instance *instance)
{
    const struct engine_waiting waiting = instance->waiting;
    int32_t result = 0;
    if (!waiting.function)
        return true;
    switch (instance->module->host->wait(instance->owner, waiting.function->what, &result)) {
    case ENGINE_PAUSE:
        return false;
    case ENGINE_GO_ON:
        *waiting.result = (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = result};
        break;
    case ENGINE_STOP:
        *waiting.trap = stop(instance);
        break;
    }
    instance->waiting = (struct engine_waiting){0};
    return true;
}

/* ---- How calls end. ---- */

/* White space of any kind becomes one space: Wasmtime's messages have several lines. */
static void flatten(char *out, size_t size, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && text[i] && used + 1 < size; i++) {
        bool space = (unsigned char)text[i] <= ' ';
        if (!space)
            out[used++] = text[i];
        else if (used > 0 && out[used - 1] != ' ')
            out[used++] = ' ';
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = 0;
}

/* "what failed Caused by: why" becomes "what failed: why". */
static void join_cause(char *text)
{
    static const char between[] = " Caused by: ";
    char *cause = strstr(text, between);
    if (!cause)
        return;
    const char *why = cause + strlen(between);
    memcpy(cause, ": ", 2);
    memmove(cause + 2, why, strlen(why) + 1);
}

void engine_error_text(wasmtime_error_t *error, char *text, size_t size)
{
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    flatten(text, size, message.data, message.size);
    join_cause(text);
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(error);
}

static const char *trap_text(wasmtime_trap_code_t code)
{
    switch ((enum wasmtime_trap_code_enum)code) {
    case WASMTIME_TRAP_CODE_STACK_OVERFLOW:
        return "call stack exhausted";
    case WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS:
        return "out of bounds memory access";
    case WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS:
        return "out of bounds table access";
    case WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL:
        return "uninitialized table element called";
    case WASMTIME_TRAP_CODE_BAD_SIGNATURE:
        return "indirect call type mismatch";
    case WASMTIME_TRAP_CODE_INTEGER_OVERFLOW:
        return "integer overflow";
    case WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO:
        return "integer division by zero";
    case WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER:
        return "invalid conversion to integer";
    case WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED:
        return "unreachable executed";
    case WASMTIME_TRAP_CODE_NULL_REFERENCE:
        return "null reference";
    case WASMTIME_TRAP_CODE_OUT_OF_FUEL:
        return "out of fuel";
    default:
        return NULL;
    }
}

static void describe_frames(wasm_frame_vec_t *frames, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < frames->size && used < size; i++) {
        const wasm_name_t *name = wasmtime_frame_func_name(frames->data[i]);
        char flat[128];
        flatten(flat, sizeof flat, name ? name->data : "", name ? name->size : 0);
        int wrote = snprintf(text + used, size - used, "  at %s (function %u, offset 0x%zx)\n",
                             *flat ? flat : "?", wasm_frame_func_index(frames->data[i]),
                             wasm_frame_module_offset(frames->data[i]));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    wasm_frame_vec_delete(frames);
}

static engine_result limit_reached(engine_instance *instance, policy_limit limit)
{
    policy_budget *budget = instance->budget;
    budget->used[limit] = budget->allowed[limit];
    policy_budget_cross(budget, limit);
    return (engine_result){.status = ENGINE_LIMIT};
}

static engine_result result_of_trap(engine_instance *instance, const wasm_trap_t *trap)
{
    wasmtime_trap_code_t code;
    bool has_code = wasmtime_trap_code(trap, &code);
    if (has_code && code == WASMTIME_TRAP_CODE_OUT_OF_FUEL)
        return limit_reached(instance, POLICY_fuel);
    if (has_code && code == WASMTIME_TRAP_CODE_STACK_OVERFLOW)
        return limit_reached(instance, POLICY_stack_bytes);

    engine_result result = {.status = ENGINE_TRAPPED};
    const char *known = has_code ? trap_text(code) : NULL;
    if (known) {
        snprintf(result.message, sizeof result.message, "%s", known);
    } else {
        wasm_message_t message;
        wasm_trap_message(trap, &message);
        flatten(result.message, sizeof result.message, message.data, message.size);
        wasm_byte_vec_delete(&message);
    }
    wasm_frame_vec_t frames;
    wasm_trap_trace(trap, &frames);
    describe_frames(&frames, result.backtrace, sizeof result.backtrace);
    return result;
}

/* Where it was thrown, as far as is known. */
static engine_result uncaught(wasmtime_error_t *error)
{
    engine_result result = {.status = ENGINE_TRAPPED, .message = "uncaught exception"};
    wasm_frame_vec_t frames;
    wasmtime_error_wasm_trace(error, &frames);
    describe_frames(&frames, result.backtrace, sizeof result.backtrace);
    wasmtime_error_delete(error);
    return result;
}

static engine_result result_of_error(engine_instance *instance, wasmtime_error_t *error)
{
    engine_result result = {.status = ENGINE_FAILED};
    switch (bj_wasmtime_error_cause(error)) {
    case BJ_WASMTIME_UNCAUGHT:
        return uncaught(error);
    case BJ_WASMTIME_NO_ROOM_TO_THROW:
        wasmtime_error_delete(error);
        return limit_reached(instance, POLICY_memory_bytes);
    default:
        engine_error_text(error, result.message, sizeof result.message);
        return result;
    }
}

engine_result engine_result_of(engine_instance *instance, wasmtime_error_t *error,
                               wasm_trap_t *trap)
{
    engine_result result = {.status = ENGINE_RETURNED};
    if (instance->unwinding) {
        /* Ours, whichever way Wasmtime hands it back. */
        result.status = ENGINE_STOPPED;
    } else if (trap) {
        result = result_of_trap(instance, trap);
    } else if (error) {
        result = result_of_error(instance, error);
        error = NULL;
    }
    if (error)
        wasmtime_error_delete(error);
    if (trap)
        wasm_trap_delete(trap);
    return result;
}
