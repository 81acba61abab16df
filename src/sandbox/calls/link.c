/*
 * link.c: where wasi meets engine: the table of preview 1 calls as host functions, the three by which
 * tools are called, the two by which bytes pass beside values, the one by which something is shown, the one that duplicates a descriptor, and the questions that the engine asks while a guest runs.
 */
#include "../guest/belljar_guest.h"
#include "base/clock.h"
#include "sandbox/calls/calls.h"

/* What moving a byte between guest and host costs, as a byte of memory.copy does inside. */
#define FUEL_PER_BYTE 1

static engine_answer answer_of(tools_progress progress)
{
    static const engine_answer answers[] = {
        [TOOLS_STOP] = ENGINE_STOP, [TOOLS_GO_ON] = ENGINE_GO_ON, [TOOLS_WAIT] = ENGINE_PAUSE};
    return answers[progress];
}

static engine_answer call(void *owner, const void *what, engine_memory memory, const uint64_t *args,
                          int32_t *result, uint64_t *charge)
{
    sandbox_instance *self = owner;
    if (tools_is_call(what)) {
        uint64_t moved = 0;
        const tools_progress progress =
            tools_call(self, what, (wasi_memory){memory.base, memory.size}, args, result, &moved);
        *charge = moved * FUEL_PER_BYTE;
        return answer_of(progress);
    }
    if (blobs_is_call(what)) {
        uint64_t moved = 0;
        const bool goes_on =
            blobs_call(self, what, (wasi_memory){memory.base, memory.size}, args, result, &moved);
        *charge = moved * FUEL_PER_BYTE;
        return goes_on ? ENGINE_GO_ON : ENGINE_STOP;
    }
    if (what == &displays_call) {
        if (!wasi_count_call(self->wasi))
            return ENGINE_STOP;
        uint64_t moved = 0;
        *result = displays_show(&self->box->displays, self->box->budget,
                                (wasi_memory){memory.base, memory.size}, args, &moved);
        *charge = moved * FUEL_PER_BYTE;
        return ENGINE_GO_ON;
    }
    const uint64_t host_bytes = self->box->budget->host_bytes;
    self->box->budget->guest_bytes = engine_instance_held_bytes(self->engine, memory);
    *result = wasi_dispatch(self->wasi, what, (wasi_memory){memory.base, memory.size}, args);
    *charge = wasi_take_bytes_moved(self->wasi) * FUEL_PER_BYTE;
    if (self->box->budget->host_bytes != host_bytes)
        engine_instance_limit_memory(self->engine);
    if (wasi_stopped(self->wasi) != WASI_GO_ON)
        return ENGINE_STOP;
    return wasi_sleeps(self->wasi) ? ENGINE_PAUSE : ENGINE_GO_ON;
}

static engine_answer wait(void *owner, const void *what, int32_t *result)
{
    sandbox_instance *self = owner;
    if (tools_is_call(what))
        return answer_of(tools_wait(self, result));
    *result = wasi_wake_up(self->wasi);
    if (wasi_stopped(self->wasi) != WASI_GO_ON)
        return ENGINE_STOP;
    return wasi_sleeps(self->wasi) ? ENGINE_PAUSE : ENGINE_GO_ON;
}

static engine_answer go_on(void *owner)
{
    sandbox_instance *self = owner;
    if (wasi_interrupted(self->wasi))
        return ENGINE_STOP;
    const uint64_t now_ns = bj_clock_monotonic_ns();
    const bool late = now_ns >= self->deadline_ns;
    if (!late && !wasi_cpu_is_used_up(self->wasi, now_ns))
        return now_ns < self->slice_end_ns ? ENGINE_GO_ON : ENGINE_PAUSE;
    policy_budget_cross(self->box->budget, late ? POLICY_wall_ms : POLICY_cpu_ms);
    return ENGINE_STOP;
}

/*
 * Each call as preview 1 has it, and again under the name of the snapshot before where that meant the
 * same; a module that wants one of the others from there is refused by its name. Functions are looked for
 * when a module is linked, so a sandbox costs no more for it.
 */
#define FUNCTION(from, call_, signature_)                                                          \
    {from,                                                                                         \
     #call_,                                                                                       \
     signature_,                                                                                   \
     WASI_CALL_##call_ != WASI_CALL_proc_exit,                                                     \
     WASI_CALL_##call_ == WASI_CALL_poll_oneoff,                                                   \
     &wasi_calls[WASI_CALL_##call_]},
#define UNSTABLE_SAME(call_, signature_) FUNCTION("wasi_unstable", call_, signature_)
#define UNSTABLE_OTHER(call_, signature_)

static const engine_host_function functions[] = {
#define X(name, signature, audit, unstable)                                                        \
    FUNCTION("wasi_snapshot_preview1", name, signature) UNSTABLE_##unstable(name, signature)
#include "wasi/calls.def"
#undef X
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_TOOLS, "", true, false, &tools_calls[TOOLS_LIST]},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_CALL, "iiii", true, true, &tools_calls[TOOLS_CALL]},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_TAKE, "ii", true, false, &tools_calls[TOOLS_TAKE]},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_GIVE, "ii", true, false, &blobs_calls[BLOBS_GIVE]},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_BLOB, "iiii", true, false, &blobs_calls[BLOBS_TAKE]},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_DISPLAY, "iiii", true, false, &displays_call},
    {BELLJAR_IMPORT_MODULE, BELLJAR_IMPORT_FD_DUP, "iii", true, false, &wasi_fd_dup},
};

static const char *const entries[] = {"_start", BELLJAR_EXPORT_EVAL, NULL};

const engine_host sandbox_host = {
    functions, sizeof functions / sizeof *functions, entries, call, wait, go_on};
