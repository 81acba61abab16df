/*
 * steps.c: runs and evals, from their beginning to their receipts, in steps.
 *
 * A run or eval is a row of calls of the guest (sandbox_stage), each of which may pause: because the guest waits for a
 * tool, or sleeps, or because its slice of time is over. What is kept between two steps is in the sandbox (`run`) and in its
 * instance, nothing on any thread. There is one way: bj_sandbox_eval and bj_sandbox_run begin, step, and wait
 * themselves where the guest does.
 *
 * Time is the guest's own: its deadline is put off by every stretch in which it could have gone on and no thread took it,
 * so that whoever looks at the deadline sees the same, and nobody else need know.
 *
 * Who uses a sandbox is one number, `use`: free; taken by a thread; or begun, which only a step or the deletion may
 * take. Counters that belong to a run or eval begin anew with each; those of things that live on (files, descriptors)
 * do not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/object/sandbox.h"

/* Of the flags of an eval those that a caller may give. */
#define EVAL_FLAGS (BJ_EVAL_INTERACTIVE | BJ_EVAL_MODULE | BJ_EVAL_RICH | BJ_EVAL_BLOBS)

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)

/* A slice that must not end with the next tick, which may be a millisecond late. */
#define SHORT_SLICE_NS NS_PER_MS

/* ---------------------------------------------------------------- who uses it */

static bool take(bj_sandbox *box, int from)
{
    return atomic_compare_exchange_strong_explicit(&box->use, &from, SANDBOX_TAKEN,
                                                   memory_order_acquire, memory_order_relaxed);
}

static int is_busy(bj_error *err)
{
    return bj_fail(err, BJ_ERROR_BUSY,
                   "this sandbox is in use: by another thread, by a tool that it waits for, or by "
                   "an eval that was begun and is not done");
}

int sandbox_enter(bj_sandbox *box, bj_error *err)
{
    return take(box, SANDBOX_FREE) ? 0 : is_busy(err);
}

static void put_back(bj_sandbox *box, sandbox_use use)
{
    atomic_store_explicit(&box->use, use, memory_order_release);
}

void sandbox_leave(bj_sandbox *box)
{
    put_back(box, SANDBOX_FREE);
}

/* ---------------------------------------------------------------- beginning */

static int check_usable(const bj_sandbox *box, sandbox_goal goal, bj_error *err)
{
    const bool runs = goal == GOAL_RUN;
    if (box->runtime->kind != (runs ? BJ_RUNTIME_COMMAND : BJ_RUNTIME_INTERPRETER))
        return bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s is of another kind: use %s",
                       box->runtime->name, runs ? "bj_sandbox_eval" : "bj_sandbox_run");
    if (box->ended)
        return bj_fail(err, BJ_ERROR_ENDED, "this sandbox has ended: make a new one");
    return 0;
}

void sandbox_count_anew(bj_sandbox *box)
{
    box->budget->used[POLICY_fuel] = 0;
    box->budget->used[POLICY_host_calls] = box->boot.host_calls;
    engine_instance_refuel(box->instance, box->boot.fuel);
}

static void reset_counters(bj_sandbox *box)
{
    static const policy_limit per_run[] = {POLICY_wall_ms, POLICY_cpu_ms, POLICY_output_bytes,
                                           POLICY_displays, POLICY_display_bytes};
    for (size_t i = 0; i < sizeof per_run / sizeof *per_run; i++)
        box->budget->used[per_run[i]] = 0;
    box->budget->crossed = false;
    tools_begin(box);
    displays_clear(&box->displays);
    blobs_begin(box);
    vfs_tree_mark(box->tree);
    sandbox_count_anew(box);
}

/* When it begins, in a world of its own. */
static void set_world_times(bj_sandbox *box)
{
    const sandbox_boot *boot = &box->boot;
    if (!box->budget->world.own)
        return;
    const uint64_t now_ns = box->budget->world.time_ns, cpu_ns = wasi_cpu_ns(box->wasi);
    box->run.world_ns = boot->time_ns < now_ns ? now_ns - boot->time_ns : 0;
    box->run.world_cpu_ns = boot->cpu_ns < cpu_ns ? cpu_ns - boot->cpu_ns : 0;
}

