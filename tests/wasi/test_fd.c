/*
 * test_fd.c: flags, positions, numbers and names of descriptors.
 */
#include "world.h"

static void fdstat_tells_type_flags_and_rights(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    memset(w.memory.base + 1000, 0xff, 24);
    assert_ok(CALL(&w, "fd_fdstat_get", WORK, 1000));
    assert_int_equal(w.memory.base[1000], VFS_DIRECTORY);
    assert_int_equal(w.memory.base[1001], 0);
    assert_int_equal(get64(&w, 1008), WASI_RIGHTS_DIRECTORY);
    assert_int_equal(get64(&w, 1016), ALL_RIGHTS);
    assert_ok(open_with(&w, WORK, "f", CREAT, ALL_RIGHTS, 5, &fd));
    assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
    assert_int_equal(w.memory.base[1000], VFS_REGULAR_FILE);
    assert_int_equal(wasi_load16(w.memory.base + 1002), 5);
    assert_int_equal(get64(&w, 1008), WASI_RIGHTS_FILE);
    assert_ok(CALL(&w, "fd_fdstat_set_flags", fd, 1));
    assert_errno(CALL(&w, "fd_fdstat_set_flags", fd, 32), VFS_EINVAL);
    assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
    assert_int_equal(wasi_load16(w.memory.base + 1002), 1);
    world_close(&w);
}

/* As wasi-libc's isatty has it: a character device without the rights to seek and tell. */
static void the_streams_are_no_terminals(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (uint64_t fd = 0; fd < 3; fd++) {
        assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
        assert_int_equal(w.memory.base[1000], VFS_UNKNOWN);
        assert_int_equal(get64(&w, 1008) & (WASI_R(FD_SEEK) | WASI_R(FD_TELL)), 0);
        assert_errno(CALL(&w, "fd_seek", fd, 0, 0, RESULT), VFS_ESPIPE);
        assert_errno(CALL(&w, "fd_tell", fd, RESULT), VFS_ESPIPE);
    }
    world_close(&w);
}

static void seek_goes_from_start_cursor_and_end(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "f", CREAT);
    write_text(&w, fd, "0123456789");
    assert_ok(CALL(&w, "fd_seek", fd, 3, 0, RESULT));
    assert_int_equal(get64(&w, RESULT), 3);
    assert_ok(CALL(&w, "fd_seek", fd, (uint64_t)-2, 1, RESULT));
    assert_int_equal(get64(&w, RESULT), 1);
    assert_ok(CALL(&w, "fd_seek", fd, (uint64_t)-1, 2, RESULT));
    assert_int_equal(get64(&w, RESULT), 9);
    expect_read(&w, fd, "9");
    assert_ok(CALL(&w, "fd_seek", fd, 100, 1, RESULT));
    assert_ok(CALL(&w, "fd_tell", fd, RESULT));
    assert_int_equal(get64(&w, RESULT), 110);
    assert_errno(CALL(&w, "fd_seek", fd, (uint64_t)-200, 1, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_seek", fd, (uint64_t)-1, 0, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_seek", fd, INT64_MAX, 1, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_seek", fd, (uint64_t)INT64_MIN, 2, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_seek", fd, 0, 3, RESULT), VFS_EINVAL);
    assert_ok(CALL(&w, "fd_tell", fd, RESULT));
    assert_int_equal(get64(&w, RESULT), 110);
    assert_errno(CALL(&w, "fd_seek", WORK, 0, 0, RESULT), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void closing_frees_the_number_for_the_next(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_int_equal(open_file(&w, WORK, "a", CREAT), 5);
    assert_int_equal(open_file(&w, WORK, "b", CREAT), 6);
    assert_int_equal(open_file(&w, WORK, "c", CREAT), 7);
    assert_ok(CALL(&w, "fd_close", 6));
    assert_errno(CALL(&w, "fd_close", 6), VFS_EBADF);
    assert_ok(CALL(&w, "fd_close", 5));
    assert_int_equal(open_file(&w, WORK, "a", 0), 5);
    assert_int_equal(open_file(&w, WORK, "a", 0), 6);
    assert_int_equal(open_file(&w, WORK, "a", 0), 8);
    world_close(&w);
}

/* Against the plain rule, with many, closed and opened in any order. */
static void the_lowest_free_number_is_given_out(void **state)
{
    (void)state;
    enum { MOST = 4000 };
    static bool open[MOST];
    world w;
    uint64_t seed = 1, lowest = 6;
    world_open(&w, NULL, NULL);
    w.budget.allowed[POLICY_descriptors] = MOST;
    const uint32_t first = open_file(&w, WORK, "a", CREAT);
    memset(open, true, sizeof open);
    for (uint32_t fd = first + 1; fd < MOST; fd++)
        assert_int_equal(open_file(&w, WORK, "a", 0), fd);
    for (int step = 0; step < 60000; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t fd = first + (seed >> 33) % (MOST - first),
                       other = first + (seed >> 43) % 900;
        if (step % 20000 > 10000 ? open[fd] : seed >> 63 && open[fd]) {
            assert_ok(CALL(&w, "fd_close", fd));
            open[fd] = false;
        } else if (step % 50 == 0 && open[fd] && open[other] && fd != other) {
            assert_ok(CALL(&w, "fd_renumber", fd, other));
            open[fd] = false;
        } else if (w.budget.used[POLICY_descriptors] < MOST) {
            for (lowest = first; open[lowest];)
                lowest++;
            assert_int_equal(open_file(&w, WORK, "a", 0), lowest);
            open[lowest] = true;
        }
    }
    world_close(&w);
}

static void renumber_moves_a_descriptor_over_another(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "a", CREAT), b = open_file(&w, WORK, "b", CREAT);
    write_text(&w, a, "in a");
    uint64_t held = w.budget.used[POLICY_descriptors];
    assert_ok(CALL(&w, "fd_renumber", a, b));
    assert_int_equal(w.budget.used[POLICY_descriptors], held - 1);
    assert_errno(CALL(&w, "fd_tell", a, RESULT), VFS_EBADF);
    assert_ok(CALL(&w, "fd_tell", b, RESULT));
    assert_int_equal(get64(&w, RESULT), 4);
    assert_ok(CALL(&w, "fd_renumber", b, b));
    assert_errno(CALL(&w, "fd_renumber", b, a), VFS_EBADF);
    assert_ok(CALL(&w, "fd_renumber", b, 1)); /* stdout goes to the file */
    write_text(&w, 1, "!");
    assert_ok(CALL(&w, "fd_tell", 1, RESULT));
    assert_int_equal(get64(&w, RESULT), 5);
    world_close(&w);
}

