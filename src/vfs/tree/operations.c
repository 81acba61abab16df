/*
 * operations.c: the calls on paths, from what the resolver finds to what the layers do.
 *
 * A mount point is recognised by its layer not being the one of the directory that names it: it is
 * never removed, replaced or moved (EBUSY), nor is a directory that leads to one: a mount stays where it was granted.
 */
#include "vfs/tree/operations.h"

static bool is_mount_point(const vfs_place *place)
{
    return place->node.layer && place->is_name && place->node.layer != place->parent.layer;
}

/* Opens what is there already. */
static vfs_errno open_node(vfs_node node, unsigned flags, unsigned access)
{
    if (node.type == VFS_SYMLINK)
        return flags & VFS_DIRECTORY_ONLY ? VFS_ENOTDIR : VFS_ELOOP;
    if ((flags & VFS_DIRECTORY_ONLY) && node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    bool changes = (access & VFS_WRITE) || (flags & VFS_TRUNCATE);
    if (node.type == VFS_DIRECTORY && changes)
        return VFS_EISDIR;
    if (node.type != VFS_DIRECTORY && node.type != VFS_REGULAR_FILE && !node.layer->devices)
        return VFS_EACCES;
    if (changes && node.layer->read_only)
        return VFS_EROFS;
    vfs_errno error = vfs_node_open(node, access);
    if (error == VFS_OK && (flags & VFS_TRUNCATE) && node.type == VFS_REGULAR_FILE)
        error = vfs_node_resize(node, 0);
    return error;
}

static vfs_errno create_file(const vfs_place *place, unsigned access, vfs_node *node)
{
    vfs_node parent = place->parent;
    if (parent.layer->read_only)
        return VFS_EROFS;
    vfs_autonode vfs_node made = VFS_NO_NODE;
    vfs_errno error = vfs_node_create(parent, vfs_place_name(place), VFS_REGULAR_FILE, &made);
    if (error == VFS_OK)
        error = vfs_node_open(made, access);
    if (error == VFS_OK)
        *node = vfs_node_steal(&made);
    return error;
}

static vfs_errno open_or_create(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags,
                                unsigned access, vfs_node *node)
{
    if (flags & VFS_DIRECTORY_ONLY)
        return VFS_EINVAL;
    const bool exclusive = flags & VFS_EXCLUSIVE;
    const bool slash = path.size > 0 && path.data[path.size - 1] == '/';
    vfs_autoplace vfs_place place;
    vfs_errno error = vfs_resolve_place(tree, base, path,
                                        slash       ? VFS_KEEP_LINK | VFS_SLASH_LATER
                                        : exclusive ? VFS_KEEP_LINK
                                                    : (flags & VFS_FOLLOW) | VFS_SLASH_LATER,
                                        &place);
    if (error != VFS_OK)
        return error;
    if ((slash || place.slash) && place.is_name)
        return VFS_EISDIR; /* no file can be made by such a name, whatever lies there */
    if (!place.node.layer)
        return create_file(&place, access, node);
    if (exclusive)
        return VFS_EEXIST;
    if (place.node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    error = open_node(place.node, flags, access);
    if (error == VFS_OK)
        *node = vfs_node_steal(&place.node);
    return error;
}

vfs_errno vfs_open(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags, unsigned access,
                   vfs_node *node)
{
    if (flags & VFS_CREATE)
        return open_or_create(tree, base, path, flags, access, node);
    vfs_autonode vfs_node found = VFS_NO_NODE;
    const unsigned reads = access == VFS_READ && !(flags & VFS_TRUNCATE) ? VFS_WILL_READ : 0;
    vfs_errno error = vfs_resolve(tree, base, path, (flags & VFS_FOLLOW) | reads, &found);
    if (error == VFS_OK)
        error = open_node(found, flags, access);
    if (error == VFS_OK)
        *node = vfs_node_steal(&found);
    return error;
}

/* The place for a name that must not be there yet. `slash_allowed`: "new/" is a name for a directory;
 * a name that is taken is EEXIST whatever follows it ("file/" too, as in Linux, not ENOTDIR). */
static vfs_errno free_place(vfs_tree *tree, vfs_node base, bj_span path, bool slash_allowed,
                            vfs_place *place)
{
    bool slash = false;
    for (; path.size > 1 && path.data[path.size - 1] == '/'; path.size--)
        slash = true;
    vfs_errno error = vfs_resolve_place(tree, base, path, VFS_KEEP_LINK, place);
    if (error != VFS_OK)
        return error;
    if (place->node.layer)
        return VFS_EEXIST;
    if (slash && !slash_allowed)
        return VFS_ENOENT;
    return place->parent.layer->read_only ? VFS_EROFS : VFS_OK;
}

vfs_errno vfs_make_directory(vfs_tree *tree, vfs_node base, bj_span path)
{
    vfs_autoplace vfs_place place;
    vfs_errno error = free_place(tree, base, path, true, &place);
    if (error != VFS_OK)
        return error;
    vfs_autonode vfs_node made = VFS_NO_NODE;
    return vfs_node_create(place.parent, vfs_place_name(&place), VFS_DIRECTORY, &made);
}

/* What both kinds of removal check. */
static vfs_errno place_to_remove(vfs_tree *tree, vfs_node base, bj_span path, vfs_place *place)
{
    vfs_errno error = vfs_resolve_place(tree, base, path, VFS_KEEP_LINK, place);
    if (error != VFS_OK)
        return error;
    if (!place->node.layer)
        return VFS_ENOENT;
    if (is_mount_point(place))
        return VFS_EBUSY;
    return VFS_OK;
}

/* Whether the last component is "..", which is never empty; "." just cannot be removed. */
static bool ends_above(bj_span path)
{
    while (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    return path.size >= 2 && memcmp(path.data + path.size - 2, "..", 2) == 0 &&
           (path.size == 2 || path.data[path.size - 3] == '/');
}

vfs_errno vfs_remove_directory(vfs_tree *tree, vfs_node base, bj_span path)
{
    vfs_autoplace vfs_place place;
    vfs_errno error = place_to_remove(tree, base, path, &place);
    if (error != VFS_OK)
        return error;
    if (!place.is_name)
        return ends_above(path) ? VFS_ENOTEMPTY : VFS_EINVAL;
    if (place.node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    if (place.parent.layer->read_only)
        return VFS_EROFS;
    return vfs_node_rmdir(place.parent, vfs_place_name(&place));
}

vfs_errno vfs_remove_file(vfs_tree *tree, vfs_node base, bj_span path)
{
    vfs_autoplace vfs_place place;
    vfs_errno error = place_to_remove(tree, base, path, &place);
    if (error != VFS_OK)
        return error;
    if (place.node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    if (place.parent.layer->read_only)
        return VFS_EROFS;
    return vfs_node_unlink(place.parent, vfs_place_name(&place));
}

vfs_errno vfs_rename(vfs_tree *tree, vfs_node base, bj_span path, vfs_node new_base,
                     bj_span new_path)
{
    /* Both directories are found before either name is looked at, as in Linux. */
    const unsigned flags = VFS_KEEP_LINK | VFS_SLASH_LATER;
    vfs_autoplace vfs_place from = {0}, to = {0};
    vfs_errno error = vfs_resolve_place(tree, base, path, flags, &from);
    if (error == VFS_OK)
        error = vfs_resolve_place(tree, new_base, new_path, flags, &to);
    if (error != VFS_OK)
        return error;
    if (!from.is_name || !to.is_name)
        return VFS_EBUSY;
    if (!from.node.layer)
        return VFS_ENOENT;
    if (from.slash && from.node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    if (is_mount_point(&from) || is_mount_point(&to) || vfs_tree_has_mount_below(tree, from.node))
        return VFS_EBUSY;
    if (from.parent.layer->read_only || to.parent.layer->read_only)
        return VFS_EROFS;
    if (from.parent.layer != to.parent.layer)
        return VFS_EXDEV;
    if (to.slash && from.node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    vfs_node target = to.node;
    to.node = VFS_NO_NODE;
    vfs_node_drop(target); /* it may go with this */
    return vfs_node_rename(from.parent, vfs_place_name(&from), to.parent, vfs_place_name(&to));
}

vfs_errno vfs_link(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags, vfs_node new_base,
                   bj_span new_path)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_autoplace vfs_place place = {0};
    vfs_errno error = vfs_resolve(tree, base, path, flags & VFS_FOLLOW, &node);
    if (error == VFS_OK)
        error = free_place(tree, new_base, new_path, false, &place);
    if (error != VFS_OK)
        return error;
    if (node.layer != place.parent.layer)
        return VFS_EXDEV;
    if (node.type == VFS_DIRECTORY)
        return VFS_EPERM;
    return vfs_node_link(node, place.parent, vfs_place_name(&place));
}

vfs_errno vfs_symlink(vfs_tree *tree, bj_span target, vfs_node base, bj_span path)
{
    vfs_autoplace vfs_place place = {0};
    vfs_errno error = vfs_path_check(target);
    if (error == VFS_OK && target.data[0] == '/')
        error = VFS_ENOTCAPABLE;
    if (error == VFS_OK)
        error = free_place(tree, base, path, false, &place);
    if (error != VFS_OK)
        return error;
    return vfs_node_symlink(place.parent, vfs_place_name(&place), target);
}
