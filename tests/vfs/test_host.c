/*
 * test_host.c: a directory of the host: nothing is written, nothing but files and directories opened,
 * and no way out while somebody swaps things. With openat2 and without.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "grove.h"

static const unsigned host_flags[] = {0, VFS_HOST_NO_OPENAT2};

#define FOR_BOTH_WAYS(flags)                                                                       \
    for (unsigned way = 0, flags = 0; way < 2 && (flags = host_flags[way], true); way++)

static void every_change_is_erofs(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        grove_open(&g);
        grove_make_host(&g);
        host_write(&g, "file", "content");
        host_mkdir(&g, "dir");
        grove_mount_host(&g, flags);
        write_file(&g, "work/a", "a");
        assert_errno(try_open(&g, "data/new", VFS_CREATE, VFS_WRITE), VFS_EROFS);
        assert_errno(try_open(&g, "data/file", VFS_CREATE, VFS_WRITE), VFS_EROFS);
        assert_errno(try_open(&g, "data/file", 0, VFS_WRITE), VFS_EROFS);
        assert_errno(try_open(&g, "data/file", VFS_TRUNCATE, 0), VFS_EROFS);
        assert_errno(try_open(&g, "data/file", VFS_TRUNCATE, VFS_READ), VFS_EROFS);
        assert_ok(try_open(&g, "data/file", VFS_CREATE, VFS_READ));
        assert_errno(make_directory(&g, "data/new"), VFS_EROFS);
        assert_errno(make_directory(&g, "data/dir"), VFS_EEXIST);
        assert_errno(remove_directory(&g, "data/dir"), VFS_EROFS);
        assert_errno(remove_file(&g, "data/file"), VFS_EROFS);
        assert_errno(rename_path(&g, "data/file", "data/other"), VFS_EROFS);
        assert_errno(rename_path(&g, "work/a", "data/a"), VFS_EROFS);
        assert_errno(rename_path(&g, "data/file", "work/file"), VFS_EROFS);
        vfs_node node = node_at(&g, "/data/file");
        size_t moved;
        assert_errno(vfs_node_write(node, 0, "x", 1, &moved), VFS_EROFS);
        assert_errno(vfs_node_resize(node, 0), VFS_EROFS);
        assert_errno(vfs_node_set_times(node, &(vfs_times){.set_modified = true}), VFS_EROFS);
        vfs_node_drop(node);
        expect_file(&g, "data/file", "content");
        grove_close(&g);
    }
}

static void make_special_files(const grove *g)
{
    assert_int_equal(mkfifo(host_path(g, "fifo"), 0666), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, host_path(g, "socket"));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void fifos_and_sockets_are_seen_but_never_opened(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        vfs_errno error;
        grove_open(&g);
        grove_make_host(&g);
        make_special_files(&g);
        host_link(&g, "fifo", "to-fifo");
        grove_mount_host(&g, flags);
        assert_int_equal(type_at(&g, "data/fifo", &error), VFS_UNKNOWN);
        assert_ok(error);
        assert_int_equal(type_at(&g, "data/socket", &error), VFS_SOCKET_STREAM);
        assert_errno(try_open(&g, "data/fifo", 0, VFS_READ), VFS_EACCES);
        assert_errno(try_open(&g, "data/fifo", 0, VFS_WRITE), VFS_EACCES);
        assert_errno(try_open(&g, "data/to-fifo", VFS_FOLLOW, VFS_READ), VFS_EACCES);
        assert_errno(try_open(&g, "data/socket", 0, VFS_READ), VFS_EACCES);
        assert_errno(try_open(&g, "data/fifo", VFS_CREATE, VFS_WRITE), VFS_EACCES);
        grove_close(&g);
    }
}

static void devices_are_seen_but_never_opened(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        bj_error err;
        vfs_errno error;
        grove_open(&g);
        assert_int_equal(vfs_tree_mount_host(g.tree, "/dev", "/data", flags, &err), 0);
        assert_int_equal(type_at(&g, "data/null", &error), VFS_CHARACTER_DEVICE);
        assert_errno(try_open(&g, "data/null", 0, VFS_READ), VFS_EACCES);
        assert_errno(try_open(&g, "data/zero", VFS_FOLLOW, VFS_READ), VFS_EACCES);
        grove_close(&g);
    }
}

static void a_listing_shows_what_can_be_named(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    grove_make_host(&g);
    host_write(&g, "good", "");
    host_write(&g, "bad-\xff", "");
    grove_mount_host(&g, 0);
    vfs_node node = node_at(&g, "/data");
    name_list list = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_string_equal(list.text, "good ");
    assert_errno(vfs_node_readdir(node, UINT64_MAX, list_name, &list), VFS_EINVAL);
    vfs_node_drop(node);
    grove_close(&g);
}

static void a_listing_goes_on_after_its_cookie(void **state)
{
    (void)state;
    grove g;
    char name[16];
    grove_open(&g);
    grove_make_host(&g);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "f%03d", i);
        host_write(&g, name, "");
    }
    grove_mount_host(&g, 0);
    vfs_node node = node_at(&g, "/data");
    int seen = 0;
    for (name_list list = {.left = 7};; seen++) {
        list.text[0] = 0;
        list.left = 1;
        assert_ok(vfs_node_readdir(node, list.last, list_name, &list));
        if (list.text[0] == 0)
            break;
    }
    assert_int_equal(seen, 500);
    vfs_node_drop(node);
    grove_close(&g);
}

/* ---------------------------------------------------------------- listings in order */

