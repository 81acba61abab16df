/*
 * saved.c: the mounts of a tree as bytes, and back.
 *
 *     tree    how many u32; each: its path, what it is u8 (KIND_…), for files in memory their own quota u64 and the
 *             table (inodes_saved.c)
 */
#include "vfs/tree/saved.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "vfs/memory/inodes.h"
#include "vfs/memory/inodes_saved.h"
#include "vfs/overlay/overlay.h"
#include "vfs/tree/path.h"

#define MOUNTS_MOST 4096u

enum { KIND_HOST = 0, KIND_MEMORY = 1, KIND_OVERLAY = 2 };

typedef struct saved_mount {
    char *path;
    unsigned kind;
    vfs_inodes inodes; /* of KIND_MEMORY and _OVERLAY */
} saved_mount;

struct vfs_saved {
    saved_mount *mounts;
    uint32_t count; /* that have been read, or are being read */
};

static unsigned kind_of(vfs_layer *layer)
{
    if (!vfs_layer_inodes(layer))
        return KIND_HOST;
    return vfs_is_overlay(layer) ? KIND_OVERLAY : KIND_MEMORY;
}

static void save_mount(const char *path, unsigned kind, const vfs_inodes *inodes, bj_sink *sink)
{
    bj_put_span(sink, bj_span_of(path));
    bj_put_number(sink, kind, 1);
    if (kind != KIND_HOST) {
        bj_put_number(sink, inodes->quota.own_bytes, 8);
        vfs_inodes_save(inodes, sink);
    }
}

void vfs_tree_save(const vfs_tree *tree, bj_sink *sink)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    bj_put_number(sink, count, 4);
    for (size_t i = 0; i < count; i++) {
        vfs_layer *layer = mounts[i].root.layer;
        save_mount(mounts[i].path, kind_of(layer), vfs_layer_inodes(layer), sink);
    }
}

void vfs_saved_save(const vfs_saved *saved, bj_sink *sink)
{
    bj_put_number(sink, saved->count, 4);
    for (uint32_t i = 0; i < saved->count; i++) {
        const saved_mount *mount = &saved->mounts[i];
        save_mount(mount->path, mount->kind, &mount->inodes, sink);
    }
}

static bool read_mount(saved_mount *mount, bj_source *source, policy_budget *budget)
{
    size_t size;
    mount->path = bj_get_text(source, VFS_PATH_MAX, &size);
    if (!mount->path || strlen(mount->path) != size || !bj_source_take(source, size + 1))
        return false;
    const unsigned kind = (unsigned)bj_get_number(source, 1);
    if (kind == KIND_HOST || kind > KIND_OVERLAY)
        return kind == KIND_HOST && !source->failed;
    const uint64_t own_bytes = bj_get_number(source, 8);
    mount->kind = kind;
    return vfs_inodes_read(&mount->inodes, budget, own_bytes, source, kind == KIND_OVERLAY);
}

vfs_saved *vfs_saved_read(bj_source *source, policy_budget *budget)
{
    const uint32_t count = (uint32_t)bj_get_number(source, 4);
    if (count > MOUNTS_MOST || !bj_source_take_list(source, count, 5, sizeof(saved_mount))) {
        bj_source_refuse(source);
        return NULL;
    }
    vfs_saved *saved = calloc(1, sizeof *saved);
    if (saved)
        saved->mounts = calloc(count + 1, sizeof *saved->mounts);
    bool right = saved && saved->mounts;
    if (!right)
        bj_source_end_memory(source);
    while (right && saved->count < count)
        right = read_mount(&saved->mounts[saved->count++], source, budget);
    if (right)
        return saved;
    bj_source_refuse(source);
    vfs_saved_delete(saved);
    return NULL;
}

void vfs_saved_delete(vfs_saved *saved)
{
    if (!saved)
        return;
    for (uint32_t i = 0; i < saved->count; i++) {
        if (saved->mounts[i].kind != KIND_HOST)
            vfs_inodes_clear(&saved->mounts[i].inodes);
        free(saved->mounts[i].path);
    }
    free(saved->mounts);
    free(saved);
}

static int fail_mounts(bj_error *err)
{
    return bj_fail(
        err, BJ_ERROR_ARGUMENT,
        "the snapshot was taken with other directories: grant the same, in the same order");
}

static bool same_mounts(const vfs_mount *mounts, size_t count, const vfs_saved *saved)
{
    bool same = count >= saved->count;
    for (size_t i = 0; i < saved->count && same; i++)
        same = kind_of(mounts[i].root.layer) == saved->mounts[i].kind &&
               strcmp(mounts[i].path, saved->mounts[i].path) == 0;
    return same;
}

int vfs_tree_assume(vfs_tree *tree, const vfs_saved *saved, bj_error *err)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    if (!same_mounts(mounts, count, saved))
        return fail_mounts(err);
    for (size_t i = 0; i < saved->count; i++) {
        vfs_inodes *inodes = vfs_layer_inodes(mounts[i].root.layer);
        const vfs_errno error =
            inodes ? vfs_inodes_assume(inodes, &saved->mounts[i].inodes) : VFS_OK;
        if (error == VFS_EINVAL)
            return fail_mounts(err);
        if (error != VFS_OK)
            return bj_fail(
                err, BJ_ERROR_ARGUMENT,
                "the snapshot's files are more than the limits files, file-bytes or memory "
                "allow: raise them");
    }
    return 0;
}

/* ---------------------------------------------------------------- naming a file */

void vfs_tree_refer(const vfs_tree *tree, vfs_node node, vfs_reference *reference,
                    char path[VFS_PATH_MAX + 1])
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    vfs_inodes *inodes = vfs_layer_inodes(node.layer);
    reference->by_number = inodes && !vfs_inodes_get(inodes, node.id)->borrowed;
    reference->number = node.id;
    reference->path = path;
    path[0] = 0;
    for (reference->mount = 0; reference->mount < count; reference->mount++)
        if (mounts[reference->mount].root.layer == node.layer)
            break;
    if (!reference->by_number && !vfs_tree_path_of(tree, node, path, VFS_PATH_MAX + 1))
        path[0] = 0;
    if (!reference->by_number && vfs_node_equal(node, vfs_tree_root((vfs_tree *)tree)))
        strcpy(path, "/");
}

static vfs_errno find_number(vfs_tree *tree, const vfs_reference *reference, vfs_node *node)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    if (reference->mount >= count)
        return VFS_ENOENT;
    vfs_layer *layer = mounts[reference->mount].root.layer;
    vfs_inodes *inodes = vfs_layer_inodes(layer);
    const vfs_inode *inode = inodes ? vfs_inodes_get(inodes, reference->number) : NULL;
    if (!inode)
        return VFS_ENOENT;
    const vfs_node found = {layer, reference->number, (uint8_t)inode->type};
    const vfs_errno error = vfs_node_hold_new(found);
    if (error == VFS_OK)
        *node = found;
    return error;
}

vfs_errno vfs_tree_follow(vfs_tree *tree, const vfs_reference *reference, unsigned access,
                          vfs_node *node)
{
    vfs_autonode vfs_node found = VFS_NO_NODE;
    vfs_errno error = reference->by_number
                          ? find_number(tree, reference, &found)
                          : vfs_tree_find(tree, bj_span_of(reference->path), &found);
    if (error == VFS_OK)
        error = vfs_node_open(found, access);
    if (error == VFS_OK)
        *node = vfs_node_steal(&found);
    return error;
}
