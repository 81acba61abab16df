/*
 * interpreter.c: belljar_guest.h from the host's side.
 *
 * Nothing that the guest says is believed: its exports must have the right types, its addresses must
 * lie in its memory as it is at that moment, its texts are cut.
 */
#include <inttypes.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/internal.h"

bool interpreter_is_one(const engine_module *module)
{
    return engine_module_exports(module, BELLJAR_EXPORT_ABI, ">i") &&
           engine_module_exports(module, BELLJAR_EXPORT_THAW, ">i") &&
           engine_module_exports(module, BELLJAR_EXPORT_ALLOC, "i>i") &&
           engine_module_exports(module, BELLJAR_EXPORT_EVAL, "iii>i");
}

/* ---- The guest's memory. ---- */

static bool in_memory(engine_memory memory, uint64_t address, uint64_t size)
{
    return address <= memory.size && size <= memory.size - address;
}

static uint32_t load_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* The text whose (address, size) stands at `field` of the record; false when it leaves the memory. */
static bool load_text(engine_memory memory, const uint8_t *record, size_t field, bj_span *text)
{
    uint32_t address = load_u32(record + field), size = load_u32(record + field + 4);
    if (!in_memory(memory, address, size))
        return false;
    *text = (bj_span){(const char *)memory.base + address, size};
    return true;
}

/* ---- Starting. ---- */

static engine_result call_plain(bj_sandbox *box, const char *name, bool returns)
{
    return engine_instance_call(box->instance, name, NULL, 0, returns);
}

/* What an interpreter that cannot start has to say stands on its stderr. */
static int refuses_to_start(bj_receipt *receipt)
{
    receipt->outcome = BJ_OUTCOME_ERROR;
    receipt->exit_code = 1;
    return receipt_set_error(receipt, bj_span_of("StartError"),
                             bj_span_of("the interpreter did not start: stderr says why, and more "
                                        "memory may help"),
                             bj_span_of(""));
}

/* Calls an export that answers 0 when all is well. */
static int call_step(bj_sandbox *box, const char *name, engine_result *result, bj_receipt *receipt,
                     bool *ready, bj_error *err)
{
    *result = call_plain(box, name, true);
    *ready = result->status == ENGINE_RETURNED && result->value == 0;
    if (result->status != ENGINE_RETURNED || *ready)
        return 0;
    box->ended = true;
    return refuses_to_start(receipt) < 0 ? bj_fail_memory(err) : 0;
}

int interpreter_start(bj_sandbox *box, engine_result *result, bj_receipt *receipt, bool *ready,
                      bj_error *err)
{
    *ready = false;
    *result = engine_instance_start(box->instance);
    if (result->status == ENGINE_RETURNED && box->runtime->has_initialize)
        *result = call_plain(box, BELLJAR_EXPORT_CONSTRUCTOR, false);
    if (result->status == ENGINE_RETURNED)
        *result = call_plain(box, BELLJAR_EXPORT_ABI, true);
    if (result->status != ENGINE_RETURNED)
        return 0;
    if (result->value != BELLJAR_GUEST_ABI)
        return bj_fail(err, BJ_ERROR_GUEST,
                       "%s speaks version %" PRIu32
                       " of the guest interface, this library version %d: "
                       "rebuild one of them",
                       box->runtime->name, result->value, BELLJAR_GUEST_ABI);
    *ready = box->runtime->is_image;
    return *ready ? 0 : call_step(box, BELLJAR_EXPORT_INIT, result, receipt, ready, err);
}

int interpreter_boot(bj_sandbox *box, engine_result *result, bj_receipt *receipt, bj_error *err)
{
    bool ready;
    if (interpreter_start(box, result, receipt, &ready, err) < 0)
        return -1;
    return ready ? call_step(box, BELLJAR_EXPORT_THAW, result, receipt, &box->booted, err) : 0;
}

/* ---- Evaluating. ---- */

static int breaks_interface(bj_sandbox *box, const char *how, bj_error *err)
{
    box->ended = true;
    return bj_fail(err, BJ_ERROR_GUEST, "%s breaks the guest interface: %s", box->runtime->name,
                   how);
}

