/*
 * content.c: reading, writing and cutting the chunks of a file in memory.
 *
 * Invariants: what is charged is vfs_content_charge; `held` is what the chunks have room for; whatever a chunk
 * holds past `size` is zero, so growing a file needs no clearing; nothing is held for a hole. A chunk that is there hides the base under all of
 * its 64 KiB, also where it has no capacity yet.
 */
#include "vfs/memory/content.h"

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
    content->held += capacity - (first ? first->capacity : 0);
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
    content->held += made ? VFS_CHUNK_BYTES : 0;
    return made;
}

/* What the chunks will take once one of them has room for `end` bytes. */
static uint64_t held_with(const vfs_content *content, uint64_t number, size_t end)
{
    const vfs_chunk *chunk = find_chunk(content, number);
    if (number > 0)
        return content->held + (chunk ? 0 : VFS_CHUNK_BYTES);
    uint32_t capacity = chunk ? chunk->capacity : FIRST_CAPACITY_LEAST;
    while (capacity < end)
        capacity *= 2;
    return content->held + capacity - (chunk ? chunk->capacity : 0);
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

bool vfs_content_is_hole(const vfs_content *content, uint64_t offset, uint64_t *run)
{
    if (offset < content->base || offset >= content->size ||
        find_chunk(content, offset / VFS_CHUNK_BYTES))
        return false;
    *run = VFS_CHUNK_BYTES - offset % VFS_CHUNK_BYTES;
    if (*run > content->size - offset)
        *run = content->size - offset;
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

/* ---------------------------------------------------------------- the charge */

static uint64_t charge_with(const vfs_content *content, uint64_t size, uint64_t held)
{
    const uint64_t by_size = size - content->base + content->covered;
    return by_size < held ? by_size : held;
}

uint64_t vfs_content_charge(const vfs_content *content)
{
    return charge_with(content, content->size, content->held);
}

/* Takes what the file will be charged more than now; *growth. */
static bool take_growth(const vfs_content *content, vfs_quota *quota, uint64_t size, uint64_t held,
                        uint64_t *growth)
{
    *growth = charge_with(content, size, held) - vfs_content_charge(content);
    return vfs_quota_take_bytes(quota, *growth);
}

/* Takes room for `run` bytes at `at`, which lie in one chunk, or for as many as there is room for: how many. */
static size_t take_run(const vfs_content *content, vfs_quota *quota, uint64_t at, size_t run,
                       uint64_t *growth)
{
    const uint64_t number = at / VFS_CHUNK_BYTES;
    const size_t inside = at % VFS_CHUNK_BYTES;
    uint64_t end = at + run > content->size ? at + run : content->size;
    if (take_growth(content, quota, end, held_with(content, number, inside + run), growth))
        return run;
    /* What there is room for if the size counts. */
    end = vfs_content_charge(content) + vfs_quota_left(quota) + content->base;
    end = end > content->covered ? end - content->covered : 0;
    if (end <= at || end <= content->size || end - at >= run)
        return 0;
    run = (size_t)(end - at);
    return take_growth(content, quota, end, held_with(content, number, inside + run), growth) ? run
                                                                                              : 0;
}

/* ---------------------------------------------------------------- writing */

vfs_errno vfs_content_cover(vfs_content *content, vfs_quota *quota, uint64_t number,
                            const void *bytes, size_t size)
{
    vfs_content after = *content;
    after.covered += size;
    after.held = held_with(content, number, size);
    const uint64_t growth = vfs_content_charge(&after) - vfs_content_charge(content);
    if (!vfs_quota_take_bytes(quota, growth))
        return VFS_ENOSPC;
    vfs_chunk *chunk = edit_chunk(content, quota, number, 0, size);
    if (!chunk) {
        vfs_quota_return_bytes(quota, growth);
        return VFS_ENOMEM;
    }
    memcpy(chunk->bytes, bytes, size);
    content->covered += size;
    return VFS_OK;
}

vfs_errno vfs_content_restore(vfs_content *content, vfs_quota *quota, uint64_t number,
                              const void *bytes, size_t size)
{
    vfs_chunk *chunk = edit_chunk(content, quota, number, 0, size);
    if (!chunk)
        return VFS_ENOMEM;
    memcpy(chunk->bytes, bytes, size);
    return VFS_OK;
}

/* Bytes within one chunk: how many were written, as far as the quota and memory reach. */
static size_t write_run(vfs_content *content, vfs_quota *quota, uint64_t at, const uint8_t *bytes,
                        size_t run)
{
    const size_t inside = at % VFS_CHUNK_BYTES;
    uint64_t growth;
    run = take_run(content, quota, at, run, &growth);
    if (run == 0)
        return 0;
    vfs_chunk *chunk = edit_chunk(content, quota, at / VFS_CHUNK_BYTES, inside, run);
    if (!chunk) {
        vfs_quota_return_bytes(quota, growth);
        return 0;
    }
    memcpy(chunk->bytes + inside, bytes, run);
    if (at + run > content->size)
        content->size = at + run;
    return run;
}

vfs_errno vfs_content_write(vfs_content *content, vfs_quota *quota, uint64_t offset,
                            const void *bytes, size_t size, size_t *moved)
{
    *moved = 0;
    if (size == 0)
        return VFS_OK;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return VFS_EFBIG;
    while (*moved < size) {
        const uint64_t at = offset + *moved;
        size_t run = VFS_CHUNK_BYTES - at % VFS_CHUNK_BYTES;
        if (run > size - *moved)
            run = size - *moved;
        const size_t written = write_run(content, quota, at, (const uint8_t *)bytes + *moved, run);
        *moved += written;
        if (written < run)
            break;
    }
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
            content->held -= VFS_CHUNK_BYTES;
            drop_chunk(quota, (vfs_chunk *)chunk);
        }
        each = vfs_map_after(&content->rest, number);
    }
    if (keep == 0 && content->first) {
        content->held -= content->first->capacity;
        drop_chunk(quota, content->first);
        content->first = NULL;
    }
    return VFS_OK;
}

