/*
 * test_path.c: names made, removed, renamed, links read.
 */
#include "world.h"

static vfs_errno path_call(world *w, const char *name, const char *path)
{
    return CALL(w, name, WORK, 16, put_text(w, 16, path));
}

static vfs_errno rename_to(world *w, const char *path, const char *new_path)
{
    uint64_t size = put_text(w, 16, path), new_size = put_text(w, 512, new_path);
    return CALL(w, "path_rename", WORK, 16, size, WORK, 512, new_size);
}

static void directories_and_files_come_and_go(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(path_call(&w, "path_create_directory", "d"));
    assert_errno(path_call(&w, "path_create_directory", "d"), VFS_EEXIST);
    uint32_t fd = open_file(&w, WORK, "d/f", CREAT);
    assert_errno(path_call(&w, "path_remove_directory", "d"), VFS_ENOTEMPTY);
    assert_errno(path_call(&w, "path_unlink_file", "d"), VFS_EISDIR);
    assert_ok(path_call(&w, "path_unlink_file", "d/f"));
    assert_errno(path_call(&w, "path_unlink_file", "d/f"), VFS_ENOENT);
    write_text(&w, fd, "still there");
    assert_ok(path_call(&w, "path_remove_directory", "d/"));
    assert_ok(CALL(&w, "fd_close", fd));
    assert_int_equal(w.budget.used[POLICY_files], 0);
    world_close(&w);
}

static void rename_moves_and_replaces(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    write_text(&w, open_file(&w, WORK, "a", CREAT), "in a");
    open_file(&w, WORK, "b", CREAT);
    assert_ok(rename_to(&w, "a", "b"));
    expect_read(&w, open_file(&w, WORK, "b", 0), "in a");
    assert_errno(rename_to(&w, "a", "c"), VFS_ENOENT);
    assert_errno(rename_to(&w, "b", "../x"), VFS_ENOTCAPABLE);
    assert_errno(rename_to(&w, "../work/b", "c"), VFS_ENOTCAPABLE);
    assert_errno(rename_to(&w, "b", ""), VFS_ENOENT);
    world_close(&w);
}

static void readlink_reads_links_of_the_host_and_cuts_what_does_not_fit(void **state)
{
    (void)state;
    world w;
    char host[] = "/tmp/belljar-path-XXXXXX", path[64];
    assert_non_null(mkdtemp(host));
    snprintf(path, sizeof path, "%s/link", host);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    world_open(&w, host, NULL);
    uint64_t size = put_text(&w, 16, "link");
    assert_ok(CALL(&w, "path_readlink", DATA, 16, size, 1000, 100, RESULT));
    assert_int_equal(get32(&w, RESULT), 11);
    assert_memory_equal(w.memory.base + 1000, "/etc/passwd", 11);
    memset(w.memory.base + 1000, 'x', 10);
    assert_ok(CALL(&w, "path_readlink", DATA, 16, size, 1000, 4, RESULT));
    assert_int_equal(get32(&w, RESULT), 4);
    assert_memory_equal(w.memory.base + 1000, "/etcxx", 6);
    assert_ok(CALL(&w, "path_readlink", DATA, 16, size, 1000, 0, RESULT));
    assert_int_equal(get32(&w, RESULT), 0);
    uint32_t fd = 0;
    assert_errno(open_with(&w, DATA, "link", 0, WASI_R(FD_READ), 0, &fd), VFS_ENOTCAPABLE);
    open_file(&w, WORK, "f", CREAT);
    size = put_text(&w, 16, "f");
    assert_errno(CALL(&w, "path_readlink", WORK, 16, size, 1000, 100, RESULT), VFS_EINVAL);
    world_close(&w);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(host), 0);
}

static void every_path_call_checks_the_form_of_its_path(void **state)
{
    (void)state;
    static const char *const names[] = {"path_create_directory", "path_remove_directory",
                                        "path_unlink_file"};
    world w;
    world_open(&w, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        assert_errno(path_call(&w, names[i], ""), VFS_ENOENT);
        assert_errno(path_call(&w, names[i], "/"), VFS_ENOTCAPABLE);
        assert_errno(path_call(&w, names[i], "../x"), VFS_ENOTCAPABLE);
        assert_errno(path_call(&w, names[i], "\xff"), VFS_EILSEQ);
        assert_errno(CALL(&w, names[i], WORK, 16, 5000), VFS_ENAMETOOLONG);
        w.memory.base[16] = 'a', w.memory.base[17] = 0;
        assert_errno(CALL(&w, names[i], WORK, 16, 2), VFS_EINVAL);
        memset(w.memory.base + 16, 'n', 256);
        assert_errno(CALL(&w, names[i], WORK, 16, 256), VFS_ENAMETOOLONG);
    }
    world_close(&w);
}

