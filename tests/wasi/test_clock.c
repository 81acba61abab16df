/*
 * test_clock.c: the four clocks.
 */
#include "base/clock.h"
#include "world.h"

static uint64_t time_of(world *w, uint64_t clock)
{
    assert_ok(CALL(w, "clock_time_get", clock, 0, RESULT));
    return get64(w, RESULT);
}

static void every_clock_has_a_time_that_does_not_go_back_and_a_resolution(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (uint64_t clock = 0; clock < 4; clock++) {
        uint64_t before = time_of(&w, clock);
        for (volatile int i = 0; i < 1000000; i++) {
        }
        assert_true(time_of(&w, clock) > before);
        assert_ok(CALL(&w, "clock_res_get", clock, RESULT));
        assert_true(get64(&w, RESULT) > 0);
    }
    world_close(&w);
}

static void realtime_is_the_hosts_and_monotonic_begins_with_the_sandbox(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint64_t host = bj_clock_ns(CLOCK_REALTIME);
    assert_in_range(time_of(&w, 0), host, host + 5000000000u);
    assert_in_range(time_of(&w, 1), 0, 5000000000u);
    world_close(&w);
}

static void cpu_time_goes_on_where_the_last_run_ended(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (volatile int i = 0; i < 1000000; i++) {
    }
    uint64_t before = time_of(&w, 2);
    assert_true(before < bj_clock_thread_cpu_ns());
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    assert_true(time_of(&w, 3) >= before);
    assert_true(time_of(&w, 2) < before + 1000000000u);
    world_close(&w);
}

static void other_clocks_are_einval(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const uint64_t clocks[] = {4, 0x7fffffff, 0xffffffff};
    for (int i = 0; i < 3; i++) {
        assert_errno(CALL(&w, "clock_time_get", clocks[i], 0, RESULT), VFS_EINVAL);
        assert_errno(CALL(&w, "clock_res_get", clocks[i], RESULT), VFS_EINVAL);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clock_has_a_time_that_does_not_go_back_and_a_resolution),
        cmocka_unit_test(realtime_is_the_hosts_and_monotonic_begins_with_the_sandbox),
        cmocka_unit_test(cpu_time_goes_on_where_the_last_run_ended),
        cmocka_unit_test(other_clocks_are_einval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
