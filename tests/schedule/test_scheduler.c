/*
 * test_scheduler.c: works of C on threads: every one is told of once, whoever cancels, wakes and deletes what at which
 * moment. Runs under ThreadSanitizer too. Whose turn it is: test_lanes.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schedule/schedule.h"
#include "unit.h"

#define FOR_EVER UINT64_MAX

static void drop_task(bj_task *task)
{
    free(task);
}

/* bj_task_new, without what src/sandbox has in it. */
static bj_task *new_task(bj_scheduler *scheduler, uint64_t lane_id)
{
    bj_task *task = malloc(sizeof *task);
    assert_non_null(task);
    schedule_init_task(task, scheduler, lane_id, drop_task);
    return task;
}

static bj_task *submit_work(bj_scheduler *scheduler, uint64_t lane_id, const bj_work *work,
                            bj_error *err)
{
    bj_task *task = new_task(scheduler, lane_id);
    if (bj_task_submit(task, work, 0, err) == 1)
        return task;
    bj_task_delete(task);
    return NULL;
}

static bj_scheduler *must_schedule(uint32_t threads)
{
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = threads;
    options.slice_us = 500;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    if (!scheduler)
        fail_msg("%s", err.message);
    return scheduler;
}

static bj_scheduler_counters count(bj_scheduler *scheduler)
{
    bj_scheduler_counters counters = {.size = sizeof counters};
    bj_scheduler_count(scheduler, &counters);
    return counters;
}

/* What a work does, and what has become of it. */
typedef struct job {
    bj_turn says;      /* in each turn, until */
    uint32_t least;    /* it has had so many */
    uint64_t wait_ms;  /* where it waits */
    bool ignores;      /* being cancelled */
    uint32_t works_us; /* in each turn */
    atomic_uint turns, dones, cancels;
    atomic_bool in_turn;
} job;

static void spin(uint32_t us)
{
    struct timespec begun, now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begun.tv_sec) * 1000000 + (now.tv_nsec - begun.tv_nsec) / 1000 < us);
}

static bj_turn take_turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    job *j = user;
    assert_true(slice_us > 0);
    assert_false(atomic_exchange(&j->in_turn, true));
    assert_int_equal(atomic_load(&j->dones), 0);
    if (j->works_us)
        spin(j->works_us);
    const bool over = atomic_fetch_add(&j->turns, 1) + 1 >= j->least ||
                      (!j->ignores && bj_task_is_cancelled(task));
    if (j->wait_ms)
        *wait_ms = j->wait_ms;
    assert_true(atomic_exchange(&j->in_turn, false));
    return over ? BJ_TURN_DONE : j->says;
}

static void is_done(void *user, bj_task *task)
{
    job *j = user;
    (void)task;
    assert_false(atomic_load(&j->in_turn));
    atomic_fetch_add(&j->dones, 1);
}

static void is_cancelled(void *user, bj_task *task)
{
    job *j = user;
    assert_true(bj_task_is_cancelled(task));
    assert_int_equal(atomic_load(&j->dones), 0);
    atomic_fetch_add(&j->cancels, 1);
}

static bj_work work_of(job *j)
{
    return (bj_work){.size = sizeof(bj_work),
                     .turn = take_turn,
                     .done = is_done,
                     .cancel = is_cancelled,
                     .user = j};
}

static bj_task *submit(bj_scheduler *scheduler, uint64_t lane_id, job *j)
{
    bj_error err;
    const bj_work work = work_of(j);
    bj_task *task = submit_work(scheduler, lane_id, &work, &err);
    if (!task)
        fail_msg("%s", err.message);
    return task;
}

static void wait_for(const atomic_uint *number, unsigned least)
{
    while (atomic_load(number) < least)
        usleep(100);
}

static void done_after(job *j, bj_task *task, unsigned turns)
{
    assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
    assert_true(bj_task_is_done(task));
    bj_task_delete(task);
    wait_for(&j->dones, 1);
    assert_int_equal(atomic_load(&j->turns), turns);
}

/* ---------------------------------------------------------------- turns */

