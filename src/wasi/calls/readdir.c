/*
 * readdir.c: fd_readdir. The buffer is filled to its end, the last entry cut off where it must be: a
 * buffer that is not full tells the guest that the directory has ended.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"
#include "wasi/wait.h"

#define CHECK_EVERY 4096u

typedef struct listing {
    wasi_context *context;
    uint8_t *at;
    size_t left;
    uint32_t count;
} listing;

static void put(listing *list, const void *bytes, size_t size)
{
    if (size > list->left)
        size = list->left;
    memcpy(list->at, bytes, size);
    list->at += size;
    list->left -= size;
}

static bool put_entry(void *user, const vfs_entry *entry)
{
    listing *list = user;
    uint8_t head[WASI_DIRENT_BYTES] = {0};
    wasi_store64(head + WASI_DIRENT_NEXT, entry->next);
    wasi_store64(head + WASI_DIRENT_INO, entry->inode);
    wasi_store32(head + WASI_DIRENT_NAMLEN, (uint32_t)entry->name.size);
    head[WASI_DIRENT_TYPE] = (uint8_t)entry->type;
    put(list, head, sizeof head);
    put(list, entry->name.data, entry->name.size);
    if (++list->count % CHECK_EVERY == 0 && !wasi_may_go_on(list->context))
        return false;
    return list->left > 0;
}

static bool must_end(void *user)
{
    return !wasi_may_go_on(user);
}

/* A layer may read long before it names the first: that ends with the guest's time, too. */
static vfs_errno read_names(listing *list, vfs_node directory, uint64_t cookie)
{
    wasi_context *context = list->context;
    policy_work work = policy_work_unlimited();
    work.interrupted = must_end;
    work.user = context;
    context->budget->work = &work;
    const vfs_errno error = vfs_tree_list(context->tree, directory, cookie, put_entry, list);
    context->budget->work = NULL;
    return error;
}

/* (fd, buf, buf_len, cookie, bufused: out) */
vfs_errno wasi_fd_readdir(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    wasi_fd *fd;
    vfs_errno error = wasi_get_directory(context, args[0], WASI_R(FD_READDIR), &fd);
    if (error != VFS_OK)
        return error;
    uint8_t *buffer = wasi_bytes(memory, args[1], args[2]);
    if (!buffer || !wasi_bytes(memory, args[4], 4))
        return VFS_EFAULT;
    listing list = {.context = context, .at = buffer, .left = args[2]};
    if (args[2] > 0)
        error = read_names(&list, fd->node, args[3]);
    if (error != VFS_OK)
        return error;
    uint32_t used = (uint32_t)(args[2] - list.left);
    context->bytes_moved += used;
    return wasi_put32(memory, args[4], used);
}
