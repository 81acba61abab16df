/*
 * tree.c: a tree as layers and the mount points between them.
 *
 * A mount is a pair: the directory that is covered (of the synthetic layer, or of a memory layer) and
 * the root of the layer that is seen in its place. Both are held. A layer counts how many of its nodes
 * are covered, so that the resolver looks here only where it must; what is mounted never goes before
 * the tree does.
 *
 * What is mounted at "/" covers nothing: it is the root, and the names that lead to other mounts are found before its own
 * (vfs_tree_lookup), so that nothing has to be made in it for them.
 */
#include "vfs/tree/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "vfs/fixed/fixed.h"
#include "vfs/host/host.h"
#include "vfs/host/journal.h"
#include "vfs/memory/inodes.h"
#include "vfs/memory/memory.h"
#include "vfs/node/text.h"
#include "vfs/overlay/overlay.h"

struct vfs_tree {
    uint32_t references;
    policy_budget *budget;
    vfs_layer *synthetic;
    vfs_node
        root; /* of what is mounted at "/", held by its mount; VFS_NO_NODE: the synthetic root is */
    vfs_mount *mounts;
    uint32_t count, capacity;
    bool ungranted;
};

vfs_tree *vfs_tree_new(policy_budget *budget)
{
    bj_autofree vfs_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return NULL;
    tree->synthetic = vfs_synthetic_new();
    if (!tree->synthetic)
        return NULL;
    tree->synthetic->device = 1;
    tree->references = 1;
    tree->budget = budget;
    return bj_steal(&tree);
}

vfs_tree *vfs_tree_retain(vfs_tree *tree)
{
    tree->references++;
    return tree;
}

void vfs_tree_release(vfs_tree *tree)
{
    if (!tree || --tree->references > 0)
        return;
    for (uint32_t i = tree->count; i-- > 0;) {
        vfs_node_drop(tree->mounts[i].root);
        vfs_node_drop(tree->mounts[i].covered);
        vfs_layer_release(tree->mounts[i].root.layer);
        free(tree->mounts[i].path);
    }
    if (tree->synthetic)
        vfs_layer_release(tree->synthetic);
    free(tree->mounts);
    free(tree);
}

void vfs_tree_set_work(vfs_tree *tree, policy_work *work)
{
    tree->budget->work = work;
}

const policy_budget *vfs_tree_budget(const vfs_tree *tree)
{
    return tree->budget;
}

static vfs_node synthetic_root(const vfs_tree *tree)
{
    return (vfs_node){tree->synthetic, 0, VFS_DIRECTORY};
}

vfs_node vfs_tree_root(vfs_tree *tree)
{
    return tree->root.layer ? tree->root : synthetic_root(tree);
}

static bool is_mounted_root(const vfs_tree *tree, vfs_node node)
{
    return tree->root.layer && vfs_node_equal(node, tree->root);
}

bool vfs_tree_is_under_names(const vfs_tree *tree, vfs_node directory)
{
    return directory.layer == tree->root.layer;
}

bool vfs_tree_grants_nothing_in(const vfs_tree *tree, vfs_node directory)
{
    return directory.layer == tree->synthetic;
}

/* What is mounted on `node`, which is handed over: another node to drop, or the same. */
static vfs_node cross(vfs_tree *tree, vfs_node node)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (vfs_node_equal(tree->mounts[i].covered, node)) {
            vfs_node_drop(node);
            return vfs_node_hold(tree->mounts[i].root);
        }
    return node;
}

vfs_errno vfs_tree_lookup(vfs_tree *tree, vfs_node directory, bj_span name, vfs_node *child)
{
    vfs_errno error = VFS_ENOENT;
    if (is_mounted_root(tree, directory))
        error = vfs_node_lookup(synthetic_root(tree), name, child);
    if (error == VFS_ENOENT)
        error = vfs_node_lookup(directory, name, child);
    if (error == VFS_OK && child->layer->covered > 0)
        *child = cross(tree, *child);
    return error;
}

/* ---------------------------------------------------------------- listing the root */

