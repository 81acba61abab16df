/*
 * behaviours.h: what guests do that never ends by itself, or not soon: for interrupt.c.
 */
#ifndef BENCH_BEHAVIOURS_H
#define BENCH_BEHAVIOURS_H

#include <stddef.h>
#include <stdint.h>

typedef struct behaviour {
    const char *name;    /* "python: sorted of a huge list" */
    const char *prepare; /* interpreters: evaluated before, without a deadline; or NULL */
    const char *code;    /* source, or a module as text */
    uint64_t memory_mib; /* 0: 1 GiB */
    uint64_t stack_mib;  /* 0: the default */
    uint64_t after_ms;   /* when the deadline or the interrupt comes; 0: after 150 ms */
} behaviour;

typedef struct behaviours {
    const char *runtime; /* NULL: each is a module of its own */
    const behaviour *list;
    size_t count;
} behaviours;

extern const behaviours bench_behaviours[3];

#endif