int sandbox_begin(bj_sandbox *box, sandbox_goal goal, bj_span source, unsigned flags, bj_error *err)
{
    bj_receipt *receipt = NULL;
    int status = check_usable(box, goal, err);
    if (status == 0 && !(receipt = calloc(1, sizeof *receipt)))
        status = bj_fail_memory(err);
    if (status < 0) {
        if (goal >= GOAL_EVALUATED)
            blobs_end(box);
        return -1;
    }
    box->run = (sandbox_run){
        .goal = goal,
        .receipt = receipt,
        .source = source,
        .flags = flags & EVAL_FLAGS,
        .wall_ns = bj_clock_monotonic_ns(),
    };
    box->run.left_ns = box->run.wall_ns;
    set_world_times(box);
    box->deadline_ns = box->run.wall_ns + box->budget->allowed[POLICY_wall_ms] * NS_PER_MS;
    wasi_begin(box->wasi, box->deadline_ns, 0);
    reset_counters(box);
    if (goal == GOAL_RUN) {
        box->run.stage = STAGE_START;
        engine_instance_begin_start(box->instance);
    } else {
        interpreter_begin(box);
    }
    return 0;
}

void sandbox_drop_run(bj_sandbox *box)
{
    bj_receipt_delete(box->run.receipt);
    if (box->run.goal >= GOAL_EVALUATED)
        blobs_end(box);
    free(box->run.copy);
    free(box->run.left);
    box->run = (sandbox_run){.stage = STAGE_NONE};
}

/* ---------------------------------------------------------------- whose time it is */

/* Of a guest that waits: when its sleep is over, its tool's time, or its own. */
static uint64_t waits_until_ns(const bj_sandbox *box)
{
    const uint64_t until_ns =
        tools_are_waited_for(box) ? tools_until_ns(box) : wasi_sleeps_until_ns(box->wasi);
    return until_ns < box->deadline_ns ? until_ns : box->deadline_ns;
}

/* Since when the guest can go on; in the future where it still waits. */
static uint64_t ready_since_ns(const bj_sandbox *box)
{
    if (!box->run.waits)
        return box->run.left_ns;
    uint64_t ready_ns = waits_until_ns(box);
    const uint64_t answered_ns = tools_are_waited_for(box) ? tools_answered_ns(box) : UINT64_MAX;
    if (answered_ns < ready_ns)
        ready_ns = answered_ns;
    /* A tool may have answered before the step that waits for it was over. */
    return ready_ns > box->run.left_ns ? ready_ns : box->run.left_ns;
}

/* A thread takes it: what it waited for one is not its own. */
static void put_off_deadline(bj_sandbox *box, uint64_t now_ns)
{
    const uint64_t ready_ns = ready_since_ns(box);
    if (!box->run.stepped || ready_ns >= now_ns)
        return;
    box->run.queued_ns += now_ns - ready_ns;
    box->deadline_ns += now_ns - ready_ns;
}

static uint64_t cpu_left_ns(const bj_sandbox *box)
{
    const uint64_t allowed_ns = box->budget->allowed[POLICY_cpu_ms] * NS_PER_MS;
    if (allowed_ns == 0)
        return UINT64_MAX;
    return allowed_ns > box->run.cpu_ns ? allowed_ns - box->run.cpu_ns : 0;
}

/* ---------------------------------------------------------------- a step */

/* The stage's call has returned `value`. */
static int next_stage(bj_sandbox *box, engine_result *result, bj_error *err)
{
    sandbox_run *run = &box->run;
    if (run->goal != GOAL_RUN)
        return interpreter_next(box, result->value, result, err);
    if (run->stage == STAGE_START) {
        run->stage = STAGE_MAIN;
        engine_instance_begin_call(box->instance, "_start", NULL, 0, false);
    } else {
        run->stage = STAGE_END;
    }
    return 0;
}

