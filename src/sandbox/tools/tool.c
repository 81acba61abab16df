/*
 * tool.c: what can be called: a host function with its schema, as a policy grants it.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "policy/grants.h"
#include "sandbox/tools/tools.h"

#define BYTES_DEFAULT (UINT64_C(1) << 20)
#define BYTES_MOST    (UINT64_C(64) << 20)

BJ_API void bj_tool_init_sized(bj_tool *tool, size_t size)
{
    const bj_tool defaults = {
        .most_calls = UINT64_MAX,
        .most_bytes = BYTES_DEFAULT,
        .most_ms = UINT64_MAX,
    };
    bj_sized_init(tool, size, &defaults, sizeof defaults);
}

static void free_tool(sandbox_tool *tool)
{
    bj_schema_delete(tool->schema);
    free((char *)tool->tool.name);
    free((char *)tool->tool.description);
    free((char *)tool->tool.schema);
    free(tool);
}

static void release_tool(policy_tool *base)
{
    sandbox_tool *tool = (sandbox_tool *)base;
    if (tool->tool.release)
        tool->tool.release(tool->tool.user);
    free_tool(tool);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *name)
{
    size_t length = strnlen(name, TOOL_NAME_MOST + 1);
    if (length == 0 || length > TOOL_NAME_MOST || !is_letter(*name))
        return false;
    for (const char *c = name; *c; c++)
        if (!is_letter(*c) && (*c < '0' || *c > '9'))
            return false;
    return true;
}

static int check(const bj_tool *tool, bj_error *err)
{
    if (!tool->name || !is_name(tool->name))
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "\"%.80s\" cannot be the name of a tool: letters, digits and _, at most %u",
                       tool->name ? tool->name : "", TOOL_NAME_MOST);
    if (!tool->call)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "tool %s has no function to call", tool->name);
    if (tool->most_bytes > BYTES_MOST)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "tool %s may take 64 MiB at most in one call",
                       tool->name);
    return 0;
}

static int compile(sandbox_tool *made, bj_error *err)
{
    char message[160];
    const char *text = made->tool.schema;
    if (!text)
        return 0;
    made->schema = bj_schema_new(text, strlen(text), message, sizeof message);
    if (made->schema)
        return 0;
    return bj_fail(err, BJ_ERROR_ARGUMENT, "the schema of tool %s is no JSON Schema: %s",
                   made->tool.name, message);
}

/* With one reference. `release` is the tool's own only after all went well. */
static sandbox_tool *make_tool(const bj_tool *tool, bj_error *err)
{
    sandbox_tool *made = calloc(1, sizeof *made);
    if (!made) {
        bj_fail_memory(err);
        return NULL;
    }
    atomic_init(&made->base.references, 1);
    made->base.free = release_tool;
    made->tool = *tool;
    made->tool.name = made->base.name = strdup(tool->name);
    made->tool.description = tool->description ? strdup(tool->description) : NULL;
    made->tool.schema = tool->schema ? strdup(tool->schema) : NULL;
    int status = 0;
    if (!made->tool.name || (tool->description && !made->tool.description) ||
        (tool->schema && !made->tool.schema))
        status = bj_fail_memory(err);
    if (status < 0 || compile(made, err) < 0) {
        free_tool(made);
        return NULL;
    }
    return made;
}

int tool_grant(policy_tools *tools, const bj_tool *tool, bj_error *err)
{
    bj_tool own;
    bj_tool_init(&own);
    if (bj_sized_read(&own, sizeof own, tool, BJ_SIZE_TO(bj_tool, user), "bj_tool", err) < 0 ||
        check(&own, err) < 0)
        return -1;
    sandbox_tool *made = make_tool(&own, err);
    if (!made)
        return -1;
    if (policy_tools_put(tools, &made->base) == 0)
        return 0;
    free_tool(made);
    return bj_fail_memory(err);
}

BJ_API int bj_policy_grant_tool(bj_policy *policy, const bj_tool *tool, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    return grants ? tool_grant(&grants->tools, tool, err) : -1;
}
