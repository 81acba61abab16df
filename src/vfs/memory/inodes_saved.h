/*
 * inodes_saved.h: a table of inodes as bytes, and back.
 */
#ifndef BJ_VFS_INODES_SAVED_H
#define BJ_VFS_INODES_SAVED_H

#include "base/pack.h"
#include "vfs/memory/inodes.h"

void vfs_inodes_save(const vfs_inodes *inodes, bj_sink *sink);

/* `overlay`: whether it may refer to what lies below. False: the source has failed; the table is to be cleared in any
 * case. */
bool vfs_inodes_read(vfs_inodes *inodes, policy_budget *budget, uint64_t own_bytes,
                     bj_source *source, bool overlay) BJ_CHECK_RESULT;

#endif
