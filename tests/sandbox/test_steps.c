/*
 * test_steps.c: evals and runs in steps: what waits holds no thread, what loops gives its thread back, on whatever
 * thread the next step is; and ends at any moment. Runs under ThreadSanitizer too.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

#define ENDLESS "while True: pass"

/* ---------------------------------------------------------------- tools that answer when the test says so */

typedef struct trial {
    bj_tool_call *kept; /* of the last call */
    unsigned calls, released;
    bj_sandbox *box;     /* that calls it */
    bj_error_code found; /* by a tool that uses it */
} trial;

static void keeps(void *user, bj_tool_call *call)
{
    trial *t = user;
    t->calls++;
    t->kept = call;
}

static void answers(void *user, bj_tool_call *call)
{
    ((trial *)user)->calls++;
    bj_tool_call_return(call, "1", 1);
}

static void count_release(void *user)
{
    ((trial *)user)->released++;
}

static bj_tool tool_of(const char *name, bj_tool_fn fn, void *user)
{
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = name;
    tool.call = fn;
    tool.user = user;
    return tool;
}

/* A sandbox with one tool, whose `release` is counted. */
static bj_sandbox *box_with(bj_runtime *runtime, const char *name, bj_tool_fn fn, trial *t,
                            const bj_policy *limits)
{
    bj_error err;
    bj_policy policy;
    bj_tool tool = tool_of(name, fn, t);
    tool.release = count_release;
    bj_policy_init(&policy);
    if (limits)
        policy = *limits;
    if (bj_policy_grant_tool(&policy, &tool, &err) < 0)
        fail_msg("%s", err.message);
    bj_sandbox *box = must_make(runtime, &policy);
    bj_policy_clear(&policy);
    return box;
}

/* ---------------------------------------------------------------- steps that must go well */

static void count_wake(void *user)
{
    atomic_fetch_add((atomic_uint *)user, 1);
}

static void must_begin(bj_sandbox *box, const char *source, atomic_uint *woken)
{
    bj_error err;
    if (bj_sandbox_begin_eval(box, source, strlen(source), BJ_EVAL_RICH, woken ? count_wake : NULL,
                              woken, &err) < 0)
        fail_msg("%s", err.message);
}

static void must_begin_run(bj_sandbox *box)
{
    bj_error err;
    if (bj_sandbox_begin_run(box, NULL, NULL, &err) < 0)
        fail_msg("%s", err.message);
}

/* It must come to this. */
static bj_receipt *step_to(bj_sandbox *box, bj_step wanted, uint64_t slice_ms)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = NULL;
    const bj_step step = bj_sandbox_step(box, slice_ms, &receipt, NULL, &err);
    if (step != wanted)
        fail_msg("the step came to %d, not %d: %s", step, wanted,
                 step == BJ_STEP_FAILED ? err.message : bj_receipt_describe(receipt));
    return receipt;
}

static void waits(bj_sandbox *box)
{
    assert_null(step_to(box, BJ_STEP_WAITS, 0));
}

static bj_receipt *done(bj_sandbox *box)
{
    return step_to(box, BJ_STEP_DONE, 0);
}

static void value_is(bj_receipt *receipt, const char *json)
{
    const char *value = bj_receipt_value(receipt, NULL);
    if (!value || strcmp(value, json) != 0)
        fail_msg("the value is %s, not %s: %s", value ? value : "none", json,
                 bj_receipt_describe(receipt));
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
}

static void refused(bj_sandbox *box, bj_error_code code)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = NULL;
    assert_int_equal(bj_sandbox_step(box, 0, &receipt, NULL, &err), BJ_STEP_FAILED);
    assert_int_equal(err.code, code);
    assert_null(receipt);
}

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* ---------------------------------------------------------------- the plain way */

static void what_is_begun_is_stepped_to_its_end(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    for (int i = 0; i < 3; i++) {
        char source[] = "6 * 7";
        must_begin(box, source, NULL);
        memset(source, 'x', sizeof source - 1); /* it is copied */
        value_is(done(box), "42");
    }
    refused(box, BJ_ERROR_ARGUMENT);
    must_begin(box, "1/0", NULL);
    expect_error(done(box), "ZeroDivisionError");
    value_is(must_eval(box, "1"), "1");
    bj_sandbox_delete(box);
}

static void a_guest_waits_without_a_thread(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "x = [tools.ask(n=i) for i in range(3)]\nx", &woken);
    for (unsigned i = 1; i <= 3; i++) {
        waits(box);
        waits(box); /* earlier than need be */
        assert_int_equal(t.calls, i);
        assert_int_equal(woken, i - 1);
        bj_tool_call_return(t.kept, "\"a\"", 3);
        assert_int_equal(woken, i);
    }
    value_is(done(box), "[\"a\",\"a\",\"a\"]");
    assert_int_equal(woken, 3);
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 1);
}

static void an_answer_at_once_is_no_wait(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_sandbox *box = box_with(interpreter, "ask", answers, &t, NULL);
    must_begin(box, "sum(tools.ask() for i in range(1000))", &woken);
    value_is(done(box), "1000");
    assert_int_equal(woken, 0);
    bj_sandbox_delete(box);
}

static void a_loop_gives_its_thread_back(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, ENDLESS, NULL);
    for (int i = 0; i < 20; i++) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        step_to(box, BJ_STEP_YIELDED, 5);
        clock_gettime(CLOCK_MONOTONIC, &after);
        const double ms = (double)(after.tv_sec - before.tv_sec) * 1e3 +
                          (double)(after.tv_nsec - before.tv_nsec) / 1e6;
        assert_true(ms >= 4.9 && ms < 1000);
    }
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- commands and hostile modules */

/* A module whose function $ask calls the tool `ask` with {} and gives its status. */
#define ASK                                                                                        \
    "(import \"belljar\" \"tool_call\" (func $call (param i32 i32 i32 i32) (result i32)))"         \
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"                   \
    "(memory (export \"memory\") 1) (data (i32.const 8) \"ask{}\")"                                \
    "(func $ask (result i32)"                                                                      \
    " (call $call (i32.const 8) (i32.const 3) (i32.const 11) (i32.const 2)))"

static bj_runtime *module_of(const char *wat)
{
    return must_open(wat, strlen(wat));
}

static void a_command_waits_in_its_start_function_and_in_start(void **state)
{
    (void)state;
    trial t = {0};
    bj_runtime *runtime = module_of("(module " ASK " (func $s (drop (call $ask))) (start $s)"
                                    " (func (export \"_start\") (call $exit (i32.add"
                                    "   (i32.const 7) (call $ask)))))");
    bj_sandbox *box = box_with(runtime, "ask", keeps, &t, NULL);
    must_begin_run(box);
    waits(box);
    bj_tool_call_return(t.kept, "1", 1);
    waits(box);
    assert_int_equal(t.calls, 2);
    bj_tool_call_raise(t.kept, "KeyError", "x");
    expect_exit(done(box), 8);
    refused(box, BJ_ERROR_ARGUMENT);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_begun_is_stepped_to_its_end),
        cmocka_unit_test(a_guest_waits_without_a_thread),
        cmocka_unit_test(an_answer_at_once_is_no_wait),
        cmocka_unit_test(a_loop_gives_its_thread_back),
        cmocka_unit_test(a_command_waits_in_its_start_function_and_in_start),
    };
    return cmocka_run_group_tests_name("steps", tests, begin, session_end);
}
