/*
 * changes.c: what has become of files, as a receipt tells of it.
 */
#include <string.h>

#include "base/sized.h"
#include "sandbox/receipt/receipt.h"

BJ_API const char *bj_change_kind_name(bj_change_kind kind)
{
    static const char *const names[] = {
        [BJ_CREATED] = "created", [BJ_MODIFIED] = "modified", [BJ_DELETED] = "deleted"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

static bj_file_type file_type(vfs_type type)
{
    switch (type) {
    case VFS_REGULAR_FILE:
        return BJ_FILE;
    case VFS_DIRECTORY:
        return BJ_DIRECTORY;
    case VFS_SYMLINK:
        return BJ_SYMLINK;
    default:
        return BJ_OTHER;
    }
}

bool changes_get(const vfs_changes *changes, size_t number, bj_file_change *change)
{
    if (number >= changes->count)
        return false;
    const vfs_change *each = &changes->items[number];
    bj_file_change all = {
        .path = each->path,
        .kind = each->kind,
        .type = file_type(each->type),
        .bytes = each->size,
        .sha256 = each->has_digest ? each->digest_hex : NULL,
    };
    return bj_sized_write(change, &all, sizeof all);
}

BJ_API size_t bj_receipt_change_count(const bj_receipt *receipt)
{
    return receipt->changes.count;
}

BJ_API bool bj_receipt_change(const bj_receipt *receipt, size_t number, bj_file_change *change)
{
    return changes_get(&receipt->changes, number, change);
}

BJ_API bool bj_receipt_has_more_changes(const bj_receipt *receipt)
{
    return receipt->changes.files != POLICY_FINISHED;
}
