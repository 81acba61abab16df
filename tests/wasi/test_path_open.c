/*
 * test_path_open.c: opening with rights and flags, on memory and on a read-only mount.
 */
#include "world.h"

static char host[64];

static void open_with_host(world *w)
{
    char path[80];
    strcpy(host, "/tmp/belljar-open-XXXXXX");
    assert_non_null(mkdtemp(host));
    snprintf(path, sizeof path, "%s/file", host);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("content", file);
    fclose(file);
    world_open(w, host, NULL);
}

static void close_with_host(world *w)
{
    char path[80];
    world_close(w);
    snprintf(path, sizeof path, "%s/file", host);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(host), 0);
}

static uint64_t rights_of(world *w, uint64_t fd)
{
    assert_ok(CALL(w, "fd_fdstat_get", fd, 1000));
    return get64(w, 1000 + WASI_FDSTAT_RIGHTS_BASE);
}

static void flags_that_are_not_known_are_einval(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint64_t size = put_text(&w, 16, "f");
    assert_errno(CALL(&w, "path_open", WORK, 2, 16, size, CREAT, 0, 0, 0, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "path_open", WORK, 0, 16, size, 16, 0, 0, 0, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "path_open", WORK, 0, 16, size, 0, 0, 0, 32, RESULT), VFS_EINVAL);
    assert_errno(CALL(&w, "path_open", WORK, 0, 16, size, 0xffffffff, 0, 0, 0, RESULT), VFS_EINVAL);
    assert_int_equal(w.budget.used[POLICY_files], 0);
    world_close(&w);
}

static void creat_excl_and_trunc_do_what_they_say(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    assert_errno(open_with(&w, WORK, "f", 0, WASI_RIGHTS_FILE, 0, &fd), VFS_ENOENT);
    write_text(&w, open_file(&w, WORK, "f", CREAT | EXCL), "text");
    assert_errno(open_with(&w, WORK, "f", CREAT | EXCL, WASI_RIGHTS_FILE, 0, &fd), VFS_EEXIST);
    expect_read(&w, open_file(&w, WORK, "f", CREAT), "text");
    expect_read(&w, open_file(&w, WORK, "f", TRUNC), "");
    assert_errno(open_with(&w, WORK, "f", DIRECTORY, WASI_RIGHTS_FILE, 0, &fd), VFS_ENOTDIR);
    assert_errno(open_with(&w, ROOT, "work", DIRECTORY, WASI_RIGHTS_FILE, 0, &fd), VFS_EISDIR);
    assert_ok(open_with(&w, ROOT, "work", DIRECTORY, WASI_R(FD_READ), 0, &fd));
    world_close(&w);
}

static void a_descriptor_reads_and_writes_only_as_it_was_opened(void **state)
{
    (void)state;
    world w;
    uint32_t reader = 0, writer = 0;
    world_open(&w, NULL, NULL);
    assert_ok(open_with(&w, WORK, "f", CREAT, WASI_R(FD_WRITE), 0, &writer));
    assert_ok(open_with(&w, WORK, "f", 0, WASI_R(FD_READ), 0, &reader));
    write_text(&w, writer, "text");
    expect_read(&w, reader, "text");
    put_vector(&w, 100, 200, 4);
    assert_errno(CALL(&w, "fd_read", writer, 100, 1, RESULT), VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_write", reader, 100, 1, RESULT), VFS_ENOTCAPABLE);
    world_close(&w);
}

/* wasi-libc asks for all that the directory hands down, less what the open mode leaves out. */
static void a_directory_gets_the_rights_of_directories(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    uint64_t writing = WASI_R(FD_WRITE) | WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_SET_SIZE);
    assert_ok(open_with(&w, ROOT, "work", 0, ALL_RIGHTS & ~writing, 0, &fd));
    assert_int_equal(rights_of(&w, fd), WASI_RIGHTS_DIRECTORY);
    assert_errno(open_with(&w, ROOT, "work", 0, ALL_RIGHTS, 0, &fd), VFS_EISDIR);
    world_close(&w);
}

static void a_read_only_mount_gives_no_rights_to_change(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    open_with_host(&w);
    uint64_t writing = WASI_R(FD_WRITE) | WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_SET_SIZE);
    assert_int_equal(rights_of(&w, DATA) & WASI_RIGHTS_CHANGING, 0);
    assert_int_equal(rights_of(&w, ROOT), WASI_RIGHTS_DIRECTORY);
    assert_ok(open_with(&w, ROOT, "data/file", 0, ALL_RIGHTS & ~writing, 0, &fd));
    assert_int_equal(rights_of(&w, fd) & WASI_RIGHTS_CHANGING, 0);
    expect_read(&w, fd, "content");
    assert_ok(open_with(&w, ROOT, "data", 0, ALL_RIGHTS & ~writing, 0, &fd));
    assert_int_equal(rights_of(&w, fd) & WASI_RIGHTS_CHANGING, 0);
    assert_int_equal(get64(&w, 1000 + WASI_FDSTAT_RIGHTS_INHERITING) & WASI_RIGHTS_CHANGING, 0);
    close_with_host(&w);
}

