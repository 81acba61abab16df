/*
 * box.c: a sandbox and what waits to be done with it, on the library's scheduler.
 *
 * Each box is one task of the scheduler, in its lane: what was asked for is done in order, one thing at a time. The first of
 * a box that does nothing may take its first turn on the thread that asks.
 *
 * Locks. A box's `lock` holds its queue; the scheduler's own is taken inside it; `sandbox_lock` is taken inside that one, and
 * nothing inside of it. No lock is held while a guest runs, nor while a work is handed to the scheduler.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core.h"

static struct {
    pthread_mutex_t lock;
    bj_scheduler *scheduler; /* lives as long as the process: its threads' code is never unloaded */
    unsigned threads, first_slice_us;
} front = {.lock = PTHREAD_MUTEX_INITIALIZER, .threads = 2, .first_slice_us = 200};

void core_scheduler_configure(unsigned threads, unsigned first_slice_us)
{
    pthread_mutex_lock(&front.lock);
    front.threads = threads;
    front.first_slice_us = first_slice_us;
    pthread_mutex_unlock(&front.lock);
}

bj_scheduler *core_scheduler(bj_error *err)
{
    pthread_mutex_lock(&front.lock);
    if (!front.scheduler) {
        bj_scheduler_options options;
        bj_scheduler_options_init(&options);
        options.threads = front.threads;
        options.first_slice_us = front.first_slice_us;
        front.scheduler = bj_scheduler_new(&options, err);
    }
    bj_scheduler *found = front.scheduler;
    pthread_mutex_unlock(&front.lock);
    return found;
}

/* ------------------------------------------------------------------ turns */

void core_task_fail_unbegun(core_task *task)
{
    task->failed = true;
    task->err = (bj_error){.code = BJ_ERROR_ENDED, .message = "cancelled before it began"};
}

static bj_turn take_turn(void *user, bj_task *turn, uint64_t slice_us, uint64_t *wait_ms)
{
    core_box *box = user;
    core_task *task = box->first; /* it stays the first until it is done */
    task->slice_us = slice_us;
    task->is_here = bj_task_is_here(turn);
    task->had_turn = true;
    return task->operation->work(task, wait_ms);
}

/* Makes the turn of the first task end soon. Under the scheduler's lock. */
static void end_turn(void *user, bj_task *turn)
{
    (void)turn;
    core_box *box = user;
    pthread_mutex_lock(&box->sandbox_lock);
    if (box->sandbox && atomic_load(&box->first->started))
        bj_sandbox_interrupt(box->sandbox);
    pthread_mutex_unlock(&box->sandbox_lock);
}

/* Takes the first task off, which is done; the next one is first then. NULL for `*next`: there is none. */
static core_task *take_first(core_box *box, core_task **next)
{
    pthread_mutex_lock(&box->lock);
    core_task *done = box->first;
    box->first = *next = done->next;
    box->busy = box->first != NULL;
    pthread_mutex_unlock(&box->lock);
    return done;
}

static void post(core_task *task)
{
    core_env *env = task->env;
    if (!env) {
        task->event.drop(&task->event);
        return;
    }
    task->event.kind = task->failed ? CORE_FAILED : CORE_GAVE;
    core_env_ref(env);
    core_env_post(env, &task->event);
    core_env_unref(env);
}

static int start(core_box *box, unsigned flags);

/* Whether it is the last thing to be done with its box: others need not have their turns before. */
static bool ends_box(const core_task *task)
{
    return task->operation->place == CORE_AT_END;
}

/* The first task is done. It is told before the next one begins, so that what is told keeps the order of what was done. */
static void end_first(core_box *box)
{
    core_task *next;
    core_box_ref(box); /* the task may have had the last one */
    core_task *done = take_first(box, &next);
    uint64_t unused;
    if (!done->had_turn && !done->failed && ends_box(done))
        done->operation->work(done, &unused); /* hurried: see start */
    else if (!done->had_turn && !done->failed)
        core_task_fail_unbegun(done);
    post(done);
    if (next)
        start(box, 0);
    core_box_unref(box);
}

static void done(void *user, bj_task *turn)
{
    (void)turn;
    end_first(user);
}

