/*
 * test_exceptions.c: guests that throw: what is caught and what is not, what ends them, and what it leaves behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "engine/internal.h"
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

/* "f" throws by calling $thrower, and gives what it caught; -1 where that was nothing. */
#define CATCHES(body)                                                                              \
    "(func (export \"f\") (result i32)"                                                            \
    " (block $caught (result i32) (try_table (catch $t $caught) " body ") (i32.const -1)))"

static void gives(const char *text, int32_t value)
{
    const engine_result r = harness_run(&h, text, "f", true);
    if (r.status != ENGINE_RETURNED)
        fail_msg("status %d: %s", r.status, r.message);
    assert_int_equal((int32_t)r.value, value);
}

static void traps(const char *text, const char *name, const char *message)
{
    const engine_result r = harness_run(&h, text, name, false);
    assert_int_equal(r.status, ENGINE_TRAPPED);
    assert_string_equal(r.message, message);
}

static void reaches(const char *text, policy_limit limit, bool returns)
{
    h.budget.crossed = false;
    const engine_result r = harness_run(&h, text, "f", returns);
    if (r.status != ENGINE_LIMIT)
        fail_msg("status %d: %s", r.status, r.message);
    assert_true(h.budget.crossed);
    assert_int_equal(h.budget.culprit, limit);
}

/* ---- What is caught. ---- */

static void what_is_thrown_is_caught_by_its_tag_with_what_it_carries(void **state)
{
    (void)state;
    gives("(module (tag $t (param i32)) (tag $other (param i32))"
          " (func $thrower (throw $t (i32.const 42)))"
          " (func $passes (block $o (result i32) (try_table (catch $other $o) (call $thrower))"
          "  (i32.const 1)) (drop))" CATCHES("(call $passes)") ")",
          42);
}

static void a_call_of_the_host_that_waits_is_made_inside_a_try(void **state)
{
    (void)state;
    h.pauses = 0;
    gives("(module (import \"host\" \"later\" (func $later (param i32) (result i32)))"
          " (tag $t (param i32))" CATCHES("(throw $t (call $later (i32.const 6)))") ")",
          7);
}

/* Neither of them is an exception: a guest that could catch them would not end. */
static void a_trap_and_the_hosts_stop_are_not_caught(void **state)
{
    (void)state;
    traps("(module (tag $t) (func (export \"f\")"
          " (block $all (try_table (catch_all $all) (unreachable)))))",
          "f", "unreachable executed");
    const engine_result r =
        harness_run(&h,
                    "(module (import \"host\" \"stop\" (func $stop)) (tag $t) (func (export \"f\")"
                    " (loop $l (block $all (try_table (catch_all $all) (call $stop))) (br $l))))",
                    "f", false);
    assert_int_equal(r.status, ENGINE_STOPPED);
}

static void what_nobody_catches_is_a_trap_that_says_so(void **state)
{
    (void)state;
    traps("(module (tag $t (param i32)) (func (export \"f\") (throw $t (i32.const 1))))", "f",
          "uncaught exception");
    traps("(module (tag $t) (func $s (throw $t)) (start $s))", "", "uncaught exception");
    traps("(module (tag $t) (tag $u) (func (export \"f\")"
          " (block $b (try_table (catch $u $b) (throw $t)))))",
          "f", "uncaught exception");
    traps("(module (tag $t) (func (export \"f\") (throw_ref (ref.null exn))))", "f",
          "null reference");
}

/* ---- What ends them. ---- */

#define SPIN                                                                                       \
    "(module (tag $t) (func $thrower (throw $t)) (func (export \"f\")"                             \
    " (loop $l (block $b (try_table (catch_all $b) (call $thrower))) (br $l))))"

static void a_loop_of_throws_looks_up(void **state)
{
    (void)state;
    h.deadline_ns = bj_clock_monotonic_ns() + 20000000;
    assert_int_equal(harness_run(&h, SPIN, "f", false).status, ENGINE_STOPPED);
    h.deadline_ns = bj_clock_monotonic_ns() + 10000000000u;
    h.budget.allowed[POLICY_fuel] = 100000;
    reaches(SPIN, POLICY_fuel, false);
}

/* Through as many frames as the stack holds. */
static void an_exception_unwinds_a_deep_stack(void **state)
{
    (void)state;
    gives("(module (tag $t (param i32)) (func $down (param i32)"
          "  (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 9))))"
          "  (call $down (i32.sub (local.get 0) (i32.const 1))))" CATCHES(
              "(call $down (i32.const 50000))") ")",
          9);
    reaches("(module (tag $t) (func $down (call $down)) (func (export \"f\")"
            " (block $b (try_table (catch_all $b) (call $down)))))",
            POLICY_stack_bytes, false);
}

