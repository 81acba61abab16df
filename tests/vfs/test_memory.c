/*
 * test_memory.c: the read-write layer, what it charges, and what it does without memory.
 *
 * The allocator of this program fails on demand (-Wl,--wrap), so that each allocation of a sequence of
 * operations can be made the one that fails.
 */
#include "grove.h"
#include "vfs/changes/changes.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations_left = -1; /* negative: no end */

static bool may_allocate(void)
{
    return allocations_left < 0 || allocations_left-- > 0 || (allocations_left = 0, false);
}

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return may_allocate() ? __real_realloc(old, size) : NULL;
}

static void a_file_keeps_what_was_written(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "hello");
    expect_file(&g, "work/a", "hello");
    write_file(&g, "work/a", "bye");
    expect_file(&g, "work/a", "bye");
    grove_close(&g);
}

static void a_removed_file_lives_while_it_is_held(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "hello");
    vfs_node node;
    vfs_stat stat;
    char bytes[8];
    size_t moved;
    assert_ok(open_path(&g, "work/a", 0, VFS_READ, &node));
    assert_ok(remove_file(&g, "work/a"));
    assert_errno(look(&g, "work/a"), VFS_ENOENT);
    assert_ok(vfs_node_read(node, 0, bytes, 8, &moved));
    assert_memory_equal(bytes, "hello", 5);
    assert_ok(vfs_node_stat(node, &stat));
    assert_int_equal(stat.links, 0);
    assert_int_equal(g.budget.used[POLICY_files], 1);
    vfs_node_drop(node);
    assert_int_equal(g.budget.used[POLICY_files], 0);
    assert_int_equal(g.budget.used[POLICY_file_bytes], 0);
    grove_close(&g);
}

static void nothing_can_be_made_in_a_removed_directory(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_ok(make_directory(&g, "work/d"));
    vfs_node node = node_at(&g, "/work/d"), child;
    assert_ok(remove_directory(&g, "work/d"));
    assert_errno(vfs_open(g.tree, node, bj_span_of("x"), VFS_CREATE, VFS_WRITE, &child),
                 VFS_ENOENT);
    assert_errno(vfs_make_directory(g.tree, node, bj_span_of("x")), VFS_ENOENT);
    write_file(&g, "work/f", "");
    assert_errno(
        vfs_rename(g.tree, vfs_tree_root(g.tree), bj_span_of("work/f"), node, bj_span_of("x")),
        VFS_ENOENT);
    vfs_node_drop(node);
    grove_close(&g);
}

static void the_number_of_files_is_limited(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    g.budget.allowed[POLICY_files] = 2;
    assert_ok(make_directory(&g, "work/d"));
    write_file(&g, "work/d/a", "");
    assert_errno(make_directory(&g, "work/e"), VFS_ENOSPC);
    assert_errno(try_open(&g, "work/b", VFS_CREATE, VFS_WRITE), VFS_ENOSPC);
    assert_ok(remove_file(&g, "work/d/a"));
    assert_ok(try_open(&g, "work/b", VFS_CREATE, VFS_WRITE));
    grove_close(&g);
}

static void names_count_towards_the_bytes(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    g.budget.allowed[POLICY_file_bytes] = 1000;
    int made = 0;
    char name[32];
    while (snprintf(name, sizeof name, "work/file-%d", made),
           try_open(&g, name, VFS_CREATE, VFS_WRITE) == VFS_OK)
        made++;
    assert_in_range(made, 1, 5);
    assert_true(g.budget.used[POLICY_file_bytes] <= 1000);
    assert_errno(try_open(&g, name, VFS_CREATE, VFS_WRITE), VFS_ENOSPC);
    grove_close(&g);
}

