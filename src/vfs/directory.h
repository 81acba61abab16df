/*
 * directory.h: the names in a directory in memory.
 *
 * A name that is added gets the next cookie, and entries stay in that order: a listing that continues
 * after a cookie sees every name that was there all along exactly once, whatever came and went.
 */
#ifndef BJ_VFS_DIRECTORY_H
#define BJ_VFS_DIRECTORY_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"
#include "vfs/errno.h"

/* One name. Freed by the directory. */
typedef struct vfs_name {
    uint64_t cookie;
    uint32_t id;
    uint32_t hash;
    uint8_t type; /* a vfs_type */
    uint8_t size;
    char bytes[];
} vfs_name;

/* Zero is an empty directory. */
typedef struct vfs_directory {
    struct vfs_directory_entry {
        uint64_t cookie;
        vfs_name *name; /* NULL where one was removed */
    } *entries;         /* by cookie */
    uint32_t *index;    /* hash table of positions + 1; NULL while there are few */
    uint64_t last_cookie;
    uint32_t count; /* entries in use, removed ones included */
    uint32_t capacity;
    uint32_t live;
    uint32_t index_size; /* a power of two */
} vfs_directory;

static inline bj_span vfs_name_span(const vfs_name *name)
{
    return (bj_span){name->bytes, name->size};
}

/* NULL: no such name. `key` is the hash key, the same in every call. */
vfs_name *vfs_directory_find(const vfs_directory *directory, uint64_t key, bj_span name);

/* The name must not be there yet. ENOMEM: nothing changed. */
vfs_errno vfs_directory_add(vfs_directory *directory, uint64_t key, bj_span name, uint32_t id,
                            uint32_t type);

/* `name` was found in it and is freed. Never fails. */
void vfs_directory_remove(vfs_directory *directory, vfs_name *name);

/* The first entry whose cookie is greater; NULL at the end. */
const vfs_name *vfs_directory_after(const vfs_directory *directory, uint64_t cookie);

void vfs_directory_clear(vfs_directory *directory);

#endif
