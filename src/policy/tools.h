/*
 * tools.h: the tools that a policy grants, as names that share something: what that is, and what can be called,
 * src/sandbox knows. A granted tool is shared by every copy of the policy, and by calls that wait for an answer.
 */
#ifndef BJ_POLICY_TOOLS_H
#define BJ_POLICY_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"

/* The beginning of a tool. Never changes but for the count. Any thread. */
typedef struct policy_tool {
    const char *name;
    _Atomic unsigned references;
    void (*free)(struct policy_tool *tool);
} policy_tool;

policy_tool *policy_tool_retain(policy_tool *tool);
/* Frees it with the last reference. */
void policy_tool_release(policy_tool *tool);

typedef struct policy_granted {
    policy_tool *tool; /* with a reference */
    uint64_t calls;    /* of a sandbox's own list: in this run or eval */
} policy_granted;

typedef struct policy_tools {
    policy_granted *items;
    size_t count;
} policy_tools;

/* Puts the tool where one of its name was, or last, and takes over the reference. 0, or -1 when out of memory. */
int policy_tools_put(policy_tools *tools, policy_tool *tool) BJ_CHECK_RESULT;
/* False: there is none of that name. */
bool policy_tools_revoke(policy_tools *tools, bj_span name);
/* NULL: there is none of that name. Good until the list changes. */
policy_granted *policy_tools_find(const policy_tools *tools, bj_span name);

/* `to` is empty. 0, or -1 when out of memory, with `to` to be freed. */
int policy_tools_copy(policy_tools *to, const policy_tools *from) BJ_CHECK_RESULT;
void policy_tools_free(policy_tools *tools);

#endif
