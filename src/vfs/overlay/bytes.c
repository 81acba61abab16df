/*
 * bytes.c: attributes and bytes in an overlay. A file that is written to takes chunks of 64 KiB from
 * below, those that it writes to, and no more: a byte changed in a large file costs a chunk.
 */
#include <stdlib.h>

#include "vfs/overlay/internal.h"

vfs_errno overlay_stat(vfs_node node, vfs_stat *stat)
{
    overlay_layer *self = overlay_of(node);
    const vfs_inode *inode = overlay_inode(node);
    if (!inode->borrowed) {
        vfs_inodes_stat(inode, node.layer->device, stat);
        return VFS_OK;
    }
    vfs_node below;
    vfs_errno error = overlay_below(self, node.id, &below);
    if (error == VFS_OK)
        error = vfs_node_stat(below, stat);
    stat->device = node.layer->device;
    return error;
}

/* Whether any of its bytes lie below. */
static bool has_base(const vfs_inode *inode)
{
    return inode->type == VFS_REGULAR_FILE && (inode->borrowed || inode->content.base > 0);
}

/* What lies below and must not be read is refused here and not at the first read. */
vfs_errno overlay_open(vfs_node node, unsigned access)
{
    vfs_node below;
    (void)access;
    if (node.type != VFS_REGULAR_FILE && node.type != VFS_DIRECTORY)
        return VFS_EACCES;
    return has_base(overlay_inode(node)) ? overlay_open_below(overlay_of(node), node.id, &below)
                                         : VFS_OK;
}

/* All `size` bytes at `offset`, which the base should have; what the host has cut off since reads as zeros. */
static vfs_errno read_below(vfs_node below, uint64_t offset, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t moved;
        vfs_errno error = vfs_node_read(below, offset + done, bytes + done, size - done, &moved);
        if (error != VFS_OK)
            return error;
        if (moved == 0) {
            memset(bytes + done, 0, size - done);
            break;
        }
        done += moved;
    }
    return VFS_OK;
}

/* Of a file that is kept: some bytes are above, some below. */
static vfs_errno read_mixed(overlay_layer *self, uint64_t id, uint64_t offset, uint8_t *bytes,
                            size_t size, size_t *moved)
{
    const vfs_content *content = &vfs_inodes_get(&self->inodes, id)->content;
    vfs_node below;
    vfs_errno error = overlay_open_below(self, id, &below);
    if (offset < content->size && size > content->size - offset)
        size = (size_t)(content->size - offset);
    for (*moved = 0; error == VFS_OK && offset < content->size && *moved < size;) {
        uint64_t run;
        bool base = vfs_content_is_base(content, offset, &run);
        size_t piece = run < size - *moved ? (size_t)run : size - *moved;
        if (base)
            error = read_below(below, offset, bytes + *moved, piece);
        else
            piece = vfs_content_read(content, offset, bytes + *moved, piece);
        offset += piece;
        *moved += piece;
    }
    return error;
}

vfs_errno overlay_read(vfs_node node, uint64_t offset, void *bytes, size_t size, size_t *moved)
{
    overlay_layer *self = overlay_of(node);
    const vfs_inode *inode = overlay_inode(node);
    vfs_node below;
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    if (!has_base(inode)) {
        *moved = vfs_content_read(&inode->content, offset, bytes, size);
        return VFS_OK;
    }
    if (!inode->borrowed)
        return read_mixed(self, node.id, offset, bytes, size, moved);
    vfs_errno error = overlay_open_below(self, node.id, &below);
    return error == VFS_OK ? vfs_node_read(below, offset, bytes, size, moved) : error;
}

/* Takes one chunk from below. */
static vfs_errno cover(overlay_layer *self, uint64_t id, vfs_content *content, uint64_t start)
{
    const uint64_t left = content->base - start;
    const size_t size = left < VFS_CHUNK_BYTES ? (size_t)left : VFS_CHUNK_BYTES;
    bj_autofree uint8_t *bytes = malloc(size);
    if (!bytes)
        return VFS_ENOMEM;
    vfs_node below;
    vfs_errno error = overlay_open_below(self, id, &below);
    if (error == VFS_OK)
        error = read_below(below, start, bytes, size);
    if (error != VFS_OK)
        return error;
    return vfs_content_cover(content, &self->inodes.quota, start / VFS_CHUNK_BYTES, bytes, size);
}

