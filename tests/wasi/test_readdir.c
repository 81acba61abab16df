/*
 * test_readdir.c: fd_readdir with buffers of any size.
 */
#include "world.h"

#define BUFFER 10000u

static void make_files(world *w, int count)
{
    char name[16];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        assert_ok(CALL(w, "fd_close", open_file(w, WORK, name, CREAT)));
    }
}

static uint32_t list(world *w, uint32_t size, uint64_t cookie)
{
    assert_ok(CALL(w, "fd_readdir", WORK, BUFFER, size, cookie, RESULT));
    assert_in_range(get32(w, RESULT), 0, size);
    return get32(w, RESULT);
}

static void an_empty_directory_has_its_dots(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_int_equal(list(&w, 1000, 0), 24 + 1 + 24 + 2);
    assert_ok(CALL(&w, "fd_filestat_get", WORK, 1000));
    assert_int_equal(get64(&w, BUFFER + WASI_DIRENT_INO), get64(&w, 1000 + WASI_FILESTAT_INO));
    assert_int_equal(get32(&w, BUFFER + WASI_DIRENT_NAMLEN), 1);
    assert_int_equal(w.memory.base[BUFFER + WASI_DIRENT_TYPE], VFS_DIRECTORY);
    assert_int_equal(w.memory.base[BUFFER + 24], '.');
    assert_memory_equal(w.memory.base + BUFFER + 25 + 24, "..", 2);
    world_close(&w);
}

/* As wasi-libc does it: whole entries are taken, a cut one is asked for again. */
static int count_entries(world *w, uint32_t size)
{
    int count = 0;
    for (uint64_t cookie = 0;;) {
        uint32_t used = list(w, size, cookie), at = 0;
        while (used - at >= 24) {
            uint32_t length = get32(w, BUFFER + at + WASI_DIRENT_NAMLEN);
            if (used - at - 24 < length)
                break;
            cookie = get64(w, BUFFER + at + WASI_DIRENT_NEXT);
            at += 24 + length;
            count++;
        }
        if (used < size)
            return count;
    }
}

static void a_listing_in_pieces_has_every_entry_once(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    make_files(&w, 200);
    const uint32_t sizes[] = {32, 33, 50, 100, 1000, 4096, 40000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_int_equal(count_entries(&w, sizes[i]), 202);
    world_close(&w);
}

static void a_small_buffer_is_filled_to_its_end(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    make_files(&w, 3);
    for (uint32_t size = 0; size <= 60; size++) {
        memset(w.memory.base + BUFFER, 0xee, 200);
        assert_int_equal(list(&w, size, 0), size);
        assert_int_equal(w.memory.base[BUFFER + size], 0xee);
    }
    world_close(&w);
}

static void any_cookie_may_come(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    make_files(&w, 3);
    assert_int_equal(list(&w, 1000, UINT64_MAX), 0);
    assert_int_equal(list(&w, 1000, INT64_MAX), 0);
    assert_int_equal(list(&w, 1000, ((uint64_t)1 << 62) + 3), 0);
    assert_int_equal(list(&w, 1000, 2), 3 * (24 + 6));
    for (uint64_t cookie = 3; cookie < 1000; cookie++)
        assert_true(list(&w, 1000, cookie * 0x123456789abcdu) <= 3 * (24 + 6));
    world_close(&w);
}

static void the_root_lists_what_is_mounted(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    assert_ok(CALL(&w, "fd_readdir", ROOT, BUFFER, 1000, 2, RESULT));
    assert_int_equal(get32(&w, RESULT), 24 + 4 + 24 + 3);
    assert_memory_equal(w.memory.base + BUFFER + 24, "work", 4);
    assert_memory_equal(w.memory.base + BUFFER + 24 + 4 + 24, "dev", 3);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_directory_has_its_dots),
        cmocka_unit_test(a_listing_in_pieces_has_every_entry_once),
        cmocka_unit_test(a_small_buffer_is_filled_to_its_end),
        cmocka_unit_test(any_cookie_may_come),
        cmocka_unit_test(the_root_lists_what_is_mounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
