/*
 * test_path.c: the resolver, against paths that want out. Each test of a host directory runs twice:
 * with openat2, and with it forced off.
 */
#include "grove.h"

static const unsigned host_flags[] = {0, VFS_HOST_NO_OPENAT2};

#define FOR_BOTH_WAYS(flags)                                                                       \
    for (unsigned way = 0, flags = 0; way < 2 && (flags = host_flags[way], true); way++)

/* Something to get lost in:
 *     /data/file, /data/dir/inner, /data/dir/deep/bottom */
static void open_with_host(grove *g)
{
    grove_open(g);
    grove_make_host(g);
    host_write(g, "file", "content");
    host_mkdir(g, "dir");
    host_write(g, "dir/inner", "inner");
    host_mkdir(g, "dir/deep");
    host_write(g, "dir/deep/bottom", "bottom");
}

/* ---------------------------------------------------------------- the form of paths */

static void an_empty_path_is_enoent(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_errno(look(&g, ""), VFS_ENOENT);
    grove_close(&g);
}

static void absolute_paths_are_refused(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_errno(look(&g, "/"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "/work"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "//work"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "/etc/passwd"), VFS_ENOTCAPABLE);
    grove_close(&g);
}

static void nul_and_bad_utf8_are_refused(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    vfs_node node;
    vfs_node root = vfs_tree_root(g.tree);
    assert_errno(vfs_resolve(g.tree, root, (bj_span){"work\0x", 6}, 0, &node), VFS_EINVAL);
    assert_errno(vfs_resolve(g.tree, root, (bj_span){"work\0", 5}, 0, &node), VFS_EINVAL);
    static const char *const bad[] = {"\xff",         "work/\x80",        "\xc0\xaf", "\xc3",
                                      "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_errno(look(&g, bad[i]), VFS_EILSEQ);
    write_file(&g, "work/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "x");
    assert_ok(look(&g, "work/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
    grove_close(&g);
}

static void names_end_at_255_bytes_and_paths_at_4096(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    char path[VFS_PATH_MAX + 2] = "work/";
    memset(path + 5, 'n', 256);
    path[5 + 255] = 0;
    write_file(&g, path, "x");
    assert_ok(look(&g, path));
    path[5 + 255] = 'n';
    path[5 + 256] = 0;
    assert_errno(look(&g, path), VFS_ENAMETOOLONG);
    assert_errno(try_open(&g, path, VFS_CREATE, VFS_WRITE), VFS_ENAMETOOLONG);
    assert_errno(make_directory(&g, path), VFS_ENAMETOOLONG);
    for (size_t i = 0; i < VFS_PATH_MAX; i++)
        path[i] = i % 2 ? '/' : '.';
    path[VFS_PATH_MAX] = 0;
    assert_ok(look(&g, path));
    path[VFS_PATH_MAX] = '.';
    path[VFS_PATH_MAX + 1] = 0;
    assert_errno(look(&g, path), VFS_ENAMETOOLONG);
    grove_close(&g);
}

static void dots_and_empty_components_lead_nowhere(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    assert_ok(look(&g, "."));
    assert_ok(look(&g, "./work/./a"));
    assert_ok(look(&g, "work//a"));
    assert_ok(look(&g, "work/."));
    assert_ok(look(&g, "work/./"));
    grove_close(&g);
}

static void dot_dot_goes_up_as_far_as_the_base(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    assert_ok(make_directory(&g, "work/d"));
    assert_ok(look(&g, "work/../work/a"));
    assert_ok(look(&g, "work/d/../../work/d/.."));
    assert_errno(look(&g, ".."), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "work/../.."), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "work/../../work/a"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "../work"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "./../x"), VFS_ENOTCAPABLE);
    vfs_node base = node_at(&g, "/work/d"), node;
    assert_errno(vfs_resolve(g.tree, base, bj_span_of(".."), 0, &node), VFS_ENOTCAPABLE);
    assert_errno(vfs_resolve(g.tree, base, bj_span_of("../a"), 0, &node), VFS_ENOTCAPABLE);
    vfs_node_drop(base);
    grove_close(&g);
}

static void dot_dot_after_a_file_or_nothing_is_an_error(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    assert_errno(look(&g, "work/a/.."), VFS_ENOTDIR);
    assert_errno(look(&g, "work/a/."), VFS_ENOTDIR);
    assert_errno(look(&g, "work/none/.."), VFS_ENOENT);
    grove_close(&g);
}

static void a_trailing_slash_wants_a_directory(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    assert_ok(look(&g, "work/"));
    assert_ok(look(&g, "work///"));
    assert_errno(look(&g, "work/a/"), VFS_ENOTDIR);
    assert_errno(look(&g, "work/a///"), VFS_ENOTDIR);
    assert_errno(look(&g, "work/none/"), VFS_ENOENT);
    grove_close(&g);
}

static void a_path_may_be_thousands_of_directories_deep(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    char path[VFS_PATH_MAX + 1] = "work";
    vfs_node here = node_at(&g, "/work");
    for (int i = 0; i < 2000; i++) {
        vfs_node child;
        assert_ok(vfs_node_create(here, bj_span_of("d"), VFS_DIRECTORY, &child));
        vfs_node_drop(here);
        here = child;
        strcat(path, "/d");
    }
    vfs_node_drop(here);
    assert_ok(look(&g, path));
    assert_errno(rename_path(&g, "work/d", path), VFS_EINVAL);
    grove_close(&g);
}

static void what_is_no_directory_is_no_base(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    vfs_node base = node_at(&g, "/work/a"), node;
    assert_errno(vfs_resolve(g.tree, base, bj_span_of("."), 0, &node), VFS_ENOTDIR);
    vfs_node_drop(base);
    grove_close(&g);
}

/* ---------------------------------------------------------------- links of the host */

static void host_paths_resolve_like_others(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        open_with_host(&g);
        grove_mount_host(&g, flags);
        expect_file(&g, "data/file", "content");
        expect_file(&g, "data/dir/deep/bottom", "bottom");
        expect_file(&g, "data//dir/./deep/../inner", "inner");
        expect_file(&g, "data/../data/file", "content");
        assert_ok(look(&g, "data/dir/"));
        assert_errno(look(&g, "data/file/"), VFS_ENOTDIR);
        assert_errno(look(&g, "data/file/x"), VFS_ENOTDIR);
        assert_errno(look(&g, "data/file/.."), VFS_ENOTDIR);
        assert_errno(look(&g, "data/none"), VFS_ENOENT);
        assert_errno(look(&g, "data/none/x"), VFS_ENOENT);
        assert_errno(look(&g, "data/dir/../../.."), VFS_ENOTCAPABLE);
        grove_close(&g);
    }
}

static void links_inside_are_followed(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        open_with_host(&g);
        host_link(&g, "dir/inner", "to-inner");
        host_link(&g, "dir", "to-dir");
        host_link(&g, "../file", "dir/up");
        host_link(&g, "to-dir/deep/", "to-deep");
        host_link(&g, "to-inner", "twice");
        grove_mount_host(&g, flags);
        expect_file(&g, "data/to-inner", "inner");
        expect_file(&g, "data/to-dir/inner", "inner");
        expect_file(&g, "data/dir/up", "content");
        expect_file(&g, "data/to-dir/up", "content");
        expect_file(&g, "data/to-deep/bottom", "bottom");
        expect_file(&g, "data/to-deep/../inner", "inner");
        expect_file(&g, "data/twice", "inner");
        assert_ok(look(&g, "data/to-dir/"));
        assert_errno(look(&g, "data/to-inner/"), VFS_ENOTDIR);
        grove_close(&g);
    }
}

