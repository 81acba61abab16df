/*
 * threads.c: how many threads there are, their beginning and their end, and the watch.
 *
 * There are as many as the options say, and one more for each whose turn has taken long (it is held): what is too much ends by itself.
 *
 * The watch looks every 25 ms while there is work. It sleeps otherwise.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "schedule/schedule.h"

#define WATCH_NS UINT64_C(25000000)

/* ---------------------------------------------------------------- threads */

/* Signals are for the embedder's threads, but for those by which his or WebAssembly's code faults. */
static int spawn(const bj_scheduler *scheduler, pthread_t *thread, void *(*run)(void *), void *user)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
    sigset_t most, before;
    sigfillset(&most);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&most, faults[i]);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    const int failed = pthread_create(thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return failed;
    pthread_setname_np(*thread, scheduler->name);
    return 0;
}

/* Under the lock, which it gives back. */
static void leave(bj_scheduler *scheduler, schedule_worker *self)
{
    schedule_worker **link = &scheduler->workers;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    scheduler->threads--;
    if (schedule_has_work(scheduler)) /* it may have been woken for that */
        schedule_summon(scheduler);
    const bool joined = self->joined;
    if (!joined)
        pthread_detach(self->thread);
    pthread_mutex_unlock(&scheduler->lock);
    if (!joined)
        free(self);
}

static void *run_worker(void *user)
{
    schedule_worker *self = user;
    bj_scheduler *scheduler = self->scheduler;
    pthread_mutex_lock(&scheduler->lock);
    scheduler->serve(scheduler, self);
    leave(scheduler, self);
    schedule_release(scheduler);
    return NULL;
}

void schedule_release(bj_scheduler *scheduler)
{
    if (atomic_fetch_sub(&scheduler->references, 1) != 1)
        return;
    lanes_clear(&scheduler->lanes);
    pthread_cond_destroy(&scheduler->work);
    pthread_cond_destroy(&scheduler->watch);
    pthread_cond_destroy(&scheduler->done);
    pthread_mutex_destroy(&scheduler->lock);
    free(scheduler);
}

int schedule_start_thread(bj_scheduler *scheduler)
{
    schedule_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return ENOMEM;
    worker->scheduler = scheduler;
    worker->next = scheduler->workers;
    const int failed = spawn(scheduler, &worker->thread, run_worker, worker);
    if (failed) {
        free(worker);
        return failed;
    }
    atomic_fetch_add(&scheduler->references, 1);
    scheduler->workers = worker;
    scheduler->threads++;
    return 0;
}

void schedule_sleep_less(bj_scheduler *scheduler)
{
    if (scheduler->resting > 0)
        pthread_cond_signal(&scheduler->work);
}

/* ---------------------------------------------------------------- the watch */

static void find_held(bj_scheduler *scheduler, uint64_t now_ns)
{
    for (schedule_worker *each = scheduler->workers; each; each = each->next)
        if (each->began_ns && !each->held && now_ns - each->began_ns > WATCH_NS) {
            each->held = true;
            scheduler->held++;
            scheduler->counters.stuck_turns++;
        }
}

static void stand_in(bj_scheduler *scheduler)
{
    const uint32_t most = scheduler->options.threads + scheduler->options.spares;
    while (scheduler->threads - scheduler->held < scheduler->options.threads &&
           scheduler->threads < most)
        if (schedule_start_thread(scheduler) != 0)
            return;
}

/* Locked before and after. */
static void nap(bj_scheduler *scheduler)
{
    const struct timespec period = {.tv_nsec = (long)WATCH_NS};
    pthread_mutex_unlock(&scheduler->lock);
    nanosleep(&period, NULL);
    pthread_mutex_lock(&scheduler->lock);
}

static void *run_watch(void *user)
{
    bj_scheduler *scheduler = user;
    pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->stopping || scheduler->tasks > 0 || scheduler->workers) {
        if (scheduler->exiting || !schedule_has_work(scheduler)) {
            scheduler->watching = false;
            pthread_cond_wait(&scheduler->watch, &scheduler->lock);
            continue;
        }
        find_held(scheduler, bj_clock_monotonic_ns());
        stand_in(scheduler);
        if (scheduler->resting > 0)
            pthread_cond_signal(&scheduler->work);
        nap(scheduler);
    }
    pthread_mutex_unlock(&scheduler->lock);
    return NULL;
}

void schedule_watch_over(bj_scheduler *scheduler)
{
    if (!scheduler->has_watch)
        scheduler->has_watch = spawn(scheduler, &scheduler->watcher, run_watch, scheduler) == 0;
    if (scheduler->watching)
        return;
    scheduler->watching = true;
    pthread_cond_signal(&scheduler->watch);
}

/* ---------------------------------------------------------------- from the rest */

void schedule_summon(bj_scheduler *scheduler)
{
    if (scheduler->exiting)
        return;
    if (scheduler->resting > 0)
        pthread_cond_signal(&scheduler->work);
    else if (scheduler->threads - scheduler->held >= scheduler->options.threads ||
             schedule_start_thread(scheduler) != 0)
        schedule_watch_over(scheduler);
}

void schedule_join_threads(bj_scheduler *scheduler)
{
    for (schedule_worker *next; (next = scheduler->workers);) {
        next->joined = true;
        pthread_mutex_unlock(&scheduler->lock);
        pthread_join(next->thread, NULL);
        free(next);
        pthread_mutex_lock(&scheduler->lock);
    }
    if (!scheduler->has_watch)
        return;
    scheduler->has_watch = false;
    pthread_cond_signal(&scheduler->watch);
    pthread_mutex_unlock(&scheduler->lock);
    pthread_join(scheduler->watcher, NULL);
    pthread_mutex_lock(&scheduler->lock);
}
