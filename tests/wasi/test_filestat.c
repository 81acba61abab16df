/*
 * test_filestat.c: sizes and times.
 */
#include "world.h"

static void by_path_and_by_descriptor_it_is_the_same(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    write_text(&w, fd, "12345");
    memset(w.memory.base + 1000, 0xff, 200);
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_ok(CALL(&w, "path_filestat_get", WORK, 0, 16, put_text(&w, 16, "f"), 1100));
    assert_memory_equal(w.memory.base + 1000, w.memory.base + 1100, WASI_FILESTAT_BYTES);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_FILETYPE), VFS_REGULAR_FILE);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_SIZE), 5);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_NLINK), 1);
    assert_true(get64(&w, 1000 + WASI_FILESTAT_MTIM) > 0);
    world_close(&w);
}

static void streams_have_a_filestat_too(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (uint64_t fd = 0; fd < 3; fd++) {
        assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
        assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_FILETYPE), VFS_UNKNOWN);
        assert_errno(CALL(&w, "fd_filestat_set_size", fd, 0), VFS_ENOTCAPABLE);
    }
    world_close(&w);
}

static void set_size_cuts_and_grows_with_zeros(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    write_text(&w, fd, "12345");
    assert_ok(CALL(&w, "fd_filestat_set_size", fd, 2));
    assert_ok(CALL(&w, "fd_filestat_set_size", fd, 4));
    put_vector(&w, 64, 3000, 10);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 1, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 4);
    assert_memory_equal(w.memory.base + 3000, "12\0\0", 4);
    assert_errno(CALL(&w, "fd_filestat_set_size", fd, UINT64_MAX), VFS_EFBIG);
    assert_ok(CALL(&w, "fd_filestat_set_size", fd, (uint64_t)1 << 62)); /* a hole costs nothing */
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_SIZE), (uint64_t)1 << 62);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 1, 1 << 30, RESULT));
    assert_int_equal(get32(&w, RESULT), 10);
    assert_errno(CALL(&w, "fd_filestat_set_size", WORK, 0), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void times_are_set_as_the_flags_say(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    assert_ok(CALL(&w, "fd_filestat_set_times", fd, 100, 200, 1 | 4));
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_ATIM), 100);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_MTIM), 200);
    uint64_t size = put_text(&w, 16, "f");
    assert_ok(CALL(&w, "path_filestat_set_times", WORK, 0, 16, size, 1, 2, 4));
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_ATIM), 100);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_MTIM), 2);
    assert_ok(CALL(&w, "fd_filestat_set_times", fd, 7, 7, 2 | 8));
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_true(get64(&w, 1000 + WASI_FILESTAT_ATIM) > 1700000000ull * 1000000000ull);
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_ATIM), get64(&w, 1000 + WASI_FILESTAT_MTIM));
    world_close(&w);
}

static void flags_that_exclude_each_other_are_einval(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    uint64_t size = put_text(&w, 16, "f");
    const uint64_t flags[] = {1 | 2, 4 | 8, 15, 16, 0xffffffff};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        assert_errno(CALL(&w, "fd_filestat_set_times", fd, 0, 0, flags[i]), VFS_EINVAL);
        assert_errno(CALL(&w, "path_filestat_set_times", WORK, 0, 16, size, 0, 0, flags[i]),
                     VFS_EINVAL);
    }
    assert_errno(CALL(&w, "path_filestat_get", WORK, 2, 16, size, 1000), VFS_EINVAL);
    world_close(&w);
}

static void trailing_slashes_and_missing_files_are_errors(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    open_file(&w, WORK, "f", CREAT);
    assert_errno(CALL(&w, "path_filestat_get", WORK, 0, 16, put_text(&w, 16, "f/"), 1000),
                 VFS_ENOTDIR);
    assert_errno(CALL(&w, "path_filestat_get", WORK, 0, 16, put_text(&w, 16, "none"), 1000),
                 VFS_ENOENT);
    assert_ok(CALL(&w, "path_filestat_get", WORK, 0, 16, put_text(&w, 16, "./"), 1000));
    assert_ok(CALL(&w, "path_filestat_get", ROOT, 0, 16, put_text(&w, 16, "work/f"), 1000));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_path_and_by_descriptor_it_is_the_same),
        cmocka_unit_test(streams_have_a_filestat_too),
        cmocka_unit_test(set_size_cuts_and_grows_with_zeros),
        cmocka_unit_test(times_are_set_as_the_flags_say),
        cmocka_unit_test(flags_that_exclude_each_other_are_einval),
        cmocka_unit_test(trailing_slashes_and_missing_files_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
