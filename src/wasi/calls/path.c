/*
 * path.c: calls that make, remove, rename and read names.
 */
#include "vfs/tree/operations.h"
#include "wasi/calls/calls.h"
#include "wasi/context.h"

/* What most begin with: (fd, path, path_len). */
static vfs_errno get_path(wasi_context *context, wasi_memory memory, const uint64_t *args,
                          uint64_t rights, wasi_fd **fd, bj_span *path)
{
    vfs_errno error = wasi_get_directory(context, args[0], rights, fd);
    return error == VFS_OK ? wasi_get_span(memory, args + 1, path) : error;
}

/* (fd, path, path_len) */
vfs_errno wasi_path_create_directory(wasi_context *context, wasi_memory memory,
                                     const uint64_t *args)
{
    wasi_fd *fd;
    bj_span path;
    vfs_errno error = get_path(context, memory, args, WASI_R(PATH_CREATE_DIRECTORY), &fd, &path);
    return error == VFS_OK ? vfs_make_directory(context->tree, fd->node, path) : error;
}

/* (fd, path, path_len) */
vfs_errno wasi_path_remove_directory(wasi_context *context, wasi_memory memory,
                                     const uint64_t *args)
{
    wasi_fd *fd;
    bj_span path;
    vfs_errno error = get_path(context, memory, args, WASI_R(PATH_REMOVE_DIRECTORY), &fd, &path);
    return error == VFS_OK ? vfs_remove_directory(context->tree, fd->node, path) : error;
}

/* (fd, path, path_len) */
vfs_errno wasi_path_unlink_file(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    bj_span path;
    vfs_errno error = get_path(context, memory, args, WASI_R(PATH_UNLINK_FILE), &fd, &path);
    return error == VFS_OK ? vfs_remove_file(context->tree, fd->node, path) : error;
}

/* (old fd, old path, old path_len, new fd, new path, new path_len) */
vfs_errno wasi_path_rename(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *from, *to;
    bj_span path, new_path;
    vfs_errno error = get_path(context, memory, args, WASI_R(PATH_RENAME_SOURCE), &from, &path);
    if (error == VFS_OK)
        error = get_path(context, memory, args + 3, WASI_R(PATH_RENAME_TARGET), &to, &new_path);
    if (error != VFS_OK)
        return error;
    return vfs_rename(context->tree, from->node, path, to->node, new_path);
}

/* (fd, path, path_len, buf, buf_len, bufused: out) A target that does not fit is cut off. */
vfs_errno wasi_path_readlink(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    bj_span path;
    vfs_errno error = get_path(context, memory, args, WASI_R(PATH_READLINK), &fd, &path);
    if (error != VFS_OK)
        return error;
    uint8_t *buffer = wasi_bytes(memory, args[3], args[4]);
    if (!buffer || !wasi_bytes(memory, args[5], 4))
        return VFS_EFAULT;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    size_t length = 0;
    error = vfs_resolve(context->tree, fd->node, path, 0, &node);
    if (error == VFS_OK)
        error = vfs_node_readlink(node, (char *)buffer, args[4], &length);
    if (error != VFS_OK)
        return error;
    return wasi_put32(memory, args[5], (uint32_t)(length < args[4] ? length : args[4]));
}

/* (old fd, lookup flags, old path, old path_len, new fd, new path, new path_len) */
vfs_errno wasi_path_link(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *from, *to;
    bj_span path, new_path;
    vfs_errno error = wasi_get_directory(context, args[0], WASI_R(PATH_LINK_SOURCE), &from);
    if (error == VFS_OK)
        error = wasi_get_span(memory, args + 2, &path);
    if (error == VFS_OK)
        error = get_path(context, memory, args + 4, WASI_R(PATH_LINK_TARGET), &to, &new_path);
    if (error != VFS_OK)
        return error;
    if (args[1] & ~(uint64_t)WASI_LOOKUP_SYMLINK_FOLLOW)
        return VFS_EINVAL;
    unsigned flags = args[1] & WASI_LOOKUP_SYMLINK_FOLLOW ? VFS_FOLLOW : 0;
    return vfs_link(context->tree, from->node, path, flags, to->node, new_path);
}

/* (target, target_len, fd, path, path_len) */
vfs_errno wasi_path_symlink(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    bj_span target, path;
    vfs_errno error = get_path(context, memory, args + 2, WASI_R(PATH_SYMLINK), &fd, &path);
    if (error == VFS_OK)
        error = wasi_get_span(memory, args, &target);
    return error == VFS_OK ? vfs_symlink(context->tree, target, fd->node, path) : error;
}
