/*
 * use.c: who uses a sandbox is one number, `use`: free; taken by a thread; or begun, which only a step or the deletion may
 * take.
 */
#include "base/error.h"
#include "sandbox/object/sandbox.h"

bool sandbox_take(bj_sandbox *box, sandbox_use from)
{
    int expected = from;
    return atomic_compare_exchange_strong_explicit(&box->use, &expected, SANDBOX_TAKEN,
                                                   memory_order_acquire, memory_order_relaxed);
}

int sandbox_is_busy(bj_error *err)
{
    return bj_fail(err, BJ_ERROR_BUSY,
                   "this sandbox is in use: by another thread, by a tool that it waits for, or by "
                   "an eval that was begun and is not done");
}

int sandbox_enter(bj_sandbox *box, bj_error *err)
{
    return sandbox_take(box, SANDBOX_FREE) ? 0 : sandbox_is_busy(err);
}

void sandbox_put_back(bj_sandbox *box, sandbox_use use)
{
    atomic_store_explicit(&box->use, use, memory_order_release);
}

void sandbox_leave(bj_sandbox *box)
{
    sandbox_put_back(box, SANDBOX_FREE);
}

BJ_API bool bj_sandbox_has_ended(const bj_sandbox *box)
{
    return box->ended;
}

BJ_API void bj_sandbox_interrupt(bj_sandbox *box)
{
    for (sandbox_instance *each = &box->first; each; each = each->next) {
        wasi_interrupt(each->wasi);
        engine_wake(each->waker);
    }
}
