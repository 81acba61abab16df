/*
 * overlay.c: the layer itself: making it, forking it, letting go of it.
 */
#include "vfs/overlay/overlay.h"

#include <stdlib.h>

#include "vfs/overlay/internal.h"

static bool overlay_path(vfs_node node, char *path, size_t size)
{
    return vfs_inodes_path(&((const overlay_layer *)node.layer)->inodes.map, node.id, path, size);
}

static struct vfs_inodes *overlay_inodes(vfs_layer *layer)
{
    return &((overlay_layer *)layer)->inodes;
}

static vfs_errno overlay_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                              vfs_layer **fork);

static void overlay_release(vfs_layer *layer)
{
    overlay_layer *self = (overlay_layer *)layer;
    vfs_inodes_clear(&self->inodes); /* lets go of what it holds below */
    vfs_layer_release(self->below);
    free(self);
}

static const vfs_ops overlay_ops = {
    .name = "overlay",
    .lookup = overlay_lookup,
    .stat = overlay_stat,
    .open = overlay_open,
    .read = overlay_read,
    .write = overlay_write,
    .resize = overlay_resize,
    .allocate = overlay_allocate,
    .is_hole = overlay_is_hole,
    .set_times = overlay_set_times,
    .create = overlay_create,
    .unlink = overlay_unlink,
    .rmdir = overlay_rmdir,
    .rename = overlay_rename,
    .symlink = overlay_symlink,
    .link = overlay_link,
    .readdir = overlay_readdir,
    .readlink = overlay_readlink,
    .hold = overlay_hold,
    .drop = overlay_drop,
    .fork = overlay_fork,
    .path = overlay_path,
    .inodes = overlay_inodes,
    .release = overlay_release,
};

static vfs_errno overlay_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                              vfs_layer **fork)
{
    const overlay_layer *from = (const overlay_layer *)layer;
    overlay_layer *copy = calloc(1, sizeof *copy);
    if (!copy)
        return VFS_ENOMEM;
    vfs_errno error = vfs_layer_fork(from->below, VFS_START, budget, &copy->below);
    if (error == VFS_OK) {
        error = vfs_inodes_fork(&copy->inodes, &from->inodes, moment, budget);
        if (error != VFS_OK)
            vfs_layer_release(copy->below);
    }
    if (error != VFS_OK) {
        free(copy);
        return error;
    }
    copy->layer.ops = &overlay_ops;
    *fork = &copy->layer;
    return VFS_OK;
}

bool vfs_is_overlay(const vfs_layer *layer)
{
    return layer->ops == &overlay_ops;
}

vfs_node vfs_overlay_root_below(const vfs_layer *layer)
{
    return overlay_root_below((const overlay_layer *)layer);
}

/* The root is kept from the start. */
static vfs_errno begin(overlay_layer *self)
{
    vfs_inode *root = vfs_inodes_edit(&self->inodes, 0);
    vfs_stat stat;
    vfs_node below = overlay_root_below(self);
    if (!root || !(root->origin = vfs_origin_new(NULL, (bj_span){"", 0})))
        return VFS_ENOMEM;
    vfs_errno error = vfs_node_stat(below, &stat);
    if (error != VFS_OK)
        return error;
    root->inode = stat.inode;
    root->accessed_ns = stat.accessed_ns;
    root->modified_ns = stat.modified_ns;
    root->changed_ns = stat.changed_ns;
    vfs_inodes_begin(&self->inodes);
    return VFS_OK;
}

vfs_layer *vfs_overlay_new(vfs_layer *below, policy_budget *budget)
{
    overlay_layer *self = calloc(1, sizeof *self);
    if (!self || vfs_inodes_init(&self->inodes, budget, 0) < 0) {
        vfs_layer_release(below);
        free(self);
        return NULL;
    }
    self->layer = (vfs_layer){.ops = &overlay_ops, .contained = true};
    self->below = below;
    if (begin(self) != VFS_OK) {
        overlay_release(&self->layer);
        return NULL;
    }
    return &self->layer;
}
