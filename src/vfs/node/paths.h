/*
 * paths.h: a set of paths, in the order in which they were added, within limits.
 *
 * Paths come from guests, who know how to make them collide under any hash without a key. So a hash, with a random key, only
 * says where to look; what decides is the path itself.
 */
#ifndef BJ_VFS_PATHS_H
#define BJ_VFS_PATHS_H

#include "base/attributes.h"
#include "base/span.h"
#include "policy/unfinished.h"

#define VFS_PATHS_NONE SIZE_MAX

/* Texts of any length in few blocks, all freed at once. Zero is empty. */
typedef struct vfs_texts {
    struct vfs_text_block *latest;
    size_t bytes; /* of the texts, with a NUL each */
} vfs_texts;

/* NUL-terminated, good until vfs_texts_clear. NULL: out of memory. */
char *vfs_texts_add(vfs_texts *texts, bj_span text) BJ_CHECK_RESULT;
void vfs_texts_clear(vfs_texts *texts);

/* Zero but for its limits is empty. */
typedef struct vfs_paths {
    size_t most, most_bytes;
    char **items;
    size_t count, capacity;
    vfs_texts texts;
    uint32_t *slots; /* numbers of items + 1, by hash, open addressing; 0: free */
    size_t slot_count;
    uint64_t key;
} vfs_paths;

/* Where it stands, or VFS_PATHS_NONE. */
size_t vfs_paths_find(const vfs_paths *paths, bj_span path);

/* Adds a path that is not there. Its number, or VFS_PATHS_NONE: *why says what it has no room for (count, bytes,
 * memory). */
size_t vfs_paths_add(vfs_paths *paths, bj_span path, policy_unfinished *why);

/* It is empty then, within the same limits. */
void vfs_paths_clear(vfs_paths *paths);

#endif
