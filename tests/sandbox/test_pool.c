/*
 * test_pool.c: jobs on threads: results, turns, bounds, cancels at any moment. Runs under ThreadSanitizer too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

#define FOR_EVER UINT64_MAX
#define ENDLESS  "while True: pass"

/* With room for many that wait. */
static int begin(void **state)
{
    bj_engine_options options;
    bj_error err;
    (void)state;
    bj_engine_options_init(&options);
    options.max_sandboxes = 128;
    engine = bj_engine_new(&options, &err);
    interpreter = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    return interpreter ? 0 : -1;
}

static bj_pool *must_pool_under(const bj_policy *policy, uint32_t threads, uint32_t warm,
                                uint32_t queue, uint32_t aside)
{
    bj_error err;
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.threads = threads;
    options.warm = warm;
    options.queue = queue;
    options.aside = aside;
    bj_pool *pool = bj_pool_new(interpreter, policy, &options, &err);
    if (!pool)
        fail_msg("%s", err.message);
    return pool;
}

/* In which nobody takes turns: what runs keeps its thread. */
static bj_pool *must_pool(uint32_t threads, uint32_t warm, uint32_t queue)
{
    bj_policy policy;
    bj_policy_init(&policy);
    return must_pool_under(&policy, threads, warm, queue, 0);
}

static bj_job *submit(bj_pool *pool, uint64_t lane, const char *source)
{
    bj_error err;
    bj_job *job = bj_pool_submit(pool, lane, source, strlen(source), FOR_EVER, &err);
    if (!job)
        fail_msg("%s", err.message);
    return job;
}