/* A module each of whose calls of "f" has `depth` exceptions of `fields` i64s alive at once. */
static char *holding(unsigned fields, unsigned depth)
{
    bj_buffer text = {0};
    char part[256];
#define ADD(string) assert_int_equal(bj_buffer_append(&text, string, strlen(string)), 0)
    ADD("(module (memory (export \"memory\") 1) (tag $t (param i32");
    for (unsigned i = 0; i < fields; i++)
        ADD(" i64");
    ADD(")) (func $thrower (i32.const 3)");
    for (unsigned i = 0; i < fields; i++)
        ADD(" (i64.const 0x0101010101010101)");
    ADD(" (throw $t)) (func $hold (param $n i32) (local $e exnref)"
        " (local.set $e (block $b (result exnref)"
        "  (try_table (catch_all_ref $b) (call $thrower)) (unreachable)))"
        " (if (local.get $n) (then (call $hold (i32.sub (local.get $n) (i32.const 1)))))"
        " (if (ref.is_null (local.get $e)) (then (unreachable))))");
    snprintf(part, sizeof part,
             " (func (export \"f\") (result i32) (call $hold (i32.const %u)) (i32.const 1)))",
             depth);
    ADD(part);
#undef ADD
    assert_int_equal(bj_buffer_append(&text, "", 1), 0);
    return text.data;
}

static void exceptions_that_are_alive_count_as_memory(void **state)
{
    (void)state;
    char *few = holding(500, 1000), *many = holding(500, 40000);
    gives(few, 1);
    reaches(many, POLICY_memory_bytes, true);
    h.budget.allowed[POLICY_memory_bytes] = (uint64_t)2 << 20;
    reaches(few, POLICY_memory_bytes, true);
    free(few);
    free(many);
}

/* The first page of memory, and what a guest that throws is given at its start. */
static void memory_that_is_used_up_leaves_room_to_throw(void **state)
{
    (void)state;
    h.budget.allowed[POLICY_memory_bytes] = (uint64_t)8 << 20;
    gives("(module (memory (export \"memory\") 1) (tag $t (param i32))"
          " (func $all (loop $l"
          "  (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
          "  (throw $t (memory.size)))" CATCHES("(call $all)") ")",
          124);
    h.budget.allowed[POLICY_memory_bytes] = 65536;
    reaches("(module (memory (export \"memory\") 1) (tag $t)"
            " (func (export \"f\")) (func (throw $t)))",
            POLICY_memory_bytes, false);
}

/* Dead ones are found, so that their number alone is nothing. */
static void a_million_throws_need_no_more_memory_than_one(void **state)
{
    (void)state;
    h.budget.allowed[POLICY_memory_bytes] = (uint64_t)1 << 20;
    gives("(module (memory (export \"memory\") 1) (tag $t (param i32))"
          " (func $thrower (throw $t (i32.const 1)))"
          " (func (export \"f\") (result i32) (local $n i32)"
          "  (loop $l (local.set $n (i32.add (local.get $n) (block $b (result i32)"
          "   (try_table (catch $t $b) (call $thrower)) (unreachable))))"
          "   (br_if $l (i32.lt_u (local.get $n) (i32.const 1000000))))"
          "  (local.get $n)))",
          1000000);
}

/* ---- What it leaves behind. ---- */

/* Exceptions and memories take turns in the same slots. */
static void what_exceptions_carried_is_in_no_memory_after_them(void **state)
{
    (void)state;
    char *filling = holding(500, 3000);
    for (int round = 0; round < 6; round++) {
        gives(filling, 1);
        gives("(module (memory (export \"memory\") 300) (tag $t (param i32))"
              " (func $look (local $at i32) (loop $l"
              "  (if (i32.load8_u (local.get $at)) (then (throw $t (local.get $at))))"
              "  (local.set $at (i32.add (local.get $at) (i32.const 16)))"
              "  (br_if $l (i32.lt_u (local.get $at) (i32.const 19660800)))))" CATCHES(
                  "(call $look)") ")",
              -1);
    }
    free(filling);
}

static engine_instance *start(engine_module *module)
{
    bj_error err = {0};
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    if (!instance)
        fail_msg("%s", err.message);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    return instance;
}

