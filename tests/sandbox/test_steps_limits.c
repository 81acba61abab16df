/*
 * test_steps_limits.c: time, fuel, usage and sleep of evals that go in steps: as if they went in one.
 */
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stepping.h"

#define MS UINT64_C(1000000)

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* ---------------------------------------------------------------- limits */

/* Steps once it says WAITS, and once more when that time has passed. */
static bj_receipt *wait_as_told(bj_sandbox *box, uint64_t least_ms, uint64_t most_ms)
{
    bj_error err;
    bj_receipt *receipt = NULL;
    uint64_t wait_ms = 0;
    assert_int_equal(bj_sandbox_step(box, 0, &receipt, &wait_ms, &err), BJ_STEP_WAITS);
    assert_in_range(wait_ms, least_ms, most_ms);
    usleep((useconds_t)wait_ms * 1000);
    return done(box);
}

static void the_deadline_comes_while_nobody_steps(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 150;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &limits);
    must_begin(box, "tools.ask()", &woken);
    bj_receipt *receipt = wait_as_told(box, 1, 150);
    bj_tool_use use = {.size = sizeof use};
    assert_true(bj_receipt_tool_use(receipt, 0, &use));
    assert_string_equal(use.outcome, "timed out");
    expect_limit(receipt, "timeout");
    bj_tool_call_return(t.kept, "1", 1);
    assert_int_equal(woken, 0);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- whose time it is */

static bj_usage usage_of(const bj_receipt *receipt)
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    return usage;
}

/* It went well, has a value of 1, and could have gone on for this long, but for a thread. */
static void went_well(bj_receipt *receipt, uint64_t queued_ms)
{
    const bj_usage usage = usage_of(receipt);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        fail_msg("%s", bj_receipt_describe(receipt));
    assert_true(usage.queued_ns >= queued_ms * MS);
    assert_true(usage.wall_ns >= usage.queued_ns);
    value_is(receipt, "1");
}

/* Its time was over after `limit_ms` of its own, whatever passed besides. */
static void timed_out(bj_receipt *receipt, uint64_t limit_ms, uint64_t queued_ms)
{
    const bj_usage usage = usage_of(receipt);
    const uint64_t used_ms = bj_receipt_limit_used(receipt);
    assert_true(used_ms >= limit_ms);
    assert_true(usage.queued_ns >= queued_ms * MS);
    /* Each of the two is rounded down. */
    assert_in_range(usage.wall_ns / MS - usage.queued_ns / MS - used_ms, 0, 1);
    expect_limit(receipt, "timeout");
}

static void turns_of_others_are_not_its_time(void **state)
{
    (void)state;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 1000;
    bj_sandbox *box = must_make(interpreter, &limits);
    must_begin(box, "for i in range(400000): pass\n1", NULL);
    usleep(1200000); /* nor what passes before the first step */
    bj_receipt *receipt = NULL;
    unsigned turns = 0;
    for (; turns < 1000; turns++) {
        bj_error err;
        if (bj_sandbox_step(box, 1, &receipt, NULL, &err) != BJ_STEP_YIELDED)
            break;
        usleep(turns < 1 ? 1200000 : 100);
    }
    assert_true(turns >= 1);
    went_well(receipt, 2400);
    bj_sandbox_delete(box);
}

static void a_loop_ends_by_its_own_time(void **state)
{
    (void)state;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 60;
    bj_sandbox *box = must_make(interpreter, &limits);
    must_begin(box, ENDLESS, NULL);
    bj_receipt *receipt = NULL;
    bj_error err;
    unsigned turns = 0;
    while (bj_sandbox_step(box, 5, &receipt, NULL, &err) == BJ_STEP_YIELDED) {
        usleep(20000);
        turns++;
    }
    assert_true(turns >= 1);
    timed_out(receipt, 60, 20 * turns);
    bj_sandbox_delete(box);
}

static void a_sleep_that_is_over_waits_for_a_thread(void **state)
{
    (void)state;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 1000;
    bj_sandbox *box = must_make(interpreter, &limits);
    must_begin(box, "import time\ntime.sleep(0.05)\n1", NULL);
    waits(box);
    usleep(1300000);
    went_well(done(box), 1200);
    must_begin(box, "time.sleep(30)\n1", NULL);
    waits(box);
    usleep(1300000); /* it sleeps on, past its time */
    timed_out(done(box), 1000, 200);
    bj_sandbox_delete(box);
}

