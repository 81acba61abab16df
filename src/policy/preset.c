/*
 * preset.c: policies that have a name. docs/policy.md has them as a table.
 */
#include <string.h>

#include "base/error.h"
#include "policy/policy.h"

/* What differs from the defaults. `memory` stays as it is in "strict": the full Python, with its packages imported, begins
 * with half of it. */
static void make_strict(bj_policy *policy)
{
    policy->wall_ms = 5000;
    policy->cpu_ms = 2000;
    policy->stack_bytes = 4u << 20;
    policy->output_bytes = 1u << 20;
    policy->host_calls = 1000000;
    policy->files = 1000;
    policy->file_bytes = 16u << 20;
    policy->descriptors = 64;
    policy->open_calls = 4;
    policy->displays = 10;
    policy->display_bytes = 4u << 20;
    policy->value_bytes = 16u << 20;
    policy->host_descriptors = 16;
}

static void make_default(bj_policy *policy)
{
    (void)policy;
}

static void make_roomy(bj_policy *policy)
{
    policy->wall_ms = 600000;
    policy->memory_bytes = UINT64_C(2) << 30;
    policy->stack_bytes = 32u << 20;
    policy->table_elements = 1000000;
    policy->output_bytes = 100u << 20;
    policy->host_calls = UINT64_C(1000000000000);
    policy->files = 200000;
    policy->file_bytes = UINT64_C(1) << 30;
    policy->descriptors = 1024;
    policy->open_calls = 256;
    policy->displays = 1000;
    policy->display_bytes = 64u << 20;
    policy->value_bytes = UINT64_C(1) << 30;
    policy->host_descriptors = 256;
}

typedef void make_preset(bj_policy *policy);

static const struct {
    const char *name;
    make_preset *make;
} presets[] = {{"strict", make_strict}, {"default", make_default}, {"roomy", make_roomy}};

/* NULL: there is none of that name. */
static make_preset *find_preset(const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, name) == 0)
            return presets[i].make;
    return NULL;
}

bool policy_is_preset(const char *name)
{
    return find_preset(name) != NULL;
}

BJ_API int bj_policy_preset(bj_policy *policy, const char *name, bj_error *err)
{
    bj_policy own, made;
    make_preset *make = find_preset(name);
    if (!make)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "no preset has the name '%.64s'; there are strict, default and roomy", name);
    if (policy_take(&own, policy, err) < 0)
        return -1;
    bj_policy_init(&made);
    make(&made);
    made.deterministic = own.deterministic;
    made.seed = own.seed;
    made.grants = own.grants;
    policy_write(policy, &made);
    return 0;
}
