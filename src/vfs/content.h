/*
 * content.h: the bytes of a file in memory.
 *
 * Sparse and in chunks of 64 KiB; the first one grows by doubling, so that small files stay small. A
 * file is charged its *size*, holes included: so what a guest can make a host write (vfs_copy_out) is
 * bounded by the same number, and the host never holds more than twice of it.
 */
#ifndef BJ_VFS_CONTENT_H
#define BJ_VFS_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/budget.h"
#include "vfs/errno.h"

#define VFS_CHUNK_BYTES 65536u

/* Zero is an empty file. Bytes that a chunk holds past `size` are zero. */
typedef struct vfs_content {
    uint64_t size;
    uint8_t *first;          /* bytes [0, first_capacity) */
    uint8_t **rest;          /* rest[i] holds chunk i + 1; NULL: a hole */
    uint32_t first_capacity; /* a power of two up to VFS_CHUNK_BYTES, or 0 */
    uint32_t rest_count;
} vfs_content;

/* At most what lies before the end of the file. */
size_t vfs_content_read(const vfs_content *content, uint64_t offset, void *bytes, size_t size);

/* *moved may be less than `size` when the budget ends on the way. ENOSPC, EFBIG. */
vfs_errno vfs_content_write(vfs_content *content, policy_budget *budget, uint64_t offset,
                            const void *bytes, size_t size, size_t *moved);

vfs_errno vfs_content_resize(vfs_content *content, policy_budget *budget, uint64_t size);

/* Frees it and gives its size back to the budget; it is empty then. */
void vfs_content_clear(vfs_content *content, policy_budget *budget);

#endif
