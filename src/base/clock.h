/*
 * clock.h: the host's clocks in nanoseconds.
 */
#ifndef BJ_BASE_CLOCK_H
#define BJ_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t bj_clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Never goes back; the zero is arbitrary. Deadlines are in its terms. */
static inline uint64_t bj_clock_monotonic_ns(void)
{
    return bj_clock_ns(CLOCK_MONOTONIC);
}

/* CPU time of the calling thread. */
static inline uint64_t bj_clock_thread_cpu_ns(void)
{
    return bj_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

#endif
