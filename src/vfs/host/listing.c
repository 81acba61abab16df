/*
 * listing.c: directories of the host in the order of their names, where what the guest sees must not depend on the
 * host's file system. A cookie is a place in that order.
 *
 * The order is only known once all is read. So a directory is read when its listing begins, and kept for what the guest asks
 * next, until the directory is closed: a listing in many pieces costs as much as one. It is memory that the host holds for the
 * guest, and charged as that.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "policy/sort.h"
#include "vfs/host/internal.h"
#include "vfs/node/text.h"

/* What an entry costs to read, in units of policy/work.h. */
#define ENTRY_COST 300u

typedef struct host_entry {
    uint64_t inode;
    vfs_type type;
    const char *name;
} host_entry;

struct host_listing {
    policy_budget *budget;
    uint64_t charged;
    host_entry *entries;
    const void **order; /* pointers to the entries */
    size_t count, capacity;
    vfs_texts names;
};

void host_listing_delete(host_listing *list)
{
    if (!list)
        return;
    list->budget->host_bytes -= list->charged;
    vfs_texts_clear(&list->names);
    free(list->entries);
    free(list->order);
    free(list);
}

static bool charge(host_listing *list, uint64_t bytes)
{
    if (bytes > policy_budget_memory_left(list->budget))
        return false;
    list->budget->host_bytes += bytes;
    list->charged += bytes;
    return true;
}

static bool has_room(host_listing *list)
{
    if (list->count < list->capacity)
        return true;
    const size_t capacity = list->capacity ? 2 * list->capacity : 64;
    host_entry *entries = realloc(list->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    list->entries = entries;
    list->capacity = capacity;
    return true;
}

static vfs_errno add(host_listing *list, int fd, const struct dirent64 *entry)
{
    const bj_span name = bj_span_of(entry->d_name);
    if (vfs_path_check(name) != VFS_OK)
        return VFS_OK;
    if (!charge(list, sizeof(host_entry) + sizeof *list->order + name.size + 1) || !has_room(list))
        return VFS_ENOMEM;
    char *copy = vfs_texts_add(&list->names, name);
    if (!copy)
        return VFS_ENOMEM;
    list->entries[list->count++] =
        (host_entry){host_mix_inode(entry->d_ino), host_type_of_entry(fd, entry), copy};
    return VFS_OK;
}

static vfs_errno read_all(host_listing *list, host_file *file, policy_work *work)
{
    _Alignas(struct dirent64) char buffer[8192];
    vfs_errno error = VFS_OK;
    for (uint64_t cookie = 0; error == VFS_OK;) {
        const ssize_t got = host_read_entries(file, cookie, buffer, sizeof buffer);
        if (got <= 0)
            return got < 0 ? host_error() : VFS_OK;
        for (ssize_t at = 0; at < got && error == VFS_OK;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            at += entry->d_reclen;
            cookie = (uint64_t)entry->d_off;
            error = policy_work_step(work, ENTRY_COST) ? add(list, file->fd, entry) : VFS_EINTR;
        }
    }
    return error;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const host_entry *)a)->name, ((const host_entry *)b)->name);
}

static vfs_errno put_in_order(host_listing *list, policy_work *work)
{
    list->order = malloc((list->count + 1) * sizeof *list->order);
    if (!list->order)
        return VFS_ENOMEM;
    for (size_t i = 0; i < list->count; i++)
        list->order[i] = &list->entries[i];
    const policy_unfinished why = policy_sort(list->order, list->count, by_name, work);
    return why == POLICY_FINISHED            ? VFS_OK
           : why == POLICY_UNFINISHED_memory ? VFS_ENOMEM
                                             : VFS_EINTR;
}

/* In the place of the one that the slot has. */
static vfs_errno begin(host_layer *self, host_slot *slot)
{
    policy_work unlimited = policy_work_unlimited();
    policy_work *work = self->budget->work ? self->budget->work : &unlimited;
    host_listing_delete(slot->listing);
    host_listing *list = slot->listing = calloc(1, sizeof *list);
    if (!list)
        return VFS_ENOMEM;
    list->budget = self->budget;
    vfs_errno error = read_all(list, slot->file, work);
    if (error == VFS_OK)
        error = put_in_order(list, work);
    if (error == VFS_OK)
        return VFS_OK;
    host_listing_delete(list);
    slot->listing = NULL;
    return error;
}

vfs_errno host_list_in_order(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    host_slot *slot = &host_of(directory)->slots[directory.id];
    if (cookie == 0 || !slot->listing) {
        const vfs_errno error = begin(host_of(directory), slot);
        if (error != VFS_OK)
            return error;
    }
    const host_listing *list = slot->listing;
    for (; cookie < list->count; cookie++) {
        const host_entry *entry = list->order[cookie];
        const vfs_entry shown = {bj_span_of(entry->name), entry->inode, cookie + 1, entry->type};
        if (!emit(user, &shown))
            break;
    }
    return VFS_OK;
}
