/*
 * harness.h: an engine with a host of four functions, for modules written as text.
 */
#ifndef BJ_TESTS_ENGINE_HARNESS_H
#define BJ_TESTS_ENGINE_HARNESS_H

#include "engine/engine.h"

/* What the host functions did, and when go_on gives up. */
typedef struct harness {
    engine_core *engine;
    policy_budget budget;
    uint64_t deadline_ns;
    unsigned calls;
    uint64_t seen[3];
    uintptr_t waited_at; /* where on the stack */
    unsigned pauses;     /* how often go_on and wait still say so */
} harness;

/* host.add(i32, i64) -> i32 : the sum of both, charged 7 units
 * host.stop()               : unwinds the guest
 * host.size() -> i32        : bytes of the guest's memory
 * host.note(i32)            : keeps its argument in seen[0]
 * host.later(i32) -> i32    : waits; its argument plus one, or unwinds the guest where that is 0 */
extern const engine_host harness_host;

/* With every limit at its default and a deadline of 10 s. */
void harness_begin(harness *h, const char *cache_dir);
void harness_end(harness *h);

/* NULL and *err where the module is refused. */
engine_module *harness_module(harness *h, const char *text, bj_error *err);

/* Whether the module exports a function of that name and type: engine_export. */
bool exports(const engine_module *module, const char *name, const char *type);

/* Starts an instance of `text` and calls `name`, which must return an i32 or nothing; an empty name
 * only starts it. */
engine_result harness_run(harness *h, const char *text, const char *name, bool returns);

#endif
