/*
 * holds.h: which inodes of a layer are held, how often, and for an overlay what lies below them. This is what
 * a layer knows of the descriptors and walks of *one* sandbox: no snapshot has any part in it.
 *
 * A hash table, open addressing; a guest can make it as large as its descriptors allow.
 */
#ifndef BJ_VFS_HOLDS_H
#define BJ_VFS_HOLDS_H

#include "vfs/node/node.h"

#define VFS_HOLDS_INLINE 8u

typedef struct vfs_hold {
    uint64_t id;
    uint32_t count; /* 0: the slot is free */
    bool open;      /* what lies below is read from: it is kept until the last hold goes */
    vfs_node below; /* held; VFS_NO_NODE until it is wanted */
} vfs_hold;

typedef struct vfs_holds {
    vfs_hold *slots;   /* `inline_slots` at first */
    uint32_t capacity; /* a power of two */
    uint32_t used;
    vfs_hold inline_slots[VFS_HOLDS_INLINE];
} vfs_holds;

void vfs_holds_init(vfs_holds *holds);
/* Lets go of everything. */
void vfs_holds_clear(vfs_holds *holds);

/* NULL: it is not held. Good until the next vfs_holds_add. */
vfs_hold *vfs_holds_find(const vfs_holds *holds, uint64_t id);

/* One hold more. Another hold on what is held already never fails; NULL: out of memory. */
vfs_hold *vfs_holds_add(vfs_holds *holds, uint64_t id);

/* One hold less on what is held: true when it was the last. */
bool vfs_holds_drop(vfs_holds *holds, uint64_t id);

#endif
