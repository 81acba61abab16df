/*
 * pool.c: jobs on threads, each in a fresh sandbox.
 *
 *     pool ──> core <── job          one lock for all: the core lives as long as the last of them
 *               └─ lanes, in two rings: those with fresh jobs, which wait to be begun, and those with ready ones,
 *                  which were begun and wait for a thread to go on
 *
 *     waiting ──> running ──> done        A job is begun and stepped. One whose guest waits for a tool is set aside,
 *                  │   ^                  and its worker takes another; it is ready when the tool has answered, when
 *                  v   │                  a limit of time has come, or when it is cancelled. One whose slice is over
 *               aside ─> ready            is ready at once, where anybody else wants the thread.
 *
 * Every change is made under the lock, so that a cancel sees a job in exactly one of these states: it takes a waiting
 * job out of its lane, interrupts the sandbox of one that was begun (which the worker takes back under the lock before
 * it deletes it), and finds nothing to do with one that is done.
 *
 * The two rings share the threads by time: the next job comes from the one that has had less. So jobs that never end
 * leave half of the time to those that come; within a ring lanes take turns.
 *
 * No more jobs are begun than there are threads and room for those set aside: whoever waits finds room, and leaves its
 * thread. A quarter of the room is for lanes that have nothing under way, so that one alone cannot take all.
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

#define THREADS_MOST  1024u
#define WARM_MOST     30000u
#define ASIDE_MOST    30000u
#define ASIDE_DEFAULT 256u
#define QUEUE_MOST    10000000u
#define LANE_BUCKETS  256u
#define SLICE_MS      10u
#define NS_PER_MS     UINT64_C(1000000)

enum { FRESH, READY, RINGS };

/* Lives as long as it has jobs that are not done. */
typedef struct lane {
    uint64_t id;
    uint32_t jobs, begun;   /* of the jobs */
    struct lane *in_bucket; /* the next one of its bucket */
    struct lane_queue {
        struct lane *next, *last; /* in the ring, while there are any */
        bj_job *first, *end;
    } queues[RINGS];
} lane;

typedef struct ring {
    lane *turn;     /* whose job is next; NULL: there is none */
    uint32_t count; /* of jobs */
    uint64_t
        used_ns; /* what its jobs have had of the threads, since the other one had none to offer */
} ring;

typedef struct pool_core {
    unsigned references; /* under the lock, as all below */
    pthread_mutex_t lock;
    pthread_cond_t work, room, done; /* `done` tells of what has been deleted, too */
    lane *buckets[LANE_BUCKETS];
    ring rings[RINGS];
    bj_job *begun; /* the first of a list */
    uint32_t begun_count, begun_most;
    uint32_t reserved; /* of begun_most, for lanes of which none is begun */
    bj_job **aside;    /* a heap: the job whose time comes first is first */
    uint32_t aside_count;
    bool stopping;
} pool_core;

typedef enum job_state { JOB_WAITING, JOB_RUNNING, JOB_ASIDE, JOB_READY, JOB_DONE } job_state;

struct bj_job {
    pool_core *core;
    unsigned references; /* the caller's and the pool's; under the lock, as all below */
    job_state state;
    bool cancelled;
    bool woken;                      /* since its step began */
    lane *lane;                      /* until it is done */
    bj_job *before, *after;          /* there, while it waits or is ready */
    bj_job *begun_last, *begun_next; /* in the list of those that were begun */
    uint32_t at;                     /* in the heap, while it is aside */
    uint64_t until_ns;               /* when it goes on by itself then */
    bj_sandbox *box;                 /* from its beginning to its end */
    bj_receipt *receipt;             /* until it is taken */
    bj_error error;                  /* why there is none */
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
    free(core->aside);
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

/* The job's lane, made if need be. -1: out of memory. */
static int join_lane(pool_core *core, bj_job *job, uint64_t id)
{
    lane **bucket = bucket_of(core, id), *found = *bucket;
    while (found && found->id != id)
        found = found->in_bucket;
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found)
            return -1;
        found->id = id;
        found->in_bucket = *bucket;
        *bucket = found;
    }
    found->jobs++;
    job->lane = found;
    return 0;
}

static void leave_lane(pool_core *core, bj_job *job)
{
    lane *left = job->lane;
    job->lane = NULL;
    if (--left->jobs > 0)
        return;
    lane **at = bucket_of(core, left->id);
    while (*at != left)
        at = &(*at)->in_bucket;
    *at = left->in_bucket;
    free(left);
}

