/*
 * test_write.c: a limit on files and a full disk are errors, and no business of the program's signals.
 */
#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static int open_small(void)
{
    char path[] = "/tmp/belljar-write-XXXXXX";
    int fd = mkstemp(path);
    struct rlimit limit;
    assert_true(fd >= 0);
    unlink(path);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return fd;
}

static void close_small(int fd)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    close(fd);
}

static void a_limit_on_files_is_an_error_and_no_signal(void **state)
{
    (void)state;
    static const char bytes[2000];
    struct sigaction before, after;
    sigset_t mask, waiting;
    sigaction(SIGXFSZ, NULL, &before);
    assert_ptr_equal(before.sa_handler, SIG_DFL); /* it would end this process */
    int fd = open_small();
    assert_int_equal(bj_write_all(fd, bytes, 500), 0);
    assert_int_equal(bj_write_all(fd, bytes, sizeof bytes), -1);
    assert_int_equal(errno, EFBIG);
    struct stat st;
    fstat(fd, &st);
    assert_int_equal(st.st_size, 1000);
    assert_int_equal(bj_write_hole(fd, 1001), -1);
    assert_int_equal(errno, EFBIG);
    sigaction(SIGXFSZ, NULL, &after);
    assert_ptr_equal(after.sa_handler, SIG_DFL);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    assert_false(sigismember(&mask, SIGXFSZ));
    sigpending(&waiting);
    assert_false(sigismember(&waiting, SIGXFSZ));
    close_small(fd);
}

static void a_signal_that_waited_before_still_waits(void **state)
{
    (void)state;
    static const char bytes[2000];
    sigset_t set, waiting;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raise(SIGXFSZ);
    int fd = open_small();
    assert_int_equal(bj_write_all(fd, bytes, sizeof bytes), -1);
    sigpending(&waiting);
    assert_true(sigismember(&waiting, SIGXFSZ));
    assert_int_equal(sigtimedwait(&set, NULL, &(struct timespec){0}), SIGXFSZ);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    close_small(fd);
}

static void what_follows_a_hole_stands_behind_it(void **state)
{
    (void)state;
    char path[] = "/tmp/belljar-write-XXXXXX", bytes[4] = {1, 1, 1, 1};
    int fd = mkstemp(path);
    unlink(path);
    assert_int_equal(bj_write_all(fd, "a", 1), 0);
    assert_int_equal(bj_write_hole(fd, 1 << 20), 0);
    assert_int_equal(bj_write_all(fd, "b", 1), 0);
    assert_int_equal(pread(fd, bytes, 4, (1 << 20) - 2), 3);
    assert_memory_equal(bytes, "\0\0b", 3);
    close(fd);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    assert_int_equal(bj_write_all(fd, "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_on_files_is_an_error_and_no_signal),
        cmocka_unit_test(a_signal_that_waited_before_still_waits),
        cmocka_unit_test(what_follows_a_hole_stands_behind_it),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
