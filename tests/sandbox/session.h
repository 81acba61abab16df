/*
 * session.h: what the tests of the interpreters have in common: one runtime for a whole test program,
 * attempts that must raise, and ends after which nothing runs any more.
 */
#ifndef BJ_TESTS_SANDBOX_SESSION_H
#define BJ_TESTS_SANDBOX_SESSION_H

#include "harness.h"

/* Of the program, between session_begin and session_end. */
extern bj_runtime *interpreter;

/* For a group's set-up: an engine, and the guest `name` in it. */
int session_begin(void **state, const char *name);
int session_end(void **state);

/* In a sandbox of its own; `policy` may be NULL. */
bj_receipt *eval_fresh(const bj_policy *policy, const char *source);
/* In a live one, any bytes. */
bj_receipt *eval_bytes(bj_sandbox *box, const char *source, size_t size);

typedef struct attempt {
    const char *source;
    const char *type; /* of the exception; alternatives as for is_error, "" for any */
} attempt;

/* Every attempt ends with its exception, and the session goes on between and after them. */
void all_raise(bj_sandbox *box, const attempt *attempts, size_t count);
/* Every source runs to its end, one after the other in one session. */
void all_run(const char *const *sources, size_t count);

/* The next eval is refused. */
void expect_ended(bj_sandbox *box);
/* In a sandbox of its own: the limit, and then nothing more. */
void expect_last_limit(const bj_policy *policy, const char *source, const char *limit);
void expect_last_exit(const char *source, int code);

/* Another thread interrupts while `source` runs; it must end soon. */
void expect_interruptible(const char *source);

#endif