/* Go asks for all that it can think of, to read. */
static void what_a_read_only_mount_cannot_give_is_left_out_where_it_is_not_needed(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    open_with_host(&w);
    const uint64_t reading = ALL_RIGHTS & ~WASI_R(FD_WRITE);
    for (int inside = 0; inside < 2; inside++) {
        const uint32_t from = inside ? DATA : ROOT;
        assert_ok(open_with(&w, from, inside ? "file" : "data/file", 0, reading, 0, &fd));
        assert_int_equal(rights_of(&w, fd) & WASI_RIGHTS_CHANGING, 0);
        assert_errno(CALL(&w, "fd_filestat_set_size", fd, 0), VFS_ENOTCAPABLE);
        assert_ok(open_with(&w, from, inside ? "." : "data", DIRECTORY, reading, 0, &fd));
        assert_int_equal(rights_of(&w, fd) & WASI_RIGHTS_CHANGING, 0);
        uint64_t size = put_text(&w, 16, "file");
        assert_errno(CALL(&w, "path_unlink_file", fd, 16, size), VFS_EROFS);
    }
    close_with_host(&w);
}

static void writing_to_a_read_only_mount_is_erofs_whichever_way_it_is_reached(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    open_with_host(&w);
    assert_errno(open_with(&w, ROOT, "data/file", 0, WASI_RIGHTS_FILE, 0, &fd), VFS_EROFS);
    assert_errno(open_with(&w, ROOT, "data/new", CREAT, WASI_RIGHTS_FILE, 0, &fd), VFS_EROFS);
    assert_errno(open_with(&w, ROOT, "data/file", TRUNC, WASI_R(FD_READ), 0, &fd), VFS_EROFS);
    assert_errno(open_with(&w, DATA, "file", 0, WASI_RIGHTS_FILE, 0, &fd), VFS_EROFS);
    assert_errno(open_with(&w, DATA, "new", CREAT, WASI_R(FD_READ), 0, &fd), VFS_EROFS);
    assert_errno(open_with(&w, DATA, "file", TRUNC, WASI_R(FD_READ), 0, &fd), VFS_EROFS);
    uint64_t size = put_text(&w, 16, "new");
    assert_errno(CALL(&w, "path_create_directory", DATA, 16, size), VFS_EROFS);
    assert_errno(CALL(&w, "path_unlink_file", DATA, 16, size), VFS_EROFS);
    assert_errno(CALL(&w, "path_filestat_set_times", DATA, 0, 16, size, 0, 0, 0), VFS_EROFS);
    close_with_host(&w);
}

static void paths_that_want_out_are_enotcapable(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    static const char *const paths[] = {"..",          "../work/f", "/work/f",
                                        "/etc/passwd", "./../x",    "a/../..",
                                        "../",         "//",        "../../../etc/passwd"};
    uint64_t size = put_text(&w, 16, "a");
    assert_ok(CALL(&w, "path_create_directory", WORK, 16, size));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_errno(open_with(&w, WORK, paths[i], 0, 0, 0, &fd), VFS_ENOTCAPABLE);
        assert_errno(open_with(&w, WORK, paths[i], CREAT, WASI_RIGHTS_FILE, 0, &fd),
                     VFS_ENOTCAPABLE);
    }
    world_close(&w);
}

static void a_failed_open_leaves_no_descriptor(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    uint64_t before = w.budget.used[POLICY_descriptors];
    for (int i = 0; i < 100; i++)
        assert_errno(open_with(&w, WORK, "none", 0, 0, 0, &fd), VFS_ENOENT);
    assert_int_equal(w.budget.used[POLICY_descriptors], before);
    assert_int_equal(open_file(&w, WORK, "f", CREAT), 5);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_that_are_not_known_are_einval),
        cmocka_unit_test(creat_excl_and_trunc_do_what_they_say),
        cmocka_unit_test(a_descriptor_reads_and_writes_only_as_it_was_opened),
        cmocka_unit_test(a_directory_gets_the_rights_of_directories),
        cmocka_unit_test(a_read_only_mount_gives_no_rights_to_change),
        cmocka_unit_test(what_a_read_only_mount_cannot_give_is_left_out_where_it_is_not_needed),
        cmocka_unit_test(writing_to_a_read_only_mount_is_erofs_whichever_way_it_is_reached),
        cmocka_unit_test(paths_that_want_out_are_enotcapable),
        cmocka_unit_test(a_failed_open_leaves_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
