/*
 * random.c: random_get, from the kernel, in pieces: a guest may ask for 4 GiB, and its deadline is
 * looked at in between.
 */
#include "base/random.h"
#include "wasi/calls.h"
#include "wasi/context.h"
#include "wasi/wait.h"

#define PIECE 65536u

/* SplitMix64 (Steele, Lea, Flood 2014), from a fixed start: no secret, only different bytes. */
static void fill_for_image(wasi_context *context, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t z = context->image_sequence += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        bytes[i] = (uint8_t)(z >> 56);
    }
}

/* (buf, len) */
vfs_errno wasi_random_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    uint8_t *bytes = wasi_bytes(memory, args[0], args[1]);
    if (!bytes)
        return VFS_EFAULT;
    for (uint64_t left = args[1]; left > 0;) {
        size_t size = left < PIECE ? (size_t)left : PIECE;
        if (context->for_image)
            fill_for_image(context, bytes, size);
        else if (bj_random_fill(bytes, size) < 0)
            return vfs_errno_from_host(errno);
        bytes += size;
        left -= size;
        context->bytes_moved += size;
        if (left > 0 && !wasi_may_go_on(context))
            return VFS_EINTR;
    }
    return VFS_OK;
}
