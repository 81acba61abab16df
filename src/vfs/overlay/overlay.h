/*
 * overlay.h: changes in memory over a layer that is only read.
 */
#ifndef BJ_VFS_OVERLAY_H
#define BJ_VFS_OVERLAY_H

#include "vfs/node/node.h"

/* With its root as node 0, a directory that is not held yet. Takes over `below`, also when it fails. NULL: out of memory. */
vfs_layer *vfs_overlay_new(vfs_layer *below, policy_budget *budget) BJ_CHECK_RESULT;

bool vfs_is_overlay(const vfs_layer *layer);

/* What lies below its root. */
vfs_node vfs_overlay_root_below(const vfs_layer *layer);

#endif