static void a_listing_has_dots_first_and_goes_on_after_its_cookie(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/c", "");
    write_file(&g, "work/a", "");
    assert_ok(make_directory(&g, "work/b"));
    vfs_node node = node_at(&g, "/work");
    name_list list = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_int_equal(strlen(list.text), strlen("a b c "));
    for (const char *name = "abc"; *name; name++)
        assert_non_null(strchr(list.text, *name));
    name_list half = {.left = 1}, rest = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &half));
    char first[16] = "work/";
    first[5] = half.text[0];
    assert_ok(list.text[0] == 'b' ? remove_directory(&g, first) : remove_file(&g, first));
    assert_ok(vfs_node_readdir(node, half.last, list_name, &rest));
    assert_string_equal(rest.text, list.text + 2);
    name_list none = {.left = -1};
    assert_ok(vfs_node_readdir(node, UINT64_MAX, list_name, &none));
    assert_string_equal(none.text, "");
    vfs_node_drop(node);
    grove_close(&g);
}

static void times_change_with_writes_and_can_be_set(void **state)
{
    (void)state;
    grove g;
    vfs_stat stat;
    grove_open(&g);
    write_file(&g, "work/a", "x");
    vfs_node node = node_at(&g, "/work/a");
    assert_ok(vfs_node_stat(node, &stat));
    assert_true(stat.modified_ns > 1700000000ull * 1000000000ull);
    assert_ok(vfs_node_set_times(
        node, &(vfs_times){.set_modified = true, .modified_ns = 5, .accessed_ns = 7}));
    assert_ok(vfs_node_stat(node, &stat));
    assert_int_equal(stat.modified_ns, 5);
    assert_int_not_equal(stat.accessed_ns, 7);
    size_t moved;
    assert_ok(vfs_node_write(node, 0, "y", 1, &moved));
    assert_ok(vfs_node_stat(node, &stat));
    assert_true(stat.modified_ns > 5);
    vfs_node_drop(node);
    grove_close(&g);
}

/* ---------------------------------------------------------------- rename */

static void rename_replaces_as_posix_has_it(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "a");
    write_file(&g, "work/b", "b");
    assert_ok(make_directory(&g, "work/d"));
    assert_ok(make_directory(&g, "work/e"));
    write_file(&g, "work/e/x", "x");
    assert_ok(rename_path(&g, "work/a", "work/b"));
    expect_file(&g, "work/b", "a");
    assert_errno(look(&g, "work/a"), VFS_ENOENT);
    assert_ok(rename_path(&g, "work/b", "work/b"));
    assert_errno(rename_path(&g, "work/b", "work/d"), VFS_EISDIR);
    assert_errno(rename_path(&g, "work/d", "work/b"), VFS_ENOTDIR);
    assert_errno(rename_path(&g, "work/d", "work/e"), VFS_ENOTEMPTY);
    assert_ok(rename_path(&g, "work/e", "work/d"));
    expect_file(&g, "work/d/x", "x");
    assert_errno(rename_path(&g, "work/none", "work/b"), VFS_ENOENT);
    assert_ok(rename_path(&g, "work/d/x", "work/y"));
    assert_ok(rename_path(&g, "work/d/", "work/z/"));
    assert_errno(rename_path(&g, "work/y", "work/w/"), VFS_ENOTDIR);
    grove_close(&g);
}

static void a_directory_cannot_be_moved_into_itself(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    assert_ok(make_directory(&g, "work/a"));
    assert_ok(make_directory(&g, "work/a/b"));
    assert_ok(make_directory(&g, "work/a/b/c"));
    assert_errno(rename_path(&g, "work/a", "work/a/x"), VFS_EINVAL);
    assert_errno(rename_path(&g, "work/a", "work/a/b/c/x"), VFS_EINVAL);
    assert_ok(rename_path(&g, "work/a/b/c", "work/c"));
    assert_ok(rename_path(&g, "work/a", "work/c/a"));
    assert_errno(rename_path(&g, "work/c", "work/c/a/b/x"), VFS_EINVAL);
    grove_close(&g);
}

