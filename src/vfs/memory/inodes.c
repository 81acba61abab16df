/*
 * inodes.c: the table of inodes: making, naming, holding and forgetting them, within the quota.
 *
 * A change first makes everything ours that it will touch (vfs_inodes_edit, which changes nothing that can
 * be seen and is all that can fail), and then changes it. An inode that cannot even be removed for want of
 * memory stays behind without a name and goes with the layer.
 */
#include "vfs/memory/inodes.h"

#include <stdlib.h>

#include "base/clock.h"
#include "vfs/memory/reap.h"

/* ---------------------------------------------------------------- as items of a map */

static void inode_free(vfs_item *item)
{
    vfs_inode *inode = (vfs_inode *)item;
    if (inode->type == VFS_DIRECTORY)
        vfs_directory_clear(&inode->directory);
    else
        vfs_content_clear(&inode->content);
    vfs_origin_release(inode->origin);
    free(inode);
}

static vfs_item *inode_copy(const vfs_item *item)
{
    const vfs_inode *inode = (const vfs_inode *)item;
    vfs_inode *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    vfs_item_copy(&copy->item, item, sizeof *copy);
    (void)vfs_origin_retain(copy->origin);
    if (inode->type == VFS_DIRECTORY)
        copy->directory = vfs_directory_share(&inode->directory);
    else
        copy->content = vfs_content_share(&inode->content);
    return &copy->item;
}

static const vfs_item_kind inode_kind = {inode_copy, inode_free};

/* What takes more than a few milliseconds to take apart. Everything that is in a map is charged, or was when it was shared. */
#define LARGE_FILES 4096u
#define LARGE_BYTES ((uint64_t)16 << 20)

static bool is_large(const vfs_quota *quota)
{
    return quota->files > LARGE_FILES || quota->bytes > LARGE_BYTES;
}

/* The table is about to have another moment. */
static void note_size(vfs_inodes *inodes, const vfs_quota *quota)
{
    inodes->was_large |= is_large(quota);
    if (quota->bytes > inodes->was_bytes)
        inodes->was_bytes = quota->bytes;
}

void vfs_inodes_let_go(const vfs_inodes *inodes, vfs_map *moment)
{
    /* What is shared as a whole goes at once. */
    const bool shared = moment != &inodes->map && moment->root == inodes->map.root;
    const uint64_t bytes = inodes->quota.bytes;
    if (moment->root && !shared && (inodes->was_large || is_large(&inodes->quota)))
        vfs_reap(moment, &inode_kind, bytes > inodes->was_bytes ? bytes : inodes->was_bytes);
    else
        vfs_map_clear(moment, &inode_kind);
}

const vfs_inode *vfs_inodes_get(const vfs_inodes *inodes, uint64_t number)
{
    return (const vfs_inode *)vfs_map_get(&inodes->map, number);
}

vfs_inode *vfs_inodes_edit(vfs_inodes *inodes, uint64_t number)
{
    return (vfs_inode *)vfs_map_edit(&inodes->map, &inode_kind, number);
}

/* ---------------------------------------------------------------- the table */

static vfs_inode *add_inode(vfs_inodes *inodes, vfs_type type)
{
    vfs_inode *inode = calloc(1, sizeof *inode);
    if (!inode)
        return NULL;
    atomic_init(&inode->item.references, 1);
    inode->item.key = inodes->next;
    inode->type = type;
    inode->inode = inodes->next + 1;
    vfs_inode_touch(inodes, inode);
    inode->accessed_ns = inode->modified_ns;
    if (vfs_map_add(&inodes->map, &inode_kind, &inode->item) < 0) {
        free(inode);
        return NULL;
    }
    inodes->next++;
    return inode;
}

vfs_inode *vfs_inodes_restore(vfs_inodes *inodes, uint64_t number, vfs_type type)
{
    vfs_inode *inode = vfs_map_get(&inodes->map, number) ? NULL : calloc(1, sizeof *inode);
    if (!inode)
        return NULL;
    atomic_init(&inode->item.references, 1);
    inode->item.key = number;
    inode->type = type;
    if (vfs_map_add(&inodes->map, &inode_kind, &inode->item) < 0) {
        free(inode);
        return NULL;
    }
    return inode;
}

