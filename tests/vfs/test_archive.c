/*
 * test_archive.c: zip files as trees, and zip files that are attacks.
 */
#include <pthread.h>

#include "zipper.h"

static vfs_archive *open_archive(const grove *g, bj_error *err)
{
    return vfs_archive_open(host_path(g, "a.zip"), err);
}

/* A grove with the members mounted at /lib. */
static void open_with(grove *g, const zip_member *members, size_t count)
{
    zipper z = {0};
    bj_error err;
    grove_open(g);
    grove_make_host(g);
    for (size_t i = 0; i < count; i++)
        zip_add(&z, &members[i]);
    zip_finish(&z);
    zip_save(g, &z, "a.zip");
    vfs_archive *archive = open_archive(g, &err);
    if (!archive)
        fail_msg("%s", err.message);
    assert_int_equal(vfs_tree_mount_archive(g->tree, archive, "/lib", &err), 0);
    vfs_archive_release(archive);
}

/* That an archive of these members is refused with a message that has `part` in it. */
static void refuse(const zip_member *members, size_t count, const char *part)
{
    grove g;
    zipper z = {0};
    bj_error err = {0};
    grove_open(&g);
    grove_make_host(&g);
    for (size_t i = 0; i < count; i++)
        zip_add(&z, &members[i]);
    zip_finish(&z);
    zip_save(&g, &z, "a.zip");
    vfs_archive *archive = open_archive(&g, &err);
    assert_null(archive);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    grove_close(&g);
}

#define REFUSE(part, ...)                                                                          \
    do {                                                                                           \
        const zip_member members_[] = {__VA_ARGS__};                                               \
        refuse(members_, sizeof members_ / sizeof members_[0], part);                              \
    } while (0)

#define OPEN_WITH(g, ...)                                                                          \
    do {                                                                                           \
        const zip_member members_[] = {__VA_ARGS__};                                               \
        open_with(g, members_, sizeof members_ / sizeof members_[0]);                              \
    } while (0)

/* Opens and reads; the error of the read. */
static vfs_errno read_error(grove *g, const char *path)
{
    char bytes[16];
    size_t moved;
    vfs_node node;
    assert_ok(open_path(g, path, 0, VFS_READ, &node));
    vfs_errno error = vfs_node_read(node, 0, bytes, sizeof bytes, &moved);
    if (error != VFS_OK)
        assert_int_equal(moved, 0);
    vfs_node_drop(node);
    return error;
}

/* ---------------------------------------------------------------- sound ones */

static void stored_and_deflated_entries_are_read(void **state)
{
    (void)state;
    grove g;
    OPEN_WITH(&g, {.name = "a.txt", .content = "stored"},
              {.name = "p/q/b.txt", .content = "deflated deflated", .deflated = true},
              {.name = "p/empty", .content = "", .deflated = true}, {.name = "d/"});
    expect_file(&g, "lib/a.txt", "stored");
    expect_file(&g, "lib/p/q/b.txt", "deflated deflated");
    expect_file(&g, "lib/p/q/b.txt", "deflated deflated");
    expect_file(&g, "lib/p/empty", "");
    expect_file(&g, "lib/d/../p/q/../../a.txt", "stored");
    assert_errno(look(&g, "lib/none"), VFS_ENOENT);
    assert_errno(look(&g, "lib/a.txt/x"), VFS_ENOTDIR);
    assert_errno(look(&g, "lib/p/q/b.txt/"), VFS_ENOTDIR);
    assert_ok(look(&g, "lib/d/"));
    grove_close(&g);
}

static void reads_at_any_offset_agree(void **state)
{
    (void)state;
    grove g;
    static char text[200001];
    for (size_t i = 0; i < 200000; i++)
        text[i] = (char)('a' + i * i % 26);
    OPEN_WITH(&g, {.name = "s", .content = text}, {.name = "d", .content = text, .deflated = true});
    const char *const paths[] = {"lib/s", "lib/d"};
    for (int i = 0; i < 2; i++) {
        vfs_node node;
        char bytes[100];
        size_t moved;
        assert_ok(open_path(&g, paths[i], 0, VFS_READ, &node));
        for (uint64_t offset = 199990; offset > 0; offset /= 3) {
            assert_ok(vfs_node_read(node, offset, bytes, 100, &moved));
            assert_int_equal(moved, offset > 199900 ? 200000 - offset : 100);
            assert_memory_equal(bytes, text + offset, moved);
        }
        assert_ok(vfs_node_read(node, 200000, bytes, 100, &moved));
        assert_int_equal(moved, 0);
        assert_ok(vfs_node_read(node, UINT64_MAX, bytes, 100, &moved));
        assert_int_equal(moved, 0);
        vfs_node_drop(node);
    }
    grove_close(&g);
}