static vfs_errno cut(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    /* Where memory ends on the way, some of what lies past `size` reads as zeros already. */
    vfs_errno error = size % VFS_CHUNK_BYTES == 0 ? VFS_OK : clear_tail(content, quota, size);
    if (error == VFS_OK)
        error = drop_chunks(content, quota, size);
    if (error != VFS_OK)
        return error;
    content->size = size;
    if (content->base > size)
        content->base = size;
    if (size == 0)
        content->covered = 0;
    return VFS_OK;
}

static vfs_errno shrink(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    const uint64_t charged = vfs_content_charge(content);
    const vfs_errno error = cut(content, quota, size);
    vfs_quota_return_bytes(quota, charged - vfs_content_charge(content));
    return error;
}

vfs_errno vfs_content_resize(vfs_content *content, vfs_quota *quota, uint64_t size)
{
    uint64_t growth;
    if (size > INT64_MAX)
        return VFS_EFBIG;
    if (size < content->size)
        return shrink(content, quota, size);
    if (!take_growth(content, quota, size, content->held, &growth))
        return VFS_ENOSPC;
    content->size = size;
    return VFS_OK;
}

/* Chunk `number`, of which the file has `end` bytes, made if it is not there. */
static vfs_errno fill_hole(vfs_content *content, vfs_quota *quota, uint64_t number, size_t end)
{
    uint64_t growth;
    if (number > 0 && find_chunk(content, number))
        return VFS_OK;
    if (!take_growth(content, quota, content->size, held_with(content, number, end), &growth))
        return VFS_ENOSPC;
    if (edit_chunk(content, quota, number, end, 0))
        return VFS_OK;
    vfs_quota_return_bytes(quota, growth);
    return VFS_ENOMEM;
}

vfs_errno vfs_content_allocate(vfs_content *content, vfs_quota *quota, uint64_t offset,
                               uint64_t end)
{
    const uint64_t old_size = content->size;
    vfs_errno error = end > old_size ? vfs_content_resize(content, quota, end) : VFS_OK;
    /* The chunk that the base ends in is the base's. */
    uint64_t number = offset / VFS_CHUNK_BYTES;
    if (offset < content->base)
        number = (content->base + VFS_CHUNK_BYTES - 1) / VFS_CHUNK_BYTES;
    for (; error == VFS_OK && number * VFS_CHUNK_BYTES < end; number++) {
        const uint64_t left = content->size - number * VFS_CHUNK_BYTES;
        error = fill_hole(content, quota, number,
                          left < VFS_CHUNK_BYTES ? (size_t)left : VFS_CHUNK_BYTES);
    }
    if (error != VFS_OK && content->size > old_size)
        (void)!shrink(content, quota, old_size);
    return error;
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
