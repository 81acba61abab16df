/*
 * test_links.c: links that the guest makes: symbolic ones that want out, loop, dangle or end in a slash,
 * and hard ones, with what both cost.
 */
#include "grove.h"

static vfs_errno make_link(grove *g, const char *target, const char *path)
{
    return vfs_symlink(g->tree, bj_span_of(target), vfs_tree_root(g->tree), bj_span_of(path));
}

static vfs_errno hard_link(grove *g, const char *path, const char *new_path, unsigned flags)
{
    vfs_node root = vfs_tree_root(g->tree);
    return vfs_link(g->tree, root, bj_span_of(path), flags, root, bj_span_of(new_path));
}

static vfs_stat stat_at(grove *g, const char *path)
{
    vfs_node node;
    vfs_stat stat = {0};
    assert_ok(vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path), 0, &node));
    assert_ok(vfs_node_stat(node, &stat));
    vfs_node_drop(node);
    return stat;
}

static vfs_errno read_link(grove *g, const char *path, char *text, size_t size, size_t *length)
{
    vfs_node node;
    vfs_errno error = vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path), 0, &node);
    if (error != VFS_OK)
        return error;
    error = vfs_node_readlink(node, text, size, length);
    vfs_node_drop(node);
    return error;
}

/*     /work/file, /work/dir/inner */
static void open_with_files(grove *g)
{
    grove_open(g);
    write_file(g, "work/file", "content");
    assert_ok(make_directory(g, "work/dir"));
    write_file(g, "work/dir/inner", "inner");
}

/* ---------------------------------------------------------------- symbolic links */

static void a_link_is_made_read_and_followed(void **state)
{
    (void)state;
    grove g;
    char text[64];
    size_t length = 0;
    open_with_files(&g);
    assert_ok(make_link(&g, "dir/inner", "work/link"));
    vfs_stat stat = stat_at(&g, "work/link");
    assert_int_equal(stat.type, VFS_SYMLINK);
    assert_int_equal(stat.size, 9);
    assert_int_equal(stat.links, 1);
    assert_ok(read_link(&g, "work/link", text, sizeof text, &length));
    assert_int_equal(length, 9);
    assert_memory_equal(text, "dir/inner", 9);
    memset(text, 'x', sizeof text);
    assert_ok(read_link(&g, "work/link", text, 4, &length));
    assert_int_equal(length, 9);
    assert_memory_equal(text, "dir/xx", 6);
    expect_file(&g, "work/link", "inner");
    assert_errno(try_open(&g, "work/link", 0, VFS_READ), VFS_ELOOP);
    assert_errno(try_open(&g, "work/link", VFS_DIRECTORY_ONLY, VFS_READ), VFS_ENOTDIR);
    assert_errno(read_link(&g, "work/file", text, 4, &length), VFS_EINVAL);
    assert_errno(read_link(&g, "work/dir", text, 4, &length), VFS_EINVAL);
    grove_close(&g);
}

static void a_listing_says_that_it_is_a_link(void **state)
{
    (void)state;
    grove g;
    vfs_errno error;
    open_with_files(&g);
    assert_ok(make_link(&g, "file", "work/link"));
    assert_int_equal(type_at(&g, "work/link", &error), VFS_SYMLINK);
    name_list list = {.left = -1};
    vfs_node node = node_at(&g, "/work");
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    vfs_node_drop(node);
    assert_string_equal(list.text, "file dir link ");
    grove_close(&g);
}

