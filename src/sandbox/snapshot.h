/*
 * snapshot.h: the object behind bj_snapshot, for the files that take it and that save it.
 */
#ifndef BJ_SANDBOX_SNAPSHOT_H
#define BJ_SANDBOX_SNAPSHOT_H

#include "sandbox/internal.h"

struct bj_snapshot {
    bj_runtime *runtime;
    engine_delta *delta;
    policy_budget budget; /* of `tree` and `wasi` */
    vfs_tree *tree;
    wasi_context *wasi;
    bj_policy policy; /* of the sandbox that it was taken of */
};

#endif
