/*
 * changes.c: what has become of files since the sandbox was made, and applying it to the host.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sandbox/object/sandbox.h"
#include "sandbox/receipt/receipt.h"
#include "vfs/tree/path.h"

struct bj_changes {
    vfs_changes list;
    receipt_unfinished unfinished;
    policy_budget unlimited;
    vfs_tree *before;
    vfs_tree *now; /* a reference */
};

/* Leaves those at or below the directory. */
static void keep_below(vfs_changes *changes, const char *guest)
{
    size_t size = strlen(guest), kept = 0;
    while (size > 0 && guest[size - 1] == '/')
        size--;
    for (size_t i = 0; i < changes->count; i++) {
        vfs_change *each = &changes->items[i];
        if (strncmp(each->path, guest, size) == 0 && each->path[size] == '/')
            changes->items[kept++] = *each;
    }
    changes->count = kept;
}

static bj_changes *changes_of(bj_sandbox *box, const char *guest, bj_error *err)
{
    bj_changes *changes = calloc(1, sizeof *changes);
    if (!changes) {
        bj_fail_memory(err);
        return NULL;
    }
    policy_budget_init_unlimited(&changes->unlimited);
    changes->now = vfs_tree_retain(box->tree);
    changes->before = vfs_tree_fork(box->tree, VFS_START, &changes->unlimited, err);
    if (!changes->before) {
        bj_changes_delete(changes);
        return NULL;
    }
    sandbox_work work;
    sandbox_work_asked_for(&work, box);
    vfs_tree_changes(box->tree, VFS_START, true, &work.work, &changes->list);
    sandbox_work_done(&work);
    receipt_leave(&changes->unfinished, RECEIPT_files, changes->list.files);
    receipt_leave(&changes->unfinished, RECEIPT_digests, changes->list.digests);
    keep_below(&changes->list, guest);
    return changes;
}

BJ_API bj_changes *bj_sandbox_changes(bj_sandbox *box, const char *guest, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return NULL;
    bj_changes *changes = changes_of(box, guest, err);
    sandbox_leave(box);
    return changes;
}

BJ_API void bj_changes_delete(bj_changes *changes)
{
    if (!changes)
        return;
    vfs_changes_clear(&changes->list);
    vfs_tree_release(changes->before);
    vfs_tree_release(changes->now);
    free(changes);
}

BJ_API size_t bj_changes_count(const bj_changes *changes)
{
    return changes->list.count;
}

BJ_API bool bj_changes_get(const bj_changes *changes, size_t number, bj_file_change *change)
{
    return changes_get(&changes->list, number, change);
}

BJ_API bool bj_changes_has_more(const bj_changes *changes)
{
    return changes->list.files != POLICY_FINISHED;
}

BJ_API bool bj_changes_unfinished(const bj_changes *changes, size_t number, const char **part,
                                  const char **why)
{
    return receipt_unfinished_get(&changes->unfinished, number, part, why);
}

static vfs_errno read_node(vfs_node node, char *bytes, size_t most, size_t *size)
{
    *size = 0;
    if (node.type == VFS_SYMLINK)
        return vfs_node_readlink(node, bytes, most, size);
    vfs_errno error = vfs_node_open(node, VFS_READ);
    for (size_t moved = 1; error == VFS_OK && moved > 0 && *size < most; *size += moved) {
        moved = 0;
        error = vfs_node_read(node, *size, bytes + *size, most - *size, &moved);
    }
    return error;
}

BJ_API char *bj_changes_read(bj_changes *changes, size_t number, bool now, size_t most,
                             size_t *size, bj_error *err)
{
    if (number >= changes->list.count) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "there is no change number %zu", number);
        return NULL;
    }
    const char *path = changes->list.items[number].path;
    vfs_tree *tree = now ? changes->now : changes->before;
    vfs_stat stat = {0};
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = vfs_resolve(tree, vfs_tree_root(tree), bj_span_of(path + 1), 0, &node);
    if (error == VFS_OK)
        error = vfs_node_stat(node, &stat);
    if (error == VFS_OK && stat.size > most)
        error = VFS_EFBIG;
    bj_autofree char *bytes = error == VFS_OK ? malloc((size_t)stat.size + 1) : NULL;
    if (error == VFS_OK && !bytes) {
        bj_fail_memory(err);
        return NULL;
    }
    if (error == VFS_OK)
        error = read_node(node, bytes, (size_t)stat.size, size);
    if (error != VFS_OK) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "%s cannot be read as it %s (%s)", path,
                now ? "is now" : "was before", vfs_errno_name(error));
        return NULL;
    }
    bytes[*size] = 0;
    return bj_steal(&bytes);
}

BJ_API int64_t bj_sandbox_commit(bj_sandbox *box, const char *guest, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    uint64_t applied;
    sandbox_work work;
    sandbox_work_asked_for(&work, box);
    const int status = vfs_tree_commit(box->tree, guest, &work.work, &applied, err);
    sandbox_work_done(&work);
    sandbox_leave(box);
    return status < 0 ? -1 : (int64_t)applied;
}
