/*
 * test_directory.c: names, their order, and cookies that outlive changes.
 */
#include "grove.h"
#include "vfs/memory/directory.h"
#include "vfs/node/hash.h"

static bj_span name_of(unsigned number)
{
    static char text[32];
    return (bj_span){text, (size_t)snprintf(text, sizeof text, "name-%u", number)};
}

static void add(vfs_directory *directory, unsigned number)
{
    assert_ok(vfs_directory_add(directory, name_of(number), number, VFS_REGULAR_FILE, 0));
}

static void remove_number(vfs_directory *directory, unsigned number)
{
    const vfs_name *name = vfs_directory_find(directory, name_of(number));
    assert_non_null(name);
    assert_ok(vfs_directory_remove(directory, name));
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
        const vfs_name *name = vfs_directory_find(&directory, name_of(i));
        bool gone = i < 5000 && i % 3 == 0;
        assert_int_equal(name == NULL, gone);
        if (name)
            assert_int_equal(name->id, i);
    }
    assert_null(vfs_directory_find(&directory, bj_span_of("other")));
    assert_int_equal(directory.count, 5000 - 1667 + 1000);
    vfs_directory_clear(&directory);
}

static void a_listing_goes_on_after_its_cookie_whatever_changed(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    bool seen[400] = {0};
    for (unsigned i = 0; i < 200; i++)
        add(&directory, i);
    unsigned added = 200;
    const vfs_name *name = NULL;
    for (uint64_t cookie = 0; (name = vfs_directory_after(&directory, cookie));) {
        assert_false(seen[name->id]);
        seen[name->id] = true;
        cookie = vfs_directory_cookie(name);
        assert_true(cookie >= 1 && cookie < (uint64_t)1 << 62);
        unsigned gone = added - 150; /* of 50 … 149, one goes with each step, and one comes */
        if (gone < 150)
            remove_number(&directory, gone);
        if (added < 400)
            add(&directory, added++);
    }
    for (unsigned i = 0; i < 50; i++)
        assert_true(seen[i]);
    for (unsigned i = 150; i < 200; i++)
        assert_true(seen[i]);
    vfs_directory_clear(&directory);
}

static void equal_names_are_listed_in_equal_order(void **state)
{
    (void)state;
    vfs_directory one = {0}, other = {0};
    for (unsigned i = 0; i < 300; i++)
        add(&one, i);
    for (unsigned i = 400; i-- > 0;)
        add(&other, i);
    for (unsigned i = 300; i < 400; i++)
        remove_number(&other, i);
    const vfs_name *a = NULL, *b = NULL;
    uint64_t cookie = 0;
    do {
        a = vfs_directory_after(&one, cookie);
        b = vfs_directory_after(&other, cookie);
        assert_int_equal(a == NULL, b == NULL);
        if (a) {
            assert_true(bj_span_equal(vfs_name_span(a), vfs_name_span(b)));
            cookie = vfs_directory_cookie(a);
        }
    } while (a);
    vfs_directory_clear(&one);
    vfs_directory_clear(&other);
}

static void a_copy_is_not_changed_with_what_it_was_copied_from(void **state)
{
    (void)state;
    vfs_directory directory = {0};
    for (unsigned i = 0; i < 100; i++)
        add(&directory, i);
    vfs_directory copy = vfs_directory_share(&directory);
    for (unsigned i = 0; i < 50; i++)
        remove_number(&directory, i);
    const vfs_name *kept = vfs_directory_find(&directory, name_of(60));
    assert_ok(vfs_directory_set(&directory, kept, 1000, VFS_DIRECTORY, VFS_NAME_COVERS));
    for (unsigned i = 0; i < 100; i++) {
        const vfs_name *name = vfs_directory_find(&copy, name_of(i));
        assert_non_null(name);
        assert_int_equal(name->id, i);
        assert_int_equal(name->flags, 0);
    }
    assert_int_equal(vfs_directory_find(&directory, name_of(60))->id, 1000);
    assert_int_equal(copy.count, 100);
    assert_int_equal(directory.count, 50);
    vfs_directory_clear(&directory);
    vfs_directory_clear(&copy);
}

/* Names with one hash, as whoever knows the function makes them in a moment: each is itself. */
static void names_of_one_hash_are_told_apart(void **state)
{
    static const char *const names[] = {"a-name-that-has-more-than-thirty-three-bytes.py",
                                        "ot4yw32f1jen74jwwl)@~,fF>p!Cb6+x-three-bytes.py",
                                        "0764rjdijv92qnfd06O8p+Kt*rg>cb%q-three-bytes.py",
                                        "keof1djzg38fe0ku18~RiS]#_eUKwP0_-three-bytes.py",
                                        "7gt8tkc0yeglw6jk+w<Y6^HY,hnP)t24-three-bytes.py"};
    enum { COUNT = sizeof names / sizeof *names };
    (void)state;
    vfs_directory directory = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(vfs_hash(0, bj_span_of(names[i])) == vfs_hash(0, bj_span_of(names[0])));
        assert_null(vfs_directory_find(&directory, bj_span_of(names[i])));
        assert_ok(vfs_directory_add(&directory, bj_span_of(names[i]), i, VFS_REGULAR_FILE, 0));
    }
    assert_ok(
        vfs_directory_remove(&directory, vfs_directory_find(&directory, bj_span_of(names[1]))));
    assert_null(vfs_directory_find(&directory, bj_span_of(names[1])));
    uint64_t cookie = 0;
    unsigned seen = 0;
    for (const vfs_name *name; (name = vfs_directory_after(&directory, cookie)) != NULL;) {
        assert_true(bj_span_is(vfs_name_span(name), names[name->id]));
        seen |= 1u << name->id;
        cookie = vfs_directory_cookie(name);
    }
    assert_int_equal(seen, 0x1d);
    vfs_directory_clear(&directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_hash_are_told_apart),
        cmocka_unit_test(names_are_found_whatever_else_comes_and_goes),
        cmocka_unit_test(a_listing_goes_on_after_its_cookie_whatever_changed),
        cmocka_unit_test(equal_names_are_listed_in_equal_order),
        cmocka_unit_test(a_copy_is_not_changed_with_what_it_was_copied_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