static void links_lead_through_directories_and_mounts_but_not_out(void **state)
{
    (void)state;
    grove g;
    vfs_node node;
    open_with_files(&g);
    grove_make_host(&g);
    host_write(&g, "secret", "of the host");
    grove_mount_host(&g, 0);
    assert_ok(make_link(&g, "../file", "work/dir/up"));
    assert_ok(make_link(&g, "../../data/secret", "work/dir/across"));
    assert_ok(make_link(&g, "../../../work/file", "work/dir/out"));
    assert_ok(make_link(&g, "dir/../../../etc/passwd", "work/out"));
    expect_file(&g, "work/dir/up", "content");
    expect_file(&g, "work/dir/across", "of the host");
    assert_errno(look(&g, "work/dir/out"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "work/out"), VFS_ENOTCAPABLE);
    /* From a descriptor further down the same links lead out, as ".." itself does. */
    vfs_node work = node_at(&g, "/work"), dir = node_at(&g, "/work/dir");
    assert_ok(vfs_resolve(g.tree, work, bj_span_of("dir/up"), VFS_FOLLOW, &node));
    vfs_node_drop(node);
    assert_errno(vfs_resolve(g.tree, work, bj_span_of("dir/across"), VFS_FOLLOW, &node),
                 VFS_ENOTCAPABLE);
    assert_errno(vfs_resolve(g.tree, dir, bj_span_of("up"), VFS_FOLLOW, &node), VFS_ENOTCAPABLE);
    assert_errno(vfs_resolve(g.tree, dir, bj_span_of("across/"), 0, &node), VFS_ENOTCAPABLE);
    assert_errno(vfs_open(g.tree, dir, bj_span_of("up"), VFS_CREATE | VFS_FOLLOW, VFS_WRITE, &node),
                 VFS_ENOTCAPABLE);
    vfs_node_drop(work);
    vfs_node_drop(dir);
    grove_close(&g);
}

static void absolute_targets_are_refused(void **state)
{
    (void)state;
    grove g;
    open_with_files(&g);
    assert_errno(make_link(&g, "/", "work/l"), VFS_ENOTCAPABLE);
    assert_errno(make_link(&g, "/work/file", "work/l"), VFS_ENOTCAPABLE);
    assert_errno(make_link(&g, "//work/file", "work/l"), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "work/l"), VFS_ENOENT);
    grove_close(&g);
}

static void a_target_has_the_form_of_a_path(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    char target[VFS_PATH_MAX + 2], back[VFS_PATH_MAX];
    size_t length = 0;
    vfs_node root = vfs_tree_root(g.tree);
    assert_errno(make_link(&g, "", "work/l"), VFS_ENOENT);
    assert_errno(make_link(&g, "\xff", "work/l"), VFS_EILSEQ);
    assert_errno(vfs_symlink(g.tree, (bj_span){"a\0b", 3}, root, bj_span_of("work/l")), VFS_EINVAL);
    memset(target, 'n', sizeof target);
    target[VFS_PATH_MAX + 1] = 0;
    assert_errno(make_link(&g, target, "work/l"), VFS_ENAMETOOLONG);
    target[VFS_PATH_MAX] = 0;
    assert_ok(make_link(&g, target, "work/long"));
    assert_ok(read_link(&g, "work/long", back, sizeof back, &length));
    assert_int_equal(length, VFS_PATH_MAX);
    assert_memory_equal(back, target, VFS_PATH_MAX);
    assert_errno(look(&g, "work/long"), VFS_ENAMETOOLONG);
    target[256] = 0;
    assert_ok(make_link(&g, target, "work/256"));
    assert_errno(look(&g, "work/256"), VFS_ENAMETOOLONG);
    grove_close(&g);
}

static void a_name_has_the_form_of_a_name(void **state)
{
    (void)state;
    grove g;
    open_with_files(&g);
    char name[400] = "work/";
    memset(name + 5, 'n', 256);
    assert_errno(make_link(&g, "file", name), VFS_ENAMETOOLONG);
    assert_errno(hard_link(&g, "work/file", name, 0), VFS_ENAMETOOLONG);
    name[5 + 255] = 0;
    assert_ok(make_link(&g, "file", name));
    expect_file(&g, name, "content");
    assert_errno(make_link(&g, "file", ""), VFS_ENOENT);
    assert_errno(make_link(&g, "file", "/work/l"), VFS_ENOTCAPABLE);
    assert_errno(make_link(&g, "file", "../l"), VFS_ENOTCAPABLE);
    assert_errno(make_link(&g, "file", "work/\xc3"), VFS_EILSEQ);
    assert_errno(make_link(&g, "file", "work/none/l"), VFS_ENOENT);
    assert_errno(make_link(&g, "file", "work/file/l"), VFS_ENOTDIR);
    assert_errno(make_link(&g, "file", "l"), VFS_EROFS);
    vfs_node root = vfs_tree_root(g.tree);
    assert_errno(vfs_symlink(g.tree, bj_span_of("file"), root, (bj_span){"work/a\0", 7}),
                 VFS_EINVAL);
    grove_close(&g);
}

