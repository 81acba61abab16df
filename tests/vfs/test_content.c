/*
 * test_content.c: bytes of files in memory: holes, growth, the budget.
 */
#include "grove.h"
#include "vfs/content.h"

static policy_budget budget;

static int set_up(void **state)
{
    (void)state;
    grove_limits(&budget);
    return 0;
}

static void write_at(vfs_content *content, uint64_t offset, const char *text)
{
    size_t moved;
    assert_ok(vfs_content_write(content, &budget, offset, text, strlen(text), &moved));
    assert_int_equal(moved, strlen(text));
}

static void what_is_written_is_read_across_chunks(void **state)
{
    (void)state;
    vfs_content content = {0};
    static uint8_t bytes[3 * VFS_CHUNK_BYTES], back[3 * VFS_CHUNK_BYTES];
    size_t moved;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t at = 0; at < sizeof bytes; at += 1000) {
        size_t size = sizeof bytes - at < 1000 ? sizeof bytes - at : 1000;
        assert_ok(vfs_content_write(&content, &budget, at, bytes + at, size, &moved));
    }
    assert_int_equal(vfs_content_read(&content, 0, back, sizeof back), sizeof back);
    assert_memory_equal(bytes, back, sizeof back);
    assert_int_equal(budget.used[POLICY_file_bytes], sizeof bytes);
    vfs_content_clear(&content, &budget);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void a_hole_reads_as_zeros_and_is_charged(void **state)
{
    (void)state;
    vfs_content content = {0};
    char bytes[8];
    write_at(&content, 1000000, "end");
    assert_int_equal(content.size, 1000003);
    assert_int_equal(budget.used[POLICY_file_bytes], 1000003);
    assert_int_equal(vfs_content_read(&content, 999998, bytes, 8), 5);
    assert_memory_equal(bytes, "\0\0end", 5);
    assert_int_equal(vfs_content_read(&content, 1000003, bytes, 8), 0);
    assert_int_equal(vfs_content_read(&content, UINT64_MAX, bytes, 8), 0);
    vfs_content_clear(&content, &budget);
}

static void a_file_that_was_cut_and_grows_again_has_zeros_there(void **state)
{
    (void)state;
    char bytes[8];
    const uint64_t cuts[] = {0, 1, 70, VFS_CHUNK_BYTES, VFS_CHUNK_BYTES + 1, 2 * VFS_CHUNK_BYTES};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        vfs_content content = {0};
        static uint8_t ones[3 * VFS_CHUNK_BYTES];
        size_t moved;
        memset(ones, 1, sizeof ones);
        assert_ok(vfs_content_write(&content, &budget, 0, ones, sizeof ones, &moved));
        assert_ok(vfs_content_resize(&content, &budget, cuts[i]));
        assert_ok(vfs_content_resize(&content, &budget, sizeof ones));
        assert_int_equal(vfs_content_read(&content, cuts[i], bytes, 8), 8);
        assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0", 8);
        if (cuts[i] > 0) {
            assert_int_equal(vfs_content_read(&content, cuts[i] - 1, bytes, 1), 1);
            assert_int_equal(bytes[0], 1);
        }
        vfs_content_clear(&content, &budget);
    }
}

static void a_write_beyond_the_budget_is_short_and_then_refused(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    budget.allowed[POLICY_file_bytes] = 10;
    assert_ok(vfs_content_write(&content, &budget, 0, "0123456789abcdef", 16, &moved));
    assert_int_equal(moved, 10);
    assert_errno(vfs_content_write(&content, &budget, 10, "x", 1, &moved), VFS_ENOSPC);
    assert_errno(vfs_content_resize(&content, &budget, 11), VFS_ENOSPC);
    write_at(&content, 0, "overwrite");
    assert_ok(vfs_content_resize(&content, &budget, 4));
    write_at(&content, 4, "again!");
    assert_int_equal(budget.used[POLICY_file_bytes], 10);
    vfs_content_clear(&content, &budget);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void absurd_offsets_and_sizes_are_refused_without_allocating(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    assert_errno(vfs_content_write(&content, &budget, UINT64_MAX, "x", 1, &moved), VFS_EFBIG);
    assert_errno(vfs_content_write(&content, &budget, INT64_MAX, "x", 1, &moved), VFS_EFBIG);
    assert_errno(vfs_content_write(&content, &budget, INT64_MAX - 1, "x", 1, &moved), VFS_ENOSPC);
    assert_errno(vfs_content_resize(&content, &budget, UINT64_MAX), VFS_EFBIG);
    assert_errno(vfs_content_resize(&content, &budget, INT64_MAX), VFS_ENOSPC);
    assert_ok(vfs_content_write(&content, &budget, UINT64_MAX, "", 0, &moved));
    assert_int_equal(content.size, 0);
    assert_null(content.first);
    assert_null(content.rest);
}

static void a_small_file_takes_little_memory(void **state)
{
    (void)state;
    vfs_content content = {0};
    write_at(&content, 0, "hello");
    assert_true(content.first_capacity <= 64);
    vfs_content_clear(&content, &budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_written_is_read_across_chunks, set_up),
        cmocka_unit_test_setup(a_hole_reads_as_zeros_and_is_charged, set_up),
        cmocka_unit_test_setup(a_file_that_was_cut_and_grows_again_has_zeros_there, set_up),
        cmocka_unit_test_setup(a_write_beyond_the_budget_is_short_and_then_refused, set_up),
        cmocka_unit_test_setup(absurd_offsets_and_sizes_are_refused_without_allocating, set_up),
        cmocka_unit_test_setup(a_small_file_takes_little_memory, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
