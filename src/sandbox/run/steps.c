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
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/run/run.h"

/* Of the flags of an eval those that a caller may give. */
#define EVAL_FLAGS (unsigned)(BJ_EVAL_INTERACTIVE | BJ_EVAL_MODULE | BJ_EVAL_RICH | BJ_EVAL_BLOBS)

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)

/* A slice that must not end with the next tick, which may be a millisecond late. */
#define SHORT_SLICE_NS NS_PER_MS

/* ---------------------------------------------------------------- beginning */

static int check_usable(const sandbox_instance *self, sandbox_goal goal, bj_error *err)
{
    const bool runs = goal == GOAL_RUN;
    if (self->box->runtime->kind != (runs ? BJ_RUNTIME_COMMAND : BJ_RUNTIME_INTERPRETER))
        return bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s is of another kind: use %s",
                       self->box->runtime->name, runs ? "bj_sandbox_eval" : "bj_sandbox_run");
    if (self->box->ended)
        return bj_fail(err, BJ_ERROR_ENDED, "this sandbox has ended: make a new one");
    return 0;
}

/* When it begins, in a world of its own. */
static void set_world_times(sandbox_instance *self)
{
    const sandbox_boot *boot = &self->boot;
    if (!self->box->budget->world.own)
        return;
    const uint64_t now_ns = self->box->budget->world.time_ns, cpu_ns = wasi_cpu_ns(self->wasi);
    self->run.world_ns = boot->time_ns < now_ns ? now_ns - boot->time_ns : 0;
    self->run.world_cpu_ns = boot->cpu_ns < cpu_ns ? cpu_ns - boot->cpu_ns : 0;
}

int sandbox_check_flags(unsigned flags, bj_error *err)
{
    return (flags & ~EVAL_FLAGS) == 0
               ? 0
               : bj_fail(err, BJ_ERROR_ARGUMENT, "there are no such flags of an eval: %#x", flags);
}

/* Begins what the next steps are to do; nothing of the guest runs. The source must stay until the end.
 * 0, or -1: BJ_ERROR_ARGUMENT, _UNSUPPORTED, _ENDED, _MEMORY. */
static int begin(sandbox_instance *self, sandbox_goal goal, bj_span source, unsigned flags,
                 bj_error *err)
{
    bj_receipt *receipt = NULL;
    int status = sandbox_check_flags(flags, err);
    if (status == 0)
        status = check_usable(self, goal, err);
    if (status == 0 && !(receipt = calloc(1, sizeof *receipt)))
        status = bj_fail_memory(err);
    if (status < 0) {
        if (goal >= GOAL_EVALUATED)
            blobs_end(self);
        return -1;
    }
    self->run = (sandbox_run){
        .goal = goal,
        .receipt = receipt,
        .source = source,
        .flags = flags,
        .wall_ns = bj_clock_monotonic_ns(),
    };
    self->run.left_ns = self->run.wall_ns;
    set_world_times(self);
    self->deadline_ns = self->run.wall_ns + self->box->budget->allowed[POLICY_wall_ms] * NS_PER_MS;
    wasi_begin(self->wasi, self->deadline_ns, 0);
    sandbox_reset_counters(self);
    if (goal == GOAL_RUN) {
        self->run.stage = STAGE_START;
        engine_instance_begin_start(self->engine);
    } else {
        interpreter_begin(self);
    }
    return 0;
}

void sandbox_drop_run(sandbox_instance *self)
{
    bj_receipt_delete(self->run.receipt);
    if (self->run.goal >= GOAL_EVALUATED)
        blobs_end(self);
    free(self->run.copy);
    free(self->run.left);
    self->run = (sandbox_run){.stage = STAGE_NONE};
}

/* ---------------------------------------------------------------- whose time it is */

