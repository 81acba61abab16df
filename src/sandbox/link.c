/*
 * link.c: where wasi meets engine: the table of preview 1 calls as host functions, and the two
 * questions that the engine asks while a guest runs.
 */
#include "base/clock.h"
#include "sandbox/internal.h"

/* What moving a byte between guest and host costs, as a byte of memory.copy does inside. */
#define FUEL_PER_BYTE 1

static bool call(void *owner, const void *what, engine_memory memory, const uint64_t *args,
                 int32_t *result, uint64_t *charge)
{
    bj_sandbox *box = owner;
    *result = wasi_dispatch(box->wasi, what, (wasi_memory){memory.base, memory.size}, args);
    *charge = wasi_take_bytes_moved(box->wasi) * FUEL_PER_BYTE;
    return wasi_stopped(box->wasi) == WASI_GO_ON;
}

static bool go_on(void *owner)
{
    bj_sandbox *box = owner;
    if (wasi_interrupted(box->wasi))
        return false;
    if (bj_clock_monotonic_ns() < box->deadline_ns)
        return true;
    policy_budget_cross(&box->budget, POLICY_wall_ms);
    return false;
}

/* wasi_calls stands in the order of calls.def. */
enum {
#define X(name, signature, audit) INDEX_##name,
#include "wasi/calls.def"
#undef X
};

static const engine_host_function functions[WASI_CALL_COUNT] = {
#define X(name_, signature_, audit)                                                                \
    {"wasi_snapshot_preview1", #name_, signature_, INDEX_##name_ != INDEX_proc_exit,               \
     &wasi_calls[INDEX_##name_]},
#include "wasi/calls.def"
#undef X
};

const engine_host sandbox_host = {functions, WASI_CALL_COUNT, call, go_on};