/* Its outcome; the job is deleted. */
static bj_outcome outcome_of(bj_job *job)
{
    bj_error err;
    bj_receipt *receipt = bj_job_wait(job, FOR_EVER, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    bj_receipt_delete(receipt);
    bj_job_delete(job);
    return outcome;
}

/* What it used, where it ran to its end; the job is deleted. */
static void must_usage(bj_job *job, bj_usage *usage)
{
    bj_error err;
    bj_receipt *receipt = bj_job_wait(job, FOR_EVER, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    bj_receipt_usage(receipt, usage);
    bj_receipt_delete(receipt);
    bj_job_delete(job);
}

static void value_of(bj_job *job, const char *value)
{
    bj_error err;
    bj_receipt *receipt = bj_job_wait(job, FOR_EVER, &err);
    assert_non_null(receipt);
    assert_non_null(bj_receipt_value(receipt, NULL));
    assert_string_equal(bj_receipt_value(receipt, NULL), value);
    bj_receipt_delete(receipt);
    assert_true(bj_job_is_done(job));
    assert_null(bj_job_wait(job, 0, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_job_delete(job);
}

static void every_job_has_a_fresh_sandbox(void **state)
{
    (void)state;
    bj_pool *pool = must_pool(2, 3, 10);
    bj_job *jobs[30];
    for (int i = 0; i < 30; i++)
        jobs[i] = submit(pool, 0, "'x' in globals() or (globals().update(x=1), open('f', 'x'))[0]");
    for (int i = 0; i < 30; i++)
        value_of(jobs[i], "null");
    value_of(submit(pool, 0, "6 * 7"), "42");
    assert_int_equal(outcome_of(submit(pool, 0, "1/0")), BJ_OUTCOME_ERROR);
    assert_int_equal(outcome_of(submit(pool, 0, "import sys; sys.exit(3)")), BJ_OUTCOME_EXIT);
    bj_pool_delete(pool);
}

static void the_queue_is_bounded(void **state)
{
    (void)state;
    bj_error err;
    bj_pool *pool = must_pool(1, 0, 2);
    bj_job *running = submit(pool, 0, ENDLESS), *waiting[2];
    while (!(waiting[0] = bj_pool_submit(pool, 0, "1", 1, 0, &err)))
        ;
    while (!(waiting[1] = bj_pool_submit(pool, 0, "2", 1, 1000, &err)))
        ;
    /* The first one may still have been on its way to a thread. */
    bj_job *more = bj_pool_submit(pool, 0, "3", 1, 100, &err);
    if (more)
        assert_null(bj_pool_submit(pool, 0, "4", 1, 100, &err));
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    assert_null(bj_job_wait(waiting[0], 0, &err));
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    bj_job_cancel(waiting[1]); /* makes room */
    bj_job *instead = submit(pool, 0, "'instead'");
    assert_int_equal(outcome_of(waiting[1]), BJ_OUTCOME_INTERRUPTED);
    bj_job_cancel(running);
    assert_int_equal(outcome_of(running), BJ_OUTCOME_INTERRUPTED);
    value_of(waiting[0], "1");
    value_of(instead, "\"instead\"");
    bj_job_delete(more);
    bj_pool_delete(pool);
}

/* ---- Turns. ---- */

static atomic_uint order;
static unsigned finished[40];

static void note_order(void *user, bj_job *job)
{
    bj_job **jobs = user;
    for (size_t i = 0; i < 40; i++)
        if (jobs[i] == job)
            finished[i] = ++order;
}

static void lanes_take_turns(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_pool_options options;
    static bj_job *jobs[40];
    bj_policy_init(&policy);
    bj_pool_options_init(&options);
    options.threads = 1;
    options.queue = 100;
    options.aside = 0;
    options.on_done = note_order;
    options.on_done_user = jobs;
    bj_pool *pool = bj_pool_new(interpreter, &policy, &options, &err);
    assert_non_null(pool);
    bj_job *first = submit(pool, 9, ENDLESS);
    bj_scheduler_counters counters = {.size = sizeof counters};
    do /* until it has its thread */
        bj_scheduler_count(bj_pool_scheduler(pool), &counters);
    while (counters.running == 0);
    for (int i = 0; i < 30; i++) /* one lane with thirty … */
        jobs[i] = submit(pool, 1, "1");
    for (int i = 30; i < 40; i++) /* … does not keep two with five waiting */
        jobs[i] = submit(pool, 2 + (uint64_t)i % 2, "1");
    bj_job_delete(first);
    for (int i = 0; i < 40; i++)
        while (!bj_job_is_done(jobs[i]))
            usleep(100);
    bj_pool_delete(pool);
    /* 35 in the middle, if they had to wait; about 8 where all take the same time. A machine that stops for a while in the midst of
     * one makes its lane wait. */
    unsigned sum = 0;
    for (int i = 30; i < 40; i++)
        sum += finished[i];
    assert_in_range(sum / 10, 1, 25);
    for (int i = 1; i < 30; i++)
        assert_true(finished[i] > finished[i - 1]);
    for (int i = 0; i < 40; i++)
        bj_job_delete(jobs[i]);
}

/* ---- Ends. ---- */

static void a_pool_that_goes_takes_its_jobs_along(void **state)
{
    (void)state;
    bj_pool *pool = must_pool(2, 2, 10);
    bj_job *jobs[6];
    for (int i = 0; i < 6; i++)
        jobs[i] = submit(pool, (uint64_t)i, ENDLESS);
    bj_job_delete(submit(pool, 7, ENDLESS));
    bj_pool_delete(pool);
    for (int i = 0; i < 6; i++) {
        assert_true(bj_job_is_done(jobs[i]));
        bj_job_cancel(jobs[i]);
        assert_int_equal(outcome_of(jobs[i]), BJ_OUTCOME_INTERRUPTED);
    }
}

typedef struct submitter {
    pthread_t thread;
    bj_pool *pool;
    unsigned seed, ok, interrupted, other;
} submitter;

static void *submit_many(void *user)
{
    submitter *s = user;
    bj_error err;
    for (unsigned i = 0; i < 150; i++) {
        s->seed = s->seed * 1664525 + 1013904223;
        const unsigned choice = s->seed >> 24;
        const char *source = choice < 40 ? "import time; time.sleep(100)" : "1 + 1";
        bj_job *job = bj_pool_submit(s->pool, choice % 5, source, strlen(source), FOR_EVER, &err);
        if (!job)
            return user;
        if (choice < 80 && choice >= 40)
            usleep(choice);
        if (choice < 80)
            bj_job_cancel(job);
        if (choice % 7 == 0) {
            bj_job_delete(job);
            s->other++;
            continue;
        }
        bj_receipt *receipt = bj_job_wait(job, FOR_EVER, &err);
        if (!receipt)
            return user;
        s->ok += bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
        s->interrupted += bj_receipt_outcome(receipt) == BJ_OUTCOME_INTERRUPTED;
        bj_receipt_delete(receipt);
        bj_job_delete(job);
    }
    return NULL;
}

static void cancels_at_any_moment(void **state)
{
    (void)state;
    bj_pool *pool = must_pool(4, 2, 8);
    submitter submitters[3];
    for (unsigned i = 0; i < 3; i++) {
        submitters[i] = (submitter){.pool = pool, .seed = i};
        assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]),
                         0);
    }
    for (unsigned i = 0; i < 3; i++) {
        void *failed;
        pthread_join(submitters[i].thread, &failed);
        assert_null(failed);
        assert_int_equal(submitters[i].ok + submitters[i].interrupted + submitters[i].other, 150);
    }
    bj_pool_delete(pool);
}

/* ---- Guests that wait for tools. ---- */

/* Calls of the tool `ask` that have not been answered. */
static struct desk {
    pthread_mutex_t lock;
    bj_tool_call *calls[1000];
    size_t count;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hand_in(void *user, bj_tool_call *call)
{
    (void)user;
    pthread_mutex_lock(&desk.lock);
    desk.calls[desk.count++] = call;
    pthread_mutex_unlock(&desk.lock);
}

static size_t handed_in(void)
{
    pthread_mutex_lock(&desk.lock);
    const size_t count = desk.count;
    pthread_mutex_unlock(&desk.lock);
    return count;
}

static void wait_for_calls(size_t count)
{
    while (handed_in() < count)
        usleep(200);
    assert_int_equal(handed_in(), count);
}

/* The call that has waited for longest; NULL: there is none. */
static bj_tool_call *take_call(void)
{
    pthread_mutex_lock(&desk.lock);
    bj_tool_call *call = desk.count > 0 ? desk.calls[0] : NULL;
    if (call)
        memmove(desk.calls, desk.calls + 1, --desk.count * sizeof *desk.calls);
    pthread_mutex_unlock(&desk.lock);
    return call;
}

static void answer_all(void)
{
    for (bj_tool_call *call; (call = take_call());)
        bj_tool_call_return(call, "\"yes\"", 5);
}

/* A pool of at most `most_ms` for a call and `wall_ms` for a job. */
static bj_pool *pool_that_asks(uint32_t threads, uint32_t aside, uint64_t most_ms, uint64_t wall_ms)
{
    bj_error err;
    bj_policy policy;
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = "ask";
    tool.call = hand_in;
    tool.most_ms = most_ms;
    bj_policy_init(&policy);
    policy.wall_ms = wall_ms;
    assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), 0);
    bj_pool *pool = must_pool_under(&policy, threads, 1, 1000, aside);
    bj_policy_clear(&policy);
    return pool;
}