/* Cookies of the names that lead to mounts, which come after those of what is mounted at "/". */
#define MOUNTS_COOKIE ((uint64_t)1 << 63)

typedef struct root_listing {
    const vfs_tree *tree;
    vfs_entry_fn emit;
    void *user;
    bool ended; /* whoever lists has had enough */
} root_listing;

static bool is_dots(bj_span name)
{
    return bj_span_is(name, ".") || bj_span_is(name, "..");
}

static bool emit_own(void *user, const vfs_entry *entry)
{
    root_listing *list = user;
    vfs_node ignored;
    if (!is_dots(entry->name) &&
        vfs_node_lookup(synthetic_root(list->tree), entry->name, &ignored) == VFS_OK)
        return true;
    list->ended = !list->emit(list->user, entry);
    return !list->ended;
}

static bool emit_mount(void *user, const vfs_entry *entry)
{
    root_listing *list = user;
    vfs_entry moved = *entry;
    moved.next |= MOUNTS_COOKIE;
    return is_dots(entry->name) || list->emit(list->user, &moved);
}

vfs_errno vfs_tree_list(vfs_tree *tree, vfs_node directory, uint64_t cookie, vfs_entry_fn emit,
                        void *user)
{
    if (!is_mounted_root(tree, directory))
        return vfs_node_readdir(directory, cookie, emit, user);
    root_listing list = {tree, emit, user, false};
    vfs_errno error = VFS_OK;
    if (!(cookie & MOUNTS_COOKIE)) {
        error = vfs_node_readdir(directory, cookie, emit_own, &list);
        cookie = 0;
    }
    if (error != VFS_OK || list.ended)
        return error;
    return vfs_node_readdir(synthetic_root(tree), cookie & ~MOUNTS_COOKIE, emit_mount, &list);
}

/* ---------------------------------------------------------------- finding */

const vfs_mount *vfs_tree_mount_of(const vfs_tree *tree, vfs_node node)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->mounts[i].root.layer == node.layer)
            return &tree->mounts[i];
    return NULL;
}

const vfs_mount *vfs_tree_mount_at(const vfs_tree *tree, const char *path)
{
    const vfs_mount *found = NULL;
    size_t longest = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        const size_t size = strlen(tree->mounts[i].path);
        if ((size > longest || !found) && strncmp(path, tree->mounts[i].path, size) == 0 &&
            (path[size] == 0 || path[size] == '/')) {
            found = &tree->mounts[i];
            longest = size;
        }
    }
    return found;
}

bool vfs_tree_path_of(const vfs_tree *tree, vfs_node node, char *path, size_t size)
{
    const vfs_mount *mount = vfs_tree_mount_of(tree, node);
    const size_t above = mount ? strlen(mount->path) : 0;
    if (above >= size)
        return false;
    if (mount)
        memcpy(path, mount->path, above);
    path[above] = 0;
    return vfs_node_path(node, path + above, size - above);
}

bool vfs_tree_take_ungranted(vfs_tree *tree)
{
    bool was = tree->ungranted;
    tree->ungranted = false;
    return was;
}

void vfs_tree_set_ungranted(vfs_tree *tree)
{
    tree->ungranted = true;
}

/* ---------------------------------------------------------------- mounting */

static bool is_synthetic(const vfs_tree *tree, vfs_node node)
{
    return node.layer == tree->synthetic;
}

static bool is_mount_root(const vfs_tree *tree, vfs_node node)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (vfs_node_equal(tree->mounts[i].root, node))
            return true;
    return false;
}

/* The directory `name` in `parent`, made if it is missing. */
static int make_step(vfs_tree *tree, vfs_node parent, bj_span name, const char *path,
                     vfs_node *child, bool *made, bj_error *err)
{
    vfs_errno error = vfs_node_lookup(parent, name, child);
    *made = error == VFS_ENOENT;
    if (error == VFS_OK) {
        *child = cross(tree, *child);
        return 0;
    }
    if (error == VFS_ENOENT && is_synthetic(tree, parent))
        error = vfs_synthetic_make(parent, name, child);
    else if (error == VFS_ENOENT)
        error = vfs_node_create(parent, name, VFS_DIRECTORY, child);
    switch (error) {
    case VFS_OK:
        return 0;
    case VFS_ENOMEM:
        return bj_fail_memory(err);
    case VFS_ENOSPC:
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "no room for the mount point %s: raise the limits files or file-bytes",
                       path);
    default:
        return bj_fail(err, BJ_ERROR_ARGUMENT, "cannot make the mount point %s (%s)", path,
                       vfs_errno_name(error));
    }
}