static void listings_have_every_child_once(void **state)
{
    (void)state;
    grove g;
    OPEN_WITH(&g, {.name = "p/b"}, {.name = "p/a"}, {.name = "q"}, {.name = "p/r/c"},
              {.name = "p/"});
    vfs_node node = node_at(&g, "/lib/p");
    name_list list = {.left = -1}, first = {.left = 1}, rest = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_string_equal(list.text, "b a r ");
    assert_ok(vfs_node_readdir(node, 0, list_name, &first));
    assert_ok(vfs_node_readdir(node, first.last, list_name, &rest));
    assert_string_equal(rest.text, "a r ");
    name_list none = {.left = -1};
    assert_ok(vfs_node_readdir(node, UINT64_MAX, list_name, &none));
    assert_string_equal(none.text, "");
    vfs_node_drop(node);
    grove_close(&g);
}

static void times_and_sizes_are_those_of_the_entry(void **state)
{
    (void)state;
    grove g;
    vfs_stat stat;
    OPEN_WITH(&g, {.name = "a", .content = "12345", .deflated = true});
    vfs_node node = node_at(&g, "/lib/a");
    assert_ok(vfs_node_stat(node, &stat));
    assert_int_equal(stat.size, 5);
    assert_int_equal(stat.modified_ns / 1000000000u, 1735731120); /* 2025-01-01 11:32:00 UTC */
    assert_int_equal(stat.type, VFS_REGULAR_FILE);
    vfs_node_drop(node);
    grove_close(&g);
}

static void every_change_is_erofs(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    OPEN_WITH(&g, {.name = "a", .content = "x"}, {.name = "d/"});
    assert_errno(try_open(&g, "lib/a", 0, VFS_WRITE), VFS_EROFS);
    assert_errno(try_open(&g, "lib/a", VFS_TRUNCATE, 0), VFS_EROFS);
    assert_errno(try_open(&g, "lib/b", VFS_CREATE, VFS_WRITE), VFS_EROFS);
    assert_errno(remove_file(&g, "lib/a"), VFS_EROFS);
    assert_errno(remove_directory(&g, "lib/d"), VFS_EROFS);
    assert_errno(make_directory(&g, "lib/e"), VFS_EROFS);
    assert_errno(rename_path(&g, "lib/a", "lib/b"), VFS_EROFS);
    assert_int_equal(vfs_tree_mount_memory(g.tree, "/lib/d", &err), -1);
    grove_close(&g);
}

static void an_empty_archive_is_an_empty_directory(void **state)
{
    (void)state;
    grove g;
    open_with(&g, NULL, 0);
    assert_ok(look(&g, "lib/"));
    assert_errno(look(&g, "lib/x"), VFS_ENOENT);
    grove_close(&g);
}

static void ten_thousand_entries_are_found(void **state)
{
    (void)state;
    grove g;
    static char names[10000][24];
    static zip_member members[10000];
    for (int i = 0; i < 10000; i++) {
        snprintf(names[i], sizeof names[i], "d%d/e%d/f%d", i % 7, i % 100, i);
        members[i] = (zip_member){.name = names[i], .content = names[i]};
    }
    open_with(&g, members, 10000);
    for (int i = 0; i < 10000; i += 37) {
        char path[32];
        snprintf(path, sizeof path, "lib/%s", names[i]);
        expect_file(&g, path, names[i]);
    }
    grove_close(&g);
}

/* ---------------------------------------------------------------- shared by threads */

static void *read_everything(void *user)
{
    vfs_archive *archive = user;
    grove g;
    bj_error err;
    grove_open(&g);
    assert_int_equal(vfs_tree_mount_archive(g.tree, archive, "/lib", &err), 0);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 12; i++) {
            char path[16], bytes[8];
            size_t moved;
            vfs_node node;
            snprintf(path, sizeof path, "lib/f%d", (i * 5 + round) % 12);
            assert_ok(open_path(&g, path, 0, VFS_READ, &node));
            assert_ok(vfs_node_read(node, 9999990, bytes, 8, &moved));
            assert_int_equal(moved, 8);
            vfs_node_drop(node);
        }
    grove_close(&g);
    return NULL;
}

