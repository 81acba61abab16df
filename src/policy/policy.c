/*
 * policy.c: limits and their ranges.
 */
#include "policy/policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "policy/grants.h"
#include "policy/limits.h"

BJ_API void bj_policy_init_sized(bj_policy *policy, size_t size)
{
    bj_policy defaults = {0};
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++)
        *policy_limit_at(&defaults, limit) = policy_limits[limit].standard;
    bj_sized_init(policy, size, &defaults, sizeof defaults);
}

BJ_API void bj_policy_clear(bj_policy *policy)
{
    policy_grants_delete(policy->grants);
    bj_policy_init_sized(policy, policy->size);
}

static int check_ranges(const bj_policy *policy, bj_error *err)
{
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++) {
        const policy_limit_row *row = &policy_limits[limit];
        const uint64_t value = policy_limit_get(policy, limit);
        if (value < row->least || value > row->most)
            return bj_fail(err, BJ_ERROR_ARGUMENT,
                           "%s is %" PRIu64 "; it may be from %" PRIu64 " to %" PRIu64, row->name,
                           value, row->least, row->most);
    }
    return 0;
}

int policy_take(bj_policy *own, const bj_policy *callers, bj_error *err)
{
    bj_policy_init(own);
    return bj_sized_read(own, sizeof *own, callers, BJ_SIZE_TO(bj_policy, grants), "bj_policy",
                         err);
}

int policy_read(bj_policy *own, const bj_policy *callers, bj_error *err)
{
    return policy_take(own, callers, err) < 0 ? -1 : check_ranges(own, err);
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
