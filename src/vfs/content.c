/*
 * content.c: reading, writing and cutting the chunks of a file in memory.
 *
 * Invariants: what is charged is vfs_content_charge; whatever a chunk holds past `size` is zero, so growing
 * a file needs no clearing; nothing is held for a hole. A chunk that is there hides the base under all of
 * its 64 KiB, also where it has no capacity yet.
 */
#include "vfs/content.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY_LEAST 64u

/* ---------------------------------------------------------------- chunks */

/* A spare chunk points to the next one with its first bytes. */
static vfs_chunk *pop_spare(vfs_quota *quota)
{
    vfs_chunk *chunk = quota->spare;
    if (chunk) {
        memcpy(&quota->spare, chunk->bytes, sizeof quota->spare);
        quota->spare_count--;
    }
    return chunk;
}

static void drop_chunk(vfs_quota *quota, vfs_chunk *chunk)
{
    if (atomic_fetch_sub_explicit(&chunk->item.references, 1, memory_order_acq_rel) > 1)
        return;
    if (chunk->capacity < VFS_CHUNK_BYTES || quota->spare_count == VFS_SPARE_CHUNKS) {
        free(chunk);
        return;
    }
    memcpy(chunk->bytes, &quota->spare, sizeof quota->spare);
    quota->spare = chunk;
    quota->spare_count++;
}

void vfs_content_free_spare(vfs_quota *quota)
{
    for (vfs_chunk *chunk; (chunk = pop_spare(quota)) != NULL;)
        free(chunk);
}

/* A chunk of zeros, but for `size` bytes at `offset` in it, which the caller fills. */
static vfs_chunk *chunk_new(vfs_quota *quota, uint64_t number, uint32_t capacity, size_t offset,
                            size_t size)
{
    vfs_chunk *chunk = capacity == VFS_CHUNK_BYTES ? pop_spare(quota) : NULL;
    if (!chunk)
        chunk = malloc(sizeof *chunk + capacity);
    if (!chunk)
        return NULL;
    atomic_init(&chunk->item.references, 1);
    chunk->item.key = number;
    chunk->capacity = capacity;
    memset(chunk->bytes, 0, offset);
    memset(chunk->bytes + offset + size, 0, capacity - offset - size);
    return chunk;
}

/* A copy with room for `capacity`, which is not less. */
static vfs_chunk *chunk_copy(const vfs_chunk *chunk, uint32_t capacity)
{
    vfs_chunk *copy = malloc(sizeof *copy + capacity);
    if (!copy)
        return NULL;
    atomic_init(&copy->item.references, 1);
    copy->item.key = chunk->item.key;
    copy->capacity = capacity;
    memcpy(copy->bytes, chunk->bytes, chunk->capacity);
    memset(copy->bytes + chunk->capacity, 0, capacity - chunk->capacity);
    return copy;
}

static vfs_item *copy_item(const vfs_item *item)
{
    const vfs_chunk *chunk = (const vfs_chunk *)item;
    vfs_chunk *copy = chunk_copy(chunk, chunk->capacity);
    return copy ? &copy->item : NULL;
}

static void free_item(vfs_item *item)
{
    free(item);
}

static const vfs_item_kind chunk_kind = {copy_item, free_item};

static bool is_shared(const vfs_chunk *chunk)
{
    return atomic_load_explicit(&chunk->item.references, memory_order_acquire) > 1;
}

static const vfs_chunk *find_chunk(const vfs_content *content, uint64_t number)
{
    return number == 0 ? content->first : (const vfs_chunk *)vfs_map_get(&content->rest, number);
}

/* The first chunk, ours, reaching to the end of `size` bytes at `offset` (at most VFS_CHUNK_BYTES). */
static vfs_chunk *edit_first(vfs_content *content, vfs_quota *quota, size_t offset, size_t size)
{
    const size_t end = offset + size;
    vfs_chunk *first = content->first;
    uint32_t capacity = first ? first->capacity : FIRST_CAPACITY_LEAST;
    while (capacity < end)
        capacity *= 2;
    if (first && first->capacity == capacity && !is_shared(first))
        return first;
    vfs_chunk *grown =
        first ? chunk_copy(first, capacity) : chunk_new(quota, 0, capacity, offset, size);
    if (!grown)
        return NULL;
    if (first)
        drop_chunk(quota, first);
    return content->first = grown;
}

