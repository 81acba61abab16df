/*
 * test_broken_modules.c: bytes that are almost a module: cut off at every length, one bit wrong at
 * every place, of another kind. Each is refused in one clear line or runs to some outcome under tight
 * limits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/*
 * (module
 *   (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
 *   (memory (export "memory") 1 4)
 *   (table 2 funcref)
 *   (global (mut i32) (i32.const 3))
 *   (elem (i32.const 0) func 1 2)
 *   (data (i32.const 16) "hello\n")
 *   (data (i32.const 0) "\10\00\00\00\06\00\00\00")
 *   (func (param i32) (result i32)
 *     (global.set 0 (i32.sub (global.get 0) (local.get 0))) (global.get 0))
 *   (func (export "_start")
 *     (loop
 *       (drop (call 0 (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
 *       (br_if 0 (call_indirect (param i32) (result i32) (i32.const 1) (i32.const 0))))))
 */
static const unsigned char hello[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x11, 0x03, 0x60, 0x04, 0x7f, 0x7f, 0x7f,
    0x7f, 0x01, 0x7f, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x00, 0x00, 0x02, 0x23, 0x01, 0x16, 0x77,
    0x61, 0x73, 0x69, 0x5f, 0x73, 0x6e, 0x61, 0x70, 0x73, 0x68, 0x6f, 0x74, 0x5f, 0x70, 0x72, 0x65,
    0x76, 0x69, 0x65, 0x77, 0x31, 0x08, 0x66, 0x64, 0x5f, 0x77, 0x72, 0x69, 0x74, 0x65, 0x00, 0x00,
    0x03, 0x03, 0x02, 0x01, 0x02, 0x04, 0x04, 0x01, 0x70, 0x00, 0x02, 0x05, 0x04, 0x01, 0x01, 0x01,
    0x04, 0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x03, 0x0b, 0x07, 0x13, 0x02, 0x06, 0x6d, 0x65, 0x6d,
    0x6f, 0x72, 0x79, 0x02, 0x00, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x02, 0x09, 0x08,
    0x01, 0x00, 0x41, 0x00, 0x0b, 0x02, 0x01, 0x02, 0x0a, 0x27, 0x02, 0x0b, 0x00, 0x23, 0x00, 0x20,
    0x00, 0x6b, 0x24, 0x00, 0x23, 0x00, 0x0b, 0x19, 0x00, 0x03, 0x40, 0x41, 0x01, 0x41, 0x00, 0x41,
    0x01, 0x41, 0x08, 0x10, 0x00, 0x1a, 0x41, 0x01, 0x41, 0x00, 0x11, 0x01, 0x00, 0x0d, 0x00, 0x0b,
    0x0b, 0x0b, 0x19, 0x02, 0x00, 0x41, 0x10, 0x0b, 0x06, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x0a, 0x00,
    0x41, 0x00, 0x0b, 0x08, 0x10, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00,
};

static void the_module_itself_runs(void **state)
{
    (void)state;
    bj_error err;
    bj_runtime *runtime = must_open((const char *)hello, sizeof hello);
    bj_sandbox *box = must_make(runtime, NULL);
    expect_output(bj_sandbox_run(box, &err), "hello\nhello\nhello\n");
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

static void a_module_cut_off_anywhere_is_refused_or_runs(void **state)
{
    (void)state;
    unsigned ran = 0;
    for (size_t size = 0; size < sizeof hello; size++) {
        /* In memory of just that size, so that a read beyond it is found. */
        unsigned char *cut = malloc(size + 1);
        memcpy(cut + 1, hello, size);
        ran += survive(cut + 1, size);
        free(cut);
    }
    /* Only without all of its data, which comes last, is it whole. */
    assert_int_equal(ran, 1);
}

static void a_module_with_any_bit_wrong_is_refused_or_runs(void **state)
{
    (void)state;
    unsigned ran = 0;
    for (size_t bit = 0; bit < 8 * sizeof hello; bit++) {
        unsigned char wrong[sizeof hello];
        memcpy(wrong, hello, sizeof hello);
        wrong[bit / 8] ^= (unsigned char)(1u << bit % 8);
        ran += survive(wrong, sizeof wrong);
    }
    assert_in_range(ran, 100, 1000);
}

static void a_module_with_any_byte_gone_is_refused_or_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hello; i++) {
        unsigned char less[sizeof hello - 1];
        memcpy(less, hello, i);
        memcpy(less + i, hello + i + 1, sizeof hello - i - 1);
        survive(less, sizeof less);
    }
}

