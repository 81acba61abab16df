/*
 * memory.c: the read-write layer: files and directories that live in the host's memory.
 *
 *     slots[id] ──> inode { type, links, times, content | directory { name ──> id } }
 *
 * The content of a symbolic link is its target.
 *
 * Everything refers to a file by its id, directories and descriptors alike, and what a descriptor does
 * to a file (the holds) is kept in the slot, beside the inode and not in it. So inodes are pure content:
 * a snapshot of the layer is to be a persistent table of shared inodes, copied when they are written,
 * and the ids in descriptors stay right in every fork.
 *
 * Budget: a file or directory (the root aside) takes one of POLICY_files; of POLICY_file_bytes it takes
 * its size, NODE_COST, and for each name its length and NAME_COST: a hard link costs a name, a symbolic
 * link a file. All of it is given back when the last name and the last hold are gone.
 *
 * Reading does not change the time of access (as with the mount option noatime).
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "vfs/content.h"
#include "vfs/directory.h"
#include "vfs/hash.h"
#include "vfs/layers.h"

#define NODE_COST    256u
#define NAME_COST    96u
#define SLOTS_INLINE 8u
#define NO_ID        UINT32_MAX
#define LINKS_MAX    (UINT32_MAX / 2)

typedef struct memory_inode {
    uint32_t type;
    uint32_t links;  /* names; a directory has one, and 0 once it is removed */
    uint32_t parent; /* of a directory */
    uint64_t accessed_ns, modified_ns, changed_ns;
    union {
        vfs_content content;
        vfs_directory directory;
    };
} memory_inode;

typedef struct memory_slot {
    memory_inode *inode; /* NULL: free */
    uint32_t holds;
    uint32_t next_free; /* while it is free */
} memory_slot;

typedef struct memory_layer {
    vfs_layer layer;
    policy_budget *budget;
    memory_slot *slots; /* `inline_slots` at first */
    uint32_t count, capacity;
    uint32_t free_slot; /* or NO_ID */
    uint64_t hash_key;  /* 0 until the first name */
    memory_slot inline_slots[SLOTS_INLINE];
    memory_inode root; /* inode of slot 0 */
} memory_layer;

static memory_layer *layer_of(vfs_node node)
{
    return (memory_layer *)node.layer;
}

static memory_inode *inode_of(vfs_node node)
{
    return layer_of(node)->slots[node.id].inode;
}

static uint64_t now_ns(void)
{
    return bj_clock_ns(CLOCK_REALTIME);
}

static void touch(memory_inode *inode)
{
    inode->modified_ns = inode->changed_ns = now_ns();
}

/* ---------------------------------------------------------------- inodes */

static vfs_errno new_slot(memory_layer *self, uint32_t *id)
{
    if (self->free_slot != NO_ID) {
        *id = self->free_slot;
        self->free_slot = self->slots[*id].next_free;
        return VFS_OK;
    }
    if (self->count == self->capacity) {
        if (self->capacity >= NO_ID / 2)
            return VFS_ENOSPC;
        memory_slot *old = self->slots == self->inline_slots ? NULL : self->slots;
        memory_slot *grown = realloc(old, 2 * (size_t)self->capacity * sizeof *grown);
        if (!grown)
            return VFS_ENOMEM;
        if (!old)
            memcpy(grown, self->inline_slots, sizeof self->inline_slots);
        self->slots = grown;
        self->capacity *= 2;
    }
    *id = self->count++;
    return VFS_OK;
}

/* A new inode without a name, held once. */
static vfs_errno new_inode(memory_layer *self, vfs_type type, uint32_t *id)
{
    if (!policy_budget_take(self->budget, POLICY_files, 1))
        return VFS_ENOSPC;
    if (!policy_budget_take(self->budget, POLICY_file_bytes, NODE_COST)) {
        policy_budget_return(self->budget, POLICY_files, 1);
        return VFS_ENOSPC;
    }
    memory_inode *inode = calloc(1, sizeof *inode);
    vfs_errno error = inode ? new_slot(self, id) : VFS_ENOMEM;
    if (error != VFS_OK) {
        free(inode);
        policy_budget_return(self->budget, POLICY_files, 1);
        policy_budget_return(self->budget, POLICY_file_bytes, NODE_COST);
        return error;
    }
    inode->type = type;
    inode->accessed_ns = inode->modified_ns = inode->changed_ns = now_ns();
    self->slots[*id] = (memory_slot){.inode = inode, .holds = 1, .next_free = NO_ID};
    return VFS_OK;
}

