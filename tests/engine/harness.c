/*
 * harness.c: see harness.h.
 */
#include "harness.h"

#include <string.h>

#include "base/clock.h"
#include "unit.h"

enum { ADD, STOP, SIZE, NOTE, LATER };
static const int numbers[] = {ADD, STOP, SIZE, NOTE, LATER};

static engine_answer call(void *owner, const void *what, engine_memory memory, const uint64_t *args,
                          int32_t *result, uint64_t *charge)
{
    harness *h = owner;
    h->calls++;
    switch (*(const int *)what) {
    case ADD:
        memcpy(h->seen, args, 2 * sizeof *args);
        *result = (int32_t)(args[0] + args[1]);
        *charge = 7;
        return ENGINE_GO_ON;
    case SIZE:
        *result = (int32_t)memory.size;
        return ENGINE_GO_ON;
    case NOTE:
        h->seen[0] = args[0];
        return ENGINE_GO_ON;
    case LATER:
        h->seen[0] = args[0];
        return ENGINE_PAUSE;
    default:
        return ENGINE_STOP;
    }
}

static engine_answer wait(void *owner, const void *what, int32_t *result)
{
    harness *h = owner;
    char here;
    assert_int_equal(*(const int *)what, LATER);
    h->waited_at = (uintptr_t)&here;
    if (h->pauses > 0) {
        h->pauses--;
        return ENGINE_PAUSE;
    }
    *result = (int32_t)h->seen[0] + 1;
    return h->seen[0] != 0 ? ENGINE_GO_ON : ENGINE_STOP;
}

static engine_answer go_on(void *owner)
{
    harness *h = owner;
    if (h->pauses > 0) {
        h->pauses--;
        return ENGINE_PAUSE;
    }
    if (bj_clock_monotonic_ns() < h->deadline_ns)
        return ENGINE_GO_ON;
    policy_budget_cross(&h->budget, POLICY_wall_ms);
    return ENGINE_STOP;
}

static const engine_host_function functions[] = {
    {"host", "add", "il", true, false, &numbers[ADD]},
    {"host", "stop", "", false, false, &numbers[STOP]},
    {"host", "size", "", true, false, &numbers[SIZE]},
    {"host", "note", "i", false, false, &numbers[NOTE]},
    {"host", "later", "i", true, true, &numbers[LATER]},
};

const engine_host harness_host = {functions, sizeof functions / sizeof *functions, NULL, call, wait,
                                  go_on};

void harness_begin(harness *h, const char *cache_dir)
{
    bj_engine_options options;
    bj_policy policy;
    bj_error err;
    bj_engine_options_init(&options);
    bj_policy_init(&policy);
    *h = (harness){0};
    options.cache_dir = cache_dir;
    options.max_sandboxes = 4;
    h->engine = engine_new(&options, NULL, &err);
    assert_non_null(h->engine);
    policy_budget_init(&h->budget, &policy);
    h->deadline_ns = bj_clock_monotonic_ns() + 10000000000u;
}

void harness_end(harness *h)
{
    engine_delete(h->engine);
}

engine_module *harness_module(harness *h, const char *text, bj_error *err)
{
    return engine_module_new(h->engine, bj_span_of(text), "test.wat", &harness_host, err);
}

engine_result harness_run(harness *h, const char *text, const char *name, bool returns)
{
    bj_error err = {0};
    engine_module *module = harness_module(h, text, &err);
    if (!module)
        fail_msg("%s", err.message);
    engine_instance *instance = engine_instance_new(module, &h->budget, h, &err);
    if (!instance)
        fail_msg("%s", err.message);
    engine_result result = engine_instance_start(instance);
    if (result.status == ENGINE_RETURNED && *name)
        result = engine_instance_call(instance, name, NULL, 0, returns);
    engine_instance_delete(instance);
    engine_module_delete(module);
    return result;
}

bool exports(const engine_module *module, const char *name, const char *type)
{
    engine_export wanted = {name, type, false};
    engine_module_find_exports(module, &wanted, 1);
    return wanted.found;
}
