/*
 * budget.c: the table of limits as names, and a budget's beginning.
 */
#include "policy/budget.h"

#include <string.h>

/* What is deterministic runs in the form that counts, whose NaNs are canonical. */
#define MUCH_FUEL UINT64_C(1000000000000000000)

static const char *const limit_names[POLICY_LIMIT_COUNT] = {
#define POLICY_LIMIT_NAME(field, name, unit, default_, least, most, help) [POLICY_##field] = name,
    BJ_LIMITS(POLICY_LIMIT_NAME)
#undef POLICY_LIMIT_NAME
};

const char *policy_limit_name(policy_limit limit)
{
    return limit_names[limit];
}

void policy_budget_init(policy_budget *budget, const bj_policy *policy)
{
    *budget = (policy_budget){0};
#define POLICY_LIMIT_ALLOWED(field, name, unit, default_, least, most, help)                       \
    budget->allowed[POLICY_##field] = policy->field;
    BJ_LIMITS(POLICY_LIMIT_ALLOWED)
#undef POLICY_LIMIT_ALLOWED
    budget->world = (policy_world){.own = policy->deterministic, .random = policy->seed};
    if (policy->deterministic && policy->fuel == 0)
        budget->allowed[POLICY_fuel] = MUCH_FUEL;
}

void policy_budget_init_unlimited(policy_budget *budget)
{
    *budget = (policy_budget){0};
    memset(budget->allowed, 0x7f, sizeof budget->allowed);
}

void policy_budget_get_limits(const policy_budget *budget, bj_policy *policy)
{
#define POLICY_LIMIT_FIELD(field, name, unit, default_, least, most, help)                         \
    policy->field = budget->allowed[POLICY_##field];
    BJ_LIMITS(POLICY_LIMIT_FIELD)
#undef POLICY_LIMIT_FIELD
    policy->deterministic = budget->world.own;
    policy->seed = budget->world.random;
}
