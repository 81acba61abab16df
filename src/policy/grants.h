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

typedef struct policy_dir {
    char *host, *guest;
    bj_mode mode;
} policy_dir;

/* Strings that belong to the grants; `items` is not NULL-terminated. */
typedef struct policy_strings {
    char **items;
    size_t count;
} policy_strings;

/* Behind bj_policy.grants; NULL there while nothing is granted. */
struct bj_grants {
    policy_dir *dirs;
    size_t dir_count;
    bool devices;       /* /dev, for a command */
    policy_strings env; /* "NAME=value" */
    policy_strings args;
    int stdin_fd; /* -1: stdin_bytes */
    bj_buffer stdin_bytes;
    bj_output_fn on_output;
    void *on_output_user;
};

/* A copy that belongs to the caller, or NULL when out of memory. `from` may be NULL: no grants. */
bj_grants *policy_grants_copy(const bj_grants *from) BJ_CHECK_RESULT;
void policy_grants_delete(bj_grants *grants);

#endif
