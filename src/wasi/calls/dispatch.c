/*
 * dispatch.c: the table of calls, and making one.
 */
#include "wasi/audit.h"
#include "wasi/calls/calls.h"
#include "wasi/context.h"

_Static_assert(WASI_CALL_COUNT == 46, "calls.def has all calls of preview 1");

const wasi_call wasi_calls[WASI_CALL_COUNT] = {
#define X(name, signature, audit, unstable)                                                        \
    {WASI_CALL_##name,  #name, signature, wasi_##name, wasi_##name != wasi_proc_exit,              \
     WASI_AUDIT_##audit},
#include "wasi/calls.def"
#undef X
};

/* The event is told after the call; what it names is found before. */
static vfs_errno dispatch_audited(wasi_context *context, const wasi_call *call, wasi_memory memory,
                                  const uint64_t *args)
{
    wasi_event event;
    wasi_event_room room;
    wasi_event_begin(context, call, memory, args, &event, &room);
    event.result = call->handler(context, memory, args);
    if (event.result != VFS_OK)
        wasi_note_denial(context, call, memory, args, event.result);
    context->on_event(context->on_event_user, &event);
    return event.result;
}

bool wasi_count_call(wasi_context *context)
{
    if (context->stop != WASI_GO_ON)
        return false;
    if (policy_budget_take(context->budget, POLICY_host_calls, 1))
        return true;
    policy_budget_cross(context->budget, POLICY_host_calls);
    context->stop = WASI_STOP_LIMIT;
    return false;
}

vfs_errno wasi_dispatch(wasi_context *context, const wasi_call *call, wasi_memory memory,
                        const uint64_t *args)
{
    if (!wasi_count_call(context))
        return VFS_EINTR;
    if (context->on_event && call->audit != WASI_AUDIT_NONE)
        return dispatch_audited(context, call, memory, args);
    vfs_errno error = call->handler(context, memory, args);
    if (error != VFS_OK)
        wasi_note_denial(context, call, memory, args, error);
    return error;
}
