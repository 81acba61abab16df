/*
 * calls.c: calls of tools that JavaScript has not answered yet: a table of the environment, on the loop's thread, in which each lies
 * under a number that is never used again.
 */
#include <stdlib.h>

#include "core.h"

typedef struct open_call {
    struct open_call *next;
    uint64_t number;
    uint32_t slot;
    bj_tool_call *call;
} open_call;

#define BUCKETS 256

struct core_calls {
    uint64_t last;
    uint32_t open;
    open_call *buckets[BUCKETS]; /* by number */
};

struct core_calls *core_calls_new(void)
{
    return calloc(1, sizeof(struct core_calls));
}

uint64_t core_calls_add(struct core_calls *calls, uint32_t slot, bj_tool_call *call)
{
    open_call *new = malloc(sizeof *new);
    if (!new)
        return 0;
    uint64_t number = ++calls->last;
    open_call **bucket = &calls->buckets[number % BUCKETS];
    *new = (open_call){.next = *bucket, .number = number, .slot = slot, .call = call};
    *bucket = new;
    calls->open++;
    return number;
}

static bj_tool_call *take_out(struct core_calls *calls, open_call **link)
{
    open_call *found = *link;
    bj_tool_call *call = found->call;
    *link = found->next;
    calls->open--;
    free(found);
    return call;
}

static open_call **find(struct core_calls *calls, uint64_t number)
{
    open_call **link = &calls->buckets[number % BUCKETS];
    while (*link && (*link)->number != number)
        link = &(*link)->next;
    return link;
}

/* The guest waits no longer: what is answered here goes nowhere, but must be answered to be freed. */
void core_calls_end(struct core_calls *calls, int64_t slot)
{
    for (size_t i = 0; calls && calls->open && i < BUCKETS; i++)
        for (open_call **link = &calls->buckets[i]; *link;) {
            if (slot < 0 || (*link)->slot == (uint32_t)slot)
                bj_tool_call_raise(take_out(calls, link), "Error", "the call has ended");
            else
                link = &(*link)->next;
        }
}

void core_calls_delete(struct core_calls *calls)
{
    core_calls_end(calls, -1);
    free(calls);
}

bool core_calls_has(struct core_calls *calls, uint64_t number)
{
    return *find(calls, number) != NULL;
}

bj_tool_call *core_calls_take(struct core_calls *calls, uint64_t number)
{
    return take_out(calls, find(calls, number));
}
