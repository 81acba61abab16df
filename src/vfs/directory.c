/*
 * directory.c: an array of names in the order of their cookies, and a hash table of positions once
 * there are more than a few.
 *
 * Invariants: cookies ascend in `entries`; names that were removed leave holes, which are closed when the
 * array is full or three quarters empty. The table holds
 * position + 1, 0 is free, REMOVED keeps probes going; it is rebuilt when it is half full of both.
 */
#include "vfs/directory.h"

#include <stdlib.h>
#include <string.h>

#include "vfs/hash.h"

#define FEW     8u
#define REMOVED UINT32_MAX

static bool matches(const vfs_name *entry, uint32_t hash, bj_span name)
{
    return entry->hash == hash && entry->size == name.size &&
           memcmp(entry->bytes, name.data, name.size) == 0;
}

vfs_name *vfs_directory_find(const vfs_directory *directory, uint64_t key, bj_span name)
{
    uint32_t hash = vfs_hash(key, name);
    if (!directory->index) {
        for (uint32_t i = 0; i < directory->count; i++)
            if (directory->entries[i].name && matches(directory->entries[i].name, hash, name))
                return directory->entries[i].name;
        return NULL;
    }
    uint32_t mask = directory->index_size - 1;
    for (uint32_t slot = hash & mask;; slot = (slot + 1) & mask) {
        uint32_t position = directory->index[slot];
        if (position == 0)
            return NULL;
        if (position != REMOVED && matches(directory->entries[position - 1].name, hash, name))
            return directory->entries[position - 1].name;
    }
}

static void index_put(uint32_t *index, uint32_t size, uint32_t hash, uint32_t position)
{
    uint32_t mask = size - 1;
    uint32_t slot = hash & mask;
    while (index[slot] != 0 && index[slot] != REMOVED)
        slot = (slot + 1) & mask;
    index[slot] = position + 1;
}

/* Closes the holes and makes room for one more entry, and a table that is at most a quarter full. */
static vfs_errno rebuild(vfs_directory *directory)
{
    uint32_t capacity = 4;
    while (capacity < directory->live * 2 + 2)
        capacity *= 2;
    uint32_t index_size = capacity > FEW ? capacity * 2 : 0;
    bj_autofree struct vfs_directory_entry *entries = malloc(capacity * sizeof *entries);
    bj_autofree uint32_t *index = index_size ? calloc(index_size, sizeof *index) : NULL;
    if (!entries || (index_size && !index))
        return VFS_ENOMEM;
    uint32_t count = 0;
    for (uint32_t i = 0; i < directory->count; i++)
        if (directory->entries[i].name) {
            entries[count] = directory->entries[i];
            if (index)
                index_put(index, index_size, entries[count].name->hash, count);
            count++;
        }
    free(directory->entries);
    free(directory->index);
    directory->entries = bj_steal(&entries);
    directory->index = bj_steal(&index);
    directory->count = count;
    directory->capacity = capacity;
    directory->index_size = index_size;
    return VFS_OK;
}

vfs_errno vfs_directory_add(vfs_directory *directory, uint64_t key, bj_span name, uint32_t id,
                            uint32_t type)
{
    if (directory->live >= UINT32_MAX / 16)
        return VFS_ENOSPC;
    vfs_name *entry = malloc(sizeof *entry + name.size);
    if (!entry)
        return VFS_ENOMEM;
    if (directory->count == directory->capacity && rebuild(directory) != VFS_OK) {
        free(entry);
        return VFS_ENOMEM;
    }
    *entry = (vfs_name){.cookie = ++directory->last_cookie,
                        .id = id,
                        .hash = vfs_hash(key, name),
                        .type = (uint8_t)type,
                        .size = (uint8_t)name.size};
    memcpy(entry->bytes, name.data, name.size);
    if (directory->index)
        index_put(directory->index, directory->index_size, entry->hash, directory->count);
    directory->entries[directory->count++] = (struct vfs_directory_entry){entry->cookie, entry};
    directory->live++;
    return VFS_OK;
}

/* The position of the first entry whose cookie is greater. */
static uint32_t position_after(const vfs_directory *directory, uint64_t cookie)
{
    uint32_t low = 0, high = directory->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (directory->entries[middle].cookie <= cookie)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void vfs_directory_remove(vfs_directory *directory, vfs_name *name)
{
    uint32_t position = position_after(directory, name->cookie - 1);
    if (directory->index) {
        uint32_t mask = directory->index_size - 1;
        uint32_t slot = name->hash & mask;
        while (directory->index[slot] != position + 1)
            slot = (slot + 1) & mask;
        directory->index[slot] = REMOVED;
    }
    directory->entries[position].name = NULL;
    directory->live--;
    free(name);
    if (directory->live == 0) {
        directory->count = 0;
        if (directory->index)
            memset(directory->index, 0, directory->index_size * sizeof *directory->index);
    } else if (directory->count > 4 * FEW && directory->live < directory->count / 4) {
        (void)!rebuild(directory); /* without memory it stays as it is, only larger than need be */
    }
}

const vfs_name *vfs_directory_after(const vfs_directory *directory, uint64_t cookie)
{
    for (uint32_t i = position_after(directory, cookie); i < directory->count; i++)
        if (directory->entries[i].name)
            return directory->entries[i].name;
    return NULL;
}

void vfs_directory_clear(vfs_directory *directory)
{
    for (uint32_t i = 0; i < directory->count; i++)
        free(directory->entries[i].name);
    free(directory->entries);
    free(directory->index);
    *directory = (vfs_directory){0};
}
