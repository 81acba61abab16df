/*
 * evals.c: evals and runs as the work of a scheduler's tasks; a task that anybody may have.
 *
 * A turn is a step of the sandbox. What a task is given lies in the task: an eval allocates nothing but a copy of its source.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sandbox/run/run.h"
#include "schedule/schedule.h"

typedef struct eval_task {
    bj_task task;
    bj_sandbox *box;
    bool runs;    /* a command */
    char *source; /* of an eval */
    size_t size;
    unsigned flags;
    bool begun;
    bj_receipt_fn on_done;
    void *user;
    bool has_outcome;    /* what came of it has not been taken */
    bj_receipt *receipt; /* that */
    bj_error *error;     /* why there is none; NULL: there was no memory to tell */
} eval_task;

static eval_task *eval_of(bj_task *task)
{
    return (eval_task *)task;
}

static void drop_outcome(eval_task *eval)
{
    bj_receipt_delete(eval->receipt);
    free(eval->error);
    eval->receipt = NULL;
    eval->error = NULL;
}

static void drop_task(bj_task *task)
{
    drop_outcome(eval_of(task));
    free(eval_of(task)->source);
    free(task);
}

BJ_API bj_task *bj_task_new(bj_scheduler *scheduler, uint64_t lane_id, bj_error *err)
{
    if (schedule_check_process(scheduler, err) < 0)
        return NULL;
    eval_task *eval = calloc(1, sizeof *eval);
    if (!eval) {
        bj_fail_memory(err);
        return NULL;
    }
    schedule_init_task(&eval->task, scheduler, lane_id, drop_task);
    return &eval->task;
}

/* Takes the task, whose work has been accepted or not. */
static bj_task *submitted(bj_task *task, int status)
{
    if (status >= 0)
        return task;
    bj_task_delete(task);
    return NULL;
}

BJ_API bj_task *bj_scheduler_submit(bj_scheduler *scheduler, uint64_t lane_id, const bj_work *work,
                                    bj_error *err)
{
    bj_task *task = bj_task_new(scheduler, lane_id, err);
    return task ? submitted(task, bj_task_submit(task, work, 0, err)) : NULL;
}

/* ---------------------------------------------------------------- turns */

/* On the thread of whoever submitted it a guest may not wait for anything. */
static bj_step step(eval_task *eval, uint64_t slice_us, uint64_t *wait_ms, bj_error *err)
{
    if (bj_task_is_here(&eval->task))
        return bj_sandbox_step_us(eval->box, slice_us, &eval->receipt, wait_ms, err);
    return bj_sandbox_step(eval->box, (slice_us + 999) / 1000, &eval->receipt, wait_ms, err);
}

/* There is no receipt, and this is why. */
static bj_turn fail(eval_task *eval, const bj_error *err)
{
    eval->error = malloc(sizeof *err);
    if (eval->error)
        *eval->error = *err;
    return BJ_TURN_DONE;
}

static int begin(eval_task *eval, bj_error *err)
{
    bj_sandbox *box = eval->box;
    eval->begun = true;
    if (eval->runs)
        return bj_sandbox_begin_run(box, bj_task_wake, &eval->task, err);
    if (box->runtime->kind != BJ_RUNTIME_INTERPRETER) /* it says so */
        return bj_sandbox_begin_eval(box, "", 0, 0, NULL, NULL, err);
    return sandbox_begin_steps(box, (bj_span){eval->source, eval->size}, eval->flags, bj_task_wake,
                               &eval->task, err);
}

static bj_turn take_turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    eval_task *eval = user;
    bj_error err = {0};
    (void)task;
    if (!eval->begun && begin(eval, &err) < 0)
        return fail(eval, &err);
    switch (step(eval, slice_us, wait_ms, &err)) {
    case BJ_STEP_YIELDED:
        return BJ_TURN_AGAIN;
    case BJ_STEP_WAITS:
        return BJ_TURN_WAITS;
    case BJ_STEP_FAILED:
        return fail(eval, &err);
    case BJ_STEP_DONE:
        break;
    }
    return BJ_TURN_DONE;
}

static void interrupt(void *user, bj_task *task)
{
    (void)task;
    bj_sandbox_interrupt(((eval_task *)user)->box);
}

/* ---------------------------------------------------------------- ends */

/* Takes what came of it; NULL and an error. `error` is freed. */
static bj_receipt *receipt_or_error(bj_receipt *receipt, bj_error *error, bj_error *err)
{
    if (!receipt && error && err)
        *err = *error;
    else if (!receipt)
        bj_fail_memory(err);
    free(error);
    return receipt;
}