int vfs_inodes_init(vfs_inodes *inodes, policy_budget *budget, uint64_t own_bytes)
{
    *inodes = (vfs_inodes){.quota = {.budget = budget, .own_bytes = own_bytes}};
    vfs_holds_init(&inodes->holds);
    vfs_inode *root = add_inode(inodes, VFS_DIRECTORY);
    if (!root)
        return -1;
    root->links = 1;
    return 0;
}

void vfs_inodes_begin(vfs_inodes *inodes)
{
    vfs_inodes_let_go(inodes, &inodes->start);
    inodes->start = vfs_map_share(&inodes->map);
}

void vfs_inodes_mark(vfs_inodes *inodes)
{
    vfs_inodes_unmark(inodes);
    note_size(inodes, &inodes->quota);
    inodes->mark = vfs_map_share(&inodes->map);
}

void vfs_inodes_unmark(vfs_inodes *inodes)
{
    vfs_inodes_let_go(inodes, &inodes->mark);
}

static vfs_errno take_as_much(vfs_quota *quota, const vfs_quota *from)
{
    if (from->files > policy_budget_left(quota->budget, POLICY_files) ||
        !vfs_quota_take_bytes(quota, from->bytes))
        return VFS_ENOSPC;
    quota->budget->used[POLICY_files] += from->files;
    quota->files = from->files;
    return VFS_OK;
}

vfs_errno vfs_inodes_fork(vfs_inodes *inodes, const vfs_inodes *from, vfs_moment moment,
                          policy_budget *budget)
{
    *inodes = (vfs_inodes){.quota = {.budget = budget, .own_bytes = from->quota.own_bytes}};
    vfs_holds_init(&inodes->holds);
    if (moment == VFS_NOW && take_as_much(&inodes->quota, &from->quota) != VFS_OK)
        return VFS_ENOSPC;
    inodes->map = vfs_map_share(moment == VFS_NOW    ? &from->map
                                : moment == VFS_MARK ? &from->mark
                                                     : &from->start);
    inodes->start = vfs_map_share(&from->start);
    inodes->was_large = from->was_large;
    inodes->was_bytes = from->was_bytes;
    note_size(inodes, &from->quota);
    inodes->next = from->next;
    return VFS_OK;
}

/* Whether all that is held in one table is a directory in another. */
static bool has_held_directories(const vfs_inodes *inodes, const vfs_inodes *from)
{
    for (uint32_t i = 0; i < inodes->holds.capacity; i++) {
        const vfs_hold *hold = &inodes->holds.slots[i];
        const vfs_inode *inode = hold->count > 0 ? vfs_inodes_get(from, hold->id) : NULL;
        if (hold->count > 0 && (!inode || inode->type != VFS_DIRECTORY))
            return false;
    }
    return true;
}

vfs_errno vfs_inodes_assume(vfs_inodes *inodes, const vfs_inodes *from)
{
    if (!has_held_directories(inodes, from))
        return VFS_EINVAL;
    inodes->was_large |= from->was_large;
    note_size(inodes, &from->quota);
    note_size(inodes, &inodes->quota);
    vfs_quota_return_all(&inodes->quota);
    vfs_inodes_let_go(inodes, &inodes->map);
    inodes->map = vfs_map_share(&from->map);
    inodes->next = from->next;
    return take_as_much(&inodes->quota, &from->quota);
}

void vfs_inodes_clear(vfs_inodes *inodes)
{
    vfs_holds_clear(&inodes->holds);
    vfs_inodes_let_go(inodes, &inodes->start);
    vfs_inodes_let_go(inodes, &inodes->mark);
    vfs_inodes_let_go(inodes, &inodes->map);
    vfs_quota_return_all(&inodes->quota);
    vfs_content_free_spare(&inodes->quota);
}

/* ---------------------------------------------------------------- coming and going */

vfs_errno vfs_inodes_borrow(vfs_inodes *inodes, vfs_type type, uint64_t *number)
{
    if (!vfs_holds_add(&inodes->holds, inodes->next))
        return VFS_ENOMEM;
    vfs_inode *inode = add_inode(inodes, type);
    if (!inode) {
        (void)vfs_holds_drop(&inodes->holds, inodes->next);
        return VFS_ENOMEM;
    }
    inode->borrowed = true;
    *number = inode->item.key;
    return VFS_OK;
}

