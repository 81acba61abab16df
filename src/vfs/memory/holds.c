/*
 * holds.c: the table of held inodes. At most half full; a slot that becomes free is filled from behind, so
 * that a search may end at the first free one.
 */
#include "vfs/memory/holds.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const vfs_holds *holds, uint64_t id)
{
    return (uint32_t)(id * 0x9e3779b97f4a7c15ull >> 32) & (holds->capacity - 1);
}

void vfs_holds_init(vfs_holds *holds)
{
    memset(holds->inline_slots, 0, sizeof holds->inline_slots);
    holds->slots = holds->inline_slots;
    holds->capacity = VFS_HOLDS_INLINE;
    holds->used = 0;
}

void vfs_holds_clear(vfs_holds *holds)
{
    for (uint32_t i = 0; i < holds->capacity && holds->used > 0; i++)
        if (holds->slots[i].count > 0)
            vfs_node_drop(holds->slots[i].below);
    if (holds->slots != holds->inline_slots)
        free(holds->slots);
    vfs_holds_init(holds);
}

/* The slot of `id`, or the free one where it would be. */
static vfs_hold *probe(const vfs_holds *holds, uint64_t id)
{
    uint32_t at = slot_of(holds, id);
    while (holds->slots[at].count > 0 && holds->slots[at].id != id)
        at = (at + 1) & (holds->capacity - 1);
    return &holds->slots[at];
}

vfs_hold *vfs_holds_find(const vfs_holds *holds, uint64_t id)
{
    vfs_hold *hold = probe(holds, id);
    return hold->count > 0 ? hold : NULL;
}

static int grow(vfs_holds *holds)
{
    vfs_holds old = *holds;
    vfs_hold *slots = calloc(2 * (size_t)old.capacity, sizeof *slots);
    if (!slots)
        return -1;
    const vfs_hold *from = old.slots == holds->inline_slots ? holds->inline_slots : old.slots;
    holds->slots = slots;
    holds->capacity = 2 * old.capacity;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (from[i].count > 0)
            *probe(holds, from[i].id) = from[i];
    if (from != holds->inline_slots)
        free(old.slots);
    return 0;
}

vfs_hold *vfs_holds_add(vfs_holds *holds, uint64_t id)
{
    vfs_hold *hold = probe(holds, id);
    if (hold->count == 0) {
        if (2 * (holds->used + 1) > holds->capacity) {
            if (grow(holds) < 0)
                return NULL;
            hold = probe(holds, id);
        }
        *hold = (vfs_hold){.id = id};
        holds->used++;
    }
    hold->count++;
    return hold;
}

/* Whether the entry at `at`, whose own place is `home`, may move back to `gap`. */
static bool may_move(uint32_t home, uint32_t gap, uint32_t at)
{
    return gap <= at ? home <= gap || home > at : home <= gap && home > at;
}

bool vfs_holds_drop(vfs_holds *holds, uint64_t id)
{
    vfs_hold *hold = probe(holds, id);
    if (--hold->count > 0)
        return false;
    vfs_node_drop(hold->below);
    uint32_t mask = holds->capacity - 1, gap = (uint32_t)(hold - holds->slots);
    for (uint32_t at = (gap + 1) & mask; holds->slots[at].count > 0; at = (at + 1) & mask)
        if (may_move(slot_of(holds, holds->slots[at].id), gap, at)) {
            holds->slots[gap] = holds->slots[at];
            gap = at;
        }
    holds->slots[gap] = (vfs_hold){0};
    holds->used--;
    return true;
}