/* Of a guest that waits: when its sleep is over, its tool's time, or its own. */
static uint64_t waits_until_ns(const sandbox_instance *self)
{
    const uint64_t until_ns =
        tools_are_waited_for(self) ? tools_until_ns(self) : wasi_sleeps_until_ns(self->wasi);
    return until_ns < self->deadline_ns ? until_ns : self->deadline_ns;
}

/* Since when the guest can go on; in the future where it still waits. */
static uint64_t ready_since_ns(const sandbox_instance *self)
{
    if (!self->run.waits)
        return self->run.left_ns;
    uint64_t ready_ns = waits_until_ns(self);
    const uint64_t answered_ns = tools_are_waited_for(self) ? tools_answered_ns(self) : UINT64_MAX;
    if (answered_ns < ready_ns)
        ready_ns = answered_ns;
    /* A tool may have answered before the step that waits for it was over. */
    return ready_ns > self->run.left_ns ? ready_ns : self->run.left_ns;
}

/* A thread takes it: what it waited for one is not its own. */
static void put_off_deadline(sandbox_instance *self, uint64_t now_ns)
{
    const uint64_t ready_ns = ready_since_ns(self);
    if (!self->run.stepped || ready_ns >= now_ns)
        return;
    self->run.queued_ns += now_ns - ready_ns;
    self->deadline_ns += now_ns - ready_ns;
}

static uint64_t cpu_left_ns(const sandbox_instance *self)
{
    const uint64_t allowed_ns = self->box->budget->allowed[POLICY_cpu_ms] * NS_PER_MS;
    if (allowed_ns == 0)
        return UINT64_MAX;
    return allowed_ns > self->run.cpu_ns ? allowed_ns - self->run.cpu_ns : 0;
}

/* ---------------------------------------------------------------- a step */

/* The stage's call has returned `value`. */
static int next_stage(sandbox_instance *self, engine_result *result, bj_error *err)
{
    sandbox_run *run = &self->run;
    if (run->goal != GOAL_RUN)
        return interpreter_next(self, result->value, result, err);
    if (run->stage == STAGE_START) {
        run->stage = STAGE_MAIN;
        engine_instance_begin_call(self->engine, "_start", NULL, 0, false);
    } else {
        run->stage = STAGE_END;
    }
    return 0;
}

/* From call to call, until there is none left, one does not return, or the guest pauses. */
static int go_on(sandbox_instance *self, engine_progress *progress, engine_result *result,
                 bj_error *err)
{
    do {
        *progress = engine_instance_step(self->engine, result);
        if (*progress != ENGINE_ENDED || result->status != ENGINE_RETURNED)
            return 0;
        if (next_stage(self, result, err) < 0)
            return -1;
    } while (self->run.stage != STAGE_END);
    return 0;
}

static void enter_guest(sandbox_instance *self, uint64_t slice_ns)
{
    const uint64_t now_ns = bj_clock_monotonic_ns();
    const bool ends = slice_ns > 0 && slice_ns < UINT64_MAX - now_ns;
    put_off_deadline(self, now_ns);
    self->slice_end_ns = ends ? now_ns + slice_ns : UINT64_MAX;
    self->run.entered = true;
    self->run.step_cpu_ns = bj_clock_thread_cpu_ns();
    wasi_enter(self->wasi, &(wasi_stretch){.now_ns = now_ns,
                                           .cpu_now_ns = self->run.step_cpu_ns,
                                           .deadline_ns = self->deadline_ns,
                                           .cpu_left_ns = cpu_left_ns(self),
                                           .end_ns = self->slice_end_ns});
    engine_instance_look_up_at(self->engine,
                               ends && slice_ns < SHORT_SLICE_NS ? self->slice_end_ns : 0);
    engine_faults_keep();
}

static void leave_guest(sandbox_instance *self)
{
    const uint64_t now_ns = bj_clock_thread_cpu_ns();
    wasi_leave(self->wasi, now_ns);
    self->run.cpu_ns += now_ns - self->run.step_cpu_ns;
}

