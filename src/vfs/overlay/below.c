/*
 * below.c: finding what lies above or below, borrowing it, keeping it. See internal.h.
 */
#include <string.h>

#include "vfs/overlay/internal.h"

/* ---------------------------------------------------------------- below */

/* Component by component, no link followed. */
static vfs_errno step_down(vfs_node root, bj_span path, vfs_node *found)
{
    vfs_autonode vfs_node at = vfs_node_hold(root);
    while (path.size > 0) {
        const char *slash = memchr(path.data, '/', path.size);
        size_t size = slash ? (size_t)(slash - path.data) : path.size;
        vfs_node child;
        vfs_errno error = vfs_node_lookup(at, (bj_span){path.data, size}, &child);
        if (error != VFS_OK)
            return error;
        vfs_node_drop(at);
        at = child;
        size += slash != NULL;
        path = (bj_span){path.data + size, path.size - size};
        if (path.size > 0 && at.type != VFS_DIRECTORY)
            return VFS_ENOENT;
    }
    *found = vfs_node_steal(&at);
    return VFS_OK;
}

static vfs_errno find_below(const overlay_layer *self, const vfs_inode *inode, vfs_node *found)
{
    vfs_node root = overlay_root_below(self);
    bj_span path = vfs_origin_path(inode->origin);
    if (path.size > VFS_PATH_MAX)
        return VFS_ENAMETOOLONG;
    vfs_errno error = vfs_node_walks(root) && path.size > 0
                          ? vfs_node_walk(root, path, false, 0, found)
                          : VFS_EAGAIN;
    if (error == VFS_EAGAIN)
        error = step_down(root, path, found);
    if (error == VFS_OK && found->type != inode->type) {
        vfs_node_drop(*found);
        error = VFS_ENOENT; /* the host has put something else there */
    }
    return error;
}

/* Keeps what was found below `id`, and lets go of what was found longest ago. */
static void keep_found(overlay_layer *self, uint64_t id, vfs_node below)
{
    const uint64_t oldest = self->recent[self->oldest];
    vfs_hold *gone = oldest ? vfs_holds_find(&self->inodes.holds, oldest) : NULL;
    if (gone && !gone->open)
        vfs_node_drop(vfs_node_steal(&gone->below));
    self->recent[self->oldest] = id;
    self->oldest = (self->oldest + 1) % OVERLAY_RECENT;
    vfs_holds_find(&self->inodes.holds, id)->below = below;
}

vfs_errno overlay_below(overlay_layer *self, uint64_t id, vfs_node *below)
{
    if (id == 0) {
        *below = overlay_root_below(self);
        return VFS_OK;
    }
    const vfs_hold *hold = vfs_holds_find(&self->inodes.holds, id);
    if (!hold->below.layer) {
        vfs_node found;
        vfs_errno error = find_below(self, vfs_inodes_get(&self->inodes, id), &found);
        if (error != VFS_OK)
            return error;
        keep_found(self, id, found);
    }
    *below = hold->below;
    return VFS_OK;
}

vfs_errno overlay_open_below(overlay_layer *self, uint64_t id, vfs_node *below)
{
    vfs_errno error = overlay_below(self, id, below);
    if (error == VFS_OK)
        error = vfs_node_open(*below, VFS_READ);
    if (error == VFS_OK && id != 0)
        vfs_holds_find(&self->inodes.holds, id)->open = true;
    return error;
}

/* ---------------------------------------------------------------- borrowing */

/* A name for what lies below, which takes no part in any count. `below` is handed over. */
static vfs_errno borrow(overlay_layer *self, uint64_t directory, bj_span name, vfs_node below,
                        uint64_t *id)
{
    vfs_autonode vfs_node owned = below;
    vfs_stat stat;
    vfs_errno error = vfs_node_stat(below, &stat);
    vfs_inode *parent = vfs_inodes_edit(&self->inodes, directory);
    vfs_origin *origin = parent ? vfs_origin_new(parent->origin, name) : NULL;
    if (error != VFS_OK || !origin)
        return error != VFS_OK ? error : VFS_ENOMEM;
    error = vfs_inodes_borrow(&self->inodes, (vfs_type)below.type, id);
    if (error != VFS_OK) {
        vfs_origin_release(origin);
        return error;
    }
    vfs_inode *inode = vfs_inodes_edit(&self->inodes, *id);
    inode->origin = origin;
    inode->inode = stat.inode;
    inode->parent = directory;
    error = vfs_directory_add(&parent->directory, name, *id, inode->type,
                              VFS_NAME_COVERS | VFS_NAME_BORROWED);
    if (error == VFS_OK && vfs_inodes_hold(&self->inodes, directory) != VFS_OK) {
        error = VFS_ENOMEM;
        (void)!vfs_directory_remove(&parent->directory, /* its nodes are ours: that cannot fail */
                                    vfs_directory_find(&parent->directory, name));
    }
    if (error != VFS_OK) {
        (void)vfs_inodes_drop(&self->inodes, *id);
        return error;
    }
    inode->name = vfs_directory_find(&parent->directory, name)->item.key;
    keep_found(self, *id, vfs_node_steal(&owned));
    return VFS_OK;
}

