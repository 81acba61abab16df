/*
 * test_module.c: what is refused as a module, and how it is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Proposals that the engine does not have are told by name before anything is compiled. */
static void what_a_module_needs_and_is_not_there_is_named(void **state)
{
    (void)state;
    refused(bj_span_of("(module (tag) (table 1 exnref))"), "exceptions that outlive");
    refused(bj_span_of("(module (table 1 2 (ref null exn)))"), "exceptions that outlive");
    refused(bj_span_of("(module (table 1 (ref null noexn) (ref.null noexn)))"), "exceptions that");
    refused(bj_span_of("(module (global v128 (v128.const i64x2 1 2)) (global i32 (i32.add"
                       " (i32.const 1) (i32.const 2))) (global (mut exnref) (ref.null exn)))"),
            "exceptions that outlive");
    refused(bj_span_of("(module (import \"a\" \"b\" (global exnref)))"), "exceptions that");
    refused(bj_span_of("(module (import \"a\" \"b\" (table 1 exnref)))"), "exceptions that");
    /* Its type in two bytes, where one would do. */
    refused((bj_span){"\0asm\1\0\0\0\4\6\1\x63\xe9\x7f\0\1", 16}, "exceptions that outlive");
    refused(bj_span_of("(module (type (struct)))"), "the proposal gc");
    refused(bj_span_of("(module (type (func)) (rec (type (array i8))))"), "the proposal gc");
    refused(bj_span_of("(module (memory 1 2 shared))"), "threads");
    refused(bj_span_of("(module (import \"a\" \"b\" (memory 1 2 shared)))"), "threads");
    refused(bj_span_of("(module (memory i64 1))"), "memory64");
    refused(bj_span_of("(module (import \"a\" \"b\" (func (param i32))) (table i64 1 funcref))"),
            "");
    refused(bj_span_of("(module (import \"a\" \"b\" (memory 1)) (memory 1))"), "multi-memory");
    refused(bj_span_of("(module (memory 1 (pagesize 1)))"), "custom-page-sizes");
}

typedef struct entry_case {
    bool has_entry;
    const char *text;
} entry_case;

static engine_outline outline_of(bj_span bytes)
{
    static const char *const entries[] = {"_start", "other", NULL};
    return engine_outline_of(bytes, entries);
}

static void whether_there_is_anything_to_call_is_told_without_compiling(void **state)
{
    (void)state;
    static const entry_case cases[] = {
        {true, "(module (func (export \"_start\")))"},
        {true, "(module (func (export \"first\")) (func (export \"other\")))"},
        {false, "(module (func (export \"_initialize\")))"},
        {false, "(module (global (export \"_start\") i32 (i32.const 0)))"},
        {false, "(module)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wasm_byte_vec_t binary;
        assert_null(wasmtime_wat2wasm(cases[i].text, strlen(cases[i].text), &binary));
        const engine_outline outline = outline_of((bj_span){binary.data, binary.size});
        assert_int_equal(outline.has_entry, cases[i].has_entry);
        assert_null(outline.wants);
        wasm_byte_vec_delete(&binary);
    }
}

/* Every way to cut a module off, and every byte of it replaced, in memory that ends where the bytes do. */
static void a_broken_module_is_left_to_the_compiler(void **state)
{
    (void)state;
    static const char text[] =
        "(module (type (func (param i32 i64 (ref null func)) (result f32))) (type (func (param "
        "i32)))"
        "(import \"a\" \"f\" (func (type 0))) (import \"a\" \"g\" (global (mut externref)))"
        "(import \"a\" \"t\" (table 1 2 funcref)) (import \"a\" \"m\" (memory 1 2))"
        "(import \"a\" \"e\" (tag (type 1))) (table 3 funcref) (tag (type 1))"
        "(global f64 (f64.const 1)) (global i64 (i64.sub (i64.const 3) (i64.const 4)))"
        "(func (export \"run\")))";
    wasm_byte_vec_t binary;
    assert_null(wasmtime_wat2wasm(text, strlen(text), &binary));
    for (size_t size = 0; size < binary.size; size++) {
        char *copy = malloc(size ? size : 1);
        memcpy(copy, binary.data, size);
        (void)outline_of((bj_span){copy, size});
        for (size_t i = 8; i < size; i++)
            for (unsigned bit = 0; bit < 8; bit++) {
                copy[i] ^= (char)(1 << bit);
                (void)outline_of((bj_span){copy, size});
                copy[i] ^= (char)(1 << bit);
            }
        free(copy);
    }
    assert_false(outline_of((bj_span){binary.data, binary.size}).has_entry);
    assert_true(outline_of((bj_span){binary.data, binary.size - 1}).has_entry);
    /* Counts that no module of this size can have: an answer at once. */
    static const char many[] =
        "\0asm\1\0\0\0\x01\x06\xff\xff\xff\xff\x0f\x60\x07\x05\xff\xff\xff\xff\x0f";
    assert_true(outline_of((bj_span){many, sizeof many - 1}).has_entry);
    wasm_byte_vec_delete(&binary);
}

static void a_module_that_is_too_large_is_refused_before_it_is_copied(void **state)
{
    (void)state;
    refused((bj_span){"\0asm\1\0\0\0", (size_t)1 << 30}, "modules of up to 268435456 are accepted");
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
    assert_true(exports(module, "f", "il>i"));
    assert_false(exports(module, "f", "ii>i"));
    assert_false(exports(module, "f", "il>"));
    assert_false(exports(module, "m", ">"));
    assert_false(exports(module, "g", ">"));
    engine_module_delete(module);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_that_are_no_module_are_refused_in_words),
        TEST(what_a_module_needs_and_is_not_there_is_named),
        TEST(whether_there_is_anything_to_call_is_told_without_compiling),
        TEST(a_broken_module_is_left_to_the_compiler),
        TEST(a_module_that_is_too_large_is_refused_before_it_is_copied),
        TEST(features_that_are_off_are_refused),
        TEST(an_import_that_nobody_grants_is_refused_by_name),
        TEST(a_granted_import_of_another_type_is_refused),
        TEST(a_function_may_be_imported_twice),
        TEST(exports_are_known_by_name_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
