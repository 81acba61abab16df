/*
 * test_stream.c: stdin from bytes, files, pipes; stdout and stderr within one budget.
 */
#include <fcntl.h>
#include <pthread.h>

#include "base/clock.h"
#include "world.h"

#define MS 1000000u

static void stdin_of_bytes_is_read_to_its_end(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL,
               &(wasi_setup){.stdin_fd = -1, .stdin_bytes = bj_span_of("line one\nline two")});
    put_vector(&w, 64, 3000, 9);
    assert_ok(CALL(&w, "fd_read", 0, 64, 1, RESULT));
    assert_memory_equal(w.memory.base + 3000, "line one\n", 9);
    expect_read(&w, 0, "line two");
    expect_read(&w, 0, "");
    expect_read(&w, 0, "");
    world_close(&w);
}

static void empty_stdin_is_at_its_end(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    expect_read(&w, 0, "");
    world_close(&w);
}

static void stdin_of_a_file_is_read_from_where_it_stands(void **state)
{
    (void)state;
    world w;
    char path[] = "/tmp/belljar-stream-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "skipped read", 12), 12);
    assert_int_equal(lseek(fd, 8, SEEK_SET), 8);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fd});
    expect_read(&w, 0, "read");
    expect_read(&w, 0, "");
    world_close(&w);
    assert_int_equal(fcntl(fd, F_GETFD) >= 0, 1); /* not closed */
    close(fd);
    unlink(path);
}

static void stdin_of_a_pipe_gives_what_is_there_and_its_end(void **state)
{
    (void)state;
    world w;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fds[0]});
    assert_int_equal(write(fds[1], "some", 4), 4);
    expect_read(&w, 0, "some");
    close(fds[1]);
    expect_read(&w, 0, "");
    world_close(&w);
    close(fds[0]);
}

static void a_pipe_that_stays_silent_ends_by_the_deadline(void **state)
{
    (void)state;
    world w;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fds[0]});
    uint64_t begun = bj_clock_monotonic_ns();
    wasi_begin(w.context, begun + 30 * MS, bj_clock_thread_cpu_ns());
    put_vector(&w, 64, 3000, 9);
    assert_errno(CALL(&w, "fd_read", 0, 64, 1, RESULT), VFS_EINTR);
    assert_in_range(bj_clock_monotonic_ns() - begun, 30 * MS, 5000 * (uint64_t)MS);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    assert_int_equal(w.budget.culprit, POLICY_wall_ms);
    world_close(&w);
    close(fds[0]);
    close(fds[1]);
}

static void a_nonblocking_read_of_a_silent_pipe_is_eagain(void **state)
{
    (void)state;
    world w;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = fds[0]});
    assert_ok(CALL(&w, "fd_fdstat_set_flags", 0, 4));
    put_vector(&w, 64, 3000, 9);
    assert_errno(CALL(&w, "fd_read", 0, 64, 1, RESULT), VFS_EAGAIN);
    assert_int_equal(wasi_stopped(w.context), WASI_GO_ON);
    assert_int_equal(write(fds[1], "x", 1), 1);
    expect_read(&w, 0, "x");
    assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0); /* the host's flags are left alone */
    world_close(&w);
    close(fds[0]);
    close(fds[1]);
}

static void a_closed_stdin_descriptor_is_an_error_and_no_wait(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, &(wasi_setup){.stdin_fd = 1000});
    wasi_begin(w.context, bj_clock_monotonic_ns() + 2000 * (uint64_t)MS, bj_clock_thread_cpu_ns());
    put_vector(&w, 64, 3000, 9);
    assert_errno(CALL(&w, "fd_read", 0, 64, 1, RESULT), VFS_EBADF);
    world_close(&w);
}

/* ---------------------------------------------------------------- output */

static void expect_output(world *w, bj_stream stream, const char *text)
{
    bj_buffer output = wasi_take_output(w->context, stream);
    assert_string_equal(bj_buffer_text(&output), text);
    bj_buffer_free(&output);
}

