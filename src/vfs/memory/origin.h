/*
 * origin.h: where a file of an overlay lies in the layer below, as a path from that layer's root: what is left
 * of it when no descriptor is open, in a snapshot, in another process. Immutable, shared by reference.
 */
#ifndef BJ_VFS_ORIGIN_H
#define BJ_VFS_ORIGIN_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "base/span.h"

typedef struct vfs_origin {
    _Atomic(uint32_t) references;
    uint32_t size;
    char path[]; /* "" is the root; else components and single slashes */
} vfs_origin;

static inline bj_span vfs_origin_path(const vfs_origin *origin)
{
    return (bj_span){origin->path, origin->size};
}

/* `name` in the directory `parent` (NULL: the root itself, without a name). NULL: out of memory. */
static inline vfs_origin *vfs_origin_new(const vfs_origin *parent, bj_span name)
{
    size_t above = parent ? parent->size : 0, slash = above > 0 ? 1 : 0;
    vfs_origin *origin = malloc(sizeof *origin + above + slash + name.size);
    if (!origin)
        return NULL;
    atomic_init(&origin->references, 1);
    origin->size = (uint32_t)(above + slash + name.size);
    if (above > 0)
        memcpy(origin->path, parent->path, above);
    if (slash)
        origin->path[above] = '/';
    if (name.size > 0)
        memcpy(origin->path + above + slash, name.data, name.size);
    return origin;
}

static inline vfs_origin *vfs_origin_retain(vfs_origin *origin)
{
    if (origin)
        atomic_fetch_add_explicit(&origin->references, 1, memory_order_relaxed);
    return origin;
}

static inline void vfs_origin_release(vfs_origin *origin)
{
    if (origin && atomic_fetch_sub_explicit(&origin->references, 1, memory_order_acq_rel) == 1)
        free(origin);
}

#endif