/* From call to call, until there is none left, one does not return, or the guest pauses. */
static int go_on(bj_sandbox *box, engine_progress *progress, engine_result *result, bj_error *err)
{
    do {
        *progress = engine_instance_step(box->instance, result);
        if (*progress != ENGINE_ENDED || result->status != ENGINE_RETURNED)
            return 0;
        if (next_stage(box, result, err) < 0)
            return -1;
    } while (box->run.stage != STAGE_END);
    return 0;
}

static void enter_guest(bj_sandbox *box, uint64_t slice_ns)
{
    const uint64_t now_ns = bj_clock_monotonic_ns();
    const bool ends = slice_ns > 0 && slice_ns < UINT64_MAX - now_ns;
    put_off_deadline(box, now_ns);
    box->slice_end_ns = ends ? now_ns + slice_ns : UINT64_MAX;
    box->run.entered = true;
    box->run.step_cpu_ns = bj_clock_thread_cpu_ns();
    wasi_enter(box->wasi, &(wasi_stretch){.now_ns = now_ns,
                                          .cpu_now_ns = box->run.step_cpu_ns,
                                          .deadline_ns = box->deadline_ns,
                                          .cpu_left_ns = cpu_left_ns(box),
                                          .end_ns = box->slice_end_ns});
    engine_instance_look_up_at(box->instance,
                               ends && slice_ns < SHORT_SLICE_NS ? box->slice_end_ns : 0);
    engine_faults_keep();
}

static void leave_guest(bj_sandbox *box)
{
    const uint64_t now_ns = bj_clock_thread_cpu_ns();
    wasi_leave(box->wasi, now_ns);
    box->run.cpu_ns += now_ns - box->run.step_cpu_ns;
}

/* The run goes on with another step. */
static bj_step pause_run(bj_sandbox *box, engine_progress progress)
{
    box->run.left_ns = bj_clock_monotonic_ns();
    box->run.waits = progress == ENGINE_WAITS;
    return box->run.waits ? BJ_STEP_WAITS : BJ_STEP_YIELDED;
}

