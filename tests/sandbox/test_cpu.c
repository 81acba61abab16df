/*
 * test_cpu.c: the limit of processor time: what runs ends by it, in whatever form, on however many threads and in however
 * many steps; what waits costs none.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stepping.h"

#define MS UINT64_C(1000000)

static int begin(void **state)
{
    return session_begin(state, "python");
}

static bj_policy policy_of(uint64_t cpu_ms)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.cpu_ms = cpu_ms;
    policy.wall_ms = 600000; /* it is not this that ends it */
    return policy;
}

static void ended_by_it(bj_receipt *receipt, uint64_t cpu_ms)
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    assert_int_equal(bj_receipt_limit_allowed(receipt), cpu_ms);
    assert_in_range(bj_receipt_limit_used(receipt), cpu_ms, 100 * cpu_ms);
    expect_limit(receipt, "cpu");
}

static void a_loop_ends_by_it(void **state)
{
    (void)state;
    bj_policy policy = policy_of(40);
    for (int form = 0; form < 3; form++) {
        policy.fuel = form == 1 ? 1000000000000000 : 0; /* the form that counts them */
        policy.deterministic = form == 2;               /* its own clocks stand still meanwhile */
        ended_by_it(eval_fresh(&policy, ENDLESS), 40);
        ended_by_it(must_run("(module (memory (export \"memory\") 1)"
                             "(func (export \"_start\") (loop $l (br $l))))",
                             &policy),
                    40);
    }
    policy.wall_ms = 20; /* the first limit that is crossed is told */
    policy.cpu_ms = 600000;
    expect_limit(eval_fresh(&policy, ENDLESS), "timeout");
}

static void zero_does_not_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(policy.cpu_ms, 0);
    bj_receipt *receipt = eval_fresh(NULL, "for i in range(5_000_000): pass\n1");
    expect_outcome(receipt, BJ_OUTCOME_OK);
    policy.cpu_ms = 604800001;
    assert_int_equal(bj_policy_check(&policy, &err), -1);
    assert_non_null(strstr(err.message, "cpu is 604800001"));
}

static void each_eval_has_its_own(void **state)
{
    (void)state;
    const bj_policy policy = policy_of(1000);
    bj_usage usage = {.size = sizeof usage};
    uint64_t all_ns = 0;
    bj_sandbox *box = must_make(interpreter, &policy);
    while (all_ns < 1500 * MS) {
        bj_receipt *receipt = must_eval(box, "for i in range(2_000_000): pass");
        bj_receipt_usage(receipt, &usage);
        all_ns += usage.cpu_ns;
        expect_outcome(receipt, BJ_OUTCOME_OK);
    }
    bj_sandbox *twin = bj_sandbox_fork(box, NULL);
    assert_non_null(twin);
    ended_by_it(must_eval(twin, ENDLESS), 1000);
    expect_outcome(must_eval(box, "1"), BJ_OUTCOME_OK);
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
}

static void threads_and_steps_are_added_up(void **state)
{
    (void)state;
    unsigned yielded;
    const bj_policy policy = policy_of(60);
    bj_sandbox *box = must_make(interpreter, &policy);
    must_begin(box, ENDLESS, NULL);
    ended_by_it(finish_elsewhere(box, 2, &yielded), 60);
    assert_true(yielded >= 1);
    bj_sandbox_delete(box);
}

/* A guest that is never on a thread for as long as a tick. */
static void what_is_cut_small_is_added_up(void **state)
{
    (void)state;
    bj_error err;
    trial t = {0};
    const bj_policy policy = policy_of(60);
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &policy);
    must_begin(box, "while True: tools.ask()", NULL);
    bj_receipt *receipt = NULL;
    unsigned steps = 0;
    for (bj_step step; (step = bj_sandbox_step(box, 0, &receipt, NULL, &err)) != BJ_STEP_DONE;) {
        assert_int_equal(step, BJ_STEP_WAITS);
        assert_true(++steps < 10000000);
        bj_tool_call_return(t.kept, "1", 1);
    }
    assert_true(steps > 10);
    ended_by_it(receipt, 60);
    bj_sandbox_delete(box);
}

