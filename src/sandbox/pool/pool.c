/*
 * pool.c: jobs, each in a fresh sandbox, and sandboxes that are made ahead.
 *
 * A job is a task of the pool's scheduler (src/schedule), which knows whose turn it is, who waits and who is cancelled. Its sandbox is
 * one that was made ahead, started up to its first eval, or is made in its first turn; it is deleted after the job is done and told.
 *
 * Threads that have no turn to take make sandboxes ahead, and delete those that were taken out and given back, which makes room for them.
 *
 * The pool's own lock is for sandboxes alone: those that are ready, those to be deleted. A job outlives its pool, and touches it no more once it is done.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/sized.h"
#include "policy/policy.h"
#include "sandbox/run/run.h"
#include "schedule/schedule.h"

#define THREADS_MOST  1024u
#define WARM_MOST     30000u
#define ASIDE_MOST    30000u
#define ASIDE_DEFAULT 256u
#define QUEUE_MOST    10000000u
#define NS_PER_MS     UINT64_C(1000000)

struct bj_job {
    bj_task task;
    bj_pool *pool;              /* until it is done */
    _Atomic(bj_sandbox *) box;  /* from its first turn until it is done */
    bj_receipt *result;         /* of its last step */
    _Atomic(bj_receipt *) kept; /* the same once it is done, until it is taken */
    bj_error error;             /* why there is none */
    size_t size;
    char source[];
};

struct bj_pool {
    bj_scheduler *scheduler;
    bj_runtime *runtime;
    bj_policy policy;
    bj_pool_options options;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t room, dropped;
    uint32_t waiting_for_room;
    bj_sandbox **warm;
    uint32_t warm_count, warming;
    bj_sandbox **given; /* to be deleted; as many as may be warm, and one for each thread */
    uint32_t given_count, dropping;
    uint64_t drops; /* how many have been, so far */
};

static uint32_t most_given(const bj_pool_options *options)
{
    return options->warm + options->threads;
}

/* ---------------------------------------------------------------- sandboxes */

/* A sandbox that is ready for a job. It is booted ahead, unless it is deterministic: then the boot is part of its first receipt,
 * whose digest must not depend on who made the sandbox. NULL and an error. */
static bj_sandbox *make_box(const bj_pool *pool, bj_error *err)
{
    bj_sandbox *box = bj_sandbox_new(pool->runtime, &pool->policy, err);
    if (!box || pool->runtime->kind != BJ_RUNTIME_INTERPRETER || pool->policy.deterministic ||
        sandbox_bring_to(&box->first, GOAL_BOOTED, err) == 0)
        return box;
    bj_sandbox_delete(box);
    return NULL;
}

/* Locked before and after. */
static void drop(bj_pool *pool, bj_sandbox *box)
{
    pool->dropping++;
    pthread_mutex_unlock(&pool->lock);
    bj_sandbox_delete(box);
    pthread_mutex_lock(&pool->lock);
    pool->dropping--;
    pool->drops++;
    pthread_cond_broadcast(&pool->dropped);
}

/* Makes room by deleting what was given back, or waits until somebody has; `before` is what had been dropped when there was
 * none. False: there is nothing to delete. */