static void a_work_has_as_many_turns_as_it_wants(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(2);
    job at_once = {.least = 1}, slow = {.says = BJ_TURN_AGAIN, .least = 100},
        sleepy = {.says = BJ_TURN_WAITS, .least = 5, .wait_ms = 2};
    bj_task *tasks[] = {submit(scheduler, 0, &at_once), submit(scheduler, BJ_LANE_OWN, &slow),
                        submit(scheduler, 7, &sleepy)};
    done_after(&at_once, tasks[0], 1);
    done_after(&slow, tasks[1], 100);
    done_after(&sleepy, tasks[2], 5);
    const bj_scheduler_counters counters = count(scheduler);
    assert_int_equal(counters.submitted, 3);
    assert_int_equal(counters.done, 3);
    assert_int_equal(counters.turns, 106);
    assert_int_equal(counters.waiting + counters.ready + counters.running + counters.parked, 0);
    assert_int_equal(counters.lanes, 0);
    bj_scheduler_delete(scheduler);
}

static void what_waits_goes_on_when_it_is_woken(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(1);
    job j = {.says = BJ_TURN_WAITS, .least = 4};
    bj_task *task = submit(scheduler, 0, &j);
    for (unsigned turns = 1; turns < 4; turns++) {
        wait_for(&j.turns, turns);
        while (count(scheduler).parked == 0)
            usleep(100);
        assert_int_equal(bj_task_wait(task, 1, NULL), -1);
        assert_int_equal(atomic_load(&j.turns), turns);
        bj_task_wake(task);
    }
    done_after(&j, task, 4);
    bj_scheduler_delete(scheduler);
}

/* Woken in its own turn, before it says that it waits. */
static bj_turn wake_itself(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    (void)slice_us, (void)wait_ms;
    bj_task_wake(task);
    return atomic_fetch_add((atomic_uint *)user, 1) < 1000 ? BJ_TURN_WAITS : BJ_TURN_DONE;
}

static void a_wake_before_it_waits_is_not_lost(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(1);
    atomic_uint turns = 0;
    const bj_work work = {.size = sizeof work, .turn = wake_itself, .user = &turns};
    bj_task *task = submit_work(scheduler, 0, &work, NULL);
    assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
    assert_int_equal(atomic_load(&turns), 1001);
    bj_task_wake(task); /* after all */
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
}

typedef struct sleeper {
    uint64_t until_ns;
    unsigned order; /* of its second turn */
    bool slept;
} sleeper;

static unsigned woken_sleepers; /* by the only thread */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bj_turn sleep_once(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    sleeper *s = user;
    (void)task, (void)slice_us;
    if (s->slept) {
        s->order = ++woken_sleepers;
        return BJ_TURN_DONE;
    }
    s->slept = true;
    *wait_ms = (s->until_ns - now_ns()) / 1000000;
    return BJ_TURN_WAITS;
}

