/*
 * harness.c: see harness.h.
 */
#include "harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bj_engine *engine;

static int begin(const char *cache_dir)
{
    bj_engine_options options;
    bj_error err;
    bj_engine_options_init(&options);
    options.max_sandboxes = 24;
    options.cache_dir = cache_dir;
    engine = bj_engine_new(&options, &err);
    return engine ? 0 : -1;
}

int engine_begin(void **state)
{
    (void)state;
    return begin(NULL);
}

int engine_begin_without_cache(void **state)
{
    (void)state;
    return begin("");
}

int engine_end(void **state)
{
    (void)state;
    bj_engine_delete(engine);
    engine = NULL;
    return 0;
}

/* ---- Text. ---- */

/* Room for `size` more bytes and NUL. */
static char *reserve(text *self, size_t size)
{
    if (size >= self->room - self->size) {
        self->room = 2 * (self->size + size) + 64;
        self->bytes = realloc(self->bytes, self->room);
        assert_non_null(self->bytes);
    }
    return self->bytes + self->size;
}

void text_add_bytes(text *self, const void *bytes, size_t size)
{
    memcpy(reserve(self, size), bytes, size);
    self->size += size;
    self->bytes[self->size] = 0;
}

void text_add(text *self, const char *format, ...)
{
    char *piece;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&piece, format, args);
    va_end(args);
    assert_true(length >= 0);
    text_add_bytes(self, piece, (size_t)length);
    free(piece);
}

void text_repeat(text *self, const char *piece, size_t times)
{
    size_t length = strlen(piece);
    char *at = reserve(self, length * times);
    for (size_t i = 0; i < times; i++, at += length)
        for (size_t j = 0; j < length; j++)
            at[j] = piece[j];
    self->size += length * times;
    *at = 0;
}

void text_free(text *self)
{
    free(self->bytes);
}

/* ---- Runtimes and sandboxes. ---- */

bj_runtime *must_open(const char *wat, size_t size)
{
    bj_error err;
    bj_runtime *runtime = bj_runtime_from_bytes(engine, wat, size, "test.wat", &err);
    if (!runtime)
        fail_msg("%s", err.message);
    return runtime;
}

bj_sandbox *must_make(bj_runtime *runtime, const bj_policy *policy)
{
    bj_error err;
    bj_policy usual;
    bj_policy_init(&usual);
    bj_sandbox *box = bj_sandbox_new(runtime, policy ? policy : &usual, &err);
    if (!box)
        fail_msg("%s", err.message);
    return box;
}

bj_policy tight_policy(void)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 100;
    policy.memory_bytes = 16 << 20;
    policy.output_bytes = 1 << 20;
    policy.file_bytes = 1 << 20;
    return policy;
}

bj_receipt *must_run(const char *wat, const bj_policy *policy)
{
    bj_error err;
    bj_runtime *runtime = must_open(wat, strlen(wat));
    bj_sandbox *box = must_make(runtime, policy);
    bj_receipt *receipt = bj_sandbox_run(box, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
    return receipt;
}

bj_receipt *must_eval(bj_sandbox *box, const char *source)
{
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), &err);
    if (!receipt)
        fail_msg("%s", err.message);
    return receipt;
}

void must_refuse(const void *bytes, size_t size, bj_error *err)
{
    *err = (bj_error){0};
    bj_runtime *runtime = bj_runtime_from_bytes(engine, bytes, size, "test.wat", err);
    if (runtime) {
        bj_policy policy;
        bj_policy_init(&policy);
        assert_null(bj_sandbox_new(runtime, &policy, err));
        check_json(bj_runtime_describe(runtime));
        bj_runtime_delete(runtime);
    }
    check_error(err);
}

static bool survive_sandbox(bj_runtime *runtime)
{
    bj_error err = {0};
    bj_policy policy = tight_policy();
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    if (!box) {
        check_error(&err);
        return false;
    }
    bool evals = bj_runtime_get_kind(runtime) == BJ_RUNTIME_INTERPRETER;
    bj_receipt *receipt = evals ? bj_sandbox_eval(box, "1", 1, &err) : bj_sandbox_run(box, &err);
    if (receipt)
        check_json(bj_receipt_describe(receipt));
    else
        check_error(&err);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    return true;
}

