/*
 * operations.h: what can be done with a path: open, make, remove, rename, read a link. POSIX's answers,
 * and the read-only file system's EROFS before any of them changes something.
 *
 * `base` is a held directory that the path starts from; see path.h for what paths may be.
 */
#ifndef BJ_VFS_OPERATIONS_H
#define BJ_VFS_OPERATIONS_H

#include "vfs/tree/path.h"

/* How to open, beside VFS_FOLLOW. */
#define VFS_CREATE         0x10u /* make a regular file if nothing is there */
#define VFS_EXCLUSIVE      0x20u /* with VFS_CREATE: EEXIST if something is, be it a link */
#define VFS_TRUNCATE       0x40u
#define VFS_DIRECTORY_ONLY 0x80u /* ENOTDIR for anything else */

/* Opens a regular file or a directory for `access` (VFS_READ | VFS_WRITE); *node is held.
 * A link that is not followed is ELOOP; a fifo, socket or device of the host is EACCES, untouched; there is
 * nothing to truncate in a device of the guest. */
vfs_errno vfs_open(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags, unsigned access,
                   vfs_node *node) BJ_CHECK_RESULT;

vfs_errno vfs_make_directory(vfs_tree *tree, vfs_node base, bj_span path) BJ_CHECK_RESULT;
vfs_errno vfs_remove_directory(vfs_tree *tree, vfs_node base, bj_span path) BJ_CHECK_RESULT;
vfs_errno vfs_remove_file(vfs_tree *tree, vfs_node base, bj_span path) BJ_CHECK_RESULT;

/* Within one mount, else EXDEV; a mount point itself is EBUSY. */
vfs_errno vfs_rename(vfs_tree *tree, vfs_node base, bj_span path, vfs_node new_base,
                     bj_span new_path) BJ_CHECK_RESULT;

/* A name more for what `path` leads to (links in the last place are followed with VFS_FOLLOW only).
 * Not for directories (EPERM); within one mount, else EXDEV. */
vfs_errno vfs_link(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags, vfs_node new_base,
                   bj_span new_path) BJ_CHECK_RESULT;

/* The target has the form of a path and need not lead anywhere. An absolute one is ENOTCAPABLE: the
 * resolver follows none (docs/decisions.md, 13). */
vfs_errno vfs_symlink(vfs_tree *tree, bj_span target, vfs_node base, bj_span path) BJ_CHECK_RESULT;

#endif
