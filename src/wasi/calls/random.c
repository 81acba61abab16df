/*
 * random.c: random_get, from the sandbox's world, in pieces: a guest may ask for 4 GiB, and its deadline is
 * looked at in between.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"
#include "wasi/wait.h"

#define PIECE 65536u

/* (buf, len) */
vfs_errno wasi_random_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    uint8_t *bytes = wasi_bytes(memory, args[0], args[1]);
    if (!bytes)
        return VFS_EFAULT;
    for (uint64_t left = args[1]; left > 0;) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        if (policy_world_fill(&context->budget->world, bytes, size) < 0)
            return vfs_errno_from_host(errno);
        bytes += size;
        left -= size;
        context->bytes_moved += size;
        if (left > 0 && !wasi_may_go_on(context))
            return VFS_EINTR;
    }
    return VFS_OK;
}
