/*
 * clock.c: the four clocks, of the host or of the sandbox's own world. Realtime is the host's; monotonic begins with the sandbox, so that it does
 * not tell how long the host has been up; both CPU clocks tell what the guest itself has used, which in a world of its own
 * is all but its sleep.
 */
#include "wasi/calls/calls.h"
#include "wasi/calls/clock_ids.h"
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

/* (id, precision, time: out) */
vfs_errno wasi_clock_time_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    context->cpu_told_ns += policy_world_tick(&context->budget->world);
    switch (args[0]) {
    case WASI_CLOCK_REALTIME:
        return wasi_put64(memory, args[2], policy_world_realtime_ns(&context->budget->world));
    case WASI_CLOCK_MONOTONIC:
        return wasi_put64(memory, args[2], wasi_monotonic_ns(context));
    case WASI_CLOCK_PROCESS_CPUTIME:
    case WASI_CLOCK_THREAD_CPUTIME:
        return wasi_put64(memory, args[2], wasi_cpu_ns(context));
    default:
        return VFS_EINVAL;
    }
}
