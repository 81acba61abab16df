/*
 * slots.c: what a host directory's layer holds: descriptors, and the slots that nodes are numbers of.
 *
 * Three bounds. What the guest has open is taken from the limit host-descriptors, from its opening until its last
 * hold goes. What is held besides, on the way of a path, is a small number. And every descriptor counts among
 * those of all sandboxes (policy/descriptors.h), but for the mounted directory itself: so that a sandbox can be made
 * however much the guests of others have open.
 *
 * A fork shares the descriptors of what it was forked from, and counts as open what is open there.
 */
#include <stdlib.h>

#include "vfs/host/internal.h"

#define SLOTS_FIRST 8u

/* ---------------------------------------------------------------- descriptors */

/* Takes over the descriptor, also when it fails: out of memory. */
static host_file *file_new(int fd, unsigned access, policy_descriptors *counted)
{
    bj_autoclose int owned = fd;
    host_file *file = malloc(sizeof *file);
    if (!file)
        return NULL;
    atomic_init(&file->references, 1);
    pthread_mutex_init(&file->listing, NULL);
    file->fd = bj_steal_fd(&owned);
    file->access = access;
    file->counted = counted;
    return file;
}

static host_file *file_retain(host_file *file)
{
    atomic_fetch_add_explicit(&file->references, 1, memory_order_relaxed);
    return file;
}

static void file_release(host_file *file)
{
    if (!file || atomic_fetch_sub_explicit(&file->references, 1, memory_order_acq_rel) > 1)
        return;
    close(file->fd);
    policy_descriptors_return(file->counted);
    pthread_mutex_destroy(&file->listing);
    free(file);
}

/* Counts it, and takes over the descriptor, also when it fails. */
static vfs_errno file_counted(const host_layer *self, int fd, unsigned access, host_file **file)
{
    policy_descriptors *all = self->budget->descriptors;
    if (!policy_descriptors_take(all)) {
        close(fd);
        return VFS_ENFILE;
    }
    *file = file_new(fd, access, all);
    if (*file)
        return VFS_OK;
    policy_descriptors_return(all);
    return VFS_ENOMEM;
}

/* ---------------------------------------------------------------- slots */

static vfs_errno free_slot(host_layer *self, uint32_t *id)
{
    *id = self->free_slot;
    if (*id != HOST_NO_SLOT) {
        self->free_slot = self->slots[*id].next_free;
        return VFS_OK;
    }
    if (self->count == self->capacity) {
        host_slot *grown = realloc(self->slots, 2 * (size_t)self->capacity * sizeof *grown);
        if (!grown)
            return VFS_ENOMEM;
        self->slots = grown;
        self->capacity *= 2;
    }
    *id = self->count++;
    return VFS_OK;
}

static void empty_slot(host_layer *self, uint32_t id)
{
    self->slots[id] = (host_slot){.next_free = self->free_slot};
    self->free_slot = id;
}

vfs_errno host_adopt(host_layer *self, int fd, unsigned access, vfs_node *node)
{
    bj_autoclose int owned = fd;
    uint32_t id;
    self->looked_up = HOST_NO_SLOT;
    if (fstat(fd, &self->latest) < 0)
        return host_error();
    if (self->passing == HOST_PASSING_MOST)
        return VFS_EMFILE;
    vfs_errno error = free_slot(self, &id);
    if (error != VFS_OK)
        return error;
    self->slots[id] = (host_slot){.holds = 1};
    error = file_counted(self, bj_steal_fd(&owned), access, &self->slots[id].file);
    if (error != VFS_OK) {
        empty_slot(self, id);
        return error;
    }
    self->passing++;
    *node = (vfs_node){&self->layer, id, host_type(self->latest.st_mode)};
    self->looked_up = id;
    return VFS_OK;
}