static void loops_and_long_chains_end(void **state)
{
    (void)state;
    grove g;
    char name[32], target[32];
    open_with_files(&g);
    assert_ok(make_link(&g, "self", "work/self"));
    assert_ok(make_link(&g, "self/x", "work/deeper"));
    assert_ok(make_link(&g, "two", "work/one"));
    assert_ok(make_link(&g, "./one", "work/two"));
    assert_ok(make_link(&g, "up/up/up", "work/up"));
    static const char *const loops[] = {"work/self", "work/self/x", "work/deeper",
                                        "work/one",  "work/two/",   "work/up"};
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++)
        assert_errno(look(&g, loops[i]), VFS_ELOOP);
    assert_errno(try_open(&g, "work/one", VFS_CREATE | VFS_FOLLOW, VFS_WRITE), VFS_ELOOP);
    assert_ok(make_link(&g, "file", "work/chain-0"));
    for (int i = 1; i <= VFS_SYMLINKS_MAX; i++) {
        snprintf(name, sizeof name, "work/chain-%d", i);
        snprintf(target, sizeof target, "chain-%d", i - 1);
        assert_ok(make_link(&g, target, name));
    }
    snprintf(name, sizeof name, "work/chain-%d", VFS_SYMLINKS_MAX - 1);
    assert_ok(look(&g, name));
    snprintf(name, sizeof name, "work/chain-%d", VFS_SYMLINKS_MAX);
    assert_errno(look(&g, name), VFS_ELOOP);
    grove_close(&g);
}

/* Forty links of as many components as fit are 80,000 lookups for one call: their sum has a bound. */
static void links_do_not_multiply_the_work_of_a_path(void **state)
{
    (void)state;
    grove g;
    char target[VFS_PATH_MAX], name[32];
    open_with_files(&g);
    for (int i = 0; i < 30; i++) {
        char *at = target;
        for (int n = 0; n < 100; n++)
            at = stpcpy(at, "dir/../");
        if (i == 0)
            strcpy(at, "file");
        else
            sprintf(at, "long-%d", i - 1);
        snprintf(name, sizeof name, "work/long-%d", i);
        assert_ok(make_link(&g, target, name));
    }
    assert_ok(look(&g, "work/long-18"));
    assert_errno(look(&g, "work/long-29"), VFS_ELOOP);
    assert_errno(try_open(&g, "work/long-29", VFS_FOLLOW, VFS_READ), VFS_ELOOP);
    char *at = stpcpy(target, "work/");
    while (at + 7 < target + sizeof target - 8)
        at = stpcpy(at, "dir/../");
    strcpy(at, "file");
    assert_ok(look(&g, target));
    grove_close(&g);
}

static void a_dangling_link_is_there_and_leads_nowhere(void **state)
{
    (void)state;
    grove g;
    vfs_errno error;
    open_with_files(&g);
    assert_ok(make_link(&g, "none", "work/l"));
    assert_int_equal(type_at(&g, "work/l", &error), VFS_SYMLINK);
    assert_errno(look(&g, "work/l"), VFS_ENOENT);
    assert_errno(look(&g, "work/l/"), VFS_ENOENT);
    assert_errno(make_directory(&g, "work/l"), VFS_EEXIST);
    assert_errno(make_directory(&g, "work/l/"), VFS_EEXIST);
    assert_errno(try_open(&g, "work/l", VFS_CREATE | VFS_EXCLUSIVE | VFS_FOLLOW, VFS_WRITE),
                 VFS_EEXIST);
    assert_errno(try_open(&g, "work/l", VFS_CREATE, VFS_WRITE), VFS_ELOOP);
    /* O_CREAT follows it and makes what it leads to. */
    assert_ok(try_open(&g, "work/l", VFS_CREATE | VFS_FOLLOW, VFS_WRITE));
    assert_int_equal(type_at(&g, "work/none", &error), VFS_REGULAR_FILE);
    assert_ok(make_link(&g, "dir/../../new", "work/outside"));
    assert_errno(try_open(&g, "work/outside", VFS_CREATE | VFS_FOLLOW, VFS_WRITE), VFS_EROFS);
    grove_close(&g);
}