static void prestat_names_the_preopens_and_no_others(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(CALL(&w, "fd_prestat_get", WORK, 1000));
    assert_int_equal(get32(&w, 1000), 0);
    assert_int_equal(get32(&w, 1004), 5);
    assert_ok(CALL(&w, "fd_prestat_dir_name", WORK, 1000, 5));
    assert_memory_equal(w.memory.base + 1000, "/work", 5);
    assert_errno(CALL(&w, "fd_prestat_dir_name", WORK, 1000, 4), VFS_ENAMETOOLONG);
    uint32_t fd = open_file(&w, WORK, "a", CREAT);
    for (uint64_t other = 0; other <= fd; other++)
        if (other != ROOT && other != WORK)
            assert_errno(CALL(&w, "fd_prestat_get", other, 1000), VFS_EBADF);
    assert_ok(CALL(&w, "fd_renumber", WORK, fd)); /* the name goes with it */
    assert_ok(CALL(&w, "fd_prestat_get", fd, 1000));
    assert_errno(CALL(&w, "fd_prestat_get", WORK, 1000), VFS_EBADF);
    world_close(&w);
}

static void a_preopen_can_be_closed_and_is_gone(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(CALL(&w, "fd_close", ROOT));
    assert_ok(CALL(&w, "fd_close", WORK));
    uint64_t size = put_text(&w, 16, "work");
    assert_errno(CALL(&w, "path_filestat_get", ROOT, 0, 16, size, 1000), VFS_EBADF);
    world_close(&w);
}

static void advice_is_checked_and_forgotten(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "a", CREAT);
    for (uint64_t advice = 0; advice <= 5; advice++)
        assert_ok(CALL(&w, "fd_advise", fd, 0, 100, advice));
    assert_errno(CALL(&w, "fd_advise", fd, 0, 0, 6), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_advise", fd, UINT64_MAX, 0, 0), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_advise", fd, 0, UINT64_MAX, 0), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_advise", WORK, 0, 0, 0), VFS_EBADF);
    world_close(&w);
}

