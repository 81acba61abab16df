/*
 * test_tree.c: mounting, in places where it works and where it is refused.
 */
#include "grove.h"

static void refused(int result, const bj_error *err, const char *part)
{
    assert_int_equal(result, -1);
    assert_int_equal(err->code, BJ_ERROR_ARGUMENT);
    if (!strstr(err->message, part))
        fail_msg("\"%s\" does not say \"%s\"", err->message, part);
}

static void directories_that_lead_to_a_mount_point_are_made_and_listed(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/a/b/c", &err), 0);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/a/b/d/", &err), 0);
    vfs_node node = node_at(&g, "/a/b");
    name_list list = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_string_equal(list.text, "c d ");
    name_list first = {.left = 1}, rest = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &first));
    assert_ok(vfs_node_readdir(node, first.last, list_name, &rest));
    assert_string_equal(rest.text, "d ");
    vfs_node_drop(node);
    write_file(&g, "a/b/c/x", "in c");
    write_file(&g, "a/b/d/x", "in d");
    expect_file(&g, "a/b/c/../d/x", "in d");
    assert_errno(try_open(&g, "a/b/x", VFS_CREATE, VFS_WRITE), VFS_EROFS);
    assert_errno(rename_path(&g, "a/b/c/x", "a/b/d/y"), VFS_EXDEV);
    grove_close(&g);
}

static void each_mount_has_a_device_number_of_its_own(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    vfs_stat root, work, other;
    grove_open(&g);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/other", &err), 0);
    const char *const paths[] = {"/", "/work", "/other"};
    vfs_stat *const stats[] = {&root, &work, &other};
    for (int i = 0; i < 3; i++) {
        vfs_node node = node_at(&g, paths[i]);
        assert_ok(vfs_node_stat(node, stats[i]));
        vfs_node_drop(node);
    }
    assert_int_not_equal(root.device, work.device);
    assert_int_not_equal(work.device, other.device);
    assert_int_not_equal(root.device, other.device);
    grove_close(&g);
}

static void a_mount_below_a_memory_mount_is_held_in_place(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_write(&g, "file", "content");
    assert_int_equal(vfs_tree_mount_host(g.tree, g.host, "/work/a/data", 0, &err), 0);
    expect_file(&g, "work/a/data/file", "content");
    expect_file(&g, "work/a/data/../data/file", "content");
    assert_errno(remove_directory(&g, "work/a/data"), VFS_EBUSY);
    assert_errno(rename_path(&g, "work/a/data", "work/b"), VFS_EBUSY);
    assert_ok(make_directory(&g, "work/d"));
    assert_errno(rename_path(&g, "work/d", "work/a/data"), VFS_EBUSY);
    assert_errno(remove_directory(&g, "work/a"), VFS_ENOTEMPTY);
    assert_errno(rename_path(&g, "work/a", "work/moved"), VFS_EBUSY);
    expect_file(&g, "work/a/data/file", "content");
    grove_close(&g);
}

static void a_mount_below_a_host_directory_is_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "dir");
    grove_mount_host(&g, 0);
    refused(vfs_tree_mount_memory(g.tree, "/data/dir", &err), &err, "below a mount");
    refused(vfs_tree_mount_memory(g.tree, "/data/new", &err), &err, "below a mount");
    grove_close(&g);
}

static void a_place_is_mounted_once_and_the_outer_one_first(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    refused(vfs_tree_mount_memory(g.tree, "/work", &err), &err, "twice");
    refused(vfs_tree_mount_memory(g.tree, "//work//", &err), &err, "twice");
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/a/b", &err), 0);
    refused(vfs_tree_mount_memory(g.tree, "/a", &err), &err, "outer one first");
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/", &err), 0);
    refused(vfs_tree_mount_memory(g.tree, "//", &err), &err, "/ is mounted twice");
    grove_close(&g);
}

/* All names of the root, asked for one at a time. */
static void list_root(vfs_tree *tree, char text[static 200])
{
    uint64_t cookie = 0;
    text[0] = 0;
    for (int i = 0; i < 20; i++) {
        name_list one = {.left = 1};
        assert_ok(vfs_tree_list(tree, vfs_tree_root(tree), cookie, list_name, &one));
        if (one.last == 0 || one.last == cookie)
            return;
        cookie = one.last;
        strcat(text, one.text);
    }
    fail_msg("the listing does not end: %s", text);
}

