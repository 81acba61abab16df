/*
 * budget.c: a budget's beginning.
 */
#include "policy/budget.h"

#include <string.h>

/* What is deterministic runs in the form that counts, whose NaNs are canonical. */
#define MUCH_FUEL UINT64_C(1000000000000000000)

void policy_budget_init(policy_budget *budget, const bj_policy *policy)
{
    *budget = (policy_budget){0};
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++)
        budget->allowed[limit] = policy_limit_get(policy, limit);
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
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++)
        *policy_limit_at(policy, limit) = budget->allowed[limit];
    policy->deterministic = budget->world.own;
    policy->seed = budget->world.random;
}