static void more_guests_wait_than_there_are_threads(void **state)
{
    (void)state;
    bj_pool *pool = pool_that_asks(2, 100, UINT64_MAX, 60000);
    bj_job *jobs[50];
    for (int i = 0; i < 50; i++)
        jobs[i] = submit(pool, (uint64_t)i % 7, "[tools.ask(n=i) for i in range(3)]");
    for (int round = 0; round < 3; round++) {
        wait_for_calls(50); /* all at once */
        value_of(submit(pool, 0, "6 * 7"), "42");
        for (int i = 0; i < 50; i++)
            bj_tool_call_return(take_call(), "\"yes\"", 5);
    }
    for (int i = 0; i < 50; i++)
        value_of(jobs[i], "[\"yes\",\"yes\",\"yes\"]");
    bj_pool_delete(pool);
}

static void no_more_are_begun_than_there_is_room_for(void **state)
{
    (void)state;
    bj_pool *pool = pool_that_asks(1, 2, UINT64_MAX, 60000);
    bj_job *jobs[10];
    for (int i = 0; i < 10; i++)
        jobs[i] = submit(pool, (uint64_t)i, "tools.ask()");
    wait_for_calls(3);
    usleep(50000);
    wait_for_calls(3);
    bj_tool_call_return(take_call(), "\"yes\"", 5); /* one goes, one comes */
    wait_for_calls(3);
    bj_job_cancel(jobs[1]);
    assert_int_equal(outcome_of(jobs[1]), BJ_OUTCOME_INTERRUPTED);
    bj_job *rest[9] = {jobs[0]};
    memcpy(rest + 1, jobs + 2, 8 * sizeof *rest);
    for (bool all = false; !all; usleep(200)) {
        answer_all();
        all = true;
        for (int i = 0; i < 9; i++)
            all &= bj_job_is_done(rest[i]);
    }
    for (int i = 0; i < 9; i++)
        value_of(rest[i], "\"yes\"");
    bj_pool_delete(pool);
}