static void open_many(grove *g, int count)
{
    char name[16];
    grove_open(g);
    grove_make_host(g);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "f%04d", i * 7919 % count); /* a prime */
        host_write(g, name, "");
    }
    g->budget.world.own = true;
    grove_mount_host(g, VFS_HOST_WRITABLE);
}

typedef struct looks {
    unsigned count, most;
} looks;

static bool count_looks(void *user)
{
    looks *l = user;
    return l->count++ >= l->most;
}

/* Lists one name at a time, and removes each. How many there were. */
static int list_one_by_one(vfs_node node, bool removing)
{
    char before[64] = "";
    int seen = 0;
    for (name_list list = {0};; seen++) {
        list.text[0] = 0;
        list.left = 1;
        assert_ok(vfs_node_readdir(node, list.last, list_name, &list));
        if (list.text[0] == 0)
            return seen;
        list.text[strlen(list.text) - 1] = 0;
        assert_true(strcmp(before, list.text) < 0);
        strcpy(before, list.text);
        if (removing)
            assert_ok(vfs_node_unlink(node, bj_span_of(list.text)));
    }
}

static void a_listing_in_order_costs_the_same_in_any_number_of_pieces(void **state)
{
    (void)state;
    grove g;
    open_many(&g, 3000);
    vfs_node node = node_at(&g, "/data");
    looks once = {.most = 1000000}, pieces = once;
    policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &once};
    name_list list = {.left = 1};
    g.budget.work = &work;
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_true(once.count > 10);
    work.cost = 0;
    work.user = &pieces;
    assert_int_equal(list_one_by_one(node, false), 3000);
    assert_int_equal(pieces.count, once.count);
    vfs_node_drop(node);
    grove_close(&g);
}

static void a_listing_in_order_misses_nothing_where_names_go(void **state)
{
    (void)state;
    grove g;
    open_many(&g, 300);
    vfs_node node = node_at(&g, "/data");
    assert_int_equal(list_one_by_one(node, true), 300);
    assert_int_equal(list_one_by_one(node, false), 0);
    vfs_node_drop(node);
    grove_close(&g);
}

