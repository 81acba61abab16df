/*
 * pool.c: jobs on threads, each in a fresh sandbox.
 *
 *     pool ──> core <── job          one lock for all: the core lives as long as the last of them
 *               └─ lanes: a ring of those with jobs waiting, each a queue
 *
 * A job waits, runs, is done; every step is taken under the lock, so that a cancel sees it in exactly one of
 * them: it takes a waiting job out of its lane, interrupts the sandbox of a running one (which the worker takes
 * back under the lock before it deletes it), and finds nothing to do with one that is done.
 *
 * Workers make sandboxes ahead, started up to their first eval, whenever there is nothing else to do; and delete those that
 * were taken out and given back, which makes room for them.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "sandbox/internal.h"

#define THREADS_MOST 1024u
#define WARM_MOST    30000u
#define QUEUE_MOST   10000000u
#define LANE_BUCKETS 256u

typedef struct lane {
    uint64_t id;
    struct lane *in_bucket;   /* the next one of its bucket */
    struct lane *next, *last; /* in the ring */
    bj_job *first, *end;
} lane;

typedef struct pool_core {
    unsigned references; /* under the lock, as all below */
    pthread_mutex_t lock;
    pthread_cond_t work, room, done; /* `done` tells of what has been deleted, too */
    lane *turn;                      /* whose job is next; NULL: nothing waits */
    lane *buckets[LANE_BUCKETS];
    uint32_t waiting;
    bj_job *running; /* the first of a list */
    bool stopping;
} pool_core;

typedef enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE } job_state;

struct bj_job {
    pool_core *core;
    unsigned references; /* the caller's and the pool's; under the lock, as all below */
    job_state state;
    bool cancelled;
    lane *lane;
    bj_job *before, *after; /* in the lane, then among those that run */
    bj_sandbox *box;        /* while it runs */
    bj_receipt *receipt;    /* until it is taken */
    bj_error error;         /* why there is none */
    size_t size;
    char source[];
};

struct bj_pool {
    pool_core *core;
    bj_runtime *runtime;
    bj_policy policy;
    bj_pool_options options;
    pthread_t *threads;
    uint32_t started;
    bj_sandbox **warm; /* under the core's lock, as all below */
    uint32_t warm_count, warming;
    bj_sandbox **given; /* to be deleted; as many as may be warm, and one for each thread */
    uint32_t given_count, dropping;
    uint64_t dropped; /* how many have been, so far */
};

static uint32_t most_given(const bj_pool_options *options)
{
    return options->warm + options->threads;
}

/* ---------------------------------------------------------------- references */

/* Locked; unlocks, and frees what nobody has any more. */
static void core_release(pool_core *core)
{
    const bool last = --core->references == 0;
    pthread_mutex_unlock(&core->lock);
    if (!last)
        return;
    pthread_cond_destroy(&core->work);
    pthread_cond_destroy(&core->room);
    pthread_cond_destroy(&core->done);
    pthread_mutex_destroy(&core->lock);
    free(core);
}

/* The same for a job. */
static void job_release(bj_job *job)
{
    if (--job->references > 0) {
        pthread_mutex_unlock(&job->core->lock);
        return;
    }
    pool_core *core = job->core;
    bj_receipt_delete(job->receipt);
    free(job);
    core_release(core);
}

/* ---------------------------------------------------------------- lanes; all under the lock */

