/*
 * tasks.c: what a task goes through, from its work to its end.
 *
 * Everything that happens to a task happens under the scheduler's lock; its turns and `done` are called without it. A task that has work has
 * a reference for that, which ends after `done`: so it may be deleted at any time.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/sized.h"
#include "schedule/schedule.h"

#define NS_PER_MS UINT64_C(1000000)

/* What a turn is charged at most. What takes longer has its thread replaced, and says nothing about what the lane wants. */
#define CHARGED_MOST_NS UINT64_C(25000000)

static void lock(bj_scheduler *scheduler)
{
    pthread_mutex_lock(&scheduler->lock);
}

static void unlock(bj_scheduler *scheduler)
{
    pthread_mutex_unlock(&scheduler->lock);
}

/* ---------------------------------------------------------------- references */

void schedule_init_task(bj_task *task, bj_scheduler *scheduler, uint64_t lane_id,
                        void (*drop)(bj_task *task))
{
    *task = (bj_task){
        .scheduler = scheduler,
        .drop = drop,
        .lane_id = lane_id,
        .references = 1,
        .own = {.id = BJ_LANE_OWN, .place = LANE_OUT},
    };
    atomic_fetch_add(&scheduler->references, 1);
}

/* Locked; unlocks. */
static void release(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    const bool last = --task->references == 0;
    unlock(scheduler);
    if (!last)
        return;
    task->drop(task);
    schedule_release(scheduler);
}

/* ---------------------------------------------------------------- states; all under the lock */

static void make_ready(bj_task *task, bool again, uint64_t now_ns)
{
    task->state = TASK_READY;
    task->wants_ns = now_ns;
    lanes_add_ready(&task->scheduler->lanes, task, again);
    schedule_summon(task->scheduler);
}

static void hurry(bj_task *task)
{
    lane_queue *queue = &task->scheduler->hurried;
    task->state = TASK_HURRIED;
    task->hurried = true;
    task->after = NULL;
    task->before = queue->last;
    *(queue->last ? &queue->last->after : &queue->first) = task;
    queue->last = task;
    schedule_summon(task->scheduler);
}

static bj_task *take_hurried(bj_scheduler *scheduler)
{
    bj_task *task = scheduler->hurried.first;
    scheduler->hurried.first = task->after;
    *(task->after ? &task->after->before : &scheduler->hurried.last) = NULL;
    task->after = NULL;
    return task;
}

static void park(bj_task *task, uint64_t wait_ms, uint64_t now_ns)
{
    bj_scheduler *scheduler = task->scheduler;
    task->state = TASK_PARKED;
    task->due_ns =
        wait_ms > (UINT64_MAX - now_ns) / NS_PER_MS ? UINT64_MAX : now_ns + wait_ms * NS_PER_MS;
    scheduler->parked_count++;
    bj_heap_add(&scheduler->parked, &task->node);
    lanes_park(&scheduler->lanes, task);
    if (scheduler->parked.first == &task->node && task->due_ns != UINT64_MAX)
        schedule_sleep_less(scheduler);
}

static void unpark(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    bj_heap_remove(&scheduler->parked, &task->node);
    scheduler->parked_count--;
    lanes_unpark(&scheduler->lanes, task);
}

static bj_task *parked_task(const bj_heap_node *node)
{
    return (bj_task *)((char *)(uintptr_t)node - offsetof(bj_task, node));
}

/* Those whose time has come go on. */
static void unpark_due(bj_scheduler *scheduler, uint64_t now_ns)
{
    while (scheduler->parked.first) {
        bj_task *task = parked_task(scheduler->parked.first);
        if (task->due_ns > now_ns)
            return;
        unpark(task);
        make_ready(task, false, now_ns);
    }
}

uint64_t schedule_due_ns(const bj_scheduler *scheduler)
{
    return scheduler->parked.first ? parked_task(scheduler->parked.first)->due_ns : UINT64_MAX;
}

