/*
 * limits.c: BJ_LIMITS as a table.
 */
#include "policy/limits.h"

const policy_limit_row policy_limits[POLICY_LIMIT_COUNT] = {
#define POLICY_LIMIT_ROW(field, name_, unit_, default_, least_, most_, help_)                      \
    [POLICY_##field] = {.name = name_,                                                             \
                        .help = help_,                                                             \
                        .standard = default_,                                                      \
                        .least = least_,                                                           \
                        .most = most_,                                                             \
                        .offset = offsetof(bj_policy, field),                                      \
                        .unit = unit_},
    BJ_LIMITS(POLICY_LIMIT_ROW)
#undef POLICY_LIMIT_ROW
};
