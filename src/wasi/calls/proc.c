/*
 * proc.c: the end of the process, and giving up the processor.
 */
#include <sched.h>

#include "wasi/calls/calls.h"
#include "wasi/context.h"

/* (code) Does not return to the guest: the embedder sees `stop`. */
vfs_errno wasi_proc_exit(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    context->exit_code = (uint32_t)args[0];
    context->stop = WASI_STOP_EXIT;
    return VFS_OK;
}

/* `signal`, as far as the default action is not to end the process. */
enum {
    SIGNAL_NONE = 0,
    SIGNAL_CHLD = 16,
    SIGNAL_CONT = 17,
    SIGNAL_STOP = 18,
    SIGNAL_TSTP = 19,
    SIGNAL_TTIN = 20,
    SIGNAL_TTOU = 21,
    SIGNAL_URG = 22,
    SIGNAL_WINCH = 27,
    SIGNAL_COUNT = 31
};

/* What a shell says of a process that a signal ended. */
#define EXIT_BY_SIGNAL 128u

/* (signal) Preview 1 knows no handlers, so it is POSIX's default action: end, nothing, or stop. */
vfs_errno wasi_proc_raise(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    if (args[0] >= SIGNAL_COUNT)
        return VFS_EINVAL;
    switch (args[0]) {
    case SIGNAL_NONE:
    case SIGNAL_CHLD:
    case SIGNAL_CONT:
    case SIGNAL_URG:
    case SIGNAL_WINCH:
        return VFS_OK;
    case SIGNAL_STOP:
    case SIGNAL_TSTP:
    case SIGNAL_TTIN:
    case SIGNAL_TTOU:
        return VFS_ENOTSUP; /* nobody could make it go on */
    default:
        context->exit_code = EXIT_BY_SIGNAL + (uint32_t)args[0];
        context->stop = WASI_STOP_EXIT;
        return VFS_OK;
    }
}

vfs_errno wasi_sched_yield(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    sched_yield();
    return VFS_OK;
}
