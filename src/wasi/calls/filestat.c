/*
 * filestat.c: sizes and times, of descriptors and of paths.
 */
#include "wasi/context.h"

#include "base/clock.h"
#include "vfs/tree/path.h"
#include "wasi/calls/calls.h"

/* `fstflags` */
enum { ATIM = 1, ATIM_NOW = 2, MTIM = 4, MTIM_NOW = 8, FSTFLAGS_ALL = 15 };

/* Writes a filestat. EFAULT. */
static vfs_errno put_filestat(wasi_memory memory, uint64_t pointer, const vfs_stat *stat)
{
    uint8_t *at = wasi_bytes(memory, pointer, WASI_FILESTAT_BYTES);
    if (!at)
        return VFS_EFAULT;
    wasi_store64(at + WASI_FILESTAT_DEV, stat->device);
    wasi_store64(at + WASI_FILESTAT_INO, stat->inode);
    wasi_store64(at + WASI_FILESTAT_FILETYPE, stat->type); /* a byte and its padding */
    wasi_store64(at + WASI_FILESTAT_NLINK, stat->links);
    wasi_store64(at + WASI_FILESTAT_SIZE, stat->size);
    wasi_store64(at + WASI_FILESTAT_ATIM, stat->accessed_ns);
    wasi_store64(at + WASI_FILESTAT_MTIM, stat->modified_ns);
    wasi_store64(at + WASI_FILESTAT_CTIM, stat->changed_ns);
    return VFS_OK;
}

/* (atim, mtim, fst_flags) as times. EINVAL: flags that are unknown or exclude each other. */
static vfs_errno get_times(const wasi_context *context, const uint64_t *args, vfs_times *times)
{
    uint64_t flags = args[2];
    if ((flags & ~(uint64_t)FSTFLAGS_ALL) || (flags & (ATIM | ATIM_NOW)) == (ATIM | ATIM_NOW) ||
        (flags & (MTIM | MTIM_NOW)) == (MTIM | MTIM_NOW))
        return VFS_EINVAL;
    uint64_t now_ns =
        flags & (ATIM_NOW | MTIM_NOW) ? policy_world_realtime_ns(&context->budget->world) : 0;
    *times = (vfs_times){.set_accessed = flags & (ATIM | ATIM_NOW),
                         .set_modified = flags & (MTIM | MTIM_NOW),
                         .accessed_ns = flags & ATIM_NOW ? now_ns : args[0],
                         .modified_ns = flags & MTIM_NOW ? now_ns : args[1]};
    return VFS_OK;
}

/* (fd, filestat: out) */
vfs_errno wasi_fd_filestat_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    vfs_stat stat = {0};
    vfs_errno error = wasi_get_fd(context, args[0], WASI_R(FD_FILESTAT_GET), &fd);
    if (error == VFS_OK && fd->kind == WASI_FD_NODE)
        error = vfs_node_stat(fd->node, &stat);
    return error == VFS_OK ? put_filestat(memory, args[1], &stat) : error;
}

/* (fd, size) */
vfs_errno wasi_fd_filestat_set_size(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, args[0], WASI_R(FD_FILESTAT_SET_SIZE), &fd);
    if (error == VFS_OK && fd->kind != WASI_FD_NODE)
        error = VFS_EINVAL;
    return error == VFS_OK ? vfs_node_resize(fd->node, args[1]) : error;
}

/* (fd, atim, mtim, fst_flags) */
vfs_errno wasi_fd_filestat_set_times(wasi_context *context, wasi_memory memory,
                                     const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    vfs_times times;
    vfs_errno error = wasi_get_fd(context, args[0], WASI_R(FD_FILESTAT_SET_TIMES), &fd);
    if (error == VFS_OK)
        error = get_times(context, args + 1, &times);
    if (error == VFS_OK && fd->kind != WASI_FD_NODE)
        error = VFS_EINVAL;
    return error == VFS_OK ? vfs_node_set_times(fd->node, &times) : error;
}

/* What both calls on paths begin with: (fd, lookup flags, path, path_len). */
static vfs_errno find(wasi_context *context, wasi_memory memory, const uint64_t *args,
                      uint64_t rights, vfs_node *node)
{
    wasi_fd *fd;
    bj_span path;
    vfs_errno error = wasi_get_directory(context, args[0], rights, &fd);
    if (error == VFS_OK)
        error = wasi_get_span(memory, args + 2, &path);
    if (error != VFS_OK)
        return error;
    if (args[1] & ~(uint64_t)WASI_LOOKUP_SYMLINK_FOLLOW)
        return VFS_EINVAL;
    return vfs_resolve(context->tree, fd->node, path,
                       args[1] & WASI_LOOKUP_SYMLINK_FOLLOW ? VFS_FOLLOW : 0, node);
}

/* (fd, lookup flags, path, path_len, filestat: out) */
vfs_errno wasi_path_filestat_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    vfs_stat stat;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = find(context, memory, args, WASI_R(PATH_FILESTAT_GET), &node);
    if (error == VFS_OK)
        error = vfs_node_stat(node, &stat);
    return error == VFS_OK ? put_filestat(memory, args[4], &stat) : error;
}

/* (fd, lookup flags, path, path_len, atim, mtim, fst_flags) */
vfs_errno wasi_path_filestat_set_times(wasi_context *context, wasi_memory memory,
                                       const uint64_t *args)
{
    vfs_times times;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = get_times(context, args + 4, &times);
    if (error == VFS_OK)
        error = find(context, memory, args, WASI_R(PATH_FILESTAT_SET_TIMES), &node);
    return error == VFS_OK ? vfs_node_set_times(node, &times) : error;
}
