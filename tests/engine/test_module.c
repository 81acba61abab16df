/*
 * test_module.c: what is refused as a module, and how it is said.
 */
#include <stdio.h>
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

static void refused(bj_span bytes, const char *why)
{
    bj_error err = {0};
    assert_null(engine_module_new(h.engine, bytes, "it.wasm", &harness_host, &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" does not say \"%s\"", err.message, why);
}

static void bytes_that_are_no_module_are_refused_in_words(void **state)
{
    (void)state;
    refused((bj_span){"", 0}, "it.wasm is empty");
    refused(bj_span_of("hello"), "is not a WebAssembly module");
    refused((bj_span){"\0asm", 4}, "is not a WebAssembly module");
    refused((bj_span){"\0asm\x0d\0\1\0", 8}, "component");
    refused((bj_span){"\0asm\1\0\0\0\1", 9}, "it.wasm is not valid");
    refused(bj_span_of("(module (func"), "expected");
}

static void a_module_that_is_too_large_is_refused_before_it_is_copied(void **state)
{
    (void)state;
    refused((bj_span){"\0asm\1\0\0\0", (size_t)1 << 30}, "modules of up to 134217728 are accepted");
}

static void features_that_are_off_are_refused(void **state)
{
    (void)state;
    refused(bj_span_of("(module (memory 1) (memory 1))"), "multi");
    refused(bj_span_of("(module (memory i64 1))"), "memory64");
    refused(bj_span_of("(module (memory 1 2 shared))"), "");
    refused(bj_span_of("(module (func (result v128) v128.const i32x4 0 0 0 0"
                       " v128.const i32x4 0 0 0 0 i8x16.relaxed_swizzle))"),
            "relaxed");
}

/* The error of making an instance. */
static bj_error instance_error(const char *text)
{
    bj_error err = {0};
    engine_module *module = harness_module(&h, text, &err);
    if (!module)
        fail_msg("%s", err.message);
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    assert_null(instance);
    engine_module_delete(module);
    return err;
}

static void an_import_that_nobody_grants_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const imports[] = {
        "(import \"env\" \"secret\" (func))",
        "(import \"env\" \"secret\" (memory 1))",
        "(import \"env\" \"secret\" (global i32))",
        "(import \"env\" \"secret\" (table 1 funcref))",
    };
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        char text[200];
        snprintf(text, sizeof text, "(module %s)", imports[i]);
        bj_error err = instance_error(text);
        assert_int_equal(err.code, BJ_ERROR_IMPORT);
        assert_non_null(strstr(err.message, "test.wat imports env.secret, which nobody grants"));
    }
}

static void a_granted_import_of_another_type_is_refused(void **state)
{
    (void)state;
    bj_error err = instance_error("(module (import \"host\" \"add\" (func (param i32))))");
    assert_int_equal(err.code, BJ_ERROR_IMPORT);
    assert_string_equal(err.message,
                        "test.wat imports host.add as (i32) -> (), but it is (i32 i64) -> (i32)");
    err = instance_error("(module (import \"host\" \"add\" (memory 1)))");
    assert_int_equal(err.code, BJ_ERROR_IMPORT);
}

static void a_function_may_be_imported_twice(void **state)
{
    (void)state;
    engine_result r = harness_run(&h,
                                  "(module (import \"host\" \"stop\" (func))"
                                  " (import \"host\" \"stop\" (func)))",
                                  "", false);
    assert_int_equal(r.status, ENGINE_RETURNED);
}

static void exports_are_known_by_name_and_type(void **state)
{
    (void)state;
    bj_error err;
    engine_module *module = harness_module(&h,
                                           "(module (func (export \"f\") (param i32 i64) (result "
                                           "i32) i32.const 0) (memory (export \"m\") 1))",
                                           &err);
    assert_true(engine_module_exports(module, "f", "il>i"));
    assert_false(engine_module_exports(module, "f", "ii>i"));
    assert_false(engine_module_exports(module, "f", "il>"));
    assert_false(engine_module_exports(module, "m", ">"));
    assert_false(engine_module_exports(module, "g", ">"));
    engine_module_delete(module);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_that_are_no_module_are_refused_in_words),
        TEST(a_module_that_is_too_large_is_refused_before_it_is_copied),
        TEST(features_that_are_off_are_refused),
        TEST(an_import_that_nobody_grants_is_refused_by_name),
        TEST(a_granted_import_of_another_type_is_refused),
        TEST(a_function_may_be_imported_twice),
        TEST(exports_are_known_by_name_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