vfs_errno vfs_inodes_new(vfs_inodes *inodes, vfs_type type, uint64_t *number)
{
    if (!vfs_quota_take_file(&inodes->quota, VFS_NODE_COST))
        return VFS_ENOSPC;
    vfs_errno error = vfs_inodes_borrow(inodes, type, number);
    vfs_inode *inode = error == VFS_OK ? vfs_inodes_edit(inodes, *number) : NULL;
    if (!inode) {
        vfs_quota_return_file(&inodes->quota, VFS_NODE_COST);
        return VFS_ENOMEM;
    }
    inode->borrowed = false;
    return VFS_OK;
}

vfs_errno vfs_inodes_new_symlink(vfs_inodes *inodes, bj_span target, uint64_t *number)
{
    size_t moved;
    vfs_errno error = vfs_inodes_new(inodes, VFS_SYMLINK, number);
    if (error != VFS_OK)
        return error;
    vfs_inode *inode = vfs_inodes_edit(inodes, *number);
    error = inode ? vfs_content_write(&inode->content, &inodes->quota, 0, target.data, target.size,
                                      &moved)
                  : VFS_ENOMEM;
    if (error == VFS_OK && moved < target.size)
        error = VFS_ENOSPC;
    if (error != VFS_OK)
        (void)vfs_inodes_drop(inodes, *number);
    return error;
}

vfs_errno vfs_inodes_keep(vfs_inodes *inodes, uint64_t number, size_t name_size)
{
    const uint64_t cost = VFS_NODE_COST + VFS_NAME_COST + name_size;
    vfs_inode *inode = vfs_inodes_edit(inodes, number);
    if (!inode)
        return VFS_ENOMEM;
    if (!vfs_quota_take_file(&inodes->quota, cost))
        return VFS_ENOSPC;
    inode->borrowed = false;
    return VFS_OK;
}

void vfs_inodes_unkeep(vfs_inodes *inodes, uint64_t number, size_t name_size)
{
    vfs_inode *inode = vfs_inodes_edit(inodes, number); /* it is ours: that cannot fail */
    uint64_t charge = VFS_NODE_COST + VFS_NAME_COST + name_size;
    if (inode->type != VFS_DIRECTORY) {
        charge += vfs_content_charge(&inode->content);
        vfs_content_clear(&inode->content);
    }
    vfs_quota_return_file(&inodes->quota, charge);
    inode->borrowed = true;
}

/* What an inode without names and holds was charged. */
static uint64_t charge_of(const vfs_inode *inode)
{
    if (inode->type != VFS_DIRECTORY)
        return VFS_NODE_COST + vfs_content_charge(&inode->content);
    uint64_t charge = VFS_NODE_COST;
    for (const vfs_name *name = vfs_directory_after(&inode->directory, 0); name;
         name = vfs_directory_after(&inode->directory, vfs_directory_cookie(name)))
        charge += VFS_NAME_COST + name->size; /* whiteouts: a directory goes when it looks empty */
    return charge;
}

/* A large file that goes leaves its chunks to the next one. Where others share it, they are theirs. */
static void empty(vfs_inodes *inodes, uint64_t number)
{
    vfs_inode *inode = vfs_inodes_edit(inodes, number);
    if (inode)
        (void)!vfs_content_resize(&inode->content, &inodes->quota, 0);
}

static void free_if_gone(vfs_inodes *inodes, uint64_t number)
{
    const vfs_inode *inode = vfs_inodes_get(inodes, number);
    if (number == 0 || inode->links > 0 || vfs_holds_find(&inodes->holds, number))
        return;
    const bool borrowed = inode->borrowed;
    if (inode->type != VFS_DIRECTORY && inode->content.rest.root)
        empty(inodes, number);
    const uint64_t charge = borrowed ? 0 : charge_of(vfs_inodes_get(inodes, number));
    if (vfs_map_remove(&inodes->map, &inode_kind, number) == 0 && !borrowed)
        vfs_quota_return_file(&inodes->quota, charge);
}

vfs_errno vfs_inodes_hold(vfs_inodes *inodes, uint64_t number)
{
    return vfs_holds_add(&inodes->holds, number) ? VFS_OK : VFS_ENOMEM;
}

