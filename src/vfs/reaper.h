/*
 * reaper.h: large maps are freed by a thread of their own.
 *
 * Taking 400,000 files apart takes a third of a second. Whoever deletes a sandbox may be an event loop, and whoever drops a mark
 * is about to hand out a receipt: neither waits. The thread is there while there is something to free.
 */
#ifndef BJ_VFS_REAPER_H
#define BJ_VFS_REAPER_H

#include "vfs/map.h"

/* As vfs_map_clear, but the thread does it; the caller, where there is no thread to be had or REAPER_MOST maps wait already. Any
 * thread. The kind's `free` runs on the other one. */
void vfs_reap(vfs_map *map, const vfs_item_kind *kind);

#define REAPER_MOST 64u

/* Until all that was handed over is freed and the thread is gone. */
void vfs_reaper_wait(void);

#endif