/* When the time that the guest waits for, or a limit, will have come, in whole milliseconds. */
static uint64_t time_to_wait(const bj_sandbox *box)
{
    const uint64_t now_ns = box->run.left_ns, until_ns = waits_until_ns(box);
    return until_ns > now_ns ? (until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
}

/* An interrupt that came before anything ran. */
static bool interrupted_before(bj_sandbox *box)
{
    bj_receipt *receipt = box->run.receipt;
    if (box->run.entered || !wasi_interrupted(box->wasi))
        return false;
    wasi_clear_interrupt(box->wasi);
    vfs_tree_unmark(box->tree);
    box->ended = true;
    receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    receipt->usage.size = sizeof receipt->usage;
    return true;
}

/* The guest has come to an end, or the interface was broken (`status` -1): the run is over in any case. */
static bj_step end(bj_sandbox *box, int status, const engine_result *result, bj_receipt **receipt,
                   bj_error *err)
{
    sandbox_run *run = &box->run;
    if (status == 0)
        status = sandbox_conclude(box, result, err);
    if (status < 0 || run->goal == GOAL_RUN)
        box->ended = true;
    if (status == 0 && run->goal >= GOAL_EVALUATED && box->budget->world.own)
        receipt_set_digest(run->receipt, box, run->source);
    if (status == 0) {
        *receipt = run->receipt;
        run->receipt = NULL;
    }
    sandbox_drop_run(box);
    return status == 0 ? BJ_STEP_DONE : BJ_STEP_FAILED;
}

/* The guest has ended: what is left is another step's. False: there is no memory to keep it for that. */
static bool leave_receipt(bj_sandbox *box, const engine_result *result)
{
    box->run.left = malloc(sizeof *result);
    if (!box->run.left)
        return false;
    *box->run.left = *result;
    (void)pause_run(box, ENGINE_YIELDED);
    return true;
}

/* Makes the receipt that the last step has left. An interrupt that has come since then was for this run. */
static bj_step end_what_was_left(bj_sandbox *box, bj_receipt **receipt, bj_error *err)
{
    bj_autofree engine_result *result = bj_steal(&box->run.left);
    put_off_deadline(box, bj_clock_monotonic_ns());
    const bj_step step = end(box, 0, result, receipt, err);
    wasi_clear_interrupt(box->wasi);
    return step;
}

/* As bj_sandbox_step_us, entered, for `slice_ns`, 0 for as long as it takes; the guest may wait for stdin. `brief`: for a
 * thread that has no time for a receipt that takes long. */
static bj_step step_on(bj_sandbox *box, uint64_t slice_ns, bool brief, bj_receipt **receipt,
                       uint64_t *wait_ms, bj_error *err)
{
    engine_progress progress;
    engine_result result;
    if (box->run.left)
        return end_what_was_left(box, receipt, err);
    if (interrupted_before(box)) {
        *receipt = box->run.receipt;
        box->run.receipt = NULL;
        sandbox_drop_run(box);
        return BJ_STEP_DONE;
    }
    enter_guest(box, slice_ns);
    const int status = go_on(box, &progress, &result, err);
    leave_guest(box);
    const bool ended = status < 0 || progress == ENGINE_ENDED;
    if (ended && status == 0 && brief && !sandbox_concludes_at_once(box) &&
        leave_receipt(box, &result))
        return BJ_STEP_YIELDED;
    if (ended)
        return end(box, status, &result, receipt, err);
    const bj_step step = pause_run(box, progress);
    if (step == BJ_STEP_WAITS && wait_ms)
        *wait_ms = time_to_wait(box);
    return step;
}

bj_receipt *sandbox_finish(bj_sandbox *box, bj_error *err)
{
    bj_receipt *receipt = NULL;
    bj_step step;
    while ((step = step_on(box, 0, false, &receipt, NULL, err)) == BJ_STEP_WAITS)
        if (tools_are_waited_for(box))
            tools_await(box);
        else
            wasi_await(box->wasi);
    return step == BJ_STEP_DONE ? receipt : NULL;
}

/* Nobody has seen this receipt. */
static void keep_for_the_next(bj_sandbox *box, const bj_usage *used)
{
    box->boot = (sandbox_boot){.fuel = used->fuel,
                               .host_calls = used->host_calls,
                               .time_ns = used->wall_ns,
                               .cpu_ns = used->cpu_ns};
}

int sandbox_bring_to(bj_sandbox *box, sandbox_goal goal, bj_error *err)
{
    const bool boots = !box->booted;
    if (sandbox_begin(box, goal, (bj_span){NULL, 0}, 0, err) < 0)
        return -1;
    bj_receipt *receipt = sandbox_finish(box, err);
    if (!receipt)
        return -1;
    int status = 0;
    if (box->ended)
        status = bj_fail(err, BJ_ERROR_GUEST, "%s did not start (%s): %.120s", box->runtime->name,
                         bj_outcome_name(receipt->outcome), bj_receipt_stderr(receipt, NULL));
    if (boots && box->budget->world.own)
        keep_for_the_next(box, &receipt->usage);
    bj_receipt_delete(receipt);
    return status;
}

/* ---------------------------------------------------------------- at once */

static bj_receipt *do_at_once(bj_sandbox *box, sandbox_goal goal, bj_span source, unsigned flags,
                              bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return NULL;
    bj_receipt *receipt = NULL;
    if (sandbox_begin(box, goal, source, flags, err) == 0)
        receipt = sandbox_finish(box, err);
    sandbox_leave(box);
    return receipt;
}

BJ_API bj_receipt *bj_sandbox_eval_as(bj_sandbox *box, const char *source, size_t size,
                                      unsigned flags, bj_error *err)
{
    return do_at_once(box, GOAL_EVALUATED, (bj_span){source, size}, flags, err);
}

BJ_API bj_receipt *bj_sandbox_eval(bj_sandbox *box, const char *source, size_t size, bj_error *err)
{
    return bj_sandbox_eval_as(box, source, size, 0, err);
}

BJ_API bj_receipt *bj_sandbox_run(bj_sandbox *box, bj_error *err)
{
    return do_at_once(box, GOAL_RUN, (bj_span){NULL, 0}, 0, err);
}

/* ---------------------------------------------------------------- step by step */

/* `copy` is taken over where it succeeds. */
static int begin_steps(bj_sandbox *box, sandbox_goal goal, bj_span source, char *copy,
                       unsigned flags, bj_wake_fn wake, void *user, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    if (sandbox_begin(box, goal, source, flags, err) < 0) {
        sandbox_leave(box);
        return -1;
    }
    box->run.stepped = true;
    box->run.copy = copy;
    box->run.wake = wake;
    box->run.wake_user = user;
    put_back(box, SANDBOX_BEGUN);
    return 0;
}

int sandbox_begin_steps(bj_sandbox *box, bj_span source, unsigned flags, bj_wake_fn wake,
                        void *user, bj_error *err)
{
    const bool runs = box->runtime->kind == BJ_RUNTIME_COMMAND;
    return begin_steps(box, runs ? GOAL_RUN : GOAL_EVALUATED, source, NULL, flags, wake, user, err);
}

BJ_API int bj_sandbox_begin_eval(bj_sandbox *box, const char *source, size_t size, unsigned flags,
                                 bj_wake_fn wake, void *user, bj_error *err)
{
    char *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        return bj_fail_memory(err);
    if (size > 0)
        memcpy(copy, source, size);
    const bj_span own = {copy, size};
    const int status = begin_steps(box, GOAL_EVALUATED, own, copy, flags, wake, user, err);
    if (status < 0)
        free(copy);
    return status;
}

BJ_API int bj_sandbox_begin_run(bj_sandbox *box, bj_wake_fn wake, void *user, bj_error *err)
{
    return begin_steps(box, GOAL_RUN, (bj_span){NULL, 0}, NULL, 0, wake, user, err);
}

static int take_begun(bj_sandbox *box, bj_error *err)
{
    if (take(box, SANDBOX_BEGUN))
        return 0;
    if (atomic_load_explicit(&box->use, memory_order_relaxed) != SANDBOX_FREE)
        return is_busy(err);
    return bj_fail(err, BJ_ERROR_ARGUMENT,
                   "nothing was begun in this sandbox: see bj_sandbox_begin_eval");
}

/* `unit_ns` is what `slice` is told in. */
static bj_step take_step(bj_sandbox *box, uint64_t slice, uint64_t unit_ns, bj_receipt **receipt,
                         uint64_t *wait_ms, bj_error *err)
{
    const uint64_t slice_ns = slice < UINT64_MAX / unit_ns ? slice * unit_ns : 0;
    const bool brief = unit_ns < NS_PER_MS;
    const bj_step step = step_on(box, slice_ns, brief, receipt, wait_ms, err);
    put_back(box, step == BJ_STEP_WAITS || step == BJ_STEP_YIELDED ? SANDBOX_BEGUN : SANDBOX_FREE);
    return step;
}

BJ_API bj_step bj_sandbox_step(bj_sandbox *box, uint64_t slice_ms, bj_receipt **receipt,
                               uint64_t *wait_ms, bj_error *err)
{
    if (take_begun(box, err) < 0)
        return BJ_STEP_FAILED;
    return take_step(box, slice_ms, NS_PER_MS, receipt, wait_ms, err);
}

BJ_API bj_step bj_sandbox_step_us(bj_sandbox *box, uint64_t slice_us, bj_receipt **receipt,
                                  uint64_t *wait_ms, bj_error *err)
{
    if (take_begun(box, err) < 0)
        return BJ_STEP_FAILED;
    if (!wasi_may_wait_for_stdin(box->wasi))
        return take_step(box, slice_us, NS_PER_US, receipt, wait_ms, err);
    put_back(box, SANDBOX_BEGUN);
    return BJ_STEP_YIELDED;
}

BJ_API bj_receipt *bj_sandbox_finish(bj_sandbox *box, bj_error *err)
{
    if (take_begun(box, err) < 0)
        return NULL;
    box->run.wake = NULL;
    bj_receipt *receipt = sandbox_finish(box, err);
    put_back(box, SANDBOX_FREE);
    return receipt;
}