static int read_error(bj_sandbox *box, engine_memory memory, const uint8_t *record,
                      bj_receipt *receipt, bj_error *err)
{
    bj_span type, message, traceback;
    if (!load_text(memory, record, BELLJAR_RESULT_TYPE, &type) ||
        !load_text(memory, record, BELLJAR_RESULT_MESSAGE, &message) ||
        !load_text(memory, record, BELLJAR_RESULT_TRACEBACK, &traceback))
        return breaks_interface(box, "an error's text lies outside its memory", err);
    receipt->outcome = BJ_OUTCOME_ERROR;
    receipt->exit_code = 1;
    return receipt_set_error(receipt, type, message, traceback) < 0 ? bj_fail_memory(err) : 0;
}

static int read_value(bj_sandbox *box, engine_memory memory, const uint8_t *record,
                      bj_receipt *receipt, bj_error *err)
{
    bj_span json, repr;
    if (!load_text(memory, record, BELLJAR_RESULT_VALUE, &json) ||
        !load_text(memory, record, BELLJAR_RESULT_REPR, &repr))
        return breaks_interface(box, "a value's text lies outside its memory", err);
    if (load_u32(record + BELLJAR_RESULT_VALUE) == 0)
        json.data = NULL;
    if (load_u32(record + BELLJAR_RESULT_REPR) == 0)
        repr.data = NULL;
    receipt->outcome = BJ_OUTCOME_OK;
    return receipt_set_value(receipt, json, repr) < 0 ? bj_fail_memory(err) : 0;
}

static int read_record(bj_sandbox *box, uint32_t address, bj_receipt *receipt, bj_error *err)
{
    engine_memory memory = engine_instance_memory(box->instance);
    if (!in_memory(memory, address, BELLJAR_RESULT_BYTES))
        return breaks_interface(box, "its result lies outside its memory", err);
    const uint8_t *record = memory.base + address;
    switch (load_u32(record + BELLJAR_RESULT_STATUS)) {
    case BELLJAR_STATUS_OK:
        return read_value(box, memory, record, receipt, err);
    case BELLJAR_STATUS_INCOMPLETE:
        receipt->outcome = BJ_OUTCOME_INCOMPLETE;
        return 0;
    case BELLJAR_STATUS_EXIT:
        receipt->exit_code = (int)load_u32(record + BELLJAR_RESULT_EXIT_CODE);
        receipt->outcome = receipt->exit_code == 0 ? BJ_OUTCOME_OK : BJ_OUTCOME_EXIT;
        box->ended = true;
        return 0;
    case BELLJAR_STATUS_ERROR:
        return read_error(box, memory, record, receipt, err);
    default:
        return breaks_interface(box, "its result has an unknown status", err);
    }
}

/* The guest has no room for the source. */
static void source_too_large(bj_sandbox *box, engine_result *result)
{
    box->budget->used[POLICY_memory_bytes] = box->budget->allowed[POLICY_memory_bytes];
    policy_budget_cross(box->budget, POLICY_memory_bytes);
    *result = (engine_result){.status = ENGINE_LIMIT};
}

int interpreter_eval(bj_sandbox *box, bj_span source, unsigned flags, engine_result *result,
                     bj_receipt *receipt, bj_error *err)
{
    if (!box->booted) {
        if (interpreter_boot(box, result, receipt, err) < 0)
            return -1;
        if (!box->booted)
            return 0;
    }
    if (source.size > UINT32_MAX) {
        source_too_large(box, result);
        return 0;
    }
    uint32_t size = (uint32_t)source.size;
    *result = engine_instance_call(box->instance, BELLJAR_EXPORT_ALLOC, &size, 1, true);
    if (result->status != ENGINE_RETURNED)
        return 0;
    if (result->value == 0) {
        source_too_large(box, result);
        return 0;
    }
    engine_memory memory = engine_instance_memory(box->instance);
    if (!in_memory(memory, result->value, size))
        return breaks_interface(box, "its buffer for source lies outside its memory", err);
    if (size > 0)
        memcpy(memory.base + result->value, source.data, size);
    if (box->tools.untold)
        flags |= BELLJAR_EVAL_TOOLS;
    box->tools.told |= box->tools.untold;
    box->tools.untold = false;
    uint32_t args[] = {result->value, size, flags};
    *result = engine_instance_call(box->instance, BELLJAR_EXPORT_EVAL, args, 3, true);
    if (result->status != ENGINE_RETURNED)
        return 0;
    return read_record(box, result->value, receipt, err);
}
