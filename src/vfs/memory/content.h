/*
 * content.h: the bytes of a file in memory.
 *
 * Sparse and in chunks of 64 KiB, persistent: a copy shares the chunks, and whoever writes copies the ones
 * that it writes to. The first one grows by doubling, so that small files stay small. A file is charged its
 * size, or what its chunks have room for where that is less: a hole costs nothing, and the host never holds
 * more than twice of what is charged.
 *
 * Of a file that lies over one of the host (overlay.c), the holes below `base` are the host's bytes: they are
 * charged only once a chunk takes their place.
 */
#ifndef BJ_VFS_CONTENT_H
#define BJ_VFS_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "vfs/memory/map.h"
#include "vfs/memory/quota.h"
#include "vfs/node/errno.h"

#define VFS_CHUNK_BYTES 65536u

/* Of the chunks that become free, a layer keeps this many: a file that is written anew would otherwise cost the
 * kernel's giving and taking of pages again. */
#define VFS_SPARE_CHUNKS 256u

typedef struct vfs_chunk {
    vfs_item item; /* key: which one; `first` is in no map */
    uint32_t capacity;
    uint8_t bytes[];
} vfs_chunk;

/* Zero is an empty file. Bytes that a chunk holds past `size` are zero. */
typedef struct vfs_content {
    uint64_t size;
    uint64_t base;    /* at most `size` */
    uint64_t covered; /* bytes of chunks that stand over the base */
    uint64_t held;    /* bytes that the chunks have room for */
    vfs_chunk *first; /* its capacity is a power of two up to VFS_CHUNK_BYTES */
    vfs_map rest;     /* by number, from 1 */
} vfs_content;

/* At most what lies before the end of the file; holes are zeros. */
size_t vfs_content_read(const vfs_content *content, uint64_t offset, void *bytes, size_t size);

/* *moved may be less than `size` when the quota ends on the way. ENOSPC, EFBIG. */
vfs_errno vfs_content_write(vfs_content *content, vfs_quota *quota, uint64_t offset,
                            const void *bytes, size_t size, size_t *moved) BJ_CHECK_RESULT;

/* ENOSPC, EFBIG. ENOMEM: the size is what it was; what lies past the new one may read as zeros. */
vfs_errno vfs_content_resize(vfs_content *content, vfs_quota *quota, uint64_t size) BJ_CHECK_RESULT;

/* Makes what is a hole between `offset` and `end` bytes of its own, so that no write there is ENOSPC, and the file at
 * least `end` long. ENOSPC, EFBIG, ENOMEM: the size is what it was. */
vfs_errno vfs_content_allocate(vfs_content *content, vfs_quota *quota, uint64_t offset,
                               uint64_t end) BJ_CHECK_RESULT;

/* Whether the bytes at `offset` are zeros that nobody wrote; *run is how far that holds at least. */
bool vfs_content_is_hole(const vfs_content *content, uint64_t offset, uint64_t *run);

/* Whether the bytes at `offset` are the base's; *run is how far the answer holds. */
bool vfs_content_is_base(const vfs_content *content, uint64_t offset, uint64_t *run);

/* Puts the bytes of a whole chunk (less at the end of the base) in the place of the base's. ENOSPC, ENOMEM. */
vfs_errno vfs_content_cover(vfs_content *content, vfs_quota *quota, uint64_t chunk,
                            const void *bytes, size_t size) BJ_CHECK_RESULT;

/* The bytes of chunk `number`, which is not there yet, in a file that is as long already; charges nothing. ENOMEM. */
vfs_errno vfs_content_restore(vfs_content *content, vfs_quota *quota, uint64_t number,
                              const void *bytes, size_t size) BJ_CHECK_RESULT;

/* Whether there is a chunk of this number. */
bool vfs_content_has_chunk(const vfs_content *content, uint64_t number);

/* The chunks that are there, one after the other, in no order that means anything: NULL begins and ends it. */
const vfs_chunk *vfs_content_next_chunk(const vfs_content *content, const vfs_chunk *chunk);

/* What it is charged. */
uint64_t vfs_content_charge(const vfs_content *content);

/* Frees the chunks that a quota keeps spare. */
void vfs_content_free_spare(vfs_quota *quota);

/* Another file with the same bytes; charges nothing. */
vfs_content vfs_content_share(const vfs_content *content);

/* Frees it; it is empty then. Returns nothing to a quota. */
void vfs_content_clear(vfs_content *content);

#endif