static void one_lane_cannot_take_all_of_the_room(void **state)
{
    (void)state;
    bj_pool *pool = pool_that_asks(1, 8, UINT64_MAX, 60000);
    bj_job *greedy[20];
    for (int i = 0; i < 20; i++)
        greedy[i] = submit(pool, 1, "tools.ask()");
    wait_for_calls(7);
    usleep(30000);
    wait_for_calls(7);
    for (uint64_t other = 2; other < 6; other++)
        value_of(submit(pool, other, "6 * 7"), "42");
    bj_job *asks = submit(pool, 2, "tools.ask()"), *again = submit(pool, 3, "tools.ask()");
    wait_for_calls(9);
    bj_job *late = submit(pool, 4, "6 * 7"); /* now there is none at all */
    usleep(30000);
    assert_false(bj_job_is_done(late));
    bj_job_cancel(asks);
    assert_int_equal(outcome_of(asks), BJ_OUTCOME_INTERRUPTED);
    value_of(late, "42");
    bj_job_delete(again);
    for (bool all = false; !all; usleep(200)) {
        answer_all();
        all = true;
        for (int i = 0; i < 20; i++)
            all &= bj_job_is_done(greedy[i]);
    }
    for (int i = 0; i < 20; i++)
        value_of(greedy[i], "\"yes\"");
    bj_pool_delete(pool);
}

static void limits_of_time_hold_for_those_set_aside(void **state)
{
    (void)state;
    bj_error err;
    bj_pool *pool = pool_that_asks(1, 100, 30, 60000);
    bj_job *jobs[10];
    for (int i = 0; i < 10; i++)
        jobs[i] =
            submit(pool, 0, "try:\n tools.ask()\nexcept Exception as e: x = type(e).__name__\nx");
    for (int i = 0; i < 10; i++)
        value_of(jobs[i], "\"ToolTimeout\"");
    bj_pool_delete(pool);
    answer_all(); /* late */
    pool = pool_that_asks(1, 100, UINT64_MAX, 100);
    for (int i = 0; i < 10; i++)
        jobs[i] = submit(pool, (uint64_t)i, "tools.ask()");
    for (int i = 0; i < 10; i++) {
        bj_receipt *receipt = bj_job_wait(jobs[i], FOR_EVER, &err);
        expect_limit(receipt, "timeout");
        bj_job_delete(jobs[i]);
    }
    bj_pool_delete(pool);
    answer_all();
}

