/*
 * conclude.c: what ended a run or eval, as a receipt.
 *
 * A sandbox that ended (a limit, a trap, an interrupt, an exit) is never entered again: its store may be
 * in any state.
 */
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/run/run.h"

/* For the digest of a deterministic run: some 0.1 ms. */
#define HASHED_AT_ONCE_BYTES 32768u

static void measure(sandbox_instance *self, bj_receipt *receipt)
{
    const sandbox_run *run = &self->run;
    receipt->usage = (bj_usage){
        .size = sizeof receipt->usage,
        .fuel_known = engine_instance_counts_fuel(self->engine),
        .wall_ns = bj_clock_monotonic_ns() - run->wall_ns,
        .cpu_ns = run->cpu_ns,
        /* It never shrinks. */
        .memory_peak_bytes =
            engine_instance_held_bytes(self->engine, engine_instance_memory(self->engine)),
        .output_bytes = self->box->budget->used[POLICY_output_bytes],
        .host_calls = self->box->budget->used[POLICY_host_calls],
        .file_bytes_written = wasi_file_bytes_written(self->wasi),
        .queued_ns = self->box->budget->world.own ? 0 : run->queued_ns,
    };
    self->box->budget->used[POLICY_wall_ms] = (receipt->usage.wall_ns - run->queued_ns) / 1000000;
    self->box->budget->used[POLICY_cpu_ms] = run->cpu_ns / 1000000;
    if (self->box->budget->world.own) {
        receipt->usage.wall_ns = self->box->budget->world.time_ns - run->world_ns;
        receipt->usage.cpu_ns = wasi_cpu_ns(self->wasi) - run->world_cpu_ns;
    }
    if (receipt->usage.fuel_known)
        receipt->usage.fuel = engine_instance_fuel_used(self->engine);
    for (int i = 0; i < 2; i++) {
        bj_stream stream = i == 0 ? BJ_STDOUT : BJ_STDERR;
        receipt->truncated[i] = wasi_output_truncated(self->wasi, stream);
        receipt->output[i] = wasi_take_output(self->wasi, stream);
    }
}

static void set_limit(sandbox_instance *self, bj_receipt *receipt)
{
    policy_limit limit = self->box->budget->culprit;
    receipt->outcome = BJ_OUTCOME_LIMIT;
    receipt->has_limit = true;
    receipt->limit = limit;
    receipt->limit_allowed = self->box->budget->allowed[limit];
    receipt->limit_used = self->box->budget->used[limit];
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
static void set_stop(sandbox_instance *self, bj_receipt *receipt)
{
    if (wasi_stopped(self->wasi) == WASI_STOP_EXIT) {
        receipt->exit_code = (int)wasi_exit_code(self->wasi);
        receipt->outcome = receipt->exit_code == 0 ? BJ_OUTCOME_OK : BJ_OUTCOME_EXIT;
    } else if (self->box->budget->crossed) {
        set_limit(self, receipt);
    } else {
        receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    }
}

static void find_changes(sandbox_instance *self, bj_receipt *receipt)
{
    sandbox_work work;
    sandbox_work_on_receipt(&work, self->box);
    vfs_tree_changes(self->box->tree, VFS_MARK, true, &work.work, &receipt->changes);
    vfs_tree_unmark(self->box->tree);
    sandbox_work_done(&work);
    receipt_leave(&receipt->unfinished, RECEIPT_files, receipt->changes.files);
    receipt_leave(&receipt->unfinished, RECEIPT_digests, receipt->changes.digests);
}

bool sandbox_concludes_at_once(const sandbox_instance *self)
{
    const uint64_t hashed = self->run.source.size + self->box->budget->used[POLICY_output_bytes] +
                            self->box->budget->used[POLICY_display_bytes] +
                            self->run.receipt->blobs.bytes + self->blobs.attached_bytes;
    return vfs_tree_is_quiet(self->box->tree) &&
           (!self->box->budget->world.own || hashed <= HASHED_AT_ONCE_BYTES);
}

int sandbox_conclude(sandbox_instance *self, const engine_result *result, bj_error *err)
{
    bj_receipt *receipt = self->run.receipt;
    measure(self, receipt);
    receipt->denials = wasi_take_denials(self->wasi);
    receipt->tool_uses = self->box->uses;
    self->box->uses = (tool_uses){0};
    receipt->displays = self->box->displays;
    self->box->displays = (displays){0};
    receipt_leave(&receipt->unfinished, RECEIPT_displays, receipt->displays.why);
    if (self->run.goal >= GOAL_EVALUATED)
        self->boot = (sandbox_boot){0};
    find_changes(self, receipt);
    if (result->status != ENGINE_RETURNED)
        self->box->ended = true;
    if (self->box->ended)
        wasi_clear_interrupt(self->wasi);
    switch (result->status) {
    case ENGINE_RETURNED:
        return 0;
    case ENGINE_STOPPED:
        set_stop(self, receipt);
        return 0;
    case ENGINE_LIMIT:
        set_limit(self, receipt);
        return 0;
    case ENGINE_TRAPPED:
        return set_trap(result, receipt, err);
    case ENGINE_FAILED:
        break;
    }
    return bj_fail(err, BJ_ERROR_ENGINE, "%s could not be run: %s", self->box->runtime->name,
                   result->message);
}