/* Hands the first task to the scheduler. As bj_task_submit, but that what is refused has failed and is told. One that ends the
 * sandbox is cancelled at once, so that it waits for no turn of its lane's: it is done where it is told to be done. */
static int start(core_box *box, unsigned flags)
{
    const bj_work work = {sizeof work, take_turn, done, end_turn, box};
    core_task *task = box->first;
    const bool ends = ends_box(task);
    core_box_ref(box); /* it may be done, and have the last reference, before this is */
    int status = bj_task_submit(box->turns, &work, flags, &task->err);
    if (status < 0) {
        task->failed = true;
        end_first(box);
        status = 1;
    } else if (ends && status == 1) {
        bj_task_cancel(box->turns);
    }
    core_box_unref(box);
    return status;
}

/* ------------------------------------------------------------------ tasks */

static int make_turns(core_box *box, bj_error *err)
{
    if (box->turns)
        return 0;
    bj_scheduler *scheduler = core_scheduler(err);
    box->turns = scheduler ? bj_task_new(scheduler, box->lane, err) : NULL;
    return box->turns ? 0 : -1;
}

int core_box_submit(core_task *task, bool here)
{
    core_box *box = task->box;
    if (make_turns(box, &task->err) < 0)
        return -1;
    task->next = NULL;
    pthread_mutex_lock(&box->lock);
    *(box->first ? box->last : &box->first) = task;
    box->last = &task->next;
    bool was_busy = box->busy;
    box->busy = true;
    pthread_mutex_unlock(&box->lock);
    if (was_busy || start(box, here && !box->blocks ? BJ_TURN_HERE : 0) != 0)
        return 1;
    core_task *next;
    take_first(box, &next); /* nobody else asks for anything of this box: there is no next one */
    return 0;
}

void core_box_wake(void *user)
{
    bj_task_wake(((core_box *)user)->turns);
}

/* Locked. What has not begun sees that it is cancelled when its turn comes. */
static void cancel(core_box *box, core_task *task)
{
    atomic_store(&task->cancelled, true);
    if (task == box->first)
        bj_task_cancel(box->turns);
}

void core_task_cancel(core_task *task)
{
    pthread_mutex_lock(&task->box->lock);
    cancel(task->box, task);
    pthread_mutex_unlock(&task->box->lock);
}

void core_box_cancel_all(core_box *box)
{
    pthread_mutex_lock(&box->lock);
    for (core_task *task = box->first; task; task = task->next)
        cancel(box, task);
    pthread_mutex_unlock(&box->lock);
}

void core_box_interrupt(core_box *box)
{
    pthread_mutex_lock(&box->sandbox_lock);
    if (box->sandbox)
        bj_sandbox_interrupt(box->sandbox);
    pthread_mutex_unlock(&box->sandbox_lock);
    if (box->turns)
        bj_task_wake(box->turns);
}

void core_box_set(core_box *box, bj_sandbox *sandbox)
{
    pthread_mutex_lock(&box->sandbox_lock);
    box->sandbox = sandbox;
    pthread_mutex_unlock(&box->sandbox_lock);
}

/* ------------------------------------------------------------------ boxes */

core_box *core_box_new(void)
{
    core_box *box = calloc(1, sizeof *box);
    if (!box)
        return NULL;
    box->is = CORE_BOX;
    box->lane = BJ_LANE_OWN;
    atomic_init(&box->refs, 1);
    pthread_mutex_init(&box->lock, NULL);
    pthread_mutex_init(&box->sandbox_lock, NULL);
    return box;
}

core_box *core_box_ref(core_box *box)
{
    atomic_fetch_add(&box->refs, 1);
    return box;
}

/* Its last task has deleted the sandbox. */
void core_box_unref(core_box *box)
{
    if (!box || atomic_fetch_sub(&box->refs, 1) != 1)
        return;
    bj_task_delete(box->turns);
    bj_sandbox_delete(box->sandbox);
    core_program_unref(box->program);
    pthread_mutex_destroy(&box->lock);
    pthread_mutex_destroy(&box->sandbox_lock);
    free(box);
}
