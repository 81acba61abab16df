/*
 * sandbox.c: what ended a run or eval, as a receipt; what is asked of a sandbox besides.
 *
 * A sandbox that ended (a limit, a trap, an interrupt, an exit) is never entered again: its store may be
 * in any state.
 */
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/object/sandbox.h"

/* For the digest of a deterministic run: some 0.1 ms. */
#define HASHED_AT_ONCE_BYTES 32768u

static void measure(bj_sandbox *box, bj_receipt *receipt)
{
    const sandbox_run *run = &box->run;
    receipt->usage = (bj_usage){
        .size = sizeof receipt->usage,
        .fuel_known = engine_instance_counts_fuel(box->instance),
        .wall_ns = bj_clock_monotonic_ns() - run->wall_ns,
        .cpu_ns = run->cpu_ns,
        /* It never shrinks. */
        .memory_peak_bytes =
            engine_instance_held_bytes(box->instance, engine_instance_memory(box->instance)),
        .output_bytes = box->budget->used[POLICY_output_bytes],
        .host_calls = box->budget->used[POLICY_host_calls],
        .file_bytes_written = wasi_file_bytes_written(box->wasi),
        .queued_ns = box->budget->world.own ? 0 : run->queued_ns,
    };
    box->budget->used[POLICY_wall_ms] = (receipt->usage.wall_ns - run->queued_ns) / 1000000;
    box->budget->used[POLICY_cpu_ms] = run->cpu_ns / 1000000;
    if (box->budget->world.own) {
        receipt->usage.wall_ns = box->budget->world.time_ns - run->world_ns;
        receipt->usage.cpu_ns = wasi_cpu_ns(box->wasi) - run->world_cpu_ns;
    }
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
    receipt->limit_used = box->budget->used[limit];
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

static void find_changes(bj_sandbox *box, bj_receipt *receipt)
{
    sandbox_work work;
    sandbox_work_on_receipt(&work, box);
    vfs_tree_changes(box->tree, VFS_MARK, true, &work.work, &receipt->changes);
    vfs_tree_unmark(box->tree);
    sandbox_work_done(&work);
    receipt_leave(&receipt->unfinished, RECEIPT_files, receipt->changes.files);
    receipt_leave(&receipt->unfinished, RECEIPT_digests, receipt->changes.digests);
}

bool sandbox_concludes_at_once(const bj_sandbox *box)
{
    const uint64_t hashed = box->run.source.size + box->budget->used[POLICY_output_bytes] +
                            box->budget->used[POLICY_display_bytes] +
                            box->run.receipt->blobs.bytes + box->blobs.attached_bytes;
    return vfs_tree_is_quiet(box->tree) &&
           (!box->budget->world.own || hashed <= HASHED_AT_ONCE_BYTES);
}

int sandbox_conclude(bj_sandbox *box, const engine_result *result, bj_error *err)
{
    bj_receipt *receipt = box->run.receipt;
    measure(box, receipt);
    receipt->denials = wasi_take_denials(box->wasi);
    receipt->tool_uses = box->tools.uses;
    box->tools.uses = (tool_uses){0};
    receipt->displays = box->displays;
    box->displays = (displays){0};
    receipt_leave(&receipt->unfinished, RECEIPT_displays, receipt->displays.why);
    if (box->run.goal >= GOAL_EVALUATED)
        box->boot = (sandbox_boot){0};
    find_changes(box, receipt);
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
    sandbox_work work;
    sandbox_work_asked_for(&work, box);
    const int64_t count = vfs_copy_out(box->tree, guest, host, &work.work, err);
    sandbox_work_done(&work);
    sandbox_leave(box);
    return count;
}