static lane **bucket_of(pool_core *core, uint64_t id)
{
    return &core->buckets[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
}

static lane *find_lane(pool_core *core, uint64_t id)
{
    lane *found = *bucket_of(core, id);
    while (found && found->id != id)
        found = found->in_bucket;
    return found;
}

/* A new lane has the last turn. NULL: out of memory. */
static lane *add_lane(pool_core *core, uint64_t id)
{
    lane *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->id = id;
    made->in_bucket = *bucket_of(core, id);
    *bucket_of(core, id) = made;
    if (core->turn) {
        made->next = core->turn;
        made->last = core->turn->last;
        made->last->next = core->turn->last = made;
    } else {
        core->turn = made->next = made->last = made;
    }
    return made;
}

static void remove_lane(pool_core *core, lane *gone)
{
    lane **at = bucket_of(core, gone->id);
    while (*at != gone)
        at = &(*at)->in_bucket;
    *at = gone->in_bucket;
    gone->last->next = gone->next;
    gone->next->last = gone->last;
    if (core->turn == gone)
        core->turn = gone->next == gone ? NULL : gone->next;
    free(gone);
}

static int enqueue(pool_core *core, bj_job *job, uint64_t id)
{
    lane *into = find_lane(core, id);
    if (!into && !(into = add_lane(core, id)))
        return -1;
    job->lane = into;
    job->before = into->end;
    if (into->end)
        into->end->after = job;
    else
        into->first = job;
    into->end = job;
    core->waiting++;
    return 0;
}

static void dequeue(pool_core *core, bj_job *job)
{
    lane *from = job->lane;
    if (job->before)
        job->before->after = job->after;
    else
        from->first = job->after;
    if (job->after)
        job->after->before = job->before;
    else
        from->end = job->before;
    job->lane = NULL;
    job->before = job->after = NULL;
    if (!from->first)
        remove_lane(core, from);
    core->waiting--;
    pthread_cond_signal(&core->room);
}

/* The next job, in turn. */
static bj_job *take_job(pool_core *core)
{
    bj_job *job = core->turn->first;
    core->turn = core->turn->next;
    dequeue(core, job);
    job->state = JOB_RUNNING;
    job->after = core->running;
    if (core->running)
        core->running->before = job;
    core->running = job;
    return job;
}

static void leave_running(pool_core *core, bj_job *job)
{
    if (job->before)
        job->before->after = job->after;
    else
        core->running = job->after;
    if (job->after)
        job->after->before = job->before;
}

/* ---------------------------------------------------------------- ends */

/* Locked. The receipt is handed over. */
static void finish(bj_job *job, bj_receipt *receipt)
{
    job->state = JOB_DONE;
    job->box = NULL;
    job->receipt = receipt;
    pthread_cond_broadcast(&job->core->done);
}

/* Locked: one that never ran. */
static void finish_unrun(bj_job *job)
{
    bj_receipt *receipt = calloc(1, sizeof *receipt);
    if (receipt) {
        receipt->outcome = BJ_OUTCOME_INTERRUPTED;
        receipt->usage.size = sizeof receipt->usage;
    } else {
        bj_fail_memory(&job->error);
    }
    finish(job, receipt);
}

/* Locked. Whether it was waiting, and the pool's reference is the caller's to release. */
static bool cancel(bj_job *job)
{
    job->cancelled = true;
    if (job->state == JOB_WAITING) {
        dequeue(job->core, job);
        finish_unrun(job);
        return true;
    }
    if (job->box)
        bj_sandbox_interrupt(job->box);
    return false;
}

/* ---------------------------------------------------------------- working */

/* A sandbox that is ready for a job. NULL and an error. */
static bj_sandbox *make_ready(const bj_pool *pool, bj_error *err)
{
    bj_sandbox *box = bj_sandbox_new(pool->runtime, &pool->policy, err);
    if (!box || pool->runtime->kind != BJ_RUNTIME_INTERPRETER || sandbox_boot(box, err) == 0)
        return box;
    bj_sandbox_delete(box);
    return NULL;
}

/* Locked before and after: one more that is ready, made without the lock. */
static bool warm_up(bj_pool *pool)
{
    pool_core *core = pool->core;
    bj_error err;
    pool->warming++;
    pthread_mutex_unlock(&core->lock);
    bj_sandbox *box = make_ready(pool, &err);
    pthread_mutex_lock(&core->lock);
    pool->warming--;
    if (box)
        pool->warm[pool->warm_count++] = box;
    return box != NULL;
}

/* Locked before and after. */
static void drop(bj_pool *pool, bj_sandbox *box)
{
    pool->dropping++;
    pthread_mutex_unlock(&pool->core->lock);
    bj_sandbox_delete(box);
    pthread_mutex_lock(&pool->core->lock);
    pool->dropping--;
    pool->dropped++;
    pthread_cond_broadcast(&pool->core->done);
}

/* Makes room by deleting what was given back, or waits until somebody has; `before` is what had been dropped when there was
 * none. False: there is nothing to delete. */
static bool make_room(bj_pool *pool, uint64_t before)
{
    pool_core *core = pool->core;
    pthread_mutex_lock(&core->lock);
    const bool found = pool->given_count > 0 || pool->dropping > 0 || pool->dropped != before;
    if (pool->given_count > 0)
        drop(pool, pool->given[--pool->given_count]);
    while (pool->dropped == before && pool->dropping > 0)
        pthread_cond_wait(&core->done, &core->lock);
    pthread_mutex_unlock(&core->lock);
    return found;
}

/* A sandbox that is ready, made now, without the lock: if need be in the room that those take which are to be deleted. */
static bj_sandbox *make_now(bj_pool *pool, bj_error *err)
{
    bj_error failure;
    uint64_t before;
    do {
        pthread_mutex_lock(&pool->core->lock);
        before = pool->dropped;
        pthread_mutex_unlock(&pool->core->lock);
        bj_sandbox *box = make_ready(pool, &failure);
        if (box)
            return box;
        /* There are as many as may be, or no memory for more; limits and grants were found right when the pool was made. */
    } while ((failure.code == BJ_ERROR_ARGUMENT || failure.code == BJ_ERROR_MEMORY) &&
             make_room(pool, before));
    if (err)
        *err = failure;
    return NULL;
}

static bj_receipt *run_job(bj_job *job, bj_sandbox *box, const bj_pool *pool)
{
    if (pool->runtime->kind == BJ_RUNTIME_INTERPRETER)
        return bj_sandbox_eval_as(box, job->source, job->size, pool->options.eval_flags,
                                  &job->error);
    return bj_sandbox_run(box, &job->error);
}

/* Locked before and after. */
static void work_on(bj_pool *pool, bj_job *job)
{
    pool_core *core = pool->core;
    bj_sandbox *box = pool->warm_count > 0 ? pool->warm[--pool->warm_count] : NULL;
    bj_receipt *receipt = NULL;
    if (!box) {
        pthread_mutex_unlock(&core->lock);
        box = make_now(pool, &job->error);
        pthread_mutex_lock(&core->lock);
    }
    job->box = box;
    if (box && job->cancelled)
        bj_sandbox_interrupt(box);
    pthread_mutex_unlock(&core->lock);
    if (box)
        receipt = run_job(job, box, pool);
    pthread_mutex_lock(&core->lock);
    leave_running(core, job);
    finish(job, receipt);
    pthread_mutex_unlock(&core->lock);
    if (pool->options.on_done)
        pool->options.on_done(pool->options.on_done_user, job);
    pthread_mutex_lock(&core->lock);
    drop(pool, box);
    job_release(job);
    pthread_mutex_lock(&core->lock);
}

static void *work(void *user)
{
    bj_pool *pool = user;
    pool_core *core = pool->core;
    bool can_warm = true;
    pthread_mutex_lock(&core->lock);
    while (!core->stopping) {
        if (core->turn) {
            work_on(pool, take_job(core));
            can_warm = true;
        } else if (pool->given_count > 0) {
            drop(pool, pool->given[--pool->given_count]);
            can_warm = true;
        } else if (can_warm && pool->warm_count + pool->warming < pool->options.warm) {
            can_warm =
                warm_up(pool); /* what cannot be made is tried again when something has happened */
        } else {
            pthread_cond_wait(&core->work, &core->lock);
            can_warm = true;
        }
    }
    pthread_mutex_unlock(&core->lock);
    return NULL;
}

/* ---------------------------------------------------------------- making and ending a pool */

BJ_API void bj_pool_options_init(bj_pool_options *options)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (bj_pool_options){.size = sizeof *options};
    options->threads = processors < 1              ? 1
                       : processors > THREADS_MOST ? THREADS_MOST
                                                   : (uint32_t)processors;
    options->warm = 2 * options->threads;
    options->queue = 64 * options->threads;
}

