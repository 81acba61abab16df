/*
 * sandbox.c: one isolated instance, from its making to its receipts.
 *
 * A sandbox that ended (a limit, a trap, an interrupt, an exit) is never entered again: its store may be
 * in any state. Counters that belong to a run or eval begin anew with each; those of things that
 * live on (files, descriptors) do not.
 */
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/internal.h"

/* ---- Making one. ---- */

#define GUEST_DEV "/dev" /* null, zero and urandom */

/* Interpreters see the devices in any case, commands where they are granted; a directory that is granted
 * at /dev or below leaves no place for them. */
static bool sees_devices(const bj_sandbox *box)
{
    const bj_grants *grants = box->grants;
    if (box->runtime->kind != BJ_RUNTIME_INTERPRETER && !grants->devices)
        return false;
    const size_t size = strlen(GUEST_DEV);
    for (size_t i = 0; i < grants->mount_count; i++) {
        const char *guest = grants->mounts[i].guest + strspn(grants->mounts[i].guest, "/") - 1;
        if (strncmp(guest, GUEST_DEV, size) == 0 && (!guest[size] || guest[size] == '/'))
            return false;
    }
    return true;
}

static int mount_archive(bj_sandbox *box, const policy_mount *mount, bj_error *err)
{
    vfs_archive *archive = vfs_archive_open(mount->host, err);
    if (!archive)
        return -1;
    int status = vfs_tree_mount_archive(box->tree, archive, mount->guest, err);
    vfs_archive_release(archive);
    return status;
}

static int mount_grant(bj_sandbox *box, const policy_mount *mount, bj_error *err)
{
    switch (mount->kind) {
    case POLICY_MOUNT_TMP:
        return vfs_tree_mount_tmp(box->tree, mount->guest, mount->bytes, err);
    case POLICY_MOUNT_ARCHIVE:
        return mount_archive(box, mount, err);
    case POLICY_MOUNT_DIR:
        break;
    }
    if (mount->mode == BJ_OVERLAY)
        return vfs_tree_mount_overlay(box->tree, mount->host, mount->guest, 0, err);
    return vfs_tree_mount_host(box->tree, mount->host, mount->guest,
                               mount->mode == BJ_READ_WRITE ? VFS_HOST_WRITABLE : 0, err);
}

static int mount_all(bj_sandbox *box, bj_error *err)
{
    const bj_runtime *runtime = box->runtime;
    if (vfs_tree_mount_memory(box->tree, BELLJAR_GUEST_WORK, err) < 0)
        return -1;
    if (runtime->library &&
        vfs_tree_mount_archive(box->tree, runtime->library, BELLJAR_GUEST_LIB, err) < 0)
        return -1;
    if (sees_devices(box) && vfs_tree_mount_devices(box->tree, GUEST_DEV, err) < 0)
        return -1;
    for (size_t i = 0; i < box->grants->mount_count; i++)
        if (mount_grant(box, &box->grants->mounts[i], err) < 0)
            return -1;
    return 0;
}

/* An interpreter sees the whole tree and starts in /work by itself. A command finds its working
 * directory by the name ".", as WASI programs expect, and what was granted by its path. */
static int open_wasi(bj_sandbox *box, bool for_image, bj_error *err)
{
    size_t count = 0, most = box->grants->mount_count + 3;
    bj_autofree struct wasi_preopen *preopens = calloc(most, sizeof *preopens);
    if (!preopens)
        return bj_fail_memory(err);
    if (box->runtime->kind == BJ_RUNTIME_INTERPRETER) {
        preopens[count++] = (struct wasi_preopen){"/", "/"};
    } else {
        preopens[count++] = (struct wasi_preopen){BELLJAR_GUEST_WORK, "."};
        preopens[count++] = (struct wasi_preopen){BELLJAR_GUEST_WORK, BELLJAR_GUEST_WORK};
        for (size_t i = 0; i < box->grants->mount_count; i++) {
            const char *guest = box->grants->mounts[i].guest;
            preopens[count++] = (struct wasi_preopen){guest, guest};
        }
        if (sees_devices(box))
            preopens[count++] = (struct wasi_preopen){GUEST_DEV, GUEST_DEV};
    }
    const bj_grants *grants = box->grants;
    wasi_setup setup = {
        .budget = &box->budget,
        .tree = box->tree,
        .preopens = preopens,
        .preopen_count = count,
        .args = (const char *const *)grants->args.items,
        .arg_count = grants->args.count,
        .env = (const char *const *)grants->env.items,
        .env_count = grants->env.count,
        .stdin_fd = grants->stdin_fd,
        .stdin_bytes = {bj_buffer_text(&grants->stdin_bytes), grants->stdin_bytes.size},
        .on_output = grants->on_output,
        .on_output_user = grants->on_output_user,
        .on_event = grants->on_audit ? audit_event : NULL,
        .on_event_user = box,
        .for_image = for_image,
    };
    box->wasi = wasi_context_new(&setup, err);
    return box->wasi ? 0 : -1;
}

