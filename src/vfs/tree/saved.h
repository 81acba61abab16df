/*
 * saved.h: the files of a tree as bytes, and back.
 *
 * Of each mount, in order, its path; of layers whose files live in memory those files too, as they are now:
 * numbers, names, links, times, bytes; of an overlay what was changed, and the paths below that it refers to. Nothing of
 * the host is in it. What is read may come from anybody: it is checked until it is a tree that a guest could have made.
 */
#ifndef BJ_VFS_SAVED_H
#define BJ_VFS_SAVED_H

#include "base/pack.h"
#include "vfs/tree/tree.h"

typedef struct vfs_saved vfs_saved;

void vfs_tree_save(const vfs_tree *tree, bj_sink *sink);

/* Its files are charged to `budget`, which outlives it; what they take of the host's memory, to the source's room. NULL:
 * the source has failed, or holds no tree. */
vfs_saved *vfs_saved_read(bj_source *source, policy_budget *budget) BJ_CHECK_RESULT;
/* As vfs_tree_save wrote what was read. */
void vfs_saved_save(const vfs_saved *saved, bj_sink *sink);
void vfs_saved_delete(vfs_saved *saved);

/* Gives a tree that was just made, with the same mounts in the same order and maybe more behind them, these files. 0, or -1 and the tree is of no
 * use: BJ_ERROR_ARGUMENT (other mounts; the files are more than its budget allows), _MEMORY. */
int vfs_tree_assume(vfs_tree *tree, const vfs_saved *saved, bj_error *err) BJ_CHECK_RESULT;

/* How a file is named in what is saved: by its number where it is saved too, else by its path, which is ""
 * where it has none. */
typedef struct vfs_reference {
    bool by_number;
    uint32_t mount;
    uint64_t number;
    const char *path; /* absolute */
} vfs_reference;

/* Its path, where it has one, comes to lie in `path`. */
void vfs_tree_refer(const vfs_tree *tree, vfs_node node, vfs_reference *reference,
                    char path[VFS_PATH_MAX + 1]);

/* The node that it names, opened for `access`; to be dropped by the caller. ENOENT, ENOMEM, …: there is none. */
vfs_errno vfs_tree_follow(vfs_tree *tree, const vfs_reference *reference, unsigned access,
                          vfs_node *node) BJ_CHECK_RESULT;

#endif
