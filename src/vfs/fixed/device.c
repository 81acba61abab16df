/*
 * device.c: /dev with null, zero and urandom. They are the same in every tree and hold nothing.
 *
 * The names can't be changed (EROFS); the devices can be written to, and forget it. No time passes in
 * them, and none can be set. Devices of the host are another matter: they are never opened (host.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/fixed/fixed.h"

typedef struct device_layer {
    vfs_layer layer;
    policy_budget *budget; /* whose world random bytes come from */
} device_layer;

enum { DEV, DEV_NULL, DEV_ZERO, DEV_URANDOM, DEV_COUNT };

static const char *const names[DEV_COUNT] = {
    [DEV_NULL] = "null", [DEV_ZERO] = "zero", [DEV_URANDOM] = "urandom"};

static vfs_errno device_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    for (uint32_t id = DEV_NULL; id < DEV_COUNT; id++)
        if (bj_span_is(name, names[id])) {
            *child = (vfs_node){directory.layer, id, VFS_CHARACTER_DEVICE};
            return VFS_OK;
        }
    return VFS_ENOENT;
}

static vfs_errno device_stat(vfs_node node, vfs_stat *stat)
{
    *stat = (vfs_stat){.device = node.layer->device,
                       .inode = (uint64_t)node.id + 1,
                       .links = 1,
                       .type = (vfs_type)node.type};
    return VFS_OK;
}

static vfs_errno device_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                             size_t *moved)
{
    (void)offset;
    *moved = 0;
    switch (node.id) {
    case DEV_NULL:
        return VFS_OK;
    case DEV_ZERO:
        memset(bytes, 0, size);
        break;
    case DEV_URANDOM:
        if (policy_world_fill(&((device_layer *)node.layer)->budget->world, bytes, size) < 0)
            return vfs_errno_from_host(errno);
        break;
    default:
        return VFS_EISDIR;
    }
    *moved = size;
    return VFS_OK;
}

static vfs_errno device_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                              size_t *moved)
{
    (void)offset, (void)bytes;
    if (node.id == DEV)
        return VFS_EISDIR;
    *moved = size;
    return VFS_OK;
}

static vfs_errno device_resize(vfs_node node, uint64_t size)
{
    (void)size;
    return node.id == DEV ? VFS_EISDIR : VFS_EINVAL;
}

static vfs_errno device_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    const uint64_t inode = (uint64_t)directory.id + 1;
    if (!vfs_emit_dots(&cookie, inode, inode, emit, user))
        return VFS_OK;
    for (uint64_t id = cookie + DEV_NULL; id < DEV_COUNT; id++)
        if (!emit(user, &(vfs_entry){bj_span_of(names[id]), id + 1, id + 2, VFS_CHARACTER_DEVICE}))
            break;
    return VFS_OK;
}

static vfs_errno device_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    (void)node, (void)target, (void)size, (void)length;
    return VFS_EINVAL;
}

static void device_release(vfs_layer *layer)
{
    free(layer);
}

static vfs_errno device_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                             vfs_layer **fork)
{
    (void)layer, (void)moment;
    *fork = vfs_device_layer_new(budget);
    return *fork ? VFS_OK : VFS_ENOMEM;
}

static const vfs_ops device_ops = {
    .name = "devices",
    .lookup = device_lookup,
    .stat = device_stat,
    .read = device_read,
    .write = device_write,
    .resize = device_resize,
    .set_times = vfs_read_only_set_times,
    .create = vfs_read_only_create,
    .unlink = vfs_read_only_remove,
    .rmdir = vfs_read_only_remove,
    .rename = vfs_read_only_rename,
    .symlink = vfs_read_only_symlink,
    .link = vfs_read_only_link,
    .readdir = device_readdir,
    .readlink = device_readlink,
    .fork = device_fork,
    .release = device_release,
};

vfs_layer *vfs_device_layer_new(policy_budget *budget)
{
    device_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    *self = (device_layer){.layer = {.ops = &device_ops, .devices = true}, .budget = budget};
    return &self->layer;
}
