/*
 * test_operations.c: opening, making and removing, with POSIX's answers.
 */
#include "grove.h"
#include "vfs/memory/inodes.h"

static void create_makes_a_file_once(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_errno(try_open(&g, "work/a", 0, VFS_READ), VFS_ENOENT);
    assert_ok(try_open(&g, "work/a", VFS_CREATE, VFS_WRITE));
    assert_ok(try_open(&g, "work/a", VFS_CREATE, VFS_WRITE));
    assert_int_equal(g.budget.used[POLICY_files], 1);
    assert_errno(try_open(&g, "work/a", VFS_CREATE | VFS_EXCLUSIVE, VFS_WRITE), VFS_EEXIST);
    assert_ok(try_open(&g, "work/b", VFS_CREATE | VFS_EXCLUSIVE, VFS_WRITE));
    assert_errno(try_open(&g, "work/none/c", VFS_CREATE, VFS_WRITE), VFS_ENOENT);
    assert_errno(try_open(&g, "work/a/c", VFS_CREATE, VFS_WRITE), VFS_ENOTDIR);
    assert_errno(try_open(&g, "work/c/", VFS_CREATE, VFS_WRITE), VFS_EISDIR);
    assert_errno(try_open(&g, "work/a/", VFS_CREATE, VFS_WRITE), VFS_EISDIR);
    assert_errno(try_open(&g, "work/.", VFS_CREATE, VFS_WRITE), VFS_EISDIR);
    assert_errno(try_open(&g, "work/c", VFS_CREATE | VFS_DIRECTORY_ONLY, VFS_READ), VFS_EINVAL);
    grove_close(&g);
}

static void truncate_empties_a_file_and_no_directory(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "hello");
    assert_ok(try_open(&g, "work/a", VFS_TRUNCATE, 0));
    expect_file(&g, "work/a", "");
    assert_errno(try_open(&g, "work", VFS_TRUNCATE, VFS_READ), VFS_EISDIR);
    assert_errno(try_open(&g, "work/none", VFS_TRUNCATE, VFS_WRITE), VFS_ENOENT);
    grove_close(&g);
}

static void directories_are_opened_for_reading_only(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "");
    assert_ok(try_open(&g, "work", VFS_DIRECTORY_ONLY, VFS_READ));
    assert_ok(try_open(&g, ".", VFS_DIRECTORY_ONLY, VFS_READ));
    assert_errno(try_open(&g, "work", 0, VFS_WRITE), VFS_EISDIR);
    assert_errno(try_open(&g, "work/a", VFS_DIRECTORY_ONLY, VFS_READ), VFS_ENOTDIR);
    grove_close(&g);
}

static void directories_are_made_and_removed(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_ok(make_directory(&g, "work/d"));
    assert_ok(make_directory(&g, "work/e/"));
    assert_errno(make_directory(&g, "work/d"), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/d/"), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/."), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/x/y"), VFS_ENOENT);
    write_file(&g, "work/d/f", "");
    assert_errno(make_directory(&g, "work/d/f"), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/d/f/"), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/d/f/g"), VFS_ENOTDIR);
    assert_errno(remove_directory(&g, "work/d"), VFS_ENOTEMPTY);
    assert_errno(remove_directory(&g, "work/d/f"), VFS_ENOTDIR);
    assert_errno(remove_directory(&g, "work/d/f/"), VFS_ENOTDIR);
    assert_errno(remove_directory(&g, "work/d/."), VFS_EINVAL);
    assert_errno(remove_directory(&g, "work/none"), VFS_ENOENT);
    assert_ok(remove_file(&g, "work/d/f"));
    assert_ok(remove_directory(&g, "work/d/"));
    assert_errno(look(&g, "work/d"), VFS_ENOENT);
    grove_close(&g);
}

static void files_are_removed_but_not_directories(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "");
    assert_ok(make_directory(&g, "work/d"));
    assert_errno(remove_file(&g, "work/d"), VFS_EISDIR);
    assert_errno(remove_file(&g, "work/d/"), VFS_EISDIR);
    assert_errno(remove_file(&g, "work/a/"), VFS_ENOTDIR);
    assert_errno(remove_file(&g, "work/none"), VFS_ENOENT);
    assert_errno(remove_file(&g, "."), VFS_EISDIR);
    assert_ok(remove_file(&g, "work/a"));
    grove_close(&g);
}

static void the_root_is_read_only_and_mount_points_stay(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_errno(try_open(&g, "new", VFS_CREATE, VFS_WRITE), VFS_EROFS);
    assert_errno(make_directory(&g, "new"), VFS_EROFS);
    assert_errno(remove_directory(&g, "work"), VFS_EBUSY);
    assert_errno(remove_directory(&g, "work/"), VFS_EBUSY);
    assert_errno(rename_path(&g, "work", "other"), VFS_EBUSY);
    write_file(&g, "work/a", "");
    assert_errno(rename_path(&g, "work/a", "a"), VFS_EROFS);
    assert_errno(rename_path(&g, "work/a", "work"), VFS_EBUSY);
    assert_errno(rename_path(&g, "work/.", "work/b"), VFS_EBUSY);
    grove_close(&g);
}

/* There is room for the inode, and none for its name: a guest can bring that about as often as it likes. */
static void what_finds_no_room_for_its_name_is_let_go_once(void **state)
{
    (void)state;
    static const char *const tops[] = {"work", "over"};
    for (size_t t = 0; t < 2; t++) {
        grove g;
        bj_error err;
        char name[300];
        grove_open(&g);
        grove_make_host(&g);
        assert_int_equal(vfs_tree_mount_overlay(g.tree, g.host, "/over", 0, &err), 0);
        snprintf(name, sizeof name, "%s/%0200d", tops[t], 0);
        const uint64_t used = g.budget.used[POLICY_file_bytes];
        g.budget.allowed[POLICY_file_bytes] = used + VFS_NODE_COST + 100;
        for (int i = 0; i < 100; i++) {
            assert_errno(make_directory(&g, name), VFS_ENOSPC);
            assert_errno(try_open(&g, name, VFS_CREATE, VFS_WRITE), VFS_ENOSPC);
        }
        assert_int_equal(g.budget.used[POLICY_file_bytes], used);
        g.budget.allowed[POLICY_file_bytes] = 1 << 20;
        assert_ok(make_directory(&g, name));
        grove_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_makes_a_file_once),
        cmocka_unit_test(truncate_empties_a_file_and_no_directory),
        cmocka_unit_test(directories_are_opened_for_reading_only),
        cmocka_unit_test(directories_are_made_and_removed),
        cmocka_unit_test(files_are_removed_but_not_directories),
        cmocka_unit_test(the_root_is_read_only_and_mount_points_stay),
        cmocka_unit_test(what_finds_no_room_for_its_name_is_let_go_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
