/*
 * test_io.c: reading and writing through vectors.
 */
#include "world.h"

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    assert_int_equal(write_text(&w, fd, "hello "), 6);
    assert_int_equal(write_text(&w, fd, "world"), 5);
    expect_read(&w, fd, "");
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    expect_read(&w, fd, "hello world");
    assert_int_equal(wasi_file_bytes_written(w.context), 11);
    world_close(&w);
}

static void vectors_are_filled_one_after_the_other(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    put_text(&w, 3000, "abcdefgh");
    put_vector(&w, 64, 3000, 3);
    put_vector(&w, 72, 9999999, 0); /* outside, but of no bytes: still refused */
    assert_errno(CALL(&w, "fd_write", fd, 64, 2, RESULT), VFS_EFAULT);
    put_vector(&w, 72, MEMORY_BYTES, 0);
    put_vector(&w, 80, 3003, 5);
    assert_ok(CALL(&w, "fd_write", fd, 64, 3, RESULT));
    assert_int_equal(get32(&w, RESULT), 8);
    put_vector(&w, 64, 4000, 5);
    put_vector(&w, 72, 4100, 100);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 2, 1, RESULT));
    assert_int_equal(get32(&w, RESULT), 7);
    assert_memory_equal(w.memory.base + 4000, "bcdef", 5);
    assert_memory_equal(w.memory.base + 4100, "gh", 2);
    assert_ok(CALL(&w, "fd_tell", fd, RESULT));
    assert_int_equal(get64(&w, RESULT), 8);
    world_close(&w);
}

static void no_vectors_and_empty_vectors_move_nothing(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    assert_ok(CALL(&w, "fd_write", fd, 0, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 0);
    assert_ok(CALL(&w, "fd_read", fd, MEMORY_BYTES, 0, RESULT));
    put_vector(&w, 64, 0, 0);
    assert_ok(CALL(&w, "fd_write", 1, 64, 1, RESULT));
    assert_int_equal(get32(&w, RESULT), 0);
    world_close(&w);
}

static void too_many_vectors_are_einval(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    memset(w.memory.base, 0, 10000);
    assert_ok(CALL(&w, "fd_write", fd, 0, 1024, RESULT));
    assert_errno(CALL(&w, "fd_write", fd, 0, 1025, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_read", fd, 0, 0xffffffff, RESULT), VFS_EINVAL);
    world_close(&w);
}

static void nothing_is_written_where_one_vector_is_bad(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    put_vector(&w, 64, 3000, 10);
    put_vector(&w, 72, MEMORY_BYTES - 1, 2);
    assert_errno(CALL(&w, "fd_write", 1, 64, 2, RESULT), VFS_EFAULT);
    put_vector(&w, 72, 0xffffffff, 0xffffffff);
    assert_errno(CALL(&w, "fd_write", 1, 64, 2, RESULT), VFS_EFAULT);
    bj_buffer output = wasi_take_output(w.context, BJ_STDOUT);
    assert_int_equal(output.size, 0);
    bj_buffer_free(&output);
    world_close(&w);
}

static void a_read_over_its_own_vectors_stays_inside(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    memset(w.memory.base + 3000, 0xff, 64);
    put_vector(&w, 64, 3000, 64);
    assert_ok(CALL(&w, "fd_write", fd, 64, 1, RESULT));
    put_vector(&w, 64, 72, 8); /* overwrites the second vector with 0xff */
    put_vector(&w, 72, 4000, 8);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 2, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 8);
    world_close(&w);
}

static void append_writes_at_the_end_wherever_the_cursor_is(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    assert_ok(open_with(&w, WORK, "f", CREAT, WASI_RIGHTS_FILE, 1, &fd));
    write_text(&w, fd, "one");
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    write_text(&w, fd, "two");
    assert_ok(CALL(&w, "fd_tell", fd, RESULT));
    assert_int_equal(get64(&w, RESULT), 6);
    assert_ok(CALL(&w, "fd_fdstat_set_flags", fd, 0));
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    write_text(&w, fd, "ONE");
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    expect_read(&w, fd, "ONEtwo");
    world_close(&w);
}

/* As Linux has it; POSIX would have the offset. */
static void append_writes_at_the_end_whatever_the_offset_is(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    assert_ok(open_with(&w, WORK, "f", CREAT, WASI_RIGHTS_FILE, 1, &fd));
    write_text(&w, fd, "one");
    put_vector(&w, 100, 200, (uint32_t)put_text(&w, 200, "two"));
    assert_ok(CALL(&w, "fd_pwrite", fd, 100, 1, 0, RESULT));
    assert_ok(CALL(&w, "fd_pwrite", fd, 100, 1, 1000, RESULT));
    assert_ok(CALL(&w, "fd_tell", fd, RESULT));
    assert_int_equal(get64(&w, RESULT), 3);
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    expect_read(&w, fd, "onetwotwo");
    world_close(&w);
}

static void a_file_that_is_full_takes_what_fits_and_then_enospc(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    w.budget.allowed[POLICY_file_bytes] = w.budget.used[POLICY_file_bytes] + 5;
    assert_int_equal(write_text(&w, fd, "0123456789"), 5);
    put_vector(&w, 100, 200, 1);
    assert_errno(CALL(&w, "fd_write", fd, 100, 1, RESULT), VFS_ENOSPC);
    assert_int_equal(wasi_stopped(w.context), WASI_GO_ON);
    assert_false(w.budget.crossed);
    world_close(&w);
}

static void offsets_beyond_all_bounds_are_refused(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    put_vector(&w, 64, 3000, 10);
    assert_errno(CALL(&w, "fd_pwrite", fd, 64, 1, UINT64_MAX, RESULT), VFS_EFBIG);
    assert_errno(CALL(&w, "fd_pwrite", fd, 64, 1, INT64_MAX, RESULT), VFS_EFBIG);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 1, UINT64_MAX, RESULT));
    assert_int_equal(get32(&w, RESULT), 0);
    assert_ok(CALL(&w, "fd_pwrite", fd, 64, 1, (uint64_t)1 << 40, RESULT)); /* behind a hole */
    w.budget.allowed[POLICY_file_bytes] = w.budget.used[POLICY_file_bytes];
    assert_errno(CALL(&w, "fd_pwrite", fd, 64, 1, (uint64_t)1 << 41, RESULT), VFS_ENOSPC);
    world_close(&w);
}

