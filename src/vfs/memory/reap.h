/*
 * reap.h: letting go of a large map without taking it apart here.
 */
#ifndef BJ_VFS_REAP_H
#define BJ_VFS_REAP_H

#include "vfs/memory/map.h"

/* As vfs_map_clear of what holds about `bytes`, by the thread of base/reaper.h where it can. Any thread; the kind's `free` runs
 * on the other one. */
void vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes);

#endif
