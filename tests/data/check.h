/*
 * check.h: what the tests of BLAS and LAPACK share: numbers, reports.
 */
#pragma once

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int failures;
extern long checks;

static inline uint32_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

/* In [-1, 1). */
static inline double uniform(void)
{
    return (double)next_random() / 2147483648.0 - 1.0;
}

static inline int below(int limit)
{
    return (int)(next_random() % (uint32_t)limit);
}

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        checks++;                                                                                  \
        if (!(condition) && failures++ < 20) {                                                     \
            printf("%s:%d: ", __FILE__, __LINE__);                                                 \
            printf(__VA_ARGS__);                                                                   \
            printf("\n");                                                                          \
        }                                                                                          \
    } while (0)
