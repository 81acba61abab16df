/*
 * test_policy.c: defaults and ranges of the limits, grants as copies, budgets that give back.
 */
#include "belljar.h"
#include "policy/budget.h"
#include "policy/grants.h"

#include <string.h>

#include "unit.h"

static void defaults_grant_nothing_and_lie_in_their_ranges(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_null(policy.grants);
    assert_int_equal(policy.wall_ms, 30000);
    assert_int_equal(policy.memory_bytes, 256 << 20);
    assert_int_equal(policy.output_bytes, 10 << 20);
    assert_int_equal(bj_policy_check(&policy, &err), 0);
}

static void every_limit_out_of_its_range_is_refused_by_name(void **state)
{
    (void)state;
#define CHECK_RANGE(field, name, unit, default_, least, most, help)                                \
    {                                                                                              \
        bj_policy policy;                                                                          \
        bj_error err;                                                                              \
        bj_policy_init(&policy);                                                                   \
        policy.field = (uint64_t)(most) + 1;                                                       \
        assert_int_equal(bj_policy_check(&policy, &err), -1);                                      \
        assert_int_equal(err.code, BJ_ERROR_ARGUMENT);                                             \
        assert_non_null(strstr(err.message, name " is "));                                         \
        if ((least) > 0) {                                                                         \
            policy.field = (uint64_t)(least) - (uint64_t)1;                                        \
            assert_int_equal(bj_policy_check(&policy, &err), -1);                                  \
        }                                                                                          \
    }
    BJ_LIMITS(CHECK_RANGE)
#undef CHECK_RANGE
}

static void a_policy_that_was_not_initialised_is_refused(void **state)
{
    (void)state;
    bj_policy policy = {0};
    bj_error err;
    assert_int_equal(bj_policy_check(&policy, &err), -1);
}

static void grants_are_copies_and_the_last_variable_of_a_name_counts(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    char name[] = "KEY", value[] = "one";
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_env(&policy, name, value, &err), 0);
    memset(value, 'x', 3);
    assert_int_equal(bj_policy_grant_env(&policy, "OTHER", "", &err), 0);
    assert_string_equal(policy.grants->env.items[0], "KEY=one");
    assert_int_equal(bj_policy_grant_env(&policy, name, "two", &err), 0);
    assert_int_equal(policy.grants->env.count, 2);
    assert_string_equal(policy.grants->env.items[0], "KEY=two");

    bj_grants *copy = policy_grants_copy(policy.grants);
    bj_policy_clear(&policy);
    assert_null(policy.grants);
    assert_string_equal(copy->env.items[0], "KEY=two");
    policy_grants_delete(copy);
}

static void impossible_grants_are_refused(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_dir(&policy, "x", "data", BJ_READ_ONLY, &err), -1);
    assert_int_equal(bj_policy_grant_dir(&policy, "x", "", BJ_READ_ONLY, &err), -1);
    assert_int_equal(bj_policy_grant_dir(&policy, "", "/data", BJ_READ_ONLY, &err), -1);
    assert_int_equal(bj_policy_grant_dir(&policy, "x", "/data", (bj_mode)7, &err), -1);
    assert_int_equal(bj_policy_grant_env(&policy, "", "v", &err), -1);
    assert_int_equal(bj_policy_grant_env(&policy, "A=B", "v", &err), -1);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, -1, &err), -1);
    bj_policy_clear(&policy);
}

static void of_two_kinds_of_stdin_the_last_one_counts(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, 0, &err), 0);
    assert_int_equal(bj_policy_grant_stdin(&policy, "a\0b", 3, &err), 0);
    assert_int_equal(policy.grants->stdin_fd, -1);
    assert_memory_equal(policy.grants->stdin_bytes.data, "a\0b", 3);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, 0, &err), 0);
    assert_int_equal(policy.grants->stdin_bytes.size, 0);
    bj_policy_clear(&policy);
}

static void a_budget_gives_no_more_than_it_has_and_takes_back(void **state)
{
    (void)state;
    bj_policy policy;
    policy_budget budget;
    bj_policy_init(&policy);
    policy.files = 3;
    policy_budget_init(&budget, &policy);
    assert_true(policy_budget_take(&budget, POLICY_files, 2));
    assert_false(policy_budget_take(&budget, POLICY_files, 2));
    assert_false(policy_budget_take(&budget, POLICY_files, UINT64_MAX));
    assert_int_equal(budget.used[POLICY_files], 2);
    policy_budget_return(&budget, POLICY_files, 1);
    assert_true(policy_budget_take(&budget, POLICY_files, 2));
}

static void the_first_limit_that_is_crossed_is_remembered(void **state)
{
    (void)state;
    bj_policy policy;
    policy_budget budget;
    bj_policy_init(&policy);
    policy_budget_init(&budget, &policy);
    policy_budget_cross(&budget, POLICY_output_bytes);
    policy_budget_cross(&budget, POLICY_wall_ms);
    assert_true(budget.crossed);
    assert_string_equal(policy_limits[budget.culprit].name, "output-limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_grant_nothing_and_lie_in_their_ranges),
        cmocka_unit_test(every_limit_out_of_its_range_is_refused_by_name),
        cmocka_unit_test(a_policy_that_was_not_initialised_is_refused),
        cmocka_unit_test(grants_are_copies_and_the_last_variable_of_a_name_counts),
        cmocka_unit_test(impossible_grants_are_refused),
        cmocka_unit_test(of_two_kinds_of_stdin_the_last_one_counts),
        cmocka_unit_test(a_budget_gives_no_more_than_it_has_and_takes_back),
        cmocka_unit_test(the_first_limit_that_is_crossed_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
