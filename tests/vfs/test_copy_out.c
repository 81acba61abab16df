/*
 * test_copy_out.c: what the guest left, written to the host and nowhere else.
 */
#include <signal.h>
#include <sys/resource.h>

#include "grove.h"

static void expect_host(const grove *g, const char *name, const char *text)
{
    char bytes[256] = {0};
    FILE *file = fopen(host_path(g, name), "r");
    assert_non_null(file);
    size_t got = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    assert_int_equal(got, strlen(text));
    assert_string_equal(bytes, text);
}

static int64_t copy(grove *g, const char *name, bj_error *err)
{
    return vfs_copy_out(g->tree, "/work", host_path(g, name),
                        &(policy_work){.until_ns = UINT64_MAX}, err);
}

/* Whether a temporary file was left in a directory of the host. */
static bool has_temporary(const grove *g, const char *name)
{
    char command[600];
    snprintf(command, sizeof command, "ls -A %s | grep -q belljar-", host_path(g, name));
    return system(command) == 0;
}

static void files_and_directories_are_copied(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    write_file(&g, "work/a", "text of a");
    assert_ok(make_directory(&g, "work/d"));
    assert_ok(make_directory(&g, "work/d/empty"));
    write_file(&g, "work/d/b", "");
    write_file(&g, "work/\xc3\xa4 b\n", "odd");
    assert_int_equal(copy(&g, "out", &err), 3);
    expect_host(&g, "out/a", "text of a");
    expect_host(&g, "out/d/b", "");
    expect_host(&g, "out/\xc3\xa4 b\n", "odd");
    assert_int_equal(access(host_path(&g, "out/d/empty"), F_OK), 0);
    assert_false(has_temporary(&g, "out"));
    struct stat st;
    assert_int_equal(stat(host_path(&g, "out"), &st), 0);
    assert_int_equal(st.st_mode & 0700, 0700);
    grove_close(&g);
}

static void a_large_file_is_copied_whole(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    vfs_node node;
    size_t moved;
    struct stat st;
    grove_open(&g);
    grove_make_host(&g);
    assert_ok(open_path(&g, "work/large", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, 1000000, "end", 3, &moved));
    vfs_node_drop(node);
    assert_int_equal(copy(&g, "out", &err), 1);
    assert_int_equal(stat(host_path(&g, "out/large"), &st), 0);
    assert_int_equal(st.st_size, 1000003);
    grove_close(&g);
}

static void what_is_there_is_replaced_and_the_rest_stays(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "out");
    host_write(&g, "out/a", "old and longer");
    host_write(&g, "out/other", "stays");
    write_file(&g, "work/a", "new");
    assert_int_equal(copy(&g, "out", &err), 1);
    expect_host(&g, "out/a", "new");
    expect_host(&g, "out/other", "stays");
    grove_close(&g);
}

static void links_in_the_host_directory_are_not_followed(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "out");
    host_mkdir(&g, "outside");
    host_write(&g, "victim", "untouched");
    host_link(&g, "../victim", "out/a");
    write_file(&g, "work/a", "new");
    assert_int_equal(copy(&g, "out", &err), 1);
    expect_host(&g, "victim", "untouched");
    expect_host(&g, "out/a", "new");
    assert_ok(make_directory(&g, "work/d"));
    write_file(&g, "work/d/x", "new");
    host_link(&g, "../outside", "out/d");
    assert_int_equal(copy(&g, "out", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(access(host_path(&g, "outside/x"), F_OK), -1);
    grove_close(&g);
}

static void a_directory_in_the_way_of_a_file_is_an_error(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "out");
    host_mkdir(&g, "out/a");
    write_file(&g, "work/a", "new");
    assert_int_equal(copy(&g, "out", &err), -1);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_false(has_temporary(&g, "out"));
    grove_close(&g);
}