/* Chunk `number`, ours, in which the caller fills `size` bytes at `offset`; made if there is none. NULL: no memory. */
static vfs_chunk *edit_chunk(vfs_content *content, vfs_quota *quota, uint64_t number, size_t offset,
                             size_t size)
{
    if (number == 0)
        return edit_first(content, quota, offset, size);
    if (vfs_map_get(&content->rest, number))
        return (vfs_chunk *)vfs_map_edit(&content->rest, &chunk_kind, number);
    vfs_chunk *made = chunk_new(quota, number, VFS_CHUNK_BYTES, offset, size);
    if (made && vfs_map_add(&content->rest, &chunk_kind, &made->item) < 0) {
        free(made);
        made = NULL;
    }
    return made;
}

/* ---------------------------------------------------------------- reading */

size_t vfs_content_read(const vfs_content *content, uint64_t offset, void *bytes, size_t size)
{
    if (offset >= content->size)
        return 0;
    if (size > content->size - offset)
        size = (size_t)(content->size - offset);
    for (size_t done = 0; done < size;) {
        const vfs_chunk *chunk = find_chunk(content, (offset + done) / VFS_CHUNK_BYTES);
        size_t inside = (offset + done) % VFS_CHUNK_BYTES, run = VFS_CHUNK_BYTES - inside;
        if (run > size - done)
            run = size - done;
        size_t held = chunk && chunk->capacity > inside ? chunk->capacity - inside : 0;
        if (held > run)
            held = run;
        uint8_t *to = (uint8_t *)bytes + done;
        if (held > 0)
            memcpy(to, chunk->bytes + inside, held);
        memset(to + held, 0, run - held);
        done += run;
    }
    return size;
}

bool vfs_content_is_base(const vfs_content *content, uint64_t offset, uint64_t *run)
{
    *run = VFS_CHUNK_BYTES - offset % VFS_CHUNK_BYTES;
    if (offset >= content->base || find_chunk(content, offset / VFS_CHUNK_BYTES))
        return false;
    if (*run > content->base - offset)
        *run = content->base - offset;
    return true;
}

bool vfs_content_has_chunk(const vfs_content *content, uint64_t number)
{
    return find_chunk(content, number) != NULL;
}

const vfs_chunk *vfs_content_next_chunk(const vfs_content *content, const vfs_chunk *chunk)
{
    if (!chunk && content->first)
        return content->first;
    return (const vfs_chunk *)(chunk && chunk != content->first
                                   ? vfs_map_after(&content->rest, chunk->item.key)
                                   : vfs_map_from(&content->rest, 0));
}

/* ---------------------------------------------------------------- writing */

uint64_t vfs_content_charge(const vfs_content *content)
{
    return content->size - content->base + content->covered;
}

vfs_errno vfs_content_cover(vfs_content *content, vfs_quota *quota, uint64_t number,
                            const void *bytes, size_t size)
{
    if (!vfs_quota_take_bytes(quota, size))
        return VFS_ENOSPC;
    vfs_chunk *chunk = edit_chunk(content, quota, number, 0, size);
    if (!chunk) {
        vfs_quota_return_bytes(quota, size);
        return VFS_ENOMEM;
    }
    memcpy(chunk->bytes, bytes, size);
    content->covered += size;
    return VFS_OK;
}

/* Copies as much as memory can be had for. */
static size_t copy_in(vfs_content *content, vfs_quota *quota, uint64_t offset, const uint8_t *bytes,
                      size_t size)
{
    size_t done = 0;
    while (done < size) {
        size_t inside = (offset + done) % VFS_CHUNK_BYTES, run = VFS_CHUNK_BYTES - inside;
        if (run > size - done)
            run = size - done;
        vfs_chunk *chunk =
            edit_chunk(content, quota, (offset + done) / VFS_CHUNK_BYTES, inside, run);
        if (!chunk)
            break;
        memcpy(chunk->bytes + inside, bytes + done, run);
        done += run;
    }
    return done;
}

