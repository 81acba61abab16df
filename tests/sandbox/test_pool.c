/*
 * test_pool.c: jobs on threads: results, turns, bounds, cancels at any moment. Runs under ThreadSanitizer too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define FOR_EVER UINT64_MAX
#define ENDLESS  "while True: pass"

static int begin(void **state)
{
    return session_begin(state, "python");
}

static bj_pool *must_pool(uint32_t threads, uint32_t warm, uint32_t queue)
{
    bj_error err;
    bj_policy policy;
    bj_pool_options options;
    bj_policy_init(&policy);
    bj_pool_options_init(&options);
    options.threads = threads;
    options.warm = warm;
    options.queue = queue;
    bj_pool *pool = bj_pool_new(interpreter, &policy, &options, &err);
    if (!pool)
        fail_msg("%s", err.message);
    return pool;
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
    options.on_done = note_order;
    options.on_done_user = jobs;
    bj_pool *pool = bj_pool_new(interpreter, &policy, &options, &err);
    assert_non_null(pool);
    bj_job *first = submit(pool, 9, ENDLESS);
    while (bj_job_is_done(first))
        ;
    usleep(20000);               /* it has its thread now */
    for (int i = 0; i < 30; i++) /* one lane with thirty … */
        jobs[i] = submit(pool, 1, "1");
    for (int i = 30; i < 40; i++) /* … does not keep two with five waiting */
        jobs[i] = submit(pool, 2 + (uint64_t)i % 2, "1");
    bj_job_delete(first);
    for (int i = 0; i < 40; i++)
        while (!bj_job_is_done(jobs[i]))
            usleep(100);
    bj_pool_delete(pool);
    for (int i = 30; i < 40; i++)
        assert_in_range(finished[i], 1, 16);
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
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(commands_are_jobs_too),
        cmocka_unit_test(what_is_taken_is_fresh_and_the_takers),
        cmocka_unit_test(the_pools_policy_holds_for_what_is_taken),
        cmocka_unit_test(takers_and_jobs_at_once),
    };
    return cmocka_run_group_tests_name("pool", tests, begin, session_end);
}
