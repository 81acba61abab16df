/*
 * limits.h: BJ_LIMITS as numbers and as a table.
 */
#ifndef BJ_POLICY_LIMITS_H
#define BJ_POLICY_LIMITS_H

#include <stddef.h>

#include "belljar.h"

typedef enum policy_limit {
#define POLICY_LIMIT_ENUM(field, name, unit, default_, least, most, help) POLICY_##field,
    BJ_LIMITS(POLICY_LIMIT_ENUM)
#undef POLICY_LIMIT_ENUM
        POLICY_LIMIT_COUNT
} policy_limit;

typedef struct policy_limit_row {
    const char *name; /* in receipts, in policy files and on the command line */
    const char *help;
    uint64_t standard, least, most; /* `standard` is the default; 0 there: no limit */
    size_t offset;                  /* in bj_policy */
    bj_unit unit;
} policy_limit_row;

/* By number. */
extern const policy_limit_row policy_limits[POLICY_LIMIT_COUNT];

/* Where the policy has it. */
static inline uint64_t *policy_limit_at(bj_policy *policy, policy_limit limit)
{
    return (uint64_t *)((char *)policy + policy_limits[limit].offset);
}

static inline uint64_t policy_limit_get(const bj_policy *policy, policy_limit limit)
{
    return *(const uint64_t *)((const char *)policy + policy_limits[limit].offset);
}

#endif
