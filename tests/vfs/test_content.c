/*
 * test_content.c: bytes of files in memory: holes, growth, the budget.
 */
#include "grove.h"
#include "vfs/memory/content.h"

static policy_budget budget;
static vfs_quota quota = {.budget = &budget};

static int set_up(void **state)
{
    (void)state;
    grove_limits(&budget);
    vfs_content_free_spare(&quota);
    quota = (vfs_quota){.budget = &budget};
    return 0;
}

static void clear(vfs_content *content)
{
    vfs_quota_return_bytes(&quota, vfs_content_charge(content));
    vfs_content_clear(content);
}

static void write_at(vfs_content *content, uint64_t offset, const char *text)
{
    size_t moved;
    assert_ok(vfs_content_write(content, &quota, offset, text, strlen(text), &moved));
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
        assert_ok(vfs_content_write(&content, &quota, at, bytes + at, size, &moved));
    }
    assert_int_equal(vfs_content_read(&content, 0, back, sizeof back), sizeof back);
    assert_memory_equal(bytes, back, sizeof back);
    assert_int_equal(budget.used[POLICY_file_bytes], sizeof bytes);
    clear(&content);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void a_hole_reads_as_zeros_and_costs_nothing(void **state)
{
    (void)state;
    vfs_content content = {0};
    char bytes[8];
    write_at(&content, 1000000, "end");
    assert_int_equal(content.size, 1000003);
    assert_int_equal(budget.used[POLICY_file_bytes], VFS_CHUNK_BYTES);
    assert_int_equal(vfs_content_read(&content, 999998, bytes, 8), 5);
    assert_memory_equal(bytes, "\0\0end", 5);
    assert_int_equal(vfs_content_read(&content, 1000003, bytes, 8), 0);
    assert_int_equal(vfs_content_read(&content, UINT64_MAX, bytes, 8), 0);
    clear(&content);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

/* Files whose last chunk has a single byte are what costs a host most beside what a guest pays. */
static void what_chunks_take_is_charged_up_to_the_size(void **state)
{
    (void)state;
    vfs_content one = {0}, other = {0};
    write_at(&one, VFS_CHUNK_BYTES, "x"); /* a hole before it */
    assert_int_equal(vfs_content_charge(&one), VFS_CHUNK_BYTES);
    write_at(&one, 0, "y");
    assert_int_equal(vfs_content_charge(&one), VFS_CHUNK_BYTES + 1);
    write_at(&other, 0, "y");
    assert_int_equal(vfs_content_charge(&other), 1);
    assert_ok(vfs_content_resize(&other, &quota, (uint64_t)1 << 62));
    assert_int_equal(vfs_content_charge(&other), 64);
    write_at(&other, ((uint64_t)1 << 62) - 1, "z");
    assert_int_equal(vfs_content_charge(&other), 64 + VFS_CHUNK_BYTES);
    assert_ok(vfs_content_resize(&other, &quota, 2));
    assert_int_equal(vfs_content_charge(&other), 2);
    assert_int_equal(budget.used[POLICY_file_bytes], VFS_CHUNK_BYTES + 3);
    clear(&one);
    clear(&other);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void a_hole_that_there_is_no_room_to_fill_stays_one(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    char byte;
    budget.allowed[POLICY_file_bytes] = VFS_CHUNK_BYTES + 100;
    assert_ok(vfs_content_resize(&content, &quota, (uint64_t)1 << 40));
    write_at(&content, 5 * VFS_CHUNK_BYTES, "x");
    assert_errno(vfs_content_write(&content, &quota, 7 * VFS_CHUNK_BYTES, "x", 1, &moved),
                 VFS_ENOSPC);
    assert_int_equal(moved, 0);
    write_at(&content, 0, "y"); /* 64 bytes */
    assert_errno(vfs_content_write(&content, &quota, 64, "z", 1, &moved), VFS_ENOSPC);
    assert_int_equal(vfs_content_read(&content, 7 * VFS_CHUNK_BYTES, &byte, 1), 1);
    assert_int_equal(byte, 0);
    assert_int_equal(budget.used[POLICY_file_bytes], VFS_CHUNK_BYTES + 64);
    clear(&content);
}

static void what_is_allocated_can_be_written_whatever_else_takes_the_budget(void **state)
{
    (void)state;
    static char bytes[3 * VFS_CHUNK_BYTES];
    vfs_content content = {0};
    size_t moved;
    assert_ok(vfs_content_resize(&content, &quota, 2 * VFS_CHUNK_BYTES));
    write_at(&content, 0, "x");
    assert_ok(vfs_content_allocate(&content, &quota, 10, sizeof bytes));
    assert_int_equal(content.size, sizeof bytes);
    assert_int_equal(vfs_content_charge(&content), sizeof bytes);
    budget.allowed[POLICY_file_bytes] = budget.used[POLICY_file_bytes];
    assert_ok(vfs_content_write(&content, &quota, 0, bytes, sizeof bytes, &moved));
    assert_int_equal(moved, sizeof bytes);
    clear(&content);
}

/* What is asked for beyond any budget is refused after work that the budget bounds, and leaves the size alone. */
static void absurd_allocations_end_with_the_budget(void **state)
{
    (void)state;
    vfs_content content = {0}, over = {.size = INT64_MAX, .base = INT64_MAX};
    write_at(&content, 0, "x");
    assert_errno(vfs_content_allocate(&content, &quota, 0, INT64_MAX), VFS_ENOSPC);
    assert_int_equal(content.size, 1);
    assert_int_equal(vfs_content_charge(&content), 1);
    assert_ok(vfs_content_resize(&content, &quota, INT64_MAX));
    assert_errno(vfs_content_allocate(&content, &quota, 0, INT64_MAX), VFS_ENOSPC);
    assert_int_equal(content.size, INT64_MAX);
    assert_true(budget.used[POLICY_file_bytes] <= budget.allowed[POLICY_file_bytes]);
    assert_ok(vfs_content_allocate(&over, &quota, 0, INT64_MAX)); /* the base's */
    clear(&content);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void holes_are_told_from_bytes_and_from_the_base(void **state)
{
    (void)state;
    vfs_content content = {.size = 5 * VFS_CHUNK_BYTES + 10, .base = 100};
    uint64_t run;
    assert_false(vfs_content_is_hole(&content, 99, &run));
    assert_true(vfs_content_is_hole(&content, 100, &run));
    assert_int_equal(run, VFS_CHUNK_BYTES - 100);
    write_at(&content, 2 * VFS_CHUNK_BYTES + 7, "x");
    assert_false(vfs_content_is_hole(&content, 2 * VFS_CHUNK_BYTES, &run));
    assert_true(vfs_content_is_hole(&content, 5 * VFS_CHUNK_BYTES, &run));
    assert_int_equal(run, 10);
    assert_false(vfs_content_is_hole(&content, content.size, &run));
    clear(&content);
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
        assert_ok(vfs_content_write(&content, &quota, 0, ones, sizeof ones, &moved));
        assert_ok(vfs_content_resize(&content, &quota, cuts[i]));
        assert_ok(vfs_content_resize(&content, &quota, sizeof ones));
        assert_int_equal(vfs_content_read(&content, cuts[i], bytes, 8), 8);
        assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0", 8);
        if (cuts[i] > 0) {
            assert_int_equal(vfs_content_read(&content, cuts[i] - 1, bytes, 1), 1);
            assert_int_equal(bytes[0], 1);
        }
        clear(&content);
    }
}

static void a_write_beyond_the_budget_is_short_and_then_refused(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    budget.allowed[POLICY_file_bytes] = 10;
    assert_ok(vfs_content_write(&content, &quota, 0, "0123456789abcdef", 16, &moved));
    assert_int_equal(moved, 10);
    assert_errno(vfs_content_write(&content, &quota, 10, "x", 1, &moved), VFS_ENOSPC);
    assert_errno(vfs_content_resize(&content, &quota, 11), VFS_ENOSPC);
    write_at(&content, 0, "overwrite");
    assert_ok(vfs_content_resize(&content, &quota, 4));
    write_at(&content, 4, "again!");
    assert_int_equal(budget.used[POLICY_file_bytes], 10);
    clear(&content);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void absurd_offsets_and_sizes_are_refused_without_allocating(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    assert_errno(vfs_content_write(&content, &quota, UINT64_MAX, "x", 1, &moved), VFS_EFBIG);
    assert_errno(vfs_content_write(&content, &quota, INT64_MAX, "x", 1, &moved), VFS_EFBIG);
    assert_errno(vfs_content_resize(&content, &quota, UINT64_MAX), VFS_EFBIG);
    assert_errno(vfs_content_allocate(&content, &quota, 0, UINT64_MAX), VFS_EFBIG);
    assert_ok(vfs_content_write(&content, &quota, UINT64_MAX, "", 0, &moved));
    assert_int_equal(content.size, 0);
    assert_null(content.first);
    assert_null(content.rest.root);
}

/* Random writes and cuts on files that share chunks, each beside plain bytes of what it should hold. */
static void copies_share_chunks_and_never_see_each_others_writes(void **state)
{
    (void)state;
    enum { COPIES = 4, MOST = 5 * VFS_CHUNK_BYTES };
    static uint8_t models[COPIES][MOST], back[MOST], bytes[9000];
    vfs_content contents[COPIES] = {0};
    quota.own_bytes = UINT32_MAX;
    budget.allowed[POLICY_memory_bytes] = UINT32_MAX;
    memset(models, 0, sizeof models);
    srand(1);
    for (unsigned round = 0; round < 3000; round++) {
        unsigned at = (unsigned)rand() % COPIES;
        vfs_content *content = &contents[at];
        size_t offset = (size_t)rand() % (MOST - sizeof bytes),
               size = (size_t)rand() % sizeof bytes;
        size_t moved;
        switch (rand() % 8) {
        case 0: /* becomes a copy of another */
            if (at > 0) {
                vfs_content_clear(content);
                *content = vfs_content_share(&contents[at - 1]);
                memcpy(models[at], models[at - 1], MOST);
            }
            break;
        case 1:
            if (vfs_content_resize(content, &quota, offset) == VFS_OK)
                memset(models[at] + offset, 0, MOST - offset);
            break;
        default:
            memset(bytes, rand(), size);
            assert_ok(vfs_content_write(content, &quota, offset, bytes, size, &moved));
            assert_int_equal(moved, size);
            memcpy(models[at] + offset, bytes, size);
        }
        for (unsigned i = 0; i < COPIES; i++) {
            size_t got = vfs_content_read(&contents[i], offset, back, sizeof bytes);
            assert_memory_equal(back, models[i] + offset, got);
        }
    }
    for (unsigned i = 0; i < COPIES; i++) {
        size_t got = vfs_content_read(&contents[i], 0, back, MOST);
        assert_int_equal(got, contents[i].size);
        assert_memory_equal(back, models[i], got);
        vfs_content_clear(&contents[i]);
    }
}

static void what_covers_a_base_is_charged_and_hides_it(void **state)
{
    (void)state;
    static uint8_t bytes[VFS_CHUNK_BYTES];
    vfs_content content = {.size = 100000, .base = 100000};
    uint64_t run;
    assert_int_equal(vfs_content_charge(&content), 0);
    assert_true(vfs_content_is_base(&content, 10, &run));
    assert_int_equal(run, VFS_CHUNK_BYTES - 10);
    assert_true(vfs_content_is_base(&content, VFS_CHUNK_BYTES, &run));
    assert_int_equal(run, 100000 - VFS_CHUNK_BYTES);
    assert_false(vfs_content_is_base(&content, 100000, &run));
    assert_ok(vfs_content_cover(&content, &quota, 0, bytes, sizeof bytes));
    assert_false(vfs_content_is_base(&content, 10, &run));
    assert_int_equal(vfs_content_charge(&content), VFS_CHUNK_BYTES);
    assert_ok(vfs_content_resize(&content, &quota, 200000));
    assert_int_equal(vfs_content_charge(&content), VFS_CHUNK_BYTES); /* the rest is a hole */
    assert_int_equal(budget.used[POLICY_file_bytes], vfs_content_charge(&content));
    assert_ok(vfs_content_resize(&content, &quota, 70000));
    assert_int_equal(content.base, 70000);
    assert_ok(vfs_content_resize(&content, &quota, 80000));
    assert_false(vfs_content_is_base(&content, 75000, &run)); /* zeros, not what lay there before */
    assert_int_equal(budget.used[POLICY_file_bytes], vfs_content_charge(&content));
    clear(&content);
    assert_int_equal(budget.used[POLICY_file_bytes], 0);
}

static void files_and_guest_memory_are_one_budget(void **state)
{
    (void)state;
    vfs_content content = {0};
    size_t moved;
    budget.allowed[POLICY_memory_bytes] = 1000000;
    budget.guest_bytes = 999000;
    assert_errno(vfs_content_allocate(&content, &quota, 0, 1001), VFS_ENOSPC);
    assert_ok(vfs_content_allocate(&content, &quota, 0, 990));
    assert_ok(vfs_content_write(&content, &quota, 990, "twelve bytes", 12, &moved));
    assert_int_equal(moved, 10);
    assert_int_equal(budget.host_bytes, 1000);
    clear(&content);
    assert_int_equal(budget.host_bytes, 0);
}

static void a_small_file_takes_little_memory(void **state)
{
    (void)state;
    vfs_content content = {0};
    write_at(&content, 0, "hello");
    assert_true(content.first->capacity <= 64);
    clear(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_written_is_read_across_chunks, set_up),
        cmocka_unit_test_setup(a_hole_reads_as_zeros_and_costs_nothing, set_up),
        cmocka_unit_test_setup(what_chunks_take_is_charged_up_to_the_size, set_up),
        cmocka_unit_test_setup(a_hole_that_there_is_no_room_to_fill_stays_one, set_up),
        cmocka_unit_test_setup(what_is_allocated_can_be_written_whatever_else_takes_the_budget,
                               set_up),
        cmocka_unit_test_setup(absurd_allocations_end_with_the_budget, set_up),
        cmocka_unit_test_setup(holes_are_told_from_bytes_and_from_the_base, set_up),
        cmocka_unit_test_setup(a_file_that_was_cut_and_grows_again_has_zeros_there, set_up),
        cmocka_unit_test_setup(a_write_beyond_the_budget_is_short_and_then_refused, set_up),
        cmocka_unit_test_setup(absurd_offsets_and_sizes_are_refused_without_allocating, set_up),
        cmocka_unit_test_setup(copies_share_chunks_and_never_see_each_others_writes, set_up),
        cmocka_unit_test_setup(what_covers_a_base_is_charged_and_hides_it, set_up),
        cmocka_unit_test_setup(files_and_guest_memory_are_one_budget, set_up),
        cmocka_unit_test_setup(a_small_file_takes_little_memory, set_up),
    };
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    vfs_content_free_spare(&quota);
    return status;
}