vfs_errno overlay_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    overlay_layer *self = overlay_of(directory);
    const vfs_inode *inode = overlay_inode(directory);
    const vfs_name *entry = vfs_directory_find(&inode->directory, name);
    if (entry && (entry->flags & VFS_NAME_WHITEOUT))
        return VFS_ENOENT;
    if (entry) {
        const vfs_node found = {directory.layer, entry->id, entry->type};
        if (!overlay_hold(found))
            return VFS_ENOMEM;
        *child = found;
        return VFS_OK;
    }
    if (!inode->origin)
        return VFS_ENOENT;
    vfs_node above, below;
    uint64_t id;
    vfs_errno error = overlay_below(self, directory.id, &above);
    if (error == VFS_OK)
        error = vfs_node_lookup(above, name, &below);
    if (error != VFS_OK)
        return error;
    const uint32_t type = below.type;
    error = borrow(self, directory.id, name, below, &id);
    if (error == VFS_OK)
        *child = (vfs_node){directory.layer, id, type};
    return error;
}

/* What is borrowed holds its directory as long as it is held itself. In a fork, whose snapshot was taken while
 * it was held, it may be there and not be held. */
bool overlay_hold(vfs_node node)
{
    vfs_inodes *inodes = &overlay_of(node)->inodes;
    for (uint64_t id = node.id;;) {
        const bool held = vfs_holds_find(&inodes->holds, id) != NULL;
        if (vfs_inodes_hold(inodes, id) != VFS_OK) {
            /* Of the directories below, the ones that are held already stay so: they go with the layer. */
            return false;
        }
        const vfs_inode *inode = vfs_inodes_get(inodes, id);
        if (held || !inode->borrowed)
            return true;
        id = inode->parent;
    }
}

/* The entry of a borrowed inode: only a kept one can lose its name. */
static const vfs_name *entry_of(const vfs_inode *parent, const vfs_inode *inode)
{
    return vfs_directory_at(&parent->directory, inode->name);
}

/* Takes the entry of a borrowed inode away. False: no memory, it stays until it is held again. */
static bool forget_name(vfs_inodes *inodes, const vfs_inode *inode)
{
    vfs_inode *parent = vfs_inodes_edit(inodes, inode->parent);
    return parent && vfs_directory_remove(&parent->directory, entry_of(parent, inode)) == VFS_OK;
}

void overlay_drop(vfs_node node)
{
    vfs_inodes *inodes = &overlay_of(node)->inodes;
    for (uint64_t id = node.id;;) {
        const vfs_inode *inode = vfs_inodes_get(inodes, id);
        const uint64_t parent = inode->parent;
        if (!inode->borrowed || vfs_holds_find(&inodes->holds, id)->count > 1) {
            (void)vfs_inodes_drop(inodes, id);
            return;
        }
        if (forget_name(inodes, inode))
            (void)vfs_inodes_drop(inodes, id);
        else
            (void)vfs_holds_drop(&inodes->holds, id);
        id = parent;
    }
}

/* ---------------------------------------------------------------- keeping */

static vfs_errno copy_target(vfs_inodes *inodes, vfs_inode *inode, vfs_node below)
{
    char target[VFS_PATH_MAX];
    size_t length, moved;
    vfs_errno error = vfs_node_readlink(below, target, sizeof target, &length);
    if (error == VFS_OK && length > sizeof target)
        error = VFS_ENAMETOOLONG;
    if (error == VFS_OK)
        error = vfs_content_write(&inode->content, &inodes->quota, 0, target, length, &moved);
    if (error == VFS_OK && moved < length)
        error = VFS_ENOSPC;
    return error;
}

/* Gives an inode attributes of its own: those that it has below. */
static vfs_errno copy_attributes(vfs_inodes *inodes, vfs_inode *inode, vfs_node below)
{
    vfs_stat stat;
    vfs_errno error = vfs_node_stat(below, &stat);
    if (error == VFS_OK && inode->type == VFS_SYMLINK)
        error = copy_target(inodes, inode, below);
    if (error != VFS_OK)
        return error;
    if (inode->type == VFS_REGULAR_FILE)
        inode->content.size = inode->content.base = stat.size;
    inode->accessed_ns = stat.accessed_ns;
    inode->modified_ns = stat.modified_ns;
    inode->changed_ns = stat.changed_ns;
    return VFS_OK;
}

/* Keeps one borrowed inode whose directory is kept. */
static vfs_errno keep_one(overlay_layer *self, uint64_t id)
{
    vfs_inodes *inodes = &self->inodes;
    vfs_node below;
    vfs_errno error = overlay_below(self, id, &below);
    vfs_inode *inode = error == VFS_OK ? vfs_inodes_edit(inodes, id) : NULL;
    vfs_inode *parent = inode ? vfs_inodes_edit(inodes, inode->parent) : NULL;
    if (!parent)
        return error != VFS_OK ? error : VFS_ENOMEM;
    const vfs_name *entry = entry_of(parent, inode);
    const size_t name_size = entry->size;
    error = vfs_inodes_keep(inodes, id, name_size);
    if (error != VFS_OK)
        return error;
    error = copy_attributes(inodes, inode, below);
    if (error == VFS_OK)
        error = vfs_directory_set(&parent->directory, entry, id, inode->type, VFS_NAME_COVERS);
    if (error != VFS_OK) {
        vfs_inodes_unkeep(inodes, id, name_size);
        return error;
    }
    inode->links = 1;
    overlay_drop((vfs_node){&self->layer, parent->item.key, VFS_DIRECTORY});
    return VFS_OK;
}

vfs_errno overlay_keep(overlay_layer *self, uint64_t id)
{
    const vfs_inodes *inodes = &self->inodes;
    while (vfs_inodes_get(inodes, id)->borrowed) {
        uint64_t top = id;
        for (const vfs_inode *inode = vfs_inodes_get(inodes, id); inode->borrowed;
             inode = vfs_inodes_get(inodes, inode->parent))
            top = inode->item.key;
        vfs_errno error = keep_one(self, top);
        if (error != VFS_OK)
            return error;
    }
    return VFS_OK;
}