/* The last turn is a newcomer's. */
static void join_ring(ring *in, int which, lane *joins)
{
    struct lane_queue *own = &joins->queues[which];
    if (in->turn) {
        own->next = in->turn;
        own->last = in->turn->queues[which].last;
        own->last->queues[which].next = in->turn->queues[which].last = joins;
    } else {
        in->turn = own->next = own->last = joins;
    }
}

static void leave_ring(ring *in, int which, lane *leaves)
{
    const struct lane_queue *own = &leaves->queues[which];
    own->last->queues[which].next = own->next;
    own->next->queues[which].last = own->last;
    if (in->turn == leaves)
        in->turn = own->next == leaves ? NULL : own->next;
}

static void enqueue(pool_core *core, int which, bj_job *job)
{
    struct lane_queue *queue = &job->lane->queues[which];
    if (!queue->first)
        join_ring(&core->rings[which], which, job->lane);
    job->before = queue->end;
    if (queue->end)
        queue->end->after = job;
    else
        queue->first = job;
    queue->end = job;
    core->rings[which].count++;
}

static void dequeue(pool_core *core, int which, bj_job *job)
{
    struct lane_queue *queue = &job->lane->queues[which];
    if (job->before)
        job->before->after = job->after;
    else
        queue->first = job->after;
    if (job->after)
        job->after->before = job->before;
    else
        queue->end = job->before;
    job->before = job->after = NULL;
    if (!queue->first)
        leave_ring(&core->rings[which], which, job->lane);
    core->rings[which].count--;
    if (which == FRESH)
        pthread_cond_signal(&core->room);
}

/* ---------------------------------------------------------------- those set aside, a heap; all under the lock */

static void put_at(pool_core *core, bj_job *job, uint32_t at)
{
    core->aside[at] = job;
    job->at = at;
}

/* Puts a job to where it belongs; place `at` is free. */
static void settle(pool_core *core, bj_job *job, uint32_t at)
{
    for (; at > 0 && core->aside[(at - 1) / 2]->until_ns > job->until_ns; at = (at - 1) / 2)
        put_at(core, core->aside[(at - 1) / 2], at);
    for (uint32_t child; (child = 2 * at + 1) < core->aside_count; at = child) {
        if (child + 1 < core->aside_count &&
            core->aside[child + 1]->until_ns < core->aside[child]->until_ns)
            child++;
        if (core->aside[child]->until_ns >= job->until_ns)
            break;
        put_at(core, core->aside[child], at);
    }
    put_at(core, job, at);
}

static void set_aside(pool_core *core, bj_job *job)
{
    job->state = JOB_ASIDE;
    settle(core, job, core->aside_count++);
}

static void make_ready(pool_core *core, bj_job *job)
{
    job->state = JOB_READY;
    enqueue(core, READY, job);
    pthread_cond_signal(&core->work);
}

static void take_back(pool_core *core, bj_job *job)
{
    bj_job *last = core->aside[--core->aside_count];
    if (last != job)
        settle(core, last, job->at);
    make_ready(core, job);
}

static void take_back_late(pool_core *core)
{
    const uint64_t now_ns = core->aside_count > 0 ? bj_clock_monotonic_ns() : 0;
    while (core->aside_count > 0 && core->aside[0]->until_ns <= now_ns)
        take_back(core, core->aside[0]);
}

/* ---------------------------------------------------------------- whose turn it is; all under the lock */

/* Whose turn it is of those that may have one; NULL: there is none. */
static lane *next_lane(const pool_core *core, int which)
{
    lane *first = core->rings[which].turn, *at = first;
    if (!first || which == READY || core->begun_count < core->begun_most - core->reserved)
        return first;
    if (core->begun_count == core->begun_most)
        return NULL;
    do {
        if (at->begun == 0)
            return at;
        at = at->queues[which].next;
    } while (at != first);
    return NULL;
}

static bool can_take(const pool_core *core, int which)
{
    return next_lane(core, which) != NULL;
}

static bool has_work(pool_core *core)
{
    take_back_late(core);
    return can_take(core, FRESH) || can_take(core, READY);
}

static int choose_ring(pool_core *core)
{
    const bool fresh = can_take(core, FRESH), ready = can_take(core, READY);
    if (fresh && ready)
        return core->rings[FRESH].used_ns <= core->rings[READY].used_ns ? FRESH : READY;
    core->rings[FRESH].used_ns = core->rings[READY].used_ns = 0;
    return fresh ? FRESH : READY;
}

