/*
 * grants.h: what a policy grants, as the layers that honour it read it.
 */
#ifndef BJ_POLICY_GRANTS_H
#define BJ_POLICY_GRANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "belljar.h"
#include "policy/tools.h"

/* One thing that is mounted, in the order in which it was granted. */
typedef struct policy_mount {
    enum policy_mount_kind { POLICY_MOUNT_DIR, POLICY_MOUNT_TMP, POLICY_MOUNT_ARCHIVE } kind;
    char *host; /* of a directory or an archive, else NULL */
    char *guest;
    bj_mode mode;   /* of a directory */
    uint64_t bytes; /* of a directory in memory */
} policy_mount;

/* Strings that belong to the grants; `items` is not NULL-terminated. */
typedef struct policy_strings {
    char **items;
    size_t count;
} policy_strings;

/* Behind bj_policy.grants; NULL there while nothing is granted. */
struct bj_grants {
    policy_mount *mounts;
    size_t mount_count;
    bool devices;       /* /dev, for a command */
    bool exceptions;    /* a module may throw */
    policy_strings env; /* "NAME=value" */
    policy_strings args;
    int stdin_fd; /* -1: stdin_bytes */
    bj_buffer stdin_bytes;
    bj_output_fn on_output;
    void *on_output_user;
    bj_audit_fn on_audit;
    void *on_audit_user;
    policy_tools tools;
};

/* A copy that belongs to the caller, or NULL when out of memory. `from` may be NULL: no grants. */
bj_grants *policy_grants_copy(const bj_grants *from) BJ_CHECK_RESULT;
void policy_grants_delete(bj_grants *grants);

/* The policy's grants, made if there are none yet. NULL: BJ_ERROR_MEMORY. */
bj_grants *policy_grants_of(bj_policy *policy, bj_error *err) BJ_CHECK_RESULT;

/* Adds a copy of a mount. 0, or -1 when out of memory. */
int policy_grants_mount(bj_grants *grants, const policy_mount *mount) BJ_CHECK_RESULT;

#endif
