/*
 * reap.c: large maps are freed by another thread (base/reaper.h).
 */
#include "vfs/memory/reap.h"

#include <stdlib.h>

#include "base/reaper.h"

typedef struct reaped_map {
    vfs_map map;
    const vfs_item_kind *kind;
} reaped_map;

static void free_map(void *what)
{
    reaped_map *reaped = what;
    vfs_map_clear(&reaped->map, reaped->kind);
    free(reaped);
}

void vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes)
{
    reaped_map *reaped = map->root ? malloc(sizeof *reaped) : NULL;
    if (!reaped) {
        vfs_map_clear(map, kind);
        return;
    }
    *reaped = (reaped_map){*map, kind};
    *map = (vfs_map){0};
    bj_reap(free_map, reaped, bytes, false);
}