static void trailing_slashes_want_the_directory_behind_the_link(void **state)
{
    (void)state;
    grove g;
    open_with_files(&g);
    assert_ok(make_link(&g, "dir", "work/ld"));
    assert_ok(make_link(&g, "dir/", "work/ld-slash"));
    assert_ok(make_link(&g, "file", "work/lf"));
    assert_ok(make_link(&g, "file/", "work/lf-slash"));
    assert_ok(try_open(&g, "work/ld/", VFS_DIRECTORY_ONLY, VFS_READ));
    assert_ok(try_open(&g, "work/ld/.", VFS_DIRECTORY_ONLY, VFS_READ));
    assert_ok(try_open(&g, "work/ld-slash", VFS_FOLLOW, VFS_READ));
    expect_file(&g, "work/ld-slash/inner", "inner");
    assert_errno(look(&g, "work/lf/"), VFS_ENOTDIR);
    assert_errno(look(&g, "work/lf/."), VFS_ENOTDIR);
    assert_errno(look(&g, "work/lf-slash"), VFS_ENOTDIR);
    /* What removes or renames names takes the link for what it is. */
    assert_errno(remove_file(&g, "work/ld/"), VFS_ENOTDIR);
    assert_errno(remove_directory(&g, "work/ld/"), VFS_ENOTDIR);
    assert_errno(remove_directory(&g, "work/ld"), VFS_ENOTDIR);
    assert_errno(rename_path(&g, "work/ld/", "work/x"), VFS_ENOTDIR);
    assert_errno(rename_path(&g, "work/file", "work/ld/"), VFS_ENOTDIR);
    assert_errno(rename_path(&g, "work/dir", "work/ld/"), VFS_ENOTDIR);
    assert_ok(look(&g, "work/dir/inner"));
    /* The name of a link that is made is taken or free, whatever slashes follow it. */
    static const char *const taken[] = {"work/file/", "work/dir/",   "work/ld/", "work/lf/",
                                        "work/file",  "work/dir/..", "work/.",   "work/dir//"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        assert_errno(make_link(&g, "x", taken[i]), VFS_EEXIST);
        assert_errno(hard_link(&g, "work/file", taken[i], 0), VFS_EEXIST);
    }
    assert_errno(make_link(&g, "x", "work/new/"), VFS_ENOENT);
    assert_errno(hard_link(&g, "work/file", "work/new/", 0), VFS_ENOENT);
    grove_close(&g);
}

static void links_are_removed_renamed_and_replaced_without_being_followed(void **state)
{
    (void)state;
    grove g;
    vfs_errno error;
    open_with_files(&g);
    assert_ok(make_link(&g, "dir", "work/l"));
    assert_errno(rename_path(&g, "work/dir", "work/l"), VFS_ENOTDIR);
    assert_errno(rename_path(&g, "work/l", "work/dir"), VFS_EISDIR);
    assert_ok(rename_path(&g, "work/l", "work/m"));
    assert_int_equal(type_at(&g, "work/m", &error), VFS_SYMLINK);
    assert_ok(rename_path(&g, "work/m", "work/file"));
    assert_int_equal(type_at(&g, "work/file", &error), VFS_SYMLINK);
    write_file(&g, "work/g", "new");
    assert_ok(rename_path(&g, "work/g", "work/file"));
    expect_file(&g, "work/file", "new");
    expect_file(&g, "work/dir/inner", "inner");
    assert_ok(make_link(&g, "dir", "work/l"));
    assert_ok(remove_file(&g, "work/l"));
    assert_ok(look(&g, "work/dir/inner"));
    grove_close(&g);
}

/* ---------------------------------------------------------------- hard links */

static void a_file_with_two_names_is_one_file(void **state)
{
    (void)state;
    grove g;
    open_with_files(&g);
    uint64_t files = g.budget.used[POLICY_files], before = g.budget.used[POLICY_file_bytes];
    assert_ok(hard_link(&g, "work/file", "work/dir/twin", 0));
    vfs_stat a = stat_at(&g, "work/file"), b = stat_at(&g, "work/dir/twin");
    assert_int_equal(a.inode, b.inode);
    assert_int_equal(a.links, 2);
    assert_int_equal(b.links, 2);
    assert_int_equal(g.budget.used[POLICY_files], files);
    assert_in_range(g.budget.used[POLICY_file_bytes], before + 4, before + 200);
    write_file(&g, "work/dir/twin", "changed");
    expect_file(&g, "work/file", "changed");
    assert_ok(rename_path(&g, "work/file", "work/dir/twin")); /* the same file: nothing happens */
    assert_int_equal(stat_at(&g, "work/file").links, 2);
    assert_ok(remove_file(&g, "work/file"));
    expect_file(&g, "work/dir/twin", "changed");
    assert_int_equal(stat_at(&g, "work/dir/twin").links, 1);
    assert_ok(hard_link(&g, "work/dir/twin", "work/file", 0));
    write_file(&g, "work/other", "other");
    assert_ok(rename_path(&g, "work/other", "work/file"));
    assert_int_equal(stat_at(&g, "work/dir/twin").links, 1);
    expect_file(&g, "work/dir/twin", "changed");
    grove_close(&g);
}

