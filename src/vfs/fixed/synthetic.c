/*
 * synthetic.c: "/" and the directories that lead to the mount points. They exist from the start, hold
 * only each other, and never change under the guest; what is mounted on them is tree.c's business.
 * Also the refusals that all read-only layers share.
 *
 * There are a handful, so they lie in one array and are found by looking at each.
 */
#include <stdlib.h>

#include "vfs/fixed/fixed.h"

typedef struct synthetic_directory {
    uint64_t parent;
    uint32_t size;
    char *name; /* owned */
} synthetic_directory;

typedef struct synthetic_layer {
    vfs_layer layer;
    synthetic_directory *directories; /* [0] is the root */
    uint32_t count, capacity;
} synthetic_layer;

static synthetic_layer *layer_of(vfs_node node)
{
    return (synthetic_layer *)node.layer;
}

static vfs_node node_of(synthetic_layer *self, uint64_t id)
{
    return (vfs_node){&self->layer, id, VFS_DIRECTORY};
}

static vfs_errno synthetic_lookup(vfs_node parent, bj_span name, vfs_node *child)
{
    synthetic_layer *self = layer_of(parent);
    for (uint32_t i = 1; i < self->count; i++) {
        const synthetic_directory *each = &self->directories[i];
        if (each->parent == parent.id && bj_span_equal((bj_span){each->name, each->size}, name)) {
            *child = node_of(self, i);
            return VFS_OK;
        }
    }
    return VFS_ENOENT;
}

static vfs_errno synthetic_stat(vfs_node node, vfs_stat *stat)
{
    *stat = (vfs_stat){.device = node.layer->device,
                       .inode = (uint64_t)node.id + 1,
                       .links = 1,
                       .type = VFS_DIRECTORY};
    return VFS_OK;
}

static vfs_errno synthetic_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                                size_t *moved)
{
    (void)node, (void)offset, (void)bytes, (void)size, (void)moved;
    return VFS_EISDIR;
}

static vfs_errno synthetic_readdir(vfs_node parent, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    synthetic_layer *self = layer_of(parent);
    const uint64_t inode = (uint64_t)parent.id + 1;
    if (!vfs_emit_dots(&cookie, inode, inode, emit, user))
        return VFS_OK;
    for (uint64_t i = cookie + 1; i < self->count; i++) {
        const synthetic_directory *each = &self->directories[i];
        if (each->parent == parent.id &&
            !emit(user, &(vfs_entry){{each->name, each->size}, i + 1, i + 2, VFS_DIRECTORY}))
            break;
    }
    return VFS_OK;
}

static vfs_errno synthetic_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    (void)node, (void)target, (void)size, (void)length;
    return VFS_EINVAL;
}

static void synthetic_release(vfs_layer *layer)
{
    synthetic_layer *self = (synthetic_layer *)layer;
    for (uint32_t i = 0; i < self->count; i++)
        free(self->directories[i].name);
    free(self->directories);
    free(self);
}

static bool synthetic_path(vfs_node node, char *path, size_t size)
{
    const synthetic_layer *self = layer_of(node);
    size_t at = size; /* written from the end to the beginning */
    if (at == 0)
        return false;
    path[--at] = 0;
    for (uint64_t id = node.id; id != 0; id = self->directories[id].parent) {
        const synthetic_directory *each = &self->directories[id];
        if (each->size + 1 > at)
            return false;
        at -= each->size;
        memcpy(path + at, each->name, each->size);
        path[--at] = '/';
    }
    memmove(path, path + at, size - at);
    return true;
}

static vfs_errno synthetic_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                                vfs_layer **fork)
{
    (void)moment, (void)budget;
    const synthetic_layer *from = (const synthetic_layer *)layer;
    *fork = vfs_synthetic_new();
    if (!*fork)
        return VFS_ENOMEM;
    for (uint32_t i = 1; i < from->count; i++) {
        const synthetic_directory *each = &from->directories[i];
        vfs_node made;
        vfs_errno error = vfs_synthetic_make((vfs_node){*fork, each->parent, VFS_DIRECTORY},
                                             (bj_span){each->name, each->size}, &made);
        if (error != VFS_OK) {
            synthetic_release(*fork);
            return error;
        }
    }
    return VFS_OK;
}

static const vfs_ops synthetic_ops = {
    .name = "synthetic",
    .lookup = synthetic_lookup,
    .stat = synthetic_stat,
    .read = synthetic_read,
    .readdir = synthetic_readdir,
    .readlink = synthetic_readlink,
    .fork = synthetic_fork,
    .path = synthetic_path,
    .release = synthetic_release,
    VFS_READ_ONLY_OPS,
};

vfs_layer *vfs_synthetic_new(void)
{
    synthetic_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->capacity = 8;
    self->directories = calloc(self->capacity, sizeof *self->directories);
    if (!self->directories) {
        free(self);
        return NULL;
    }
    self->count = 1;
    self->layer.ops = &synthetic_ops;
    self->layer.read_only = true;
    self->layer.passage = true;
    return &self->layer;
}

vfs_errno vfs_synthetic_make(vfs_node parent, bj_span name, vfs_node *child)
{
    synthetic_layer *self = layer_of(parent);
    if (self->count == self->capacity) {
        synthetic_directory *grown = realloc(self->directories, 2 * self->capacity * sizeof *grown);
        if (!grown)
            return VFS_ENOMEM;
        self->directories = grown;
        self->capacity *= 2;
    }
    char *copy = malloc(name.size + 1);
    if (!copy)
        return VFS_ENOMEM;
    memcpy(copy, name.data, name.size);
    self->directories[self->count] = (synthetic_directory){parent.id, (uint32_t)name.size, copy};
    *child = node_of(self, self->count++);
    return VFS_OK;
}