bool vfs_inodes_drop(vfs_inodes *inodes, uint64_t number)
{
    if (!vfs_holds_drop(&inodes->holds, number))
        return false;
    free_if_gone(inodes, number);
    return true;
}

/* ---------------------------------------------------------------- names */

void vfs_inode_touch(const vfs_inodes *inodes, vfs_inode *inode)
{
    inode->modified_ns = inode->changed_ns = policy_world_realtime_ns(&inodes->quota.budget->world);
}

/* A new entry, or one in the place of a whiteout, which has been charged. */
static vfs_errno put_name(vfs_inodes *inodes, vfs_directory *directory, bj_span name,
                          uint64_t number, uint32_t type, unsigned flags)
{
    const uint64_t cost = VFS_NAME_COST + name.size;
    const vfs_name *there = vfs_directory_find(directory, name);
    if (there && (there->flags & VFS_NAME_WHITEOUT))
        return vfs_directory_set(directory, there, number, type, VFS_NAME_COVERS);
    if (!vfs_quota_take_bytes(&inodes->quota, cost))
        return VFS_ENOSPC;
    vfs_errno error = vfs_directory_add(directory, name, number, type, flags);
    if (error != VFS_OK)
        vfs_quota_return_bytes(&inodes->quota, cost);
    return error;
}

vfs_errno vfs_inodes_name(vfs_inodes *inodes, uint64_t directory, bj_span name, uint64_t number,
                          unsigned flags)
{
    vfs_inode *parent = vfs_inodes_edit(inodes, directory);
    vfs_inode *inode = vfs_inodes_edit(inodes, number);
    if (!parent || !inode)
        return VFS_ENOMEM;
    if (parent->links == 0)
        return VFS_ENOENT;
    vfs_errno error = put_name(inodes, &parent->directory, name, number, inode->type, flags);
    if (error != VFS_OK)
        return error;
    inode->links++;
    inode->parent = directory;
    inode->name = vfs_directory_find(&parent->directory, name)->item.key;
    vfs_inode_touch(inodes, parent);
    return VFS_OK;
}

vfs_errno vfs_inodes_link(vfs_inodes *inodes, uint64_t number, uint64_t directory, bj_span name,
                          unsigned flags)
{
    vfs_errno error = vfs_inodes_name(inodes, directory, name, number, flags);
    if (error == VFS_OK) /* it is ours by now: that cannot fail */
        vfs_inodes_edit(inodes, number)->changed_ns = vfs_inodes_get(inodes, directory)->changed_ns;
    return error;
}

/* An inode has lost a name, by a change in a directory at `when_ns`. It is ours already. */
static void lose_name(vfs_inodes *inodes, vfs_inode *inode, uint64_t when_ns)
{
    inode->links--;
    inode->changed_ns = when_ns;
    free_if_gone(inodes, inode->item.key);
}

vfs_errno vfs_inodes_unname(vfs_inodes *inodes, uint64_t directory, bj_span name)
{
    vfs_inode *parent = vfs_inodes_edit(inodes, directory);
    if (!parent)
        return VFS_ENOMEM;
    const vfs_name *entry = vfs_directory_find(&parent->directory, name);
    vfs_inode *inode = vfs_inodes_edit(inodes, entry->id);
    if (!inode)
        return VFS_ENOMEM;
    const uint64_t cost = VFS_NAME_COST + name.size;
    bool covers = entry->flags & VFS_NAME_COVERS;
    vfs_errno error = covers ? vfs_directory_set(&parent->directory, entry, 0, VFS_UNKNOWN,
                                                 VFS_NAME_WHITEOUT | VFS_NAME_COVERS)
                             : vfs_directory_remove(&parent->directory, entry);
    if (error != VFS_OK)
        return error;
    if (!covers)
        vfs_quota_return_bytes(&inodes->quota, cost);
    vfs_inode_touch(inodes, parent);
    lose_name(inodes, inode, parent->changed_ns);
    return VFS_OK;
}

/* The entry, in nodes that are ours: taking it away cannot fail then. */
static const vfs_name *own_name(vfs_directory *directory, bj_span name)
{
    const vfs_name *entry = vfs_directory_find(directory, name);
    if (vfs_directory_set(directory, entry, entry->id, entry->type, entry->flags) != VFS_OK)
        return NULL;
    return vfs_directory_find(directory, name);
}

