/*
 * node.h: what can be done with a node, whichever layer it is of. See layer.h, which says what each of these does: vfs_ops
 * has a member of the same name. What a layer leaves out does what is right here.
 */
#ifndef BJ_VFS_NODE_H
#define BJ_VFS_NODE_H

#include "vfs/node/layer.h"

static inline vfs_errno vfs_node_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    return directory.layer->ops->lookup(directory, name, child);
}

/* Whether its layer resolves paths by itself: without that there is no vfs_node_walk. */
static inline bool vfs_node_walks(vfs_node directory)
{
    return directory.layer->ops->walk != NULL;
}

static inline vfs_errno vfs_node_walk(vfs_node directory, bj_span path, bool follow,
                                      unsigned access, vfs_node *found)
{
    return directory.layer->ops->walk(directory, path, follow, access, found);
}

static inline vfs_errno vfs_node_stat(vfs_node node, vfs_stat *stat)
{
    return node.layer->ops->stat(node, stat);
}

static inline vfs_errno vfs_node_open(vfs_node node, unsigned access)
{
    return node.layer->ops->open ? node.layer->ops->open(node, access) : VFS_OK;
}

static inline vfs_errno vfs_node_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                                      size_t *moved)
{
    return node.layer->ops->read(node, offset, bytes, size, moved);
}

static inline vfs_errno vfs_node_write(vfs_node node, uint64_t offset, const void *bytes,
                                       size_t size, size_t *moved)
{
    return node.layer->ops->write(node, offset, bytes, size, moved);
}

static inline vfs_errno vfs_node_resize(vfs_node node, uint64_t size)
{
    return node.layer->ops->resize(node, size);
}

/* A layer without one has no holes: what the file gains is enough. */
static inline vfs_errno vfs_node_allocate(vfs_node node, uint64_t offset, uint64_t end)
{
    vfs_stat stat;
    if (node.layer->ops->allocate)
        return node.layer->ops->allocate(node, offset, end);
    const vfs_errno error = vfs_node_stat(node, &stat);
    return error != VFS_OK || end <= stat.size ? error : vfs_node_resize(node, end);
}

static inline bool vfs_node_is_hole(vfs_node node, uint64_t offset, uint64_t *run)
{
    return node.layer->ops->is_hole && node.layer->ops->is_hole(node, offset, run);
}

static inline vfs_errno vfs_node_set_times(vfs_node node, const vfs_times *times)
{
    return node.layer->ops->set_times(node, times);
}

static inline vfs_errno vfs_node_create(vfs_node directory, bj_span name, vfs_type type,
                                        vfs_node *child)
{
    return directory.layer->ops->create(directory, name, type, child);
}

static inline vfs_errno vfs_node_unlink(vfs_node directory, bj_span name)
{
    return directory.layer->ops->unlink(directory, name);
}

static inline vfs_errno vfs_node_rmdir(vfs_node directory, bj_span name)
{
    return directory.layer->ops->rmdir(directory, name);
}

static inline vfs_errno vfs_node_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    return from.layer->ops->rename(from, name, to, new_name);
}

static inline vfs_errno vfs_node_symlink(vfs_node directory, bj_span name, bj_span target)
{
    return directory.layer->ops->symlink(directory, name, target);
}

static inline vfs_errno vfs_node_link(vfs_node node, vfs_node directory, bj_span name)
{
    return node.layer->ops->link(node, directory, name);
}

static inline vfs_errno vfs_node_sync(vfs_node node)
{
    return node.layer->ops->sync ? node.layer->ops->sync(node) : VFS_OK;
}

static inline vfs_errno vfs_node_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit,
                                         void *user)
{
    return directory.layer->ops->readdir(directory, cookie, emit, user);
}

static inline vfs_errno vfs_node_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    return node.layer->ops->readlink(node, target, size, length);
}

/* Of a layer that knows none the path is as it was. */
static inline bool vfs_node_path(vfs_node node, char *path, size_t size)
{
    return !node.layer->ops->path || node.layer->ops->path(node, path, size);
}

/* Whether nothing at the node or below it can be changed: rights to do so are not given. */
static inline bool vfs_node_is_frozen(vfs_node node)
{
    return node.layer && node.layer->read_only && !node.layer->passage &&
           !(node.layer->is_root && node.id == 0);
}

static inline bool vfs_node_equal(vfs_node a, vfs_node b)
{
    return a.layer == b.layer && a.id == b.id;
}

/* Another hold on a node that is held already. */
static inline vfs_node vfs_node_hold(vfs_node node)
{
    if (node.layer && node.layer->ops->hold)
        (void)node.layer->ops->hold(node);
    return node;
}

/* A hold on what may not be held yet. ENOMEM. */
static inline vfs_errno vfs_node_hold_new(vfs_node node)
{
    return !node.layer->ops->hold || node.layer->ops->hold(node) ? VFS_OK : VFS_ENOMEM;
}

static inline void vfs_node_drop(vfs_node node)
{
    if (node.layer && node.layer->ops->drop)
        node.layer->ops->drop(node);
}

static inline void vfs_cleanup_node(vfs_node *node)
{
    vfs_node_drop(*node);
}

/* Dropped when the variable goes out of scope. Initialise it (VFS_NO_NODE). */
#define vfs_autonode __attribute__((cleanup(vfs_cleanup_node)))

static inline vfs_node vfs_node_steal(vfs_node *node)
{
    vfs_node value = *node;
    *node = VFS_NO_NODE;
    return value;
}

/* ---- Layers as a whole. ---- */

static inline const char *vfs_layer_name(const vfs_layer *layer)
{
    return layer->ops->name;
}

static inline vfs_errno vfs_layer_fork(const vfs_layer *layer, vfs_moment moment,
                                       policy_budget *budget, vfs_layer **fork)
{
    return layer->ops->fork(layer, moment, budget, fork);
}

/* NULL: it has none. */
static inline struct vfs_inodes *vfs_layer_inodes(vfs_layer *layer)
{
    return layer->ops->inodes ? layer->ops->inodes(layer) : NULL;
}

/* NULL: it keeps none. */
static inline struct vfs_journal *vfs_layer_journal(vfs_layer *layer)
{
    return layer->ops->journal ? layer->ops->journal(layer) : NULL;
}

static inline void vfs_layer_release(vfs_layer *layer)
{
    layer->ops->release(layer);
}

#endif