static void streams_have_no_offsets_and_go_one_way(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    put_vector(&w, 64, 3000, 10);
    assert_errno(CALL(&w, "fd_pread", 0, 64, 1, 0, RESULT), VFS_ESPIPE);
    assert_errno(CALL(&w, "fd_pwrite", 1, 64, 1, 0, RESULT), VFS_ESPIPE);
    assert_errno(CALL(&w, "fd_read", 1, 64, 1, RESULT), VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_write", 0, 64, 1, RESULT), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void directories_are_neither_read_nor_written(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    put_vector(&w, 64, 3000, 10);
    assert_errno(CALL(&w, "fd_read", WORK, 64, 1, RESULT), VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_write", WORK, 64, 1, RESULT), VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_pread", WORK, 64, 1, 0, RESULT), VFS_ENOTCAPABLE);
    world_close(&w);
}

/* A guest of 64 MiB asks for all of it at once. */
static void one_call_moves_at_most_16_mib(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const size_t size = (size_t)64 << 20;
    wasi_memory small = w.memory;
    w.memory = (wasi_memory){calloc(1, size), size};
    assert_non_null(w.memory.base);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    put_vector(&w, 64, 0, (uint32_t)size);
    assert_ok(CALL(&w, "fd_write", fd, 64, 1, RESULT));
    assert_int_equal(get32(&w, RESULT), 16 << 20);
    wasi_take_bytes_moved(w.context);
    put_vector(&w, 64, 1 << 20, 10 << 20);
    put_vector(&w, 72, 20 << 20, 10 << 20);
    assert_ok(CALL(&w, "fd_pread", fd, 64, 2, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 16 << 20);
    assert_int_equal(wasi_take_bytes_moved(w.context), 16 << 20);
    assert_int_equal(wasi_take_bytes_moved(w.context), 0);
    free(w.memory.base);
    w.memory = small;
    world_close(&w);
}

static void devices_are_no_terminals_and_count_no_file_bytes(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, ROOT, "dev/null", CREAT | TRUNC);
    write_text(&w, fd, "gone");
    expect_read(&w, fd, "");
    assert_int_equal(wasi_file_bytes_written(w.context), 0);
    assert_int_equal(w.budget.used[POLICY_file_bytes], 0);
    assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
    assert_int_equal(w.memory.base[1000 + WASI_FDSTAT_FILETYPE], VFS_CHARACTER_DEVICE);
    /* wasi-libc's isatty asks for a character device that can neither seek nor tell. */
    assert_true(get64(&w, 1000 + WASI_FDSTAT_RIGHTS_BASE) & WASI_R(FD_SEEK));
    assert_ok(CALL(&w, "fd_seek", fd, 0, 2, RESULT));
    assert_errno(CALL(&w, "fd_allocate", fd, 0, 1), VFS_ENODEV);
    assert_errno(CALL(&w, "fd_filestat_set_size", fd, 1), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_filestat_set_times", fd, 0, 0, 2), VFS_EROFS);
    /* As much as one call moves, into the same bytes again and again. */
    fd = open_file(&w, ROOT, "dev/urandom", 0);
    for (uint32_t i = 0; i < 1024; i++)
        put_vector(&w, 1000 + i * 8, 16384, 32768);
    assert_ok(CALL(&w, "fd_read", fd, 1000, 1024, RESULT));
    assert_int_equal(get32(&w, RESULT), 16 << 20);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(vectors_are_filled_one_after_the_other),
        cmocka_unit_test(no_vectors_and_empty_vectors_move_nothing),
        cmocka_unit_test(too_many_vectors_are_einval),
        cmocka_unit_test(nothing_is_written_where_one_vector_is_bad),
        cmocka_unit_test(a_read_over_its_own_vectors_stays_inside),
        cmocka_unit_test(append_writes_at_the_end_wherever_the_cursor_is),
        cmocka_unit_test(append_writes_at_the_end_whatever_the_offset_is),
        cmocka_unit_test(a_file_that_is_full_takes_what_fits_and_then_enospc),
        cmocka_unit_test(offsets_beyond_all_bounds_are_refused),
        cmocka_unit_test(streams_have_no_offsets_and_go_one_way),
        cmocka_unit_test(directories_are_neither_read_nor_written),
        cmocka_unit_test(one_call_moves_at_most_16_mib),
        cmocka_unit_test(devices_are_no_terminals_and_count_no_file_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