static int32_t call(engine_instance *instance)
{
    const engine_result r = engine_instance_call(instance, "f", NULL, 0, true);
    if (r.status != ENGINE_RETURNED)
        fail_msg("%s", r.message);
    return (int32_t)r.value;
}

/* Counts in memory how often "f" was called, and throws the count. */
#define COUNTS                                                                                     \
    "(module (memory (export \"memory\") 16) (tag $t (param i32)) (tag $u)"                        \
    " (global $sp (export \"sp\") (mut i32) (i32.const 0))"                                        \
    " (func $count (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))"     \
    "  (memory.fill (i32.const 65536) (i32.load (i32.const 8)) (i32.const 524288))"                \
    "  (throw $t (i32.load (i32.const 8))))"                                                       \
    " (func (export \"bump\"))" CATCHES("(call $count)") ")"

static void an_image_throws_as_its_module_did(void **state)
{
    (void)state;
    static const char *const dropped[] = {"bump"};
    bj_error err = {0};
    bj_buffer image = {0};
    engine_module *module = harness_module(&h, COUNTS, &err);
    assert_non_null(module);
    engine_instance *instance = start(module);
    assert_int_equal(call(instance), 1);
    assert_int_equal(call(instance), 2);
    assert_int_equal(engine_instance_freeze(instance, dropped, 1, &image, &err), 0);
    engine_instance_delete(instance);
    engine_module_delete(module);

    module = engine_module_new(h.engine, (bj_span){image.data, image.size}, "image", &harness_host,
                               &err);
    if (!module)
        fail_msg("%s", err.message);
    assert_true(engine_module_throws(module));
    for (int round = 0; round < 3; round++) {
        instance = start(module);
        assert_int_equal(call(instance), 3);
        engine_instance_delete(instance);
    }
    engine_module_delete(module);
    bj_buffer_free(&image);
}

/* So often that what is restored becomes an image of its own. */
static void what_is_restored_throws_where_it_was(void **state)
{
    (void)state;
    bj_error err = {0};
    engine_module *module = harness_module(&h, COUNTS, &err);
    assert_non_null(module);
    engine_instance *instance = start(module);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(call(instance), i);
    engine_delta *delta = engine_delta_take(instance, &err);
    if (!delta)
        fail_msg("%s", err.message);
    assert_int_equal(call(instance), 6);
    engine_instance_delete(instance);
    for (int round = 0; round < 8; round++) {
        instance = engine_instance_new(module, &h.budget, &h, &err);
        assert_non_null(instance);
        assert_int_equal(engine_delta_restore(delta, instance, &err), 0);
        assert_int_equal(call(instance), 6);
        assert_int_equal(call(instance), 7);
        engine_instance_delete(instance);
    }
    engine_delta_release(delta);
    engine_module_delete(module);
}

/* ---- Modules that mean harm. ---- */

static wasm_byte_vec_t binary_of(const char *text)
{
    wasm_byte_vec_t binary;
    wasmtime_error_t *error = wasmtime_wat2wasm(text, strlen(text), &binary);
    if (error)
        fail_msg("%s", text);
    return binary;
}

static bool is_taken(bj_span bytes)
{
    bj_error err = {0};
    engine_module *module = engine_module_new(h.engine, bytes, "it.wasm", &harness_host, &err);
    if (module)
        engine_module_delete(module);
    else
        assert_int_equal(err.code, BJ_ERROR_MODULE);
    return module != NULL;
}

static void a_module_that_throws_and_is_broken_is_refused(void **state)
{
    (void)state;
    wasm_byte_vec_t binary = binary_of("(module (tag $t (param i32 i64)) (func (export \"f\")"
                                       " (block $c (result i32 i64) (try_table (catch $t $c)"
                                       "  (throw $t (i32.const 1) (i64.const 2))) (unreachable))"
                                       " (drop) (drop)))");
    unsigned taken = 0, refused = 0;
    for (size_t i = 8; i < binary.size; i++)
        for (unsigned flip = 1; flip < 256; flip *= 4) {
            binary.data[i] ^= (char)flip;
            *(is_taken((bj_span){binary.data, binary.size}) ? &taken : &refused) += 1;
            binary.data[i] ^= (char)flip;
        }
    assert_true(refused > taken);
    assert_true(is_taken((bj_span){binary.data, binary.size}));
    wasm_byte_vec_delete(&binary);
}

