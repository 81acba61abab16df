/*
 * memory.c: the read-write layer: files and directories that live in the host's memory (inodes.h), as POSIX
 * has them. Reading does not change the time of access (as with the mount option noatime).
 */
#include <stdlib.h>
#include <string.h>

#include "vfs/memory/inodes.h"
#include "vfs/memory/memory.h"

typedef struct memory_layer {
    vfs_layer layer;
    vfs_inodes inodes;
} memory_layer;

static vfs_inodes *inodes_of(vfs_node node)
{
    return &((memory_layer *)node.layer)->inodes;
}

static const vfs_inode *inode_of(vfs_node node)
{
    return vfs_inodes_get(inodes_of(node), node.id);
}

static const vfs_name *find(vfs_node directory, bj_span name)
{
    return vfs_directory_find(&inode_of(directory)->directory, name);
}

static bool memory_hold(vfs_node node)
{
    return vfs_inodes_hold(inodes_of(node), node.id) == VFS_OK;
}

static void memory_drop(vfs_node node)
{
    (void)vfs_inodes_drop(inodes_of(node), node.id);
}

/* ---------------------------------------------------------------- names */

static vfs_errno memory_lookup(vfs_node parent, bj_span name, vfs_node *child)
{
    const vfs_name *entry = find(parent, name);
    if (!entry)
        return VFS_ENOENT;
    const vfs_node found = {parent.layer, entry->id, entry->type};
    vfs_errno error = vfs_inodes_hold(inodes_of(parent), entry->id);
    if (error == VFS_OK)
        *child = found;
    return error;
}

/* Names an inode that was just made, and lets it go if it can't. */
static vfs_errno name_new(vfs_node parent, bj_span name, uint64_t id)
{
    vfs_errno error = vfs_inodes_name(inodes_of(parent), parent.id, name, id, 0);
    if (error != VFS_OK)
        (void)vfs_inodes_drop(inodes_of(parent), id);
    return error;
}

static vfs_errno memory_create(vfs_node parent, bj_span name, vfs_type type, vfs_node *child)
{
    uint64_t id;
    if (find(parent, name))
        return VFS_EEXIST;
    vfs_errno error = vfs_inodes_new(inodes_of(parent), type, &id);
    if (error != VFS_OK)
        return error;
    error = name_new(parent, name, id);
    if (error == VFS_OK)
        *child = (vfs_node){parent.layer, id, type};
    return error;
}

static vfs_errno memory_symlink(vfs_node parent, bj_span name, bj_span target)
{
    vfs_inodes *inodes = inodes_of(parent);
    uint64_t id;
    if (find(parent, name))
        return VFS_EEXIST;
    vfs_errno error = vfs_inodes_new_symlink(inodes, target, &id);
    if (error == VFS_OK)
        error = name_new(parent, name, id);
    if (error == VFS_OK)
        (void)vfs_inodes_drop(inodes, id);
    return error;
}

static vfs_errno memory_link(vfs_node node, vfs_node parent, bj_span name)
{
    if (find(parent, name))
        return VFS_EEXIST;
    if (inode_of(node)->links >= VFS_LINKS_MAX)
        return VFS_EMLINK;
    return vfs_inodes_link(inodes_of(parent), node.id, parent.id, name, 0);
}

static vfs_errno memory_unlink(vfs_node parent, bj_span name)
{
    const vfs_name *entry = find(parent, name);
    if (!entry)
        return VFS_ENOENT;
    if (entry->type == VFS_DIRECTORY)
        return VFS_EISDIR;
    return vfs_inodes_unname(inodes_of(parent), parent.id, name);
}

static bool is_empty(vfs_node any, uint64_t directory)
{
    return vfs_inodes_get(inodes_of(any), directory)->directory.count == 0;
}

static vfs_errno memory_rmdir(vfs_node parent, bj_span name)
{
    const vfs_name *entry = find(parent, name);
    if (!entry)
        return VFS_ENOENT;
    if (entry->type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    if (!is_empty(parent, entry->id))
        return VFS_ENOTEMPTY;
    return vfs_inodes_unname(inodes_of(parent), parent.id, name);
}

static vfs_errno memory_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    vfs_inodes *inodes = inodes_of(from);
    const vfs_name *source = find(from, name), *target = find(to, new_name);
    if (!source)
        return VFS_ENOENT;
    if (source->type == VFS_DIRECTORY && vfs_inodes_lies_below(inodes, to.id, source->id))
        return VFS_EINVAL;
    if (target && target->id == source->id)
        return VFS_OK;
    if (target && vfs_inodes_lies_below(inodes, from.id, target->id))
        return VFS_ENOTEMPTY;
    vfs_errno error = VFS_OK;
    if (target)
        error = vfs_may_replace(source->type, target->type,
                                target->type == VFS_DIRECTORY && is_empty(to, target->id));
    return error == VFS_OK ? vfs_inodes_rename(inodes, from.id, name, to.id, new_name, 0) : error;
}

