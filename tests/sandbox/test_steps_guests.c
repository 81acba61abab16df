/*
 * test_steps_guests.c: modules and interpreters that wait, yield and break the interface wherever they run, step by step.
 */

#include "stepping.h"

static int begin(void **state)
{
    return session_begin(state, "python");
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

/* An interpreter whose exports do what is given; $at_alloc and so on are 0 where they do nothing. */
static bj_runtime *interpreter_that(const char *start, const char *init, const char *thaw,
                                    const char *alloc, const char *eval)
{
    autotext wat = {0};
    text_add(&wat,
             "(module " ASK " (func $start %s) (start $start)"
             " (func (export \"belljar_guest_abi\") (result i32) (i32.const 3))"
             " (func (export \"belljar_init\") (result i32) %s (i32.const 0))"
             " (func (export \"belljar_thaw\") (result i32) %s (i32.const 0))"
             " (func (export \"belljar_alloc\") (param i32) (result i32) %s (i32.const 4096))"
             " (func (export \"belljar_eval\") (param i32 i32 i32) (result i32) %s"
             "  (i32.const 1024)))",
             start, init, thaw, alloc, eval);
    return must_open(wat.bytes, wat.size);
}

#define ASKS  "(drop (call $ask))"
#define LOOPS "(loop $l (br $l))"

static void an_interpreter_may_wait_wherever_it_runs(void **state)
{
    (void)state;
    trial t = {0};
    bj_runtime *runtime = interpreter_that(ASKS, ASKS, ASKS, ASKS, ASKS);
    bj_sandbox *box = box_with(runtime, "ask", keeps, &t, NULL);
    for (unsigned eval = 0; eval < 2; eval++) {
        must_begin(box, "1", NULL);
        for (unsigned call = 0; call < (eval == 0 ? 5 : 2); call++) {
            waits(box);
            bj_tool_call_return(t.kept, "1", 1);
        }
        expect_outcome(done(box), BJ_OUTCOME_OK);
    }
    assert_int_equal(t.calls, 7);
    bj_sandbox_delete(box);
    for (unsigned most = 0; most < 5; most++) { /* and goes wherever it is */
        box = box_with(runtime, "ask", keeps, &t, NULL);
        must_begin(box, "1", NULL);
        for (unsigned call = 0; call < most; call++) {
            waits(box);
            bj_tool_call_return(t.kept, "1", 1);
        }
        waits(box);
        if (most % 2) {
            bj_sandbox_interrupt(box);
            expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
        }
        bj_sandbox_delete(box);
        bj_tool_call_return(t.kept, "1", 1);
    }
    bj_runtime_delete(runtime);
}

static void an_interpreter_yields_wherever_it_runs(void **state)
{
    (void)state;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 200;
    for (int place = 0; place < 5; place++) {
        const char *does[5] = {"", "", "", "", ""};
        unsigned yielded;
        does[place] = LOOPS;
        bj_runtime *runtime = interpreter_that(does[0], does[1], does[2], does[3], does[4]);
        bj_sandbox *box = must_make(runtime, &limits);
        must_begin(box, "1", NULL);
        expect_limit(finish_elsewhere(box, 5, &yielded), "timeout");
        if (yielded < 2 || yielded > 200)
            fail_msg("in place %d it yielded %u times", place, yielded);
        bj_sandbox_delete(box);
        box = must_make(runtime, &limits);
        must_begin(box, "1", NULL);
        step_to(box, BJ_STEP_YIELDED, 5);
        bj_sandbox_delete(box);
        bj_runtime_delete(runtime);
    }
}

static void a_broken_interface_ends_it(void **state)
{
    (void)state;
    trial t = {0};
    bj_error err;
    bj_receipt *receipt = NULL;
    bj_runtime *runtime = interpreter_that("", "", "", ASKS "(return (i32.const 65530))", "");
    bj_sandbox *box = box_with(runtime, "ask", keeps, &t, NULL);
    char source[100] = "";
    assert_int_equal(bj_sandbox_begin_eval(box, source, sizeof source, 0, NULL, NULL, &err), 0);
    waits(box);
    bj_tool_call_return(t.kept, "1", 1);
    assert_int_equal(bj_sandbox_step(box, 0, &receipt, NULL, &err), BJ_STEP_FAILED);
    assert_int_equal(err.code, BJ_ERROR_GUEST);
    assert_null(receipt);
    assert_true(bj_sandbox_has_ended(box));
    refused(box, BJ_ERROR_ARGUMENT);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

/* A module that claims to be an image, and has a start function nevertheless, which would run again wherever it is
 * compared with its start: in no sandbox, without limits. */
static void an_image_with_a_start_function_has_no_snapshots(void **state)
{
    (void)state;
    static const char *const starts[] = {
        ASKS, "(if (i32.ne (memory.grow (i32.const 10000)) (i32.const -1)) (then " LOOPS "))"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        autotext wat = {0};
        trial t = {0};
        bj_error err = {.code = BJ_ERROR_NONE};
        text_add(&wat,
                 "(module " ASK " (func $start %s) (start $start)"
                 " (func (export \"belljar_guest_abi\") (result i32) (i32.const 3))"
                 " (func (export \"belljar_thaw\") (result i32) (i32.const 0))"
                 " (func (export \"belljar_alloc\") (param i32) (result i32) (i32.const 4096))"
                 " (func (export \"belljar_eval\") (param i32 i32 i32) (result i32)"
                 "  (i32.const 1024)))",
                 starts[i]);
        bj_runtime *runtime = must_open(wat.bytes, wat.size);
        bj_sandbox *box = box_with(runtime, "ask", answers, &t, NULL);
        expect_outcome(must_eval(box, "1"), BJ_OUTCOME_OK);
        assert_null(bj_sandbox_snapshot(box, &err));
        assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
        check_error(&err);
        assert_int_equal(t.calls, i == 0);
        expect_outcome(must_eval(box, "1"), BJ_OUTCOME_OK);
        bj_sandbox_delete(box);
        bj_runtime_delete(runtime);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_waits_in_its_start_function_and_in_start),
        cmocka_unit_test(an_interpreter_may_wait_wherever_it_runs),
        cmocka_unit_test(an_interpreter_yields_wherever_it_runs),
        cmocka_unit_test(a_broken_interface_ends_it),
        cmocka_unit_test(an_image_with_a_start_function_has_no_snapshots),
    };
    return cmocka_run_group_tests_name("steps_guests", tests, begin, session_end);
}