/* Where there is something of the new name: it gets the inode, and loses its own. */
static vfs_errno replace(vfs_inodes *inodes, uint64_t to, const vfs_name *target,
                         const vfs_name *source)
{
    vfs_inode *directory = vfs_inodes_edit(inodes, to);
    vfs_inode *inode = vfs_inodes_edit(inodes, source->id);
    const bool hides = target->flags & VFS_NAME_WHITEOUT;
    const uint64_t key = target->item.key;
    vfs_inode *gone = hides ? NULL : vfs_inodes_edit(inodes, target->id);
    if (!directory || !inode || (!hides && !gone))
        return VFS_ENOMEM;
    vfs_errno error = vfs_directory_set(&directory->directory, target, source->id, inode->type,
                                        target->flags & VFS_NAME_COVERS);
    if (error != VFS_OK)
        return error;
    inode->links++;
    inode->parent = to;
    inode->name = key;
    vfs_inode_touch(inodes, directory);
    if (gone)
        lose_name(inodes, gone, directory->changed_ns);
    return VFS_OK;
}

vfs_errno vfs_inodes_rename(vfs_inodes *inodes, uint64_t from, bj_span name, uint64_t to,
                            bj_span new_name, unsigned new_flags)
{
    vfs_inode *source_directory = vfs_inodes_edit(inodes, from);
    vfs_inode *target_directory = vfs_inodes_edit(inodes, to);
    const vfs_name *source = source_directory ? own_name(&source_directory->directory, name) : NULL;
    if (!source || !target_directory || !vfs_inodes_edit(inodes, source->id))
        return VFS_ENOMEM;
    if (target_directory->links == 0)
        return VFS_ENOENT;
    const vfs_name *target = vfs_directory_find(&target_directory->directory, new_name);
    vfs_errno error = target ? replace(inodes, to, target, source)
                             : vfs_inodes_name(inodes, to, new_name, source->id, new_flags);
    return error == VFS_OK ? vfs_inodes_unname(inodes, from, name) : error;
}

bool vfs_inodes_lies_below(const vfs_inodes *inodes, uint64_t directory, uint64_t ancestor)
{
    while (directory != ancestor && directory != 0)
        directory = vfs_inodes_get(inodes, directory)->parent;
    return directory == ancestor;
}

bool vfs_inodes_path(const vfs_map *map, uint64_t number, char *path, size_t size)
{
    size_t at = size; /* written from the end to the beginning */
    if (at == 0)
        return false;
    path[--at] = 0;
    while (number != 0) {
        const vfs_inode *inode = (const vfs_inode *)vfs_map_get(map, number);
        const vfs_inode *parent = inode ? (const vfs_inode *)vfs_map_get(map, inode->parent) : NULL;
        const vfs_name *name = parent ? vfs_directory_at(&parent->directory, inode->name) : NULL;
        if (!name || name->id != number || name->size + 1u > at)
            return false;
        at -= name->size;
        memcpy(path + at, name->bytes, name->size);
        path[--at] = '/';
        number = inode->parent;
    }
    memmove(path, path + at, size - at);
    return true;
}

/* ---------------------------------------------------------------- attributes */

void vfs_inodes_stat(const vfs_inode *inode, uint32_t device, vfs_stat *stat)
{
    *stat = (vfs_stat){.device = device,
                       .inode = inode->inode,
                       .links = inode->links,
                       .size = inode->type == VFS_DIRECTORY ? 0 : inode->content.size,
                       .accessed_ns = inode->accessed_ns,
                       .modified_ns = inode->modified_ns,
                       .changed_ns = inode->changed_ns,
                       .type = (vfs_type)inode->type};
}

vfs_errno vfs_inodes_set_times(vfs_inodes *inodes, uint64_t number, const vfs_times *times)
{
    vfs_inode *inode = vfs_inodes_edit(inodes, number);
    if (!inode)
        return VFS_ENOMEM;
    if (times->set_accessed)
        inode->accessed_ns = times->accessed_ns;
    if (times->set_modified)
        inode->modified_ns = times->modified_ns;
    inode->changed_ns = policy_world_realtime_ns(&inodes->quota.budget->world);
    return VFS_OK;
}
