/*
 * reaper.h: what is large is freed by a thread of its own.
 *
 * Taking 400,000 files apart takes a third of a second, and so does unmapping 4 GiB of a guest's memory. Whoever deletes a sandbox
 * may be an event loop, and whoever drops a mark is about to hand out a receipt: neither waits. The thread is there while there is
 * something to free.
 */
#ifndef BJ_BASE_REAPER_H
#define BJ_BASE_REAPER_H

#include <stdbool.h>
#include <stdint.h>

/* What may wait to be freed: so many things, and so many bytes, or one thing. */
#define REAPER_MOST       64u
#define REAPER_MOST_BYTES ((uint64_t)512 << 20)

typedef void (*bj_reap_fn)(void *what);

/* Has `free_it` called with `what`, of about `bytes`, by the thread; by the caller, where there is no thread to be had or too
 * much waits already. `whole`: a fork of the process waits while that is done. Any thread. */
void bj_reap(bj_reap_fn free_it, void *what, uint64_t bytes, bool whole);

/* Until all that was handed over is freed and the thread is gone. */
void bj_reaper_wait(void);

#endif