static void directories_and_what_is_missing_take_no_hard_link(void **state)
{
    (void)state;
    grove g;
    open_with_files(&g);
    assert_errno(hard_link(&g, "work/dir", "work/d", 0), VFS_EPERM);
    assert_errno(hard_link(&g, "work/dir/", "work/d", 0), VFS_EPERM);
    assert_errno(hard_link(&g, "work/.", "work/d", 0), VFS_EPERM);
    assert_errno(hard_link(&g, "work/dir", "work/file", 0), VFS_EEXIST);
    assert_errno(hard_link(&g, "work/file/", "work/d", 0), VFS_ENOTDIR);
    assert_errno(hard_link(&g, "work/none", "work/d", 0), VFS_ENOENT);
    assert_errno(hard_link(&g, "work/file", "work/file", 0), VFS_EEXIST);
    assert_errno(hard_link(&g, "work/file", "work/none/d", 0), VFS_ENOENT);
    assert_errno(hard_link(&g, "../file", "work/d", 0), VFS_ENOTCAPABLE);
    assert_errno(hard_link(&g, "work/file", "../d", 0), VFS_ENOTCAPABLE);
    assert_errno(hard_link(&g, "/work/file", "work/d", 0), VFS_ENOTCAPABLE);
    assert_errno(look(&g, "work/d"), VFS_ENOENT);
    vfs_node dir = node_at(&g, "/work/dir");
    assert_ok(remove_file(&g, "work/dir/inner"));
    assert_ok(remove_directory(&g, "work/dir"));
    assert_errno(
        vfs_link(g.tree, vfs_tree_root(g.tree), bj_span_of("work/file"), 0, dir, bj_span_of("x")),
        VFS_ENOENT);
    assert_errno(vfs_symlink(g.tree, bj_span_of("x"), dir, bj_span_of("l")), VFS_ENOENT);
    vfs_node_drop(dir);
    grove_close(&g);
}

static void a_symbolic_link_can_have_two_names_or_be_followed(void **state)
{
    (void)state;
    grove g;
    vfs_errno error;
    open_with_files(&g);
    assert_ok(make_link(&g, "file", "work/l"));
    assert_ok(make_link(&g, "none", "work/dangling"));
    assert_ok(hard_link(&g, "work/l", "work/l2", 0));
    assert_int_equal(type_at(&g, "work/l2", &error), VFS_SYMLINK);
    assert_int_equal(stat_at(&g, "work/l").links, 2);
    assert_ok(hard_link(&g, "work/l", "work/f2", VFS_FOLLOW));
    assert_int_equal(type_at(&g, "work/f2", &error), VFS_REGULAR_FILE);
    assert_int_equal(stat_at(&g, "work/file").links, 2);
    assert_ok(hard_link(&g, "work/dangling", "work/dangling2", 0));
    assert_errno(hard_link(&g, "work/dangling", "work/x", VFS_FOLLOW), VFS_ENOENT);
    assert_errno(hard_link(&g, "work/file", "work/dangling", 0), VFS_EEXIST);
    assert_ok(remove_file(&g, "work/l"));
    expect_file(&g, "work/l2", "content");
    grove_close(&g);
}