static void a_full_disk_is_an_error_and_leaves_no_temporary_file(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    vfs_node node;
    size_t moved;
    grove_open(&g);
    grove_make_host(&g);
    assert_ok(open_path(&g, "work/large", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, 200000, "end", 3, &moved));
    vfs_node_drop(node);
    /* A limit on file sizes stands for the disk. */
    struct rlimit before, small = {100000, 0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int64_t result = copy(&g, "out", &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -1);
    assert_int_equal(err.sys_errno, EFBIG);
    assert_non_null(strstr(err.message, "large"));
    assert_false(has_temporary(&g, "out"));
    assert_int_equal(access(host_path(&g, "out/large"), F_OK), -1);
    grove_close(&g);
}

static void directories_too_deep_are_an_error(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    vfs_node here = node_at(&g, "/work"), child;
    for (int i = 0; i < 1000; i++) {
        assert_ok(vfs_node_create(here, bj_span_of("d"), VFS_DIRECTORY, &child));
        vfs_node_drop(here);
        here = child;
    }
    vfs_node_drop(here);
    assert_int_equal(copy(&g, "out", &err), -1);
    assert_non_null(strstr(err.message, "deep"));
    grove_close(&g);
}

static void host_mounts_can_be_copied_without_their_links(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "in");
    host_write(&g, "in/a", "text");
    host_link(&g, "/etc/passwd", "in/link");
    assert_int_equal(mkfifo(host_path(&g, "in/fifo"), 0666), 0);
    assert_int_equal(vfs_tree_mount_host(g.tree, host_path(&g, "in"), "/data", 0, &err), 0);
    assert_int_equal(vfs_copy_out(g.tree, "/data", host_path(&g, "out"),
                                  &(policy_work){.until_ns = UINT64_MAX}, &err),
                     1);
    expect_host(&g, "out/a", "text");
    struct stat st;
    assert_int_equal(lstat(host_path(&g, "out/link"), &st), -1);
    assert_int_equal(lstat(host_path(&g, "out/fifo"), &st), -1);
    grove_close(&g);
}

static void read_only_mounts_below_are_left_out(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "in");
    host_write(&g, "in/a", "the host's own");
    assert_int_equal(vfs_tree_mount_host(g.tree, host_path(&g, "in"), "/work/in", 0, &err), 0);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/work/more", &err), 0);
    write_file(&g, "work/more/b", "the guest's");
    assert_int_equal(copy(&g, "out", &err), 1);
    expect_host(&g, "out/more/b", "the guest's");
    assert_int_equal(access(host_path(&g, "out/in"), F_OK), -1);
    grove_close(&g);
}