static void join_begun(pool_core *core, bj_job *job)
{
    job->begun_next = core->begun;
    if (core->begun)
        core->begun->begun_last = job;
    core->begun = job;
    core->begun_count++;
    job->lane->begun++;
}

static void leave_begun(pool_core *core, bj_job *job)
{
    if (job->begun_last)
        job->begun_last->begun_next = job->begun_next;
    else
        core->begun = job->begun_next;
    if (job->begun_next)
        job->begun_next->begun_last = job->begun_last;
    core->begun_count--;
    job->lane->begun--;
}

/* The next job, in turn; there is one. */
static bj_job *take_job(pool_core *core, int which)
{
    lane *from = next_lane(core, which);
    bj_job *job = from->queues[which].first;
    core->rings[which].turn = from->queues[which].next;
    dequeue(core, which, job);
    if (which == FRESH)
        join_begun(core, job);
    job->state = JOB_RUNNING;
    return job;
}

/* ---------------------------------------------------------------- ends */

/* Locked. The receipt is handed over. */
static void finish(bj_job *job, bj_receipt *receipt)
{
    leave_lane(job->core, job);
    job->state = JOB_DONE;
    job->box = NULL;
    job->receipt = receipt;
    pthread_cond_broadcast(&job->core->done);
}

/* Locked: one that was never begun. */
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
        dequeue(job->core, FRESH, job);
        finish_unrun(job);
        return true;
    }
    if (job->box)
        bj_sandbox_interrupt(job->box);
    if (job->state == JOB_ASIDE)
        take_back(job->core, job);
    return false;
}

/* The guest's tool has answered: a bj_wake_fn. */
static void wake(void *user)
{
    bj_job *job = user;
    pthread_mutex_lock(&job->core->lock);
    job->woken = true;
    if (job->state == JOB_ASIDE)
        take_back(job->core, job);
    pthread_mutex_unlock(&job->core->lock);
}

/* ---------------------------------------------------------------- working */