static void a_replaced_file_lives_while_it_is_held(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    write_file(&g, "work/a", "new");
    write_file(&g, "work/b", "old");
    vfs_node node = node_at(&g, "/work/b");
    assert_ok(rename_path(&g, "work/a", "work/b"));
    char bytes[8];
    size_t moved;
    assert_ok(vfs_node_read(node, 0, bytes, 8, &moved));
    assert_memory_equal(bytes, "old", 3);
    assert_int_equal(g.budget.used[POLICY_files], 2);
    vfs_node_drop(node);
    assert_int_equal(g.budget.used[POLICY_files], 1);
    grove_close(&g);
}

/* ---------------------------------------------------------------- out of memory */

/* Many kinds of change; each may fail, none may break anything. */
static void busy_life(grove *g)
{
    char path[64];
    (void)!make_directory(g, "work/d");
    for (int i = 0; i < 30; i++) {
        vfs_node node;
        size_t moved;
        snprintf(path, sizeof path, i % 2 ? "work/d/file-%d" : "work/file-%d", i);
        if (open_path(g, path, VFS_CREATE, VFS_WRITE, &node) != VFS_OK)
            continue;
        (void)!vfs_node_write(node, (uint64_t)i * 9000, "some bytes", 10, &moved);
        vfs_node_drop(node);
    }
    vfs_node root = vfs_tree_root(g->tree);
    (void)!vfs_symlink(g->tree, bj_span_of("file-4"), root, bj_span_of("work/link"));
    (void)!vfs_link(g->tree, root, bj_span_of("work/link"), VFS_FOLLOW, root, bj_span_of("work/n"));
    (void)!try_open(g, "work/link", VFS_FOLLOW, VFS_READ);
    (void)!rename_path(g, "work/d", "work/e");
    (void)!rename_path(g, "work/file-0", "work/e/file-1");
    (void)!rename_path(g, "work/file-2", "work/another");
    for (int i = 0; i < 30; i += 4) {
        snprintf(path, sizeof path, "work/file-%d", i);
        (void)!remove_file(g, path);
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long allowed = 0; allowed < 150; allowed++) {
        grove g;
        grove_open(&g);
        allocations_left = allowed;
        busy_life(&g);
        allocations_left = -1;
        busy_life(&g);
        grove_close(&g);
    }
}

/* The same where everything is shared with another tree, so that each change copies first. */
static void every_allocation_may_fail_in_a_fork(void **state)
{
    (void)state;
    for (long allowed = 0; allowed < 150; allowed++) {
        grove g;
        bj_error err;
        policy_budget budget;
        grove_open(&g);
        busy_life(&g);
        const uint64_t files = g.budget.used[POLICY_files];
        const uint64_t bytes = g.budget.used[POLICY_file_bytes];
        grove_limits(&budget);
        grove fork = {.tree = vfs_tree_fork(g.tree, VFS_NOW, &budget, &err)};
        assert_non_null(fork.tree);
        assert_int_equal(budget.used[POLICY_files], files);
        assert_int_equal(budget.used[POLICY_file_bytes], bytes);
        allocations_left = allowed;
        busy_life(&fork);
        allocations_left = -1;
        busy_life(&fork);
        assert_int_equal(g.budget.used[POLICY_files], files);
        assert_ok(try_open(&g, "work/e/file-3", 0, VFS_READ));
        vfs_tree_release(fork.tree);
        assert_int_equal(budget.used[POLICY_files], 0);
        assert_int_equal(budget.used[POLICY_file_bytes], 0);
        assert_int_equal(budget.host_bytes, 0);
        grove_close(&g);
    }
}

