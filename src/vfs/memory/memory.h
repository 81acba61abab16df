/*
 * memory.h: files in memory as a layer, charged to a budget.
 */
#ifndef BJ_VFS_MEMORY_H
#define BJ_VFS_MEMORY_H

#include "vfs/node/node.h"

/* With its root as node 0, a directory that is not held yet. `own_bytes`: a size of its own in place of the limit
 * file_bytes; 0: none. NULL: out of memory. */
vfs_layer *vfs_memory_new(policy_budget *budget, uint64_t own_bytes) BJ_CHECK_RESULT;

#endif
