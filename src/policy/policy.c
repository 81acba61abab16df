/*
 * policy.c: limits and their ranges.
 */
#include "policy/policy.h"

#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "policy/grants.h"

BJ_API void bj_policy_init_sized(bj_policy *policy, size_t size)
{
    const bj_policy defaults = {
#define LIMIT_DEFAULT(field, name, unit, default_, least, most, help) .field = default_,
        BJ_LIMITS(LIMIT_DEFAULT)
#undef LIMIT_DEFAULT
    };
    bj_sized_init(policy, size, &defaults, sizeof defaults);
}

BJ_API void bj_policy_clear(bj_policy *policy)
{
    policy_grants_delete(policy->grants);
    bj_policy_init_sized(policy, policy->size);
}

typedef struct range {
    const char *name;
    unsigned long long value, least, most;
} range;

static int check_ranges(const bj_policy *policy, bj_error *err)
{
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

int policy_read(bj_policy *own, const bj_policy *callers, bj_error *err)
{
    bj_policy_init(own);
    if (bj_sized_read(own, sizeof *own, callers, BJ_SIZE_TO(bj_policy, grants), "bj_policy", err) <
        0)
        return -1;
    return check_ranges(own, err);
}

void policy_write(bj_policy *callers, const bj_policy *own)
{
    const size_t known = callers->size < sizeof *own ? callers->size : sizeof *own;
    memcpy((char *)callers + sizeof callers->size, (const char *)own + sizeof own->size,
           known - sizeof own->size);
}

BJ_API int bj_policy_check(const bj_policy *policy, bj_error *err)
{
    bj_policy own;
    return policy_read(&own, policy, err);
}