/* Whatever the order in which they went to sleep, and however late they are woken. */
static void the_earliest_goes_on_first(void **state)
{
    (void)state;
    enum { MANY = 101 };
    static sleeper sleepers[MANY];
    bj_task *tasks[MANY];
    bj_scheduler *scheduler = must_schedule(1);
    const uint64_t first_ns = now_ns() + 2000000000;
    memset(sleepers, 0, sizeof sleepers);
    woken_sleepers = 0;
    for (int i = 0; i < MANY; i++) {
        sleeper *s = &sleepers[i * 37 % MANY];
        s->until_ns = first_ns + (uint64_t)(i * 37 % MANY) * 5000000;
        const bj_work work = {.size = sizeof work, .turn = sleep_once, .user = s};
        tasks[i] = submit_work(scheduler, 0, &work, NULL);
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(bj_task_wait(tasks[i], FOR_EVER, NULL), 0);
        bj_task_delete(tasks[i]);
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(sleepers[i].order, i + 1);
    bj_scheduler_delete(scheduler);
}

/* ---------------------------------------------------------------- the first turn here */

static void what_is_done_in_its_first_turn_never_leaves_the_thread(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler *scheduler = must_schedule(1);
    bj_task *task = new_task(scheduler, BJ_LANE_OWN);
    for (int i = 0; i < 1000; i++) {
        job j = {.least = 1};
        const bj_work work = work_of(&j);
        assert_int_equal(bj_task_submit(task, &work, BJ_TURN_HERE, &err), 0);
        assert_int_equal(atomic_load(&j.turns), 1);
        assert_int_equal(atomic_load(&j.dones), 0);
    }
    job more = {.says = BJ_TURN_AGAIN, .least = 3};
    const bj_work work = work_of(&more);
    assert_int_equal(bj_task_submit(task, &work, BJ_TURN_HERE, &err), 1);
    done_after(&more, task, 3);
    const bj_scheduler_counters counters = count(scheduler);
    assert_int_equal(counters.done_here, 1000);
    assert_int_equal(counters.done, 1001);
    bj_scheduler_delete(scheduler);
}

/* A bit for each turn, from the first on: whether it was taken here. */
typedef struct turns_seen {
    atomic_uint count, here;
} turns_seen;

static bj_turn see_where(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    (void)slice_us, (void)wait_ms;
    turns_seen *seen = user;
    const unsigned turn = atomic_fetch_add(&seen->count, 1);
    atomic_fetch_or(&seen->here, (unsigned)bj_task_is_here(task) << turn);
    return turn < 3 ? BJ_TURN_AGAIN : BJ_TURN_DONE;
}

static void a_turn_knows_whether_it_is_taken_here(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler *scheduler = must_schedule(1);
    bj_task *task = new_task(scheduler, BJ_LANE_OWN);
    for (unsigned flags = 0; flags <= BJ_TURN_HERE; flags += BJ_TURN_HERE) {
        turns_seen seen = {0};
        const bj_work work = {.size = sizeof work, .turn = see_where, .user = &seen};
        assert_int_equal(bj_task_submit(task, &work, flags, &err), 1);
        assert_int_equal(bj_task_wait(task, FOR_EVER, &err), 0);
        assert_int_equal(atomic_load(&seen.here), flags ? 1 : 0);
    }
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
}

static void the_first_turn_here_may_be_switched_off(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.first_slice_us = 0;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    bj_task *task = new_task(scheduler, BJ_LANE_OWN);
    job j = {.least = 1};
    const bj_work work = work_of(&j);
    assert_int_equal(bj_task_submit(task, &work, BJ_TURN_HERE, &err), 1);
    done_after(&j, task, 1);
    bj_scheduler_delete(scheduler);
}

static void a_task_has_one_work_at_a_time(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler *scheduler = must_schedule(1);
    job j = {.says = BJ_TURN_WAITS, .least = 2}, other = {.least = 1};
    bj_task *task = submit(scheduler, 0, &j);
    const bj_work work = work_of(&other);
    assert_int_equal(bj_task_submit(task, &work, 0, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    bj_task_wake(task);
    while (atomic_load(&j.turns) < 2)
        bj_task_wake(task);
    assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
    assert_int_equal(bj_task_submit(task, &work, 0, &err), 1);
    done_after(&other, task, 1);
    bj_scheduler_delete(scheduler);
}

/* ---------------------------------------------------------------- bounds */

static void a_lane_runs_no_more_at_once_than_may(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 4;
    options.lane_running = 1;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    static job jobs[20];
    bj_task *tasks[20];
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < 20; i++) {
        jobs[i].says = BJ_TURN_AGAIN;
        jobs[i].least = 10;
        tasks[i] = submit(scheduler, 0, &jobs[i]);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(bj_task_wait(tasks[i], FOR_EVER, NULL), 0);
        for (int later = i + 2; later < 20; later++)
            assert_true(bj_task_is_done(tasks[later]) <= bj_task_is_done(tasks[later - 1]));
        done_after(&jobs[i], tasks[i], 10);
    }
    bj_scheduler_delete(scheduler);
}

static void the_queue_is_bounded(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 1;
    options.most_begun = 1;
    options.most_waiting = 2;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    job runs = {.says = BJ_TURN_WAITS, .least = UINT32_MAX},
        waits[2] = {{.least = 1}, {.least = 1}}, more = {.least = 1};
    bj_task *running = submit(scheduler, 1, &runs);
    wait_for(&runs.turns, 1);
    bj_task *first = submit(scheduler, 2, &waits[0]), *second = submit(scheduler, 3, &waits[1]);
    const bj_work work = work_of(&more);
    assert_null(submit_work(scheduler, 4, &work, &err));
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    bj_task_cancel(second); /* makes room, and never begins */
    done_after(&waits[1], second, 0);
    bj_task *instead = submit(scheduler, 4, &more);
    assert_false(bj_task_is_done(first));
    bj_task_cancel(running);
    done_after(&waits[0], first, 1);
    done_after(&more, instead, 1);
    done_after(&runs, running, 2);
    bj_scheduler_delete(scheduler);
}

/* ---------------------------------------------------------------- turns that stick */

static bj_turn stick(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    char byte;
    (void)task, (void)slice_us, (void)wait_ms;
    assert_int_equal(read(*(int *)user, &byte, 1), 0);
    return BJ_TURN_DONE;
}

static void others_stand_in_for_turns_that_stick(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    bj_scheduler *scheduler = must_schedule(2);
    const bj_work work = {.size = sizeof work, .turn = stick, .user = &ends[0]};
    bj_task *stuck[20];
    for (int i = 0; i < 20; i++)
        stuck[i] = submit_work(scheduler, BJ_LANE_OWN, &work, NULL);
    for (int i = 0; i < 10; i++) {
        job j = {.says = BJ_TURN_AGAIN, .least = 3};
        done_after(&j, submit(scheduler, 1, &j), 3);
    }
    assert_in_range(count(scheduler).spares, 1, 64);
    assert_in_range(count(scheduler).stuck_turns, 1, 20);
    close(ends[1]);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(bj_task_wait(stuck[i], FOR_EVER, NULL), 0);
        bj_task_delete(stuck[i]);
    }
    while (count(scheduler).threads > 2) /* they go by themselves */
        usleep(1000);
    bj_scheduler_delete(scheduler);
    close(ends[0]);
}

/* ---------------------------------------------------------------- cancelling */

static void cancelling_works_in_every_state(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(1);
    job runs = {.says = BJ_TURN_AGAIN, .least = UINT32_MAX},
        parked = {.says = BJ_TURN_WAITS, .least = UINT32_MAX}, waits = {.least = 1},
        over = {.least = 1};
    bj_task *tasks[] = {submit(scheduler, 1, &runs), submit(scheduler, 2, &parked)};
    wait_for(&runs.turns, 10);
    wait_for(&parked.turns, 1);
    bj_task *waiting = submit(scheduler, 1, &waits); /* in the lane of the loop */
    bj_task *done = submit(scheduler, 3, &over);
    assert_int_equal(bj_task_wait(done, FOR_EVER, NULL), 0);
    bj_task_cancel(waiting);
    done_after(&waits, waiting, 0);
    assert_int_equal(atomic_load(&waits.cancels), 0);
    bj_task_cancel(tasks[1]);
    done_after(&parked, tasks[1], 2);
    assert_int_equal(atomic_load(&parked.cancels), 1);
    bj_task_cancel(tasks[0]);
    bj_task_cancel(tasks[0]);
    assert_int_equal(bj_task_wait(tasks[0], FOR_EVER, NULL), 0);
    assert_int_equal(atomic_load(&runs.cancels), 1);
    bj_task_delete(tasks[0]);
    bj_task_cancel(done);
    assert_int_equal(atomic_load(&over.cancels), 0);
    done_after(&over, done, 1);
    bj_scheduler_delete(scheduler);
    assert_int_equal(atomic_load(&runs.dones), 1);
}

static void a_scheduler_that_goes_takes_all_along(void **state)
{
    (void)state;
    static job jobs[60];
    bj_task *tasks[60];
    memset(jobs, 0, sizeof jobs);
    bj_scheduler *scheduler = must_schedule(2);
    for (int i = 0; i < 60; i++) {
        jobs[i].says = i % 2 ? BJ_TURN_AGAIN : BJ_TURN_WAITS;
        jobs[i].least = UINT32_MAX;
        tasks[i] = submit(scheduler, (uint64_t)i % 5, &jobs[i]);
    }
    for (int i = 0; i < 60; i += 3)
        bj_task_delete(tasks[i]);
    bj_scheduler_delete(scheduler);
    for (int i = 0; i < 60; i++) {
        assert_int_equal(atomic_load(&jobs[i].dones), 1);
        if (i % 3 == 0)
            continue;
        assert_true(bj_task_is_done(tasks[i]));
        bj_task_cancel(tasks[i]);
        bj_error err;
        const bj_work work = work_of(&jobs[i]);
        assert_int_equal(bj_task_submit(tasks[i], &work, 0, &err), -1);
        assert_int_equal(err.code, BJ_ERROR_ENDED);
        bj_task_delete(tasks[i]);
    }
}

/* ---------------------------------------------------------------- callbacks that do more */

typedef struct chain {
    bj_scheduler *scheduler;
    atomic_uint links, ended;
} chain;

static bj_turn one_turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    (void)user, (void)task, (void)slice_us, (void)wait_ms;
    return BJ_TURN_DONE;
}

