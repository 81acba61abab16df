/*
 * test_poll.c: poll_oneoff: clocks, descriptors, mixtures, and what cannot be.
 */
#include "base/clock.h"
#include "wasi/context.h"
#include "world.h"

#define MS            1000000u
#define SUBSCRIPTIONS 1024u
#define EVENTS        8192u

enum { CLOCK = 0, FD_READ = 1, FD_WRITE = 2 };

static uint8_t *subscription(world *w, uint32_t index, uint64_t userdata, uint8_t type)
{
    uint8_t *at = w->memory.base + SUBSCRIPTIONS + index * WASI_SUBSCRIPTION_BYTES;
    memset(at, 0, WASI_SUBSCRIPTION_BYTES);
    wasi_store64(at + WASI_SUBSCRIPTION_USERDATA, userdata);
    at[WASI_SUBSCRIPTION_TAG] = type;
    return at;
}

static void want_clock(world *w, uint32_t index, uint64_t userdata, uint32_t clock,
                       uint64_t timeout, uint16_t flags)
{
    uint8_t *at = subscription(w, index, userdata, CLOCK);
    wasi_store32(at + WASI_SUBSCRIPTION_CLOCK_ID, clock);
    wasi_store64(at + WASI_SUBSCRIPTION_CLOCK_TIMEOUT, timeout);
    wasi_store16(at + WASI_SUBSCRIPTION_CLOCK_FLAGS, flags);
}

static void want_fd(world *w, uint32_t index, uint64_t userdata, uint8_t type, uint32_t fd)
{
    wasi_store32(subscription(w, index, userdata, type) + WASI_SUBSCRIPTION_FD, fd);
}

static uint32_t poll_all(world *w, uint32_t count)
{
    assert_ok(CALL(w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, count, RESULT));
    return get32(w, RESULT);
}

static void expect_event(world *w, uint32_t index, uint64_t userdata, vfs_errno error, uint8_t type)
{
    const uint8_t *at = w->memory.base + EVENTS + index * WASI_EVENT_BYTES;
    assert_int_equal(wasi_load64(at + WASI_EVENT_USERDATA), userdata);
    assert_errno((vfs_errno)wasi_load16(at + WASI_EVENT_ERROR), error);
    assert_int_equal(at[WASI_EVENT_TYPE], type);
}

static uint64_t bytes_of_event(world *w, uint32_t index)
{
    return get64(w, EVENTS + index * WASI_EVENT_BYTES + WASI_EVENT_NBYTES);
}

static void a_relative_clock_waits_that_long(void **state)
{
    (void)state;
    for (uint32_t clock = 0; clock < 2; clock++) {
        world w;
        world_open(&w, NULL, NULL);
        want_clock(&w, 0, 77, clock, 20 * MS, 0);
        uint64_t begun = bj_clock_monotonic_ns();
        assert_int_equal(poll_all(&w, 1), 1);
        assert_in_range(bj_clock_monotonic_ns() - begun, 20 * MS, 5000 * (uint64_t)MS);
        expect_event(&w, 0, 77, VFS_OK, CLOCK);
        world_close(&w);
    }
}

static void an_absolute_clock_waits_until_then(void **state)
{
    (void)state;
    for (uint32_t clock = 0; clock < 2; clock++) {
        world w;
        world_open(&w, NULL, NULL);
        assert_ok(CALL(&w, "clock_time_get", clock, 0, RESULT));
        want_clock(&w, 0, 77, clock, get64(&w, RESULT) + 20 * MS, 1);
        uint64_t begun = bj_clock_monotonic_ns();
        assert_int_equal(poll_all(&w, 1), 1);
        assert_in_range(bj_clock_monotonic_ns() - begun, 15 * MS, 5000 * (uint64_t)MS);
        world_close(&w);
    }
}

static void a_moment_that_has_passed_is_due_at_once(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    want_clock(&w, 0, 1, 0, 5, 1);
    want_clock(&w, 1, 2, 1, 0, 1);
    want_clock(&w, 2, 3, 1, 0, 0);
    want_clock(&w, 3, 4, 1, UINT64_MAX, 0);
    want_clock(&w, 4, 5, 0, UINT64_MAX, 1);
    assert_int_equal(poll_all(&w, 5), 3);
    expect_event(&w, 0, 1, VFS_OK, CLOCK);
    expect_event(&w, 1, 2, VFS_OK, CLOCK);
    expect_event(&w, 2, 3, VFS_OK, CLOCK);
    world_close(&w);
}

static void the_clock_that_is_due_first_ends_the_wait(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    want_clock(&w, 0, 1, 1, 3000 * (uint64_t)MS, 0);
    want_clock(&w, 1, 2, 1, 10 * MS, 0);
    assert_int_equal(poll_all(&w, 2), 1);
    expect_event(&w, 0, 2, VFS_OK, CLOCK);
    world_close(&w);
}