static void hard_links_do_not_cross_mounts(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    open_with_files(&g);
    grove_make_host(&g);
    host_write(&g, "file", "of the host");
    grove_mount_host(&g, 0);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/work/below", &err), 0);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/other", &err), 0);
    assert_errno(hard_link(&g, "work/file", "other/f", 0), VFS_EXDEV);
    assert_errno(hard_link(&g, "work/file", "work/below/f", 0), VFS_EXDEV);
    assert_errno(hard_link(&g, "data/file", "work/f", 0), VFS_EXDEV);
    assert_errno(hard_link(&g, "work/file", "data/f", 0), VFS_EROFS);
    assert_errno(hard_link(&g, "data/file", "data/f", 0), VFS_EROFS);
    assert_errno(make_link(&g, "file", "data/l"), VFS_EROFS);
    assert_errno(hard_link(&g, "other", "work/o", 0), VFS_EXDEV);
    assert_errno(hard_link(&g, "work/file", "work/below", 0), VFS_EEXIST);
    assert_errno(make_link(&g, "file", "work/below"), VFS_EEXIST);
    grove_close(&g);
}

/* ---------------------------------------------------------------- what they cost */

static void links_are_charged_and_given_back(void **state)
{
    (void)state;
    grove g;
    char path[32];
    open_with_files(&g);
    uint64_t files = g.budget.used[POLICY_files], bytes = g.budget.used[POLICY_file_bytes];
    g.budget.allowed[POLICY_files] = files + 2;
    assert_ok(make_link(&g, "file", "work/l1"));
    assert_ok(make_link(&g, "file", "work/l2"));
    assert_errno(make_link(&g, "file", "work/l3"), VFS_ENOSPC);
    assert_ok(hard_link(&g, "work/l1", "work/l3", 0));
    assert_ok(remove_file(&g, "work/l1"));
    assert_int_equal(g.budget.used[POLICY_files], files + 2);
    assert_ok(remove_file(&g, "work/l2"));
    assert_ok(remove_file(&g, "work/l3"));
    assert_int_equal(g.budget.used[POLICY_files], files);
    assert_int_equal(g.budget.used[POLICY_file_bytes], bytes);
    /* Names and targets are of the bytes: neither can be had without end. */
    g.budget.allowed[POLICY_file_bytes] = bytes + 5000;
    int made = 0;
    while (snprintf(path, sizeof path, "work/n%d", made), hard_link(&g, "work/file", path, 0) == 0)
        made++;
    assert_in_range(made, 10, 60);
    assert_errno(hard_link(&g, "work/file", path, 0), VFS_ENOSPC);
    while (made-- > 0) {
        snprintf(path, sizeof path, "work/n%d", made);
        assert_ok(remove_file(&g, path));
    }
    assert_int_equal(g.budget.used[POLICY_file_bytes], bytes);
    char target[4001];
    memset(target, 't', 4000);
    target[4000] = 0;
    g.budget.allowed[POLICY_file_bytes] = bytes + 4000;
    g.budget.allowed[POLICY_files] = 1000;
    assert_errno(make_link(&g, target, "work/l"), VFS_ENOSPC);
    assert_errno(look(&g, "work/l"), VFS_ENOENT);
    assert_int_equal(g.budget.used[POLICY_file_bytes], bytes);
    assert_int_equal(g.budget.used[POLICY_files], files);
    g.budget.allowed[POLICY_file_bytes] = bytes + 5000;
    assert_ok(make_link(&g, target, "work/l"));
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_made_read_and_followed),
        cmocka_unit_test(a_listing_says_that_it_is_a_link),
        cmocka_unit_test(links_lead_through_directories_and_mounts_but_not_out),
        cmocka_unit_test(absolute_targets_are_refused),
        cmocka_unit_test(a_target_has_the_form_of_a_path),
        cmocka_unit_test(a_name_has_the_form_of_a_name),
        cmocka_unit_test(loops_and_long_chains_end),
        cmocka_unit_test(links_do_not_multiply_the_work_of_a_path),
        cmocka_unit_test(a_dangling_link_is_there_and_leads_nowhere),
        cmocka_unit_test(trailing_slashes_want_the_directory_behind_the_link),
        cmocka_unit_test(links_are_removed_renamed_and_replaced_without_being_followed),
        cmocka_unit_test(a_file_with_two_names_is_one_file),
        cmocka_unit_test(directories_and_what_is_missing_take_no_hard_link),
        cmocka_unit_test(a_symbolic_link_can_have_two_names_or_be_followed),
        cmocka_unit_test(hard_links_do_not_cross_mounts),
        cmocka_unit_test(links_are_charged_and_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
