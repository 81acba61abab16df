/*
 * paths.c: blocks of text, and a table of numbers over them.
 */
#include "vfs/node/paths.h"

#include <stdlib.h>
#include <string.h>

#include "vfs/node/hash.h"

#define BLOCK_BYTES 16384u

/* ---------------------------------------------------------------- texts */

typedef struct vfs_text_block {
    struct vfs_text_block *before;
    size_t used, size;
    char bytes[];
} vfs_text_block;

char *vfs_texts_add(vfs_texts *texts, bj_span text)
{
    vfs_text_block *block = texts->latest;
    const size_t size = text.size + 1;
    if (!block || block->size - block->used < size) {
        const size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        *block = (vfs_text_block){.before = texts->latest, .size = room};
        texts->latest = block;
    }
    char *copy = block->bytes + block->used;
    memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    block->used += size;
    texts->bytes += size;
    return copy;
}

void vfs_texts_clear(vfs_texts *texts)
{
    for (vfs_text_block *block = texts->latest, *before; block; block = before) {
        before = block->before;
        free(block);
    }
    *texts = (vfs_texts){0};
}

/* ---------------------------------------------------------------- the set */

/* The slot that holds the path, or the free one where it would stand. There is always a free one. */
static size_t slot_of(const vfs_paths *paths, bj_span path)
{
    size_t at = vfs_hash(paths->key, path) & (paths->slot_count - 1);
    while (paths->slots[at]) {
        const char *there = paths->items[paths->slots[at] - 1];
        if (strncmp(there, path.data, path.size) == 0 && there[path.size] == 0)
            break;
        at = (at + 1) & (paths->slot_count - 1);
    }
    return at;
}

size_t vfs_paths_find(const vfs_paths *paths, bj_span path)
{
    const uint32_t number = paths->slot_count ? paths->slots[slot_of(paths, path)] : 0;
    return number ? number - 1 : VFS_PATHS_NONE;
}

static bool grow_slots(vfs_paths *paths)
{
    const size_t size = paths->slot_count ? 2 * paths->slot_count : 64;
    uint32_t *slots = calloc(size, sizeof *slots);
    if (!slots)
        return false;
    if (!paths->key)
        paths->key = vfs_hash_key();
    free(paths->slots);
    paths->slots = slots;
    paths->slot_count = size;
    for (size_t i = 0; i < paths->count; i++)
        slots[slot_of(paths, bj_span_of(paths->items[i]))] = (uint32_t)(i + 1);
    return true;
}

static bool grow_items(vfs_paths *paths)
{
    const size_t capacity = paths->capacity ? 2 * paths->capacity : 32;
    char **items = realloc(paths->items, capacity * sizeof *items);
    if (!items)
        return false;
    paths->items = items;
    paths->capacity = capacity;
    return true;
}

size_t vfs_paths_add(vfs_paths *paths, bj_span path, policy_unfinished *why)
{
    *why = POLICY_UNFINISHED_count;
    if (paths->count == paths->most)
        return VFS_PATHS_NONE;
    *why = POLICY_UNFINISHED_bytes;
    if (path.size >= paths->most_bytes - paths->texts.bytes)
        return VFS_PATHS_NONE;
    *why = POLICY_UNFINISHED_memory;
    if ((paths->count == paths->capacity && !grow_items(paths)) ||
        (2 * (paths->count + 1) > paths->slot_count && !grow_slots(paths)))
        return VFS_PATHS_NONE;
    char *copy = vfs_texts_add(&paths->texts, path);
    if (!copy)
        return VFS_PATHS_NONE;
    *why = POLICY_FINISHED;
    paths->slots[slot_of(paths, path)] = (uint32_t)(paths->count + 1);
    paths->items[paths->count] = copy;
    return paths->count++;
}

void vfs_paths_clear(vfs_paths *paths)
{
    vfs_texts_clear(&paths->texts);
    free(paths->items);
    free(paths->slots);
    *paths = (vfs_paths){.most = paths->most, .most_bytes = paths->most_bytes};
}
