/*
 * layers.h: making the layers, for tree.c. Each function returns a layer with its root as node 0, a
 * directory that is not held yet, or NULL. The tree frees it with ops->release.
 */
#ifndef BJ_VFS_LAYERS_H
#define BJ_VFS_LAYERS_H

#include "belljar.h"
#include "policy/budget.h"
#include "vfs/archive/archive.h"
#include "vfs/node/node.h"

/* memory.c. `own_bytes`: a size of its own in place of the limit file_bytes; 0: none. NULL: out of memory. */
vfs_layer *vfs_memory_new(policy_budget *budget, uint64_t own_bytes) BJ_CHECK_RESULT;

/* host.c. `flags` as vfs_tree_mount_host has them. */
vfs_layer *vfs_host_new(const char *host_path, policy_budget *budget, unsigned flags,
                        bj_error *err) BJ_CHECK_RESULT;

/* overlay.c. Takes over `below`, also when it fails. NULL: out of memory. */
vfs_layer *vfs_overlay_new(vfs_layer *below, policy_budget *budget) BJ_CHECK_RESULT;

/* archive.c. Takes a reference to the archive. NULL: out of memory. */
vfs_layer *vfs_archive_layer_new(vfs_archive *archive) BJ_CHECK_RESULT;

/* device.c. NULL: out of memory. */
vfs_layer *vfs_device_layer_new(policy_budget *budget) BJ_CHECK_RESULT;

/* synthetic.c: read-only directories, made by the tree. NULL: out of memory. */
vfs_layer *vfs_synthetic_new(void) BJ_CHECK_RESULT;
/* The new directory `name` in `directory`, where there is none of that name. ENOMEM. */
vfs_errno vfs_synthetic_make(vfs_node directory, bj_span name, vfs_node *child) BJ_CHECK_RESULT;

/* What several layers share: */

/* Whether a `target` may be replaced by a `source` under its name: EISDIR, ENOTDIR, ENOTEMPTY. */
static inline vfs_errno vfs_may_replace(uint32_t source, uint32_t target, bool target_is_empty)
{
    if (source != VFS_DIRECTORY)
        return target == VFS_DIRECTORY ? VFS_EISDIR : VFS_OK;
    if (target != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    return target_is_empty ? VFS_OK : VFS_ENOTEMPTY;
}

/* "." and "..", which have the cookies 1 and 2, for a listing that continues after *cookie, which is then
 * what is left of it: 0 for the first name. False: it ends here. */
static inline bool vfs_emit_dots(uint64_t *cookie, uint64_t inode, uint64_t up, vfs_entry_fn emit,
                                 void *user)
{
    if (*cookie < 1 && !emit(user, &(vfs_entry){{".", 1}, inode, 1, VFS_DIRECTORY}))
        return false;
    if (*cookie < 2 && !emit(user, &(vfs_entry){{"..", 2}, up, 2, VFS_DIRECTORY}))
        return false;
    *cookie = *cookie < 2 ? 0 : *cookie - 2;
    return true;
}

/* For the members of vfs_ops that a read-only layer does not have: each answers EROFS. */
vfs_errno vfs_read_only_write(vfs_node, uint64_t, const void *, size_t, size_t *);
vfs_errno vfs_read_only_resize(vfs_node, uint64_t);
vfs_errno vfs_read_only_set_times(vfs_node, const vfs_times *);
vfs_errno vfs_read_only_create(vfs_node, bj_span, vfs_type, vfs_node *);
vfs_errno vfs_read_only_remove(vfs_node, bj_span);
vfs_errno vfs_read_only_rename(vfs_node, bj_span, vfs_node, bj_span);
vfs_errno vfs_read_only_symlink(vfs_node, bj_span, bj_span);
vfs_errno vfs_read_only_link(vfs_node, vfs_node, bj_span);

#define VFS_READ_ONLY_OPS                                                                          \
    .write = vfs_read_only_write, .resize = vfs_read_only_resize,                                  \
    .set_times = vfs_read_only_set_times, .create = vfs_read_only_create,                          \
    .unlink = vfs_read_only_remove, .rmdir = vfs_read_only_remove, .rename = vfs_read_only_rename, \
    .symlink = vfs_read_only_symlink, .link = vfs_read_only_link

#endif
