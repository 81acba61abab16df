/*
 * tools.c: lists of tools.
 */
#include "policy/tools.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

policy_tool *policy_tool_retain(policy_tool *tool)
{
    atomic_fetch_add_explicit(&tool->references, 1, memory_order_relaxed);
    return tool;
}

void policy_tool_release(policy_tool *tool)
{
    if (atomic_fetch_sub_explicit(&tool->references, 1, memory_order_acq_rel) == 1)
        tool->free(tool);
}

policy_granted *policy_tools_find(const policy_tools *tools, bj_span name)
{
    for (size_t i = 0; i < tools->count; i++)
        if (bj_span_is(name, tools->items[i].tool->name))
            return &tools->items[i];
    return NULL;
}

/* Takes over the reference when it succeeds. */
static int add(policy_tools *tools, policy_tool *tool)
{
    policy_granted *items = realloc(tools->items, (tools->count + 1) * sizeof *items);
    if (!items)
        return -1;
    tools->items = items;
    items[tools->count++] = (policy_granted){.tool = tool};
    return 0;
}

int policy_tools_put(policy_tools *tools, policy_tool *tool)
{
    policy_granted *place = policy_tools_find(tools, bj_span_of(tool->name));
    if (!place)
        return add(tools, tool);
    policy_tool_release(place->tool);
    place->tool = tool;
    return 0;
}

bool policy_tools_revoke(policy_tools *tools, bj_span name)
{
    policy_granted *place = policy_tools_find(tools, name);
    if (!place)
        return false;
    policy_tool_release(place->tool);
    memmove(place, place + 1, (size_t)(tools->items + tools->count - place - 1) * sizeof *place);
    tools->count--;
    return true;
}

int policy_tools_copy(policy_tools *to, const policy_tools *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (add(to, from->items[i].tool) < 0)
            return -1;
        policy_tool_retain(from->items[i].tool);
    }
    return 0;
}

void policy_tools_free(policy_tools *tools)
{
    for (size_t i = 0; i < tools->count; i++)
        policy_tool_release(tools->items[i].tool);
    free(tools->items);
    *tools = (policy_tools){0};
}