static void a_fork_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    policy_budget budget;
    grove_open(&g);
    assert_int_equal(vfs_tree_mount_devices(g.tree, "/dev", &err), 0);
    busy_life(&g);
    for (long allowed = 0; allowed < 30; allowed++) {
        grove_limits(&budget);
        allocations_left = allowed;
        vfs_tree *fork = vfs_tree_fork(g.tree, VFS_NOW, &budget, &err);
        allocations_left = -1;
        if (!fork)
            assert_int_equal(err.code, BJ_ERROR_MEMORY);
        vfs_tree_release(fork);
        assert_int_equal(budget.used[POLICY_files], 0);
    }
    grove_limits(&budget);
    budget.allowed[POLICY_files] = 3;
    assert_null(vfs_tree_fork(g.tree, VFS_NOW, &budget, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(budget.used[POLICY_files], 0);
    grove_close(&g);
}

static void a_tree_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    policy_budget budget;
    bj_error err;
    grove_limits(&budget);
    for (long allowed = 0; allowed < 12; allowed++) {
        allocations_left = allowed;
        vfs_tree *tree = vfs_tree_new(&budget);
        int mounted = tree ? vfs_tree_mount_memory(tree, "/a/b/c", &err) : -1;
        int nested = mounted == 0 ? vfs_tree_mount_memory(tree, "/a/b/c/d", &err) : -1;
        allocations_left = -1;
        if (tree && mounted < 0)
            assert_int_equal(err.code, BJ_ERROR_MEMORY);
        if (nested == 0)
            allowed = 100;
        vfs_tree_release(tree);
        assert_int_equal(budget.used[POLICY_files], 0);
        assert_int_equal(budget.used[POLICY_file_bytes], 0);
    }
}

/* Whichever allocation fails: what is listed is true, and the list says where it is not all. */
static void changes_are_marked_where_memory_runs_out(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char name[64];
    grove_open(&g);
    grove_make_host(&g);
    host_write(&g, "old", "text");
    assert_int_equal(vfs_tree_mount_overlay(g.tree, g.host, "/over", 0, &err), 0);
    write_file(&g, "work/base", "text");
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "work/file-%u", i);
        write_file(&g, name, "text");
        snprintf(name, sizeof name, "over/link-%u", i);
        assert_ok(vfs_link(g.tree, vfs_tree_root(g.tree), bj_span_of("over/old"), 0,
                           vfs_tree_root(g.tree), bj_span_of(name)));
    }
    bool complete = false;
    for (long allowed = 0; !complete; allowed++) {
        vfs_changes changes;
        policy_work work = policy_work_unlimited();
        allocations_left = allowed;
        vfs_tree_changes(g.tree, VFS_MARK, true, &work, &changes);
        complete = allocations_left > 0;
        allocations_left = -1;
        if (changes.files == POLICY_FINISHED)
            assert_int_equal(changes.count, 200);
        else
            assert_int_equal(changes.files, POLICY_UNFINISHED_memory);
        for (size_t i = 0; i < changes.count; i++) {
            assert_int_equal(changes.items[i].kind, BJ_CREATED);
            assert_true(changes.items[i].has_digest || changes.files != POLICY_FINISHED ||
                        changes.digests == POLICY_UNFINISHED_memory);
        }
        assert_false(complete &&
                     (changes.files != POLICY_FINISHED || changes.digests != POLICY_FINISHED));
        vfs_changes_clear(&changes);
    }
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_marked_where_memory_runs_out),
        cmocka_unit_test(a_file_keeps_what_was_written),
        cmocka_unit_test(a_removed_file_lives_while_it_is_held),
        cmocka_unit_test(nothing_can_be_made_in_a_removed_directory),
        cmocka_unit_test(the_number_of_files_is_limited),
        cmocka_unit_test(names_count_towards_the_bytes),
        cmocka_unit_test(a_listing_has_dots_first_and_goes_on_after_its_cookie),
        cmocka_unit_test(times_change_with_writes_and_can_be_set),
        cmocka_unit_test(rename_replaces_as_posix_has_it),
        cmocka_unit_test(a_directory_cannot_be_moved_into_itself),
        cmocka_unit_test(a_replaced_file_lives_while_it_is_held),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_may_fail_in_a_fork),
        cmocka_unit_test(a_fork_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_tree_is_made_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
