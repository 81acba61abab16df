/*
 * test_rights.c: each call with a descriptor that is not open, of the wrong kind, or without the right.
 */
#include "world.h"

/* A call on descriptor 5 (a file) or 4 (a directory) that works, and the right that it needs. */
typedef struct right_case {
    const char *name;
    uint64_t args[WASI_CALL_ARGS_MAX];
    uint64_t right; /* 0: none */
    uint8_t which;  /* which argument is the descriptor */
} right_case;

/* 16: "file", 32: "other", 64: a vector */
static const right_case cases[] = {
    {"fd_advise", {5, 0, 0, 0}, WASI_R(FD_ADVISE), 0},
    {"fd_datasync", {5}, WASI_R(FD_DATASYNC), 0},
    {"fd_sync", {5}, WASI_R(FD_SYNC), 0},
    {"fd_fdstat_get", {5, 1000}, 0, 0},
    {"fd_fdstat_set_flags", {5, 0}, WASI_R(FD_FDSTAT_SET_FLAGS), 0},
    {"fd_fdstat_set_rights", {5, 0, 0}, 0, 0},
    {"fd_filestat_get", {5, 1000}, WASI_R(FD_FILESTAT_GET), 0},
    {"fd_filestat_set_size", {5, 0}, WASI_R(FD_FILESTAT_SET_SIZE), 0},
    {"fd_filestat_set_times", {5, 0, 0, 0}, WASI_R(FD_FILESTAT_SET_TIMES), 0},
    {"fd_pread", {5, 64, 1, 0, 1000}, WASI_R(FD_READ), 0},
    {"fd_pread", {5, 64, 1, 0, 1000}, WASI_R(FD_SEEK), 0},
    {"fd_pwrite", {5, 64, 1, 0, 1000}, WASI_R(FD_WRITE), 0},
    {"fd_pwrite", {5, 64, 1, 0, 1000}, WASI_R(FD_SEEK), 0},
    {"fd_read", {5, 64, 1, 1000}, WASI_R(FD_READ), 0},
    {"fd_write", {5, 64, 1, 1000}, WASI_R(FD_WRITE), 0},
    {"fd_seek", {5, 1, 0, 1000}, WASI_R(FD_SEEK), 0},
    {"fd_tell", {5, 1000}, WASI_R(FD_TELL), 0},
    {"fd_readdir", {4, 1000, 100, 0, 2000}, WASI_R(FD_READDIR), 0},
    {"fd_prestat_get", {4, 1000}, 0, 0},
    {"fd_prestat_dir_name", {4, 1000, 100}, 0, 0},
    {"path_create_directory", {4, 32, 5}, WASI_R(PATH_CREATE_DIRECTORY), 0},
    {"path_remove_directory", {4, 32, 5}, WASI_R(PATH_REMOVE_DIRECTORY), 0},
    {"path_filestat_get", {4, 0, 16, 4, 1000}, WASI_R(PATH_FILESTAT_GET), 0},
    {"path_filestat_set_times", {4, 0, 16, 4, 0, 0, 0}, WASI_R(PATH_FILESTAT_SET_TIMES), 0},
    {"path_open", {4, 0, 16, 4, 0, 0, 0, 0, 1000}, WASI_R(PATH_OPEN), 0},
    {"path_open", {4, 0, 16, 4, CREAT, 0, 0, 0, 1000}, WASI_R(PATH_CREATE_FILE), 0},
    {"path_open", {4, 0, 16, 4, TRUNC, 0, 0, 0, 1000}, WASI_R(PATH_FILESTAT_SET_SIZE), 0},
    {"path_rename", {4, 16, 4, 4, 16, 4}, WASI_R(PATH_RENAME_SOURCE), 0},
    {"path_rename", {4, 16, 4, 4, 16, 4}, WASI_R(PATH_RENAME_TARGET), 3},
    {"path_unlink_file", {4, 16, 4}, WASI_R(PATH_UNLINK_FILE), 0},
    {"fd_renumber", {4, 4}, 0, 0},
    {"fd_renumber", {4, 4}, 0, 1},
    {"fd_close", {5}, 0, 0},
};

static void open_with_file(world *w)
{
    world_open(w, NULL, NULL);
    assert_int_equal(open_file(w, WORK, "file", CREAT), 5);
    put_text(w, 16, "file");
    put_text(w, 32, "other");
    put_vector(w, 64, 3000, 10);
}

