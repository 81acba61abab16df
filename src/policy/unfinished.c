/*
 * unfinished.c: the reasons as names.
 */
#include "policy/unfinished.h"

#include <stddef.h>

const char *policy_unfinished_name(policy_unfinished reason)
{
    static const char *const names[POLICY_UNFINISHED_COUNT] = {
#define POLICY_UNFINISHED_NAME(name) [POLICY_UNFINISHED_##name] = #name,
        POLICY_UNFINISHED_REASONS(POLICY_UNFINISHED_NAME)
#undef POLICY_UNFINISHED_NAME
    };
    return names[reason];
}