static void descriptors_are_limited_and_nothing_is_made_beyond(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    w.budget.allowed[POLICY_descriptors] = 20;
    char name[16];
    int opened = 0;
    for (;; opened++) {
        snprintf(name, sizeof name, "f%d", opened);
        vfs_errno error = open_with(&w, WORK, name, CREAT, WASI_RIGHTS_FILE, 0, &fd);
        if (error != VFS_OK) {
            assert_errno(error, VFS_EMFILE);
            break;
        }
    }
    assert_int_equal(opened, 15);
    assert_int_equal(w.budget.used[POLICY_files], 15);
    assert_ok(CALL(&w, "fd_close", fd));
    assert_ok(open_with(&w, WORK, name, CREAT, WASI_RIGHTS_FILE, 0, &fd));
    world_close(&w);
}

static void allocation_grows_a_file_within_the_budget(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "a", CREAT);
    write_text(&w, fd, "hello");
    assert_ok(CALL(&w, "fd_allocate", fd, 0, 3));
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_SIZE), 5);
    assert_ok(CALL(&w, "fd_allocate", fd, 4, 1000));
    assert_ok(CALL(&w, "fd_filestat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_SIZE), 1004);
    assert_ok(CALL(&w, "fd_seek", fd, 0, 0, RESULT));
    put_vector(&w, 100, 2000, 8);
    assert_ok(CALL(&w, "fd_read", fd, 100, 1, RESULT));
    assert_memory_equal(w.memory.base + 2000, "hello\0\0\0", 8);
    /* What was allocated can be written when nothing more can be had. */
    w.budget.allowed[POLICY_file_bytes] = w.budget.used[POLICY_file_bytes];
    assert_errno(CALL(&w, "fd_allocate", fd, 0, 1005), VFS_ENOSPC);
    put_vector(&w, 100, 2000, 1004);
    assert_ok(CALL(&w, "fd_pwrite", fd, 100, 1, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 1004);
    world_close(&w);
}

static void allocation_is_refused_where_it_cannot_be(void **state)
{
    (void)state;
    world w;
    uint32_t reader = 0;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "a", CREAT);
    assert_errno(CALL(&w, "fd_allocate", fd, 0, 0), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_allocate", fd, UINT64_MAX, 1), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_allocate", fd, 1, UINT64_MAX), VFS_EINVAL);
    assert_errno(CALL(&w, "fd_allocate", fd, INT64_MAX, 1), VFS_EFBIG);
    assert_errno(CALL(&w, "fd_allocate", fd, 0, INT64_MAX), VFS_ENOSPC);
    assert_errno(CALL(&w, "fd_allocate", WORK, 0, 1), VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_allocate", 1, 0, 1), VFS_ESPIPE);
    assert_errno(CALL(&w, "fd_allocate", 99, 0, 1), VFS_EBADF);
    assert_ok(open_with(&w, WORK, "a", 0, WASI_R(FD_READ), 0, &reader));
    assert_errno(CALL(&w, "fd_allocate", reader, 0, 1), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void sync_asks_for_its_right_alone(void **state)
{
    (void)state;
    world w;
    uint32_t reader = 0;
    world_open(&w, NULL, NULL);
    uint32_t fd = open_file(&w, WORK, "a", CREAT);
    write_text(&w, fd, "hello");
    assert_ok(open_with(&w, WORK, "a", 0, WASI_R(FD_READ), 0, &reader));
    static const char *const calls[] = {"fd_sync", "fd_datasync"};
    for (int i = 0; i < 2; i++) {
        assert_ok(CALL(&w, calls[i], fd));
        assert_ok(CALL(&w, calls[i], WORK));
        assert_ok(CALL(&w, calls[i], 1));
        assert_errno(CALL(&w, calls[i], reader), VFS_ENOTCAPABLE);
        assert_errno(CALL(&w, calls[i], 99), VFS_EBADF);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fdstat_tells_type_flags_and_rights),
        cmocka_unit_test(the_streams_are_no_terminals),
        cmocka_unit_test(seek_goes_from_start_cursor_and_end),
        cmocka_unit_test(closing_frees_the_number_for_the_next),
        cmocka_unit_test(the_lowest_free_number_is_given_out),
        cmocka_unit_test(renumber_moves_a_descriptor_over_another),
        cmocka_unit_test(prestat_names_the_preopens_and_no_others),
        cmocka_unit_test(a_preopen_can_be_closed_and_is_gone),
        cmocka_unit_test(advice_is_checked_and_forgotten),
        cmocka_unit_test(descriptors_are_limited_and_nothing_is_made_beyond),
        cmocka_unit_test(allocation_grows_a_file_within_the_budget),
        cmocka_unit_test(allocation_is_refused_where_it_cannot_be),
        cmocka_unit_test(sync_asks_for_its_right_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