static void files_and_output_are_always_ready(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = -1, .stdin_bytes = bj_span_of("input")});
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    write_text(&w, fd, "0123456789");
    assert_ok(CALL(&w, "fd_seek", fd, 4, 0, RESULT));
    want_clock(&w, 0, 1, 1, 3000 * (uint64_t)MS, 0);
    want_fd(&w, 1, 2, FD_READ, fd);
    want_fd(&w, 2, 3, FD_WRITE, fd);
    want_fd(&w, 3, 4, FD_WRITE, 1);
    want_fd(&w, 4, 5, FD_WRITE, 2);
    want_fd(&w, 5, 6, FD_READ, 0);
    assert_int_equal(poll_all(&w, 6), 5);
    expect_event(&w, 0, 2, VFS_OK, FD_READ);
    assert_int_equal(bytes_of_event(&w, 0), 6);
    expect_event(&w, 2, 4, VFS_OK, FD_WRITE);
    expect_event(&w, 4, 6, VFS_OK, FD_READ);
    assert_int_equal(bytes_of_event(&w, 4), 5);
    world_close(&w);
}

static void what_cannot_be_waited_for_is_an_event_with_an_error(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", 2, WASI_R(FD_WRITE), 0));
    want_fd(&w, 0, 1, FD_READ, 99);
    want_fd(&w, 1, 2, FD_WRITE, 2);
    want_clock(&w, 2, 3, 99, 0, 0);
    want_clock(&w, 3, 4, 2, 0, 0);
    want_clock(&w, 4, 5, 1, 0, 0xfffe);
    subscription(&w, 5, 6, 9);
    want_fd(&w, 6, 7, FD_READ, 1);
    want_fd(&w, 7, 8, FD_WRITE, 0);
    assert_int_equal(poll_all(&w, 8), 8);
    expect_event(&w, 0, 1, VFS_EBADF, FD_READ);
    expect_event(&w, 1, 2, VFS_ENOTCAPABLE, FD_WRITE);
    expect_event(&w, 2, 3, VFS_EINVAL, CLOCK);
    expect_event(&w, 3, 4, VFS_ENOTSUP, CLOCK);
    expect_event(&w, 4, 5, VFS_EINVAL, CLOCK);
    expect_event(&w, 5, 6, VFS_EINVAL, 9);
    expect_event(&w, 6, 7, VFS_EBADF, FD_READ);
    expect_event(&w, 7, 8, VFS_EBADF, FD_WRITE);
    world_close(&w);
}

static void a_pipe_is_ready_when_it_has_something_or_has_ended(void **state)
{
    (void)state;
    world w;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fds[0]});
    want_fd(&w, 0, 1, FD_READ, 0);
    want_clock(&w, 1, 2, 1, 10 * MS, 0);
    assert_int_equal(poll_all(&w, 2), 1);
    expect_event(&w, 0, 2, VFS_OK, CLOCK);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(poll_all(&w, 1), 1);
    expect_event(&w, 0, 1, VFS_OK, FD_READ);
    assert_int_equal(bytes_of_event(&w, 0), 1);
    expect_read(&w, 0, "x");
    want_fd(&w, 1, 2, FD_WRITE, 1); /* ready at once: the pipe is looked at and not waited for */
    assert_int_equal(poll_all(&w, 2), 1);
    expect_event(&w, 0, 2, VFS_OK, FD_WRITE);
    close(fds[1]);
    assert_int_equal(poll_all(&w, 1), 1);
    expect_event(&w, 0, 1, VFS_OK, FD_READ);
    assert_int_equal(bytes_of_event(&w, 0), 0);
    assert_int_equal(wasi_load16(w.memory.base + EVENTS + WASI_EVENT_FLAGS), 1);
    world_close(&w);
    close(fds[0]);
}

static void a_long_sleep_ends_by_the_deadline(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint64_t begun = bj_clock_monotonic_ns();
    wasi_begin(w.context, begun + 20 * MS, bj_clock_thread_cpu_ns());
    want_clock(&w, 0, 1, 1, 3600000 * (uint64_t)MS, 0);
    assert_errno(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 1, RESULT), VFS_EINTR);
    assert_in_range(bj_clock_monotonic_ns() - begun, 20 * MS, 5000 * (uint64_t)MS);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    assert_true(w.budget.crossed);
    assert_int_equal(w.budget.culprit, POLICY_wall_ms);
    world_close(&w);
}

static void counts_of_none_and_of_absurdly_many_are_refused(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_errno(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 0, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 65537, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 0xffffffff, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 65536, RESULT), VFS_EFAULT);
    world_close(&w);
}

static unsigned asked;
static const vfs_ops *counted_ops;

static vfs_errno count_stat(vfs_node node, vfs_stat *stat)
{
    asked++;
    return counted_ops->stat(node, stat);
}

/* Each subscription of a file asks the host about it: whoever is interrupted need not ask about all of them. */
static void many_subscriptions_end_by_an_interrupt(void **state)
{
    (void)state;
    world w;
    wasi_fd *file;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    assert_ok(wasi_get_fd(w.context, fd, 0, &file));
    vfs_layer *layer = file->node.layer;
    vfs_ops ops = *layer->ops;
    counted_ops = layer->ops;
    ops.stat = count_stat;
    layer->ops = &ops;
    asked = 0;
    for (uint32_t i = 0; i < 1200; i++)
        want_fd(&w, i, i, FD_READ, fd);
    wasi_interrupt(w.context);
    CALL(&w, "poll_oneoff", SUBSCRIPTIONS, SUBSCRIPTIONS, 1200, RESULT);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_INTERRUPTED);
    assert_in_range(asked, 1, 1024);
    layer->ops = counted_ops;
    world_close(&w);
}