/* Twelve entries of 10 MB: more than the cache holds, so that entries go while others are read. */
static void threads_share_an_archive_and_its_cache(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    zipper z = {0};
    char *content = calloc(1, 10000000);
    static char names[12][4];
    pthread_t threads[4];
    grove_open(&g);
    grove_make_host(&g);
    for (int i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        zip_add(&z, &(zip_member){.name = names[i],
                                  .content = content,
                                  .content_size = 10000000,
                                  .deflated = i < 10});
    }
    zip_finish(&z);
    zip_save(&g, &z, "a.zip");
    vfs_archive *archive = open_archive(&g, &err);
    assert_non_null(archive);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_everything, archive), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    vfs_archive_release(archive);
    free(content);
    grove_close(&g);
}

/* ---------------------------------------------------------------- attacks */

static void names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    REFUSE("plain relative path", {.name = "../evil"});
    REFUSE("plain relative path", {.name = "a/../../evil"});
    REFUSE("plain relative path", {.name = ".."});
    REFUSE("plain relative path", {.name = "./a"});
    REFUSE("plain relative path", {.name = "/etc/passwd"});
    REFUSE("plain relative path", {.name = "a//b"});
    REFUSE("plain relative path", {.name = "/"});
    REFUSE("plain relative path", {.name = "a\0b", .name_size = 3});
    REFUSE("plain relative path", {.name = "a\xff"});
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[256] = 0;
    REFUSE("plain relative path", {.name = longest});
}

static void a_name_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    REFUSE("twice", {.name = "a", .content = "1"}, {.name = "a", .content = "2"});
    REFUSE("twice", {.name = "a"}, {.name = "a/b"});
    REFUSE("twice", {.name = "a/b"}, {.name = "a"});
    REFUSE("twice", {.name = "a/"}, {.name = "a/"});
    REFUSE("twice", {.name = "a"}, {.name = "a/"});
}

static void what_is_not_supported_is_said_by_name(void **state)
{
    (void)state;
    REFUSE("encrypted", {.name = "secret", .lie_flags = 1});
    REFUSE("'odd'", {.name = "odd", .lie_method = 14});
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    REFUSE("sizes cannot be", {.name = "a", .content = "x", .lie_size = 2});
    REFUSE("sizes cannot be",
           {.name = "bomb", .content = "x", .deflated = true, .lie_size = 60000000});
    REFUSE("64 MiB", {.name = "a", .content = "x", .deflated = true, .lie_size = 0xfffffff0});
    REFUSE("overlaps", {.name = "a", .content = "x", .lie_packed = 5000, .lie_size = 5000});
    REFUSE("sizes cannot be", {.name = "d/", .content = "x"});
}

static void entries_that_overlap_are_refused(void **state)
{
    (void)state;
    REFUSE("overlaps", {.name = "a", .content = "x"},
           {.name = "a2", .content = "x", .lie_header = 1});
    REFUSE("overlaps", {.name = "a", .content = "x"},
           {.name = "b", .content = "x", .lie_header = 11});
    REFUSE("overlaps", {.name = "a", .content = "x", .lie_header = 1000001});
}

static void data_that_is_not_what_it_says_is_eio(void **state)
{
    (void)state;
    grove g;
    OPEN_WITH(&g, {.name = "crc-s", .content = "stored", .lie_crc = 1},
              {.name = "crc-d", .content = "deflated", .deflated = true, .lie_crc = 1},
              {.name = "longer", .content = "deflated", .deflated = true, .lie_size = 9},
              {.name = "shorter", .content = "deflated", .deflated = true, .lie_size = 7},
              {.name = "noise", .content = "\xff\xff\xff\xff", .lie_method = 8, .lie_size = 4},
              {.name = "other", .content = "x", .lie_local_name = "OTHER"},
              {.name = "good", .content = "good"});
    const char *const paths[] = {"lib/crc-s",   "lib/crc-d", "lib/longer",
                                 "lib/shorter", "lib/noise", "lib/other"};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
            assert_errno(read_error(&g, paths[i]), VFS_EIO);
    expect_file(&g, "lib/good", "good");
    grove_close(&g);
}

static void a_million_implied_directories_are_refused(void **state)
{
    (void)state;
    static char names[400][2100];
    static zip_member members[400];
    for (int i = 0; i < 400; i++) {
        int at = snprintf(names[i], sizeof names[i], "%d", i);
        for (int j = 0; j < 1000; j++) {
            names[i][at++] = '/';
            names[i][at++] = 'd';
        }
        members[i] = (zip_member){.name = names[i]};
    }
    refuse(members, 400, "directories");
}