static void a_last_link_is_itself_unless_followed(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        vfs_errno error;
        open_with_host(&g);
        host_link(&g, "dir", "to-dir");
        host_link(&g, "/etc", "absolute");
        grove_mount_host(&g, flags);
        assert_int_equal(type_at(&g, "data/to-dir", &error), VFS_SYMLINK);
        assert_int_equal(type_at(&g, "data/absolute", &error), VFS_SYMLINK);
        assert_int_equal(type_at(&g, "data/to-dir/", &error), VFS_DIRECTORY);
        assert_int_equal(type_at(&g, "data/to-dir/.", &error), VFS_DIRECTORY);
        assert_errno(try_open(&g, "data/to-dir", 0, VFS_READ), VFS_ELOOP);
        assert_errno(try_open(&g, "data/to-dir", VFS_DIRECTORY_ONLY, VFS_READ), VFS_ENOTDIR);
        grove_close(&g);
    }
}

static void links_that_lead_out_are_refused(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        open_with_host(&g);
        host_link(&g, "/etc/passwd", "absolute");
        host_link(&g, "/", "root");
        host_link(&g, "..", "up");
        host_link(&g, "../", "up-slash");
        host_link(&g, "../../../../../../etc/passwd", "far");
        host_link(&g, "../..", "dir/two-up");
        host_link(&g, "dir/two-up", "hidden");
        host_link(&g, "../work", "sideways"); /* another mount of the guest, but not this one */
        grove_mount_host(&g, flags);
        static const char *const paths[] = {
            "data/absolute",      "data/root",        "data/root/etc/passwd", "data/up",
            "data/up/",           "data/up/x",        "data/up-slash",        "data/far",
            "data/dir/two-up",    "data/dir/two-up/", "data/hidden",          "data/hidden/x",
            "data/root/",         "data/sideways",    "data/sideways/x",      "data/up/..",
            "data/dir/two-up/..", "data/up/data",
        };
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
            assert_errno(look(&g, paths[i]), VFS_ENOTCAPABLE);
            assert_errno(try_open(&g, paths[i], VFS_FOLLOW, VFS_READ), VFS_ENOTCAPABLE);
            bool slash = paths[i][strlen(paths[i]) - 1] == '/'; /* no name for a file */
            assert_errno(try_open(&g, paths[i], VFS_FOLLOW | VFS_CREATE, VFS_WRITE),
                         slash ? VFS_EISDIR : VFS_ENOTCAPABLE);
        }
        grove_close(&g);
    }
}