static bool is_directory_name(bj_span name)
{
    return name.size <= VFS_NAME_MAX && !bj_span_is(name, ".") && !bj_span_is(name, "..");
}

/* Whether `node` can be covered, being what lies at `path`. */
static int check_cover(const vfs_tree *tree, vfs_node node, bool made, const char *path,
                       bj_error *err)
{
    if (is_mount_root(tree, node))
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is mounted twice", path);
    if (is_synthetic(tree, node) && !made)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "%s would hide what is mounted below it: mount the outer one first", path);
    return 0;
}

/* The directory to cover at `path`; held. What leads to it is made. */
static int make_place(vfs_tree *tree, const char *path, vfs_node *place, bj_error *err)
{
    if (path[0] != '/' || vfs_path_check(bj_span_of(path)) != VFS_OK)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "not an absolute path for the guest: '%s'", path);
    vfs_autonode vfs_node node = synthetic_root(tree);
    bool made = false;
    for (const char *at = path + strspn(path, "/"); *at != 0; at += strspn(at, "/")) {
        bj_span name = {at, strcspn(at, "/")};
        if (!is_directory_name(name))
            return bj_fail(err, BJ_ERROR_ARGUMENT,
                           "a path for the guest may not contain '.', '..' or names of more than "
                           "255 bytes: '%s'",
                           path);
        if (node.type != VFS_DIRECTORY)
            return bj_fail(err, BJ_ERROR_ARGUMENT, "part of %s is a file", path);
        if (!vfs_layer_inodes(node.layer) && !is_synthetic(tree, node))
            return bj_fail(err, BJ_ERROR_ARGUMENT,
                           "%s lies below a mount (%s) that cannot hold another", path,
                           vfs_layer_name(node.layer));
        vfs_node child;
        if (make_step(tree, node, name, path, &child, &made, err) < 0)
            return -1;
        vfs_node_drop(node);
        node = child;
        at += name.size;
    }
    if (node.type != VFS_DIRECTORY)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is a file", path);
    if (check_cover(tree, node, made, path, err) < 0)
        return -1;
    *place = vfs_node_steal(&node);
    return 0;
}

static int reserve_mount(vfs_tree *tree, bj_error *err)
{
    if (tree->count < tree->capacity)
        return 0;
    uint32_t capacity = tree->capacity ? 2 * tree->capacity : 4;
    vfs_mount *grown = realloc(tree->mounts, capacity * sizeof *grown);
    if (!grown)
        return bj_fail_memory(err);
    tree->mounts = grown;
    tree->capacity = capacity;
    return 0;
}

/* A copy with single slashes, and none at the end: of "/" it is empty. */
static char *clean_path(const char *path)
{
    char *copy = malloc(strlen(path) + 2), *to = copy;
    if (!copy)
        return NULL;
    for (const char *at = path; *at; at++)
        if (*at != '/' || (at[1] != '/' && at[1] != 0))
            *to++ = *at;
    *to = 0;
    return copy;
}

static int check_root(const vfs_tree *tree, bj_error *err)
{
    return tree->root.layer ? bj_fail(err, BJ_ERROR_ARGUMENT, "/ is mounted twice") : 0;
}

