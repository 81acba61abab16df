/*
 * snapshots.c: see snapshots.h.
 */
#include "snapshots.h"

#include <string.h>

bj_snapshot *must_snapshot(bj_sandbox *box)
{
    bj_error err;
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    if (!snapshot)
        fail_msg("%s", err.message);
    return snapshot;
}

bj_sandbox *must_spawn(bj_snapshot *snapshot, const bj_policy *policy)
{
    bj_error err;
    bj_sandbox *box = bj_snapshot_spawn(snapshot, policy, &err);
    if (!box)
        fail_msg("%s", err.message);
    return box;
}

void must_rewind(bj_sandbox *box, bj_snapshot *snapshot)
{
    bj_error err;
    if (bj_sandbox_rewind(box, snapshot, &err) < 0)
        fail_msg("%s", err.message);
}

void run(bj_sandbox *box, const char *source)
{
    bj_receipt *receipt = must_eval(box, source);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        fail_msg("%s: %s%s", source, bj_outcome_name(bj_receipt_outcome(receipt)),
                 bj_receipt_stderr(receipt, NULL));
    bj_receipt_delete(receipt);
}

void value_is(bj_sandbox *box, const char *source, const char *json)
{
    bj_receipt *receipt = must_eval(box, source);
    const char *value = bj_receipt_value(receipt, NULL);
    if (!value || strcmp(value, json) != 0)
        fail_msg("%s: %s rather than %s; %s", source, value ? value : "no value", json,
                 bj_receipt_stderr(receipt, NULL));
    bj_receipt_delete(receipt);
}