static vfs_errno make_link(world *w, uint64_t fd, const char *target, const char *path)
{
    uint64_t size = put_text(w, 16, target), path_size = put_text(w, 512, path);
    return CALL(w, "path_symlink", 16, size, fd, 512, path_size);
}

static vfs_errno hard_link(world *w, uint64_t flags, const char *path, uint64_t to,
                           const char *new_path)
{
    uint64_t size = put_text(w, 16, path), new_size = put_text(w, 512, new_path);
    return CALL(w, "path_link", WORK, flags, 16, size, to, 512, new_size);
}

static void links_are_made_through_the_calls(void **state)
{
    (void)state;
    world w;
    uint32_t fd = 0;
    world_open(&w, NULL, NULL);
    write_text(&w, open_file(&w, WORK, "file", CREAT), "content");
    assert_ok(make_link(&w, WORK, "file", "link"));
    uint64_t size = put_text(&w, 16, "link");
    assert_ok(CALL(&w, "path_readlink", WORK, 16, size, 1000, 100, RESULT));
    assert_int_equal(get32(&w, RESULT), 4);
    assert_memory_equal(w.memory.base + 1000, "file", 4);
    expect_read(&w, open_file(&w, WORK, "link", 0), "content");
    assert_ok(hard_link(&w, 0, "file", WORK, "twin"));
    assert_ok(hard_link(&w, 1, "link", WORK, "triplet"));
    put_text(&w, 16, "file");
    assert_ok(CALL(&w, "path_filestat_get", WORK, 0, 16, 4, 1000));
    assert_int_equal(get64(&w, 1000 + WASI_FILESTAT_NLINK), 3);
    assert_errno(hard_link(&w, 2, "file", WORK, "x"), VFS_EINVAL);
    assert_errno(hard_link(&w, 0, "file", ROOT, "x"), VFS_EROFS);
    assert_errno(hard_link(&w, 0, "file", 1, "x"), VFS_ENOTDIR);
    assert_errno(hard_link(&w, 0, "file", 99, "x"), VFS_EBADF);
    assert_errno(make_link(&w, 99, "file", "x"), VFS_EBADF);
    assert_errno(make_link(&w, WORK, "/etc/passwd", "x"), VFS_ENOTCAPABLE);
    assert_ok(make_link(&w, WORK, "../../etc/passwd", "out"));
    assert_errno(open_with(&w, WORK, "out", 0, WASI_R(FD_READ), 0, &fd), VFS_ENOTCAPABLE);
    assert_errno(open_with(&w, ROOT, "work/out", 0, WASI_R(FD_READ), 0, &fd), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void links_want_their_rights_and_a_place_to_write(void **state)
{
    (void)state;
    world w;
    char host[] = "/tmp/belljar-links-XXXXXX";
    assert_non_null(mkdtemp(host));
    world_open(&w, host, NULL);
    open_file(&w, WORK, "file", CREAT);
    assert_errno(make_link(&w, DATA, "file", "link"), VFS_EROFS);
    assert_errno(hard_link(&w, 0, "file", DATA, "link"), VFS_EROFS);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", WORK,
                   WASI_RIGHTS_DIRECTORY & ~(WASI_R(PATH_SYMLINK) | WASI_R(PATH_LINK_TARGET)),
                   ALL_RIGHTS));
    assert_errno(make_link(&w, WORK, "file", "link"), VFS_ENOTCAPABLE);
    assert_errno(hard_link(&w, 0, "file", WORK, "link"), VFS_ENOTCAPABLE);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", WORK, 0, 0));
    assert_errno(hard_link(&w, 0, "file", ROOT, "work/link"), VFS_ENOTCAPABLE);
    world_close(&w);
    assert_int_equal(rmdir(host), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_and_files_come_and_go),
        cmocka_unit_test(rename_moves_and_replaces),
        cmocka_unit_test(readlink_reads_links_of_the_host_and_cuts_what_does_not_fit),
        cmocka_unit_test(every_path_call_checks_the_form_of_its_path),
        cmocka_unit_test(links_are_made_through_the_calls),
        cmocka_unit_test(links_want_their_rights_and_a_place_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
