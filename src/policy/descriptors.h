/*
 * descriptors.h: how many descriptors of the host all guests of an engine may hold together.
 *
 * Descriptors belong to the process, so that a limit of each sandbox is not enough: many sandboxes would leave the host
 * none. Whoever wants another one for a guest takes it here first. What a guest keeps open must be no more than an
 * eighth of what is left: so each greedy guest leaves the next one eight ninths of what it found, and what the paths of
 * all of them need for a moment is never taken by what some keep.
 *
 * Any thread.
 */
#ifndef BJ_POLICY_DESCRIPTORS_H
#define BJ_POLICY_DESCRIPTORS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct policy_descriptors {
    uint64_t most;
    _Atomic(uint64_t) used;
} policy_descriptors;

#define POLICY_DESCRIPTORS_SHARE 8u

/* One more. False: nothing was taken. NULL: nobody counts them. */
static inline bool policy_descriptors_take(policy_descriptors *all)
{
    if (!all)
        return true;
    uint64_t used = atomic_load_explicit(&all->used, memory_order_relaxed);
    do
        if (used >= all->most)
            return false;
    while (!atomic_compare_exchange_weak_explicit(&all->used, &used, used + 1, memory_order_relaxed,
                                                  memory_order_relaxed));
    return true;
}

/* Whether a guest that keeps `own` already may keep another one, which was taken. */
static inline bool policy_descriptors_may_keep(const policy_descriptors *all, uint64_t own)
{
    if (!all)
        return true;
    const uint64_t used = atomic_load_explicit(&all->used, memory_order_relaxed);
    return used < all->most && (all->most - used) / POLICY_DESCRIPTORS_SHARE > own;
}

static inline void policy_descriptors_return(policy_descriptors *all)
{
    if (all)
        atomic_fetch_sub_explicit(&all->used, 1, memory_order_relaxed);
}

#endif