vfs_errno vfs_content_write(vfs_content *content, vfs_quota *quota, uint64_t offset,
                            const void *bytes, size_t size, size_t *moved)
{
    *moved = 0;
    if (size == 0)
        return VFS_OK;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return VFS_EFBIG;
    uint64_t old_size = content->size;
    uint64_t growth = offset + size > old_size ? offset + size - old_size : 0;
    if (!vfs_quota_take_bytes(quota, growth)) {
        growth = vfs_quota_left(quota);
        if (old_size + growth <= offset || !vfs_quota_take_bytes(quota, growth))
            return VFS_ENOSPC;
        size = (size_t)(old_size + growth - offset);
    }
    *moved = copy_in(content, quota, offset, bytes, size);
    uint64_t end = offset + *moved;
    uint64_t grown = *moved > 0 && end > old_size ? end - old_size : 0;
    content->size = old_size + grown;
    vfs_quota_return_bytes(quota, growth - grown);
    return *moved > 0 ? VFS_OK : VFS_ENOSPC;
}

/* ---------------------------------------------------------------- cutting */

/* Clears what the chunk that `size` lies in holds past it. */
static vfs_errno clear_tail(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    uint64_t number = size / VFS_CHUNK_BYTES;
    size_t inside = size % VFS_CHUNK_BYTES;
    const vfs_chunk *there = find_chunk(content, number);
    if (!there || inside >= there->capacity)
        return VFS_OK;
    vfs_chunk *chunk = edit_chunk(content, quota, number, inside, there->capacity - inside);
    if (!chunk)
        return VFS_ENOMEM;
    memset(chunk->bytes + inside, 0, chunk->capacity - inside);
    return VFS_OK;
}

/* Drops the chunks that lie wholly past `size`, of which there may be few in a large file. */
static vfs_errno drop_chunks(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    const uint64_t keep = (size + VFS_CHUNK_BYTES - 1) / VFS_CHUNK_BYTES; /* chunks that stay */
    for (const vfs_item *each = vfs_map_from(&content->rest, 0); each;) {
        const uint64_t number = each->key;
        vfs_item *chunk;
        if (number >= keep) {
            if (vfs_map_take(&content->rest, &chunk_kind, number, &chunk) < 0)
                return VFS_ENOMEM;
            drop_chunk(quota, (vfs_chunk *)chunk);
        }
        each = vfs_map_after(&content->rest, number);
    }
    if (keep == 0 && content->first) {
        drop_chunk(quota, content->first);
        content->first = NULL;
    }
    return VFS_OK;
}

static vfs_errno shrink(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    /* Where memory ends on the way, some of what lies past `size` reads as zeros already. */
    vfs_errno error = size % VFS_CHUNK_BYTES == 0 ? VFS_OK : clear_tail(content, quota, size);
    if (error == VFS_OK)
        error = drop_chunks(content, quota, size);
    if (error != VFS_OK)
        return error;
    uint64_t charged = vfs_content_charge(content);
    content->size = size;
    if (content->base > size)
        content->base = size;
    if (size == 0)
        content->covered = 0;
    vfs_quota_return_bytes(quota, charged - vfs_content_charge(content));
    return VFS_OK;
}

vfs_errno vfs_content_resize(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    if (size > INT64_MAX)
        return VFS_EFBIG;
    if (size < content->size)
        return shrink(content, quota, size);
    if (!vfs_quota_take_bytes(quota, size - content->size))
        return VFS_ENOSPC;
    content->size = size;
    return VFS_OK;
}

/* ---------------------------------------------------------------- as a whole */

vfs_content vfs_content_share(const vfs_content *content)
{
    vfs_content copy = *content;
    if (copy.first)
        atomic_fetch_add_explicit(&copy.first->item.references, 1, memory_order_relaxed);
    copy.rest = vfs_map_share(&content->rest);
    return copy;
}

void vfs_content_clear(vfs_content *content)
{
    vfs_chunk *first = content->first;
    if (first && atomic_fetch_sub_explicit(&first->item.references, 1, memory_order_acq_rel) == 1)
        free(first);
    vfs_map_clear(&content->rest, &chunk_kind);
    *content = (vfs_content){0};
}
