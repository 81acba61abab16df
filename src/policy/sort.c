/*
 * sort.c: a merge sort from below.
 */
#include "policy/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

/* What a comparison costs, in units of work.h. */
#define COMPARE_COST 100u

/* Merges the runs from[0 … a) and from[a … b) into `to`. */
static void merge(const void **to, const void *const *from, size_t a, size_t b,
                  int (*compare)(const void *, const void *))
{
    for (size_t i = 0, j = a; i < a || j < b;)
        *to++ = j == b || (i < a && compare(from[i], from[j]) <= 0) ? from[i++] : from[j++];
}

policy_unfinished policy_sort(const void **items, size_t count,
                              int (*compare)(const void *one, const void *other), policy_work *work)
{
    bj_autofree const void **room = malloc((count + 1) * sizeof *room);
    const void **from = items, **to = room;
    if (!room)
        return POLICY_UNFINISHED_memory;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            const size_t left = count - i;
            const size_t a = left < width ? left : width, b = left < 2 * width ? left : 2 * width;
            merge(to + i, from + i, a, b, compare);
            if (!policy_work_step(work, COMPARE_COST * b) && i + b < count) {
                memcpy(to + i + b, from + i + b, (count - i - b) * sizeof *to);
                memmove(items, to, count * sizeof *items);
                return policy_unfinished_by(work);
            }
        }
        const void **swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
    return POLICY_FINISHED;
}
