/*
 * harness.h: one engine for a whole test program, modules as text, and what a receipt says, checked
 * with the receipt in the message when it says something else. All over the public header.
 */
#ifndef BJ_TESTS_SANDBOX_HARNESS_H
#define BJ_TESTS_SANDBOX_HARNESS_H

#include "belljar.h"

#include "unit.h"

/* Of the program, between engine_begin and engine_end. */
extern bj_engine *engine;

/* Group set-up and tear-down: an engine of few sandboxes that keeps compiled modules, or that does not
 * (for programs that make thousands of modules). */
int engine_begin(void **state);
int engine_begin_without_cache(void **state);
int engine_end(void **state);

/* ---- Text that is made by the test, often too large to be written down. ---- */

typedef struct text {
    char *bytes; /* NUL-terminated once anything was added */
    size_t size, room;
} text;

void text_add(text *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(text *self, const void *bytes, size_t size);
void text_repeat(text *self, const char *piece, size_t times);
void text_free(text *self);
#define autotext __attribute__((cleanup(text_free))) text

/* ---- Runtimes and sandboxes that must be there. ---- */

/* Fails the test where the module is refused. */
bj_runtime *must_open(const char *wat, size_t size);
bj_sandbox *must_make(bj_runtime *runtime, const bj_policy *policy);

/* A policy for what may go on for ever or take all it gets: 100 ms, 16 MiB. */
bj_policy tight_policy(void);

/* Compiles, makes, runs; fails the test where any of it is an error. `policy` may be NULL. */
bj_receipt *must_run(const char *wat, const bj_policy *policy);

/* Evaluates in a live sandbox. */
bj_receipt *must_eval(bj_sandbox *box, const char *source);

/* Asserts that the module is refused, at its opening or at the making of its sandbox. */
void must_refuse(const void *bytes, size_t size, bj_error *err);

/* Gives the module every chance to do harm: opens, describes, runs it (or evaluates in it) under
 * tight_policy, describes its receipt. Whatever it does, errors must be one clear line and
 * descriptions JSON. Whether it got as far as running. */
bool survive(const void *bytes, size_t size);

/* ---- Receipts. ---- */

/* Whether it is an uncaught exception of that type; `type` may list alternatives
 * ("FileNotFoundError|PermissionError"), or be "" for any. */
bool is_error(const bj_receipt *receipt, const char *type);

/* Each takes the receipt's outcome as given and deletes it. */
void expect_outcome(bj_receipt *receipt, bj_outcome outcome);
void expect_limit(bj_receipt *receipt, const char *name);
void expect_trap(bj_receipt *receipt, const char *message);
void expect_exit(bj_receipt *receipt, int code);
void expect_error(bj_receipt *receipt, const char *type);
void expect_output(bj_receipt *receipt, const char *output);

/* The description parses as JSON and is no longer than it should be. */
void check_json(char *description);
void check_error(const bj_error *err);

#endif
