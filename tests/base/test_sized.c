/*
 * test_sized.c: structs of callers who know fewer fields than the library, or more.
 */
#include "unit.h"

#include <stdint.h>
#include <string.h>

#include "base/sized.h"

/* What the library knows, and what an older and a newer caller do. */
typedef struct own {
    size_t size;
    uint64_t first, second;
} own;
typedef struct older {
    size_t size;
    uint64_t first;
} older;
typedef struct newer {
    size_t size;
    uint64_t first, second, third;
} newer;

static const own defaults = {.first = 1, .second = 2};

static void an_older_struct_is_set_up_and_nothing_behind_it(void **state)
{
    (void)state;
    struct {
        older given;
        uint64_t behind;
    } caller = {.behind = 77};
    bj_sized_init(&caller.given, sizeof caller.given, &defaults, sizeof defaults);
    assert_int_equal(caller.given.size, sizeof caller.given);
    assert_int_equal(caller.given.first, 1);
    assert_int_equal(caller.behind, 77);
}

static void a_newer_struct_is_zero_where_nobody_knows_it(void **state)
{
    (void)state;
    newer caller = {.third = 77};
    bj_sized_init(&caller, sizeof caller, &defaults, sizeof defaults);
    assert_int_equal(caller.size, sizeof caller);
    assert_int_equal(caller.second, 2);
    assert_int_equal(caller.third, 0);
}

static void no_room_for_a_size_is_left_alone(void **state)
{
    (void)state;
    own caller = {.size = 3, .first = 77};
    bj_sized_init(&caller, 3, &defaults, sizeof defaults);
    assert_int_equal(caller.size, 3);
    assert_false(bj_sized_write(&caller, &defaults, sizeof defaults));
    assert_int_equal(caller.first, 77);
}

static int taken(own *into, const void *callers, bj_error *err)
{
    *into = defaults;
    return bj_sized_read(into, sizeof *into, callers, BJ_SIZE_TO(own, first), "thing", err);
}

static void what_a_caller_does_not_know_keeps_its_default(void **state)
{
    (void)state;
    bj_error err = {0};
    own into;
    const older caller = {.size = sizeof caller, .first = 5};
    assert_int_equal(taken(&into, &caller, &err), 0);
    assert_int_equal(into.size, sizeof into);
    assert_int_equal(into.first, 5);
    assert_int_equal(into.second, 2);
}

static void what_the_library_does_not_know_must_be_zero(void **state)
{
    (void)state;
    bj_error err = {0};
    own into;
    newer caller = {.size = sizeof caller, .first = 5, .second = 6};
    assert_int_equal(taken(&into, &caller, &err), 0);
    assert_int_equal(into.second, 6);
    caller.third = UINT64_C(1) << 63;
    assert_int_equal(taken(&into, &caller, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "thing"));
}

static void a_struct_that_was_never_set_up_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, BJ_SIZE_TO(own, first) - 1, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bj_error err = {0};
        own into;
        const own caller = {.size = sizes[i]};
        assert_int_equal(taken(&into, &caller, &err), -1);
        assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    }
}

static void as_much_is_filled_as_both_know(void **state)
{
    (void)state;
    older small = {.size = sizeof small};
    newer large = {.size = sizeof large, .third = 77};
    assert_true(bj_sized_write(&small, &defaults, sizeof defaults));
    assert_int_equal(small.size, sizeof small);
    assert_int_equal(small.first, 1);
    assert_true(bj_sized_write(&large, &defaults, sizeof defaults));
    assert_int_equal(large.size, sizeof defaults);
    assert_int_equal(large.second, 2);
    assert_int_equal(large.third, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_struct_is_set_up_and_nothing_behind_it),
        cmocka_unit_test(a_newer_struct_is_zero_where_nobody_knows_it),
        cmocka_unit_test(no_room_for_a_size_is_left_alone),
        cmocka_unit_test(what_a_caller_does_not_know_keeps_its_default),
        cmocka_unit_test(what_the_library_does_not_know_must_be_zero),
        cmocka_unit_test(a_struct_that_was_never_set_up_is_refused),
        cmocka_unit_test(as_much_is_filled_as_both_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