static void a_descriptor_of_a_directory_is_a_base_that_links_do_not_leave(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        vfs_node node;
        open_with_host(&g);
        host_link(&g, "../file", "dir/up");
        grove_mount_host(&g, flags);
        vfs_node base = node_at(&g, "/data/dir");
        assert_errno(vfs_resolve(g.tree, base, bj_span_of("up"), VFS_FOLLOW, &node),
                     VFS_ENOTCAPABLE);
        assert_errno(vfs_resolve(g.tree, base, bj_span_of("deep/../../file"), 0, &node),
                     VFS_ENOTCAPABLE);
        assert_ok(vfs_resolve(g.tree, base, bj_span_of("deep/../inner"), 0, &node));
        vfs_node_drop(node);
        vfs_node_drop(base);
        grove_close(&g);
    }
}

static void loops_and_long_chains_of_links_are_eloop(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        char name[16], target[16];
        open_with_host(&g);
        host_link(&g, "self", "self");
        host_link(&g, "b", "a");
        host_link(&g, "a", "b");
        host_link(&g, "dir/../into/x", "into");
        host_link(&g, "file", "chain-0");
        for (int i = 1; i < 50; i++) {
            snprintf(name, sizeof name, "chain-%d", i);
            snprintf(target, sizeof target, "chain-%d", i - 1);
            host_link(&g, target, name);
        }
        grove_mount_host(&g, flags);
        static const char *const paths[] = {"data/self", "data/self/x", "data/a",
                                            "data/b/",   "data/into",   "data/chain-40"};
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
            assert_errno(look(&g, paths[i]), VFS_ELOOP);
        expect_file(&g, "data/chain-39", "content");
        grove_close(&g);
    }
}

