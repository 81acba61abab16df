/*
 * fixed.h: layers that nobody changes: /dev, and the directories that lead to mount points.
 */
#ifndef BJ_VFS_FIXED_H
#define BJ_VFS_FIXED_H

#include "vfs/node/node.h"

/* Each with its root as node 0, a directory that is not held yet. NULL: out of memory. */
vfs_layer *vfs_device_layer_new(policy_budget *budget) BJ_CHECK_RESULT;
vfs_layer *vfs_synthetic_new(void) BJ_CHECK_RESULT;

/* The new directory `name` in a synthetic `directory`, where there is none of that name. ENOMEM. */
vfs_errno vfs_synthetic_make(vfs_node directory, bj_span name, vfs_node *child) BJ_CHECK_RESULT;

#endif