/* In the place of a slot's descriptor. Both are there for a moment, which is not counted. */
vfs_errno host_replace(host_layer *self, uint32_t id, int fd, unsigned access)
{
    host_slot *slot = &self->slots[id];
    policy_descriptors *counted = slot->file->counted;
    const bool alone = atomic_load_explicit(&slot->file->references, memory_order_acquire) == 1;
    host_file *file = NULL;
    vfs_errno error = VFS_OK;
    if (counted && !alone) {
        error = file_counted(self, fd, access, &file);
    } else if (!(file = file_new(fd, access, counted))) {
        error = VFS_ENOMEM;
    }
    if (error != VFS_OK)
        return error;
    if (counted && alone)
        slot->file->counted = NULL; /* handed on */
    file_release(slot->file);
    slot->file = file;
    return VFS_OK;
}

vfs_errno host_count_open(host_layer *self, uint32_t id)
{
    host_slot *slot = &self->slots[id];
    if (slot->open || id == 0)
        return VFS_OK;
    const uint64_t own = self->budget->used[POLICY_host_descriptors];
    if (!policy_budget_take(self->budget, POLICY_host_descriptors, 1))
        return VFS_EMFILE;
    if (!policy_descriptors_may_keep(self->budget->descriptors, own)) {
        policy_budget_return(self->budget, POLICY_host_descriptors, 1);
        return VFS_ENFILE;
    }
    slot->open = true;
    self->passing--;
    return VFS_OK;
}

bool host_hold(vfs_node node)
{
    host_slot *slot = &host_of(node)->slots[node.id];
    if (!slot->file)
        return false;
    slot->holds++;
    return true;
}

static void forget_open(host_layer *self, const host_slot *slot)
{
    if (slot->open)
        policy_budget_return(self->budget, POLICY_host_descriptors, 1);
    else
        self->passing--;
}

void host_drop(vfs_node node)
{
    host_layer *self = host_of(node);
    host_slot *slot = &self->slots[node.id];
    if (--slot->holds > 0 || node.id == 0)
        return;
    if (slot->unlinked)
        host_closing(self, slot);
    forget_open(self, slot);
    host_listing_delete(slot->listing);
    file_release(slot->file);
    if (self->looked_up == node.id)
        self->looked_up = HOST_NO_SLOT;
    empty_slot(self, (uint32_t)node.id);
}

/* ---------------------------------------------------------------- all of them */

int host_slots_init(host_layer *self, int root)
{
    self->slots = calloc(SLOTS_FIRST, sizeof *self->slots);
    host_file *file = file_new(root, 0, NULL);
    self->free_slot = self->looked_up = HOST_NO_SLOT;
    if (!self->slots || !file) {
        file_release(file);
        free(self->slots);
        return -1;
    }
    self->capacity = SLOTS_FIRST;
    self->slots[0].file = file;
    self->count = 1;
    return 0;
}

int host_slots_share_root(host_layer *self, const host_layer *from)
{
    self->slots = calloc(SLOTS_FIRST, sizeof *self->slots);
    self->free_slot = self->looked_up = HOST_NO_SLOT;
    if (!self->slots)
        return -1;
    self->capacity = SLOTS_FIRST;
    self->slots[0].file = file_retain(from->slots[0].file);
    self->count = 1;
    return 0;
}

vfs_errno host_slots_share(host_layer *self, const host_layer *from)
{
    host_slot *slots = realloc(self->slots, from->capacity * sizeof *slots);
    if (!slots)
        return VFS_ENOMEM;
    self->slots = slots;
    self->capacity = from->capacity;
    self->free_slot = from->free_slot;
    for (; self->count < from->count; self->count++) {
        const host_slot *slot = &from->slots[self->count];
        if (slot->open && !policy_budget_take(self->budget, POLICY_host_descriptors, 1))
            return VFS_EMFILE;
        slots[self->count] = (host_slot){.file = slot->file ? file_retain(slot->file) : NULL,
                                         .next_free = slot->next_free,
                                         .open = slot->open};
        self->passing += slot->file && !slot->open;
    }
    return VFS_OK;
}

void host_slots_clear(host_layer *self)
{
    for (uint32_t i = 0; i < self->count; i++) {
        host_slot *slot = &self->slots[i];
        if (slot->file && i > 0)
            forget_open(self, slot);
        host_listing_delete(slot->listing);
        file_release(slot->file);
    }
    free(self->slots);
}