static void dangling_links_are_enoent_and_make_nothing(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        open_with_host(&g);
        host_link(&g, "none", "dangling");
        host_link(&g, "none/deeper", "deeper");
        grove_mount_host(&g, flags);
        assert_errno(look(&g, "data/dangling"), VFS_ENOENT);
        assert_errno(look(&g, "data/dangling/"), VFS_ENOENT);
        assert_errno(look(&g, "data/deeper"), VFS_ENOENT);
        assert_errno(try_open(&g, "data/dangling", VFS_FOLLOW | VFS_CREATE, VFS_WRITE), VFS_EROFS);
        assert_errno(try_open(&g, "data/dangling", VFS_CREATE | VFS_EXCLUSIVE, VFS_WRITE),
                     VFS_EEXIST);
        assert_int_equal(access(host_path(&g, "none"), F_OK), -1);
        grove_close(&g);
    }
}

static void magic_links_are_refused(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        bj_error err;
        grove_open(&g);
        assert_int_equal(vfs_tree_mount_host(g.tree, "/proc/self", "/data", flags, &err), 0);
        vfs_errno error;
        assert_int_equal(type_at(&g, "data/exe", &error), VFS_SYMLINK);
        assert_errno(look(&g, "data/exe"), VFS_ENOTCAPABLE);
        assert_errno(look(&g, "data/root/etc/passwd"), VFS_ENOTCAPABLE);
        assert_errno(look(&g, "data/cwd/x"), VFS_ENOTCAPABLE);
        assert_int_not_equal(look(&g, "data/fd/0"), VFS_OK);
        grove_close(&g);
    }
}

static void both_ways_agree_on_every_path_of_a_maze(void **state)
{
    (void)state;
    static const char *const parts[] = {"dir", "file", "..",   ".", "l",
                                        "m",   "deep", "none", "",  "up"};
    const size_t count = sizeof parts / sizeof parts[0];
    grove fast, slow;
    open_with_host(&fast);
    host_link(&fast, "dir/deep", "l");
    host_link(&fast, "../file", "dir/l");
    host_link(&fast, "../..", "dir/deep/up");
    host_link(&fast, "../l/..", "dir/m");
    host_link(&fast, "..", "up");
    host_link(&fast, "m", "dir/deep/l");
    grove_open(&slow);
    strcpy(slow.host, fast.host);
    grove_mount_host(&fast, 0);
    grove_mount_host(&slow, VFS_HOST_NO_OPENAT2);
    for (size_t i = 0; i < count * count * count * count; i++) {
        char path[64];
        vfs_errno error_fast, error_slow;
        snprintf(path, sizeof path, "data/%s/%s/%s/%s", parts[i % count], parts[i / count % count],
                 parts[i / count / count % count], parts[i / count / count / count]);
        assert_errno(look(&fast, path), look(&slow, path));
        assert_int_equal(type_at(&fast, path, &error_fast), type_at(&slow, path, &error_slow));
        assert_errno(error_fast, error_slow);
    }
    slow.host[0] = 0;
    grove_close(&slow);
    grove_close(&fast);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_path_is_enoent),
        cmocka_unit_test(absolute_paths_are_refused),
        cmocka_unit_test(nul_and_bad_utf8_are_refused),
        cmocka_unit_test(names_end_at_255_bytes_and_paths_at_4096),
        cmocka_unit_test(dots_and_empty_components_lead_nowhere),
        cmocka_unit_test(dot_dot_goes_up_as_far_as_the_base),
        cmocka_unit_test(dot_dot_after_a_file_or_nothing_is_an_error),
        cmocka_unit_test(a_trailing_slash_wants_a_directory),
        cmocka_unit_test(a_path_may_be_thousands_of_directories_deep),
        cmocka_unit_test(what_is_no_directory_is_no_base),
        cmocka_unit_test(host_paths_resolve_like_others),
        cmocka_unit_test(links_inside_are_followed),
        cmocka_unit_test(a_last_link_is_itself_unless_followed),
        cmocka_unit_test(links_that_lead_out_are_refused),
        cmocka_unit_test(a_descriptor_of_a_directory_is_a_base_that_links_do_not_leave),
        cmocka_unit_test(loops_and_long_chains_of_links_are_eloop),
        cmocka_unit_test(dangling_links_are_enoent_and_make_nothing),
        cmocka_unit_test(magic_links_are_refused),
        cmocka_unit_test(both_ways_agree_on_every_path_of_a_maze),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
