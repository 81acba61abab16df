/*
 * changes.h: what has become of files: which were made, modified or deleted between two moments of a tree.
 *
 * Found by comparing persistent maps, so it costs as much as has changed, however much there is. In directories of
 * the host, which have no moments, by what was written down since the mark (journal.h); what is in a directory that
 * was moved there is not told of.
 */
#ifndef BJ_VFS_CHANGES_H
#define BJ_VFS_CHANGES_H

#include "base/sha256.h"
#include "vfs/tree.h"

typedef struct vfs_change {
    char *path; /* absolute, as the guest sees it */
    bj_change_kind kind;
    vfs_type type; /* what there is; what there was, when it is deleted */
    uint64_t size; /* 0 when it is deleted */
    bool has_digest;
    char digest_hex[BJ_SHA256_HEX]; /* of a file's bytes, of a link's target */
} vfs_change;

/* In order of their paths. */
typedef struct vfs_changes {
    vfs_change *items;
    size_t count, capacity;
    bool more; /* there are more than are listed here */
} vfs_changes;

/* How much is listed, and how many bytes are read for digests: beyond it `has_digest` is false. */
#define VFS_CHANGES_MOST        100000u
#define VFS_CHANGES_DIGEST_MOST ((uint64_t)256 << 20)

/* The changes since `since`, which is VFS_MARK (there is a mark) or VFS_START, in all mounts. Reads the tree
 * only. *changes is to be cleared. 0, or -1: BJ_ERROR_MEMORY, _IO. */
int vfs_tree_changes(vfs_tree *tree, vfs_moment since, bool digests, vfs_changes *changes,
                     bj_error *err) BJ_CHECK_RESULT;
void vfs_changes_clear(vfs_changes *changes);

/* Applies what has changed since VFS_START in the overlay that is mounted at `guest_path` to the directory of
 * the host below it: commit.c. Stops at the first failure, with what was applied so far in place.
 * The number of changes applied, or -1: BJ_ERROR_ARGUMENT (no overlay), _IO, _MEMORY, _UNSUPPORTED. */
int64_t vfs_tree_commit(vfs_tree *tree, const char *guest_path, bj_error *err) BJ_CHECK_RESULT;

#endif
