/*
 * clock.c: the four clocks. Realtime is the host's; monotonic begins with the sandbox, so that it does
 * not tell how long the host has been up; both CPU clocks tell what the guest itself has used.
 */
#include "wasi/calls.h"
#include "wasi/clock_ids.h"
#include "wasi/context.h"

#include "base/clock.h"

static clockid_t host_clock(uint64_t id)
{
    switch (id) {
    case WASI_CLOCK_REALTIME:
        return CLOCK_REALTIME;
    case WASI_CLOCK_MONOTONIC:
        return CLOCK_MONOTONIC;
    default:
        return CLOCK_THREAD_CPUTIME_ID;
    }
}

/* (id, resolution: out) */
vfs_errno wasi_clock_res_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context;
    struct timespec t;
    if (args[0] > WASI_CLOCK_THREAD_CPUTIME)
        return VFS_EINVAL;
    if (clock_getres(host_clock(args[0]), &t) < 0)
        return VFS_ENOTSUP;
    return wasi_put64(memory, args[1], (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

/* What all clocks say while an image is made: 2025-01-01T00:00:00Z, and 0 for the others. */
#define IMAGE_REALTIME_NS 1735689600000000000u

/* (id, precision, time: out) */
vfs_errno wasi_clock_time_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    if (context->for_image && args[0] <= WASI_CLOCK_THREAD_CPUTIME)
        return wasi_put64(memory, args[2], args[0] == WASI_CLOCK_REALTIME ? IMAGE_REALTIME_NS : 0);
    switch (args[0]) {
    case WASI_CLOCK_REALTIME:
        return wasi_put64(memory, args[2], bj_clock_ns(CLOCK_REALTIME));
    case WASI_CLOCK_MONOTONIC:
        return wasi_put64(memory, args[2], wasi_monotonic_ns(context));
    case WASI_CLOCK_PROCESS_CPUTIME:
    case WASI_CLOCK_THREAD_CPUTIME:
        return wasi_put64(memory, args[2], wasi_cpu_ns(context));
    default:
        return VFS_EINVAL;
    }
}
