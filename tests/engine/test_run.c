/*
 * test_run.c: every way in which a guest's run can end, and that the limits of the engine hold.
 */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "harness.h"
#include "unit.h"

static harness h;

static int begin(void **state)
{
    (void)state;
    harness_begin(&h, "");
    return 0;
}

static int end(void **state)
{
    (void)state;
    harness_end(&h);
    return 0;
}

static void a_function_that_returns_gives_its_value(void **state)
{
    (void)state;
    engine_result r =
        harness_run(&h, "(module (func (export \"f\") (result i32) i32.const -7))", "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal((int32_t)r.value, -7);
}

static void host_functions_get_zero_extended_arguments(void **state)
{
    (void)state;
    engine_result r =
        harness_run(&h,
                    "(module (import \"host\" \"add\" (func $add (param i32 i64) (result i32)))"
                    " (func (export \"f\") (result i32) (call $add (i32.const -1) (i64.const 3))))",
                    "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 2);
    assert_true(h.seen[0] == UINT32_MAX);
    assert_true(h.seen[1] == 3);
}

static void the_host_can_stop_the_guest(void **state)
{
    (void)state;
    engine_result r = harness_run(&h,
                                  "(module (import \"host\" \"stop\" (func $stop))"
                                  " (func (export \"f\") call $stop unreachable))",
                                  "f", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
}

#define LATER "(import \"host\" \"later\" (func $later (param i32) (result i32)))"

static void a_function_that_waits_does_so_on_the_callers_stack(void **state)
{
    (void)state;
    char here;
    engine_result r = harness_run(
        &h, "(module " LATER " (func (export \"f\") (result i32) (call $later (i32.const 41))))",
        "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 42);
    const uintptr_t between = (uintptr_t)&here - h.waited_at;
    assert_true(between < 65536);
}

static void a_function_that_waits_can_do_so_many_times_and_in_a_start_function(void **state)
{
    (void)state;
    engine_result r =
        harness_run(&h,
                    "(module " LATER " (global $g (mut i32) (i32.const 1))"
                    " (func $s (global.set $g (call $later (i32.const 9)))) (start $s)"
                    " (func (export \"f\") (result i32)"
                    "  (loop $again (global.set $g (call $later (global.get $g)))"
                    "   (br_if $again (i32.lt_u (global.get $g) (i32.const 1000))))"
                    "  global.get $g))",
                    "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 1000);
}

static void the_host_can_stop_a_guest_that_waits(void **state)
{
    (void)state;
    engine_result r = harness_run(
        &h,
        "(module " LATER " (func (export \"f\") (drop (call $later (i32.const 0))) unreachable))",
        "f", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
}

static void the_host_can_stop_a_start_function(void **state)
{
    (void)state;
    engine_result r = harness_run(&h,
                                  "(module (import \"host\" \"stop\" (func $stop))"
                                  " (func $s call $stop) (start $s))",
                                  "", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
}

/* ---- Steps. ---- */

static engine_instance *instance_of(const char *text, engine_module **module)
{
    bj_error err = {0};
    *module = harness_module(&h, text, &err);
    if (!*module)
        fail_msg("%s", err.message);
    engine_instance *instance = engine_instance_new(*module, &h.budget, &h, &err);
    assert_non_null(instance);
    return instance;
}

static void a_guest_pauses_where_the_host_says_so(void **state)
{
    (void)state;
    engine_module *module;
    engine_result r;
    engine_instance *instance =
        instance_of("(module " LATER " (func (export \"f\") (result i32)"
                    " (drop (call $later (i32.const 1))) (loop $l (br $l)) unreachable))",
                    &module);
    engine_instance_begin_start(instance);
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
    assert_int_equal(r.status, ENGINE_RETURNED);
    engine_instance_begin_call(instance, "f", NULL, 0, true);
    h.pauses = 2;
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_WAITS);
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_WAITS);
    h.pauses = 0;
    h.deadline_ns = 0;
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
    assert_int_equal(r.status, ENGINE_STOPPED);
    engine_instance_delete(instance);
    engine_module_delete(module);
}

static void a_guest_that_paused_in_a_loop_is_stopped_without_running_again(void **state)
{
    (void)state;
    engine_module *module;
    engine_result r;
    engine_instance *instance =
        instance_of("(module (import \"host\" \"note\" (func $note (param i32)))"
                    " (func (export \"f\") (loop $l (call $note (i32.const 1)) (br $l))))",
                    &module);
    engine_instance_begin_start(instance);
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
    engine_instance_begin_call(instance, "f", NULL, 0, false);
    h.pauses = 1;
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_YIELDED);
    const unsigned calls = h.calls;
    assert_true(calls > 0);
    h.deadline_ns = 0;
    assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
    assert_int_equal(r.status, ENGINE_STOPPED);
    assert_int_equal(h.calls, calls);
    engine_instance_delete(instance);
    engine_module_delete(module);
}

static void who_does_not_step_does_not_wait(void **state)
{
    (void)state;
    h.pauses = 1;
    engine_result r = harness_run(
        &h, "(module " LATER " (func (export \"f\") (drop (call $later (i32.const 1)))))", "f",
        false);
    assert_int_equal(r.status, ENGINE_FAILED);
    assert_string_equal(r.message, "it waits for the host");
}

static void a_start_function_may_use_the_host_on_its_memory(void **state)
{
    (void)state;
    engine_result r = harness_run(&h,
                                  "(module (import \"host\" \"size\" (func $size (result i32)))"
                                  " (import \"host\" \"note\" (func $note (param i32)))"
                                  " (memory (export \"memory\") 3)"
                                  " (func $s (call $note (call $size))) (start $s))",
                                  "", false);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(h.seen[0], 3 * 65536);
}

static void an_export_named_memory_that_is_none_is_no_memory(void **state)
{
    (void)state;
    engine_result r = harness_run(&h,
                                  "(module (import \"host\" \"size\" (func $size (result i32)))"
                                  " (func (export \"memory\"))"
                                  " (func (export \"f\") (result i32) call $size))",
                                  "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 0);
}

static void a_trap_tells_what_and_where(void **state)
{
    (void)state;
    engine_result r = harness_run(
        &h, "(module (func $inner unreachable) (func (export \"f\") call $inner))", "f", false);
    assert_int_equal(r.status, ENGINE_TRAPPED);
    assert_string_equal(r.message, "unreachable executed");
    assert_non_null(strstr(r.backtrace, "inner"));
}

static void an_out_of_bounds_access_is_a_trap(void **state)
{
    (void)state;
    engine_result r = harness_run(
        &h, "(module (memory 1) (func (export \"f\") (drop (i64.load (i32.const -8)))))", "f",
        false);
    assert_int_equal(r.status, ENGINE_TRAPPED);
    assert_string_equal(r.message, "out of bounds memory access");
}

static void endless_recursion_is_a_limit_of_the_stack(void **state)
{
    (void)state;
    engine_result r =
        harness_run(&h, "(module (func $f (export \"f\") call $f call $f))", "f", false);
    assert_int_equal(r.status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_stack_bytes);
}

/* The depth that a recursion reaches under a stack limit. */
static uint64_t depth_reached(uint64_t stack_bytes)
{
    h.budget.allowed[POLICY_stack_bytes] = stack_bytes;
    h.budget.crossed = false;
    h.calls = 0;
    harness_run(&h,
                "(module (import \"host\" \"note\" (func $note (param i32)))"
                " (func $f (export \"f\") (call $note (i32.const 0)) call $f call $f))",
                "f", false);
    assert_true(h.budget.crossed);
    return h.calls;
}

static void a_larger_stack_limit_gives_a_deeper_stack(void **state)
{
    (void)state;
    uint64_t shallow = depth_reached(1 << 20), deep = depth_reached(16 << 20);
    assert_true(deep > 8 * shallow);
}

static void *run_in_thread(void *argument)
{
    (void)argument;
    return depth_reached(8 << 20) > 1000 ? NULL : &h;
}

static void the_stack_limit_does_not_depend_on_the_thread(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    pthread_t thread;
    void *failed = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    assert_int_equal(pthread_create(&thread, &attributes, run_in_thread, NULL), 0);
    pthread_join(thread, &failed);
    pthread_attr_destroy(&attributes);
    assert_null(failed);
}

static void an_endless_loop_ends_by_the_deadline(void **state)
{
    (void)state;
    h.deadline_ns = bj_clock_monotonic_ns() + 20000000;
    engine_result r = harness_run(&h, "(module (func (export \"f\") (loop br 0)))", "f", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
    assert_int_equal(h.budget.culprit, POLICY_wall_ms);
}

static void an_endless_start_function_ends_by_the_deadline(void **state)
{
    (void)state;
    h.deadline_ns = bj_clock_monotonic_ns() + 20000000;
    engine_result r = harness_run(&h, "(module (func $s (loop br 0)) (start $s))", "", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
}

static void an_endless_loop_ends_by_fuel(void **state)
{
    (void)state;
    h.budget.allowed[POLICY_fuel] = 100000;
    engine_result r = harness_run(&h, "(module (func (export \"f\") (loop br 0)))", "f", false);
    assert_int_equal(r.status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_fuel);
}

static uint64_t fuel_of(const char *text)
{
    bj_error err;
    engine_module *module = harness_module(&h, text, &err);
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    assert_non_null(instance);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    engine_instance_refuel(instance, 0);
    assert_int_equal(engine_instance_call(instance, "f", NULL, 0, false).status, ENGINE_RETURNED);
    uint64_t used = engine_instance_fuel_used(instance);
    engine_instance_delete(instance);
    engine_module_delete(module);
    return used;
}

static void fuel_counts_the_same_every_time_and_host_calls_are_charged(void **state)
{
    (void)state;
    const char *without =
        "(module (import \"host\" \"add\" (func $add (param i32 i64) (result i32)))"
        " (func (export \"f\") (drop (i32.add (i32.const 1) (i32.const 2)))))";
    const char *with = "(module (import \"host\" \"add\" (func $add (param i32 i64) (result i32)))"
                       " (func (export \"f\") (drop (call $add (i32.const 1) (i64.const 2)))))";
    h.budget.allowed[POLICY_fuel] = 1000000;
    assert_true(fuel_of(without) == fuel_of(without));
    assert_true(fuel_of(with) > fuel_of(without) + 100);
    assert_true(fuel_of(with) == fuel_of(with));
}

static void a_module_that_starts_with_too_much_memory_is_a_limit(void **state)
{
    (void)state;
    h.budget.allowed[POLICY_memory_bytes] = 65536;
    engine_result r = harness_run(&h, "(module (memory (export \"memory\") 2))", "", false);
    assert_int_equal(r.status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_memory_bytes);
    h.budget.crossed = false;
    r = harness_run(&h, "(module (memory 2))", "", false);
    assert_int_equal(r.status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_memory_bytes);
    assert_int_equal(h.budget.used[POLICY_memory_bytes], 2 * 65536);
}

static void a_module_that_starts_with_too_large_a_table_is_a_limit(void **state)
{
    (void)state;
    engine_result r = harness_run(&h, "(module (table 100001 funcref))", "", false);
    assert_int_equal(r.status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_table_elements);
    assert_int_equal(h.budget.used[POLICY_table_elements], 100001);
}

static void memory_grows_to_the_limit_and_no_further(void **state)
{
    (void)state;
    h.budget.allowed[POLICY_memory_bytes] = 10 * 65536;
    engine_result r = harness_run(&h,
                                  "(module (memory (export \"memory\") 1)"
                                  " (func (export \"f\") (result i32)"
                                  "  (block (loop (br_if 1 (i32.eq (memory.grow (i32.const 1))"
                                  "   (i32.const -1))) (br 0))) memory.size))",
                                  "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 10);
}

static void more_sandboxes_than_the_engine_was_made_for_are_refused(void **state)
{
    (void)state;
    bj_error err;
    engine_instance *instances[4];
    engine_module *module = harness_module(&h, "(module (memory 1))", &err);
    for (int i = 0; i < 4; i++) {
        instances[i] = engine_instance_new(module, &h.budget, &h, &err);
        assert_int_equal(engine_instance_start(instances[i]).status, ENGINE_RETURNED);
    }
    assert_null(engine_instance_new(module, &h.budget, &h, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "4 sandboxes are alive"));
    for (int i = 0; i < 4; i++)
        engine_instance_delete(instances[i]);
    engine_instance *again = engine_instance_new(module, &h.budget, &h, &err);
    assert_non_null(again);
    engine_instance_delete(again);
    engine_module_delete(module);
}

static void a_slot_shows_nothing_of_the_sandbox_before(void **state)
{
    (void)state;
    const char *text = "(module (memory (export \"memory\") 4) (data (i32.const 70000) \"image\")"
                       " (func (export \"dirty\") (memory.fill (i32.const 0) (i32.const 255)"
                       "  (i32.const 262144)))"
                       " (func (export \"f\") (result i32) (local $i i32) (local $n i32)"
                       "  (loop (local.set $n (i32.add (local.get $n)"
                       "    (i32.ne (i32.const 0) (i32.load8_u (local.get $i)))))"
                       "   (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
                       "    (i32.const 262144)))) local.get $n))";
    for (int i = 0; i < 20; i++) {
        assert_int_equal(harness_run(&h, text, "dirty", false).status, ENGINE_RETURNED);
        engine_result r = harness_run(&h, text, "f", true);
        assert_int_equal(r.status, ENGINE_RETURNED);
        assert_int_equal(r.value, 5);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_function_that_returns_gives_its_value),
        TEST(host_functions_get_zero_extended_arguments),
        TEST(the_host_can_stop_the_guest),
        TEST(the_host_can_stop_a_start_function),
        TEST(a_function_that_waits_does_so_on_the_callers_stack),
        TEST(a_function_that_waits_can_do_so_many_times_and_in_a_start_function),
        TEST(the_host_can_stop_a_guest_that_waits),
        TEST(a_guest_pauses_where_the_host_says_so),
        TEST(a_guest_that_paused_in_a_loop_is_stopped_without_running_again),
        TEST(who_does_not_step_does_not_wait),
        TEST(a_start_function_may_use_the_host_on_its_memory),
        TEST(an_export_named_memory_that_is_none_is_no_memory),
        TEST(a_trap_tells_what_and_where),
        TEST(an_out_of_bounds_access_is_a_trap),
        TEST(endless_recursion_is_a_limit_of_the_stack),
        TEST(a_larger_stack_limit_gives_a_deeper_stack),
        TEST(the_stack_limit_does_not_depend_on_the_thread),
        TEST(an_endless_loop_ends_by_the_deadline),
        TEST(an_endless_start_function_ends_by_the_deadline),
        TEST(an_endless_loop_ends_by_fuel),
        TEST(fuel_counts_the_same_every_time_and_host_calls_are_charged),
        TEST(a_module_that_starts_with_too_much_memory_is_a_limit),
        TEST(a_module_that_starts_with_too_large_a_table_is_a_limit),
        TEST(memory_grows_to_the_limit_and_no_further),
        TEST(more_sandboxes_than_the_engine_was_made_for_are_refused),
        TEST(a_slot_shows_nothing_of_the_sandbox_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