static void return_name(memory_layer *self, size_t size)
{
    policy_budget_return(self->budget, POLICY_file_bytes, NAME_COST + size);
}

/* Gives back all that the names in a directory were charged. */
static void clear_directory(memory_layer *self, vfs_directory *directory)
{
    for (uint32_t i = 0; i < directory->count; i++)
        if (directory->entries[i].name)
            return_name(self, directory->entries[i].name->size);
    vfs_directory_clear(directory);
}

static void clear_inode(memory_layer *self, memory_inode *inode)
{
    if (inode->type == VFS_DIRECTORY)
        clear_directory(self, &inode->directory);
    else
        vfs_content_clear(&inode->content, self->budget);
}

static void free_inode(memory_layer *self, memory_inode *inode)
{
    clear_inode(self, inode);
    free(inode);
    policy_budget_return(self->budget, POLICY_files, 1);
    policy_budget_return(self->budget, POLICY_file_bytes, NODE_COST);
}

/* Frees the inode once neither a name nor a hold is left. */
static void free_if_gone(memory_layer *self, uint32_t id)
{
    memory_slot *slot = &self->slots[id];
    if (slot->holds > 0 || slot->inode->links > 0 || id == 0)
        return;
    free_inode(self, slot->inode);
    *slot = (memory_slot){.next_free = self->free_slot};
    self->free_slot = id;
}

static void memory_hold(vfs_node node)
{
    layer_of(node)->slots[node.id].holds++;
}

static void memory_drop(vfs_node node)
{
    memory_layer *self = layer_of(node);
    self->slots[node.id].holds--;
    free_if_gone(self, node.id);
}

static void memory_release(vfs_layer *layer)
{
    memory_layer *self = (memory_layer *)layer;
    for (uint32_t i = 1; i < self->count; i++)
        if (self->slots[i].inode)
            free_inode(self, self->slots[i].inode);
    clear_inode(self, &self->root);
    if (self->slots != self->inline_slots)
        free(self->slots);
    free(self);
}

/* ---------------------------------------------------------------- names */

static uint64_t key_of(memory_layer *self)
{
    if (self->hash_key == 0)
        self->hash_key = vfs_hash_key();
    return self->hash_key;
}

static vfs_name *find(memory_layer *self, const memory_inode *directory, bj_span name)
{
    if (directory->directory.live == 0)
        return NULL;
    return vfs_directory_find(&directory->directory, key_of(self), name);
}

/* Gives inode `id` a name more. A directory that was removed takes none. */
static vfs_errno add_name(memory_layer *self, vfs_node parent, bj_span name, uint32_t id)
{
    memory_inode *directory = inode_of(parent);
    memory_inode *inode = self->slots[id].inode;
    if (directory->links == 0)
        return VFS_ENOENT;
    if (!policy_budget_take(self->budget, POLICY_file_bytes, NAME_COST + name.size))
        return VFS_ENOSPC;
    vfs_errno error = vfs_directory_add(&directory->directory, key_of(self), name, id, inode->type);
    if (error != VFS_OK) {
        return_name(self, name.size);
        return error;
    }
    inode->links++;
    if (inode->type == VFS_DIRECTORY)
        inode->parent = parent.id;
    touch(directory);
    return VFS_OK;
}

/* Takes `name` from the directory, and the inode with it if it was the last that kept it. */
static void remove_name(memory_layer *self, memory_inode *directory, vfs_name *name)
{
    uint32_t id = name->id;
    return_name(self, name->size);
    vfs_directory_remove(&directory->directory, name);
    touch(directory);
    memory_inode *inode = self->slots[id].inode;
    inode->links--;
    inode->changed_ns = directory->changed_ns;
    free_if_gone(self, id);
}

static vfs_errno memory_lookup(vfs_node parent, bj_span name, vfs_node *child)
{
    memory_layer *self = layer_of(parent);
    const vfs_name *entry = find(self, inode_of(parent), name);
    if (!entry)
        return VFS_ENOENT;
    self->slots[entry->id].holds++;
    *child = (vfs_node){&self->layer, entry->id, entry->type};
    return VFS_OK;
}

/* Names an inode that new_inode made, and lets it go if it can't. */
static vfs_errno name_inode(memory_layer *self, vfs_node parent, bj_span name, vfs_node node)
{
    vfs_errno error = add_name(self, parent, name, node.id);
    if (error != VFS_OK)
        memory_drop(node);
    return error;
}

