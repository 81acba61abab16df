/*
 * hash.h: a hash for tables of names: multiply-and-fold over 16-byte steps, as in wyhash (Wang Yi, public
 * domain), whose constants these are. Not cryptographic.
 *
 * Names come from guests and from zip files. A table whose slots must not be made to fill up takes a random
 * key; a map (map.h) stays flat whatever the hashes are and takes none.
 */
#ifndef BJ_VFS_HASH_H
#define BJ_VFS_HASH_H

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/span.h"

static inline uint64_t vfs_hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to 8 bytes as a number. */
static inline uint64_t vfs_hash_load(const char *bytes, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, bytes, size < 8 ? size : 8);
    return value;
}

static inline uint64_t vfs_hash(uint64_t key, bj_span name)
{
    const uint64_t p0 = 0xa0761d6478bd642full, p1 = 0xe7037ed1a0b428dbull;
    uint64_t state = key ^ p0;
    const char *at = name.data;
    size_t left = name.size;
    for (; left > 16; at += 16, left -= 16)
        state = vfs_hash_fold(vfs_hash_load(at, 8) ^ p1, vfs_hash_load(at + 8, 8) ^ state);
    uint64_t low = vfs_hash_load(at, left), high = left > 8 ? vfs_hash_load(at + 8, left - 8) : 0;
    state = vfs_hash_fold(low ^ p1, high ^ state);
    return vfs_hash_fold(state ^ p0, name.size ^ p1);
}

/* A new key, never 0. */
static inline uint64_t vfs_hash_key(void)
{
    uint64_t key = 0;
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) != sizeof key)
        key = bj_clock_monotonic_ns() * 0x9e3779b97f4a7c15ull;
    return key | 1;
}

#endif