static void cancel(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    if (task->state == TASK_IDLE || atomic_load(&task->cancelled))
        return;
    atomic_store(&task->cancelled, true);
    scheduler->counters.cancelled++;
    if (task->begun && task->work.cancel)
        task->work.cancel(task->work.user, task);
    if (task->state == TASK_RUNNING) {
        task->woken = true;
        return;
    }
    if (task->state == TASK_PARKED)
        unpark(task);
    else
        lanes_take_out(&scheduler->lanes, task);
    hurry(task);
}

void schedule_cancel_all(bj_scheduler *scheduler)
{
    for (bj_task *task = scheduler->newest; task; task = task->older)
        cancel(task);
}

/* ---------------------------------------------------------------- beginning and end; all under the lock */

static void enlist(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    task->newer = NULL;
    task->older = scheduler->newest;
    if (task->older)
        task->older->newer = task;
    scheduler->newest = task;
    scheduler->tasks++;
}

static void strike_out(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    *(task->newer ? &task->newer->older : &scheduler->newest) = task->older;
    if (task->older)
        task->older->newer = task->newer;
    task->older = task->newer = NULL;
    scheduler->tasks--;
}

/* Its work is done, and it may be given another. */
static void end(bj_task *task, schedule_end *told)
{
    bj_scheduler *scheduler = task->scheduler;
    if (task->settle)
        task->settle(task, told);
    lanes_leave(&scheduler->lanes, task);
    strike_out(task);
    task->state = TASK_IDLE;
    scheduler->counters.done++;
    if (scheduler->waiters > 0)
        pthread_cond_broadcast(&scheduler->done);
    if (scheduler->stopping && scheduler->tasks == 0) /* the threads may go */
        pthread_cond_broadcast(&scheduler->work);
}

/* The same, and its `done` is called, without the lock. */
static void end_and_tell(bj_task *task)
{
    bj_scheduler *scheduler = task->scheduler;
    const bj_work work = task->work; /* it may be given another at once */
    schedule_end told = {0};
    end(task, work.done ? &told : NULL);
    if (work.done) {
        if (schedule_has_work(scheduler)) /* in case that it takes long */
            schedule_watch_over(scheduler);
        unlock(scheduler);
        if (told.tell)
            told.tell(&told, task);
        else
            work.done(work.user, task);
        lock(scheduler);
    }
    release(task);
    lock(scheduler);
}

static void go_on(bj_task *task, bj_turn turn, uint64_t wait_ms, uint64_t now_ns)
{
    if (atomic_load(&task->cancelled) && !task->hurried)
        hurry(task);
    else if (turn == BJ_TURN_WAITS && !task->woken)
        park(task, wait_ms, now_ns);
    else
        make_ready(task, turn == BJ_TURN_AGAIN, now_ns);
}

/* ---------------------------------------------------------------- turns */

/* What the lane pays for a turn. What goes beyond the slice is its own where it took the processor; where others had that, on
 * a busy machine, it is not: a lane that paid for it would wait as many rounds as it paid slices. */
static uint64_t charge(uint64_t slice_ns, uint64_t took_ns, uint64_t cpu_ns)
{
    const uint64_t own_ns = took_ns <= slice_ns ? took_ns : cpu_ns > slice_ns ? cpu_ns : slice_ns;
    return own_ns < CHARGED_MOST_NS ? own_ns : CHARGED_MOST_NS;
}

/* Locked; the lock is given away. Returns what the turn said, with the lock. */
static bj_turn turn(bj_task *task, uint64_t slice_us, uint64_t began_ns, uint64_t *wait_ms,
                    uint64_t *now_ns)
{
    bj_scheduler *scheduler = task->scheduler;
    task->state = TASK_RUNNING;
    task->woken = false;
    lanes_begin_turn(&scheduler->lanes, task);
    unlock(scheduler);
    *wait_ms = UINT64_MAX;
    const uint64_t cpu_ns = bj_clock_thread_cpu_ns();
    const bj_turn said = task->work.turn(task->work.user, task, slice_us, wait_ms);
    *now_ns = bj_clock_monotonic_ns();
    const uint64_t took_ns = *now_ns - began_ns;
    const uint64_t slice_ns = (uint64_t)scheduler->options.slice_us * 1000;
    const uint64_t used_ns = took_ns > slice_ns ? bj_clock_thread_cpu_ns() - cpu_ns : took_ns;
    lock(scheduler);
    scheduler->counters.turns++;
    scheduler->counters.turn_us += took_ns / 1000;
    lanes_end_turn(&scheduler->lanes, task, charge(slice_ns, took_ns, used_ns));
    return said;
}

