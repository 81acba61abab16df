/*
 * order.c: the list in order of its paths, whenever it ends.
 *
 * It is sorted as it grows, so that what is late has nothing left to do but the end of it: a merge sort from below, of numbers.
 * The list is in runs of falling sizes, each a power of two; two of one size become one at once. In the end they are
 * merged, the small ones first, which compares each change twice at most, and the changes move to their places.
 */
#include <stdlib.h>
#include <string.h>

#include "vfs/changes/search.h"

/* What a comparison costs, in units of policy/work.h. */
#define COMPARE_COST 100u

vfs_change *vfs_search_new(vfs_search *s)
{
    vfs_changes *out = s->out;
    if (out->count < out->capacity)
        return &out->items[out->count++];
    const size_t capacity = out->capacity ? 2 * out->capacity : 16;
    vfs_change *items = realloc(out->items, capacity * sizeof *items);
    out->items = items ? items : out->items;
    uint32_t *order = items ? realloc(s->order, 2 * capacity * sizeof *order) : NULL;
    if (!order) {
        policy_unfinished_set(&out->files, POLICY_UNFINISHED_memory);
        return NULL;
    }
    s->order = order;
    out->capacity = capacity;
    return &out->items[out->count++];
}

static bool comes_before(const vfs_search *s, uint32_t a, uint32_t b)
{
    const vfs_change *one = &s->out->items[a], *other = &s->out->items[b];
    const int order = strcmp(one->path, other->path);
    return order ? order < 0 : one->kind > other->kind; /* deleted before created */
}

/* The two runs of `left` and `right` numbers that end at `end` become one. */
static void merge(vfs_search *s, size_t end, size_t left, size_t right)
{
    uint32_t *to = s->order + end - left - right, *room = s->order + s->out->capacity;
    const uint32_t *other = to + left;
    memcpy(room, to, left * sizeof *room);
    for (size_t i = 0, j = 0; i < left;)
        *to++ = j < right && comes_before(s, other[j], room[i]) ? other[j++] : room[i++];
    (void)policy_work_step(s->work, COMPARE_COST * (left + right));
}

void vfs_search_place(vfs_search *s)
{
    const size_t count = s->out->count;
    s->order[count - 1] = (uint32_t)(count - 1);
    for (size_t size = 1; (count & size) == 0; size *= 2)
        merge(s, count, size, size);
}

/* Each change to the place where its number stands, along the circles that they make. */
static void move_all(vfs_search *s)
{
    vfs_change *items = s->out->items;
    for (size_t i = 0; i < s->out->count; i++) {
        const vfs_change first = items[i];
        size_t at = i;
        for (size_t from; (from = s->order[at]) != i; at = from) {
            items[at] = items[from];
            s->order[at] = (uint32_t)at;
        }
        items[at] = first;
        s->order[at] = (uint32_t)at;
    }
}

void vfs_search_order(vfs_search *s)
{
    const size_t count = s->out->count;
    size_t last = count & -count;
    for (size_t left = count - last, size; left > 0; left -= size, last += size) {
        size = left & -left;
        merge(s, count, size, last);
    }
    move_all(s);
    free(s->order);
    s->order = NULL;
}
