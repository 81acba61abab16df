/*
 * names.c: making, moving and removing names in an overlay, and listing them.
 *
 * A change keeps the directories that it changes, and what it moves; then it is a change in memory, with
 * whiteouts where something lies below.
 */
#include "vfs/overlay/internal.h"

/* ---------------------------------------------------------------- making */

/* OK when nothing has that name; EEXIST. */
static vfs_errno check_free(vfs_node directory, bj_span name)
{
    vfs_autonode vfs_node there = VFS_NO_NODE;
    vfs_errno error = overlay_lookup(directory, name, &there);
    if (error == VFS_ENOENT)
        return VFS_OK;
    return error == VFS_OK ? VFS_EEXIST : error;
}

/* Names what was just made in a kept directory, or lets it go. */
static vfs_errno name_new(overlay_layer *self, uint64_t directory, bj_span name, uint64_t id)
{
    vfs_errno error = vfs_inodes_name(&self->inodes, directory, name, id, 0);
    if (error != VFS_OK)
        (void)vfs_inodes_drop(&self->inodes, id);
    return error;
}

vfs_errno overlay_create(vfs_node directory, bj_span name, vfs_type type, vfs_node *child)
{
    overlay_layer *self = overlay_of(directory);
    uint64_t id;
    vfs_errno error = check_free(directory, name);
    if (error == VFS_OK)
        error = overlay_keep(self, directory.id);
    if (error == VFS_OK)
        error = vfs_inodes_new(&self->inodes, type, &id);
    if (error != VFS_OK)
        return error;
    error = name_new(self, directory.id, name, id);
    if (error == VFS_OK)
        *child = (vfs_node){directory.layer, id, type};
    return error;
}

vfs_errno overlay_symlink(vfs_node directory, bj_span name, bj_span target)
{
    overlay_layer *self = overlay_of(directory);
    uint64_t id;
    vfs_errno error = check_free(directory, name);
    if (error == VFS_OK)
        error = overlay_keep(self, directory.id);
    if (error == VFS_OK)
        error = vfs_inodes_new_symlink(&self->inodes, target, &id);
    if (error == VFS_OK)
        error = name_new(self, directory.id, name, id);
    if (error == VFS_OK)
        (void)vfs_inodes_drop(&self->inodes, id);
    return error;
}

vfs_errno overlay_link(vfs_node node, vfs_node directory, bj_span name)
{
    overlay_layer *self = overlay_of(directory);
    vfs_errno error = check_free(directory, name);
    if (error == VFS_OK)
        error = overlay_keep(self, node.id);
    if (error == VFS_OK)
        error = overlay_keep(self, directory.id);
    if (error == VFS_OK && overlay_inode(node)->links >= VFS_LINKS_MAX)
        error = VFS_EMLINK;
    return error == VFS_OK ? vfs_inodes_link(&self->inodes, node.id, directory.id, name, 0) : error;
}

/* ---------------------------------------------------------------- removing */

typedef struct emptiness {
    const vfs_directory *above;
    bool empty;
} emptiness;

static bool check_hidden(void *user, const vfs_entry *entry)
{
    emptiness *e = user;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    const vfs_name *above = vfs_directory_find(e->above, entry->name);
    e->empty = above && (above->flags & VFS_NAME_WHITEOUT);
    return e->empty;
}

/* ENOTEMPTY when a held directory shows a name, from above or below. */
static vfs_errno check_empty(overlay_layer *self, uint64_t id)
{
    const vfs_inode *inode = vfs_inodes_get(&self->inodes, id);
    for (const vfs_name *name = vfs_directory_after(&inode->directory, 0); name;
         name = vfs_directory_after(&inode->directory, vfs_directory_cookie(name)))
        if (!(name->flags & VFS_NAME_WHITEOUT))
            return VFS_ENOTEMPTY;
    if (!inode->origin)
        return VFS_OK;
    vfs_node below;
    emptiness e = {&inode->directory, true};
    vfs_errno error = overlay_below(self, id, &below);
    if (error == VFS_OK)
        error = vfs_node_readdir(below, 0, check_hidden, &e);
    if (error != VFS_OK)
        return error;
    return e.empty ? VFS_OK : VFS_ENOTEMPTY;
}

/* Of a node that was looked up: it is kept first, so that a whiteout can take its name's place. */
static vfs_errno remove_name(vfs_node directory, bj_span name, vfs_node node)
{
    overlay_layer *self = overlay_of(directory);
    vfs_errno error = overlay_keep(self, node.id);
    return error == VFS_OK ? vfs_inodes_unname(&self->inodes, directory.id, name) : error;
}

vfs_errno overlay_unlink(vfs_node directory, bj_span name)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = overlay_lookup(directory, name, &node);
    if (error != VFS_OK)
        return error;
    return node.type == VFS_DIRECTORY ? VFS_EISDIR : remove_name(directory, name, node);
}