static void output_is_kept_apart_and_taken_once(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    write_text(&w, 1, "out ");
    write_text(&w, 2, "err");
    write_text(&w, 1, "put");
    assert_int_equal(w.budget.used[POLICY_output_bytes], 10);
    expect_output(&w, BJ_STDOUT, "out put");
    expect_output(&w, BJ_STDERR, "err");
    expect_output(&w, BJ_STDOUT, "");
    write_text(&w, 1, "again");
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    expect_output(&w, BJ_STDOUT, "");
    world_close(&w);
}

static void output_beyond_the_limit_is_cut_and_ends_the_run(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    w.budget.allowed[POLICY_output_bytes] = 10;
    write_text(&w, 2, "1234");
    assert_int_equal(write_text(&w, 1, "abcdefgh"), 6);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    assert_int_equal(w.budget.culprit, POLICY_output_bytes);
    assert_true(wasi_output_truncated(w.context, BJ_STDOUT));
    assert_false(wasi_output_truncated(w.context, BJ_STDERR));
    expect_output(&w, BJ_STDOUT, "abcdef");
    expect_output(&w, BJ_STDERR, "1234");
    world_close(&w);
}

static void output_of_just_the_limit_is_no_crossing(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    w.budget.allowed[POLICY_output_bytes] = 8;
    write_text(&w, 1, "abcdefgh");
    assert_int_equal(wasi_stopped(w.context), WASI_GO_ON);
    put_vector(&w, 64, 3000, 0);
    assert_ok(CALL(&w, "fd_write", 1, 64, 1, RESULT));
    assert_int_equal(wasi_stopped(w.context), WASI_GO_ON);
    put_vector(&w, 64, 3000, 1);
    (void)CALL(&w, "fd_write", 1, 64, 1, RESULT);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    world_close(&w);
}

static void collect(void *user, bj_stream stream, const char *bytes, size_t size)
{
    bj_buffer *all = user;
    assert_int_equal(bj_buffer_append(all, stream == BJ_STDOUT ? "o:" : "e:", 2), 0);
    assert_int_equal(bj_buffer_append(all, bytes, size), 0);
}

static void output_is_handed_on_as_it_comes_and_only_what_is_kept(void **state)
{
    (void)state;
    world w;
    bj_buffer all = {0};
    world_open(&w, NULL,
               &(wasi_setup){.stdin_fd = -1, .on_output = collect, .on_output_user = &all});
    w.budget.allowed[POLICY_output_bytes] = 8;
    write_text(&w, 1, "one ");
    write_text(&w, 2, "two ");
    assert_string_equal(bj_buffer_text(&all), "o:one e:two ");
    (void)write_text(&w, 1, "three");
    assert_string_equal(bj_buffer_text(&all), "o:one e:two ");
    expect_output(&w, BJ_STDOUT, "one ");
    bj_buffer_free(&all);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stdin_of_bytes_is_read_to_its_end),
        cmocka_unit_test(empty_stdin_is_at_its_end),
        cmocka_unit_test(stdin_of_a_file_is_read_from_where_it_stands),
        cmocka_unit_test(stdin_of_a_pipe_gives_what_is_there_and_its_end),
        cmocka_unit_test(a_pipe_that_stays_silent_ends_by_the_deadline),
        cmocka_unit_test(a_nonblocking_read_of_a_silent_pipe_is_eagain),
        cmocka_unit_test(a_closed_stdin_descriptor_is_an_error_and_no_wait),
        cmocka_unit_test(output_is_kept_apart_and_taken_once),
        cmocka_unit_test(output_beyond_the_limit_is_cut_and_ends_the_run),
        cmocka_unit_test(output_of_just_the_limit_is_no_crossing),
        cmocka_unit_test(output_is_handed_on_as_it_comes_and_only_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
