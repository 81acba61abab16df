/*
 * host.h: a directory of the host as a layer.
 */
#ifndef BJ_VFS_HOST_H
#define BJ_VFS_HOST_H

#include "belljar.h"
#include "vfs/node/node.h"

/* Resolve component by component, never by openat2: what happens by itself on kernels without it, or
 * where a filter forbids it. For tests. */
#define VFS_HOST_NO_OPENAT2 1u

/* The guest may change it; see change.c for what it may make it grow by. */
#define VFS_HOST_WRITABLE 2u

/* With its root as node 0, a directory that is not held yet. NULL: BJ_ERROR_IO, _MEMORY, _UNSUPPORTED. */
vfs_layer *vfs_host_new(const char *host_path, policy_budget *budget, unsigned flags,
                        bj_error *err) BJ_CHECK_RESULT;

/* The descriptor of a node of such a layer, which stays its own. */
int vfs_host_descriptor(vfs_node node);

/* Whether a link's target has a "..", or is absolute: it may lead a program of the host out of the directory. */
bool host_goes_up(bj_span target);

#endif
