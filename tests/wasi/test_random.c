/*
 * test_random.c: random bytes, few and very many.
 */
#include "base/clock.h"
#include "world.h"

static void all_bytes_are_filled_and_no_others(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(CALL(&w, "random_get", 1000, 0));
    assert_ok(CALL(&w, "random_get", 1000, 256));
    bool seen_end = false;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(w.memory.base[999], 0);
        assert_int_equal(w.memory.base[1256], 0);
        seen_end |= w.memory.base[1255] != 0;
        assert_ok(CALL(&w, "random_get", 1000, 256));
    }
    assert_true(seen_end);
    uint8_t before[256];
    memcpy(before, w.memory.base + 1000, 256);
    assert_ok(CALL(&w, "random_get", 1000, 256));
    assert_memory_not_equal(before, w.memory.base + 1000, 256);
    world_close(&w);
}

static void a_large_memory_ends_by_the_deadline(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const size_t size = (size_t)1 << 30;
    wasi_memory small = w.memory;
    w.memory = (wasi_memory){mmap(NULL, size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                             size};
    assert_true(w.memory.base != MAP_FAILED);
    uint64_t begun = bj_clock_monotonic_ns();
    wasi_begin(w.context, begun + 20000000, bj_clock_thread_cpu_ns());
    assert_errno(CALL(&w, "random_get", 0, size), VFS_EINTR);
    assert_in_range(bj_clock_monotonic_ns() - begun, 0, 500000000);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    wasi_interrupt(w.context);
    assert_errno(CALL(&w, "random_get", 0, size), VFS_EINTR);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_INTERRUPTED);
    munmap(w.memory.base, size);
    w.memory = small;
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_are_filled_and_no_others),
        cmocka_unit_test(a_large_memory_ends_by_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
