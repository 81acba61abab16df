/*
 * fdtable.c: an array of descriptors that grows by doubling, and one of the positions that some of them share, which
 * are told by their index so that a fork of the table is a copy. Invariants: an open entry holds its node, one of
 * POLICY_descriptors, and a reference to its shared position where it has one; each closed one below `count` is in `gaps`,
 * once, so that there is always room for it.
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

/* The one at `at` goes; `gap`, which is not lower than those above it, goes there or below. */
static void sink(wasi_fdtable *table, uint32_t at, uint32_t gap)
{
    for (uint32_t below; (below = 2 * at + 1) < table->gap_count; at = below) {
        if (below + 1 < table->gap_count && table->gaps[below + 1] < table->gaps[below])
            below++;
        if (table->gaps[below] >= gap)
            break;
        table->gaps[at] = table->gaps[below];
    }
    table->gaps[at] = gap;
}

/* The lowest; there is one. */
static uint32_t take_gap(wasi_fdtable *table)
{
    const uint32_t lowest = table->gaps[0], last = table->gaps[--table->gap_count];
    sink(table, 0, last);
    return lowest;
}

/* A certain one, which is there. */
static void remove_gap(wasi_fdtable *table, uint32_t fd)
{
    uint32_t at = 0;
    while (table->gaps[at] != fd)
        at++;
    for (; at > 0; at = (at - 1) / 2)
        table->gaps[at] = table->gaps[(at - 1) / 2];
    (void)take_gap(table);
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
    free(table->shared);
    wasi_fdtable_init(table);
}

/* ---------------------------------------------------------------- shared positions */

/* At least `count` positions, those that come to them free. */
static vfs_errno make_shared(wasi_fdtable *table, uint32_t count)
{
    if (count <= table->shared_count)
        return VFS_OK;
    wasi_shared *grown = realloc(table->shared, count * sizeof *grown);
    if (!grown)
        return VFS_ENOMEM;
    memset(grown + table->shared_count, 0, (count - table->shared_count) * sizeof *grown);
    table->shared = grown;
    table->shared_count = count;
    return VFS_OK;
}

/* Has an open descriptor's position be one that others can share. */
static vfs_errno make_shareable(wasi_fdtable *table, uint32_t fd)
{
    wasi_fd *entry = &table->fds[fd];
    if (entry->shared)
        return VFS_OK;
    uint32_t at = table->shared_lowest;
    while (at < table->shared_count && table->shared[at].references > 0)
        at++;
    if (at == table->shared_count) {
        vfs_errno error = make_shared(table, at < 4 ? 4 : 2 * at);
        if (error != VFS_OK)
            return error;
    }
    table->shared[at] = (wasi_shared){entry->own, 1};
    table->shared_lowest = at + 1;
    entry->shared = at + 1;
    return VFS_OK;
}

static void let_go_of_shared(wasi_fdtable *table, uint32_t number)
{
    if (number > 0 && --table->shared[number - 1].references == 0 && number <= table->shared_lowest)
        table->shared_lowest = number - 1;
}

/* ---------------------------------------------------------------- opening */

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
    vfs_errno error = make_shared(table, entry->shared);
    if (error != VFS_OK)
        return error;
    if (entry->kind != WASI_FD_CLOSED && !policy_budget_take(budget, POLICY_descriptors, 1))
        return VFS_EMFILE;
    if (entry->kind == WASI_FD_CLOSED)
        add_gap(table, table->count);
    if (entry->shared && table->shared[entry->shared - 1].references++ == 0)
        table->shared[entry->shared - 1].position = entry->own;
    table->fds[table->count++] = *entry;
    return VFS_OK;
}

/* Numbers up to `count`, those that come to it closed. */
static vfs_errno extend(wasi_fdtable *table, uint32_t count)
{
    while (table->capacity < count) {
        vfs_errno error = grow(table);
        if (error != VFS_OK)
            return error;
    }
    for (; table->count < count; table->count++) {
        table->fds[table->count] = (wasi_fd){0};
        add_gap(table, table->count);
    }
    return VFS_OK;
}

/* The entry for a duplicate of `from`, whose position can be shared. */
static wasi_fd duplicate_of(wasi_fdtable *table, uint32_t from)
{
    wasi_fd copy = table->fds[from];
    table->shared[copy.shared - 1].references++;
    copy.node = vfs_node_hold(copy.node);
    copy.preopen = NULL;
    return copy;
}

vfs_errno wasi_fdtable_duplicate(wasi_fdtable *table, policy_budget *budget, uint32_t from,
                                 uint32_t *fd)
{
    vfs_errno error = wasi_fdtable_reserve(table, budget);
    if (error == VFS_OK)
        error = make_shareable(table, from);
    if (error != VFS_OK)
        return error;
    const wasi_fd copy = duplicate_of(table, from);
    return wasi_fdtable_add(table, budget, &copy, fd);
}

vfs_errno wasi_fdtable_duplicate_to(wasi_fdtable *table, policy_budget *budget, uint32_t from,
                                    uint32_t to)
{
    if (from == to)
        return VFS_OK;
    if (to >= budget->allowed[POLICY_descriptors])
        return VFS_EBADF;
    const bool was_open = wasi_fdtable_get(table, to) != NULL;
    if (!was_open && budget->used[POLICY_descriptors] >= budget->allowed[POLICY_descriptors])
        return VFS_EMFILE;
    vfs_errno error = extend(table, to + 1);
    if (error == VFS_OK)
        error = make_shareable(table, from);
    if (error != VFS_OK)
        return error;
    const wasi_fd copy = duplicate_of(table, from);
    if (was_open)
        wasi_fdtable_close(table, budget, to);
    remove_gap(table, to);
    budget->used[POLICY_descriptors]++;
    table->fds[to] = copy;
    return VFS_OK;
}

static vfs_errno fork_entry(wasi_fdtable *table, const wasi_fdtable *from, uint32_t fd,
                            const vfs_tree *from_tree, const vfs_tree *tree, policy_budget *budget)
{
    const vfs_node node = from->fds[fd].node;
    wasi_fd copy = from->fds[fd];
    copy.own = wasi_fdtable_stands(from, &copy);
    copy.node = VFS_NO_NODE;
    vfs_errno error = wasi_fdtable_append(table, budget, &copy);
    if (error != VFS_OK || !node.layer)
        return error;
    wasi_fd *entry = &table->fds[table->count - 1];
    error = vfs_tree_counterpart(from_tree, tree, node, &entry->node);
    if (error != VFS_OK)
        entry->node = VFS_NO_NODE;
    return error;
}

vfs_errno wasi_fdtable_fork(wasi_fdtable *table, const wasi_fdtable *from,
                            const vfs_tree *from_tree, const vfs_tree *tree, policy_budget *budget)
{
    vfs_errno error = make_shared(table, from->shared_count);
    for (uint32_t fd = 0; fd < from->count && error == VFS_OK; fd++)
        error = fork_entry(table, from, fd, from_tree, tree, budget);
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
    let_go_of_shared(table, table->fds[fd].shared);
    table->fds[fd] = (wasi_fd){0};
    add_gap(table, fd);
}

void wasi_fdtable_renumber(wasi_fdtable *table, policy_budget *budget, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    wasi_fd moved = table->fds[from];
    table->fds[from].node = VFS_NO_NODE;
    table->fds[from].shared = 0;
    wasi_fdtable_close(table, budget, from);
    vfs_node_drop(table->fds[to].node);
    let_go_of_shared(table, table->fds[to].shared);
    table->fds[to] = moved;
}
