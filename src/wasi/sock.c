/*
 * sock.c: there are no sockets.
 */
#include "wasi/calls.h"

vfs_errno wasi_sock_accept(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    return VFS_ENOSYS;
}

vfs_errno wasi_sock_recv(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    return VFS_ENOSYS;
}

vfs_errno wasi_sock_send(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    return VFS_ENOSYS;
}

vfs_errno wasi_sock_shutdown(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    return VFS_ENOSYS;
}