static bool make_room(bj_pool *pool, uint64_t before)
{
    pthread_mutex_lock(&pool->lock);
    const bool found = pool->given_count > 0 || pool->dropping > 0 || pool->drops != before;
    if (pool->given_count > 0)
        drop(pool, pool->given[--pool->given_count]);
    while (pool->drops == before && pool->dropping > 0)
        pthread_cond_wait(&pool->dropped, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return found;
}

/* A sandbox that is ready, made now: if need be in the room that those take which are to be deleted. */
static bj_sandbox *make_now(bj_pool *pool, bj_error *err)
{
    bj_error failure;
    uint64_t before;
    do {
        pthread_mutex_lock(&pool->lock);
        before = pool->drops;
        pthread_mutex_unlock(&pool->lock);
        bj_sandbox *box = make_box(pool, &failure);
        if (box)
            return box;
        /* There are as many as may be, or no memory for more; limits and grants were found right when the pool was made. */
    } while ((failure.code == BJ_ERROR_ARGUMENT || failure.code == BJ_ERROR_MEMORY) &&
             make_room(pool, before));
    if (err)
        *err = failure;
    return NULL;
}

/* Locked before and after: one more that is ready, made without the lock. */
static bool warm_up(bj_pool *pool)
{
    bj_error err;
    pool->warming++;
    pthread_mutex_unlock(&pool->lock);
    bj_sandbox *box = make_box(pool, &err);
    pthread_mutex_lock(&pool->lock);
    pool->warming--;
    if (box)
        pool->warm[pool->warm_count++] = box;
    return box != NULL;
}

/* A schedule_idle_fn. What cannot be made is tried again when something has happened. */
static bool work_ahead(void *user)
{
    bj_pool *pool = user;
    bool did = false;
    pthread_mutex_lock(&pool->lock);
    if (pool->given_count > 0) {
        drop(pool, pool->given[--pool->given_count]);
        did = true;
    } else if (pool->warm_count + pool->warming < pool->options.warm) {
        did = warm_up(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return did;
}

/* ---------------------------------------------------------------- a job's turns */

static bj_sandbox *take_warm(bj_pool *pool)
{
    return pool->warm_count > 0 ? pool->warm[--pool->warm_count] : NULL;
}

/* It no longer waits to be begun. Locked. */
static void leave_queue(bj_pool *pool)
{
    if (pool->waiting_for_room > 0)
        pthread_cond_signal(&pool->room);
}

/* -1: it is done already, with an error. */
static int begin(bj_pool *pool, bj_job *job)
{
    pthread_mutex_lock(&pool->lock);
    leave_queue(pool);
    bj_sandbox *box = take_warm(pool);
    pthread_mutex_unlock(&pool->lock);
    if (!box)
        box = make_now(pool, &job->error);
    if (!box)
        return -1;
    /* Whoever cancels it sees the sandbox, or is seen here. */
    atomic_store(&job->box, box);
    if (bj_task_is_cancelled(&job->task))
        bj_sandbox_interrupt(box);
    return sandbox_begin_steps(box, (bj_span){job->source, job->size}, pool->options.eval_flags,
                               bj_task_wake, &job->task, &job->error);
}

static bj_turn take_turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    bj_job *job = user;
    (void)task;
    if (!atomic_load(&job->box) && begin(job->pool, job) < 0)
        return BJ_TURN_DONE;
    switch (bj_sandbox_step(atomic_load(&job->box), (slice_us + 999) / 1000, &job->result, wait_ms,
                            &job->error)) {
    case BJ_STEP_YIELDED:
        return BJ_TURN_AGAIN;
    case BJ_STEP_WAITS:
        return BJ_TURN_WAITS;
    default:
        return BJ_TURN_DONE;
    }
}

static void interrupt(void *user, bj_task *task)
{
    bj_sandbox *box = atomic_load(&((bj_job *)user)->box);
    (void)task;
    if (box)
        bj_sandbox_interrupt(box);
}

/* A schedule_settle_fn: what is waited for is there before anybody looks. */
static void settle(bj_task *task, schedule_end *told)
{
    bj_job *job = (bj_job *)task;
    (void)told;
    if (!task->begun)
        job->result = receipt_of_nothing();
    if (!task->begun && !job->result)
        bj_fail_memory(&job->error);
    atomic_store(&job->kept, job->result);
}

static void is_done(void *user, bj_task *task)
{
    bj_job *job = user;
    bj_pool *pool = job->pool;
    bj_sandbox *box = atomic_load(&job->box);
    (void)task;
    if (box && pool->options.on_done)
        pool->options.on_done(pool->options.on_done_user, job);
    pthread_mutex_lock(&pool->lock);
    if (box)
        drop(pool, box);
    else
        leave_queue(pool);
    pthread_mutex_unlock(&pool->lock);
}

static void drop_job(bj_task *task)
{
    bj_receipt_delete(atomic_load(&((bj_job *)task)->kept));
    free(task);
}

/* ---------------------------------------------------------------- making and ending a pool */

BJ_API void bj_pool_options_init_sized(bj_pool_options *options, size_t size)
{
    bj_scheduler_options scheduler;
    bj_scheduler_options_init(&scheduler);
    const bj_pool_options defaults = {.threads = scheduler.threads,
                                      .warm = 2 * scheduler.threads,
                                      .queue = 64 * scheduler.threads,
                                      .aside = ASIDE_DEFAULT};
    bj_sized_init(options, size, &defaults, sizeof defaults);
}

static int check_options(const bj_pool_options *options, bj_error *err)
{
    if (options->threads < 1 || options->threads > THREADS_MOST || options->warm > WARM_MOST ||
        options->queue < 1 || options->queue > QUEUE_MOST || options->aside > ASIDE_MOST)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "a pool has 1 to %u threads, up to %u warm sandboxes, a queue of 1 to %u "
                       "jobs, and sets up to %u aside",
                       THREADS_MOST, WARM_MOST, QUEUE_MOST, ASIDE_MOST);
    return sandbox_check_flags(options->eval_flags, err);
}

/* As many as the engine leaves beside those on threads and those that are kept ready. */
static uint32_t room_aside(const bj_runtime *runtime, const bj_pool_options *options)
{
    const uint64_t alive = engine_max_instances(runtime->engine->engine);
    const uint64_t others = (uint64_t)options->threads + options->warm;
    const uint64_t left = alive > others ? alive - others : 0;
    return left < options->aside ? (uint32_t)left : options->aside;
}

static int start(bj_pool *pool, bj_error *err)
{
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = pool->options.threads;
    options.most_begun = options.threads + room_aside(pool->runtime, &pool->options);
    options.most_waiting = pool->options.queue;
    /* What a job would find out is found out now: imports, grants, limits. */
    pool->warm[0] = make_box(pool, err);
    if (!pool->warm[0])
        return -1;
    pool->warm_count = 1;
    pool->scheduler = schedule_new(&options, work_ahead, pool, err);
    return pool->scheduler ? 0 : -1;
}

static void init_lock(bj_pool *pool)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->room, &monotonic);
    pthread_cond_init(&pool->dropped, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

BJ_API bj_pool *bj_pool_new(bj_runtime *runtime, const bj_policy *policy,
                            const bj_pool_options *options, bj_error *err)
{
    bj_policy own;
    bj_pool_options chosen;
    bj_pool_options_init(&chosen);
    if (options && bj_sized_read(&chosen, sizeof chosen, options,
                                 BJ_SIZE_TO(bj_pool_options, aside), "bj_pool_options", err) < 0)
        return NULL;
    if (check_options(&chosen, err) < 0 || policy_read(&own, policy, err) < 0)
        return NULL;
    bj_pool *pool = calloc(1, sizeof *pool);
    if (pool) {
        init_lock(pool);
        pool->runtime = runtime;
        pool->options = chosen;
        pool->policy = own;
        pool->policy.grants = policy_grants_copy(own.grants);
        pool->warm = calloc((size_t)chosen.warm + 1, sizeof *pool->warm);
        pool->given = calloc(most_given(&chosen), sizeof *pool->given);
    }
    if (!pool || !pool->policy.grants || !pool->warm || !pool->given)
        bj_fail_memory(err);
    else if (start(pool, err) == 0)
        return pool;
    bj_pool_delete(pool);
    return NULL;
}

BJ_API bj_scheduler *bj_pool_scheduler(bj_pool *pool)
{
    return pool->scheduler;
}

BJ_API void bj_pool_delete(bj_pool *pool)
{
    if (!pool || (pool->scheduler && schedule_check_process(pool->scheduler, NULL) < 0))
        return;
    if (pool->scheduler)
        bj_scheduler_delete(pool->scheduler);
    for (uint32_t i = 0; i < pool->warm_count; i++)
        bj_sandbox_delete(pool->warm[i]);
    for (uint32_t i = 0; i < pool->given_count; i++)
        bj_sandbox_delete(pool->given[i]);
    bj_policy_clear(&pool->policy);
    pthread_cond_destroy(&pool->room);
    pthread_cond_destroy(&pool->dropped);
    pthread_mutex_destroy(&pool->lock);
    free(pool->given);
    free(pool->warm);
    free(pool);
}

/* ---------------------------------------------------------------- taking and giving */

BJ_API bj_sandbox *bj_pool_take(bj_pool *pool, bj_error *err)
{
    if (schedule_check_process(pool->scheduler, err) < 0)
        return NULL;
    pthread_mutex_lock(&pool->lock);
    bj_sandbox *box = take_warm(pool);
    const bool is_low = pool->warm_count <= pool->options.warm / 2;
    pthread_mutex_unlock(&pool->lock);
    /* For more, not at once: whoever takes one is about to use it, and needs the processor more. */
    if (is_low)
        schedule_stir(pool->scheduler);
    return box ? box : make_now(pool, err);
}

/* Whether a thread will delete it. */
static bool hand_in(bj_pool *pool, bj_sandbox *box)
{
    if (schedule_check_process(pool->scheduler, NULL) < 0)
        return false;
    pthread_mutex_lock(&pool->lock);
    const bool taken = pool->given_count < most_given(&pool->options);
    if (taken)
        pool->given[pool->given_count++] = box;
    pthread_mutex_unlock(&pool->lock);
    if (taken)
        schedule_stir(pool->scheduler);
    return taken;
}

BJ_API void bj_pool_give(bj_pool *pool, bj_sandbox *box)
{
    if (box && !hand_in(pool, box)) /* the threads do not keep up */
        bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- jobs */

static bj_job *new_job(bj_pool *pool, uint64_t lane_id, const char *source, size_t size)
{
    bj_job *job = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *job + size);
    if (!job)
        return NULL;
    memset(job, 0, sizeof *job);
    schedule_init_task(&job->task, pool->scheduler, lane_id, drop_job);
    job->pool = pool;
    job->size = size;
    if (size > 0)
        memcpy(job->source, source, size);
    return job;
}

/* When `timeout_ms` have passed; false: never. */
static bool end_of(uint64_t timeout_ms, struct timespec *end)
{
    const uint64_t now_ns = bj_clock_monotonic_ns();
    if (timeout_ms > (UINT64_MAX - now_ns) / NS_PER_MS)
        return false;
    const uint64_t end_ns = now_ns + timeout_ms * NS_PER_MS;
    *end = (struct timespec){.tv_sec = (time_t)(end_ns / 1000000000),
                             .tv_nsec = (long)(end_ns % 1000000000)};
    return true;
}

/* Locked. Waits for room in the queue where there is none: a job that leaves it says so under the pool's lock. */
static int submit(bj_pool *pool, bj_job *job, uint64_t timeout_ms, bj_error *err)
{
    const bj_work work = {
        .size = sizeof work, .turn = take_turn, .done = is_done, .cancel = interrupt, .user = job};
    struct timespec end;
    const bool ends = end_of(timeout_ms, &end);
    bj_error failure = {0};
    int status;
    bool late = timeout_ms == 0;
    pool->waiting_for_room++;
    while ((status = schedule_submit(&job->task, &work, settle, 0, NULL, &failure)) < 0 &&
           failure.code == BJ_ERROR_BUSY && !late) {
        if (!ends)
            pthread_cond_wait(&pool->room, &pool->lock);
        else
            late = pthread_cond_timedwait(&pool->room, &pool->lock, &end) == ETIMEDOUT;
    }
    pool->waiting_for_room--;
    if (status < 0 && err)
        *err = failure;
    return status;
}

BJ_API bj_job *bj_pool_submit(bj_pool *pool, uint64_t lane_id, const char *source, size_t size,
                              uint64_t timeout_ms, bj_error *err)
{
    if (schedule_check_process(pool->scheduler, err) < 0)
        return NULL;
    bj_job *job = new_job(pool, lane_id, source, size);
    if (!job) {
        bj_fail_memory(err);
        return NULL;
    }
    pthread_mutex_lock(&pool->lock);
    const int status = submit(pool, job, timeout_ms, err);
    pthread_mutex_unlock(&pool->lock);
    if (status >= 0)
        return job;
    bj_task_delete(&job->task);
    return NULL;
}

BJ_API bj_receipt *bj_job_wait(bj_job *job, uint64_t timeout_ms, bj_error *err)
{
    if (bj_task_wait(&job->task, timeout_ms, err) < 0)
        return NULL;
    bj_receipt *receipt = atomic_exchange(&job->kept, NULL);
    if (receipt)
        return receipt;
    if (job->error.code != BJ_ERROR_NONE)
        bj_fail(err, job->error.code, "%s", job->error.message);
    else
        bj_fail(err, BJ_ERROR_ARGUMENT, "the job's receipt has been taken already");
    return NULL;
}

BJ_API bool bj_job_is_done(bj_job *job)
{
    return bj_task_is_done(&job->task);
}

BJ_API void bj_job_cancel(bj_job *job)
{
    bj_task_cancel(&job->task);
}

BJ_API void bj_job_delete(bj_job *job)
{
    if (job)
        bj_task_delete(&job->task);
}
