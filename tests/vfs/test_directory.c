/*
 * test_directory.c: names, their order, and cookies that outlive changes.
 */
#include "grove.h"
#include "vfs/directory.h"

#define KEY 12345u

static bj_span name_of(unsigned number)
{
    static char text[32];
    return (bj_span){text, (size_t)snprintf(text, sizeof text, "name-%u", number)};
}

static void add(vfs_directory *directory, unsigned number)
{
    assert_ok(vfs_directory_add(directory, KEY, name_of(number), number, VFS_REGULAR_FILE));
}

static void remove_number(vfs_directory *directory, unsigned number)
{
    vfs_name *name = vfs_directory_find(directory, KEY, name_of(number));
    assert_non_null(name);
    vfs_directory_remove(directory, name);
}

static void names_are_found_whatever_else_comes_and_goes(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    for (unsigned i = 0; i < 5000; i++)
        add(&directory, i);
    for (unsigned i = 0; i < 5000; i += 3)
        remove_number(&directory, i);
    for (unsigned i = 5000; i < 6000; i++)
        add(&directory, i);
    for (unsigned i = 0; i < 6000; i++) {
        const vfs_name *name = vfs_directory_find(&directory, KEY, name_of(i));
        bool gone = i < 5000 && i % 3 == 0;
        assert_int_equal(name == NULL, gone);
        if (name)
            assert_int_equal(name->id, i);
    }
    assert_null(vfs_directory_find(&directory, KEY, bj_span_of("other")));
    assert_int_equal(directory.live, 5000 - 1667 + 1000);
    vfs_directory_clear(&directory);
}

static void a_listing_goes_on_after_its_cookie_whatever_changed(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    bool seen[400] = {0};
    for (unsigned i = 0; i < 200; i++)
        add(&directory, i);
    unsigned added = 200, removed = 0;
    const vfs_name *name = NULL;
    for (uint64_t cookie = 0; (name = vfs_directory_after(&directory, cookie));) {
        assert_false(seen[name->id]);
        seen[name->id] = true;
        cookie = name->cookie;
        if (removed < 150 && !seen[removed + 50]) /* one ahead goes, one comes */
            remove_number(&directory, removed + 50), removed += 2;
        if (added < 260)
            add(&directory, added++);
    }
    for (unsigned i = 0; i < 50; i++)
        assert_true(seen[i]);
    for (unsigned i = 51; i < 200; i += 2)
        assert_true(seen[i]);
    for (unsigned i = 200; i < 260; i++)
        assert_true(seen[i]);
    vfs_directory_clear(&directory);
}

static void a_name_that_is_made_again_has_a_new_cookie(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    add(&directory, 1);
    uint64_t first = vfs_directory_after(&directory, 0)->cookie;
    remove_number(&directory, 1);
    add(&directory, 1);
    assert_true(vfs_directory_after(&directory, 0)->cookie > first);
    vfs_directory_clear(&directory);
}

static void emptying_a_directory_frees_its_places(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    for (int round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 100; i++)
            add(&directory, i);
        for (unsigned i = 0; i < 100; i++)
            remove_number(&directory, i);
        assert_null(vfs_directory_after(&directory, 0));
    }
    assert_true(directory.capacity <= 256);
    vfs_directory_clear(&directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_whatever_else_comes_and_goes),
        cmocka_unit_test(a_listing_goes_on_after_its_cookie_whatever_changed),
        cmocka_unit_test(a_name_that_is_made_again_has_a_new_cookie),
        cmocka_unit_test(emptying_a_directory_frees_its_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