/* Mounts `layer`, which may be NULL (out of memory) and belongs to the tree from here on. */
static int mount_layer(vfs_tree *tree, vfs_layer *layer, const char *path, bj_error *err)
{
    vfs_node place = VFS_NO_NODE;
    if (!layer)
        return bj_fail_memory(err);
    bj_autofree char *clean = clean_path(path);
    if (!clean)
        bj_fail_memory(err);
    const bool at_root = clean && path[0] == '/' && !*clean;
    if (!clean || reserve_mount(tree, err) < 0 ||
        (at_root ? check_root(tree, err) : make_place(tree, path, &place, err)) < 0) {
        vfs_layer_release(layer);
        return -1;
    }
    layer->device = tree->count + 2;
    layer->is_root = at_root;
    if (at_root)
        tree->root = (vfs_node){layer, 0, VFS_DIRECTORY};
    else
        place.layer->covered++;
    if (!at_root && vfs_layer_inodes(place.layer)) /* the mount point was there from the start */
        vfs_inodes_begin(vfs_layer_inodes(place.layer));
    vfs_node root = vfs_node_hold((vfs_node){layer, 0, VFS_DIRECTORY});
    tree->mounts[tree->count++] = (vfs_mount){place, root, bj_steal(&clean)};
    return 0;
}

int vfs_tree_mount_memory(vfs_tree *tree, const char *guest_path, bj_error *err)
{
    return mount_layer(tree, vfs_memory_new(tree->budget, 0), guest_path, err);
}

int vfs_tree_mount_tmp(vfs_tree *tree, const char *guest_path, uint64_t bytes, bj_error *err)
{
    return mount_layer(tree, vfs_memory_new(tree->budget, bytes), guest_path, err);
}

int vfs_tree_mount_host(vfs_tree *tree, const char *host_path, const char *guest_path,
                        unsigned flags, bj_error *err)
{
    vfs_layer *layer = vfs_host_new(host_path, tree->budget, flags, err);
    return layer ? mount_layer(tree, layer, guest_path, err) : -1;
}

int vfs_tree_mount_overlay(vfs_tree *tree, const char *host_path, const char *guest_path,
                           unsigned flags, bj_error *err)
{
    vfs_layer *below = vfs_host_new(host_path, tree->budget, flags, err);
    return below ? mount_layer(tree, vfs_overlay_new(below, tree->budget), guest_path, err) : -1;
}

int vfs_tree_mount_archive(vfs_tree *tree, vfs_archive *archive, const char *guest_path,
                           bj_error *err)
{
    return mount_layer(tree, vfs_archive_layer_new(archive), guest_path, err);
}

int vfs_tree_mount_devices(vfs_tree *tree, const char *guest_path, bj_error *err)
{
    return mount_layer(tree, vfs_device_layer_new(tree->budget), guest_path, err);
}

bool vfs_mount_is_at(const vfs_mount *mount, const char *path)
{
    bj_autofree char *clean = clean_path(path);
    return clean && strcmp(mount->path, clean) == 0;
}

bool vfs_tree_has_mount(const vfs_tree *tree, const char *guest_path)
{
    for (uint32_t i = 0; i < tree->count; i++)
        if (vfs_mount_is_at(&tree->mounts[i], guest_path))
            return true;
    return false;
}

bool vfs_tree_has_mount_below(const vfs_tree *tree, vfs_node directory)
{
    vfs_layer *layer = directory.layer;
    if (layer->covered == 0 || directory.type != VFS_DIRECTORY || !vfs_layer_inodes(layer))
        return false;
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->mounts[i].covered.layer == layer &&
            vfs_inodes_lies_below(vfs_layer_inodes(layer), tree->mounts[i].covered.id,
                                  directory.id))
            return true;
    return false;
}

/* ---------------------------------------------------------------- forking */

/* The layer of `fork` that stands where `layer` does in `from`. */
static vfs_layer *layer_there(const vfs_tree *from, const vfs_tree *fork, const vfs_layer *layer)
{
    for (uint32_t i = 0; i < from->count; i++)
        if (from->mounts[i].root.layer == layer)
            return fork->mounts[i].root.layer;
    return fork->synthetic;
}

vfs_errno vfs_tree_counterpart(const vfs_tree *from, const vfs_tree *fork, vfs_node node,
                               vfs_node *counterpart)
{
    const vfs_node there = {layer_there(from, fork, node.layer), node.id, node.type};
    vfs_errno error = vfs_node_hold_new(there);
    if (error == VFS_OK)
        *counterpart = there;
    return error;
}