static void a_pool_that_goes_takes_along_what_was_set_aside(void **state)
{
    (void)state;
    bj_pool *pool = pool_that_asks(2, 100, UINT64_MAX, 60000);
    bj_job *jobs[20];
    for (int i = 0; i < 20; i++)
        jobs[i] = submit(pool, (uint64_t)i, i % 4 == 3 ? ENDLESS : "tools.ask()");
    wait_for_calls(15);
    bj_job_delete(jobs[0]);
    bj_pool_delete(pool);
    for (int i = 1; i < 20; i++)
        assert_int_equal(outcome_of(jobs[i]), BJ_OUTCOME_INTERRUPTED);
    answer_all();
}

/* ---- Turns of those that run for long. ---- */

static void endless_loops_leave_room_for_others(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_pool *pool = must_pool_under(&policy, 2, 2, 100, 50);
    bj_job *loops[12];
    for (int i = 0; i < 12; i++)
        loops[i] = submit(pool, (uint64_t)i % 2, ENDLESS);
    for (int i = 0; i < 10; i++) {
        value_of(submit(pool, 5, "6 * 7"), "42");
        /* Longer than a slice: it takes its turns among them. */
        value_of(submit(pool, 5,
                        "import time\nt = time.process_time()\n"
                        "while time.process_time() < t + 0.03: pass\n1"),
                 "1");
    }
    for (int i = 0; i < 12; i++) {
        assert_false(bj_job_is_done(loops[i]));
        bj_job_cancel(loops[i]);
        assert_int_equal(outcome_of(loops[i]), BJ_OUTCOME_INTERRUPTED);
    }
    bj_pool_delete(pool);
}

static uint64_t turns_of(bj_pool *pool)
{
    bj_scheduler_counters counters = {.size = sizeof counters};
    bj_scheduler_count(bj_pool_scheduler(pool), &counters);
    return counters.turns;
}

/* Two loops of a lane, alone for hundreds of turns: nobody else waits for as long. A machine that is busy adds turns; the least of
 * some rounds counts. */
static void having_been_alone_gives_no_right_to_the_threads(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_pool *pool = must_pool_under(&policy, 2, 2, 100, 50);
    bj_job *loops[2] = {submit(pool, 1, ENDLESS), submit(pool, 1, ENDLESS)};
    while (turns_of(pool) < 300)
        usleep(1000);
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        const uint64_t before = turns_of(pool);
        value_of(submit(pool, 2, "1 + 1"), "2");
        const uint64_t took = turns_of(pool) - before;
        least = took < least ? took : least;
    }
    assert_in_range(least, 1, 30);
    for (int i = 0; i < 2; i++) {
        bj_job_cancel(loops[i]);
        assert_int_equal(outcome_of(loops[i]), BJ_OUTCOME_INTERRUPTED);
    }
    bj_pool_delete(pool);
}

/* As many as may be begun at once: each has its time when it can run. */
static void a_lane_begins_what_can_run(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_pool *pool = must_pool_under(&policy, 1, 1, 100, 50);
    bj_scheduler_counters counters = {.size = sizeof counters};
    bj_job *jobs[20];
    for (int i = 0; i < 20; i++)
        jobs[i] = submit(pool, 0,
                         "import time\nt = time.process_time()\n"
                         "while time.process_time() < t + 0.02: pass\n1");
    for (int i = 0; i < 20; i++) {
        bj_scheduler_count(bj_pool_scheduler(pool), &counters);
        assert_in_range(counters.ready + counters.running, 0, 1);
        value_of(jobs[i], "1");
    }
    bj_pool_delete(pool);
}

