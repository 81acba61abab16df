/*
 * test_sort.c: sorting as work that can be ended: in order, or all of what was there.
 */
#include <string.h>

#include "policy/sort.h"
#include "unit.h"

enum { COUNT = 3000 };

static uint32_t numbers[COUNT];
static unsigned looks;

static int by_number(const void *one, const void *other)
{
    const uint32_t a = *(const uint32_t *)one >> 8, b = *(const uint32_t *)other >> 8;
    return (a > b) - (a < b);
}

static bool count_looks(void *most)
{
    return looks++ >= *(unsigned *)most;
}

/* Those of one rank are told apart by where they stood. */
static void shuffle(const void **items)
{
    uint32_t seed = 7;
    for (uint32_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        numbers[i] = (seed >> 20) << 8;
        items[i] = &numbers[i];
    }
}

static void it_is_in_order_and_stable(void **state)
{
    (void)state;
    static const void *items[COUNT];
    policy_work work = policy_work_unlimited();
    shuffle(items);
    for (size_t count = 0; count <= COUNT; count = count * 2 + 1) {
        shuffle(items);
        assert_int_equal(policy_sort(items, count, by_number, &work), POLICY_FINISHED);
        for (size_t i = 1; i < count; i++) {
            const int order = by_number(items[i - 1], items[i]);
            assert_true(order < 0 || (order == 0 && items[i - 1] < items[i]));
        }
    }
}

static void what_ends_early_loses_nothing(void **state)
{
    (void)state;
    static const void *items[COUNT];
    policy_unfinished why = POLICY_UNFINISHED_interrupt;
    unsigned ended = 0;
    for (unsigned most = 0; why != POLICY_FINISHED; most++, ended++) {
        policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
        looks = 0;
        shuffle(items);
        why = policy_sort(items, COUNT, by_number, &work);
        assert_true(why == POLICY_FINISHED || why == POLICY_UNFINISHED_interrupt);
        uint64_t sum = 0;
        static bool seen[COUNT];
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < COUNT; i++) {
            const size_t at = (size_t)((const uint32_t *)items[i] - numbers);
            assert_false(seen[at]);
            seen[at] = true;
            sum += at;
        }
        assert_int_equal(sum, (uint64_t)COUNT * (COUNT - 1) / 2);
    }
    assert_true(ended > 10);
}

static void reasons_have_names(void **state)
{
    (void)state;
    policy_unfinished part = POLICY_FINISHED;
    assert_null(policy_unfinished_name(part));
    policy_unfinished_set(&part, POLICY_UNFINISHED_deadline);
    policy_unfinished_set(&part, POLICY_UNFINISHED_memory);
    assert_string_equal(policy_unfinished_name(part), "deadline");
    for (int i = 1; i < POLICY_UNFINISHED_COUNT; i++)
        assert_non_null(policy_unfinished_name((policy_unfinished)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_order_and_stable),
        cmocka_unit_test(what_ends_early_loses_nothing),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