/* The bytes of a guest, which is as real as a module gets. */
static unsigned char *read_guest(size_t *size)
{
    const char *folder = getenv("BELLJAR_GUESTS");
    char path[4096];
    assert_non_null(folder);
    snprintf(path, sizeof path, "%s/javascript.wasm", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void a_real_module_cut_off_is_refused(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = read_guest(&size);
    for (size_t i = 1; i < 60; i++)
        assert_false(survive(bytes, size * i / 60));
    assert_false(survive(bytes, size - 1));
    free(bytes);
}

static void other_kinds_of_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } files[] = {
        {"", 0, "is empty"},
        {"\0", 1, "not a WebAssembly module"},
        {"\0asm", 4, "not a WebAssembly module"},
        {"\0asm\1\0\0", 7, "not a WebAssembly module"},
        {"\0asm\x0d\0\1\0", 8, "is a WebAssembly component"},
        {"\0asm\2\0\0\0", 8, "unknown version"},
        {"asm\0\1\0\0\0", 8, "not a WebAssembly module"},
        {"\x7f"
         "ELF\2\1\1\0\0\0\0\0",
         12, "not a WebAssembly module"},
        {"MZ\x90\0\3\0\0\0", 8, "not a WebAssembly module"},
        {"#!/bin/sh\nexit 0\n", 17, "not a WebAssembly module"},
        {"\x1f\x8b\b\0\0\0\0\0", 8, "not a WebAssembly module"},
        {"\xff\xfe(\0m\0o\0d\0", 10, "not a WebAssembly module"},
        {"\xef\xbb\xbf(module)", 11, "not a WebAssembly module"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bj_error err;
        must_refuse(files[i].bytes, files[i].size, &err);
        assert_int_equal(err.code, BJ_ERROR_MODULE);
        if (!strstr(err.message, files[i].says))
            fail_msg("wanted \"%s\", got \"%s\"", files[i].says, err.message);
    }
}

/* Sections by hand, with an empty _start in front where they allow it. */
static void sections_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } sections[] = {
        {"\1\xff\xff\xff\xff\x0f", 6},                  /* 4 GiB of types */
        {"\1\5\xff\xff\xff\xff\x0f", 7},                /* 4 G types */
        {"\1\x80\x80\x80\x80\x80\x00", 7},              /* a size of six bytes */
        {"\1\1\0\1\1\0", 6},                            /* types twice */
        {"\3\2\1\0", 4},                                /* a function of no type */
        {"\1\4\1\x60\0\0\3\2\1\0", 10},                 /* a function without a body */
        {"\1\4\1\x60\0\0\3\2\1\0\n\4\1\xff\xff\3", 16}, /* a body beyond its section */
        {"\5\4\1\1\2\1", 6},                            /* a memory of more than its maximum */
        {"\5\6\1\0\x81\x80\4", 7},                      /* cut off */
        {"\5\5\1\0\x81\x80\4", 7},                      /* 65,537 pages */
        {"\x0b\xff\xff\xff\xff\x0f", 6},                /* 4 GiB of data */
        {"\x0c\5\xff\xff\xff\xff\x0f", 7},              /* a count of data that isn't there */
        {"\0\5\4name", 7},                              /* a custom section, sound */
        {"\0\2\5x", 4},                                 /* its name is longer than itself */
        {"\0\3\2\xff\xfe", 5},                          /* its name is not UTF-8 */
        {"\x0e\0", 2},                                  /* unknown sections */
        {"\x7f\0", 2},
        {"\7\7\1\2\xff\xfe\0\0", 8},   /* an export with a name of no UTF-8 */
        {"\2\7\1\2\xc0\x80\0\0\0", 9}, /* an import with one */
        {"\x08\1\0", 3},               /* a start function that isn't there */
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        autotext module = {0};
        text_add_bytes(&module, "\0asm\1\0\0\0", 8);
        text_add_bytes(&module, sections[i].bytes, sections[i].size);
        assert_false(survive(module.bytes, module.size));
    }
}

static void a_name_section_that_is_no_utf8_does_no_harm(void **state)
{
    (void)state;
    /* (module (func $NAME unreachable) (export "_start" (func $NAME))), NAME = ff 0a 1b 22 00 */
    static const char module[] = "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\n\1\6_start\0\0"
                                 "\n\5\1\3\0\0\x0b"
                                 "\0\x0f\4name\1\x08\1\0\5\xff\n\x1b\"\0";
    assert_true(survive(module, sizeof module - 1));
    bj_error err;
    bj_runtime *runtime = must_open(module, sizeof module - 1);
    bj_sandbox *box = must_make(runtime, NULL);
    expect_trap(bj_sandbox_run(box, &err), "unreachable");
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

static void a_module_above_the_limit_of_bytes_is_refused_by_its_size(void **state)
{
    (void)state;
    bj_engine_options options;
    bj_error err = {0};
    bj_engine_options_init(&options);
    options.cache_dir = "";
    options.max_sandboxes = 1;
    options.max_module_bytes = 100;
    bj_engine *small = bj_engine_new(&options, &err);
    assert_non_null(small);
    assert_null(bj_runtime_from_bytes(small, hello, sizeof hello, "hello", &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    assert_non_null(strstr(err.message, "100"));
    bj_engine_delete(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_module_itself_runs),
        cmocka_unit_test(a_module_cut_off_anywhere_is_refused_or_runs),
        cmocka_unit_test(a_module_with_any_bit_wrong_is_refused_or_runs),
        cmocka_unit_test(a_module_with_any_byte_gone_is_refused_or_runs),
        cmocka_unit_test(a_real_module_cut_off_is_refused),
        cmocka_unit_test(other_kinds_of_files_are_refused),
        cmocka_unit_test(sections_that_lie_are_refused),
        cmocka_unit_test(a_name_section_that_is_no_utf8_does_no_harm),
        cmocka_unit_test(a_module_above_the_limit_of_bytes_is_refused_by_its_size),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