static vfs_errno memory_readdir(vfs_node node, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    const vfs_inodes *inodes = inodes_of(node);
    const vfs_inode *inode = inode_of(node);
    if (!vfs_emit_dots(&cookie, inode->inode, vfs_inodes_get(inodes, inode->parent)->inode, emit,
                       user))
        return VFS_OK;
    for (const vfs_name *name; (name = vfs_directory_after(&inode->directory, cookie)) != NULL;) {
        cookie = vfs_directory_cookie(name);
        if (!emit(user, &(vfs_entry){vfs_name_span(name), name->id + 1, cookie + 2,
                                     (vfs_type)name->type}))
            break;
    }
    return VFS_OK;
}

/* ---------------------------------------------------------------- files */

static vfs_errno memory_stat(vfs_node node, vfs_stat *stat)
{
    vfs_inodes_stat(inode_of(node), node.layer->device, stat);
    return VFS_OK;
}

static vfs_errno memory_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                             size_t *moved)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    *moved = vfs_content_read(&inode_of(node)->content, offset, bytes, size);
    return VFS_OK;
}

static vfs_errno memory_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                              size_t *moved)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_inodes *inodes = inodes_of(node);
    vfs_inode *inode = vfs_inodes_edit(inodes, node.id);
    if (!inode)
        return VFS_ENOMEM;
    vfs_errno error =
        vfs_content_write(&inode->content, &inodes->quota, offset, bytes, size, moved);
    if (error == VFS_OK && size > 0)
        vfs_inode_touch(inodes_of(node), inode);
    return error;
}

static vfs_errno memory_resize(vfs_node node, uint64_t size)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_inodes *inodes = inodes_of(node);
    vfs_inode *inode = vfs_inodes_edit(inodes, node.id);
    if (!inode)
        return VFS_ENOMEM;
    vfs_errno error = vfs_content_resize(&inode->content, &inodes->quota, size);
    if (error == VFS_OK)
        vfs_inode_touch(inodes_of(node), inode);
    return error;
}

static vfs_errno memory_allocate(vfs_node node, uint64_t offset, uint64_t end)
{
    vfs_inodes *inodes = inodes_of(node);
    vfs_inode *inode = vfs_inodes_edit(inodes, node.id);
    if (!inode)
        return VFS_ENOMEM;
    vfs_errno error = vfs_content_allocate(&inode->content, &inodes->quota, offset, end);
    if (error == VFS_OK)
        vfs_inode_touch(inodes, inode);
    return error;
}

static bool memory_is_hole(vfs_node node, uint64_t offset, uint64_t *run)
{
    return vfs_content_is_hole(&inode_of(node)->content, offset, run);
}

static vfs_errno memory_set_times(vfs_node node, const vfs_times *times)
{
    return vfs_inodes_set_times(inodes_of(node), node.id, times);
}

static vfs_errno memory_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    if (node.type != VFS_SYMLINK)
        return VFS_EINVAL;
    const vfs_content *content = &inode_of(node)->content;
    *length = (size_t)content->size;
    (void)vfs_content_read(content, 0, target, size);
    return VFS_OK;
}

/* ---------------------------------------------------------------- the layer */

static bool memory_path(vfs_node node, char *path, size_t size)
{
    return vfs_inodes_path(&((const memory_layer *)node.layer)->inodes.map, node.id, path, size);
}

static struct vfs_inodes *memory_inodes(vfs_layer *layer)
{
    return &((memory_layer *)layer)->inodes;
}

static vfs_errno memory_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                             vfs_layer **fork);

static void memory_release(vfs_layer *layer)
{
    vfs_inodes_clear(&((memory_layer *)layer)->inodes);
    free(layer);
}

static const vfs_ops memory_ops = {
    .name = "memory",
    .lookup = memory_lookup,
    .stat = memory_stat,
    .read = memory_read,
    .write = memory_write,
    .resize = memory_resize,
    .allocate = memory_allocate,
    .is_hole = memory_is_hole,
    .set_times = memory_set_times,
    .create = memory_create,
    .unlink = memory_unlink,
    .rmdir = memory_rmdir,
    .rename = memory_rename,
    .symlink = memory_symlink,
    .link = memory_link,
    .readdir = memory_readdir,
    .readlink = memory_readlink,
    .hold = memory_hold,
    .drop = memory_drop,
    .fork = memory_fork,
    .path = memory_path,
    .inodes = memory_inodes,
    .release = memory_release,
};

static vfs_errno memory_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                             vfs_layer **fork)
{
    memory_layer *copy = calloc(1, sizeof *copy);
    if (!copy)
        return VFS_ENOMEM;
    vfs_errno error =
        vfs_inodes_fork(&copy->inodes, &((const memory_layer *)layer)->inodes, moment, budget);
    if (error != VFS_OK) {
        free(copy);
        return error;
    }
    copy->layer.ops = &memory_ops;
    *fork = &copy->layer;
    return VFS_OK;
}

vfs_layer *vfs_memory_new(policy_budget *budget, uint64_t own_bytes)
{
    memory_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    if (vfs_inodes_init(&self->inodes, budget, own_bytes) < 0) {
        free(self);
        return NULL;
    }
    vfs_inodes_begin(&self->inodes);
    self->layer.ops = &memory_ops;
    return &self->layer;
}