static int check_options(const bj_pool_options *options, bj_error *err)
{
    if (options->size != sizeof *options)
        return bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "these options were not set up by bj_pool_options_init of this library's version");
    if (options->threads < 1 || options->threads > THREADS_MOST || options->warm > WARM_MOST ||
        options->queue < 1 || options->queue > QUEUE_MOST)
        return bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "a pool has 1 to %u threads, up to %u warm sandboxes and a queue of 1 to %u jobs",
            THREADS_MOST, WARM_MOST, QUEUE_MOST);
    return 0;
}

/* Times of waiting are those of the monotonic clock. */
static pool_core *core_new(void)
{
    pthread_condattr_t monotonic;
    pool_core *core = calloc(1, sizeof *core);
    if (!core)
        return NULL;
    core->references = 1;
    pthread_mutex_init(&core->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&core->work, &monotonic);
    pthread_cond_init(&core->room, &monotonic);
    pthread_cond_init(&core->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return core;
}

static int start(bj_pool *pool, bj_error *err)
{
    /* What a job would find out is found out now: imports, grants, limits. */
    pool->warm[0] = make_ready(pool, err);
    if (!pool->warm[0])
        return -1;
    pool->warm_count = 1;
    for (; pool->started < pool->options.threads; pool->started++) {
        const int error = pthread_create(&pool->threads[pool->started], NULL, work, pool);
        if (error) {
            errno = error;
            return bj_fail_errno(err, "no thread can be started");
        }
    }
    return 0;
}

BJ_API bj_pool *bj_pool_new(bj_runtime *runtime, const bj_policy *policy,
                            const bj_pool_options *options, bj_error *err)
{
    bj_pool_options chosen;
    bj_pool_options_init(&chosen);
    if (options)
        chosen = *options;
    if (check_options(&chosen, err) < 0 || bj_policy_check(policy, err) < 0)
        return NULL;
    bj_pool *pool = calloc(1, sizeof *pool);
    if (pool) {
        pool->runtime = runtime;
        pool->options = chosen;
        pool->policy = *policy;
        pool->policy.grants = policy_grants_copy(policy->grants);
        pool->core = core_new();
        pool->threads = calloc(chosen.threads, sizeof *pool->threads);
        pool->warm = calloc((size_t)chosen.warm + 1, sizeof *pool->warm);
        pool->given = calloc(most_given(&chosen), sizeof *pool->given);
    }
    if (!pool || !pool->policy.grants || !pool->core || !pool->threads || !pool->warm ||
        !pool->given)
        bj_fail_memory(err);
    else if (start(pool, err) == 0)
        return pool;
    bj_pool_delete(pool);
    return NULL;
}

/* Locked before and after. */
static void cancel_all(pool_core *core)
{
    while (core->turn) {
        bj_job *job = core->turn->first;
        (void)cancel(job);
        job_release(job);
        pthread_mutex_lock(&core->lock);
    }
    for (bj_job *job = core->running; job; job = job->after)
        (void)cancel(job);
}

BJ_API void bj_pool_delete(bj_pool *pool)
{
    if (!pool)
        return;
    if (pool->core) {
        pthread_mutex_lock(&pool->core->lock);
        pool->core->stopping = true;
        cancel_all(pool->core);
        pthread_cond_broadcast(&pool->core->work);
        pthread_cond_broadcast(&pool->core->room);
        pthread_mutex_unlock(&pool->core->lock);
    }
    for (uint32_t i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    for (uint32_t i = 0; i < pool->warm_count; i++)
        bj_sandbox_delete(pool->warm[i]);
    for (uint32_t i = 0; i < pool->given_count; i++)
        bj_sandbox_delete(pool->given[i]);
    if (pool->core) {
        pthread_mutex_lock(&pool->core->lock);
        core_release(pool->core);
    }
    bj_policy_clear(&pool->policy);
    free(pool->given);
    free(pool->warm);
    free(pool->threads);
    free(pool);
}

/* ---------------------------------------------------------------- taking and giving */

BJ_API bj_sandbox *bj_pool_take(bj_pool *pool, bj_error *err)
{
    pthread_mutex_lock(&pool->core->lock);
    bj_sandbox *box = pool->warm_count > 0 ? pool->warm[--pool->warm_count] : NULL;
    /* For more, not at once: whoever takes one is about to use it, and needs the processor more. */
    if (pool->warm_count <= pool->options.warm / 2)
        pthread_cond_signal(&pool->core->work);
    pthread_mutex_unlock(&pool->core->lock);
    return box ? box : make_now(pool, err);
}

BJ_API void bj_pool_give(bj_pool *pool, bj_sandbox *box)
{
    if (!box)
        return;
    pthread_mutex_lock(&pool->core->lock);
    const bool taken = pool->given_count < most_given(&pool->options);
    if (taken) {
        pool->given[pool->given_count++] = box;
        pthread_cond_signal(&pool->core->work);
    }
    pthread_mutex_unlock(&pool->core->lock);
    if (!taken) /* the threads do not keep up */
        bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- jobs */

/* Whether what is waited for came within `timeout_ms`; locked. */
typedef bool (*condition)(const void *what);

static bool wait_for(pool_core *core, pthread_cond_t *cond, condition holds, const void *what,
                     uint64_t timeout_ms)
{
    const uint64_t now_ns = bj_clock_monotonic_ns();
    const uint64_t end_ns =
        timeout_ms > (UINT64_MAX - now_ns) / 1000000 ? UINT64_MAX : now_ns + timeout_ms * 1000000;
    const struct timespec end = {.tv_sec = (time_t)(end_ns / 1000000000),
                                 .tv_nsec = (long)(end_ns % 1000000000)};
    while (!holds(what)) {
        if (timeout_ms == 0)
            return false;
        if (end_ns == UINT64_MAX)
            pthread_cond_wait(cond, &core->lock);
        else if (pthread_cond_timedwait(cond, &core->lock, &end) == ETIMEDOUT)
            return holds(what);
    }
    return true;
}

static bool has_room(const void *pool)
{
    const bj_pool *self = pool;
    return self->core->waiting < self->options.queue || self->core->stopping;
}

static bool is_done(const void *job)
{
    return ((const bj_job *)job)->state == JOB_DONE;
}

BJ_API bj_job *bj_pool_submit(bj_pool *pool, uint64_t lane_id, const char *source, size_t size,
                              uint64_t timeout_ms, bj_error *err)
{
    pool_core *core = pool->core;
    bj_job *job = size > SIZE_MAX / 2 ? NULL : malloc(sizeof *job + size);
    if (!job) {
        bj_fail_memory(err);
        return NULL;
    }
    *job = (bj_job){.core = core, .references = 2, .size = size};
    if (size > 0)
        memcpy(job->source, source, size);
    pthread_mutex_lock(&core->lock);
    if (!wait_for(core, &core->room, has_room, pool, timeout_ms)) {
        bj_fail(err, BJ_ERROR_BUSY, "%u jobs are waiting, as many as the pool's queue holds",
                pool->options.queue);
    } else if (enqueue(core, job, lane_id) < 0) {
        bj_fail_memory(err);
    } else {
        core->references++;
        pthread_cond_signal(&core->work);
        pthread_mutex_unlock(&core->lock);
        return job;
    }
    pthread_mutex_unlock(&core->lock);
    free(job);
    return NULL;
}

BJ_API bj_receipt *bj_job_wait(bj_job *job, uint64_t timeout_ms, bj_error *err)
{
    pthread_mutex_lock(&job->core->lock);
    bj_receipt *receipt = NULL;
    if (!wait_for(job->core, &job->core->done, is_done, job, timeout_ms)) {
        bj_fail(err, BJ_ERROR_BUSY, "the job is not done yet");
    } else if (job->receipt) {
        receipt = job->receipt;
        job->receipt = NULL;
    } else if (job->error.code != BJ_ERROR_NONE) {
        bj_fail(err, job->error.code, "%s", job->error.message);
    } else {
        bj_fail(err, BJ_ERROR_ARGUMENT, "the job's receipt has been taken already");
    }
    pthread_mutex_unlock(&job->core->lock);
    return receipt;
}

BJ_API bool bj_job_is_done(bj_job *job)
{
    pthread_mutex_lock(&job->core->lock);
    const bool done = is_done(job);
    pthread_mutex_unlock(&job->core->lock);
    return done;
}

BJ_API void bj_job_cancel(bj_job *job)
{
    pthread_mutex_lock(&job->core->lock);
    if (cancel(job))
        job_release(job); /* the caller's own is left */
    else
        pthread_mutex_unlock(&job->core->lock);
}

BJ_API void bj_job_delete(bj_job *job)
{
    if (!job)
        return;
    bj_job_cancel(job);
    pthread_mutex_lock(&job->core->lock);
    job_release(job);
}