/* Together they run longer than each of them may. BELLJAR_AT_LOAD=full has the numbers of the promise. */
static void none_is_killed_for_want_of_a_thread(void **state)
{
    (void)state;
    const char *load = getenv("BELLJAR_AT_LOAD");
    const bool full = load && strcmp(load, "full") == 0;
    const int count = full ? 300 : 60;
    const uint64_t each_ms = full ? 300 : 50;
    bj_job *jobs[300];
    bj_policy policy;
    bj_usage usage = {.size = sizeof usage};
    uint64_t least_ns = UINT64_MAX, all_ns = 0;
    char source[64];
    bj_policy_init(&policy);
    policy.wall_ms = full ? 5000 : 2000;
    bj_pool *pool = must_pool_under(&policy, 2, 2, 300, 50);
    for (int i = 0; i < 3 + count; i++) {
        const uint64_t rounds = i < 3 ? 1000000 : 1000000 * (each_ms * 1000000) / least_ns;
        snprintf(source, sizeof source, "for i in range(%llu): pass", (unsigned long long)rounds);
        bj_job *job = submit(pool, (uint64_t)i, source);
        if (i >= 3) {
            jobs[i - 3] = job;
            continue;
        }
        must_usage(job, &usage);
        if (usage.cpu_ns < least_ns)
            least_ns = usage.cpu_ns;
    }
    for (int i = 0; i < count; i++, all_ns += usage.cpu_ns)
        must_usage(jobs[i], &usage);
    assert_true(all_ns > policy.wall_ms * 1000000);
    bj_pool_delete(pool);
}

static void sleepers_leave_room_for_others(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_pool *pool = must_pool_under(&policy, 2, 2, 100, 50);
    bj_job *sleepers[12], *short_ones[5];
    for (int i = 0; i < 12; i++)
        sleepers[i] = submit(pool, (uint64_t)i, "import time; time.sleep(1000)");
    for (int i = 0; i < 5; i++)
        short_ones[i] = submit(pool, 0, "import time; time.sleep(0.05); 6 * 7");
    for (int i = 0; i < 5; i++)
        value_of(short_ones[i], "42");
    for (int i = 0; i < 12; i++) {
        assert_false(bj_job_is_done(sleepers[i]));
        bj_job_cancel(sleepers[i]);
        assert_int_equal(outcome_of(sleepers[i]), BJ_OUTCOME_INTERRUPTED);
    }
    bj_pool_delete(pool);
}

/* Each sleeps until a moment of its own. */
static void all_that_sleep_go_on(void **state)
{
    (void)state;
    enum { MANY = 31 };
    bj_error err;
    bj_policy policy;
    bj_pool_options options;
    struct timespec now;
    static bj_job *jobs[40];
    char source[128];
    bj_policy_init(&policy);
    bj_pool_options_init(&options);
    options.threads = 1;
    options.queue = 100;
    options.on_done = note_order;
    options.on_done_user = jobs;
    memset(jobs, 0, sizeof jobs);
    memset(finished, 0, sizeof finished);
    bj_pool *pool = bj_pool_new(interpreter, &policy, &options, &err);
    assert_non_null(pool);
    clock_gettime(CLOCK_REALTIME, &now);
    const double first = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + 1.5;
    for (int i = 0; i < MANY; i++) {
        const int place = i * 12 % MANY;
        snprintf(source, sizeof source, "import time; time.sleep(%f - time.time())",
                 first + place * 0.015);
        jobs[place] = submit(pool, 0, source);
    }
    for (int i = 0; i < MANY; i++)
        while (!bj_job_is_done(jobs[i]))
            usleep(500);
    bj_pool_delete(pool);
    for (int i = 0; i < MANY; i++) /* in which order: tests/schedule/test_scheduler.c */
        assert_in_range(finished[i], 1, order);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(outcome_of(jobs[i]), BJ_OUTCOME_OK);
}

/* ---- All of it at any moment. ---- */

static atomic_bool closing;

static void *answer_some(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    while (!atomic_load(&closing)) {
        bj_tool_call *call = take_call();
        seed = seed * 1664525 + 1013904223;
        if (!call || seed >> 30 == 0)
            usleep(seed >> 24);
        if (call && seed >> 31)
            bj_tool_call_return(call, "1", 1);
        else if (call)
            bj_tool_call_raise(call, "Error", "no");
    }
    return NULL;
}

