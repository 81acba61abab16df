/*
 * snapshots.h: what the tests of snapshots have in common.
 */
#ifndef BJ_TESTS_SANDBOX_SNAPSHOTS_H
#define BJ_TESTS_SANDBOX_SNAPSHOTS_H

#include "session.h"

/* Each fails the test where it cannot. */
bj_snapshot *must_snapshot(bj_sandbox *box);
bj_sandbox *must_spawn(bj_snapshot *snapshot, const bj_policy *policy);
void must_rewind(bj_sandbox *box, bj_snapshot *snapshot);

/* Evaluates what must end well. */
void run(bj_sandbox *box, const char *source);

/* The value of an expression is this JSON. */
void value_is(bj_sandbox *box, const char *source, const char *json);

#endif