/* As clang makes it without -wasm-use-legacy-eh=false: block of `try`, `catch_all`. Text has no form for it any more. */
static void the_old_form_is_refused_with_advice(void **state)
{
    (void)state;
    static const char bytes[] = "\0asm\1\0\0\0"
                                "\1\4\1\x60\0\0"
                                "\3\2\1\0"
                                "\x0d\3\1\0\0"
                                "\7\5\1\1f\0\0"
                                "\x0a\x0a\1\x08\0\x06\x40\x08\0\x19\x0b\x0b";
    bj_error err = {0};
    assert_null(engine_module_new(h.engine, (bj_span){bytes, sizeof bytes - 1}, "it.wasm",
                                  &harness_host, &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    if (!strstr(err.message, "-wasm-use-legacy-eh=false"))
        fail_msg("%s", err.message);
}

/* `before` `count` times, `middle`, `after` as often. */
static char *nested(const char *begin, const char *before, const char *middle, const char *after,
                    const char *end, unsigned count)
{
    bj_buffer text = {0};
    int status = bj_buffer_append(&text, begin, strlen(begin));
    for (unsigned i = 0; i < count; i++)
        status |= bj_buffer_append(&text, before, strlen(before));
    status |= bj_buffer_append(&text, middle, strlen(middle));
    for (unsigned i = 0; i < count; i++)
        status |= bj_buffer_append(&text, after, strlen(after));
    status |= bj_buffer_append(&text, end, strlen(end) + 1);
    assert_int_equal(status, 0);
    return text.data;
}

/* Two thousand handlers around one throw, and a throw that each of them passes on. */
static void handlers_may_be_nested_deeply(void **state)
{
    (void)state;
    char *inside = nested("(module (tag $t (param i32)) (tag $u) (func (export \"f\") (result i32)"
                          " (block $c (result i32) (try_table (catch $t $c)",
                          "(block (try_table (catch $u 0)", "(throw $t (i32.const 5))", "))",
                          ") (unreachable))))", 400);
    gives(inside, 5);
    free(inside);
    gives("(module (tag $t (param i32)) (func $pass (param i32)"
          " (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 5))))"
          " (block $c (result exnref) (try_table (catch_all_ref $c)"
          "  (call $pass (i32.sub (local.get 0) (i32.const 1)))) (return)) (throw_ref))" CATCHES(
              "(call $pass (i32.const 2000))") ")",
          5);
}

static void many_tags_and_large_exceptions_are_bounded(void **state)
{
    (void)state;
    char *tags = nested("(module (tag $t (param i32))", "(tag)", "", "",
                        CATCHES("(throw $t (i32.const 8))") ")", 20000);
    gives(tags, 8);
    free(tags);
    char *large = holding(998, 10), *larger = holding(1100, 10);
    gives(large, 1);
    bj_error err = {0};
    assert_null(harness_module(&h, larger, &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    free(large);
    free(larger);
}

/* A module without tags has nothing of it. */
static void only_a_module_with_tags_is_in_the_variant_with_exceptions(void **state)
{
    (void)state;
    bj_error err = {0};
    engine_module *plain = harness_module(&h, "(module (func (export \"f\")))", &err);
    engine_module *throws = harness_module(&h, SPIN, &err);
    assert_non_null(plain);
    assert_non_null(throws);
    assert_false(engine_module_throws(plain));
    assert_true(engine_module_throws(throws));
    assert_false(plain->forms->variant->kind.exceptions);
    assert_true(throws->forms->variant->kind.exceptions);
    engine_module_delete(plain);
    engine_module_delete(throws);
    assert_null(harness_module(
        &h, "(module (func (export \"f\") (block $b (try_table (catch_all $b)))))", &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_thrown_is_caught_by_its_tag_with_what_it_carries),
        TEST(a_call_of_the_host_that_waits_is_made_inside_a_try),
        TEST(a_trap_and_the_hosts_stop_are_not_caught),
        TEST(what_nobody_catches_is_a_trap_that_says_so),
        TEST(a_loop_of_throws_looks_up),
        TEST(an_exception_unwinds_a_deep_stack),
        TEST(exceptions_that_are_alive_count_as_memory),
        TEST(memory_that_is_used_up_leaves_room_to_throw),
        TEST(a_million_throws_need_no_more_memory_than_one),
        TEST(what_exceptions_carried_is_in_no_memory_after_them),
        TEST(an_image_throws_as_its_module_did),
        TEST(what_is_restored_throws_where_it_was),
        TEST(a_module_that_throws_and_is_broken_is_refused),
        TEST(the_old_form_is_refused_with_advice),
        TEST(handlers_may_be_nested_deeply),
        TEST(many_tags_and_large_exceptions_are_bounded),
        TEST(only_a_module_with_tags_is_in_the_variant_with_exceptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