/* The run goes on with another step. */
static bj_step pause_run(sandbox_instance *self, engine_progress progress)
{
    self->run.left_ns = bj_clock_monotonic_ns();
    self->run.waits = progress == ENGINE_WAITS;
    return self->run.waits ? BJ_STEP_WAITS : BJ_STEP_YIELDED;
}

/* When the time that the guest waits for, or a limit, will have come, in whole milliseconds. */
static uint64_t time_to_wait(const sandbox_instance *self)
{
    const uint64_t now_ns = self->run.left_ns, until_ns = waits_until_ns(self);
    return until_ns > now_ns ? (until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
}

/* An interrupt that came before anything ran. */
static bool interrupted_before(sandbox_instance *self)
{
    bj_receipt *receipt = self->run.receipt;
    if (self->run.entered || !wasi_interrupted(self->wasi))
        return false;
    wasi_clear_interrupt(self->wasi);
    vfs_tree_unmark(self->box->tree);
    self->box->ended = true;
    receipt_set_unrun(receipt);
    return true;
}

static void set_digest(sandbox_instance *self)
{
    receipt_set_digest(self->run.receipt,
                       &(receipt_inputs){.module = engine_module_digest(self->box->runtime->module),
                                         .source = self->run.source,
                                         .attached = self->blobs.attached,
                                         .attached_count = self->blobs.attached_count});
}

/* The guest has come to an end, or the interface was broken (`status` -1): the run is over in any case. */
static bj_step end(sandbox_instance *self, int status, const engine_result *result,
                   bj_receipt **receipt, bj_error *err)
{
    sandbox_run *run = &self->run;
    if (status == 0)
        status = sandbox_conclude(self, result, err);
    if (status < 0 || run->goal == GOAL_RUN)
        self->box->ended = true;
    if (status == 0 && run->goal >= GOAL_EVALUATED && self->box->budget->world.own)
        set_digest(self);
    if (status == 0) {
        *receipt = run->receipt;
        run->receipt = NULL;
    }
    sandbox_drop_run(self);
    return status == 0 ? BJ_STEP_DONE : BJ_STEP_FAILED;
}

/* The guest has ended: what is left is another step's. False: there is no memory to keep it for that. */
static bool leave_receipt(sandbox_instance *self, const engine_result *result)
{
    self->run.left = malloc(sizeof *result);
    if (!self->run.left)
        return false;
    *self->run.left = *result;
    (void)pause_run(self, ENGINE_YIELDED);
    return true;
}

/* Makes the receipt that the last step has left. An interrupt that has come since then was for this run. */
static bj_step end_what_was_left(sandbox_instance *self, bj_receipt **receipt, bj_error *err)
{
    bj_autofree engine_result *result = bj_steal(&self->run.left);
    put_off_deadline(self, bj_clock_monotonic_ns());
    const bj_step step = end(self, 0, result, receipt, err);
    wasi_clear_interrupt(self->wasi);
    return step;
}

/* As bj_sandbox_step_us, entered, for `slice_ns`, 0 for as long as it takes; the guest may wait for stdin. `brief`: for a
 * thread that has no time for a receipt that takes long. */
static bj_step step_on(sandbox_instance *self, uint64_t slice_ns, bool brief, bj_receipt **receipt,
                       uint64_t *wait_ms, bj_error *err)
{
    engine_progress progress;
    engine_result result;
    if (self->run.left)
        return end_what_was_left(self, receipt, err);
    if (interrupted_before(self)) {
        *receipt = self->run.receipt;
        self->run.receipt = NULL;
        sandbox_drop_run(self);
        return BJ_STEP_DONE;
    }
    enter_guest(self, slice_ns);
    const int status = go_on(self, &progress, &result, err);
    leave_guest(self);
    const bool ended = status < 0 || progress == ENGINE_ENDED;
    if (ended && status == 0 && brief && !sandbox_concludes_at_once(self) &&
        leave_receipt(self, &result))
        return BJ_STEP_YIELDED;
    if (ended)
        return end(self, status, &result, receipt, err);
    const bj_step step = pause_run(self, progress);
    if (step == BJ_STEP_WAITS && wait_ms)
        *wait_ms = time_to_wait(self);
    return step;
}

/* Steps what was begun to its end, on this thread, which waits where the guest does. */
static bj_receipt *finish(sandbox_instance *self, bj_error *err)
{
    bj_receipt *receipt = NULL;
    bj_step step;
    while ((step = step_on(self, 0, false, &receipt, NULL, err)) == BJ_STEP_WAITS)
        if (tools_are_waited_for(self))
            tools_await(self);
        else
            wasi_await(self->wasi);
    return step == BJ_STEP_DONE ? receipt : NULL;
}

/* Nobody has seen this receipt. */
static void keep_for_the_next(sandbox_instance *self, const bj_usage *used)
{
    self->boot = (sandbox_boot){.fuel = used->fuel,
                                .host_calls = used->host_calls,
                                .time_ns = used->wall_ns,
                                .cpu_ns = used->cpu_ns};
}

int sandbox_bring_to(sandbox_instance *self, sandbox_goal goal, bj_error *err)
{
    const bool boots = !self->booted;
    if (begin(self, goal, (bj_span){NULL, 0}, 0, err) < 0)
        return -1;
    bj_receipt *receipt = finish(self, err);
    if (!receipt)
        return -1;
    int status = 0;
    if (self->box->ended)
        status =
            bj_fail(err, BJ_ERROR_GUEST, "%s did not start (%s): %.120s", self->box->runtime->name,
                    bj_outcome_name(receipt->outcome), bj_receipt_stderr(receipt, NULL));
    if (boots && self->box->budget->world.own)
        keep_for_the_next(self, &receipt->usage);
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
    if (begin(&box->first, goal, source, flags, err) == 0)
        receipt = finish(&box->first, err);
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
    if (begin(&box->first, goal, source, flags, err) < 0) {
        sandbox_leave(box);
        return -1;
    }
    box->first.run.stepped = true;
    box->first.run.copy = copy;
    box->first.run.wake = wake;
    box->first.run.wake_user = user;
    sandbox_put_back(box, SANDBOX_BEGUN);
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
    if (sandbox_take(box, SANDBOX_BEGUN))
        return 0;
    if (atomic_load_explicit(&box->use, memory_order_relaxed) != SANDBOX_FREE)
        return sandbox_is_busy(err);
    return bj_fail(err, BJ_ERROR_ARGUMENT,
                   "nothing was begun in this sandbox: see bj_sandbox_begin_eval");
}

/* `unit_ns` is what `slice` is told in. */
static bj_step take_step(bj_sandbox *box, uint64_t slice, uint64_t unit_ns, bj_receipt **receipt,
                         uint64_t *wait_ms, bj_error *err)
{
    const uint64_t slice_ns = slice < UINT64_MAX / unit_ns ? slice * unit_ns : 0;
    const bool brief = unit_ns < NS_PER_MS;
    const bj_step step = step_on(&box->first, slice_ns, brief, receipt, wait_ms, err);
    sandbox_put_back(box, step == BJ_STEP_WAITS || step == BJ_STEP_YIELDED ? SANDBOX_BEGUN
                                                                           : SANDBOX_FREE);
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
    if (!wasi_may_wait_for_stdin(box->first.wasi))
        return take_step(box, slice_us, NS_PER_US, receipt, wait_ms, err);
    sandbox_put_back(box, SANDBOX_BEGUN);
    return BJ_STEP_YIELDED;
}

BJ_API bj_receipt *bj_sandbox_finish(bj_sandbox *box, bj_error *err)
{
    if (take_begun(box, err) < 0)
        return NULL;
    box->first.run.wake = NULL;
    bj_receipt *receipt = finish(&box->first, err);
    sandbox_put_back(box, SANDBOX_FREE);
    return receipt;
}
