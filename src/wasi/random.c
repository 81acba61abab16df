/*
 * random.c: random_get, from the kernel, in pieces: a guest may ask for 4 GiB, and its deadline is
 * looked at in between.
 */
#include <errno.h>
#include <sys/random.h>

#include "wasi/calls.h"
#include "wasi/context.h"
#include "wasi/wait.h"

#define PIECE 65536u

static vfs_errno fill(uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vfs_errno_from_host(errno);
        bytes += got;
        size -= (size_t)got;
    }
    return VFS_OK;
}

/* (buf, len) */
vfs_errno wasi_random_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    uint8_t *bytes = wasi_bytes(memory, args[0], args[1]);
    if (!bytes)
        return VFS_EFAULT;
    for (uint64_t left = args[1]; left > 0;) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        vfs_errno error = fill(bytes, size);
        if (error != VFS_OK)
            return error;
        bytes += size;
        left -= size;
        context->bytes_moved += size;
        if (left > 0 && !wasi_may_go_on(context))
            return VFS_EINTR;
    }
    return VFS_OK;
}
