/*
 * fd.c: the state of a descriptor: flags, rights, position, name, number.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"

enum { WHENCE_SET = 0, WHENCE_CUR = 1, WHENCE_END = 2 };

#define ADVICE_MAX 5u /* willneed … noreuse */

/* (fd, offset, len, advice) */
vfs_errno wasi_fd_advise(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, args[0], WASI_R(FD_ADVISE), &fd);
    if (error != VFS_OK)
        return error;
    if (args[3] > ADVICE_MAX || args[1] > INT64_MAX || args[2] > INT64_MAX)
        return VFS_EINVAL;
    return fd->node.type == VFS_DIRECTORY ? VFS_EBADF : VFS_OK;
}

/* (fd) */
vfs_errno wasi_fd_close(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    if (!wasi_fdtable_get(&context->fds, args[0]))
        return VFS_EBADF;
    wasi_fdtable_close(&context->fds, context->budget, (uint32_t)args[0]);
    return VFS_OK;
}

/* Only what lies on a disk has something to wait for. */
static vfs_errno sync_fd(wasi_context *context, uint64_t number, uint64_t rights)
{
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, number, rights, &fd);
    return error == VFS_OK && fd->kind == WASI_FD_NODE ? vfs_node_sync(fd->node) : error;
}

/* (fd) */
vfs_errno wasi_fd_datasync(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return sync_fd(context, args[0], WASI_R(FD_DATASYNC));
}

/* (fd) */
vfs_errno wasi_fd_sync(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return sync_fd(context, args[0], WASI_R(FD_SYNC));
}

/* (fd, fdstat: out) */
vfs_errno wasi_fd_fdstat_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, args[0], 0, &fd);
    if (error != VFS_OK)
        return error;
    uint8_t *at = wasi_bytes(memory, args[1], WASI_FDSTAT_BYTES);
    if (!at)
        return VFS_EFAULT;
    memset(at, 0, WASI_FDSTAT_BYTES);
    at[WASI_FDSTAT_FILETYPE] = (uint8_t)fd->node.type;
    wasi_store16(at + WASI_FDSTAT_FLAGS, wasi_position_of(context, fd)->flags);
    wasi_store64(at + WASI_FDSTAT_RIGHTS_BASE, fd->rights_base);
    wasi_store64(at + WASI_FDSTAT_RIGHTS_INHERITING, fd->rights_inheriting);
    return VFS_OK;
}

/* (fd, flags) */
vfs_errno wasi_fd_fdstat_set_flags(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, args[0], WASI_R(FD_FDSTAT_SET_FLAGS), &fd);
    if (error != VFS_OK)
        return error;
    if (args[1] & ~(uint64_t)WASI_FDFLAGS_ALL)
        return VFS_EINVAL;
    wasi_position_of(context, fd)->flags = (uint16_t)args[1];
    return VFS_OK;
}

/* (fd, base, inheriting) Rights can be given up, never gained. */
vfs_errno wasi_fd_fdstat_set_rights(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    vfs_errno error = wasi_get_fd(context, args[0], 0, &fd);
    if (error != VFS_OK)
        return error;
    if ((args[1] & ~fd->rights_base) || (args[2] & ~fd->rights_inheriting))
        return VFS_ENOTCAPABLE;
    fd->rights_base = args[1];
    fd->rights_inheriting = args[2];
    return VFS_OK;
}

/* (fd, prestat: out) EBADF ends the guest's search for preopens. */
vfs_errno wasi_fd_prestat_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd = wasi_fdtable_get(&context->fds, args[0]);
    if (!fd || !fd->preopen)
        return VFS_EBADF;
    uint8_t *at = wasi_bytes(memory, args[1], WASI_PRESTAT_BYTES);
    if (!at)
        return VFS_EFAULT;
    wasi_store32(at + WASI_PRESTAT_TAG, 0); /* dir */
    wasi_store32(at + WASI_PRESTAT_NAME_LEN, (uint32_t)strlen(fd->preopen));
    return VFS_OK;
}

/* (fd, path: out, path_len) Not NUL-terminated. */
vfs_errno wasi_fd_prestat_dir_name(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd = wasi_fdtable_get(&context->fds, args[0]);
    if (!fd || !fd->preopen)
        return VFS_EBADF;
    size_t size = strlen(fd->preopen);
    if (args[2] < size)
        return VFS_ENAMETOOLONG;
    uint8_t *at = wasi_bytes(memory, args[1], size);
    if (!at)
        return VFS_EFAULT;
    memcpy(at, fd->preopen, size);
    return VFS_OK;
}

