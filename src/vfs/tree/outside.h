/*
 * outside.h: the files of a guest's tree for who stands outside: whole files by absolute paths, under the guest's own rules.
 * Links are followed as they are for the guest. What fails is BJ_ERROR_IO with the guest's error by name, or _MEMORY.
 */
#ifndef BJ_VFS_OUTSIDE_H
#define BJ_VFS_OUTSIDE_H

#include "base/buffer.h"
#include "vfs/tree/tree.h"

/* Makes the directories that lead to it; replaces what was in the file. */
int vfs_outside_write(vfs_tree *tree, bj_span path, bj_span bytes, bj_error *err) BJ_CHECK_RESULT;

/* Appends the bytes of a regular file; more than `most` are BJ_ERROR_ARGUMENT. */
int vfs_outside_read(vfs_tree *tree, bj_span path, size_t most, bj_buffer *out,
                     bj_error *err) BJ_CHECK_RESULT;

/* Calls `each` for what lies in a directory, but for "." and "..", until it is false. BJ_ERROR_STOPPED: the work
 * has ended. */
typedef bool (*vfs_outside_fn)(void *user, bj_span name, const vfs_stat *stat);
int vfs_outside_list(vfs_tree *tree, bj_span path, vfs_outside_fn each, void *user,
                     policy_work *work, bj_error *err) BJ_CHECK_RESULT;

/* A file, a link or an empty directory. */
int vfs_outside_remove(vfs_tree *tree, bj_span path, bj_error *err) BJ_CHECK_RESULT;

#endif
