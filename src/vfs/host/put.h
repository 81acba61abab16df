/*
 * put.h: a file of the guest's tree written to a directory of the host, whole or not at all: under a
 * name that nobody can guess, and then renamed over its place, which replaces a link and does not follow it.
 */
#ifndef BJ_VFS_HOST_PUT_H
#define BJ_VFS_HOST_PUT_H

#include <sys/types.h>

#include "belljar.h"
#include "vfs/node/node.h"

/* Asked before `size` bytes of `node` are written, or left out as a hole: less than 0 and an error ends it. May be NULL. */
typedef int (*vfs_put_fn)(void *user, vfs_node node, size_t size, bool hole, bj_error *err);

/* Writes the regular file `node`, its holes as holes, as `name` (one component) into the host's directory `directory`, with `mode`
 * (less the umask); errors speak of it as `shown`. 0, or -1: BJ_ERROR_IO, _MEMORY; nothing is left behind then. */
int vfs_host_put(int directory, bj_span name, bj_span shown, vfs_node node, mode_t mode,
                 vfs_put_fn allow, void *user, bj_error *err) BJ_CHECK_RESULT;

#endif