static vfs_errno memory_create(vfs_node parent, bj_span name, vfs_type type, vfs_node *child)
{
    memory_layer *self = layer_of(parent);
    uint32_t id;
    if (find(self, inode_of(parent), name))
        return VFS_EEXIST;
    vfs_errno error = new_inode(self, type, &id);
    if (error != VFS_OK)
        return error;
    *child = (vfs_node){&self->layer, id, type};
    return name_inode(self, parent, name, *child);
}

static vfs_errno memory_symlink(vfs_node parent, bj_span name, bj_span target)
{
    memory_layer *self = layer_of(parent);
    uint32_t id;
    size_t moved;
    if (find(self, inode_of(parent), name))
        return VFS_EEXIST;
    vfs_errno error = new_inode(self, VFS_SYMLINK, &id);
    if (error != VFS_OK)
        return error;
    vfs_node node = {&self->layer, id, VFS_SYMLINK};
    error = vfs_content_write(&inode_of(node)->content, self->budget, 0, target.data, target.size,
                              &moved);
    if (error == VFS_OK && moved < target.size)
        error = VFS_ENOSPC;
    if (error != VFS_OK) {
        memory_drop(node);
        return error;
    }
    error = name_inode(self, parent, name, node);
    if (error == VFS_OK)
        memory_drop(node);
    return error;
}

static vfs_errno memory_link(vfs_node node, vfs_node parent, bj_span name)
{
    memory_layer *self = layer_of(parent);
    memory_inode *inode = inode_of(node);
    if (find(self, inode_of(parent), name))
        return VFS_EEXIST;
    if (inode->links >= LINKS_MAX)
        return VFS_EMLINK;
    vfs_errno error = add_name(self, parent, name, node.id);
    if (error == VFS_OK)
        inode->changed_ns = inode_of(parent)->changed_ns;
    return error;
}

static vfs_errno memory_unlink(vfs_node parent, bj_span name)
{
    memory_layer *self = layer_of(parent);
    memory_inode *directory = inode_of(parent);
    vfs_name *entry = find(self, directory, name);
    if (!entry)
        return VFS_ENOENT;
    if (entry->type == VFS_DIRECTORY)
        return VFS_EISDIR;
    remove_name(self, directory, entry);
    return VFS_OK;
}

static vfs_errno memory_rmdir(vfs_node parent, bj_span name)
{
    memory_layer *self = layer_of(parent);
    memory_inode *directory = inode_of(parent);
    vfs_name *entry = find(self, directory, name);
    if (!entry)
        return VFS_ENOENT;
    if (entry->type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    if (self->slots[entry->id].inode->directory.live > 0)
        return VFS_ENOTEMPTY;
    remove_name(self, directory, entry);
    return VFS_OK;
}

/* Whether directory `id` is `ancestor` or lies below it. */
static bool lies_below(const memory_layer *self, uint32_t id, uint32_t ancestor)
{
    while (id != ancestor && id != 0)
        id = self->slots[id].inode->parent;
    return id == ancestor;
}

/* Whether what is called `target` may be replaced by what is called `source`. */
static vfs_errno may_replace(const memory_layer *self, const vfs_name *source,
                             const vfs_name *target)
{
    if (source->type != VFS_DIRECTORY)
        return target->type == VFS_DIRECTORY ? VFS_EISDIR : VFS_OK;
    if (target->type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    return self->slots[target->id].inode->directory.live > 0 ? VFS_ENOTEMPTY : VFS_OK;
}

static vfs_errno memory_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    memory_layer *self = layer_of(from);
    memory_inode *source_directory = inode_of(from), *target_directory = inode_of(to);
    vfs_name *source = find(self, source_directory, name);
    if (!source)
        return VFS_ENOENT;
    if (target_directory->links == 0)
        return VFS_ENOENT;
    if (source->type == VFS_DIRECTORY && lies_below(self, to.id, source->id))
        return VFS_EINVAL;
    vfs_name *target = find(self, target_directory, new_name);
    if (!target) {
        vfs_errno error = add_name(self, to, new_name, source->id);
        if (error == VFS_OK)
            remove_name(self, source_directory, source);
        return error;
    }
    if (target->id == source->id)
        return VFS_OK;
    vfs_errno error = may_replace(self, source, target);
    if (error != VFS_OK)
        return error;
    uint32_t replaced = target->id;
    memory_inode *moved = self->slots[source->id].inode;
    target->id = source->id;
    target->type = source->type;
    moved->links++;
    moved->parent = to.id;
    remove_name(self, source_directory, source);
    touch(target_directory);
    memory_inode *gone = self->slots[replaced].inode;
    gone->links--;
    gone->changed_ns = target_directory->changed_ns;
    free_if_gone(self, replaced);
    return VFS_OK;
}

static vfs_errno memory_readdir(vfs_node node, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    const memory_inode *inode = inode_of(node);
    const uint64_t self_inode = (uint64_t)node.id + 1, up_inode = (uint64_t)inode->parent + 1;
    if (cookie < 1 && !emit(user, &(vfs_entry){{".", 1}, self_inode, 1, VFS_DIRECTORY}))
        return VFS_OK;
    if (cookie < 2 && !emit(user, &(vfs_entry){{"..", 2}, up_inode, 2, VFS_DIRECTORY}))
        return VFS_OK;
    for (uint64_t last = cookie < 2 ? 0 : cookie - 2;;) {
        const vfs_name *name = vfs_directory_after(&inode->directory, last);
        if (!name)
            return VFS_OK;
        last = name->cookie;
        if (!emit(user, &(vfs_entry){vfs_name_span(name), (uint64_t)name->id + 1, last + 2,
                                     (vfs_type)name->type}))
            return VFS_OK;
    }
}

/* ---------------------------------------------------------------- files */

static vfs_errno memory_stat(vfs_node node, vfs_stat *stat)
{
    const memory_inode *inode = inode_of(node);
    *stat = (vfs_stat){.device = node.layer->device,
                       .inode = (uint64_t)node.id + 1,
                       .links = inode->links,
                       .size = inode->type == VFS_DIRECTORY ? 0 : inode->content.size,
                       .accessed_ns = inode->accessed_ns,
                       .modified_ns = inode->modified_ns,
                       .changed_ns = inode->changed_ns,
                       .type = (vfs_type)inode->type};
    return VFS_OK;
}

static vfs_errno memory_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                             size_t *moved)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    *moved = vfs_content_read(&inode_of(node)->content, offset, bytes, size);
    return VFS_OK;
}

