/*
 * outside.c: whole files, read and written from outside of the sandbox. See outside.h.
 */
#include "vfs/tree/outside.h"

#include <stdlib.h>

#include "base/error.h"
#include "vfs/tree/operations.h"

#define PIECE 65536u

static int fail(bj_error *err, const char *doing, bj_span path, vfs_errno error)
{
    const int shown = path.size < 150 ? (int)path.size : 150;
    const int status = bj_fail(err, BJ_ERROR_IO, "cannot %s %.*s of the guest (%s)", doing, shown,
                               path.data, vfs_errno_name(error));
    if (err)
        err->sys_errno = vfs_errno_to_host(error);
    return status;
}

/* The resolver starts at the root and takes no absolute paths. */
static vfs_errno relative(bj_span path, bj_span *rest)
{
    if (path.size == 0 || path.data[0] != '/')
        return VFS_EINVAL;
    *rest = path;
    while (rest->size > 0 && rest->data[0] == '/')
        *rest = (bj_span){rest->data + 1, rest->size - 1};
    if (rest->size == 0)
        *rest = bj_span_of(".");
    return vfs_path_check(*rest);
}

/* ---------------------------------------------------------------- writing */

/* The directories before the last component of `path`; those that are there are left alone. */
static vfs_errno make_parents(vfs_tree *tree, bj_span path)
{
    for (size_t i = 1; i < path.size; i++) {
        if (path.data[i] != '/')
            continue;
        const bj_span parent = {path.data, i};
        vfs_autonode vfs_node node = VFS_NO_NODE;
        vfs_errno error = vfs_resolve(tree, vfs_tree_root(tree), parent, VFS_FOLLOW, &node);
        if (error == VFS_ENOENT)
            error = vfs_make_directory(tree, vfs_tree_root(tree), parent);
        if (error != VFS_OK)
            return error;
    }
    return VFS_OK;
}

static vfs_errno write_all(vfs_node node, bj_span bytes)
{
    for (uint64_t offset = 0; offset < bytes.size;) {
        size_t moved = 0;
        vfs_errno error =
            vfs_node_write(node, offset, bytes.data + offset, bytes.size - offset, &moved);
        if (error != VFS_OK)
            return error;
        if (moved == 0)
            return VFS_EIO;
        offset += moved;
    }
    return VFS_OK;
}

int vfs_outside_write(vfs_tree *tree, bj_span path, bj_span bytes, bj_error *err)
{
    bj_span rest;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = relative(path, &rest);
    if (error == VFS_OK)
        error = make_parents(tree, rest);
    if (error == VFS_OK)
        error = vfs_open(tree, vfs_tree_root(tree), rest, VFS_FOLLOW | VFS_CREATE | VFS_TRUNCATE,
                         VFS_WRITE, &node);
    if (error == VFS_OK)
        error = write_all(node, bytes);
    return error == VFS_OK ? 0 : fail(err, "write", path, error);
}

/* ---------------------------------------------------------------- reading */

int vfs_outside_read(vfs_tree *tree, bj_span path, size_t most, bj_buffer *out, bj_error *err)
{
    bj_span rest;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = relative(path, &rest);
    if (error == VFS_OK)
        error = vfs_open(tree, vfs_tree_root(tree), rest, VFS_FOLLOW, VFS_READ, &node);
    if (error == VFS_OK && node.type != VFS_REGULAR_FILE)
        error = node.type == VFS_DIRECTORY ? VFS_EISDIR : VFS_EINVAL;
    bj_autofree char *piece = malloc(PIECE);
    if (!piece)
        return bj_fail_memory(err);
    for (uint64_t offset = 0; error == VFS_OK;) {
        size_t got = 0;
        error = vfs_node_read(node, offset, piece, PIECE, &got);
        if (error != VFS_OK || got == 0)
            break;
        if (got > most - offset)
            return bj_fail(err, BJ_ERROR_ARGUMENT, "the file has more than %zu bytes", most);
        if (bj_buffer_append(out, piece, got) < 0)
            return bj_fail_memory(err);
        offset += got;
    }
    return error == VFS_OK ? 0 : fail(err, "read", path, error);
}

/* ---------------------------------------------------------------- listing */

typedef struct lister {
    vfs_tree *tree;
    vfs_node directory;
    vfs_outside_fn each;
    void *user;
    policy_work *work;
} lister;

static bool list_entry(void *user, const vfs_entry *entry)
{
    const lister *list = user;
    vfs_stat stat = {.type = entry->type};
    vfs_autonode vfs_node node = VFS_NO_NODE;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    if (!policy_work_step(list->work, 1000))
        return false;
    /* What vanished meanwhile, or has a name that no path can have, is told of by its name alone. */
    if (vfs_resolve(list->tree, list->directory, entry->name, 0, &node) == VFS_OK)
        (void)!vfs_node_stat(node, &stat);
    return list->each(list->user, entry->name, &stat);
}

int vfs_outside_list(vfs_tree *tree, bj_span path, vfs_outside_fn each, void *user,
                     policy_work *work, bj_error *err)
{
    bj_span rest;
    lister list = {tree, VFS_NO_NODE, each, user, work};
    vfs_errno error = relative(path, &rest);
    if (error == VFS_OK)
        error = vfs_open(tree, vfs_tree_root(tree), rest, VFS_FOLLOW | VFS_DIRECTORY_ONLY, VFS_READ,
                         &list.directory);
    if (error == VFS_OK)
        error = vfs_tree_list(tree, list.directory, 0, list_entry, &list);
    vfs_node_drop(list.directory);
    if (error == VFS_OK && work->end != POLICY_WORK_GOES_ON)
        return bj_fail(err, BJ_ERROR_STOPPED, "stopped while a directory was listed");
    return error == VFS_OK ? 0 : fail(err, "list", path, error);
}

/* ---------------------------------------------------------------- removing */

int vfs_outside_remove(vfs_tree *tree, bj_span path, bj_error *err)
{
    bj_span rest;
    vfs_errno error = relative(path, &rest);
    if (error == VFS_OK) {
        error = vfs_remove_file(tree, vfs_tree_root(tree), rest);
        if (error == VFS_EISDIR)
            error = vfs_remove_directory(tree, vfs_tree_root(tree), rest);
    }
    return error == VFS_OK ? 0 : fail(err, "remove", path, error);
}
