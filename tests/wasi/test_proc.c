/*
 * test_proc.c: how a process ends.
 */
#include "base/clock.h"
#include "world.h"

static void exit_stops_with_its_code(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const uint32_t codes[] = {0, 1, 255, 256, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        (void)CALL(&w, "proc_exit", codes[i]);
        assert_int_equal(wasi_stopped(w.context), WASI_STOP_EXIT);
        assert_int_equal(wasi_exit_code(w.context), codes[i]);
        wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    }
    world_close(&w);
}

static void a_signal_ends_the_process_as_a_shell_would_say(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const uint32_t fatal[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 23, 24, 30};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        (void)CALL(&w, "proc_raise", fatal[i]);
        assert_int_equal(wasi_stopped(w.context), WASI_STOP_EXIT);
        assert_int_equal(wasi_exit_code(w.context), 128 + fatal[i]);
        wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    }
    world_close(&w);
}

static void some_signals_do_nothing_and_none_stops(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const uint32_t ignored[] = {0, 16, 17, 22, 27}, stops[] = {18, 19, 20, 21},
                   unknown[] = {31, 64, 0xffffffff};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        assert_ok(CALL(&w, "proc_raise", ignored[i]));
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
        assert_errno(CALL(&w, "proc_raise", stops[i]), VFS_ENOTSUP);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_errno(CALL(&w, "proc_raise", unknown[i]), VFS_EINVAL);
    assert_int_equal(wasi_stopped(w.context), WASI_GO_ON);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_stops_with_its_code),
        cmocka_unit_test(a_signal_ends_the_process_as_a_shell_would_say),
        cmocka_unit_test(some_signals_do_nothing_and_none_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
