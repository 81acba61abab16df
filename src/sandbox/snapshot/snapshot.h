/*
 * snapshot.h: the object behind bj_snapshot, for the files that take it and that save it.
 */
#ifndef BJ_SANDBOX_SNAPSHOT_H
#define BJ_SANDBOX_SNAPSHOT_H

#include "base/pack.h"
#include "sandbox/run/run.h"
#include "vfs/tree/saved.h"
#include "wasi/saved.h"

struct bj_snapshot {
    bj_runtime *runtime;
    engine_delta *delta;
    bool told_tools;      /* whether the guest knows of tools */
    bool keeps_identity;  /* as in the sandbox: the policy does not say what its variables are */
    sandbox_boot boot;    /* as in the sandbox */
    policy_budget budget; /* of the files */
    bj_policy
        policy; /* of the sandbox that it was taken of; of one that was loaded the grants, without the host's paths */
    /* Taken from a sandbox: */
    vfs_tree *tree;
    wasi_context *wasi;
    /* Or loaded from a file: */
    vfs_saved *saved_tree;
    wasi_saved *saved_wasi;
};

/* Whether sandboxes of this runtime can be snapshot: 0, or -1 and BJ_ERROR_UNSUPPORTED. */
int snapshot_check_kind(const bj_runtime *runtime, bj_error *err) BJ_CHECK_RESULT;

#endif