bool survive(const void *bytes, size_t size)
{
    bj_error err = {0};
    bj_runtime *runtime = bj_runtime_from_bytes(engine, bytes, size, "test.wasm", &err);
    if (!runtime) {
        check_error(&err);
        return false;
    }
    check_json(bj_runtime_describe(runtime));
    bool ran = survive_sandbox(runtime);
    bj_runtime_delete(runtime);
    return ran;
}

/* ---- Receipts. ---- */

void check_json(char *description)
{
    json_error_t wrong;
    assert_non_null(description);
    json_t *json = json_loads(description, JSON_ALLOW_NUL, &wrong);
    if (!json)
        fail_msg("no JSON: %s at %d", wrong.text, wrong.position);
    json_decref(json);
    bj_free(description);
}

void check_error(const bj_error *err)
{
    assert_int_not_equal(err->code, BJ_ERROR_NONE);
    /* What only a fault of Belljar's own would bring. */
    if (err->code == BJ_ERROR_ENGINE)
        fail_msg("%s", err->message);
    size_t length = strnlen(err->message, sizeof err->message);
    assert_in_range(length, 8, sizeof err->message - 1);
    for (size_t i = 0; i < length; i++)
        assert_true((unsigned char)err->message[i] >= 0x20);
}

/* Fails with the whole receipt when `holds` is false; else deletes it. */
static void conclude(bj_receipt *receipt, bool holds, const char *wanted)
{
    char *description = bj_receipt_describe(receipt);
    if (!holds)
        fail_msg("wanted %s, got %.3000s", wanted, description);
    check_json(description);
    bj_receipt_delete(receipt);
}

void expect_outcome(bj_receipt *receipt, bj_outcome outcome)
{
    conclude(receipt, bj_receipt_outcome(receipt) == outcome, bj_outcome_name(outcome));
}

void expect_limit(bj_receipt *receipt, const char *name)
{
    conclude(receipt,
             bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT &&
                 strcmp(bj_receipt_limit_name(receipt), name) == 0 &&
                 bj_receipt_limit_used(receipt) >= bj_receipt_limit_allowed(receipt),
             name);
}

void expect_trap(bj_receipt *receipt, const char *message)
{
    conclude(receipt,
             bj_receipt_outcome(receipt) == BJ_OUTCOME_TRAP &&
                 strcmp(bj_receipt_error_type(receipt), "trap") == 0 &&
                 strstr(bj_receipt_error_message(receipt), message) != NULL,
             message);
}

void expect_exit(bj_receipt *receipt, int code)
{
    bj_outcome outcome = code == 0 ? BJ_OUTCOME_OK : BJ_OUTCOME_EXIT;
    conclude(receipt,
             bj_receipt_outcome(receipt) == outcome && bj_receipt_exit_code(receipt) == code,
             bj_outcome_name(outcome));
}

static bool is_one_of(const char *type, const char *alternatives)
{
    size_t length = strlen(type);
    for (const char *at = alternatives; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, type, length) == 0 && (at[length] == 0 || at[length] == '|'))
            return true;
    }
    return false;
}

bool is_error(const bj_receipt *receipt, const char *type)
{
    return bj_receipt_outcome(receipt) == BJ_OUTCOME_ERROR && bj_receipt_exit_code(receipt) == 1 &&
           (!*type || is_one_of(bj_receipt_error_type(receipt), type));
}

void expect_error(bj_receipt *receipt, const char *type)
{
    conclude(receipt, is_error(receipt, type), type);
}

void expect_output(bj_receipt *receipt, const char *output)
{
    conclude(receipt,
             bj_receipt_outcome(receipt) == BJ_OUTCOME_OK &&
                 strcmp(bj_receipt_stdout(receipt, NULL), output) == 0,
             output);
}