static int set_up(bj_sandbox *box, const bj_policy *policy, bool for_image, bj_error *err)
{
    policy_budget_init(&box->budget, policy);
    box->grants = policy_grants_copy(policy->grants);
    box->tree = vfs_tree_new(&box->budget);
    if (!box->grants || !box->tree)
        return bj_fail_memory(err);
    if (mount_all(box, err) < 0 || open_wasi(box, for_image, err) < 0)
        return -1;
    box->instance = engine_instance_new(box->runtime->module, &box->budget, box, err);
    return box->instance ? 0 : -1;
}

bj_sandbox *sandbox_make(bj_runtime *runtime, const bj_policy *policy, bool for_image,
                         bj_error *err)
{
    if (bj_policy_check(policy, err) < 0)
        return NULL;
    if (runtime->kind == BJ_RUNTIME_LIBRARY) {
        bj_fail(err, BJ_ERROR_UNSUPPORTED,
                "%s exports no _start function: build it as a WASI command", runtime->name);
        return NULL;
    }
    bj_sandbox *box = calloc(1, sizeof *box);
    if (!box) {
        bj_fail_memory(err);
        return NULL;
    }
    box->runtime = runtime;
    if (set_up(box, policy, for_image, err) < 0) {
        bj_sandbox_delete(box);
        return NULL;
    }
    return box;
}

BJ_API bj_sandbox *bj_sandbox_new(bj_runtime *runtime, const bj_policy *policy, bj_error *err)
{
    return sandbox_make(runtime, policy, false, err);
}

BJ_API void bj_sandbox_delete(bj_sandbox *box)
{
    if (!box)
        return;
    engine_instance_delete(box->instance);
    wasi_context_delete(box->wasi);
    vfs_tree_release(box->tree);
    policy_grants_delete(box->grants);
    free(box);
}

/* ---- Running it. ---- */

sandbox_run sandbox_begin(bj_sandbox *box)
{
    static const policy_limit per_run[] = {POLICY_wall_ms, POLICY_fuel, POLICY_output_bytes,
                                           POLICY_host_calls};
    for (size_t i = 0; i < sizeof per_run / sizeof *per_run; i++)
        box->budget.used[per_run[i]] = 0;
    box->budget.crossed = false;
    sandbox_run now = {bj_clock_monotonic_ns(), bj_clock_thread_cpu_ns()};
    box->deadline_ns = now.wall_ns + box->budget.allowed[POLICY_wall_ms] * 1000000;
    wasi_begin(box->wasi, box->deadline_ns);
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
        .output_bytes = box->budget.used[POLICY_output_bytes],
        .host_calls = box->budget.used[POLICY_host_calls],
        .file_bytes_written = wasi_file_bytes_written(box->wasi),
    };
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
    policy_limit limit = box->budget.culprit;
    receipt->outcome = BJ_OUTCOME_LIMIT;
    receipt->has_limit = true;
    receipt->limit = limit;
    receipt->limit_allowed = box->budget.allowed[limit];
    receipt->limit_used =
        limit == POLICY_wall_ms ? receipt->usage.wall_ns / 1000000 : box->budget.used[limit];
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
    } else if (box->budget.crossed) {
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
    box->ended = true;
    receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    receipt->usage.size = sizeof receipt->usage;
    return true;
}

BJ_API bj_receipt *bj_sandbox_eval_as(bj_sandbox *box, const char *source, size_t size,
                                      unsigned flags, bj_error *err)
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
    if (interpreter_eval(box, (bj_span){source, size}, flags, &result, receipt, err) < 0 ||
        sandbox_conclude(box, &result, &began, receipt, err) < 0) {
        box->ended = true;
        bj_receipt_delete(receipt);
        return NULL;
    }
    return receipt;
}

BJ_API bj_receipt *bj_sandbox_eval(bj_sandbox *box, const char *source, size_t size, bj_error *err)
{
    return bj_sandbox_eval_as(box, source, size, 0, err);
}

BJ_API bj_receipt *bj_sandbox_run(bj_sandbox *box, bj_error *err)
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
    return receipt;
}

BJ_API bool bj_sandbox_has_ended(const bj_sandbox *box)
{
    return box->ended;
}

BJ_API void bj_sandbox_interrupt(bj_sandbox *box)
{
    wasi_interrupt(box->wasi);
    engine_instance_wake(box->instance);
}

BJ_API int64_t bj_sandbox_copy_out(bj_sandbox *box, const char *guest, const char *host,
                                   bj_error *err)
{
    return vfs_copy_out(box->tree, guest, host, err);
}