void schedule_take_turn(bj_scheduler *scheduler, bj_task *task, uint64_t began_ns)
{
    uint64_t wait_ms, now_ns;
    if (!task->begun) { /* it was cancelled before */
        end_and_tell(task);
        return;
    }
    const bj_turn said = turn(task, scheduler->options.slice_us, began_ns, &wait_ms, &now_ns);
    if (said == BJ_TURN_DONE)
        end_and_tell(task);
    else
        go_on(task, said, wait_ms, now_ns);
}

static void note_wait(bj_scheduler *scheduler, uint64_t wait_us)
{
    scheduler->counters.wait_us += wait_us;
    if (wait_us > scheduler->counters.longest_wait_us)
        scheduler->counters.longest_wait_us = wait_us;
}

/* Hurried ones take turns with the rest. */
bj_task *schedule_next(bj_scheduler *scheduler, uint64_t now_ns)
{
    unpark_due(scheduler, now_ns);
    bj_task *task = NULL;
    if (!scheduler->hurried.first || scheduler->hurries)
        task = lanes_pick(&scheduler->lanes);
    scheduler->hurries = !task && scheduler->hurried.first;
    if (scheduler->hurries)
        return take_hurried(scheduler);
    if (task)
        note_wait(scheduler, now_ns > task->wants_ns ? (now_ns - task->wants_ns) / 1000 : 0);
    return task;
}

/* ---------------------------------------------------------------- submitting */

/* Locked. Whether the task may have work. */
static int check_task(const bj_task *task, bj_error *err)
{
    const bj_scheduler *scheduler = task->scheduler;
    if (scheduler->stopping || scheduler->exiting)
        return bj_fail(err, BJ_ERROR_ENDED, "the scheduler has ended");
    if (task->state != TASK_IDLE)
        return bj_fail(err, BJ_ERROR_BUSY, "this task has work that is not done");
    const uint32_t most = scheduler->options.most_waiting;
    if (most > 0 && scheduler->lanes.fresh >= most)
        return bj_fail(err, BJ_ERROR_BUSY, "%u tasks wait to be begun, as many as may", most);
    return 0;
}

/* Locked. */
static int take_up(bj_task *task, const bj_work *work, schedule_settle_fn settle, bj_error *err)
{
    if (check_task(task, err) < 0)
        return -1;
    if (lanes_join(&task->scheduler->lanes, task) < 0)
        return bj_fail_memory(err);
    task->work = *work;
    task->settle = settle;
    task->begun = task->woken = task->hurried = false;
    atomic_store(&task->cancelled, false);
    task->references++;
    task->scheduler->counters.submitted++;
    enlist(task);
    return 0;
}

/* Locked; unlocks. As bj_task_submit. */
static int take_first_turn(bj_task *task, schedule_end *here)
{
    bj_scheduler *scheduler = task->scheduler;
    uint64_t wait_ms, now_ns;
    lanes_begin(&scheduler->lanes, task);
    task->here = true;
    const bj_turn said =
        turn(task, scheduler->options.first_slice_us, bj_clock_monotonic_ns(), &wait_ms, &now_ns);
    task->here = false;
    if (said != BJ_TURN_DONE) {
        go_on(task, said, wait_ms, now_ns);
        unlock(scheduler);
        return 1;
    }
    end(task, here);
    scheduler->counters.done_here++;
    if (schedule_has_work(scheduler)) /* its end may have made room for another */
        schedule_summon(scheduler);
    release(task);
    return 0;
}

