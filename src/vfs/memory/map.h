/*
 * map.h: a persistent map from 64-bit keys to items: inodes by number, names by hash, chunks by index.
 *
 *     map ──> node ─┬─> item            a bit of `items` or of `nodes` for each of the
 *                   ├─> node ─┬─> item  32 digits that a key can have at this depth
 *                   └─> item  └─> …
 *
 * A hash array mapped trie (Bagwell, "Ideal Hash Trees", 2001) that reads a key's low digits first, five
 * bits a level. Copying a map is O(1): both copies share every node and item, and whoever writes copies
 * what is shared on the way to what it changes. Whatever keys an adversary chooses, the depth is at most 13.
 *
 * An item begins with a vfs_item. Reference counts are atomic, so copies of a map may be used by
 * different threads; one copy is used by one thread at a time.
 */
#ifndef BJ_VFS_MAP_H
#define BJ_VFS_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

typedef struct vfs_item {
    _Atomic(uint32_t) references;
    uint64_t key;
} vfs_item;

/* For `copy`: `to` becomes what `from` is, `size` bytes with their vfs_item, and has one reference. Others may count
 * theirs of `from` meanwhile, so that the counter is not read. */
static inline void vfs_item_copy(vfs_item *to, const vfs_item *from, size_t size)
{
    atomic_init(&to->references, 1);
    to->key = from->key;
    memcpy((char *)to + sizeof *to, (const char *)from + sizeof *from, size - sizeof *from);
}

/* What a map must know of its items; the same in every call on a map. */
typedef struct vfs_item_kind {
    /* A copy with one reference and the same key, or NULL when out of memory. */
    vfs_item *(*copy)(const vfs_item *item);
    void (*free)(vfs_item *item);
} vfs_item_kind;

/* Zero is an empty map. */
typedef struct vfs_map {
    struct vfs_map_node *root;
} vfs_map;

/* NULL: there is none. The item may be shared: it is not to be changed. */
const vfs_item *vfs_map_get(const vfs_map *map, uint64_t key);

/* The item under a key that is there, to be changed: nobody else has it. NULL: out of memory. */
vfs_item *vfs_map_edit(vfs_map *map, const vfs_item_kind *kind, uint64_t key) BJ_CHECK_RESULT;

/* Takes over a new item (one reference) whose key is not there yet. -1, out of memory: the caller keeps it. */
int vfs_map_add(vfs_map *map, const vfs_item_kind *kind, vfs_item *item) BJ_CHECK_RESULT;

/* Drops the item under a key that is there. -1, out of memory: it stays. */
int vfs_map_remove(vfs_map *map, const vfs_item_kind *kind, uint64_t key) BJ_CHECK_RESULT;

/* The same, but the map's reference is handed to the caller in *item. */
int vfs_map_take(vfs_map *map, const vfs_item_kind *kind, uint64_t key,
                 vfs_item **item) BJ_CHECK_RESULT;

/* The items have an order: by the digits of their keys, the lowest first. The first item at `key` or
 * behind it, be there an item under that key or not; NULL at the end. */
const vfs_item *vfs_map_from(const vfs_map *map, uint64_t key);
/* The first one behind it. */
const vfs_item *vfs_map_after(const vfs_map *map, uint64_t key);

/* Another map with the same items. */
vfs_map vfs_map_share(const vfs_map *map);

/* Drops all; it is empty then. */
void vfs_map_clear(vfs_map *map, const vfs_item_kind *kind);

/* Told of each key whose item is not the same one in both: `before` or `after` is NULL where there is none.
 * Costs as much as differs. False from `fn` ends it. */
typedef bool (*vfs_map_diff_fn)(void *user, const vfs_item *before, const vfs_item *after);
void vfs_map_diff(const vfs_map *before, const vfs_map *after, vfs_map_diff_fn fn, void *user);

#endif