/* (from, to) Both are open; what `to` was is closed. */
vfs_errno wasi_fd_renumber(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    if (!wasi_fdtable_get(&context->fds, args[0]) || !wasi_fdtable_get(&context->fds, args[1]))
        return VFS_EBADF;
    wasi_fdtable_renumber(&context->fds, context->budget, (uint32_t)args[0], (uint32_t)args[1]);
    return VFS_OK;
}

/* (fd, to, duplicate: out) */
static vfs_errno duplicate(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    uint32_t made = (uint32_t)args[1];
    if (!wasi_fdtable_get(&context->fds, args[0]))
        return VFS_EBADF;
    if (!wasi_bytes(memory, args[2], 4))
        return VFS_EFAULT;
    vfs_errno error =
        made == WASI_FD_LOWEST
            ? wasi_fdtable_duplicate(&context->fds, context->budget, (uint32_t)args[0], &made)
            : wasi_fdtable_duplicate_to(&context->fds, context->budget, (uint32_t)args[0], made);
    return error == VFS_OK ? wasi_put32(memory, args[2], made) : error;
}

const wasi_call wasi_fd_dup = {WASI_CALL_OTHER, "fd_dup", "iii", duplicate, true, WASI_AUDIT_FD};

/* Where a seek starts from. */
static vfs_errno seek_base(wasi_context *context, wasi_fd *fd, uint64_t whence, uint64_t *base)
{
    vfs_stat stat;
    vfs_errno error;
    switch (whence) {
    case WHENCE_SET:
        *base = 0;
        return VFS_OK;
    case WHENCE_CUR:
        *base = wasi_position_of(context, fd)->offset;
        return VFS_OK;
    case WHENCE_END:
        error = vfs_node_stat(fd->node, &stat);
        *base = stat.size;
        return error;
    default:
        return VFS_EINVAL;
    }
}

/* The stream descriptors cannot seek, whatever their rights. */
static vfs_errno get_seekable(wasi_context *context, uint64_t number, uint64_t rights, wasi_fd **fd)
{
    vfs_errno error = wasi_get_fd(context, number, rights, fd);
    if (error != VFS_EBADF && (*fd)->kind != WASI_FD_NODE)
        return VFS_ESPIPE;
    return error;
}

/* (fd, offset, len) The file is at least as long afterwards, and what it gained, and the holes that it had there, are of
 * the budget: a write there is never ENOSPC. */
vfs_errno wasi_fd_allocate(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    wasi_fd *fd;
    uint64_t end;
    vfs_errno error = get_seekable(context, args[0], WASI_R(FD_ALLOCATE), &fd);
    if (error != VFS_OK)
        return error;
    if (fd->node.type != VFS_REGULAR_FILE)
        return VFS_ENODEV;
    if (args[1] > INT64_MAX || args[2] > INT64_MAX || args[2] == 0)
        return VFS_EINVAL;
    if (__builtin_add_overflow(args[1], args[2], &end) || end > INT64_MAX)
        return VFS_EFBIG;
    return vfs_node_allocate(fd->node, args[1], end);
}

/* (fd, offset, whence, new offset: out) */
vfs_errno wasi_fd_seek(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    uint64_t base = 0, offset;
    bool only_tells = args[1] == 0 && args[2] == WHENCE_CUR;
    vfs_errno error =
        get_seekable(context, args[0], only_tells ? WASI_R(FD_TELL) : WASI_R(FD_SEEK), &fd);
    if (error == VFS_OK)
        error = seek_base(context, fd, args[2], &base);
    if (error != VFS_OK)
        return error;
    if (__builtin_add_overflow(base, (int64_t)args[1], &offset) || offset > INT64_MAX)
        return VFS_EINVAL;
    error = wasi_put64(memory, args[3], offset);
    if (error == VFS_OK)
        wasi_position_of(context, fd)->offset = offset;
    return error;
}

/* (fd, offset: out) */
vfs_errno wasi_fd_tell(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    vfs_errno error = get_seekable(context, args[0], WASI_R(FD_TELL), &fd);
    return error == VFS_OK ? wasi_put64(memory, args[1], wasi_position_of(context, fd)->offset)
                           : error;
}