static void what_is_no_zip_file_is_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    assert_null(open_archive(&g, &err));
    assert_int_equal(err.sys_errno, ENOENT);
    host_write(&g, "a.zip", "");
    assert_null(open_archive(&g, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    host_write(&g, "a.zip", "not a zip file, but longer than an end record");
    assert_null(open_archive(&g, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_null(vfs_archive_open(g.host, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    grove_close(&g);
}

/* A sound file of three members, as bytes. */
static void sound_bytes(zipper *z)
{
    *z = (zipper){0};
    zip_add(z, &(zip_member){.name = "a", .content = "stored"});
    zip_add(z, &(zip_member){.name = "b/c", .content = "deflated deflated", .deflated = true});
    zip_add(z, &(zip_member){.name = "d/"});
    zip_finish(z);
}

/* Opens what is there and reads all of it; nothing may go wrong but in words. */
static void survive(const grove *g)
{
    grove inner;
    bj_error err;
    vfs_archive *archive = open_archive(g, &err);
    if (!archive)
        return;
    grove_open(&inner);
    assert_int_equal(vfs_tree_mount_archive(inner.tree, archive, "/lib", &err), 0);
    vfs_archive_release(archive);
    const char *const paths[] = {"lib/a", "lib/b/c", "lib/d"};
    for (int i = 0; i < 3; i++) {
        vfs_node node;
        char bytes[32];
        size_t moved;
        if (open_path(&inner, paths[i], 0, VFS_READ, &node) != VFS_OK)
            continue;
        (void)vfs_node_read(node, 0, bytes, sizeof bytes, &moved);
        vfs_node_drop(node);
    }
    grove_close(&inner);
}

static void a_file_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    zipper z;
    grove_open(&g);
    grove_make_host(&g);
    sound_bytes(&z);
    size_t whole = z.file.size;
    bj_buffer_free(&z.file);
    for (size_t size = 0; size < whole; size++) {
        sound_bytes(&z);
        z.file.size = size;
        zip_save(&g, &z, "a.zip");
        assert_null(open_archive(&g, &err));
    }
    grove_close(&g);
}

static void any_byte_may_be_another(void **state)
{
    (void)state;
    grove g;
    zipper z;
    grove_open(&g);
    grove_make_host(&g);
    sound_bytes(&z);
    size_t whole = z.file.size;
    bj_buffer_free(&z.file);
    const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (size_t at = 0; at < whole; at++)
        for (size_t i = 0; i < sizeof values; i++) {
            sound_bytes(&z);
            z.file.data[at] = (char)values[i];
            zip_save(&g, &z, "a.zip");
            survive(&g);
        }
    grove_close(&g);
}

static void zip64_and_split_files_are_refused(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    zipper z;
    grove_open(&g);
    grove_make_host(&g);
    sound_bytes(&z);
    memset(z.file.data + z.file.size - 6, 0xff, 4);
    zip_save(&g, &z, "a.zip");
    assert_null(open_archive(&g, &err));
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "zip64"));
    sound_bytes(&z);
    z.file.data[z.file.size - 18] = 1;
    zip_save(&g, &z, "a.zip");
    assert_null(open_archive(&g, &err));
    assert_non_null(strstr(err.message, "split"));
    grove_close(&g);
}

static void a_file_truncated_after_it_was_opened_is_eio(void **state)
{
    (void)state;
    grove g;
    OPEN_WITH(&g, {.name = "a", .content = "stored"}, {.name = "b", .content = "stored too"});
    expect_file(&g, "lib/a", "stored");
    assert_int_equal(truncate(host_path(&g, "a.zip"), 10), 0);
    assert_errno(read_error(&g, "lib/a"), VFS_EIO);
    assert_errno(read_error(&g, "lib/b"), VFS_EIO);
    assert_ok(look(&g, "lib/b"));
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_deflated_entries_are_read),
        cmocka_unit_test(reads_at_any_offset_agree),
        cmocka_unit_test(listings_have_every_child_once),
        cmocka_unit_test(times_and_sizes_are_those_of_the_entry),
        cmocka_unit_test(every_change_is_erofs),
        cmocka_unit_test(an_empty_archive_is_an_empty_directory),
        cmocka_unit_test(ten_thousand_entries_are_found),
        cmocka_unit_test(threads_share_an_archive_and_its_cache),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(a_name_that_is_there_twice_is_refused),
        cmocka_unit_test(what_is_not_supported_is_said_by_name),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(entries_that_overlap_are_refused),
        cmocka_unit_test(data_that_is_not_what_it_says_is_eio),
        cmocka_unit_test(a_million_implied_directories_are_refused),
        cmocka_unit_test(what_is_no_zip_file_is_refused),
        cmocka_unit_test(a_file_cut_off_anywhere_is_refused),
        cmocka_unit_test(any_byte_may_be_another),
        cmocka_unit_test(zip64_and_split_files_are_refused),
        cmocka_unit_test(a_file_truncated_after_it_was_opened_is_eio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
