/*
 * session.c: see session.h.
 */
#include "session.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

bj_runtime *interpreter;

int session_begin(void **state, const char *name)
{
    bj_error err;
    if (engine_begin(state) < 0)
        return -1;
    interpreter = bj_runtime_open(engine, name, &err);
    if (!interpreter)
        print_error("%s\n", err.message);
    return interpreter ? 0 : -1;
}

int session_end(void **state)
{
    bj_runtime_delete(interpreter);
    return engine_end(state);
}

bj_receipt *eval_fresh(const bj_policy *policy, const char *source)
{
    bj_sandbox *box = must_make(interpreter, policy);
    bj_receipt *receipt = must_eval(box, source);
    bj_sandbox_delete(box);
    return receipt;
}

bj_receipt *eval_bytes(bj_sandbox *box, const char *source, size_t size)
{
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval(box, source, size, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    return receipt;
}

/* ---- Exceptions and what goes well. ---- */

/* Whether the attempt ends with its exception; else it says what happened. */
static bool raises(bj_sandbox *box, const attempt *a)
{
    bj_receipt *receipt = must_eval(box, a->source);
    bool holds = is_error(receipt, a->type);
    if (!holds)
        print_error("%.200s: outcome %s, error %.100s: %.200s\n", a->source,
                    bj_outcome_name(bj_receipt_outcome(receipt)), bj_receipt_error_type(receipt),
                    bj_receipt_error_message(receipt));
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    return holds;
}

void all_raise(bj_sandbox *box, const attempt *attempts, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += !raises(box, &attempts[i]);
    assert_int_equal(wrong, 0);
}

void all_run(const char *const *sources, size_t count)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    for (size_t i = 0; i < count; i++)
        expect_outcome(must_eval(box, sources[i]), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

/* ---- Ends. ---- */

void expect_ended(bj_sandbox *box)
{
    bj_error err = {0};
    assert_null(bj_sandbox_eval(box, "1", 1, &err));
    assert_int_equal(err.code, BJ_ERROR_ENDED);
}

void expect_last_limit(const bj_policy *policy, const char *source, const char *limit)
{
    bj_sandbox *box = must_make(interpreter, policy);
    expect_limit(must_eval(box, source), limit);
    expect_ended(box);
    bj_sandbox_delete(box);
}

void expect_last_exit(const char *source, int code)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_exit(must_eval(box, source), code);
    expect_ended(box);
    bj_sandbox_delete(box);
}

static void *interrupt_soon(void *box)
{
    usleep(300000);
    bj_sandbox_interrupt(box);
    return NULL;
}

void expect_interruptible(const char *source)
{
    pthread_t thread;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "x = 1"), BJ_OUTCOME_OK);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, box), 0);
    bj_receipt *receipt = must_eval(box, source);
    pthread_join(thread, NULL);
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    assert_true(usage.wall_ns < UINT64_C(10000000000));
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}
