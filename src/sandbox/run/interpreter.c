/*
 * interpreter.c: belljar_guest.h from the host's side: which export is called after which, and what they answer.
 *
 * Nothing that the guest says is believed: its exports must have the right types, its addresses must
 * lie in its memory as it is at that moment, its texts are cut.
 */
#include <inttypes.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/object/sandbox.h"
#include "sandbox/values/tagged.h"

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

static void begin_call(bj_sandbox *box, sandbox_stage stage, const char *name, bool returns)
{
    box->run.stage = stage;
    engine_instance_begin_call(box->instance, name, NULL, 0, returns);
}

/* What an interpreter that cannot start has to say stands on its stderr. */
static int refuses_to_start(bj_sandbox *box, bj_error *err)
{
    bj_receipt *receipt = box->run.receipt;
    box->ended = true;
    receipt->outcome = BJ_OUTCOME_ERROR;
    receipt->exit_code = 1;
    return receipt_set_error(receipt, bj_span_of("StartError"),
                             bj_span_of("the interpreter did not start: stderr says why, and more "
                                        "memory may help"),
                             bj_span_of("")) < 0
               ? bj_fail_memory(err)
               : 0;
}

static int check_abi(const bj_sandbox *box, uint32_t abi, bj_error *err)
{
    if (abi == BELLJAR_GUEST_ABI)
        return 0;
    return bj_fail(err, BJ_ERROR_GUEST,
                   "%s speaks version %" PRIu32 " of the guest interface, this library version %d: "
                   "rebuild one of them",
                   box->runtime->name, abi, BELLJAR_GUEST_ABI);
}

/* After what an image holds. */
static void begin_thaw(bj_sandbox *box)
{
    if (box->run.goal == GOAL_STARTED)
        box->run.stage = STAGE_END;
    else
        begin_call(box, STAGE_THAW, BELLJAR_EXPORT_THAW, true);
}

static void begin_renew(bj_sandbox *box)
{
    const uint32_t what = box->renew;
    box->run.stage = STAGE_RENEW;
    engine_instance_begin_call(box->instance, BELLJAR_EXPORT_RENEW, &what, 1, true);
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

/* Whether every reader finds the same in it, if it is tagged; else whether it is JSON. */
static bool is_value(const bj_sandbox *box, bj_span json)
{
    char why[80];
    policy_work work = policy_work_unlimited(); /* as many steps as bytes */
    const size_t blobs = box->run.flags & BJ_EVAL_BLOBS ? box->blobs.given.count : 0;
    if (json.size > BELLJAR_VALUE_BYTES)
        return false;
    return box->run.flags & (BJ_EVAL_RICH | BJ_EVAL_BLOBS)
               ? tagged_read(json, blobs, NULL, NULL, NULL, &work, why, sizeof why)
               : receipt_is_json(json);
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
    else if (!is_value(box, json))
        json.data = NULL;
    if (load_u32(record + BELLJAR_RESULT_REPR) == 0)
        repr.data = NULL;
    receipt->outcome = BJ_OUTCOME_OK;
    if (json.data && box->run.flags & BJ_EVAL_BLOBS)
        receipt->blobs = blobs_take_given(box);
    else if (!json.data && box->blobs.left_out)
        receipt_leave(&receipt->unfinished, RECEIPT_value, POLICY_UNFINISHED_bytes);
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

/* The export takes no more; what is longer than that fits nowhere. */
static uint32_t source_size(const bj_sandbox *box)
{
    return box->run.source.size < UINT32_MAX ? (uint32_t)box->run.source.size : UINT32_MAX;
}

static void begin_alloc(bj_sandbox *box)
{
    if (box->run.goal == GOAL_BOOTED) {
        box->run.stage = STAGE_END;
        return;
    }
    const uint32_t size = source_size(box);
    box->run.stage = STAGE_ALLOC;
    engine_instance_begin_call(box->instance, BELLJAR_EXPORT_ALLOC, &size, 1, true);
}

static int begin_eval(bj_sandbox *box, uint32_t address, bj_error *err)
{
    const uint32_t size = source_size(box);
    unsigned flags = box->run.flags;
    if (flags & BJ_EVAL_BLOBS)
        flags |= BELLJAR_EVAL_RICH;
    engine_memory memory = engine_instance_memory(box->instance);
    if (!in_memory(memory, address, size))
        return breaks_interface(box, "its buffer for source lies outside its memory", err);
    if (size > 0)
        memcpy(memory.base + address, box->run.source.data, size);
    if (box->tools.untold)
        flags |= BELLJAR_EVAL_TOOLS;
    box->tools.told |= box->tools.untold;
    box->tools.untold = false;
    const uint32_t args[] = {address, size, flags};
    box->run.stage = STAGE_EVAL;
    engine_instance_begin_call(box->instance, BELLJAR_EXPORT_EVAL, args, 3, true);
    return 0;
}

/* ---- One after the other. ---- */

void interpreter_begin(bj_sandbox *box)
{
    if (box->booted && box->renew) {
        begin_renew(box);
    } else if (box->booted) {
        begin_alloc(box);
    } else {
        box->run.stage = STAGE_START;
        engine_instance_begin_start(box->instance);
    }
}

int interpreter_next(bj_sandbox *box, uint32_t value, engine_result *result, bj_error *err)
{
    const bj_runtime *runtime = box->runtime;
    bj_receipt *receipt = box->run.receipt;
    const sandbox_stage stage = box->run.stage;
    box->run.stage = STAGE_END;
    switch (stage) {
    case STAGE_START:
        if (runtime->has_initialize)
            begin_call(box, STAGE_CONSTRUCTOR, BELLJAR_EXPORT_CONSTRUCTOR, false);
        else
            begin_call(box, STAGE_ABI, BELLJAR_EXPORT_ABI, true);
        return 0;
    case STAGE_CONSTRUCTOR:
        begin_call(box, STAGE_ABI, BELLJAR_EXPORT_ABI, true);
        return 0;
    case STAGE_ABI:
        if (check_abi(box, value, err) < 0)
            return -1;
        if (runtime->is_image)
            begin_thaw(box);
        else
            begin_call(box, STAGE_INIT, BELLJAR_EXPORT_INIT, true);
        return 0;
    case STAGE_INIT:
        if (value != 0)
            return refuses_to_start(box, err);
        begin_thaw(box);
        return 0;
    case STAGE_THAW:
        if (value != 0)
            return refuses_to_start(box, err);
        box->booted = true;
        begin_alloc(box);
        return 0;
    case STAGE_RENEW:
        if (value != 0)
            return refuses_to_start(box, err);
        box->renew = 0;
        /* An eval costs the same whatever was before it: receipts of deterministic sandboxes tell. */
        sandbox_count_anew(box);
        begin_alloc(box);
        return 0;
    case STAGE_ALLOC:
        if (value != 0 && box->run.source.size <= UINT32_MAX)
            return begin_eval(box, value, err);
        source_too_large(box, result);
        return 0;
    default:
        return read_record(box, value, receipt, err);
    }
}
