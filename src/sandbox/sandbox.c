/*
 * sandbox.c: runs and evals, from their beginning to their receipts.
 *
 * A sandbox that ended (a limit, a trap, an interrupt, an exit) is never entered again: its store may be
 * in any state. Counters that belong to a run or eval begin anew with each; those of things that
 * live on (files, descriptors) do not.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/internal.h"

/* Of the flags of an eval those that a caller may give. */
#define EVAL_FLAGS (BJ_EVAL_INTERACTIVE | BJ_EVAL_MODULE | BJ_EVAL_RICH)

int sandbox_enter(bj_sandbox *box, bj_error *err)
{
    if (!atomic_flag_test_and_set_explicit(&box->busy, memory_order_acquire))
        return 0;
    return bj_fail(err, BJ_ERROR_BUSY,
                   "this sandbox is in use, by another thread or by a tool that it waits for");
}

void sandbox_leave(bj_sandbox *box)
{
    atomic_flag_clear_explicit(&box->busy, memory_order_release);
}

sandbox_run sandbox_begin(bj_sandbox *box)
{
    static const policy_limit per_run[] = {POLICY_wall_ms, POLICY_fuel, POLICY_output_bytes,
                                           POLICY_host_calls};
    for (size_t i = 0; i < sizeof per_run / sizeof *per_run; i++)
        box->budget->used[per_run[i]] = 0;
    box->budget->crossed = false;
    sandbox_run now = {bj_clock_monotonic_ns(), bj_clock_thread_cpu_ns(),
                       box->budget->world.time_ns};
    box->deadline_ns = now.wall_ns + box->budget->allowed[POLICY_wall_ms] * 1000000;
    wasi_begin(box->wasi, box->deadline_ns, now.cpu_ns);
    tools_begin(box);
    vfs_tree_mark(box->tree);
    engine_instance_refuel(box->instance);
    return now;
}

static void measure(bj_sandbox *box, const sandbox_run *began, bj_receipt *receipt)
{
    receipt->usage = (bj_usage){
        .size = sizeof receipt->usage,
        .fuel_known = engine_instance_counts_fuel(box->instance),
        .wall_ns = bj_clock_monotonic_ns() - began->wall_ns,
        .cpu_ns = bj_clock_thread_cpu_ns() - began->cpu_ns,
        .memory_peak_bytes = engine_instance_memory(box->instance).size, /* it never shrinks */
        .output_bytes = box->budget->used[POLICY_output_bytes],
        .host_calls = box->budget->used[POLICY_host_calls],
        .file_bytes_written = wasi_file_bytes_written(box->wasi),
    };
    if (box->budget->world.own)
        receipt->usage.wall_ns = receipt->usage.cpu_ns =
            box->budget->world.time_ns - began->world_ns;
    if (receipt->usage.fuel_known)
        receipt->usage.fuel = engine_instance_fuel_used(box->instance);
    for (int i = 0; i < 2; i++) {
        bj_stream stream = i == 0 ? BJ_STDOUT : BJ_STDERR;
        receipt->truncated[i] = wasi_output_truncated(box->wasi, stream);
        receipt->output[i] = wasi_take_output(box->wasi, stream);
    }
}

static void set_limit(bj_sandbox *box, bj_receipt *receipt)
{
    policy_limit limit = box->budget->culprit;
    receipt->outcome = BJ_OUTCOME_LIMIT;
    receipt->has_limit = true;
    receipt->limit = limit;
    receipt->limit_allowed = box->budget->allowed[limit];
    receipt->limit_used =
        limit == POLICY_wall_ms ? receipt->usage.wall_ns / 1000000 : box->budget->used[limit];
}

static int set_trap(const engine_result *result, bj_receipt *receipt, bj_error *err)
{
    receipt->outcome = BJ_OUTCOME_TRAP;
    return receipt_set_error(receipt, bj_span_of("trap"), bj_span_of(result->message),
                             bj_span_of(result->backtrace)) < 0
               ? bj_fail_memory(err)
               : 0;
}

/* Why the host unwound the guest. */
static void set_stop(bj_sandbox *box, bj_receipt *receipt)
{
    if (wasi_stopped(box->wasi) == WASI_STOP_EXIT) {
        receipt->exit_code = (int)wasi_exit_code(box->wasi);
        receipt->outcome = receipt->exit_code == 0 ? BJ_OUTCOME_OK : BJ_OUTCOME_EXIT;
    } else if (box->budget->crossed) {
        set_limit(box, receipt);
    } else {
        receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    }
}

int sandbox_conclude(bj_sandbox *box, const engine_result *result, const sandbox_run *began,
                     bj_receipt *receipt, bj_error *err)
{
    measure(box, began, receipt);
    receipt->denials = wasi_take_denials(box->wasi);
    receipt->tool_uses = box->tools.uses;
    box->tools.uses = (tool_uses){0};
    int status = vfs_tree_changes(box->tree, VFS_MARK, true, &receipt->changes, err);
    vfs_tree_unmark(box->tree);
    if (status < 0)
        return -1;
    if (result->status != ENGINE_RETURNED)
        box->ended = true;
    if (box->ended)
        wasi_clear_interrupt(box->wasi);
    switch (result->status) {
    case ENGINE_RETURNED:
        return 0;
    case ENGINE_STOPPED:
        set_stop(box, receipt);
        return 0;
    case ENGINE_LIMIT:
        set_limit(box, receipt);
        return 0;
    case ENGINE_TRAPPED:
        return set_trap(result, receipt, err);
    case ENGINE_FAILED:
        break;
    }
    return bj_fail(err, BJ_ERROR_ENGINE, "%s could not be run: %s", box->runtime->name,
                   result->message);
}