/* Takes from below the chunks that *size bytes at `offset` touch; *size becomes less when there is room for
 * some of them only. */
static vfs_errno cover_all(overlay_layer *self, uint64_t id, vfs_content *content, uint64_t offset,
                           size_t *size)
{
    uint64_t start = offset - offset % VFS_CHUNK_BYTES, run;
    for (uint64_t at = start; at - offset < *size || at == start; at += VFS_CHUNK_BYTES) {
        if (at >= content->base)
            break;
        if (!vfs_content_is_base(content, at, &run))
            continue;
        vfs_errno error = cover(self, id, content, at);
        if (error != VFS_OK && at <= offset)
            return error;
        if (error != VFS_OK) {
            *size = (size_t)(at - offset);
            break;
        }
    }
    return VFS_OK;
}

vfs_errno overlay_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                        size_t *moved)
{
    overlay_layer *self = overlay_of(node);
    *moved = 0;
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    if (size == 0)
        return VFS_OK;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return VFS_EFBIG;
    vfs_errno error = overlay_keep(self, node.id);
    vfs_inode *inode = error == VFS_OK ? vfs_inodes_edit(&self->inodes, node.id) : NULL;
    if (!inode)
        return error != VFS_OK ? error : VFS_ENOMEM;
    error = cover_all(self, node.id, &inode->content, offset, &size);
    if (error == VFS_OK)
        error = vfs_content_write(&inode->content, &self->inodes.quota, offset, bytes, size, moved);
    if (error == VFS_OK)
        vfs_inode_touch(&self->inodes, inode);
    return error;
}

vfs_errno overlay_resize(vfs_node node, uint64_t size)
{
    overlay_layer *self = overlay_of(node);
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_errno error = overlay_keep(self, node.id);
    vfs_inode *inode = error == VFS_OK ? vfs_inodes_edit(&self->inodes, node.id) : NULL;
    if (!inode)
        return error != VFS_OK ? error : VFS_ENOMEM;
    error = vfs_content_resize(&inode->content, &self->inodes.quota, size);
    if (error == VFS_OK)
        vfs_inode_touch(&self->inodes, inode);
    return error;
}

vfs_errno overlay_allocate(vfs_node node, uint64_t offset, uint64_t end)
{
    overlay_layer *self = overlay_of(node);
    vfs_errno error = overlay_keep(self, node.id);
    vfs_inode *inode = error == VFS_OK ? vfs_inodes_edit(&self->inodes, node.id) : NULL;
    if (!inode)
        return error != VFS_OK ? error : VFS_ENOMEM;
    error = vfs_content_allocate(&inode->content, &self->inodes.quota, offset, end);
    if (error == VFS_OK)
        vfs_inode_touch(&self->inodes, inode);
    return error;
}

bool overlay_is_hole(vfs_node node, uint64_t offset, uint64_t *run)
{
    const vfs_inode *inode = overlay_inode(node);
    return !inode->borrowed && vfs_content_is_hole(&inode->content, offset, run);
}

vfs_errno overlay_set_times(vfs_node node, const vfs_times *times)
{
    overlay_layer *self = overlay_of(node);
    vfs_errno error = overlay_keep(self, node.id);
    return error == VFS_OK ? vfs_inodes_set_times(&self->inodes, node.id, times) : error;
}

vfs_errno overlay_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    overlay_layer *self = overlay_of(node);
    const vfs_inode *inode = overlay_inode(node);
    if (node.type != VFS_SYMLINK)
        return VFS_EINVAL;
    if (!inode->borrowed) {
        *length = (size_t)inode->content.size;
        (void)vfs_content_read(&inode->content, 0, target, size);
        return VFS_OK;
    }
    vfs_node below;
    vfs_errno error = overlay_below(self, node.id, &below);
    return error == VFS_OK ? vfs_node_readlink(below, target, size, length) : error;
}