static void tell(schedule_end *end, bj_task *task)
{
    bj_error err = {0};
    bj_receipt *receipt = receipt_or_error(end->receipt, end->error, &err);
    end->on_done(end->user, task, receipt, receipt ? NULL : &err);
}

/* A schedule_settle_fn. An interrupt that came after the end is not for the next eval. */
static void settle(bj_task *task, schedule_end *told)
{
    eval_task *eval = eval_of(task);
    if (!eval->begun)
        eval->receipt = receipt_of_nothing();
    else if (bj_task_is_cancelled(task) && !eval->box->ended)
        wasi_clear_interrupt(eval->box->first.wasi);
    eval->has_outcome = !told;
    if (told)
        *told = (schedule_end){tell, eval->on_done, eval->user, bj_steal(&eval->receipt),
                               bj_steal(&eval->error)};
}

/* What stands for it in the scheduler's eyes; settle() has it told by tell(). */
static void has_been_told(void *user, bj_task *task)
{
    (void)user, (void)task;
}

/* ---------------------------------------------------------------- submitting */

/* What the task was given before is over. */
static int prepare(eval_task *eval, const char *source, size_t size, bj_error *err)
{
    if (!bj_task_is_done(&eval->task))
        return bj_fail(err, BJ_ERROR_BUSY, "this task has work that is not done");
    char *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        return bj_fail_memory(err);
    if (size > 0)
        memcpy(copy, source, size);
    drop_outcome(eval);
    free(eval->source);
    eval->source = copy;
    eval->size = size;
    eval->begun = eval->has_outcome = false;
    return 0;
}

static int submit(eval_task *eval, bj_receipt_fn on_done, void *user, bj_receipt **receipt,
                  bj_error *err)
{
    const bj_work work = {.size = sizeof work,
                          .turn = take_turn,
                          .done = on_done ? has_been_told : NULL,
                          .cancel = interrupt,
                          .user = eval};
    eval->on_done = on_done;
    eval->user = user;
    schedule_end here = {0};
    const int status =
        schedule_submit(&eval->task, &work, settle, receipt ? BJ_TURN_HERE : 0, &here, err);
    if (status != 0)
        return status;
    *receipt = receipt_or_error(here.receipt, here.error, err);
    return *receipt ? 0 : -1;
}

BJ_API int bj_task_eval(bj_task *task, bj_sandbox *box, const char *source, size_t size,
                        unsigned flags, bj_receipt_fn on_done, void *user, bj_receipt **receipt,
                        bj_error *err)
{
    eval_task *eval = eval_of(task);
    if (prepare(eval, source, size, err) < 0)
        return -1;
    eval->box = box;
    eval->runs = false;
    eval->flags = flags;
    return submit(eval, on_done, user, receipt, err);
}

BJ_API int bj_task_run(bj_task *task, bj_sandbox *box, bj_receipt_fn on_done, void *user,
                       bj_receipt **receipt, bj_error *err)
{
    eval_task *eval = eval_of(task);
    if (prepare(eval, NULL, 0, err) < 0)
        return -1;
    eval->box = box;
    eval->runs = true;
    return submit(eval, on_done, user, receipt, err);
}

BJ_API bj_receipt *bj_task_receipt(bj_task *task, bj_error *err)
{
    eval_task *eval = eval_of(task);
    if (!bj_task_is_done(task))
        bj_fail(err, BJ_ERROR_BUSY, "it is not done yet");
    else if (!eval->has_outcome)
        bj_fail(err, BJ_ERROR_ARGUMENT, "there is no receipt, or it has been taken already");
    else {
        eval->has_outcome = false;
        return receipt_or_error(bj_steal(&eval->receipt), bj_steal(&eval->error), err);
    }
    return NULL;
}

BJ_API bj_task *bj_scheduler_eval(bj_scheduler *scheduler, uint64_t lane_id, bj_sandbox *box,
                                  const char *source, size_t size, unsigned flags,
                                  bj_receipt_fn on_done, void *user, bj_error *err)
{
    bj_task *task = bj_task_new(scheduler, lane_id, err);
    return task ? submitted(task,
                            bj_task_eval(task, box, source, size, flags, on_done, user, NULL, err))
                : NULL;
}

BJ_API bj_task *bj_scheduler_run(bj_scheduler *scheduler, uint64_t lane_id, bj_sandbox *box,
                                 bj_receipt_fn on_done, void *user, bj_error *err)
{
    bj_task *task = bj_task_new(scheduler, lane_id, err);
    return task ? submitted(task, bj_task_run(task, box, on_done, user, NULL, err)) : NULL;
}