static void wrong_directories_are_errors(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    write_file(&g, "work/a", "x");
    assert_int_equal(vfs_copy_out(g.tree, "/none", host_path(&g, "out"),
                                  &(policy_work){.until_ns = UINT64_MAX}, &err),
                     -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(vfs_copy_out(g.tree, "/work/a", host_path(&g, "out"),
                                  &(policy_work){.until_ns = UINT64_MAX}, &err),
                     -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(access(host_path(&g, "out"), F_OK), -1);
    assert_int_equal(copy(&g, "none/out", &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    host_write(&g, "file", "");
    assert_int_equal(copy(&g, "file", &err), -1);
    assert_int_equal(err.sys_errno, ENOTDIR);
    grove_close(&g);
}

static void make_link(grove *g, const char *target, const char *path)
{
    assert_ok(vfs_symlink(g->tree, bj_span_of(target), vfs_tree_root(g->tree), bj_span_of(path)));
}

static void links_that_the_guest_made_are_not_followed(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    struct stat st;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "granted");
    host_write(&g, "granted/secret", "of the host");
    host_mkdir(&g, "out");
    char granted[512];
    snprintf(granted, sizeof granted, "%s/granted", g.host);
    assert_int_equal(vfs_tree_mount_host(g.tree, granted, "/data", 0, &err), 0);
    write_file(&g, "work/a", "text of a");
    assert_ok(make_directory(&g, "work/d"));
    make_link(&g, "a", "work/to-file");
    make_link(&g, "d", "work/to-directory");
    make_link(&g, "../data", "work/to-mount");
    make_link(&g, "../../../etc", "work/to-outside");
    make_link(&g, "none", "work/dangling");
    make_link(&g, "loop", "work/d/loop");
    make_link(&g, "..", "work/d/up");
    assert_int_equal(copy(&g, "out", &err), 1);
    expect_host(&g, "out/a", "text of a");
    static const char *const links[] = {"out/to-file",    "out/to-directory", "out/to-mount",
                                        "out/to-outside", "out/dangling",     "out/d/loop",
                                        "out/d/up"};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        assert_int_equal(lstat(host_path(&g, links[i]), &st), -1);
    /* A file of the guest where the host has a link of that name, and the other way round. */
    host_link(&g, "../granted/secret", "out/b");
    host_write(&g, "out/to-file", "stays");
    write_file(&g, "work/b", "text of b");
    assert_int_equal(copy(&g, "out", &err), 2);
    expect_host(&g, "out/b", "text of b");
    expect_host(&g, "out/to-file", "stays");
    expect_host(&g, "granted/secret", "of the host");
    grove_close(&g);
}

static void hard_links_do_not_multiply_what_is_written_without_end(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char name[32];
    static char bytes[10000];
    grove_open(&g);
    grove_make_host(&g);
    memset(bytes, 'x', sizeof bytes - 1);
    write_file(&g, "work/f", bytes);
    vfs_node root = vfs_tree_root(g.tree);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "work/f%d", i);
        assert_ok(vfs_link(g.tree, root, bj_span_of("work/f"), 0, root, bj_span_of(name)));
    }
    assert_int_equal(copy(&g, "all", &err), 21);
    g.budget.allowed[POLICY_file_bytes] = 50000;
    assert_int_equal(copy(&g, "some", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_non_null(strstr(err.message, "hard links"));
    assert_false(has_temporary(&g, "some"));
    grove_close(&g);
}

/* A file of `size` bytes, the last of which are "end". */
static void write_behind_hole(grove *g, const char *path, uint64_t size)
{
    vfs_node node;
    size_t moved;
    assert_ok(open_path(g, path, VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, size - 3, "end", 3, &moved));
    vfs_node_drop(node);
}

static void holes_stay_holes(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    struct stat st;
    vfs_node node;
    char text[8] = {0};
    grove_open(&g);
    grove_make_host(&g);
    write_behind_hole(&g, "work/sparse", 32 << 20);
    assert_ok(open_path(&g, "work/empty", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_resize(node, 10000001));
    vfs_node_drop(node);
    assert_int_equal(copy(&g, "out", &err), 2);
    assert_int_equal(stat(host_path(&g, "out/empty"), &st), 0);
    assert_int_equal(st.st_size, 10000001);
    assert_true(st.st_blocks < 1024); /* of 512 bytes */
    assert_int_equal(stat(host_path(&g, "out/sparse"), &st), 0);
    assert_int_equal(st.st_size, 32 << 20);
    assert_true(st.st_blocks < 1024);
    FILE *file = fopen(host_path(&g, "out/sparse"), "r");
    assert_int_equal(fseek(file, -5, SEEK_END), 0);
    assert_int_equal(fread(text, 1, 8, file), 5);
    fclose(file);
    assert_memory_equal(text, "\0\0end", 5);
    grove_close(&g);
}

/* Not every file system has holes, and nobody wants a file of 4 EiB that a guest made for nothing. */
static void holes_do_not_become_more_than_the_limit_on_files(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    write_behind_hole(&g, "work/sparse", (uint64_t)1 << 62);
    assert_int_equal(copy(&g, "out", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_non_null(strstr(err.message, "file-bytes"));
    assert_false(has_temporary(&g, "out"));
    assert_int_equal(access(host_path(&g, "out/sparse"), F_OK), -1);
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_directories_are_copied),
        cmocka_unit_test(a_large_file_is_copied_whole),
        cmocka_unit_test(what_is_there_is_replaced_and_the_rest_stays),
        cmocka_unit_test(links_in_the_host_directory_are_not_followed),
        cmocka_unit_test(a_directory_in_the_way_of_a_file_is_an_error),
        cmocka_unit_test(a_full_disk_is_an_error_and_leaves_no_temporary_file),
        cmocka_unit_test(directories_too_deep_are_an_error),
        cmocka_unit_test(host_mounts_can_be_copied_without_their_links),
        cmocka_unit_test(read_only_mounts_below_are_left_out),
        cmocka_unit_test(wrong_directories_are_errors),
        cmocka_unit_test(links_that_the_guest_made_are_not_followed),
        cmocka_unit_test(hard_links_do_not_multiply_what_is_written_without_end),
        cmocka_unit_test(holes_stay_holes),
        cmocka_unit_test(holes_do_not_become_more_than_the_limit_on_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
