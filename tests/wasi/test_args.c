/*
 * test_args.c: arguments and variables.
 */
#include "world.h"

static void arguments_are_given_as_pointers_and_strings(void **state)
{
    (void)state;
    static const char *const args[] = {"program", "", "a b"}, *const env[] = {"A=1", "B="};
    world w;
    world_open(
        &w, NULL,
        &(wasi_setup){.stdin_fd = -1, .args = args, .arg_count = 3, .env = env, .env_count = 2});
    assert_ok(CALL(&w, "args_sizes_get", 1000, 1004));
    assert_int_equal(get32(&w, 1000), 3);
    assert_int_equal(get32(&w, 1004), 8 + 1 + 4);
    assert_ok(CALL(&w, "args_get", 1000, 2000));
    assert_int_equal(get32(&w, 1000), 2000);
    assert_int_equal(get32(&w, 1004), 2008);
    assert_int_equal(get32(&w, 1008), 2009);
    assert_memory_equal(w.memory.base + 2000, "program\0\0a b", 13);
    assert_ok(CALL(&w, "environ_sizes_get", 1000, 1004));
    assert_int_equal(get32(&w, 1000), 2);
    assert_int_equal(get32(&w, 1004), 7);
    assert_ok(CALL(&w, "environ_get", 1000, 2000));
    assert_memory_equal(w.memory.base + 2000, "A=1\0B=", 7);
    world_close(&w);
}

static void none_are_none(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    wasi_store32(w.memory.base + 1000, 9);
    assert_ok(CALL(&w, "args_sizes_get", 1000, 1004));
    assert_int_equal(get32(&w, 1000), 0);
    assert_int_equal(get32(&w, 1004), 0);
    assert_ok(CALL(&w, "args_get", MEMORY_BYTES, MEMORY_BYTES));
    assert_ok(CALL(&w, "environ_get", MEMORY_BYTES, MEMORY_BYTES));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_given_as_pointers_and_strings),
        cmocka_unit_test(none_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
