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
#include "sandbox/run/run.h"
#include "sandbox/values/json.h"
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

static void begin_call(sandbox_instance *self, sandbox_stage stage, const char *name, bool returns)
{
    self->run.stage = stage;
    engine_instance_begin_call(self->engine, name, NULL, 0, returns);
}

/* What an interpreter that cannot start has to say stands on its stderr. */
static int refuses_to_start(sandbox_instance *self, bj_error *err)
{
    bj_receipt *receipt = self->run.receipt;
    self->box->ended = true;
    receipt->outcome = BJ_OUTCOME_ERROR;
    receipt->exit_code = 1;
    return receipt_set_error(receipt, bj_span_of("StartError"),
                             bj_span_of("the interpreter did not start: stderr says why, and more "
                                        "memory may help"),
                             bj_span_of("")) < 0
               ? bj_fail_memory(err)
               : 0;
}

static int check_abi(const sandbox_instance *self, uint32_t abi, bj_error *err)
{
    if (abi == BELLJAR_GUEST_ABI)
        return 0;
    return bj_fail(err, BJ_ERROR_GUEST,
                   "%s speaks version %" PRIu32 " of the guest interface, this library version %d: "
                   "rebuild one of them",
                   self->box->runtime->name, abi, BELLJAR_GUEST_ABI);
}

/* After what an image holds. */
static void begin_thaw(sandbox_instance *self)
{
    if (self->run.goal == GOAL_STARTED)
        self->run.stage = STAGE_END;
    else
        begin_call(self, STAGE_THAW, BELLJAR_EXPORT_THAW, true);
}

static void begin_renew(sandbox_instance *self)
{
    const uint32_t what = self->renew;
    self->run.stage = STAGE_RENEW;
    engine_instance_begin_call(self->engine, BELLJAR_EXPORT_RENEW, &what, 1, true);
}

/* ---- Evaluating. ---- */

static int breaks_interface(sandbox_instance *self, const char *how, bj_error *err)
{
    self->box->ended = true;
    return bj_fail(err, BJ_ERROR_GUEST, "%s breaks the guest interface: %s",
                   self->box->runtime->name, how);
}

static int read_error(sandbox_instance *self, engine_memory memory, const uint8_t *record,
                      bj_receipt *receipt, bj_error *err)
{
    bj_span type, message, traceback;
    if (!load_text(memory, record, BELLJAR_RESULT_TYPE, &type) ||
        !load_text(memory, record, BELLJAR_RESULT_MESSAGE, &message) ||
        !load_text(memory, record, BELLJAR_RESULT_TRACEBACK, &traceback))
        return breaks_interface(self, "an error's text lies outside its memory", err);
    receipt->outcome = BJ_OUTCOME_ERROR;
    receipt->exit_code = 1;
    return receipt_set_error(receipt, type, message, traceback) < 0 ? bj_fail_memory(err) : 0;
}

/* Whether every reader finds the same in it, if it is tagged; else whether it is JSON. */
static bool is_value(const sandbox_instance *self, bj_span json)
{
    char why[80];
    policy_work work = policy_work_unlimited(); /* as many steps as bytes */
    const size_t blobs = self->run.flags & BJ_EVAL_BLOBS ? self->blobs.given.count : 0;
    if (json.size > BELLJAR_VALUE_BYTES)
        return false;
    return self->run.flags & (BJ_EVAL_RICH | BJ_EVAL_BLOBS)
               ? tagged_read(json, blobs, NULL, NULL, NULL, &work, why, sizeof why)
               : bj_json_is_valid(json);
}

static int read_value(sandbox_instance *self, engine_memory memory, const uint8_t *record,
                      bj_receipt *receipt, bj_error *err)
{
    bj_span json, repr;
    if (!load_text(memory, record, BELLJAR_RESULT_VALUE, &json) ||
        !load_text(memory, record, BELLJAR_RESULT_REPR, &repr))
        return breaks_interface(self, "a value's text lies outside its memory", err);
    if (load_u32(record + BELLJAR_RESULT_VALUE) == 0)
        json.data = NULL;
    else if (!is_value(self, json))
        json.data = NULL;
    if (load_u32(record + BELLJAR_RESULT_REPR) == 0)
        repr.data = NULL;
    receipt->outcome = BJ_OUTCOME_OK;
    if (json.data && self->run.flags & BJ_EVAL_BLOBS)
        receipt->blobs = blobs_take_given(self);
    else if (!json.data && self->blobs.left_out)
        receipt_leave(&receipt->unfinished, RECEIPT_value, POLICY_UNFINISHED_bytes);
    return receipt_set_value(receipt, json, repr) < 0 ? bj_fail_memory(err) : 0;
}

