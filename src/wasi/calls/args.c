/*
 * args.c: arguments and environment. Both are lists of NUL-terminated strings, given to the guest as an
 * array of pointers and the strings one after the other.
 */
#include "wasi/calls/calls.h"
#include "wasi/context.h"

static uint64_t total_of(const char *const *strings, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += strlen(strings[i]) + 1;
    return total;
}

static vfs_errno put_sizes(wasi_memory memory, const uint64_t *args, const char *const *strings,
                           uint32_t count)
{
    uint64_t total = total_of(strings, count);
    if (total > UINT32_MAX)
        return VFS_EOVERFLOW;
    vfs_errno error = wasi_put32(memory, args[0], count);
    return error == VFS_OK ? wasi_put32(memory, args[1], (uint32_t)total) : error;
}

static vfs_errno put_strings(wasi_context *context, wasi_memory memory, const uint64_t *args,
                             const char *const *strings, uint32_t count)
{
    uint64_t total = total_of(strings, count);
    uint8_t *pointers = wasi_array(memory, args[0], count, 4);
    uint8_t *bytes = wasi_bytes(memory, args[1], total);
    if (!pointers || !bytes)
        return VFS_EFAULT;
    uint64_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t size = strlen(strings[i]) + 1;
        wasi_store32(pointers + (size_t)4 * i, (uint32_t)(args[1] + at));
        memcpy(bytes + at, strings[i], size);
        at += size;
    }
    context->bytes_moved += total;
    return VFS_OK;
}

/* (argv: pointer, argv_buf: pointer) */
vfs_errno wasi_args_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return put_strings(context, memory, args, context->args, context->arg_count);
}

/* (count: out, bytes: out) */
vfs_errno wasi_args_sizes_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return put_sizes(memory, args, context->args, context->arg_count);
}

vfs_errno wasi_environ_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return put_strings(context, memory, args, context->env, context->env_count);
}

vfs_errno wasi_environ_sizes_get(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    return put_sizes(memory, args, context->env, context->env_count);
}
