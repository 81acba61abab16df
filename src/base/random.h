/*
 * random.h: bytes from the kernel's generator.
 */
#ifndef BJ_BASE_RANDOM_H
#define BJ_BASE_RANDOM_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

/* 0, or -1 and errno. Waits only while the machine has just started. */
static inline int bj_random_fill(void *bytes, size_t size)
{
    for (uint8_t *at = bytes; size > 0;) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return 0;
}

#endif
