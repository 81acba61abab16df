/*
 * work.c: what the host does for a sandbox while its guest stands still has an end. See policy/work.h.
 *
 * One interrupt ends one thing. So one that comes while the embedder's own work is done ends that work and no eval after it,
 * and one that was there before, for the next eval, leaves the work alone.
 */
#include "base/clock.h"
#include "sandbox/object/sandbox.h"

/* After an interrupt there is the grace to tell of what was found until then. */
static bool receipt_is_interrupted(void *user)
{
    sandbox_work *work = user;
    if (!wasi_interrupted(work->box->first.wasi))
        return false;
    const uint64_t now_ns = bj_clock_monotonic_ns();
    if (work->grace_ns == 0)
        work->grace_ns = now_ns + POLICY_WORK_GRACE_NS;
    return now_ns >= work->grace_ns;
}

static bool is_interrupted(void *user)
{
    const sandbox_work *work = user;
    return wasi_interrupts(work->box->first.wasi) != work->interrupts;
}

void sandbox_work_on_receipt(sandbox_work *work, bj_sandbox *box)
{
    const uint64_t grace_ns = bj_clock_monotonic_ns() + POLICY_WORK_GRACE_NS;
    *work = (sandbox_work){.box = box};
    work->work = (policy_work){
        .until_ns = box->first.deadline_ns > grace_ns ? box->first.deadline_ns : grace_ns,
        .interrupted = receipt_is_interrupted,
        .user = work,
    };
}

void sandbox_work_asked_for(sandbox_work *work, bj_sandbox *box)
{
    *work = (sandbox_work){.box = box,
                           .interrupts = wasi_interrupts(box->first.wasi),
                           .interrupted = wasi_interrupted(box->first.wasi)};
    work->work = (policy_work){.until_ns = UINT64_MAX, .interrupted = is_interrupted, .user = work};
}

void sandbox_work_done(const sandbox_work *work)
{
    if (work->work.end == POLICY_WORK_INTERRUPTED && !work->interrupted)
        wasi_clear_interrupt(work->box->first.wasi);
}