/* Its task has its next work in here; the last one deletes it. */
static void next_link(void *user, bj_task *task)
{
    chain *c = user;
    const unsigned links = atomic_fetch_add(&c->links, 1) + 1;
    const bj_work work = {.size = sizeof work, .turn = one_turn, .done = next_link, .user = c};
    if (links < 1000 && bj_task_submit(task, &work, 0, NULL) == 1)
        return;
    bj_task_delete(task);
    atomic_fetch_add(&c->ended, 1);
}

static void a_task_has_its_next_work_in_its_callback(void **state)
{
    (void)state;
    chain c = {.scheduler = must_schedule(3)};
    bj_task *task = new_task(c.scheduler, BJ_LANE_OWN);
    const bj_work work = {.size = sizeof work, .turn = one_turn, .done = next_link, .user = &c};
    assert_int_equal(bj_task_submit(task, &work, 0, NULL), 1);
    wait_for(&c.ended, 1);
    assert_int_equal(atomic_load(&c.links), 1000);
    bj_scheduler_delete(c.scheduler);
}

/* Each submits two more and deletes them at once, up to a number. */
static void branch(void *user, bj_task *task)
{
    chain *c = user;
    (void)task;
    const unsigned links = atomic_fetch_add(&c->links, 1);
    const bj_work work = {.size = sizeof work, .turn = one_turn, .done = branch, .user = c};
    for (int i = 0; i < 2 && links < 500; i++) {
        bj_task *more = submit_work(c->scheduler, links % 3, &work, NULL);
        if (!more)
            continue;
        atomic_fetch_add(&c->ended, 1);
        bj_task_delete(more);
    }
}

