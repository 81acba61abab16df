/*
 * stream.c: the guest's standard streams. stdin is bytes or a descriptor of the host, which is read
 * from where it stands; stdout and stderr share the budget output_bytes.
 */
#include "wasi/stream.h"

#include <errno.h>
#include <sys/uio.h>

#include "wasi/wait.h"

int wasi_stream_waits_for(const wasi_context *context)
{
    return context->stdin_fd >= 0 && !context->stdin_is_file ? context->stdin_fd : -1;
}

bool wasi_may_wait_for_stdin(const wasi_context *context)
{
    return wasi_stream_waits_for(context) >= 0;
}

uint64_t wasi_stream_ready(const wasi_context *context)
{
    return context->stdin_fd >= 0 ? 1 : context->stdin_bytes.size - context->stdin_at;
}

static vfs_errno read_bytes(wasi_context *context, void *bytes, size_t size, size_t *moved)
{
    size_t left = context->stdin_bytes.size - context->stdin_at;
    *moved = size < left ? size : left;
    if (*moved > 0)
        memcpy(bytes, context->stdin_bytes.data + context->stdin_at, *moved);
    context->stdin_at += *moved;
    return VFS_OK;
}

/* What is there now. Another reader of the same pipe may have been faster, so this asks the kernel not
 * to wait, where it can be asked. */
static ssize_t read_now(const wasi_context *context, void *bytes, size_t size)
{
    struct iovec vector = {bytes, size};
    if (!context->stdin_is_file) {
        ssize_t got = preadv2(context->stdin_fd, &vector, 1, -1, RWF_NOWAIT);
        if (got >= 0 ||
            (errno != EOPNOTSUPP && errno != ENOSYS && errno != ESPIPE && errno != EINVAL))
            return got;
    }
    return read(context->stdin_fd, bytes, size);
}

vfs_errno wasi_stream_read(wasi_context *context, unsigned flags, void *bytes, size_t size,
                           size_t *moved)
{
    *moved = 0;
    if (context->stdin_fd < 0)
        return read_bytes(context, bytes, size, moved);
    if (size == 0)
        return VFS_OK;
    for (;;) {
        if (!context->stdin_is_file) {
            uint64_t until_ns = flags & WASI_FDFLAG_NONBLOCK ? 0 : UINT64_MAX;
            wasi_waited waited = wasi_wait(context, context->stdin_fd, until_ns);
            if (waited != WASI_WAITED_READY)
                return waited == WASI_WAITED_TIME ? VFS_EAGAIN : VFS_EINTR;
        }
        ssize_t got = read_now(context, bytes, size);
        if (got >= 0) {
            *moved = (size_t)got;
            return VFS_OK;
        }
        if (errno != EINTR && errno != EAGAIN)
            return vfs_errno_from_host(errno);
    }
}

vfs_errno wasi_stream_write(wasi_context *context, bj_stream stream, const void *bytes, size_t size,
                            size_t *moved)
{
    policy_budget *budget = context->budget;
    uint64_t left = budget->allowed[POLICY_output_bytes] - budget->used[POLICY_output_bytes];
    bool crosses = size > left;
    size_t kept = crosses ? (size_t)left : size;
    *moved = 0;
    if (bj_buffer_append(&context->output[stream - BJ_STDOUT], bytes, kept) < 0)
        return VFS_ENOMEM;
    budget->used[POLICY_output_bytes] += kept;
    *moved = kept;
    if (context->on_output && kept > 0)
        context->on_output(context->on_output_user, stream, bytes, kept);
    if (crosses) {
        context->truncated[stream - BJ_STDOUT] = true;
        policy_budget_cross(budget, POLICY_output_bytes);
        context->stop = WASI_STOP_LIMIT;
    }
    return VFS_OK;
}
