/*
 * io.c: reading and writing through descriptors: fd_read, fd_write, fd_pread, fd_pwrite.
 *
 * Bytes go straight between guest memory and the layer. All vectors are checked before anything is
 * moved, and each again when its turn comes, since a read may have overwritten the ones that follow.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"
#include "wasi/stream.h"

/* One transfer: what the four calls have in common. */
typedef struct transfer {
    wasi_context *context;
    wasi_fd *fd;
    uint64_t offset; /* of a node */
    uint16_t flags;
    bool writes;
} transfer;

static vfs_errno move_node(const transfer *t, uint8_t *bytes, size_t size, size_t *moved)
{
    vfs_node node = t->fd->node;
    if (!t->writes)
        return vfs_node_read(node, t->offset, bytes, size, moved);
    vfs_errno error = vfs_node_write(node, t->offset, bytes, size, moved);
    if (error == VFS_OK && node.type == VFS_REGULAR_FILE)
        t->context->file_bytes_written += *moved;
    return error;
}

static vfs_errno move_piece(const transfer *t, uint8_t *bytes, size_t size, size_t *moved)
{
    *moved = 0;
    switch ((wasi_fd_kind)t->fd->kind) {
    case WASI_FD_STDIN:
        return t->writes ? VFS_EBADF : wasi_stream_read(t->context, t->flags, bytes, size, moved);
    case WASI_FD_STDOUT:
    case WASI_FD_STDERR: {
        bj_stream stream = t->fd->kind == WASI_FD_STDOUT ? BJ_STDOUT : BJ_STDERR;
        return t->writes ? wasi_stream_write(t->context, stream, bytes, size, moved) : VFS_EBADF;
    }
    case WASI_FD_NODE:
        return move_node(t, bytes, size, moved);
    case WASI_FD_CLOSED:
        break;
    }
    return VFS_EBADF;
}

/* The vector at `at`; NULL if it points outside. */
static uint8_t *load_vector(wasi_memory memory, const uint8_t *at, size_t *size)
{
    *size = wasi_load32(at + WASI_IOVEC_LEN);
    return wasi_bytes(memory, wasi_load32(at + WASI_IOVEC_BUF), *size);
}

static vfs_errno check_vectors(wasi_memory memory, const uint64_t *args, const uint8_t **vectors)
{
    if (args[1] > WASI_IOVEC_MAX)
        return VFS_EINVAL;
    const uint8_t *at = *vectors = wasi_array(memory, args[0], (uint32_t)args[1], WASI_IOVEC_BYTES);
    if (!at)
        return VFS_EFAULT;
    for (uint64_t i = 0; i < args[1]; i++, at += WASI_IOVEC_BYTES) {
        size_t size;
        if (!load_vector(memory, at, &size))
            return VFS_EFAULT;
    }
    return VFS_OK;
}

/* Moves through the vectors until one comes up short. An error counts only while nothing was moved. */
static vfs_errno move_all(transfer *t, wasi_memory memory, const uint8_t *vectors, uint64_t count,
                          uint32_t *total)
{
    vfs_errno error = VFS_OK;
    *total = 0;
    for (uint64_t i = 0; i < count && *total < WASI_MOVE_MAX; i++) {
        size_t size, moved;
        uint8_t *bytes = load_vector(memory, vectors + i * WASI_IOVEC_BYTES, &size);
        if (!bytes)
            break;
        if (size == 0)
            continue;
        if (size > WASI_MOVE_MAX - *total)
            size = WASI_MOVE_MAX - *total;
        error = move_piece(t, bytes, size, &moved);
        t->offset += moved;
        *total += (uint32_t)moved;
        if (error != VFS_OK || moved < size)
            break;
        if (t->fd->kind == WASI_FD_STDIN)
            break; /* what comes next may have to be waited for */
    }
    t->context->bytes_moved += *total;
    return *total > 0 ? VFS_OK : error;
}

/* `args` from the vectors on: (vectors, count, …); the result goes to `result`. */
static vfs_errno run(transfer *t, wasi_memory memory, const uint64_t *args, uint64_t result)
{
    const uint8_t *vectors;
    uint32_t total;
    vfs_errno error = check_vectors(memory, args, &vectors);
    if (error != VFS_OK)
        return error;
    if (!wasi_bytes(memory, result, 4))
        return VFS_EFAULT;
    error = move_all(t, memory, vectors, args[1], &total);
    return error == VFS_OK ? wasi_put32(memory, result, total) : error;
}

/* What is written with the flag append goes to the end of the file, wherever it was meant to. */
static vfs_errno go_to_end(transfer *t)
{
    if (!t->writes || t->fd->kind != WASI_FD_NODE || !(t->flags & WASI_FDFLAG_APPEND))
        return VFS_OK;
    vfs_stat stat;
    vfs_errno error = vfs_node_stat(t->fd->node, &stat);
    if (error == VFS_OK)
        t->offset = stat.size;
    return error;
}

static vfs_errno at_cursor(wasi_context *context, wasi_memory memory, const uint64_t *args,
                           bool writes)
{
    transfer t = {.context = context, .writes = writes};
    vfs_errno error =
        wasi_get_fd(context, args[0], writes ? WASI_R(FD_WRITE) : WASI_R(FD_READ), &t.fd);
    if (error != VFS_OK)
        return error;
    wasi_position *position = wasi_position_of(context, t.fd);
    t.offset = position->offset;
    t.flags = position->flags;
    error = go_to_end(&t);
    if (error == VFS_OK)
        error = run(&t, memory, args + 1, args[3]);
    if (error == VFS_OK)
        position->offset = t.offset;
    return error;
}

static vfs_errno at_offset(wasi_context *context, wasi_memory memory, const uint64_t *args,
                           bool writes)
{
    transfer t = {.context = context, .writes = writes, .offset = args[3]};
    uint64_t rights =
        writes ? WASI_R(FD_WRITE) | WASI_R(FD_SEEK) : WASI_R(FD_READ) | WASI_R(FD_SEEK);
    vfs_errno error = wasi_get_fd(context, args[0], rights, &t.fd);
    if (error == VFS_ENOTCAPABLE && t.fd->kind != WASI_FD_NODE)
        return VFS_ESPIPE;
    if (error != VFS_OK)
        return error;
    t.flags = wasi_position_of(context, t.fd)->flags;
    error = go_to_end(&t);
    return error == VFS_OK ? run(&t, memory, args + 1, args[4]) : error;
}

/* (fd, iovs, iovs_len, nread: out) */
vfs_errno wasi_fd_read(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return at_cursor(context, memory, args, false);
}

/* (fd, iovs, iovs_len, nwritten: out) */
vfs_errno wasi_fd_write(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return at_cursor(context, memory, args, true);
}

/* (fd, iovs, iovs_len, offset, nread: out) */
vfs_errno wasi_fd_pread(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return at_offset(context, memory, args, false);
}

/* (fd, iovs, iovs_len, offset, nwritten: out). With the flag append at the end, as Linux has it; POSIX would
 * have the offset. The position stays. */
vfs_errno wasi_fd_pwrite(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return at_offset(context, memory, args, true);
}
