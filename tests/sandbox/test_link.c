/*
 * test_link.c: the names under which a module finds the calls, and /dev, from inside a guest.
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>

#define START " (func (export \"_start\"))"

/* Prints "hi" through fd_write of module `%s` and exits through proc_exit of `%s` with code 7. */
#define PRINTS_AND_EXITS                                                                           \
    "(module (import \"%s\" \"fd_write\" (func $w (param i32 i32 i32 i32) (result i32)))"          \
    "(import \"%s\" \"proc_exit\" (func $x (param i32)))"                                          \
    "(memory (export \"memory\") 1)"                                                               \
    "(data (i32.const 0) \"\\10\\00\\00\\00\\02\\00\\00\\00\") (data (i32.const 16) \"hi\")"       \
    "(func (export \"_start\")"                                                                    \
    " (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"                    \
    " (call $x (i32.const 7))))"

static void both_snapshots_run_also_together(void **state)
{
    (void)state;
    static const char *const names[] = {"wasi_snapshot_preview1", "wasi_unstable"};
    for (int i = 0; i < 4; i++) {
        autotext wat = {0};
        text_add(&wat, PRINTS_AND_EXITS, names[i % 2], names[i / 2]);
        bj_receipt *receipt = must_run(wat.bytes, NULL);
        size_t size;
        const char *out = bj_receipt_stdout(receipt, &size);
        assert_int_equal(size, 2);
        assert_memory_equal(out, "hi", 2);
        expect_exit(receipt, 7);
    }
}

static void what_meant_something_else_is_refused_by_its_name(void **state)
{
    (void)state;
    static const char *const others[][2] = {
        {"fd_seek", "i32 i64 i32 i32"},
        {"fd_filestat_get", "i32 i32"},
        {"path_filestat_get", "i32 i32 i32 i32 i32"},
        {"poll_oneoff", "i32 i32 i32 i32"},
        {"sock_accept", "i32 i32 i32"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bj_error err;
        autotext wat = {0}, name = {0};
        text_add(&wat,
                 "(module (import \"wasi_unstable\" \"%s\" (func (param %s) (result i32)))" START
                 ")",
                 others[i][0], others[i][1]);
        text_add(&name, "wasi_unstable.%s", others[i][0]);
        must_refuse(wat.bytes, wat.size, &err);
        assert_int_equal(err.code, BJ_ERROR_IMPORT);
        assert_non_null(strstr(err.message, name.bytes));
    }
}

/* Exits with the errno of opening "null" for writing in descriptor %d; 5 is the one after "." and /work. */
#define OPENS_NULL                                                                                 \
    "(module (import \"wasi_snapshot_preview1\" \"path_open\""                                     \
    " (func $o (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"                         \
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $x (param i32)))"                      \
    "(memory (export \"memory\") 1) (data (i32.const 0) \"null\")"                                 \
    "(func (export \"_start\") (call $x (call $o (i32.const 5) (i32.const 0) (i32.const 0)"        \
    " (i32.const 4) (i32.const 0) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))))"

#define EBADF_OF_THE_GUEST 8

static void a_command_gets_devices_where_they_are_granted(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    expect_exit(must_run(OPENS_NULL, &policy), EBADF_OF_THE_GUEST);
    assert_int_equal(bj_policy_grant_devices(&policy, &err), 0);
    expect_outcome(must_run(OPENS_NULL, &policy), BJ_OUTCOME_OK);
    bj_policy_clear(&policy);
}

static void a_directory_granted_at_dev_takes_the_place_of_the_devices(void **state)
{
    (void)state;
    static const char *const places[] = {"/dev", "//dev", "/dev/", "/dev/sub", "/device"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bj_error err;
        bj_policy policy;
        bj_policy_init(&policy);
        assert_int_equal(bj_policy_grant_devices(&policy, &err), 0);
        assert_int_equal(bj_policy_grant_dir(&policy, "/tmp", places[i], BJ_READ_ONLY, &err), 0);
        bj_receipt *receipt = must_run("(module" START ")", &policy);
        expect_outcome(receipt, BJ_OUTCOME_OK);
        bj_policy_clear(&policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_snapshots_run_also_together),
        cmocka_unit_test(what_meant_something_else_is_refused_by_its_name),
        cmocka_unit_test(a_command_gets_devices_where_they_are_granted),
        cmocka_unit_test(a_directory_granted_at_dev_takes_the_place_of_the_devices),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