vfs_errno overlay_rmdir(vfs_node directory, bj_span name)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = overlay_lookup(directory, name, &node);
    if (error != VFS_OK)
        return error;
    if (node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    error = check_empty(overlay_of(directory), node.id);
    return error == VFS_OK ? remove_name(directory, name, node) : error;
}

/* ---------------------------------------------------------------- moving */

/* Whether the source may take the place of the target, if there is one; both are kept then. */
static vfs_errno prepare_rename(overlay_layer *self, vfs_node from, vfs_node source, vfs_node to,
                                vfs_node target)
{
    vfs_errno error = VFS_OK;
    if (source.type == VFS_DIRECTORY && vfs_inodes_lies_below(&self->inodes, to.id, source.id))
        return VFS_EINVAL;
    if (target.layer && vfs_inodes_lies_below(&self->inodes, from.id, target.id))
        return VFS_ENOTEMPTY;
    if (target.layer) {
        bool empty = target.type == VFS_DIRECTORY && check_empty(self, target.id) == VFS_OK;
        error = vfs_may_replace(source.type, target.type, empty);
        if (error == VFS_OK)
            error = overlay_keep(self, target.id);
    }
    if (error == VFS_OK)
        error = overlay_keep(self, source.id);
    return error == VFS_OK ? overlay_keep(self, to.id) : error;
}

vfs_errno overlay_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    overlay_layer *self = overlay_of(from);
    vfs_autonode vfs_node source = VFS_NO_NODE, target = VFS_NO_NODE;
    vfs_errno error = overlay_lookup(from, name, &source);
    if (error != VFS_OK)
        return error;
    error = overlay_lookup(to, new_name, &target);
    if (error != VFS_OK && error != VFS_ENOENT)
        return error;
    if (target.layer && target.id == source.id)
        return VFS_OK;
    error = prepare_rename(self, from, source, to, target);
    if (error != VFS_OK)
        return error;
    vfs_node gone = vfs_node_steal(&target);
    error = vfs_inodes_rename(&self->inodes, from.id, name, to.id, new_name, 0);
    vfs_node_drop(gone);
    return error;
}

/* ---------------------------------------------------------------- listing */

/* Cookies of what lies below are those that it has there, with this bit; the others are of names above. */
#define BELOW ((uint64_t)1 << 63)

typedef struct listing {
    const vfs_inodes *inodes;
    const vfs_directory *above;
    vfs_entry_fn emit;
    void *user;
    bool ended;
} listing;

static bool list_below(void *user, const vfs_entry *entry)
{
    listing *list = user;
    vfs_entry shown = *entry;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    shown.next |= BELOW;
    const vfs_name *name = vfs_directory_find(list->above, entry->name);
    if (name && (name->flags & VFS_NAME_WHITEOUT))
        return true;
    if (name) {
        shown.type = (vfs_type)name->type;
        shown.inode = vfs_inodes_get(list->inodes, name->id)->inode;
    }
    list->ended = !list->emit(list->user, &shown);
    return !list->ended;
}

static void list_above(listing *list, uint64_t cookie)
{
    for (const vfs_name *name; (name = vfs_directory_after(list->above, cookie)) != NULL;) {
        cookie = vfs_directory_cookie(name);
        if (name->flags & VFS_NAME_COVERS)
            continue; /* it was listed with what lies below */
        const vfs_inode *inode = vfs_inodes_get(list->inodes, name->id);
        if (!list->emit(list->user, &(vfs_entry){vfs_name_span(name), inode->inode, cookie + 2,
                                                 (vfs_type)name->type}))
            break;
    }
}

vfs_errno overlay_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    overlay_layer *self = overlay_of(directory);
    const vfs_inode *inode = overlay_inode(directory);
    listing list = {&self->inodes, &inode->directory, emit, user, false};
    bool below = cookie <= 2 || (cookie & BELOW);
    uint64_t from = cookie & BELOW ? cookie & ~BELOW : 0;
    if (!(cookie & BELOW)) {
        uint64_t up = vfs_inodes_get(&self->inodes, inode->parent)->inode;
        if (!vfs_emit_dots(&cookie, inode->inode, up, emit, user))
            return VFS_OK;
    } else {
        cookie = 0;
    }
    if (below && inode->origin) {
        vfs_node node;
        vfs_errno error = overlay_below(self, directory.id, &node);
        if (error == VFS_OK) {
            vfs_autonode vfs_node held = vfs_node_hold(node); /* `emit` may look for others */
            error = vfs_node_readdir(held, from, list_below, &list);
        }
        if (error != VFS_OK || list.ended)
            return error;
    }
    list_above(&list, cookie);
    return VFS_OK;
}