/* A sandbox that is ready for a job. NULL and an error. */
static bj_sandbox *make_box(const bj_pool *pool, bj_error *err)
{
    bj_sandbox *box = bj_sandbox_new(pool->runtime, &pool->policy, err);
    if (!box || pool->runtime->kind != BJ_RUNTIME_INTERPRETER ||
        sandbox_bring_to(box, GOAL_BOOTED, err) == 0)
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
    bj_sandbox *box = make_box(pool, &err);
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

/* Locked before and after. -1: it has ended already, with an error. */
static int begin_job(bj_pool *pool, bj_job *job)
{
    pool_core *core = pool->core;
    bj_sandbox *box = pool->warm_count > 0 ? pool->warm[--pool->warm_count] : NULL;
    pthread_mutex_unlock(&core->lock);
    if (!box)
        box = make_now(pool, &job->error);
    const int status = box ? sandbox_begin_steps(box, (bj_span){job->source, job->size},
                                                 pool->options.eval_flags, wake, job, &job->error)
                           : -1;
    pthread_mutex_lock(&core->lock);
    job->box = box;
    if (box && job->cancelled)
        bj_sandbox_interrupt(box);
    return status;
}

/* Locked before and after. */
static void end_job(bj_pool *pool, bj_job *job, bj_receipt *receipt)
{
    pool_core *core = pool->core;
    bj_sandbox *box = job->box;
    leave_begun(core, job);
    finish(job, receipt);
    pthread_mutex_unlock(&core->lock);
    if (pool->options.on_done)
        pool->options.on_done(pool->options.on_done_user, job);
    pthread_mutex_lock(&core->lock);
    drop(pool, box);
    job_release(job);
    pthread_mutex_lock(&core->lock);
}

/* Locked before and after: steps it until it is done, waits, or somebody else wants the thread. */
static void work_on(bj_pool *pool, bj_job *job, int from)
{
    pool_core *core = pool->core;
    bj_step step = BJ_STEP_FAILED;
    bj_receipt *receipt = NULL;
    uint64_t wait_ms = 0;
    uint64_t began_ns = bj_clock_monotonic_ns();
    bool goes_on = job->box || begin_job(pool, job) == 0;
    while (goes_on) {
        job->woken = false;
        pthread_mutex_unlock(&core->lock);
        step = bj_sandbox_step(job->box, SLICE_MS, &receipt, &wait_ms, &job->error);
        const uint64_t now_ns = bj_clock_monotonic_ns();
        pthread_mutex_lock(&core->lock);
        core->rings[from].used_ns += now_ns - began_ns;
        began_ns = now_ns;
        goes_on = step == BJ_STEP_YIELDED && !has_work(core);
    }
    if (step == BJ_STEP_YIELDED || (step == BJ_STEP_WAITS && (job->woken || job->cancelled))) {
        make_ready(core, job);
    } else if (step == BJ_STEP_WAITS) {
        job->until_ns = began_ns + wait_ms * NS_PER_MS;
        set_aside(core, job);
    } else {
        end_job(pool, job, receipt);
    }
}

/* Locked before and after: until there may be something to do. */
static void rest(pool_core *core)
{
    if (core->aside_count == 0) {
        pthread_cond_wait(&core->work, &core->lock);
        return;
    }
    const uint64_t end_ns = core->aside[0]->until_ns;
    const struct timespec end = {.tv_sec = (time_t)(end_ns / 1000000000),
                                 .tv_nsec = (long)(end_ns % 1000000000)};
    pthread_cond_timedwait(&core->work, &core->lock, &end);
}

static void *work(void *user)
{
    bj_pool *pool = user;
    pool_core *core = pool->core;
    bool can_warm = true;
    pthread_mutex_lock(&core->lock);
    for (;;) {
        if (has_work(core)) {
            const int which = choose_ring(core);
            bj_job *job = take_job(core, which);
            if (has_work(core))
                pthread_cond_signal(&core->work); /* there is more than one was woken for */
            work_on(pool, job, which);
            can_warm = true;
        } else if (core->stopping) {
            break;
        } else if (pool->given_count > 0) {
            drop(pool, pool->given[--pool->given_count]);
            can_warm = true;
        } else if (can_warm && pool->warm_count + pool->warming < pool->options.warm) {
            can_warm =
                warm_up(pool); /* what cannot be made is tried again when something has happened */
        } else {
            rest(core);
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
    options->aside = ASIDE_DEFAULT;
}

static int check_options(const bj_pool_options *options, bj_error *err)
{
    if (options->size != sizeof *options)
        return bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "these options were not set up by bj_pool_options_init of this library's version");
    if (options->threads < 1 || options->threads > THREADS_MOST || options->warm > WARM_MOST ||
        options->queue < 1 || options->queue > QUEUE_MOST || options->aside > ASIDE_MOST)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "a pool has 1 to %u threads, up to %u warm sandboxes, a queue of 1 to %u "
                       "jobs, and sets up to %u aside",
                       THREADS_MOST, WARM_MOST, QUEUE_MOST, ASIDE_MOST);
    return 0;
}

/* As many as the engine leaves beside those on threads and those that are kept ready. */
static uint32_t room_aside(const bj_runtime *runtime, const bj_pool_options *options)
{
    const uint64_t alive = engine_max_instances(runtime->engine->engine);
    const uint64_t others = (uint64_t)options->threads + options->warm;
    const uint64_t left = alive > others ? alive - others : 0;
    return left < options->aside ? (uint32_t)left : options->aside;
}

/* Times of waiting are those of the monotonic clock. */
static pool_core *core_new(uint32_t threads, uint32_t aside)
{
    const uint32_t begun_most = threads + aside;
    pthread_condattr_t monotonic;
    pool_core *core = calloc(1, sizeof *core);
    if (core)
        core->aside = calloc(begun_most, sizeof *core->aside);
    if (!core || !core->aside) {
        free(core);
        return NULL;
    }
    core->references = 1;
    core->begun_most = begun_most;
    core->reserved = aside / 4;
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
    pool->warm[0] = make_box(pool, err);
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
        pool->core = core_new(chosen.threads, room_aside(runtime, &chosen));
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
    while (core->rings[FRESH].turn) {
        bj_job *job = core->rings[FRESH].turn->queues[FRESH].first;
        (void)cancel(job);
        job_release(job);
        pthread_mutex_lock(&core->lock);
    }
    for (bj_job *job = core->begun; job; job = job->begun_next)
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
    return self->core->rings[FRESH].count < self->options.queue || self->core->stopping;
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
    } else if (join_lane(core, job, lane_id) < 0) {
        bj_fail_memory(err);
    } else {
        enqueue(core, FRESH, job);
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
