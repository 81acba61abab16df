/*
 * read_only.c: what layers answer that cannot be changed.
 */
#include "vfs/node/layer.h"

vfs_errno vfs_read_only_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                              size_t *moved)
{
    (void)node, (void)offset, (void)bytes, (void)size, (void)moved;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_resize(vfs_node node, uint64_t size)
{
    (void)node, (void)size;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_set_times(vfs_node node, const vfs_times *times)
{
    (void)node, (void)times;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_create(vfs_node directory, bj_span name, vfs_type type, vfs_node *child)
{
    (void)directory, (void)name, (void)type, (void)child;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_remove(vfs_node directory, bj_span name)
{
    (void)directory, (void)name;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    (void)from, (void)name, (void)to, (void)new_name;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_symlink(vfs_node directory, bj_span name, bj_span target)
{
    (void)directory, (void)name, (void)target;
    return VFS_EROFS;
}

vfs_errno vfs_read_only_link(vfs_node node, vfs_node directory, bj_span name)
{
    (void)node, (void)directory, (void)name;
    return VFS_EROFS;
}