static void a_listing_in_order_is_memory_of_the_guest(void **state)
{
    (void)state;
    grove g;
    open_many(&g, 300);
    vfs_node node = node_at(&g, "/data"), another;
    assert_int_equal(list_one_by_one(node, false), 300);
    assert_true(g.budget.host_bytes > 300 * 6);
    const uint64_t held = g.budget.host_bytes;
    assert_int_equal(list_one_by_one(node, false), 300);
    assert_int_equal(g.budget.host_bytes, held);
    g.budget.guest_bytes = g.budget.allowed[POLICY_memory_bytes] - held - 10;
    name_list list = {.left = 1};
    assert_ok(vfs_open(g.tree, vfs_tree_root(g.tree), bj_span_of("data/."), 0, VFS_READ, &another));
    assert_ok(vfs_node_readdir(node, 5, list_name, &list));
    vfs_node_drop(node);
    g.budget.guest_bytes = g.budget.allowed[POLICY_memory_bytes] - 1000;
    assert_errno(vfs_node_readdir(another, 0, list_name, &list), VFS_ENOMEM);
    assert_int_equal(g.budget.host_bytes, 0);
    g.budget.guest_bytes = 0;
    vfs_node_drop(another);
    grove_close(&g);
    assert_int_equal(g.budget.host_bytes, 0);
}

static void a_listing_in_order_ends_when_its_work_is_over(void **state)
{
    (void)state;
    grove g;
    open_many(&g, 3000);
    vfs_node node = node_at(&g, "/data");
    for (unsigned most = 0; most < 10; most++) {
        looks l = {.most = most};
        policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &l};
        name_list list = {.left = 1};
        g.budget.work = &work;
        assert_errno(vfs_node_readdir(node, 0, list_name, &list), VFS_EINTR);
        assert_int_equal(l.count, most + 1);
        assert_int_equal(g.budget.host_bytes, 0);
    }
    g.budget.work = NULL;
    vfs_node_drop(node);
    grove_close(&g);
}

static void a_missing_directory_or_a_file_cannot_be_mounted(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    host_write(&g, "file", "");
    assert_int_equal(vfs_tree_mount_host(g.tree, host_path(&g, "none"), "/d", 0, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(vfs_tree_mount_host(g.tree, host_path(&g, "file"), "/d", 0, &err), -1);
    assert_int_equal(err.sys_errno, ENOTDIR);
    assert_errno(look(&g, "d"), VFS_ENOENT);
    grove_close(&g);
}

static void inode_numbers_are_mixed_and_the_device_is_the_mount(void **state)
{
    (void)state;
    grove g;
    vfs_stat stat;
    struct stat host;
    grove_open(&g);
    grove_make_host(&g);
    host_write(&g, "file", "content");
    grove_mount_host(&g, 0);
    vfs_node node = node_at(&g, "/data/file");
    assert_ok(vfs_node_stat(node, &stat));
    assert_int_equal(lstat(host_path(&g, "file"), &host), 0);
    assert_int_equal(stat.size, 7);
    assert_int_equal(stat.modified_ns / 1000000000u, (uint64_t)host.st_mtim.tv_sec);
    assert_true(stat.inode != host.st_ino);
    assert_true(stat.device < 100);
    vfs_node_drop(node);
    grove_close(&g);
}

static void a_file_that_is_open_stays_itself(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        vfs_node node;
        char bytes[16];
        size_t moved;
        grove_open(&g);
        grove_make_host(&g);
        host_write(&g, "file", "content");
        grove_mount_host(&g, flags);
        assert_ok(open_path(&g, "data/file", 0, VFS_READ, &node));
        unlink(host_path(&g, "file"));
        host_link(&g, "/etc/passwd", "file");
        assert_ok(vfs_node_read(node, 3, bytes, 16, &moved));
        assert_int_equal(moved, 4);
        assert_memory_equal(bytes, "tent", 4);
        assert_ok(vfs_node_read(node, UINT64_MAX, bytes, 16, &moved));
        assert_int_equal(moved, 0);
        vfs_node_drop(node);
        grove_close(&g);
    }
}

typedef struct descriptors {
    bool open[1024];
} descriptors;

static descriptors open_descriptors(void)
{
    descriptors all;
    for (int fd = 0; fd < 1024; fd++)
        all.open[fd] = fcntl(fd, F_GETFD) >= 0;
    return all;
}

static void no_descriptor_is_left_behind_and_none_is_inherited(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g;
        const descriptors before = open_descriptors();
        grove_open(&g);
        grove_make_host(&g);
        host_mkdir(&g, "dir");
        host_write(&g, "dir/file", "content");
        host_link(&g, "dir", "link");
        host_link(&g, "link/..", "loop");
        grove_mount_host(&g, flags);
        for (int i = 0; i < 50; i++) {
            (void)look(&g, "data/dir/file/");
            (void)look(&g, "data/link/../loop/dir/none");
            (void)try_open(&g, "data/dir/file", VFS_DIRECTORY_ONLY, VFS_READ);
            expect_file(&g, "data/loop/link/file", "content");
        }
        vfs_node node;
        assert_ok(open_path(&g, "data/dir/file", 0, VFS_READ, &node));
        for (int fd = 0; fd < 1024; fd++)
            if (!before.open[fd] && fcntl(fd, F_GETFD) >= 0)
                assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        vfs_node_drop(node);
        grove_close(&g);
        const descriptors after = open_descriptors();
        assert_memory_equal(&after, &before, sizeof before);
    }
}

