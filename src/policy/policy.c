/*
 * policy.c: limits and their ranges.
 */
#include <string.h>

#include "base/error.h"
#include "policy/grants.h"

BJ_API void bj_policy_init(bj_policy *policy)
{
    *policy = (bj_policy){.size = sizeof *policy,
#define LIMIT_DEFAULT(field, name, unit, default_, least, most, help) .field = default_,
                          BJ_LIMITS(LIMIT_DEFAULT)
#undef LIMIT_DEFAULT
    };
}

BJ_API void bj_policy_clear(bj_policy *policy)
{
    policy_grants_delete(policy->grants);
    bj_policy_init(policy);
}

typedef struct range {
    const char *name;
    unsigned long long value, least, most;
} range;

BJ_API int bj_policy_check(const bj_policy *policy, bj_error *err)
{
    if (policy->size != sizeof *policy)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "this policy was not set up by bj_policy_init of this library's version");
    const range ranges[] = {
#define LIMIT_RANGE(field, name, unit, default_, least, most, help)                                \
    {name, policy->field, least, most},
        BJ_LIMITS(LIMIT_RANGE)
#undef LIMIT_RANGE
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
            return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is %llu; it may be from %llu to %llu",
                           ranges[i].name, ranges[i].value, ranges[i].least, ranges[i].most);
    return 0;
}
