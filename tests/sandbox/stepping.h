/*
 * stepping.h: what the tests of steps have in common: tools that answer when the test says so, steps that must go well.
 */
#ifndef BJ_TESTS_SANDBOX_STEPPING_H
#define BJ_TESTS_SANDBOX_STEPPING_H

#include <stdatomic.h>

#include "session.h"

#define ENDLESS "while True: pass"

typedef struct trial {
    bj_tool_call *kept; /* of the last call */
    unsigned calls, released;
    bj_sandbox *box;     /* that calls it */
    bj_error_code found; /* by a tool that uses it */
} trial;

/* Tools, whose `user` is a trial: one keeps its call, one answers 1 at once. */
void keeps(void *user, bj_tool_call *call);
void answers(void *user, bj_tool_call *call);
bj_tool tool_of(const char *name, bj_tool_fn fn, void *user);

/* A sandbox with one tool, whose `release` is counted. */
bj_sandbox *box_with(bj_runtime *runtime, const char *name, bj_tool_fn fn, trial *t,
                     const bj_policy *limits);

/* A module whose function $ask calls the tool `ask` with {} and gives its status. */
#define ASK                                                                                        \
    "(import \"belljar\" \"tool_call\" (func $call (param i32 i32 i32 i32) (result i32)))"         \
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"                   \
    "(memory (export \"memory\") 1) (data (i32.const 8) \"ask{}\")"                                \
    "(func $ask (result i32)"                                                                      \
    " (call $call (i32.const 8) (i32.const 3) (i32.const 11) (i32.const 2)))"

/* Fails the test where the module is refused. */
bj_runtime *module_of(const char *wat);

/* `woken` counts wakes; NULL: nobody is woken. */
void must_begin(bj_sandbox *box, const char *source, atomic_uint *woken);
void must_begin_run(bj_sandbox *box);

/* A step, which must come to this. */
bj_receipt *step_to(bj_sandbox *box, bj_step wanted, uint64_t slice_ms);
void waits(bj_sandbox *box);
bj_receipt *done(bj_sandbox *box);
void refused(bj_sandbox *box, bj_error_code code);

/* On a thread that does nothing else, and ends. */
bj_step step_elsewhere(bj_sandbox *box, uint64_t slice_ms, bj_receipt **receipt);
/* Until it is done; how often it had yielded. */
bj_receipt *finish_elsewhere(bj_sandbox *box, uint64_t slice_ms, unsigned *yielded);

/* The receipt's value, which is deleted, is this JSON. */
void value_is(bj_receipt *receipt, const char *json);

#endif