static void *submit_some(void *user)
{
    static const char *const sources[] = {
        "1", ENDLESS, "tools.ask()",
        "for i in range(5):\n try: tools.ask()\n except Exception: pass\n"};
    submitter *s = user;
    for (unsigned i = 0; i < 100; i++) {
        s->seed = s->seed * 1664525 + 1013904223;
        const unsigned choice = s->seed >> 24;
        bj_job *job = submit(s->pool, choice % 5, sources[choice % 4]);
        if (choice % 3 == 0)
            usleep(choice * 10);
        if (choice % 4 == 1 || choice % 5 == 0)
            bj_job_cancel(job);
        if (choice % 7 == 0 || choice % 4 == 1)
            bj_job_delete(job);
        else
            (void)outcome_of(job);
    }
    return NULL;
}

static void answers_and_cancels_at_any_moment(void **state)
{
    (void)state;
    pthread_t answering[2];
    submitter submitters[3];
    bj_pool *pool = pool_that_asks(3, 10, 5, 60000);
    atomic_store(&closing, false);
    for (uintptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&answering[i], NULL, answer_some, (void *)i), 0);
    for (unsigned i = 0; i < 3; i++) {
        submitters[i] = (submitter){.pool = pool, .seed = i};
        assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_some, &submitters[i]),
                         0);
    }
    for (unsigned i = 0; i < 3; i++)
        pthread_join(submitters[i].thread, NULL);
    bj_pool_delete(pool);
    atomic_store(&closing, true);
    for (int i = 0; i < 2; i++)
        pthread_join(answering[i], NULL);
    answer_all();
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_pool_options options;
    bj_policy_init(&policy);
    bj_pool_options_init(&options);
    options.threads = 0;
    assert_null(bj_pool_new(interpreter, &policy, &options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    options.threads = 1;
    options.aside = 30001;
    assert_null(bj_pool_new(interpreter, &policy, &options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    options.size = 1;
    assert_null(bj_pool_new(interpreter, &policy, &options, &err));
    assert_int_equal(bj_policy_grant_dir(&policy, "/no/such/directory", "/d", BJ_READ_ONLY, &err),
                     0);
    assert_null(bj_pool_new(interpreter, &policy, NULL, &err));
    assert_int_equal(err.code, BJ_ERROR_IO);
    bj_policy_clear(&policy);
}

static void commands_are_jobs_too(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    static const char wat[] =
        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
        " (memory (export \"memory\") 1) (func (export \"_start\") (call $exit (i32.const 7))))";
    bj_runtime *command = must_open(wat, sizeof wat - 1);
    bj_pool *pool = bj_pool_new(command, &policy, NULL, &err);
    assert_non_null(pool);
    bj_job *job = bj_pool_submit(pool, 0, NULL, 0, 0, &err);
    assert_int_equal(outcome_of(job), BJ_OUTCOME_EXIT);
    bj_pool_delete(pool);
    bj_runtime_delete(command);
}

/* ---- Taking and giving. ---- */

static bj_sandbox *must_take(bj_pool *pool)
{
    bj_error err;
    bj_sandbox *box = bj_pool_take(pool, &err);
    if (!box)
        fail_msg("%s", err.message);
    return box;
}

/* Of an eval, which is over then. */
static void is_value(bj_receipt *receipt, const char *value)
{
    assert_non_null(bj_receipt_value(receipt, NULL));
    assert_string_equal(bj_receipt_value(receipt, NULL), value);
    bj_receipt_delete(receipt);
}

/* Nobody was in it before: no global, no file. */
static void is_fresh(bj_sandbox *box)
{
    is_value(must_eval(box, "'x' in globals() or (globals().update(x=1), open('f', 'x'))[0]"),
             "null");
}

static void what_is_taken_is_fresh_and_the_takers(void **state)
{
    (void)state;
    bj_pool *pool = must_pool(1, 2, 10);
    bj_sandbox *boxes[5];
    for (int i = 0; i < 5; i++) /* more than are ready */
        is_fresh(boxes[i] = must_take(pool));
    for (int i = 0; i < 5; i++) { /* more than are kept for the thread */
        is_value(must_eval(boxes[i], "x"), "1");
        bj_pool_give(pool, boxes[i]);
    }
    for (int i = 0; i < 30; i++) {
        bj_sandbox *box = must_take(pool);
        is_fresh(box);
        if (i % 3 == 0)
            expect_outcome(must_eval(box, "raise SystemExit(3)"), BJ_OUTCOME_EXIT);
        if (i % 3 == 1)
            bj_sandbox_delete(box);
        else
            bj_pool_give(pool, box);
    }
    bj_pool_give(pool, NULL);
    bj_sandbox *left = must_take(pool);
    bj_pool_delete(pool);
    is_fresh(left); /* it outlives the pool */
    bj_sandbox_delete(left);
}

static void the_pools_policy_holds_for_what_is_taken(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 50;
    bj_pool *pool = bj_pool_new(interpreter, &policy, NULL, &err);
    assert_non_null(pool);
    policy.wall_ms = 30000; /* it was copied */
    for (int i = 0; i < 3; i++) {
        bj_sandbox *box = must_take(pool);
        expect_outcome(must_eval(box, ENDLESS), BJ_OUTCOME_LIMIT);
        bj_pool_give(pool, box);
    }
    bj_pool_delete(pool);
}

static void *take_many(void *user)
{
    submitter *s = user;
    bj_error err;
    for (unsigned i = 0; i < 100; i++) {
        bj_sandbox *box = bj_pool_take(s->pool, &err);
        bj_receipt *receipt = box ? bj_sandbox_eval(box, "1 + 1", 5, &err) : NULL;
        if (!receipt)
            return user;
        s->ok += bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
        bj_receipt_delete(receipt);
        bj_pool_give(s->pool, box);
    }
    return NULL;
}

static void takers_and_jobs_at_once(void **state)
{
    (void)state;
    bj_pool *pool = must_pool(2, 2, 8);
    submitter all[4];
    for (unsigned i = 0; i < 4; i++) {
        all[i] = (submitter){.pool = pool, .seed = i};
        assert_int_equal(
            pthread_create(&all[i].thread, NULL, i < 3 ? take_many : submit_many, &all[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *failed;
        pthread_join(all[i].thread, &failed);
        assert_null(failed);
        if (i < 3)
            assert_int_equal(all[i].ok, 100);
    }
    bj_pool_delete(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_has_a_fresh_sandbox),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(lanes_take_turns),
        cmocka_unit_test(a_pool_that_goes_takes_its_jobs_along),
        cmocka_unit_test(cancels_at_any_moment),
        cmocka_unit_test(more_guests_wait_than_there_are_threads),
        cmocka_unit_test(no_more_are_begun_than_there_is_room_for),
        cmocka_unit_test(one_lane_cannot_take_all_of_the_room),
        cmocka_unit_test(limits_of_time_hold_for_those_set_aside),
        cmocka_unit_test(a_pool_that_goes_takes_along_what_was_set_aside),
        cmocka_unit_test(endless_loops_leave_room_for_others),
        cmocka_unit_test(having_been_alone_gives_no_right_to_the_threads),
        cmocka_unit_test(a_lane_begins_what_can_run),
        cmocka_unit_test(none_is_killed_for_want_of_a_thread),
        cmocka_unit_test(sleepers_leave_room_for_others),
        cmocka_unit_test(all_that_sleep_go_on),
        cmocka_unit_test(answers_and_cancels_at_any_moment),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(commands_are_jobs_too),
        cmocka_unit_test(what_is_taken_is_fresh_and_the_takers),
        cmocka_unit_test(the_pools_policy_holds_for_what_is_taken),
        cmocka_unit_test(takers_and_jobs_at_once),
    };
    return cmocka_run_group_tests_name("pool", tests, begin, session_end);
}