/* ---------------------------------------------------------------- swapped while the guest looks */

typedef struct swapper {
    char swapped[512], directory[512], link[512];
    atomic_bool done;
} swapper;

/* `swapped` is a directory and a link to the outside in turn, exchanged in one step. */
static void *swap_on_and_on(void *user)
{
    swapper *s = user;
    while (!atomic_load(&s->done)) {
        renameat2(AT_FDCWD, s->swapped, AT_FDCWD, s->link, RENAME_EXCHANGE);
        renameat2(AT_FDCWD, s->swapped, AT_FDCWD, s->directory, RENAME_EXCHANGE);
    }
    return NULL;
}

static void a_directory_swapped_for_a_link_never_leads_out(void **state)
{
    (void)state;
    FOR_BOTH_WAYS(flags)
    {
        grove g, outside;
        grove_open(&g);
        grove_make_host(&g);
        grove_open(&outside);
        grove_make_host(&outside);
        host_write(&outside, "file", "SECRET");
        host_mkdir(&g, "swapped");
        host_mkdir(&g, "other");
        host_write(&g, "swapped/file", "public");
        host_write(&g, "other/file", "public");
        host_link(&g, outside.host, "link");
        grove_mount_host(&g, flags);
        swapper s = {0};
        strcpy(s.swapped, host_path(&g, "swapped"));
        strcpy(s.directory, host_path(&g, "other"));
        strcpy(s.link, host_path(&g, "link"));
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, swap_on_and_on, &s), 0);
        for (int i = 0; i < 20000; i++) {
            vfs_node node;
            char bytes[8];
            size_t moved = 0;
            if (open_path(&g, "data/swapped/file", VFS_FOLLOW, VFS_READ, &node) != VFS_OK)
                continue;
            assert_ok(vfs_node_read(node, 0, bytes, 8, &moved));
            assert_memory_equal(bytes, "public", 6);
            vfs_node_drop(node);
        }
        atomic_store(&s.done, true);
        pthread_join(thread, NULL);
        grove_close(&g);
        grove_close(&outside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_erofs),
        cmocka_unit_test(fifos_and_sockets_are_seen_but_never_opened),
        cmocka_unit_test(devices_are_seen_but_never_opened),
        cmocka_unit_test(a_listing_shows_what_can_be_named),
        cmocka_unit_test(a_listing_goes_on_after_its_cookie),
        cmocka_unit_test(a_listing_in_order_costs_the_same_in_any_number_of_pieces),
        cmocka_unit_test(a_listing_in_order_misses_nothing_where_names_go),
        cmocka_unit_test(a_listing_in_order_is_memory_of_the_guest),
        cmocka_unit_test(a_listing_in_order_ends_when_its_work_is_over),
        cmocka_unit_test(a_missing_directory_or_a_file_cannot_be_mounted),
        cmocka_unit_test(inode_numbers_are_mixed_and_the_device_is_the_mount),
        cmocka_unit_test(a_file_that_is_open_stays_itself),
        cmocka_unit_test(no_descriptor_is_left_behind_and_none_is_inherited),
        cmocka_unit_test(a_directory_swapped_for_a_link_never_leads_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
