/*
 * budget.h: what a sandbox may still use, and what it has used.
 *
 * A budget is the limits of a policy with a counter for each. The layers below take from it before
 * they hold or do anything for the guest. The first limit that ends the run is remembered, for the
 * receipt. One thread at a time, as the sandbox that owns it.
 */
#ifndef BJ_POLICY_BUDGET_H
#define BJ_POLICY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "belljar.h"
#include "policy/descriptors.h"
#include "policy/limits.h"
#include "policy/work.h"
#include "policy/world.h"

typedef struct policy_budget {
    uint64_t allowed[POLICY_LIMIT_COUNT];
    uint64_t used[POLICY_LIMIT_COUNT];
    /* POLICY_memory_bytes is one budget for what the guest holds and what the host holds for it. */
    uint64_t
        guest_bytes; /* the linear memory and exceptions, when last looked at; neither shrinks */
    uint64_t
        host_bytes; /* files in memory. Output has a limit of its own: whoever is out of memory says so */
    policy_descriptors
        *descriptors;   /* of the host, shared with other sandboxes; NULL: nobody counts them */
    policy_work *work;  /* of whoever asks, for calls that may take long; NULL: nobody ends them */
    policy_world world; /* time and randomness, beside what is counted */
    bool crossed;       /* whether a limit ended the run */
    policy_limit culprit; /* which, when `crossed` */
} policy_budget;

/* All counters 0, what is allowed taken from the policy. */
void policy_budget_init(policy_budget *budget, const bj_policy *policy);

/* For what belongs to no sandbox: as good as no limits. */
void policy_budget_init_unlimited(policy_budget *budget);

/* Sets the limits of a policy to what the budget allows. */
void policy_budget_get_limits(const policy_budget *budget, bj_policy *policy);

static inline uint64_t policy_budget_left(const policy_budget *budget, policy_limit limit)
{
    return budget->allowed[limit] - budget->used[limit];
}

/* What is left of the memory for host and guest together. */
static inline uint64_t policy_budget_memory_left(const policy_budget *budget)
{
    uint64_t held = budget->guest_bytes + budget->host_bytes;
    uint64_t allowed = budget->allowed[POLICY_memory_bytes];
    return held < allowed ? allowed - held : 0;
}

/* Takes `amount` if that much is left; else takes nothing and returns false. */
static inline bool policy_budget_take(policy_budget *budget, policy_limit limit, uint64_t amount)
{
    if (amount > policy_budget_left(budget, limit))
        return false;
    budget->used[limit] += amount;
    return true;
}

/* Gives back what was taken. */
static inline void policy_budget_return(policy_budget *budget, policy_limit limit, uint64_t amount)
{
    budget->used[limit] -= amount;
}

/* Remembers that `limit` ends the run; the first one counts. */
static inline void policy_budget_cross(policy_budget *budget, policy_limit limit)
{
    if (!budget->crossed) {
        budget->crossed = true;
        budget->culprit = limit;
    }
}

#endif