int sandbox_boot(bj_sandbox *box, bj_error *err)
{
    if (box->booted)
        return 0;
    bj_receipt *receipt = calloc(1, sizeof *receipt);
    if (!receipt)
        return bj_fail_memory(err);
    engine_result result;
    sandbox_run began = sandbox_begin(box);
    int status = interpreter_boot(box, &result, receipt, err);
    if (status == 0)
        status = sandbox_conclude(box, &result, &began, receipt, err);
    if (status == 0 && !box->booted)
        status = bj_fail(err, BJ_ERROR_GUEST, "%s did not start (%s): %.120s", box->runtime->name,
                         bj_outcome_name(receipt->outcome), bj_receipt_stderr(receipt, NULL));
    bj_receipt_delete(receipt);
    return status;
}

static int check_usable(const bj_sandbox *box, bj_runtime_kind kind, const char *instead,
                        bj_error *err)
{
    if (box->runtime->kind != kind)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s is of another kind: use %s",
                       box->runtime->name, instead);
    if (box->ended)
        return bj_fail(err, BJ_ERROR_ENDED, "this sandbox has ended: make a new one");
    return 0;
}

/* An interrupt that came while nothing ran. */
static bool interrupted_before(bj_sandbox *box, bj_receipt *receipt)
{
    if (!wasi_interrupted(box->wasi))
        return false;
    wasi_clear_interrupt(box->wasi);
    box->ended = true;
    receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    receipt->usage.size = sizeof receipt->usage;
    return true;
}

static bj_receipt *eval(bj_sandbox *box, bj_span source, unsigned flags, bj_error *err)
{
    if (check_usable(box, BJ_RUNTIME_INTERPRETER, "bj_sandbox_run", err) < 0)
        return NULL;
    bj_receipt *receipt = calloc(1, sizeof *receipt);
    if (!receipt) {
        bj_fail_memory(err);
        return NULL;
    }
    if (interrupted_before(box, receipt))
        return receipt;
    engine_result result;
    sandbox_run began = sandbox_begin(box);
    if (interpreter_eval(box, source, flags, &result, receipt, err) < 0 ||
        sandbox_conclude(box, &result, &began, receipt, err) < 0) {
        box->ended = true;
        bj_receipt_delete(receipt);
        return NULL;
    }
    if (box->budget->world.own)
        receipt_set_digest(receipt, box, source);
    return receipt;
}

BJ_API bj_receipt *bj_sandbox_eval_as(bj_sandbox *box, const char *source, size_t size,
                                      unsigned flags, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return NULL;
    bj_receipt *receipt = eval(box, (bj_span){source, size}, flags & EVAL_FLAGS, err);
    sandbox_leave(box);
    return receipt;
}

BJ_API bj_receipt *bj_sandbox_eval(bj_sandbox *box, const char *source, size_t size, bj_error *err)
{
    return bj_sandbox_eval_as(box, source, size, 0, err);
}

static bj_receipt *run(bj_sandbox *box, bj_error *err)
{
    if (check_usable(box, BJ_RUNTIME_COMMAND, "bj_sandbox_eval", err) < 0)
        return NULL;
    bj_receipt *receipt = calloc(1, sizeof *receipt);
    if (!receipt) {
        bj_fail_memory(err);
        return NULL;
    }
    if (interrupted_before(box, receipt))
        return receipt;
    sandbox_run began = sandbox_begin(box);
    engine_result result = engine_instance_start(box->instance);
    if (result.status == ENGINE_RETURNED)
        result = engine_instance_call(box->instance, "_start", NULL, 0, false);
    int status = sandbox_conclude(box, &result, &began, receipt, err);
    box->ended = true;
    if (status < 0) {
        bj_receipt_delete(receipt);
        return NULL;
    }
    if (box->budget->world.own)
        receipt_set_digest(receipt, box, (bj_span){NULL, 0});
    return receipt;
}

BJ_API bj_receipt *bj_sandbox_run(bj_sandbox *box, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return NULL;
    bj_receipt *receipt = run(box, err);
    sandbox_leave(box);
    return receipt;
}

BJ_API bool bj_sandbox_has_ended(const bj_sandbox *box)
{
    return box->ended;
}

BJ_API void bj_sandbox_interrupt(bj_sandbox *box)
{
    wasi_interrupt(box->wasi);
    engine_wake(box->waker);
}

BJ_API int64_t bj_sandbox_copy_out(bj_sandbox *box, const char *guest, const char *host,
                                   bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int64_t count = vfs_copy_out(box->tree, guest, host, err);
    sandbox_leave(box);
    return count;
}
