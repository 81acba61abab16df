/*
 * sock.c: there are no sockets. No descriptor is one, so each call refuses what it is given: a number
 * that is not open with EBADF, a file or a stream with ENOTSOCK, as POSIX has it. Rights are not asked:
 * they say what may be done with a socket.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"

static vfs_errno refuse(wasi_context *context, uint64_t fd)
{
    return wasi_fdtable_get(&context->fds, fd) ? VFS_ENOTSOCK : VFS_EBADF;
}

/* (fd, flags, new fd: out) */
vfs_errno wasi_sock_accept(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return refuse(context, args[0]);
}

/* (fd, iovs, iovs_len, ri_flags, size: out, ro_flags: out) */
vfs_errno wasi_sock_recv(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return refuse(context, args[0]);
}

/* (fd, iovs, iovs_len, si_flags, size: out) */
vfs_errno wasi_sock_send(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return refuse(context, args[0]);
}

/* (fd, how) */
vfs_errno wasi_sock_shutdown(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    return refuse(context, args[0]);
}
