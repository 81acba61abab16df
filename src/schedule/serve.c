/*
 * serve.c: what a thread does: it takes turns while there are any, then whatever is there to do for idle ones, then rests.
 */
#include <time.h>

#include "base/clock.h"
#include "schedule/schedule.h"

/* Until something happens, or the first of those that are parked is due. */
static void rest(bj_scheduler *scheduler)
{
    const uint64_t due_ns = scheduler->exiting ? UINT64_MAX : schedule_due_ns(scheduler);
    scheduler->resting++;
    if (due_ns == UINT64_MAX) {
        pthread_cond_wait(&scheduler->work, &scheduler->lock);
    } else {
        const struct timespec due = {.tv_sec = (time_t)(due_ns / 1000000000),
                                     .tv_nsec = (long)(due_ns % 1000000000)};
        pthread_cond_timedwait(&scheduler->work, &scheduler->lock, &due);
    }
    scheduler->resting--;
}

/* Locked before and after. Whether there was anything to do for one that is idle. */
static bool do_idle_work(bj_scheduler *scheduler)
{
    if (!scheduler->idle || scheduler->stopping || scheduler->exiting)
        return false;
    const uint64_t stirs = scheduler->stirs;
    pthread_mutex_unlock(&scheduler->lock);
    const bool did = scheduler->idle(scheduler->idle_user);
    pthread_mutex_lock(&scheduler->lock);
    return did || scheduler->stirs != stirs;
}

static void take_turn(bj_scheduler *scheduler, schedule_worker *self, bj_task *task,
                      uint64_t now_ns)
{
    if (schedule_has_work(scheduler)) /* there is more than one was woken for */
        schedule_summon(scheduler);
    self->began_ns = now_ns;
    schedule_take_turn(scheduler, task, now_ns);
    self->began_ns = 0;
    if (self->held)
        scheduler->held--;
    self->held = false;
}

static bool is_one_too_many(const bj_scheduler *scheduler)
{
    return scheduler->threads - scheduler->held > scheduler->options.threads;
}

static bool is_over(const bj_scheduler *scheduler)
{
    return scheduler->stopping && scheduler->tasks == 0;
}

/* Looked at again after the lock was given away for idle work. */
static bool may_rest(const bj_scheduler *scheduler)
{
    return scheduler->exiting || (!is_over(scheduler) && !schedule_has_work(scheduler));
}

void schedule_serve(bj_scheduler *scheduler, schedule_worker *self)
{
    while (!is_one_too_many(scheduler)) {
        const uint64_t now_ns = bj_clock_monotonic_ns();
        bj_task *task = scheduler->exiting ? NULL : schedule_next(scheduler, now_ns);
        if (task)
            take_turn(scheduler, self, task, now_ns);
        else if (is_over(scheduler))
            return;
        else if (!do_idle_work(scheduler) && may_rest(scheduler))
            rest(scheduler);
    }
}
