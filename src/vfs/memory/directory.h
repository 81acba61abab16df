/*
 * directory.h: the names in a directory in memory.
 *
 * A persistent map (map.h) from the hash of a name to the name: copied in O(1), shared by snapshots. The
 * listing goes in the order of the map, so that a name's place depends on nothing but the name: one that
 * continues after a cookie sees every name that was there all along exactly once, whatever came and went,
 * and equal programs see equal listings.
 */
#ifndef BJ_VFS_DIRECTORY_H
#define BJ_VFS_DIRECTORY_H

#include "base/span.h"
#include "vfs/memory/map.h"
#include "vfs/node/errno.h"

/* What a name in the upper part of an overlay is; 0 in a memory layer. */
#define VFS_NAME_WHITEOUT 1u /* there is nothing, whatever lies below */
#define VFS_NAME_COVERS   2u /* something of that name lies below */
#define VFS_NAME_BORROWED                                                                          \
    4u /* nothing changed: it stands here only while somebody holds what it names */

typedef struct vfs_name {
    vfs_item item;
    uint64_t id;
    uint8_t type; /* a vfs_type */
    uint8_t flags;
    uint8_t size;
    char bytes[];
} vfs_name;

/* Zero is an empty directory. */
typedef struct vfs_directory {
    vfs_map names;
    uint32_t count;
} vfs_directory;

static inline bj_span vfs_name_span(const vfs_name *name)
{
    return (bj_span){name->bytes, name->size};
}

/* NULL: no such name. */
const vfs_name *vfs_directory_find(const vfs_directory *directory, bj_span name);

/* The name that has this key; NULL: none has. */
const vfs_name *vfs_directory_at(const vfs_directory *directory, uint64_t key);

/* `name` must not be there yet. ENOMEM, ENOSPC: nothing changed. */
vfs_errno vfs_directory_add(vfs_directory *directory, bj_span name, uint64_t id, uint32_t type,
                            unsigned flags) BJ_CHECK_RESULT;

/* The same under the key that it had before. EINVAL: it cannot have had that. */
vfs_errno vfs_directory_restore(vfs_directory *directory, uint64_t key, bj_span name, uint64_t id,
                                uint32_t type, unsigned flags) BJ_CHECK_RESULT;

/* Makes `name`, which was found in it, stand for something else. ENOMEM: nothing changed. */
vfs_errno vfs_directory_set(vfs_directory *directory, const vfs_name *name, uint64_t id,
                            uint32_t type, unsigned flags) BJ_CHECK_RESULT;

/* `name` was found in it. ENOMEM: nothing changed. */
vfs_errno vfs_directory_remove(vfs_directory *directory, const vfs_name *name) BJ_CHECK_RESULT;

/* The first name behind `cookie`, 0 for the very first; NULL at the end. */
const vfs_name *vfs_directory_after(const vfs_directory *directory, uint64_t cookie);
/* What continues behind `name`: at least 1, below 2^63. */
uint64_t vfs_directory_cookie(const vfs_name *name);

/* Another directory with the same names. */
vfs_directory vfs_directory_share(const vfs_directory *directory);
void vfs_directory_clear(vfs_directory *directory);

/* Told of each name that is not the very same in both; see vfs_map_diff. */
void vfs_directory_diff(const vfs_directory *before, const vfs_directory *after, vfs_map_diff_fn fn,
                        void *user);

#endif