static void who_waits_uses_none(void **state)
{
    (void)state;
    trial t = {0};
    const bj_policy policy = policy_of(1000);
    bj_usage usage = {.size = sizeof usage};
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &policy);
    must_begin(box, "import time\nx = tools.ask()\ntime.sleep(1.2)\nx", NULL);
    waits(box);
    usleep(1200000);
    bj_tool_call_return(t.kept, "1", 1);
    waits(box);
    usleep(1200000);
    bj_receipt *receipt = done(box);
    bj_receipt_usage(receipt, &usage);
    assert_true(usage.cpu_ns < 1000 * MS && usage.wall_ns > 2400 * MS);
    value_is(receipt, "1");
    /* The same with the thread held. */
    receipt = must_eval(box, "time.sleep(1.2); 2");
    expect_outcome(receipt, BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

/* The clocks that the guest itself sees count the same. */
static void the_guests_own_clocks_count_it(void **state)
{
    (void)state;
    bj_usage usage = {.size = sizeof usage};
    bj_sandbox *box = must_make(interpreter, NULL);
    value_is(must_eval(box,
                       "import os, time\n"
                       "t = time.process_time(), time.thread_time()\n"
                       "time.sleep(1.5)\n"
                       "[time.process_time() - t[0] < 0.75, time.thread_time() - t[1] < 0.75]"),
             "[true,true]");
    bj_receipt *receipt =
        must_eval(box, "t = time.process_time_ns()\n"
                       "while time.process_time_ns() - t < 60_000_000: pass\n"
                       "u = os.times()\n"
                       "abs(u.user - time.process_time()) < 0.05 and u.elapsed >= 1.5");
    bj_receipt_usage(receipt, &usage);
    assert_in_range(usage.cpu_ns, 60 * MS, UINT64_MAX);
    value_is(receipt, "true");
    bj_sandbox_delete(box);
}

/* What the host does for it inside of calls is its own too. */
static void calls_that_work_end_by_it(void **state)
{
    (void)state;
    bj_policy policy = policy_of(50);
    policy.memory_bytes = (uint64_t)1 << 30;
    ended_by_it(must_run("(module (import \"wasi_snapshot_preview1\" \"random_get\""
                         " (func $random (param i32 i32) (result i32)))"
                         "(memory (export \"memory\") 8192) (func (export \"_start\")"
                         " (drop (call $random (i32.const 0) (i32.const 536870912)))))",
                         &policy),
                50);
}

static void jobs_end_by_it(void **state)
{
    (void)state;
    bj_error err;
    const bj_policy policy = policy_of(40);
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.threads = 2;
    options.warm = 2;
    options.aside = 4;
    bj_pool *pool = bj_pool_new(interpreter, &policy, &options, &err);
    if (!pool)
        fail_msg("%s", err.message);
    bj_job *jobs[6];
    for (int i = 0; i < 6; i++) {
        const char *source = i % 2 ? ENDLESS : "1";
        jobs[i] = bj_pool_submit(pool, (uint64_t)i, source, strlen(source), UINT64_MAX, &err);
        assert_non_null(jobs[i]);
    }
    for (int i = 0; i < 6; i++) {
        bj_receipt *receipt = bj_job_wait(jobs[i], UINT64_MAX, &err);
        assert_non_null(receipt);
        if (i % 2)
            ended_by_it(receipt, 40);
        else
            expect_outcome(receipt, BJ_OUTCOME_OK);
        bj_job_delete(jobs[i]);
    }
    bj_pool_delete(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_ends_by_it),
        cmocka_unit_test(zero_does_not_limit),
        cmocka_unit_test(each_eval_has_its_own),
        cmocka_unit_test(threads_and_steps_are_added_up),
        cmocka_unit_test(what_is_cut_small_is_added_up),
        cmocka_unit_test(who_waits_uses_none),
        cmocka_unit_test(the_guests_own_clocks_count_it),
        cmocka_unit_test(calls_that_work_end_by_it),
        cmocka_unit_test(jobs_end_by_it),
    };
    return cmocka_run_group_tests_name("cpu", tests, begin, session_end);
}
