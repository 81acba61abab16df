/*
 * content.c: reading, writing and cutting the chunks of a file in memory.
 *
 * Invariants: policy file_bytes holds exactly `size` for each content; whatever a chunk holds past
 * `size` is zero, so growing a file needs no clearing. Nothing is held for a hole.
 */
#include "vfs/content.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY_LEAST 64u

/* Where the byte at `offset` lies, NULL in a hole; *run is how far the answer holds. */
static uint8_t *locate(const vfs_content *content, uint64_t offset, size_t *run)
{
    if (offset < VFS_CHUNK_BYTES) {
        if (offset < content->first_capacity) {
            *run = content->first_capacity - offset;
            return content->first + offset;
        }
        *run = VFS_CHUNK_BYTES - offset;
        return NULL;
    }
    uint64_t index = offset / VFS_CHUNK_BYTES - 1;
    size_t inside = offset % VFS_CHUNK_BYTES;
    *run = VFS_CHUNK_BYTES - inside;
    if (index >= content->rest_count || !content->rest[index])
        return NULL;
    return content->rest[index] + inside;
}

size_t vfs_content_read(const vfs_content *content, uint64_t offset, void *bytes, size_t size)
{
    if (offset >= content->size)
        return 0;
    if (size > content->size - offset)
        size = (size_t)(content->size - offset);
    for (size_t done = 0; done < size;) {
        size_t run;
        const uint8_t *from = locate(content, offset + done, &run);
        if (run > size - done)
            run = size - done;
        if (from)
            memcpy((uint8_t *)bytes + done, from, run);
        else
            memset((uint8_t *)bytes + done, 0, run);
        done += run;
    }
    return size;
}

/* Makes the first chunk reach `end` (at most VFS_CHUNK_BYTES). */
static int grow_first(vfs_content *content, uint32_t end)
{
    if (end <= content->first_capacity)
        return 0;
    uint32_t capacity = content->first_capacity ? content->first_capacity : FIRST_CAPACITY_LEAST;
    while (capacity < end)
        capacity *= 2;
    uint8_t *first = realloc(content->first, capacity);
    if (!first)
        return -1;
    memset(first + content->first_capacity, 0, capacity - content->first_capacity);
    content->first = first;
    content->first_capacity = capacity;
    return 0;
}

static int grow_rest(vfs_content *content, uint64_t index)
{
    if (index >= content->rest_count) {
        if (index >= UINT32_MAX / 2)
            return -1;
        uint32_t count = content->rest_count ? content->rest_count : 4;
        while (count <= index)
            count *= 2;
        uint8_t **rest = realloc(content->rest, count * sizeof *rest);
        if (!rest)
            return -1;
        memset(rest + content->rest_count, 0, (count - content->rest_count) * sizeof *rest);
        content->rest = rest;
        content->rest_count = count;
    }
    if (!content->rest[index])
        content->rest[index] = calloc(1, VFS_CHUNK_BYTES);
    return content->rest[index] ? 0 : -1;
}

/* Room for the bytes from `offset` to the end of its chunk, or to `end`, whichever is nearer. */
static int make_room(vfs_content *content, uint64_t offset, uint64_t end)
{
    if (offset >= VFS_CHUNK_BYTES)
        return grow_rest(content, offset / VFS_CHUNK_BYTES - 1);
    return grow_first(content, end < VFS_CHUNK_BYTES ? (uint32_t)end : VFS_CHUNK_BYTES);
}

/* Copies as much as memory can be had for. */
static size_t copy_in(vfs_content *content, uint64_t offset, const uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t run;
        if (make_room(content, offset + done, offset + size) < 0)
            break;
        uint8_t *to = locate(content, offset + done, &run);
        if (run > size - done)
            run = size - done;
        memcpy(to, bytes + done, run);
        done += run;
    }
    return done;
}

vfs_errno vfs_content_write(vfs_content *content, policy_budget *budget, uint64_t offset,
                            const void *bytes, size_t size, size_t *moved)
{
    *moved = 0;
    if (size == 0)
        return VFS_OK;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return VFS_EFBIG;
    uint64_t old_size = content->size;
    uint64_t growth = offset + size > old_size ? offset + size - old_size : 0;
    if (!policy_budget_take(budget, POLICY_file_bytes, growth)) {
        uint64_t left = budget->allowed[POLICY_file_bytes] - budget->used[POLICY_file_bytes];
        if (old_size + left <= offset)
            return VFS_ENOSPC;
        size = (size_t)(old_size + left - offset);
        growth = left;
        budget->used[POLICY_file_bytes] += left;
    }
    *moved = copy_in(content, offset, bytes, size);
    uint64_t end = offset + *moved;
    uint64_t grown = *moved > 0 && end > old_size ? end - old_size : 0;
    content->size = old_size + grown;
    policy_budget_return(budget, POLICY_file_bytes, growth - grown);
    return *moved > 0 ? VFS_OK : VFS_ENOSPC;
}

/* Frees chunks past `size` and clears the rest of the one that it cuts. */
static void cut(vfs_content *content, uint64_t size)
{
    size_t run;
    uint8_t *tail = locate(content, size, &run);
    if (tail)
        memset(tail, 0, run);
    uint64_t keep = size > VFS_CHUNK_BYTES ? (size - 1) / VFS_CHUNK_BYTES : 0;
    for (uint64_t i = keep; i < content->rest_count; i++) {
        free(content->rest[i]);
        content->rest[i] = NULL;
    }
    if (keep == 0) {
        free(content->rest);
        content->rest = NULL;
        content->rest_count = 0;
    }
    if (size == 0) {
        free(content->first);
        content->first = NULL;
        content->first_capacity = 0;
    }
}

vfs_errno vfs_content_resize(vfs_content *content, policy_budget *budget, uint64_t size)
{
    if (size > INT64_MAX)
        return VFS_EFBIG;
    if (size > content->size) {
        if (!policy_budget_take(budget, POLICY_file_bytes, size - content->size))
            return VFS_ENOSPC;
    } else if (size < content->size) {
        cut(content, size);
        policy_budget_return(budget, POLICY_file_bytes, content->size - size);
    }
    content->size = size;
    return VFS_OK;
}

void vfs_content_clear(vfs_content *content, policy_budget *budget)
{
    (void)!vfs_content_resize(content, budget, 0);
    cut(content, 0);
}