static void what_is_mounted_at_the_root_has_the_other_mounts_over_it(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char text[200];
    grove_open(&g); /* with /work */
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/", &err), 0);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/a/b", &err), 0);
    write_file(&g, "own", "in the root");
    write_file(&g, "work/file", "in work");
    write_file(&g, "a/b/file", "in b");
    assert_errno(make_directory(&g, "work"), VFS_EEXIST);
    assert_errno(rename_path(&g, "own", "work"), VFS_EBUSY);
    assert_errno(rename_path(&g, "a", "c"), VFS_EBUSY);
    assert_errno(try_open(&g, "a/x", VFS_CREATE, VFS_WRITE), VFS_EROFS);
    expect_file(&g, "work/../own", "in the root");
    list_root(g.tree, text);
    assert_non_null(strstr(text, "own "));
    assert_non_null(strstr(text, "work "));
    assert_non_null(strstr(text, "a "));
    policy_budget budget = g.budget;
    vfs_tree *fork = vfs_tree_fork(g.tree, VFS_NOW, &budget, &err);
    assert_non_null(fork);
    write_file(&g, "own", "changed");
    vfs_tree *first = g.tree;
    g.tree = fork;
    expect_file(&g, "own", "in the root");
    expect_file(&g, "work/file", "in work");
    expect_file(&g, "a/b/../../own", "in the root");
    assert_true(vfs_tree_has_mount(fork, "/"));
    g.tree = first;
    vfs_tree_release(fork);
    grove_close(&g);
}

static void paths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    static const char *const paths[] = {"", "relative", "/a/../b", "/..", "/./a", "/\xff", "/a/."};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(vfs_tree_mount_memory(g.tree, paths[i], &err), -1);
    char longest[300] = "/";
    memset(longest + 1, 'x', 256);
    refused(vfs_tree_mount_memory(g.tree, longest, &err), &err, "255 bytes");
    write_file(&g, "work/f", "");
    refused(vfs_tree_mount_memory(g.tree, "/work/f", &err), &err, "is a file");
    refused(vfs_tree_mount_memory(g.tree, "/work/f/g", &err), &err, "is a file");
    grove_close(&g);
}

static void a_mount_point_that_the_budget_has_no_room_for_is_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    g.budget.allowed[POLICY_files] = 1;
    refused(vfs_tree_mount_memory(g.tree, "/work/a/b", &err), &err, "no room");
    grove_close(&g);
}

static void find_takes_absolute_paths(void **state)
{
    (void)state;
    grove g;
    vfs_node node;
    grove_open(&g);
    assert_ok(vfs_tree_find(g.tree, bj_span_of("/"), &node));
    assert_ok(vfs_tree_find(g.tree, bj_span_of("//"), &node));
    assert_ok(vfs_tree_find(g.tree, bj_span_of("///work/"), &node));
    vfs_node_drop(node);
    assert_errno(vfs_tree_find(g.tree, bj_span_of("work"), &node), VFS_EINVAL);
    assert_errno(vfs_tree_find(g.tree, bj_span_of(""), &node), VFS_EINVAL);
    assert_errno(vfs_tree_find(g.tree, bj_span_of("/.."), &node), VFS_ENOTCAPABLE);
    grove_close(&g);
}

static void many_mounts_work(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char path[32];
    grove_open(&g);
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "/m%d", i);
        assert_int_equal(vfs_tree_mount_memory(g.tree, path, &err), 0);
        strcat(path, "/f");
        write_file(&g, path + 1, path);
    }
    expect_file(&g, "m0/f", "/m0/f");
    expect_file(&g, "m39/f", "/m39/f");
    grove_close(&g);
}

static void the_tree_lives_until_its_last_reference(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    vfs_tree_retain(g.tree);
    vfs_tree_release(g.tree);
    write_file(&g, "work/a", "x");
    grove_close(&g);
    vfs_tree_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_that_lead_to_a_mount_point_are_made_and_listed),
        cmocka_unit_test(each_mount_has_a_device_number_of_its_own),
        cmocka_unit_test(a_mount_below_a_memory_mount_is_held_in_place),
        cmocka_unit_test(a_mount_below_a_host_directory_is_refused),
        cmocka_unit_test(a_place_is_mounted_once_and_the_outer_one_first),
        cmocka_unit_test(what_is_mounted_at_the_root_has_the_other_mounts_over_it),
        cmocka_unit_test(paths_that_cannot_be_are_refused),
        cmocka_unit_test(a_mount_point_that_the_budget_has_no_room_for_is_refused),
        cmocka_unit_test(find_takes_absolute_paths),
        cmocka_unit_test(many_mounts_work),
        cmocka_unit_test(the_tree_lives_until_its_last_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
