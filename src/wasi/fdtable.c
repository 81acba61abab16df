/*
 * fdtable.c: an array of descriptors that grows by doubling. Invariants: an open entry holds its node and one of
 * POLICY_descriptors; each closed one below `count` is in `gaps`, once, so that there is always room for it.
 *
 * The lowest free number is the first of a binary heap, whose size is known: whatever a guest opens and closes, finding it takes
 * as many steps as the number of descriptors has digits.
 */
#include "wasi/fdtable.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- gaps */

/* There is room for it. */
static void add_gap(wasi_fdtable *table, uint32_t fd)
{
    uint32_t at = table->gap_count++;
    for (; at > 0 && table->gaps[(at - 1) / 2] > fd; at = (at - 1) / 2)
        table->gaps[at] = table->gaps[(at - 1) / 2];
    table->gaps[at] = fd;
}

/* The lowest; there is one. */
static uint32_t take_gap(wasi_fdtable *table)
{
    const uint32_t lowest = table->gaps[0], last = table->gaps[--table->gap_count];
    uint32_t at = 0;
    for (uint32_t below; (below = 2 * at + 1) < table->gap_count; at = below) {
        if (below + 1 < table->gap_count && table->gaps[below + 1] < table->gaps[below])
            below++;
        if (table->gaps[below] >= last)
            break;
        table->gaps[at] = table->gaps[below];
    }
    table->gaps[at] = last;
    return lowest;
}

/* ---------------------------------------------------------------- the table */

void wasi_fdtable_init(wasi_fdtable *table)
{
    *table = (wasi_fdtable){
        .fds = table->inline_fds, .gaps = table->inline_gaps, .capacity = WASI_FDS_INLINE};
}

/* Lets go of what an open entry holds. */
static void let_go(const wasi_fd *entry, policy_budget *budget)
{
    vfs_node_drop(entry->node);
    policy_budget_return(budget, POLICY_descriptors, 1);
}

void wasi_fdtable_clear(wasi_fdtable *table, policy_budget *budget)
{
    for (uint32_t fd = 0; fd < table->count; fd++)
        if (table->fds[fd].kind != WASI_FD_CLOSED)
            let_go(&table->fds[fd], budget);
    if (table->fds != table->inline_fds)
        free(table->fds);
    if (table->gaps != table->inline_gaps)
        free(table->gaps);
    wasi_fdtable_init(table);
}

/* An array twice as long; the first one lies in the table. NULL: out of memory, it is as it was. */
static void *grown(void *array, const void *first, size_t capacity, size_t item)
{
    void *larger = realloc(array == first ? NULL : array, 2 * capacity * item);
    if (larger && array == first)
        memcpy(larger, first, capacity * item);
    return larger;
}

static vfs_errno grow(wasi_fdtable *table)
{
    if (table->capacity > UINT32_MAX / 4)
        return VFS_EMFILE;
    wasi_fd *fds = grown(table->fds, table->inline_fds, table->capacity, sizeof *fds);
    if (!fds)
        return VFS_ENOMEM;
    table->fds = fds;
    uint32_t *gaps = grown(table->gaps, table->inline_gaps, table->capacity, sizeof *gaps);
    if (!gaps)
        return VFS_ENOMEM;
    table->gaps = gaps;
    table->capacity *= 2;
    return VFS_OK;
}

vfs_errno wasi_fdtable_reserve(wasi_fdtable *table, const policy_budget *budget)
{
    if (budget->used[POLICY_descriptors] >= budget->allowed[POLICY_descriptors])
        return VFS_EMFILE;
    return table->gap_count == 0 && table->count == table->capacity ? grow(table) : VFS_OK;
}

vfs_errno wasi_fdtable_add(wasi_fdtable *table, policy_budget *budget, const wasi_fd *entry,
                           uint32_t *fd)
{
    vfs_errno error = wasi_fdtable_reserve(table, budget);
    if (error != VFS_OK)
        return error;
    budget->used[POLICY_descriptors]++;
    *fd = table->gap_count > 0 ? take_gap(table) : table->count++;
    table->fds[*fd] = *entry;
    return VFS_OK;
}

vfs_errno wasi_fdtable_append(wasi_fdtable *table, policy_budget *budget, const wasi_fd *entry)
{
    if (table->count == table->capacity) {
        vfs_errno error = grow(table);
        if (error != VFS_OK)
            return error;
    }
    if (entry->kind != WASI_FD_CLOSED && !policy_budget_take(budget, POLICY_descriptors, 1))
        return VFS_EMFILE;
    if (entry->kind == WASI_FD_CLOSED)
        add_gap(table, table->count);
    table->fds[table->count++] = *entry;
    return VFS_OK;
}

static vfs_errno fork_entry(wasi_fdtable *table, const wasi_fd *from, const vfs_tree *from_tree,
                            const vfs_tree *tree, policy_budget *budget)
{
    wasi_fd copy = *from;
    copy.node = VFS_NO_NODE;
    vfs_errno error = wasi_fdtable_append(table, budget, &copy);
    if (error != VFS_OK || !from->node.layer)
        return error;
    wasi_fd *entry = &table->fds[table->count - 1];
    error = vfs_tree_counterpart(from_tree, tree, from->node, &entry->node);
    if (error != VFS_OK)
        entry->node = VFS_NO_NODE;
    return error;
}

vfs_errno wasi_fdtable_fork(wasi_fdtable *table, const wasi_fdtable *from,
                            const vfs_tree *from_tree, const vfs_tree *tree, policy_budget *budget)
{
    vfs_errno error = VFS_OK;
    for (uint32_t fd = 0; fd < from->count && error == VFS_OK; fd++)
        error = fork_entry(table, &from->fds[fd], from_tree, tree, budget);
    if (error != VFS_OK)
        wasi_fdtable_clear(table, budget);
    return error;
}

void wasi_fdtable_move(wasi_fdtable *to, wasi_fdtable *from)
{
    *to = *from;
    if (from->fds == from->inline_fds)
        to->fds = to->inline_fds;
    if (from->gaps == from->inline_gaps)
        to->gaps = to->inline_gaps;
    wasi_fdtable_init(from);
}

void wasi_fdtable_close(wasi_fdtable *table, policy_budget *budget, uint32_t fd)
{
    let_go(&table->fds[fd], budget);
    table->fds[fd] = (wasi_fd){0};
    add_gap(table, fd);
}

void wasi_fdtable_renumber(wasi_fdtable *table, policy_budget *budget, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    wasi_fd moved = table->fds[from];
    table->fds[from].node = VFS_NO_NODE;
    wasi_fdtable_close(table, budget, from);
    vfs_node_drop(table->fds[to].node);
    table->fds[to] = moved;
}
