/*
 * memory.h: what memory this process has.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stdint.h>

/* Bytes that are this process's alone: what it would give back if it ended. */
uint64_t bench_private_bytes(void);

#endif
