/*
 * test_image.c: an instance written down as a module goes on where it was.
 */
#include "engine/run/image.h"

#include <stdlib.h>
#include <string.h>

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

static engine_instance *start(engine_module *module)
{
    bj_error err = {0};
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    if (!instance)
        fail_msg("%s", err.message);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    return instance;
}

static uint32_t call(engine_instance *instance, const char *name)
{
    engine_result r = engine_instance_call(instance, name, NULL, 0, true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    return r.value;
}

/* Starts `text`, calls `calls` functions "bump" and freezes it. -1 and *err where that is refused. */
static int freeze(const char *text, int calls, bj_buffer *image, bj_error *err)
{
    static const char *const dropped[] = {"bump"};
    engine_module *module = harness_module(&h, text, err);
    if (!module)
        fail_msg("%s", err->message);
    engine_instance *instance = start(module);
    for (int i = 0; i < calls; i++)
        call(instance, "bump");
    int status = engine_instance_freeze(instance, dropped, 1, image, err);
    engine_instance_delete(instance);
    engine_module_delete(module);
    return status;
}

#define COUNTER                                                                                    \
    "(module (global $n (export \"n\") (mut i32) (i32.const 70000)) (global i64 (i64.const -5))"   \
    " (memory (export \"memory\") 4) (data (i32.const 70000) \"abc\")"                             \
    " (func $s (i32.store8 (i32.const 9) (i32.add (i32.load8_u (i32.const 9)) (i32.const 1))))"    \
    " (start $s)"                                                                                  \
    " (func (export \"bump\") (result i32) (drop (memory.grow (i32.const 1)))"                     \
    "  (global.set $n (i32.add (global.get $n) (i32.const 1)))"                                    \
    "  (i32.store8 (i32.const 200000) (i32.const 7)) global.get $n)"                               \
    " (func (export \"get\") (result i32) global.get $n)"                                          \
    " (func (export \"pages\") (result i32) memory.size)"                                          \
    " (func (export \"starts\") (result i32) (i32.load8_u (i32.const 9)))"                         \
    " (func (export \"late\") (result i32) (i32.load8_u (i32.const 200000)))"                      \
    " (func (export \"data\") (result i32) (i32.load8_u (i32.const 70001))))"

static void memory_and_globals_are_as_they_were_and_nothing_starts_again(void **state)
{
    (void)state;
    bj_error err = {0};
    bj_buffer image = {0};
    if (freeze(COUNTER, 3, &image, &err) < 0)
        fail_msg("%s", err.message);
    engine_module *module = engine_module_new(h.engine, (bj_span){image.data, image.size}, "image",
                                              &harness_host, &err);
    if (!module)
        fail_msg("%s", err.message);
    assert_false(exports(module, "bump", ">i"));
    for (int i = 0; i < 2; i++) {
        engine_instance *instance = start(module);
        assert_int_equal(call(instance, "get"), 70003);
        assert_int_equal(call(instance, "pages"), 7);
        assert_int_equal(call(instance, "starts"), 1);
        assert_int_equal(call(instance, "late"), 7);
        assert_int_equal(call(instance, "data"), 'b');
        engine_instance_delete(instance);
    }
    engine_module_delete(module);
    bj_buffer_free(&image);
}

static void freezing_twice_gives_the_same_bytes(void **state)
{
    (void)state;
    bj_error err;
    bj_buffer one = {0}, two = {0};
    assert_int_equal(freeze(COUNTER, 2, &one, &err), 0);
    assert_int_equal(freeze(COUNTER, 2, &two, &err), 0);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);
    bj_buffer_free(&one);
    bj_buffer_free(&two);
}

static void a_module_without_data_gets_some(void **state)
{
    (void)state;
    bj_error err;
    bj_buffer image = {0};
    const char *text = "(module (memory (export \"memory\") 1) (func (export \"bump\") (result i32)"
                       " (i32.store (i32.const 65532) (i32.const 11)) i32.const 0)"
                       " (func (export \"get\") (result i32) (i32.load (i32.const 65532))))";
    assert_int_equal(freeze(text, 1, &image, &err), 0);
    engine_module *module = engine_module_new(h.engine, (bj_span){image.data, image.size}, "image",
                                              &harness_host, &err);
    assert_non_null(module);
    engine_instance *instance = start(module);
    assert_int_equal(call(instance, "get"), 11);
    engine_instance_delete(instance);
    engine_module_delete(module);
    bj_buffer_free(&image);
}

static void state_that_a_module_cannot_hold_is_refused(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "(module (memory (export \"memory\") 1) (global (mut i32) (i32.const 0)))",
        "(module (memory (export \"memory\") 1) (global (export \"g\") (mut i64) (i64.const 0)))",
        "(module (memory (export \"memory\") 1) (data \"passive\"))",
        "(module)",
        "(module (memory 1))",
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        bj_error err = {0};
        bj_buffer image = {0};
        assert_int_equal(freeze(modules[i], 0, &image, &err), -1);
        assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
        bj_buffer_free(&image);
    }
}

static bool any_global(void *user, bj_span name, int32_t *value)
{
    (void)user;
    (void)name;
    *value = -1;
    return true;
}

/* Only modules that were compiled are frozen, but the reader relies on that for nothing. */
static void broken_modules_are_read_to_their_end_and_no_further(void **state)
{
    (void)state;
    static uint8_t memory[65536];
    engine_image look = {.memory = memory, .memory_size = sizeof memory, .global = any_global};
    bj_error err;
    bj_buffer image = {0};
    assert_int_equal(freeze(COUNTER, 1, &image, &err), 0);
    size_t size = image.size < 400 ? image.size : 400;
    for (size_t length = 8; length < size; length++) {
        char *exact = malloc(length); /* so that a sanitizer sees the end */
        bj_buffer out = {0};
        memcpy(exact, image.data, length);
        (void)!engine_image_write((bj_span){exact, length}, &look, &out, &err);
        bj_buffer_free(&out);
        for (size_t bit = 0; bit < 8; bit++) {
            exact[length - 1] = (char)(image.data[length - 1] ^ 1 << bit);
            (void)!engine_image_write((bj_span){exact, length}, &look, &out, &err);
            bj_buffer_free(&out);
        }
        free(exact);
    }
    bj_buffer_free(&image);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_and_globals_are_as_they_were_and_nothing_starts_again),
        TEST(freezing_twice_gives_the_same_bytes),
        TEST(a_module_without_data_gets_some),
        TEST(state_that_a_module_cannot_hold_is_refused),
        TEST(broken_modules_are_read_to_their_end_and_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
