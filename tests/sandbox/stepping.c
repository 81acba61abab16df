/*
 * stepping.c: see stepping.h.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "stepping.h"

/* ---------------------------------------------------------------- tools that answer when the test says so */

void keeps(void *user, bj_tool_call *call)
{
    trial *t = user;
    t->calls++;
    t->kept = call;
}

void answers(void *user, bj_tool_call *call)
{
    ((trial *)user)->calls++;
    bj_tool_call_return(call, "1", 1);
}

static void count_release(void *user)
{
    ((trial *)user)->released++;
}

bj_tool tool_of(const char *name, bj_tool_fn fn, void *user)
{
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = name;
    tool.call = fn;
    tool.user = user;
    return tool;
}

/* A sandbox with one tool, whose `release` is counted. */
bj_sandbox *box_with(bj_runtime *runtime, const char *name, bj_tool_fn fn, trial *t,
                     const bj_policy *limits)
{
    bj_error err;
    bj_policy policy;
    bj_tool tool = tool_of(name, fn, t);
    tool.release = count_release;
    bj_policy_init(&policy);
    if (limits)
        policy = *limits;
    if (bj_policy_grant_tool(&policy, &tool, &err) < 0)
        fail_msg("%s", err.message);
    bj_sandbox *box = must_make(runtime, &policy);
    bj_policy_clear(&policy);
    return box;
}

/* ---------------------------------------------------------------- steps that must go well */

static void count_wake(void *user)
{
    atomic_fetch_add((atomic_uint *)user, 1);
}

void must_begin(bj_sandbox *box, const char *source, atomic_uint *woken)
{
    bj_error err;
    if (bj_sandbox_begin_eval(box, source, strlen(source), BJ_EVAL_RICH, woken ? count_wake : NULL,
                              woken, &err) < 0)
        fail_msg("%s", err.message);
}

void must_begin_run(bj_sandbox *box)
{
    bj_error err;
    if (bj_sandbox_begin_run(box, NULL, NULL, &err) < 0)
        fail_msg("%s", err.message);
}

/* It must come to this. */
bj_receipt *step_to(bj_sandbox *box, bj_step wanted, uint64_t slice_ms)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = NULL;
    const bj_step step = bj_sandbox_step(box, slice_ms, &receipt, NULL, &err);
    if (step != wanted)
        fail_msg("the step came to %d, not %d: %s", step, wanted,
                 step == BJ_STEP_FAILED ? err.message : bj_receipt_describe(receipt));
    return receipt;
}

void waits(bj_sandbox *box)
{
    assert_null(step_to(box, BJ_STEP_WAITS, 0));
}

bj_receipt *done(bj_sandbox *box)
{
    return step_to(box, BJ_STEP_DONE, 0);
}

void value_is(bj_receipt *receipt, const char *json)
{
    const char *value = bj_receipt_value(receipt, NULL);
    if (!value || strcmp(value, json) != 0)
        fail_msg("the value is %s, not %s: %s", value ? value : "none", json,
                 bj_receipt_describe(receipt));
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
}

void refused(bj_sandbox *box, bj_error_code code)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = NULL;
    assert_int_equal(bj_sandbox_step(box, 0, &receipt, NULL, &err), BJ_STEP_FAILED);
    assert_int_equal(err.code, code);
    assert_null(receipt);
}

/* ---------------------------------------------------------------- on another thread */

typedef struct errand {
    bj_sandbox *box;
    uint64_t slice_ms;
    bj_receipt *receipt;
    bj_step step;
} errand;

static void *run_errand(void *user)
{
    errand *e = user;
    bj_error err;
    e->step = bj_sandbox_step(e->box, e->slice_ms, &e->receipt, NULL, &err);
    return NULL;
}

/* A step on a thread that does nothing else, and ends. */
bj_step step_elsewhere(bj_sandbox *box, uint64_t slice_ms, bj_receipt **receipt)
{
    pthread_t thread;
    errand e = {.box = box, .slice_ms = slice_ms, .step = BJ_STEP_FAILED};
    assert_int_equal(pthread_create(&thread, NULL, run_errand, &e), 0);
    pthread_join(thread, NULL);
    *receipt = e.receipt;
    return e.step;
}

/* Until it is done; how often it had yielded. */
bj_receipt *finish_elsewhere(bj_sandbox *box, uint64_t slice_ms, unsigned *yielded)
{
    bj_receipt *receipt = NULL;
    bj_step step;
    for (*yielded = 0; (step = step_elsewhere(box, slice_ms, &receipt)) == BJ_STEP_YIELDED;)
        ++*yielded;
    assert_int_equal(step, BJ_STEP_DONE);
    return receipt;
}

bj_runtime *module_of(const char *wat)
{
    return must_open(wat, strlen(wat));
}
