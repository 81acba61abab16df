/*
 * test_device.c: /dev/null, /dev/zero and /dev/urandom.
 */
#include "grove.h"

static void open_with_devices(grove *g)
{
    bj_error err = {0};
    grove_open(g);
    if (vfs_tree_mount_devices(g->tree, "/dev", &err) < 0)
        fail_msg("%s", err.message);
}

static size_t read_device(grove *g, const char *path, void *bytes, size_t size)
{
    vfs_node node;
    size_t moved = 99;
    assert_ok(open_path(g, path, 0, VFS_READ, &node));
    assert_ok(vfs_node_read(node, 12345, bytes, size, &moved));
    vfs_node_drop(node);
    return moved;
}

static void each_device_gives_what_it_is_for(void **state)
{
    (void)state;
    grove g;
    static uint8_t bytes[100000], more[100000], zeros[100000];
    open_with_devices(&g);
    assert_int_equal(read_device(&g, "dev/null", bytes, sizeof bytes), 0);
    memset(bytes, 1, sizeof bytes);
    assert_int_equal(read_device(&g, "dev/zero", bytes, sizeof bytes), sizeof bytes);
    assert_memory_equal(bytes, zeros, sizeof bytes);
    assert_int_equal(read_device(&g, "dev/urandom", bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(read_device(&g, "dev/urandom", more, sizeof more), sizeof more);
    assert_memory_not_equal(bytes, more, sizeof bytes);
    assert_memory_not_equal(bytes + sizeof bytes - 64, zeros, 64);
    assert_int_equal(read_device(&g, "dev/urandom", bytes, 0), 0);
    grove_close(&g);
}

static void what_is_written_is_gone_and_costs_nothing(void **state)
{
    (void)state;
    grove g;
    open_with_devices(&g);
    static const char *const paths[] = {"dev/null", "dev/zero", "dev/urandom"};
    for (int i = 0; i < 3; i++) {
        vfs_node node;
        size_t moved = 0;
        assert_ok(open_path(&g, paths[i], VFS_CREATE | VFS_TRUNCATE, VFS_READ | VFS_WRITE, &node));
        assert_int_equal(node.type, VFS_CHARACTER_DEVICE);
        assert_ok(vfs_node_write(node, 1, "bytes", 5, &moved));
        assert_int_equal(moved, 5);
        assert_errno(vfs_node_resize(node, 5), VFS_EINVAL);
        assert_errno(vfs_node_set_times(node, &(vfs_times){0}), VFS_EROFS);
        vfs_stat stat;
        assert_ok(vfs_node_stat(node, &stat));
        assert_int_equal(stat.size, 0);
        assert_int_equal(stat.type, VFS_CHARACTER_DEVICE);
        vfs_node_drop(node);
    }
    assert_int_equal(g.budget.used[POLICY_file_bytes], 0);
    grove_close(&g);
}

static void the_names_are_listed_and_cannot_be_changed(void **state)
{
    (void)state;
    grove g;
    open_with_devices(&g);
    write_file(&g, "work/f", "");
    name_list list = {.left = -1};
    vfs_node dev = node_at(&g, "/dev"), root = vfs_tree_root(g.tree);
    assert_ok(vfs_node_readdir(dev, 0, list_name, &list));
    assert_string_equal(list.text, "null zero urandom ");
    list = (name_list){.left = -1};
    assert_ok(vfs_node_readdir(dev, 3, list_name, &list));
    assert_string_equal(list.text, "zero urandom ");
    list = (name_list){.left = -1};
    assert_ok(vfs_node_readdir(dev, UINT64_MAX, list_name, &list));
    assert_string_equal(list.text, "");
    vfs_node_drop(dev);
    assert_errno(try_open(&g, "dev/new", VFS_CREATE, VFS_WRITE), VFS_EROFS);
    assert_errno(try_open(&g, "dev/null", VFS_CREATE | VFS_EXCLUSIVE, VFS_WRITE), VFS_EEXIST);
    assert_errno(try_open(&g, "dev/null", VFS_DIRECTORY_ONLY, VFS_READ), VFS_ENOTDIR);
    assert_errno(try_open(&g, "dev/null/", 0, VFS_READ), VFS_ENOTDIR);
    assert_errno(try_open(&g, "dev/null/x", 0, VFS_READ), VFS_ENOTDIR);
    assert_errno(try_open(&g, "dev/tty", 0, VFS_READ), VFS_ENOENT);
    assert_errno(try_open(&g, "dev", 0, VFS_WRITE), VFS_EISDIR);
    assert_errno(make_directory(&g, "dev/new"), VFS_EROFS);
    assert_errno(remove_file(&g, "dev/null"), VFS_EROFS);
    assert_errno(remove_directory(&g, "dev"), VFS_EBUSY);
    assert_errno(rename_path(&g, "dev/null", "dev/zero"), VFS_EROFS);
    assert_errno(rename_path(&g, "work/f", "dev/null"), VFS_EXDEV);
    assert_errno(rename_path(&g, "dev/null", "work/f"), VFS_EXDEV);
    assert_errno(vfs_symlink(g.tree, bj_span_of("null"), root, bj_span_of("dev/l")), VFS_EROFS);
    assert_errno(vfs_link(g.tree, root, bj_span_of("dev/null"), 0, root, bj_span_of("dev/l")),
                 VFS_EROFS);
    assert_errno(vfs_link(g.tree, root, bj_span_of("dev/null"), 0, root, bj_span_of("work/l")),
                 VFS_EXDEV);
    assert_ok(vfs_symlink(g.tree, bj_span_of("../dev/zero"), root, bj_span_of("work/zero")));
    char byte = 1;
    vfs_node node;
    size_t moved;
    assert_ok(open_path(&g, "work/zero", VFS_FOLLOW, VFS_READ, &node));
    assert_ok(vfs_node_read(node, 0, &byte, 1, &moved));
    vfs_node_drop(node);
    assert_int_equal(byte, 0);
    grove_close(&g);
}

static void nothing_is_mounted_below_and_nothing_is_copied_out(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    struct stat st;
    open_with_devices(&g);
    grove_make_host(&g);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/dev/shm", &err), -1);
    assert_int_equal(vfs_tree_mount_devices(g.tree, "/dev", &err), -1);
    assert_int_equal(vfs_tree_mount_devices(g.tree, "/work/dev", &err), 0);
    write_file(&g, "work/f", "text");
    assert_int_equal(vfs_copy_out(g.tree, "/work", host_path(&g, "out"),
                                  &(policy_work){.until_ns = UINT64_MAX}, &err),
                     1);
    assert_int_equal(lstat(host_path(&g, "out/dev"), &st), -1);
    grove_close(&g);
}

static void devices_of_the_host_stay_closed(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    open_with_devices(&g);
    assert_int_equal(vfs_tree_mount_host(g.tree, "/dev", "/host-dev", 0, &err), 0);
    assert_errno(try_open(&g, "host-dev/null", 0, VFS_READ), VFS_EACCES);
    assert_errno(try_open(&g, "host-dev/zero", 0, VFS_READ), VFS_EACCES);
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_device_gives_what_it_is_for),
        cmocka_unit_test(what_is_written_is_gone_and_costs_nothing),
        cmocka_unit_test(the_names_are_listed_and_cannot_be_changed),
        cmocka_unit_test(nothing_is_mounted_below_and_nothing_is_copied_out),
        cmocka_unit_test(devices_of_the_host_stay_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
