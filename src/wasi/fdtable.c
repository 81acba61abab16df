/*
 * fdtable.c: an array of descriptors that grows by doubling. Invariants: everything below `lowest` is
 * open; an open entry holds its node and one of POLICY_descriptors.
 */
#include "wasi/fdtable.h"

#include <stdlib.h>

void wasi_fdtable_init(wasi_fdtable *table)
{
    *table = (wasi_fdtable){.fds = table->inline_fds, .capacity = WASI_FDS_INLINE};
}

void wasi_fdtable_clear(wasi_fdtable *table, policy_budget *budget)
{
    for (uint32_t fd = 0; fd < table->count; fd++)
        if (table->fds[fd].kind != WASI_FD_CLOSED)
            wasi_fdtable_close(table, budget, fd);
    if (table->fds != table->inline_fds)
        free(table->fds);
    wasi_fdtable_init(table);
}

static vfs_errno grow(wasi_fdtable *table)
{
    if (table->capacity > UINT32_MAX / 4)
        return VFS_EMFILE;
    wasi_fd *old = table->fds == table->inline_fds ? NULL : table->fds;
    wasi_fd *grown = realloc(old, 2 * (size_t)table->capacity * sizeof *grown);
    if (!grown)
        return VFS_ENOMEM;
    if (!old)
        memcpy(grown, table->inline_fds, sizeof table->inline_fds);
    table->fds = grown;
    table->capacity *= 2;
    return VFS_OK;
}

vfs_errno wasi_fdtable_reserve(wasi_fdtable *table, const policy_budget *budget)
{
    if (budget->used[POLICY_descriptors] >= budget->allowed[POLICY_descriptors])
        return VFS_EMFILE;
    while (table->lowest < table->count && table->fds[table->lowest].kind != WASI_FD_CLOSED)
        table->lowest++;
    return table->lowest == table->capacity ? grow(table) : VFS_OK;
}

vfs_errno wasi_fdtable_add(wasi_fdtable *table, policy_budget *budget, const wasi_fd *entry,
                           uint32_t *fd)
{
    vfs_errno error = wasi_fdtable_reserve(table, budget);
    if (error != VFS_OK)
        return error;
    budget->used[POLICY_descriptors]++;
    *fd = table->lowest++;
    table->fds[*fd] = *entry;
    if (*fd == table->count)
        table->count++;
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
    wasi_fdtable_init(from);
}

void wasi_fdtable_close(wasi_fdtable *table, policy_budget *budget, uint32_t fd)
{
    vfs_node_drop(table->fds[fd].node);
    table->fds[fd] = (wasi_fd){0};
    policy_budget_return(budget, POLICY_descriptors, 1);
    if (fd < table->lowest)
        table->lowest = fd;
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
