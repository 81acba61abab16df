/*
 * changes.h: what has become of files: which were made, modified or deleted between two moments of a tree.
 *
 * Found by comparing persistent maps, so it costs as much as has changed, however much there is; only where a file
 * with several names was changed, the names of its whole mount are gone through, once. In directories of the host, which have
 * no moments, by what was written down since the mark (journal.h).
 *
 * All of it is work that a guest can make large, so it has limits and stops when told to (policy/work.h). What is listed
 * then is true, and the list says that there may be more, and why.
 */
#ifndef BJ_VFS_CHANGES_H
#define BJ_VFS_CHANGES_H

#include "base/sha256.h"
#include "policy/unfinished.h"
#include "vfs/node/paths.h"
#include "vfs/tree/tree.h"

typedef struct vfs_change {
    const char *path; /* absolute, as the guest sees it */
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
    vfs_texts texts;           /* the paths */
    policy_unfinished files;   /* why there may be more than are listed here */
    policy_unfinished digests; /* why a file has no digest that could have one */
} vfs_changes;

/* How many paths are looked at and listed, how many bytes they may have together, and how many bytes are read for digests:
 * beyond it `has_digest` is false. */
#define VFS_CHANGES_MOST        100000u
#define VFS_CHANGES_PATH_BYTES  ((size_t)16 << 20)
#define VFS_CHANGES_DIGEST_MOST ((uint64_t)256 << 20)

/* The changes since `since`, which is VFS_MARK (there is a mark) or VFS_START, in all mounts. Reads the tree
 * only. *changes is to be cleared. Never fails: what could not be found out, for want of time, of memory, or because the
 * host would not tell, is said in *changes. */
void vfs_tree_changes(vfs_tree *tree, vfs_moment since, bool digests, policy_work *work,
                      vfs_changes *changes);
void vfs_changes_clear(vfs_changes *changes);

/* Whether nothing can have changed since the mark, so that finding it out and dropping the mark take no time: a few steps
 * for each mount. */
bool vfs_tree_is_quiet(vfs_tree *tree);

/* Applies what has changed since VFS_START in the overlay that is mounted at `guest_path` to the directory of
 * the host below it: commit.c. Stops at the first failure, or between two files when the work ends, with what was applied
 * so far in place. *applied is the number of changes that were, also when it fails.
 * 0, or -1: BJ_ERROR_ARGUMENT (no overlay), _IO, _MEMORY, _UNSUPPORTED, _STOPPED. */
int vfs_tree_commit(vfs_tree *tree, const char *guest_path, policy_work *work, uint64_t *applied,
                    bj_error *err) BJ_CHECK_RESULT;

#endif