static int read_record(sandbox_instance *self, uint32_t address, bj_receipt *receipt, bj_error *err)
{
    engine_memory memory = engine_instance_memory(self->engine);
    if (!in_memory(memory, address, BELLJAR_RESULT_BYTES))
        return breaks_interface(self, "its result lies outside its memory", err);
    const uint8_t *record = memory.base + address;
    switch (load_u32(record + BELLJAR_RESULT_STATUS)) {
    case BELLJAR_STATUS_OK:
        return read_value(self, memory, record, receipt, err);
    case BELLJAR_STATUS_INCOMPLETE:
        receipt->outcome = BJ_OUTCOME_INCOMPLETE;
        return 0;
    case BELLJAR_STATUS_EXIT:
        receipt->exit_code = (int)load_u32(record + BELLJAR_RESULT_EXIT_CODE);
        receipt->outcome = receipt->exit_code == 0 ? BJ_OUTCOME_OK : BJ_OUTCOME_EXIT;
        self->box->ended = true;
        return 0;
    case BELLJAR_STATUS_ERROR:
        return read_error(self, memory, record, receipt, err);
    default:
        return breaks_interface(self, "its result has an unknown status", err);
    }
}

/* The guest has no room for the source. */
static void source_too_large(sandbox_instance *self, engine_result *result)
{
    self->box->budget->used[POLICY_memory_bytes] = self->box->budget->allowed[POLICY_memory_bytes];
    policy_budget_cross(self->box->budget, POLICY_memory_bytes);
    *result = (engine_result){.status = ENGINE_LIMIT};
}

/* The export takes no more; what is longer than that fits nowhere. */
static uint32_t source_size(const sandbox_instance *self)
{
    return self->run.source.size < UINT32_MAX ? (uint32_t)self->run.source.size : UINT32_MAX;
}

static void begin_alloc(sandbox_instance *self)
{
    if (self->run.goal == GOAL_BOOTED) {
        self->run.stage = STAGE_END;
        return;
    }
    const uint32_t size = source_size(self);
    self->run.stage = STAGE_ALLOC;
    engine_instance_begin_call(self->engine, BELLJAR_EXPORT_ALLOC, &size, 1, true);
}

static int begin_eval(sandbox_instance *self, uint32_t address, bj_error *err)
{
    const uint32_t size = source_size(self);
    unsigned flags = self->run.flags;
    if (flags & BJ_EVAL_BLOBS)
        flags |= BELLJAR_EVAL_RICH;
    engine_memory memory = engine_instance_memory(self->engine);
    if (!in_memory(memory, address, size))
        return breaks_interface(self, "its buffer for source lies outside its memory", err);
    if (size > 0)
        memcpy(memory.base + address, self->run.source.data, size);
    if (self->untold)
        flags |= BELLJAR_EVAL_TOOLS;
    self->told |= self->untold;
    self->untold = false;
    const uint32_t args[] = {address, size, flags};
    self->run.stage = STAGE_EVAL;
    engine_instance_begin_call(self->engine, BELLJAR_EXPORT_EVAL, args, 3, true);
    return 0;
}

/* ---- One after the other. ---- */

void interpreter_begin(sandbox_instance *self)
{
    if (self->booted && self->renew) {
        begin_renew(self);
    } else if (self->booted) {
        begin_alloc(self);
    } else {
        self->run.stage = STAGE_START;
        engine_instance_begin_start(self->engine);
    }
}

int interpreter_next(sandbox_instance *self, uint32_t value, engine_result *result, bj_error *err)
{
    const bj_runtime *runtime = self->box->runtime;
    bj_receipt *receipt = self->run.receipt;
    const sandbox_stage stage = self->run.stage;
    self->run.stage = STAGE_END;
    switch (stage) {
    case STAGE_START:
        if (runtime->has_initialize)
            begin_call(self, STAGE_CONSTRUCTOR, BELLJAR_EXPORT_CONSTRUCTOR, false);
        else
            begin_call(self, STAGE_ABI, BELLJAR_EXPORT_ABI, true);
        return 0;
    case STAGE_CONSTRUCTOR:
        begin_call(self, STAGE_ABI, BELLJAR_EXPORT_ABI, true);
        return 0;
    case STAGE_ABI:
        if (check_abi(self, value, err) < 0)
            return -1;
        if (runtime->is_image)
            begin_thaw(self);
        else
            begin_call(self, STAGE_INIT, BELLJAR_EXPORT_INIT, true);
        return 0;
    case STAGE_INIT:
        if (value != 0)
            return refuses_to_start(self, err);
        begin_thaw(self);
        return 0;
    case STAGE_THAW:
        if (value != 0)
            return refuses_to_start(self, err);
        self->booted = true;
        begin_alloc(self);
        return 0;
    case STAGE_RENEW:
        if (value != 0)
            return refuses_to_start(self, err);
        self->renew = 0;
        /* An eval costs the same whatever was before it: receipts of deterministic sandboxes tell. */
        sandbox_count_anew(self);
        begin_alloc(self);
        return 0;
    case STAGE_ALLOC:
        if (value != 0 && self->run.source.size <= UINT32_MAX)
            return begin_eval(self, value, err);
        source_too_large(self, result);
        return 0;
    default:
        return read_record(self, value, receipt, err);
    }
}
