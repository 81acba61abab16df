/*
 * reaper.h: large maps are freed by a thread of their own.
 *
 * Taking 400,000 files apart takes a third of a second. Whoever deletes a sandbox may be an event loop, and whoever drops a mark
 * is about to hand out a receipt: neither waits. The thread is there while there is something to free.
 */
#ifndef BJ_VFS_REAPER_H
#define BJ_VFS_REAPER_H

#include "vfs/map.h"

/* What may wait to be freed: so many maps, and so many bytes, or one map. */
#define REAPER_MOST       64u
#define REAPER_MOST_BYTES ((uint64_t)512 << 20)

/* As vfs_map_clear of what holds about `bytes`, but the thread does it; the caller, where there is no thread to be had or too
 * much waits already. Any thread. The kind's `free` runs on the other one. */
void vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes);

/* Until all that was handed over is freed and the thread is gone. */
void vfs_reaper_wait(void);

#endif