int schedule_submit(bj_task *task, const bj_work *work, schedule_settle_fn settle, unsigned flags,
                    schedule_end *here, bj_error *err)
{
    bj_scheduler *scheduler = task->scheduler;
    if (schedule_check_process(scheduler, err) < 0)
        return -1;
    lock(scheduler);
    if (take_up(task, work, settle, err) < 0) {
        unlock(scheduler);
        return -1;
    }
    if ((flags & BJ_TURN_HERE) && scheduler->options.first_slice_us > 0 &&
        lanes_can_begin(&scheduler->lanes, task->lane))
        return take_first_turn(task, here);
    task->state = TASK_FRESH;
    task->wants_ns = bj_clock_monotonic_ns();
    lanes_add_fresh(&scheduler->lanes, task);
    schedule_summon(scheduler);
    unlock(scheduler);
    return 1;
}

BJ_API int bj_task_submit(bj_task *task, const bj_work *work, unsigned flags, bj_error *err)
{
    bj_work own = {0};
    if (bj_sized_read(&own, sizeof own, work, BJ_SIZE_TO(bj_work, user), "bj_work", err) < 0)
        return -1;
    if (!own.turn || (flags & ~BJ_TURN_HERE))
        return bj_fail(err, BJ_ERROR_ARGUMENT, "a work has a turn, and no flag but BJ_TURN_HERE");
    return schedule_submit(task, &own, NULL, flags, NULL, err);
}

/* ---------------------------------------------------------------- from outside */

BJ_API void bj_task_wake(void *user)
{
    bj_task *task = user;
    bj_scheduler *scheduler = task->scheduler;
    if (atomic_load(&scheduler->is_parents))
        return;
    lock(scheduler);
    task->woken = true;
    if (task->state == TASK_PARKED) {
        unpark(task);
        make_ready(task, false, bj_clock_monotonic_ns());
    }
    unlock(scheduler);
}

BJ_API void bj_task_cancel(bj_task *task)
{
    if (atomic_load(&task->scheduler->is_parents))
        return;
    lock(task->scheduler);
    cancel(task);
    unlock(task->scheduler);
}

BJ_API bool bj_task_is_cancelled(const bj_task *task)
{
    return atomic_load(&task->cancelled);
}

BJ_API bool bj_task_is_here(const bj_task *task)
{
    return task->here;
}

BJ_API bool bj_task_is_done(bj_task *task)
{
    if (atomic_load(&task->scheduler->is_parents))
        return true;
    lock(task->scheduler);
    const bool done = task->state == TASK_IDLE;
    unlock(task->scheduler);
    return done;
}

static struct timespec at(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                             .tv_nsec = (long)(ns % 1000000000)};
}

/* Locked. Whether it is done by then. */
static bool wait_until(bj_task *task, uint64_t timeout_ms)
{
    bj_scheduler *scheduler = task->scheduler;
    const uint64_t now_ns = timeout_ms > 0 ? bj_clock_monotonic_ns() : 0;
    const bool for_ever = timeout_ms > (UINT64_MAX - now_ns) / NS_PER_MS;
    const struct timespec end = at(for_ever ? 0 : now_ns + timeout_ms * NS_PER_MS);
    bool late = timeout_ms == 0;
    scheduler->waiters++;
    while (task->state != TASK_IDLE && !late) {
        if (for_ever)
            pthread_cond_wait(&scheduler->done, &scheduler->lock);
        else
            late = pthread_cond_timedwait(&scheduler->done, &scheduler->lock, &end) == ETIMEDOUT;
    }
    scheduler->waiters--;
    return task->state == TASK_IDLE;
}

BJ_API int bj_task_wait(bj_task *task, uint64_t timeout_ms, bj_error *err)
{
    if (schedule_check_process(task->scheduler, err) < 0)
        return -1;
    lock(task->scheduler);
    const bool done = wait_until(task, timeout_ms);
    unlock(task->scheduler);
    return done ? 0 : bj_fail(err, BJ_ERROR_BUSY, "it is not done yet");
}

BJ_API void bj_task_delete(bj_task *task)
{
    /* In a child of the process that made it nobody else lets go of it, and what it needs may be half changed. */
    if (!task || atomic_load(&task->scheduler->is_parents))
        return;
    lock(task->scheduler);
    cancel(task);
    release(task);
}
