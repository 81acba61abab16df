/*
 * dispatch.c: the table of calls, and making one.
 */
#include "wasi/calls.h"
#include "wasi/context.h"

#define X(name, signature, audit, unstable) +1
_Static_assert(0
#include "wasi/calls.def"
                   == WASI_CALL_COUNT,
               "calls.def has all calls of preview 1");
#undef X

const wasi_call wasi_calls[WASI_CALL_COUNT] = {
#define X(name, signature, audit, unstable)                                                        \
    {#name, signature, wasi_##name, wasi_##name != wasi_proc_exit},
#include "wasi/calls.def"
#undef X
};

vfs_errno wasi_dispatch(wasi_context *context, const wasi_call *call, wasi_memory memory,
                        const uint64_t *args)
{
    if (context->stop != WASI_GO_ON)
        return VFS_EINTR;
    if (!policy_budget_take(context->budget, POLICY_host_calls, 1)) {
        policy_budget_cross(context->budget, POLICY_host_calls);
        context->stop = WASI_STOP_LIMIT;
        return VFS_EINTR;
    }
    return call->handler(context, memory, args);
}
