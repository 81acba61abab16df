/*
 * test_wait.c: interrupts: before, during and after a wait, from a thread and from a signal handler,
 * and with no descriptor left for the eventfd.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "world.h"

#define MS 1000000u

static vfs_errno sleep_for(world *w, uint64_t ns)
{
    memset(w->memory.base + 256, 0, WASI_SUBSCRIPTION_BYTES);
    wasi_store32(w->memory.base + 256 + WASI_SUBSCRIPTION_CLOCK_ID, 1);
    wasi_store64(w->memory.base + 256 + WASI_SUBSCRIPTION_CLOCK_TIMEOUT, ns);
    return CALL(w, "poll_oneoff", 256, 512, 1, RESULT);
}

static void *interrupt_soon(void *user)
{
    usleep(20000);
    wasi_interrupt(user);
    return NULL;
}

static void expect_interrupted_sleep(world *w)
{
    pthread_t thread;
    uint64_t begun = bj_clock_monotonic_ns();
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, w->context), 0);
    assert_errno(sleep_for(w, 60000 * (uint64_t)MS), VFS_EINTR);
    pthread_join(thread, NULL);
    assert_true(bj_clock_monotonic_ns() - begun < 10000 * (uint64_t)MS);
    assert_int_equal(wasi_stopped(w->context), WASI_STOP_INTERRUPTED);
    assert_true(wasi_interrupted(w->context));
}

static void an_interrupt_ends_a_wait(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    expect_interrupted_sleep(&w);
    world_close(&w);
}

static void an_interrupt_ends_a_read_from_a_pipe(void **state)
{
    (void)state;
    world w;
    int fds[2];
    pthread_t thread;
    assert_int_equal(pipe(fds), 0);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fds[0]});
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, w.context), 0);
    put_vector(&w, 64, 3000, 9);
    assert_errno(CALL(&w, "fd_read", 0, 64, 1, RESULT), VFS_EINTR);
    pthread_join(thread, NULL);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_INTERRUPTED);
    world_close(&w);
    close(fds[0]);
    close(fds[1]);
}

static void an_interrupt_before_the_run_stays_in_force(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    wasi_interrupt(w.context);
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    assert_ok(CALL(&w, "sched_yield", 0)); /* does not wait */
    assert_errno(sleep_for(&w, 60000 * (uint64_t)MS), VFS_EINTR);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_INTERRUPTED);
    world_close(&w);
}

static void once_cleared_the_next_run_waits_again(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        expect_interrupted_sleep(&w);
        wasi_clear_interrupt(w.context);
        wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
        uint64_t begun = bj_clock_monotonic_ns();
        assert_ok(sleep_for(&w, 15 * MS));
        assert_true(bj_clock_monotonic_ns() - begun >= 15 * MS);
    }
    world_close(&w);
}

static wasi_context *interrupted_by_signal;

static void on_alarm(int number)
{
    (void)number;
    wasi_interrupt(interrupted_by_signal);
}

static void a_signal_handler_may_interrupt(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    interrupted_by_signal = w.context;
    struct sigaction action = {.sa_handler = on_alarm}, before;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    ualarm(20000, 0);
    assert_errno(sleep_for(&w, 60000 * (uint64_t)MS), VFS_EINTR);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_INTERRUPTED);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    world_close(&w);
}

static void a_process_without_descriptors_left_still_waits_and_wakes(void **state)
{
    (void)state;
    world w;
    struct rlimit before, none;
    world_open(&w, NULL, NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    uint64_t begun = bj_clock_monotonic_ns();
    vfs_errno slept = sleep_for(&w, 25 * MS);
    uint64_t took = bj_clock_monotonic_ns() - begun;
    pthread_t thread;
    int created = pthread_create(&thread, NULL, interrupt_soon, w.context);
    vfs_errno interrupted = sleep_for(&w, 60000 * (uint64_t)MS);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(created, 0);
    pthread_join(thread, NULL);
    assert_ok(slept);
    assert_true(took >= 25 * MS);
    assert_errno(interrupted, VFS_EINTR);
    world_close(&w);
}

/* A thread interrupts at moments that nobody chose; no wait may miss it. */
static void *interrupt_now(void *user)
{
    wasi_interrupt(user);
    return NULL;
}

static void no_interrupt_is_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        world w;
        pthread_t thread;
        world_open(&w, NULL, NULL);
        assert_int_equal(pthread_create(&thread, NULL, interrupt_now, w.context), 0);
        for (volatile int spin = 0; spin < i * 20; spin++) {
        }
        assert_errno(sleep_for(&w, 60000 * (uint64_t)MS), VFS_EINTR);
        pthread_join(thread, NULL);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_ends_a_wait),
        cmocka_unit_test(an_interrupt_ends_a_read_from_a_pipe),
        cmocka_unit_test(an_interrupt_before_the_run_stays_in_force),
        cmocka_unit_test(once_cleared_the_next_run_waits_again),
        cmocka_unit_test(a_signal_handler_may_interrupt),
        cmocka_unit_test(a_process_without_descriptors_left_still_waits_and_wakes),
        cmocka_unit_test(no_interrupt_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