static vfs_errno fork_layer(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                            vfs_layer **copy)
{
    vfs_layer *made;
    vfs_errno error = vfs_layer_fork(layer, moment, budget, &made);
    if (error != VFS_OK)
        return error;
    *made = *layer;
    *copy = made;
    return VFS_OK;
}

static vfs_errno fork_all(const vfs_tree *from, vfs_moment moment, vfs_tree *fork)
{
    vfs_errno error = fork_layer(from->synthetic, moment, fork->budget, &fork->synthetic);
    for (uint32_t i = 0; i < from->count && error == VFS_OK; i++) {
        const vfs_mount *each = &from->mounts[i];
        vfs_mount *copy = &fork->mounts[i];
        *copy = (vfs_mount){.covered = VFS_NO_NODE, .root = each->root};
        error = fork_layer(each->root.layer, moment, fork->budget, &copy->root.layer);
        if (error != VFS_OK)
            break;
        error = vfs_node_hold_new(copy->root);
        if (error != VFS_OK) {
            vfs_layer_release(copy->root.layer);
            break;
        }
        fork->count++;
        if (is_mounted_root(from, each->root))
            fork->root = copy->root;
        if (!each->covered.layer) {
            if (!(copy->path = strdup(each->path)))
                return VFS_ENOMEM;
            continue;
        }
        if (!(copy->path = strdup(each->path)))
            return VFS_ENOMEM;
        /* What it covers belongs to a layer that was mounted before, or to the synthetic one. */
        error = vfs_tree_counterpart(from, fork, each->covered, &copy->covered);
        if (error != VFS_OK)
            copy->covered = VFS_NO_NODE;
    }
    return error;
}

vfs_tree *vfs_tree_fork(const vfs_tree *from, vfs_moment moment, policy_budget *budget,
                        bj_error *err)
{
    vfs_tree *fork = calloc(1, sizeof *fork);
    vfs_mount *mounts = calloc(from->count + 1, sizeof *mounts);
    if (!fork || !mounts) {
        free(fork);
        free(mounts);
        bj_fail_memory(err);
        return NULL;
    }
    *fork = (vfs_tree){
        .references = 1, .budget = budget, .mounts = mounts, .capacity = from->count + 1};
    vfs_errno error = fork_all(from, moment, fork);
    if (error == VFS_OK)
        return fork;
    if (error == VFS_ENOMEM)
        bj_fail_memory(err);
    else if (error == VFS_ENOSPC)
        bj_fail(
            err, BJ_ERROR_ARGUMENT,
            "the files that are there are more than the limits files, file-bytes or memory allow: "
            "raise them");
    else if (error == VFS_EMFILE)
        bj_fail(err, BJ_ERROR_ARGUMENT,
                "more files of the host are open than the limit host-descriptors allows: raise it");
    else
        bj_fail(err, BJ_ERROR_IO, "the granted directories cannot be opened again (%s)",
                vfs_errno_name(error));
    vfs_tree_release(fork);
    return NULL;
}

/* ---------------------------------------------------------------- moments */

static vfs_inodes *inodes_at(const vfs_tree *tree, uint32_t mount)
{
    return vfs_layer_inodes(tree->mounts[mount].root.layer);
}

static void clear_journal(vfs_layer *layer)
{
    if (vfs_layer_journal(layer))
        vfs_journal_clear(vfs_layer_journal(layer));
}

void vfs_tree_mark(vfs_tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        clear_journal(tree->mounts[i].root.layer);
        if (inodes_at(tree, i))
            vfs_inodes_mark(inodes_at(tree, i));
    }
}

void vfs_tree_unmark(vfs_tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        clear_journal(tree->mounts[i].root.layer);
        if (inodes_at(tree, i))
            vfs_inodes_unmark(inodes_at(tree, i));
    }
}

const vfs_mount *vfs_tree_mounts(const vfs_tree *tree, size_t *count)
{
    *count = tree->count;
    return tree->mounts;
}