static void an_answer_waits_for_a_thread(void **state)
{
    (void)state;
    for (int woken_by = 0; woken_by < 2; woken_by++) {
        trial t = {0};
        atomic_uint woken = 0;
        bj_policy limits;
        bj_policy_init(&limits);
        limits.wall_ms = 1000;
        bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &limits);
        must_begin(box, "tools.ask()", woken_by ? &woken : NULL);
        waits(box);
        usleep(20000);
        bj_tool_call_return(t.kept, "1", 1);
        usleep(1300000);
        bj_receipt *receipt = done(box);
        bj_tool_use use = {.size = sizeof use};
        assert_true(bj_receipt_tool_use(receipt, 0, &use));
        assert_in_range(use.wall_ns / MS, 20,
                        1300); /* the tool's time, not until somebody looked */
        went_well(receipt, 1200);

        must_begin(box, "tools.ask()", woken_by ? &woken : NULL);
        waits(box);
        usleep(1300000);
        bj_tool_call_return(t.kept, "1", 1); /* too late, whenever that is seen */
        usleep(100000);
        timed_out(done(box), 1000, 300);
        bj_sandbox_delete(box);
    }
}

/* Begun together, with one thread for all: what each of them waits for its turn is not its time. */
static void many_take_turns_on_one_thread(void **state)
{
    (void)state;
    enum { MANY = 20 };
    bj_sandbox *boxes[MANY];
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 3000;
    for (int i = 0; i < MANY; i++) {
        boxes[i] = must_make(interpreter, &limits);
        must_begin(boxes[i], "for i in range(400_000): pass\n1", NULL);
    }
    for (int left = MANY, round = 0; left > 0; round++) {
        for (int i = 0; i < MANY; i++) {
            bj_error err;
            bj_receipt *receipt = NULL;
            if (!boxes[i] || bj_sandbox_step(boxes[i], 1, &receipt, NULL, &err) == BJ_STEP_YIELDED)
                continue;
            went_well(receipt, 1);
            bj_sandbox_delete(boxes[i]);
            boxes[i] = NULL;
            left--;
        }
        if (round == 0)
            usleep(3200000); /* somebody else's turn, which is long */
    }
}

/* What goes in one go has its thread all along. */
static void what_is_not_stepped_never_queues(void **state)
{
    (void)state;
    trial t = {0};
    bj_sandbox *box = box_with(interpreter, "ask", answers, &t, NULL);
    bj_receipt *receipt = must_eval(box, "import time; time.sleep(0.01); tools.ask()");
    assert_int_equal(usage_of(receipt).queued_ns, 0);
    value_is(receipt, "1");
    bj_sandbox_delete(box);
}

static void a_tools_time_comes_while_nobody_steps(void **state)
{
    (void)state;
    bj_error err;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("ask", keeps, &t);
    bj_policy_init(&policy);
    tool.most_ms = 40;
    assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_policy_clear(&policy);
    must_begin(box, "try: tools.ask()\nexcept Exception as e: x = type(e).__name__\nx", NULL);
    value_is(wait_as_told(box, 1, 40), "\"ToolTimeout\"");
    bj_tool_call_return(t.kept, "1", 1);
    value_is(must_eval(box, "2"), "2");
    bj_sandbox_delete(box);
}

static void fuel_is_counted_over_all_steps(void **state)
{
    (void)state;
    trial t = {0};
    unsigned yielded;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.fuel = 300000000;
    bj_sandbox *box = box_with(interpreter, "ask", answers, &t, &limits);
    must_begin(box, "while True: tools.ask()", NULL);
    expect_limit(finish_elsewhere(box, 1, &yielded), "fuel");
    assert_true(yielded > 3);
    bj_sandbox_delete(box);
}