static void events_over_the_subscriptions_harm_nobody(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (uint32_t i = 0; i < 100; i++)
        want_clock(&w, i, i, 1, 0, 0);
    assert_ok(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, SUBSCRIPTIONS + 5, 100, RESULT));
    assert_in_range(get32(&w, RESULT), 0, 100);
    world_close(&w);
}

/* ---- Without holding the thread. ---- */

static vfs_errno wake_when_it_is_time(world *w)
{
    wasi_await(w->context);
    return wasi_wake_up(w->context);
}

static void a_clock_may_be_slept_for(void **state)
{
    (void)state;
    for (uint16_t absolute = 0; absolute < 2; absolute++) {
        world w;
        world_open(&w, NULL, NULL);
        wasi_let_sleep(w.context);
        assert_ok(CALL(&w, "clock_time_get", 1, 0, RESULT));
        want_clock(&w, 0, 7, 1, (absolute ? get64(&w, RESULT) : 0) + 1000 * MS, absolute);
        want_clock(&w, 1, 77, 1, (absolute ? get64(&w, RESULT) : 0) + 30 * MS, absolute);
        memset(w.memory.base + EVENTS, 0xee, 100);
        const uint64_t begun = bj_clock_monotonic_ns();
        assert_ok(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 2, RESULT));
        assert_true(wasi_sleeps(w.context));
        assert_in_range(wasi_sleeps_until_ns(w.context), begun + 20 * MS, begun + 35 * MS);
        assert_ok(wasi_wake_up(w.context)); /* too early */
        assert_true(wasi_sleeps(w.context));
        assert_int_equal(w.memory.base[EVENTS], 0xee);
        assert_ok(wake_when_it_is_time(&w));
        assert_false(wasi_sleeps(w.context));
        assert_in_range(bj_clock_monotonic_ns() - begun, 20 * MS, 900 * (uint64_t)MS);
        assert_int_equal(get32(&w, RESULT), 1);
        expect_event(&w, 0, 77, VFS_OK, CLOCK);
        world_close(&w);
    }
}

static void only_what_waits_for_time_sleeps(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    wasi_let_sleep(w.context);
    want_clock(&w, 0, 7, 1, 1000 * (uint64_t)MS, 0);
    want_fd(&w, 1, 77, FD_WRITE, 1);
    assert_int_equal(poll_all(&w, 2), 1);
    assert_false(wasi_sleeps(w.context));
    want_clock(&w, 0, 7, 1, MS / 2, 0); /* not worth it */
    assert_int_equal(poll_all(&w, 1), 1);
    assert_false(wasi_sleeps(w.context));
    world_close(&w);
}

static void a_sleep_ends_by_deadline_and_interrupt(void **state)
{
    (void)state;
    for (int interrupted = 0; interrupted < 2; interrupted++) {
        world w;
        world_open(&w, NULL, NULL);
        wasi_let_sleep(w.context);
        wasi_begin(w.context, bj_clock_monotonic_ns() + 30 * MS, 0);
        want_clock(&w, 0, 7, 1, UINT64_MAX, 0);
        assert_ok(CALL(&w, "poll_oneoff", SUBSCRIPTIONS, EVENTS, 1, RESULT));
        assert_true(wasi_sleeps(w.context));
        if (interrupted)
            wasi_interrupt(w.context);
        assert_errno(wake_when_it_is_time(&w), VFS_EINTR);
        assert_false(wasi_sleeps(w.context));
        assert_int_equal(wasi_stopped(w.context),
                         interrupted ? WASI_STOP_INTERRUPTED : WASI_STOP_LIMIT);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relative_clock_waits_that_long),
        cmocka_unit_test(an_absolute_clock_waits_until_then),
        cmocka_unit_test(a_moment_that_has_passed_is_due_at_once),
        cmocka_unit_test(the_clock_that_is_due_first_ends_the_wait),
        cmocka_unit_test(files_and_output_are_always_ready),
        cmocka_unit_test(what_cannot_be_waited_for_is_an_event_with_an_error),
        cmocka_unit_test(a_pipe_is_ready_when_it_has_something_or_has_ended),
        cmocka_unit_test(a_long_sleep_ends_by_the_deadline),
        cmocka_unit_test(counts_of_none_and_of_absurdly_many_are_refused),
        cmocka_unit_test(many_subscriptions_end_by_an_interrupt),
        cmocka_unit_test(events_over_the_subscriptions_harm_nobody),
        cmocka_unit_test(a_clock_may_be_slept_for),
        cmocka_unit_test(only_what_waits_for_time_sleeps),
        cmocka_unit_test(a_sleep_ends_by_deadline_and_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
