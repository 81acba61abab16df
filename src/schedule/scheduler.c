/*
 * scheduler.c: making a scheduler, ending it, and what it counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "schedule/schedule.h"

#define THREADS_MOST 1024u
#define SLICE_LEAST  100u
#define SLICE_MOST   1000000u
#define LANE_MOST    1000000u

/* ---------------------------------------------------------------- options */

BJ_API void bj_scheduler_options_init_sized(bj_scheduler_options *options, size_t size)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const bj_scheduler_options defaults = {.threads = processors < 1 ? 1
                                                      : processors > THREADS_MOST
                                                          ? THREADS_MOST
                                                          : (uint32_t)processors,
                                           .spares = 64,
                                           .slice_us = 5000,
                                           .first_slice_us = 200,
                                           .name = "belljar"};
    bj_sized_init(options, size, &defaults, sizeof defaults);
}

static bool are_in_range(const bj_scheduler_options *options)
{
    return options->threads >= 1 && options->threads <= THREADS_MOST &&
           options->spares <= THREADS_MOST && options->slice_us >= SLICE_LEAST &&
           options->slice_us <= SLICE_MOST && options->first_slice_us <= SLICE_MOST &&
           options->lane_running <= LANE_MOST;
}

static int check_options(const bj_scheduler_options *options, bj_error *err)
{
    if (!are_in_range(options))
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "a scheduler has 1 to %u threads and up to %u spares, slices of %u to %u "
                       "microseconds, and begins up to %u tasks of a lane",
                       THREADS_MOST, THREADS_MOST, SLICE_LEAST, SLICE_MOST, LANE_MOST);
    if (options->most_begun > 0 && options->most_begun < options->threads)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "most_begun is %u: fewer than there are threads (%u)", options->most_begun,
                       options->threads);
    if (!options->name || strlen(options->name) > 15)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "the name of threads has 15 bytes at most");
    return 0;
}

/* ---------------------------------------------------------------- beginning and end */

static bool is_due_before(const bj_heap_node *a, const bj_heap_node *b)
{
    const size_t at = offsetof(bj_task, node);
    const bj_task *one = (const bj_task *)((const char *)a - at);
    const bj_task *other = (const bj_task *)((const char *)b - at);
    return one->due_ns < other->due_ns;
}

static void init_lanes(bj_scheduler *scheduler)
{
    const bj_scheduler_options *options = &scheduler->options;
    const uint32_t most = options->most_begun > 0 ? options->most_begun : UINT32_MAX;
    lanes_init(&scheduler->lanes, options->slice_us * UINT64_C(1000),
               options->lane_running > 0 ? options->lane_running : options->threads, most,
               options->most_begun > 0 ? (most - options->threads) / 4 : 0);
}

/* Times of waiting are those of the monotonic clock. */
static bj_scheduler *allocate(const bj_scheduler_options *options)
{
    pthread_condattr_t monotonic;
    bj_scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (!scheduler)
        return NULL;
    atomic_init(&scheduler->references, 1);
    scheduler->options = *options;
    memcpy(scheduler->name, options->name, strlen(options->name));
    scheduler->options.name = scheduler->name;
    scheduler->parked.comes_before = is_due_before;
    init_lanes(scheduler);
    pthread_mutex_init(&scheduler->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&scheduler->work, &monotonic);
    pthread_cond_init(&scheduler->watch, &monotonic);
    pthread_cond_init(&scheduler->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return scheduler;
}

bj_scheduler *schedule_new(const bj_scheduler_options *options, schedule_idle_fn idle, void *user,
                           bj_error *err)
{
    if (check_options(options, err) < 0)
        return NULL;
    bj_scheduler *scheduler = allocate(options);
    if (!scheduler) {
        bj_fail_memory(err);
        return NULL;
    }
    scheduler->idle = idle;
    scheduler->idle_user = user;
    scheduler->serve = schedule_serve;
    schedule_enlist(scheduler);
    pthread_mutex_lock(&scheduler->lock);
    const int failed = schedule_start_thread(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    if (!failed)
        return scheduler;
    errno = failed;
    bj_fail_errno(err, "no thread can be started");
    schedule_strike_out(scheduler);
    schedule_release(scheduler);
    return NULL;
}

BJ_API bj_scheduler *bj_scheduler_new(const bj_scheduler_options *options, bj_error *err)
{
    bj_scheduler_options chosen;
    bj_scheduler_options_init(&chosen);
    if (options &&
        bj_sized_read(&chosen, sizeof chosen, options, BJ_SIZE_TO(bj_scheduler_options, name),
                      "bj_scheduler_options", err) < 0)
        return NULL;
    return schedule_new(&chosen, NULL, NULL, err);
}

BJ_API void bj_scheduler_delete(bj_scheduler *scheduler)
{
    /* Nothing is freed in a child: what it holds may be half changed. */
    if (!scheduler || atomic_load(&scheduler->is_parents))
        return;
    pthread_mutex_lock(&scheduler->lock);
    scheduler->stopping = true;
    schedule_cancel_all(scheduler);
    pthread_cond_broadcast(&scheduler->work);
    const bool ends = !scheduler->exiting; /* else nothing ends any more */
    if (ends)
        schedule_join_threads(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    schedule_strike_out(scheduler);
    schedule_release(scheduler);
}

void schedule_stir(bj_scheduler *scheduler)
{
    if (atomic_load(&scheduler->is_parents))
        return;
    pthread_mutex_lock(&scheduler->lock);
    scheduler->stirs++;
    if (scheduler->resting > 0)
        pthread_cond_signal(&scheduler->work);
    pthread_mutex_unlock(&scheduler->lock);
}

/* ---------------------------------------------------------------- counters */

static void fill(const bj_scheduler *scheduler, bj_scheduler_counters *now)
{
    *now = scheduler->counters;
    now->waiting = scheduler->lanes.fresh;
    now->ready = scheduler->lanes.ready;
    now->running = scheduler->lanes.running;
    now->parked = scheduler->parked_count;
    now->lanes = scheduler->lanes.count;
    now->threads = scheduler->threads;
    now->idle = scheduler->resting;
    now->spares = scheduler->held;
}

BJ_API void bj_scheduler_count(bj_scheduler *scheduler, bj_scheduler_counters *counters)
{
    bj_scheduler_counters now = {0};
    if (!atomic_load(&scheduler->is_parents)) {
        pthread_mutex_lock(&scheduler->lock);
        fill(scheduler, &now);
        pthread_mutex_unlock(&scheduler->lock);
    }
    bj_sized_write(counters, &now, sizeof now);
}