static void callbacks_submit_and_delete(void **state)
{
    (void)state;
    chain c = {.scheduler = must_schedule(2)};
    const bj_work work = {.size = sizeof work, .turn = one_turn, .done = branch, .user = &c};
    bj_task_delete(submit_work(c.scheduler, 0, &work, NULL));
    wait_for(&c.links, 500);
    bj_scheduler_delete(c.scheduler);
    assert_int_equal(atomic_load(&c.links), 1 + atomic_load(&c.ended));
}

/* ---------------------------------------------------------------- all of it at any moment */

enum { JOBS = 400, SUBMITTERS = 3 };

static job stress_jobs[SUBMITTERS][JOBS];
static _Atomic(bj_task *) shared[64]; /* tasks that others wake and cancel */
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool closing;

typedef struct submitter {
    pthread_t thread;
    bj_scheduler *scheduler;
    unsigned number, seed, accepted, here;
} submitter;

static unsigned any(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

/* Shows a task to the others, and takes back the one that was there. */
static bj_task *show(bj_task *task, unsigned at)
{
    pthread_mutex_lock(&shared_lock);
    bj_task *old = atomic_exchange(&shared[at], task);
    pthread_mutex_unlock(&shared_lock);
    return old;
}

static void *disturb(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    while (!atomic_load(&closing)) {
        pthread_mutex_lock(&shared_lock);
        bj_task *task = atomic_load(&shared[any(&seed, 64)]);
        if (task && any(&seed, 4) == 0)
            bj_task_cancel(task);
        else if (task)
            bj_task_wake(task);
        pthread_mutex_unlock(&shared_lock);
        if (any(&seed, 8) == 0)
            usleep(any(&seed, 50));
    }
    return NULL;
}

static void *submit_many(void *user)
{
    submitter *s = user;
    for (unsigned i = 0; i < JOBS; i++) {
        job *j = &stress_jobs[s->number][i];
        *j = (job){.says = any(&s->seed, 2) ? BJ_TURN_AGAIN : BJ_TURN_WAITS,
                   .least = 1 + any(&s->seed, 10),
                   .works_us = any(&s->seed, 20),
                   .wait_ms = 1 + any(&s->seed, 3)};
        const bj_work work = work_of(j);
        bj_task *task = new_task(s->scheduler, any(&s->seed, 3) ? any(&s->seed, 6) : BJ_LANE_OWN);
        if (!task)
            break;
        const int status = bj_task_submit(task, &work, any(&s->seed, 2) ? BJ_TURN_HERE : 0, NULL);
        s->here += status == 0;
        s->accepted += status == 1;
        if (status < 0)
            atomic_store(&j->dones, 99); /* it must not be told of */
        bj_task_delete(show(task, any(&s->seed, 64)));
    }
    return NULL;
}

static void run_stress(unsigned seed, bool deletes_early)
{
    submitter submitters[SUBMITTERS];
    pthread_t others[2];
    bj_scheduler *scheduler = must_schedule(1 + seed % 3);
    memset(stress_jobs, 0, sizeof stress_jobs);
    atomic_store(&closing, false);
    for (uintptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&others[i], NULL, disturb, (void *)(i + seed)), 0);
    bj_task *keeps = new_task(scheduler, 0); /* the scheduler's memory, for late ones */
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        submitters[i] =
            (submitter){.scheduler = scheduler, .number = i, .seed = seed * SUBMITTERS + i};
        assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]),
                         0);
    }
    if (deletes_early) {
        usleep(2000 * (seed % 10));
        bj_scheduler_delete(scheduler);
    }
    unsigned accepted = 0, dones = 0;
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        pthread_join(submitters[i].thread, NULL);
        accepted += submitters[i].accepted;
    }
    if (!deletes_early)
        bj_scheduler_delete(scheduler);
    atomic_store(&closing, true);
    for (int i = 0; i < 2; i++)
        pthread_join(others[i], NULL);
    for (unsigned i = 0; i < 64; i++)
        bj_task_delete(show(NULL, i));
    bj_task_delete(keeps);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        for (unsigned n = 0; n < JOBS; n++) {
            const unsigned times = atomic_load(&stress_jobs[i][n].dones);
            assert_true(times == 0 || times == 1 || times == 99);
            dones += times == 1;
        }
    assert_int_equal(dones, accepted);
}