static vfs_errno memory_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                              size_t *moved)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    memory_inode *inode = inode_of(node);
    vfs_errno error =
        vfs_content_write(&inode->content, layer_of(node)->budget, offset, bytes, size, moved);
    if (error == VFS_OK && size > 0)
        touch(inode);
    return error;
}

static vfs_errno memory_resize(vfs_node node, uint64_t size)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    memory_inode *inode = inode_of(node);
    vfs_errno error = vfs_content_resize(&inode->content, layer_of(node)->budget, size);
    if (error == VFS_OK)
        touch(inode);
    return error;
}

static vfs_errno memory_set_times(vfs_node node, const vfs_times *times)
{
    memory_inode *inode = inode_of(node);
    if (times->set_accessed)
        inode->accessed_ns = times->accessed_ns;
    if (times->set_modified)
        inode->modified_ns = times->modified_ns;
    inode->changed_ns = now_ns();
    return VFS_OK;
}

static vfs_errno memory_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    if (node.type != VFS_SYMLINK)
        return VFS_EINVAL;
    const vfs_content *content = &inode_of(node)->content;
    *length = (size_t)content->size;
    (void)vfs_content_read(content, 0, target, size);
    return VFS_OK;
}

static const vfs_ops memory_ops = {
    .name = "memory",
    .lookup = memory_lookup,
    .stat = memory_stat,
    .read = memory_read,
    .write = memory_write,
    .resize = memory_resize,
    .set_times = memory_set_times,
    .create = memory_create,
    .unlink = memory_unlink,
    .rmdir = memory_rmdir,
    .rename = memory_rename,
    .symlink = memory_symlink,
    .link = memory_link,
    .readdir = memory_readdir,
    .readlink = memory_readlink,
    .hold = memory_hold,
    .drop = memory_drop,
    .release = memory_release,
};

vfs_layer *vfs_memory_new(policy_budget *budget)
{
    memory_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->layer.ops = &memory_ops;
    self->budget = budget;
    self->slots = self->inline_slots;
    self->capacity = SLOTS_INLINE;
    self->count = 1;
    self->free_slot = NO_ID;
    self->root = (memory_inode){.type = VFS_DIRECTORY, .links = 1};
    self->root.accessed_ns = self->root.modified_ns = self->root.changed_ns = now_ns();
    self->slots[0].inode = &self->root;
    return &self->layer;
}