/* What it does with its time is the guest's own affair: the same in one go and in many steps. */
static void a_deterministic_eval_does_not_see_its_steps(void **state)
{
    (void)state;
    static const char source[] = "import random, time\n"
                                 "x = [tools.ask(n=i) for i in range(3)]\n"
                                 "for i in range(200000): x[0] += i\n"
                                 "print(random.random(), time.time(), time.process_time())\n"
                                 "x, tools.ask()";
    trial t = {0};
    unsigned yielded;
    bj_policy limits;
    bj_usage usage[2] = {{.size = sizeof usage[0]}, {.size = sizeof usage[1]}};
    bj_policy_init(&limits);
    limits.deterministic = true;
    bj_sandbox *box = box_with(interpreter, "ask", answers, &t, &limits);
    bj_error err;
    bj_receipt *whole = bj_sandbox_eval_as(box, source, strlen(source), BJ_EVAL_RICH, &err);
    bj_sandbox_delete(box);
    box = box_with(interpreter, "ask", keeps, &t, &limits);
    must_begin(box, source, NULL);
    bj_receipt *cut = NULL;
    for (int i = 0; i < 4; i++) {
        bj_step step;
        while ((step = step_elsewhere(box, 1, &cut)) == BJ_STEP_YIELDED)
            ;
        assert_int_equal(step, BJ_STEP_WAITS);
        bj_tool_call_return(t.kept, "1", 1);
    }
    cut = finish_elsewhere(box, 1, &yielded);
    assert_non_null(bj_receipt_digest(cut));
    assert_string_equal(bj_receipt_stdout(cut, NULL), bj_receipt_stdout(whole, NULL));
    bj_receipt_usage(whole, &usage[0]);
    bj_receipt_usage(cut, &usage[1]);
    assert_int_equal(usage[0].fuel, usage[1].fuel);
    assert_int_equal(usage[0].wall_ns, usage[1].wall_ns);
    assert_string_equal(bj_receipt_digest(cut), bj_receipt_digest(whole));
    bj_receipt_delete(whole);
    bj_receipt_delete(cut);
    bj_sandbox_delete(box);
}

/* Its CPU clock never goes back, from thread to thread, and says what the receipt says. */
static void usage_is_summed_over_steps_and_threads(void **state)
{
    (void)state;
    trial t = {0};
    unsigned yielded;
    bj_receipt *receipt;
    bj_usage usage = {.size = sizeof usage};
    bj_runtime *runtime = module_of(
        "(module "
        "(import \"wasi_snapshot_preview1\" \"clock_time_get\""
        " (func $clock (param i32 i64 i32) (result i32)))" ASK " (func (export \"_start\")"
        " (local $last i64) (local $asked i32)"
        " (loop $l"
        "  (drop (call $clock (i32.const 2) (i64.const 0) (i32.const 64)))"
        "  (if (i64.lt_u (i64.load (i32.const 64)) (local.get $last))"
        "   (then (call $exit (i32.const 9))))"
        "  (local.set $last (i64.load (i32.const 64)))"
        "  (if (i32.and (i32.eqz (local.get $asked))"
        "     (i64.gt_u (local.get $last) (i64.const 15000000)))"
        "   (then (local.set $asked (i32.const 1)) (drop (call $ask))))"
        "  (br_if $l (i64.lt_u (local.get $last) (i64.const 30000000))))))");
    bj_sandbox *box = box_with(runtime, "ask", keeps, &t, NULL);
    must_begin_run(box);
    bj_step step;
    while ((step = step_elsewhere(box, 3, &receipt)) == BJ_STEP_YIELDED)
        ;
    assert_int_equal(step, BJ_STEP_WAITS);
    usleep(200000);
    bj_tool_call_return(t.kept, "1", 1);
    receipt = finish_elsewhere(box, 3, &yielded);
    assert_true(yielded > 0);
    bj_receipt_usage(receipt, &usage);
    assert_in_range(usage.cpu_ns, 30000000, 100000000);
    assert_true(usage.wall_ns >= 230000000);
    expect_exit(receipt, 0);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

/* ---------------------------------------------------------------- sleep */

static void a_guest_that_sleeps_holds_no_thread(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box,
               "import time\nt = time.monotonic()\ntime.sleep(0.4)\n"
               "0.4 <= time.monotonic() - t < 50",
               NULL);
    waits(box); /* and is not done */
    value_is(wait_as_told(box, 1, 400), "true");
    must_begin(box,
               "t = time.monotonic()\ntime.sleep(0.03)\n"
               "0.03 <= time.monotonic() - t < 5",
               NULL);
    bj_error err;
    bj_receipt *receipt = NULL;
    bj_step step;
    while ((step = bj_sandbox_step(box, 0, &receipt, NULL, &err)) == BJ_STEP_WAITS)
        ; /* too early, again and again */
    assert_int_equal(step, BJ_STEP_DONE);
    value_is(receipt, "true");
    bj_sandbox_delete(box);
    value_is(eval_fresh(NULL, "import time\nt = time.monotonic()\n"
                              "for i in range(20): time.sleep(0.0005)\n"
                              "time.sleep(0.02)\n0.03 <= time.monotonic() - t < 5"),
             "true");
}

