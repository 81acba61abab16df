/*
 * work.h: work that the host does for a guest (comparing file trees, hashing, validating, writing JSON): how long it may
 * take, and who may end it.
 *
 * Whoever does such work calls policy_work_step() in its loops, with what the step cost; the function looks at the clock and
 * at the interrupt now and then, and is a few instructions otherwise. Once it has said no it says so for good, and the
 * work ends with what it has, marked as incomplete.
 *
 * One thread at a time. The interrupt may come from any thread.
 */
#ifndef BJ_POLICY_WORK_H
#define BJ_POLICY_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* How long the host may go on after a deadline or an interrupt, to tell what happened until then. */
#define POLICY_WORK_GRACE_NS UINT64_C(25000000)

/* Units of cost between two looks at the clock. A unit is about a nanosecond: a byte that is copied or hashed costs 1, a
 * lookup in a map 50, an allocation 50, a system call 500. */
#define POLICY_WORK_LOOK 50000u

typedef enum policy_work_end {
    POLICY_WORK_GOES_ON,
    POLICY_WORK_LATE,       /* its time is over */
    POLICY_WORK_INTERRUPTED /* somebody ended it */
} policy_work_end;

typedef struct policy_work {
    uint64_t until_ns;               /* of the monotonic clock; UINT64_MAX: as long as it takes */
    bool (*interrupted)(void *user); /* NULL: by nobody */
    void *user;
    uint64_t cost; /* since the last look */
    policy_work_end end;
} policy_work;

/* Work that nobody limits: for tests, and for what an embedder asks for without a deadline. */
static inline policy_work policy_work_unlimited(void)
{
    return (policy_work){.until_ns = UINT64_MAX};
}

/* Looks now. Whether it goes on. */
static inline bool policy_work_look(policy_work *work)
{
    work->cost = 0;
    if (work->end != POLICY_WORK_GOES_ON)
        return false;
    if (work->interrupted && work->interrupted(work->user))
        work->end = POLICY_WORK_INTERRUPTED;
    else if (work->until_ns != UINT64_MAX && bj_clock_monotonic_ns() >= work->until_ns)
        work->end = POLICY_WORK_LATE;
    return work->end == POLICY_WORK_GOES_ON;
}

/* Takes `cost` units. Whether it goes on. */
static inline bool policy_work_step(policy_work *work, uint64_t cost)
{
    work->cost += cost;
    if (work->cost < POLICY_WORK_LOOK)
        return work->end == POLICY_WORK_GOES_ON;
    return policy_work_look(work);
}

#endif
