/*
 * world.h: time and randomness as a guest sees them: the host's, or a world of its own, in which two runs of the same
 * code see the same.
 *
 * In a world of its own, time begins at 2025-01-01T00:00:00Z, stands still while code runs, and goes on by a
 * microsecond whenever the guest looks at a clock, and by what it sleeps. Randomness is a sequence from a seed.
 */
#ifndef BJ_POLICY_WORLD_H
#define BJ_POLICY_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/random.h"

#define POLICY_WORLD_BEGAN_NS UINT64_C(1735689600000000000)
#define POLICY_WORLD_TICK_NS  1000u

typedef struct policy_world {
    bool own;
    uint64_t random;  /* where the sequence stands */
    uint64_t time_ns; /* since the world began */
} policy_world;

/* Nanoseconds since 1970. */
static inline uint64_t policy_world_realtime_ns(const policy_world *world)
{
    return world->own ? POLICY_WORLD_BEGAN_NS + world->time_ns : bj_clock_ns(CLOCK_REALTIME);
}

/* A guest looks at a clock: how much time that takes in its world. */
static inline uint64_t policy_world_tick(policy_world *world)
{
    const uint64_t tick_ns = world->own ? POLICY_WORLD_TICK_NS : 0;
    world->time_ns += tick_ns;
    return tick_ns;
}

/* SplitMix64 (Steele, Lea, Flood 2014): no secret, only the same bytes again. 0, or -1 and errno. */
static inline int policy_world_fill(policy_world *world, uint8_t *bytes, size_t size)
{
    if (!world->own)
        return bj_random_fill(bytes, size);
    for (size_t i = 0; i < size; i++) {
        uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        bytes[i] = (uint8_t)(z >> 56);
    }
    return 0;
}

#endif