static void expect(world *w, const right_case *c, const uint64_t *args, vfs_errno expected)
{
    vfs_errno error = world_call(w, c->name, args);
    if (error != expected)
        fail_msg("%s: %s and not %s", c->name, vfs_errno_name(error), vfs_errno_name(expected));
}

static void a_call_works_with_its_right_and_is_enotcapable_without(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const right_case *c = &cases[i];
        world w;
        open_with_file(&w);
        expect(&w, c, c->args, strcmp(c->name, "path_remove_directory") == 0 ? VFS_ENOENT : VFS_OK);
        world_close(&w);
        if (c->right == 0)
            continue;
        open_with_file(&w);
        uint64_t fd = c->args[c->which];
        uint64_t all = fd == WORK ? WASI_RIGHTS_DIRECTORY : WASI_RIGHTS_FILE;
        assert_ok(CALL(&w, "fd_fdstat_set_rights", fd, all & ~c->right, 0));
        expect(&w, c, c->args, VFS_ENOTCAPABLE);
        world_close(&w);
    }
}

static void a_descriptor_that_is_not_open_is_ebadf(void **state)
{
    (void)state;
    const uint64_t numbers[] = {6, 7, 8, 255, 65536, 0x7fffffff, 0x80000000, 0xffffffff};
    world w;
    open_with_file(&w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++) {
            uint64_t args[WASI_CALL_ARGS_MAX];
            memcpy(args, cases[i].args, sizeof args);
            args[cases[i].which] = numbers[j];
            expect(&w, &cases[i], args, VFS_EBADF);
        }
    world_close(&w);
}

static void paths_start_from_directories_only(void **state)
{
    (void)state;
    world w;
    open_with_file(&w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strncmp(cases[i].name, "path_", 5) != 0 && strcmp(cases[i].name, "fd_readdir") != 0)
            continue;
        for (uint64_t fd = 0; fd < 3; fd++) {
            uint64_t args[WASI_CALL_ARGS_MAX];
            memcpy(args, cases[i].args, sizeof args);
            args[cases[i].which] = fd;
            expect(&w, &cases[i], args, VFS_ENOTDIR);
        }
    }
    world_close(&w);
}

static void rights_are_given_up_and_never_gained(void **state)
{
    (void)state;
    world w;
    open_with_file(&w);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", 5, WASI_R(FD_READ), 0));
    assert_errno(CALL(&w, "fd_fdstat_set_rights", 5, WASI_R(FD_READ) | WASI_R(FD_WRITE), 0),
                 VFS_ENOTCAPABLE);
    assert_errno(CALL(&w, "fd_fdstat_set_rights", 5, 0, WASI_R(FD_READ)), VFS_ENOTCAPABLE);
    assert_ok(CALL(&w, "fd_fdstat_get", 5, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FDSTAT_RIGHTS_BASE), WASI_R(FD_READ));
    world_close(&w);
}

static void what_a_directory_does_not_hand_down_is_not_had(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    open_with_file(&w);
    uint64_t reading = WASI_R(FD_READ) | WASI_R(FD_SEEK);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", WORK, WASI_RIGHTS_DIRECTORY, reading));
    assert_errno(open_with(&w, WORK, "file", 0, WASI_R(FD_WRITE), 0, &fd), VFS_ENOTCAPABLE);
    assert_errno(open_with(&w, WORK, "file", 0, reading, 2 /* dsync */, &fd), VFS_ENOTCAPABLE);
    assert_ok(open_with(&w, WORK, "file", 0, WASI_R(FD_READ), 0, &fd));
    assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FDSTAT_RIGHTS_BASE), WASI_R(FD_READ));
    world_close(&w);
}

static void rights_that_are_not_known_are_ignored(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    open_with_file(&w);
    assert_ok(open_with(&w, WORK, "file", 0, WASI_R(FD_READ) | (uint64_t)1 << 50, 0, &fd));
    assert_ok(CALL(&w, "fd_fdstat_get", fd, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FDSTAT_RIGHTS_BASE), WASI_R(FD_READ));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_works_with_its_right_and_is_enotcapable_without),
        cmocka_unit_test(a_descriptor_that_is_not_open_is_ebadf),
        cmocka_unit_test(paths_start_from_directories_only),
        cmocka_unit_test(rights_are_given_up_and_never_gained),
        cmocka_unit_test(what_a_directory_does_not_hand_down_is_not_had),
        cmocka_unit_test(rights_that_are_not_known_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