static void every_work_is_told_of_once_whatever_happens_when(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 6; seed++)
        run_stress(seed, false);
}

static void whenever_the_scheduler_goes(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10; seed++)
        run_stress(seed, true);
}

/* ---------------------------------------------------------------- the process */

static void is_dead(bj_scheduler *scheduler, bj_task *task)
{
    bj_error err = {0};
    job j = {.least = 1};
    const bj_work work = work_of(&j);
    assert_null(submit_work(scheduler, 0, &work, &err));
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    assert_int_equal(bj_task_wait(task, FOR_EVER, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    bj_task_cancel(task);
    bj_task_wake(task);
    bj_task_delete(task);
    assert_int_equal(count(scheduler).threads, 0);
    bj_scheduler_delete(scheduler);
}

static void a_child_of_the_process_has_its_own(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(2);
    job runs = {.says = BJ_TURN_AGAIN, .least = UINT32_MAX};
    bj_task *task = submit(scheduler, 0, &runs);
    for (int i = 0; i < 20; i++) { /* while its threads hold the lock, or not */
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            alarm(20);
            is_dead(scheduler, task);
            bj_scheduler *own = must_schedule(1);
            job j = {.says = BJ_TURN_AGAIN, .least = 3};
            done_after(&j, submit(own, 0, &j), 3);
            bj_scheduler_delete(own);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    bj_task_cancel(task);
    assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
}

static bj_scheduler *left_behind;
static bj_task *left_tasks[8];
static bool deletes_late;

/* After all that was registered with atexit(). */
__attribute__((destructor)) static void delete_late(void)
{
    if (deletes_late)
        bj_scheduler_delete(left_behind);
}

/* Whether its scheduler is deleted while it exits, or never. */
static void exits_with_work(bool deletes)
{
    static job jobs[8];
    alarm(20);
    deletes_late = deletes;
    left_behind = must_schedule(2);
    for (int i = 0; i < 8; i++) {
        jobs[i] = (job){.says = i % 2 ? BJ_TURN_AGAIN : BJ_TURN_WAITS, .least = UINT32_MAX};
        left_tasks[i] = submit(left_behind, (uint64_t)i, &jobs[i]);
    }
    wait_for(&jobs[1].turns, 10);
    exit(7);
}

static void a_process_exits_whatever_there_is_to_do(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            exits_with_work(i == 1);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
    }
}

static bj_turn look_at_signals(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    sigset_t *blocked = user;
    (void)task, (void)slice_us, (void)wait_ms;
    pthread_sigmask(SIG_SETMASK, NULL, blocked);
    return BJ_TURN_DONE;
}

static void threads_leave_signals_to_others(void **state)
{
    (void)state;
    sigset_t blocked;
    bj_scheduler *scheduler = must_schedule(1);
    const bj_work work = {.size = sizeof work, .turn = look_at_signals, .user = &blocked};
    bj_task *task = submit_work(scheduler, 0, &work, NULL);
    assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
    assert_int_equal(sigismember(&blocked, SIGINT), 1);
    assert_int_equal(sigismember(&blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&blocked, SIGALRM), 1);
    assert_int_equal(sigismember(&blocked, SIGSEGV), 0);
    assert_int_equal(sigismember(&blocked, SIGILL), 0);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 0;
    assert_null(bj_scheduler_new(&options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_scheduler_options_init(&options);
    options.name = "a name that is too long";
    assert_null(bj_scheduler_new(&options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_scheduler_options_init(&options);
    options.size--;
    assert_null(bj_scheduler_new(&options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_scheduler *scheduler = must_schedule(1);
    const bj_work none = {.size = sizeof none};
    assert_null(submit_work(scheduler, 0, &none, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_task_delete(NULL);
    bj_scheduler_delete(scheduler);
    bj_scheduler_delete(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_work_has_as_many_turns_as_it_wants),
        cmocka_unit_test(what_waits_goes_on_when_it_is_woken),
        cmocka_unit_test(a_wake_before_it_waits_is_not_lost),
        cmocka_unit_test(the_earliest_goes_on_first),
        cmocka_unit_test(what_is_done_in_its_first_turn_never_leaves_the_thread),
        cmocka_unit_test(a_turn_knows_whether_it_is_taken_here),
        cmocka_unit_test(the_first_turn_here_may_be_switched_off),
        cmocka_unit_test(a_task_has_one_work_at_a_time),
        cmocka_unit_test(a_lane_runs_no_more_at_once_than_may),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(others_stand_in_for_turns_that_stick),
        cmocka_unit_test(cancelling_works_in_every_state),
        cmocka_unit_test(a_scheduler_that_goes_takes_all_along),
        cmocka_unit_test(a_task_has_its_next_work_in_its_callback),
        cmocka_unit_test(callbacks_submit_and_delete),
        cmocka_unit_test(every_work_is_told_of_once_whatever_happens_when),
        cmocka_unit_test(whenever_the_scheduler_goes),
        cmocka_unit_test(a_child_of_the_process_has_its_own),
        cmocka_unit_test(a_process_exits_whatever_there_is_to_do),
        cmocka_unit_test(threads_leave_signals_to_others),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
