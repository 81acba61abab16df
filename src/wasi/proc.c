/*
 * proc.c: the end of the process, and giving up the processor.
 */
#include <sched.h>

#include "wasi/calls.h"
#include "wasi/context.h"

/* (code) Does not return to the guest: the embedder sees `stop`. */
vfs_errno wasi_proc_exit(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)memory;
    context->exit_code = (uint32_t)args[0];
    context->stop = WASI_STOP_EXIT;
    return VFS_OK;
}

/* (signal) A guest has no signals. */
vfs_errno wasi_proc_raise(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    return VFS_ENOSYS;
}

vfs_errno wasi_sched_yield(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    (void)context, (void)memory, (void)args;
    sched_yield();
    return VFS_OK;
}