static void sleep_ends_like_any_wait(void **state)
{
    (void)state;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 100;
    bj_sandbox *box = must_make(interpreter, &limits);
    must_begin(box, "import time; time.sleep(1000)", NULL);
    expect_limit(wait_as_told(box, 1, 100), "timeout");
    bj_sandbox_delete(box);
    box = must_make(interpreter, NULL);
    must_begin(box, "import time; time.sleep(1000)", NULL);
    waits(box);
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
    box = must_make(interpreter, NULL);
    must_begin(box, "import time; time.sleep(1000)", NULL);
    waits(box);
    bj_sandbox_delete(box);
    limits.deterministic = true; /* its time is made up */
    box = must_make(interpreter, &limits);
    must_begin(box, "import time; time.sleep(1000); 1", NULL);
    value_is(done(box), "1");
    bj_sandbox_delete(box);
}

/* Subscriptions that lie about where they are, and events over them: as bad after the sleep as before it. */
static void what_polls_badly_is_told_so(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int code;
    } polls[] = {
        /* in, out, count, count of events */
        {"(i32.const 1024) (i32.const 1024) (i32.const 1) (i32.const 1024)", 0},
        {"(i32.const 1024) (i32.const 1040) (i32.const 1) (i32.const 1030)", 0},
        {"(i32.const 65535) (i32.const 0) (i32.const 1) (i32.const 0)", 21},
        {"(i32.const 1024) (i32.const 65530) (i32.const 1) (i32.const 0)", 21},
        {"(i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 65534)", 21},
        {"(i32.const 1024) (i32.const 2048) (i32.const -1) (i32.const 0)", 28},
    };
    for (size_t i = 0; i < sizeof polls / sizeof *polls; i++) {
        autotext wat = {0};
        bj_error err;
        bj_receipt *receipt = NULL;
        text_add(&wat,
                 "(module (import \"wasi_snapshot_preview1\" \"poll_oneoff\""
                 " (func $poll (param i32 i32 i32 i32) (result i32)))"
                 "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
                 "(memory (export \"memory\") 1)"
                 "(func (export \"_start\")"
                 " (i32.store (i32.const 1040) (i32.const 1))" /* the monotonic clock */
                 " (i64.store (i32.const 1048) (i64.const 20000000))"
                 " (call $exit (call $poll %s))))",
                 polls[i].arguments);
        bj_runtime *runtime = must_open(wat.bytes, wat.size);
        bj_sandbox *box = must_make(runtime, NULL);
        must_begin_run(box);
        bj_step step;
        unsigned waited = 0;
        while ((step = bj_sandbox_step(box, 0, &receipt, NULL, &err)) == BJ_STEP_WAITS)
            waited++;
        assert_int_equal(step, BJ_STEP_DONE);
        assert_true((waited > 0) == (polls[i].code == 0));
        expect_exit(receipt, polls[i].code);
        bj_sandbox_delete(box);
        bj_runtime_delete(runtime);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deadline_comes_while_nobody_steps),
        cmocka_unit_test(turns_of_others_are_not_its_time),
        cmocka_unit_test(a_loop_ends_by_its_own_time),
        cmocka_unit_test(a_sleep_that_is_over_waits_for_a_thread),
        cmocka_unit_test(an_answer_waits_for_a_thread),
        cmocka_unit_test(many_take_turns_on_one_thread),
        cmocka_unit_test(what_is_not_stepped_never_queues),
        cmocka_unit_test(a_tools_time_comes_while_nobody_steps),
        cmocka_unit_test(fuel_is_counted_over_all_steps),
        cmocka_unit_test(a_deterministic_eval_does_not_see_its_steps),
        cmocka_unit_test(usage_is_summed_over_steps_and_threads),
        cmocka_unit_test(a_guest_that_sleeps_holds_no_thread),
        cmocka_unit_test(sleep_ends_like_any_wait),
        cmocka_unit_test(what_polls_badly_is_told_so),
    };
    return cmocka_run_group_tests_name("steps_limits", tests, begin, session_end);
}
