/*
 * directory.c: names by their hash.
 *
 *     key   62 bits: 56 of the name's hash, and above them a number that parts names of one hash
 *
 * The map is ordered by low digits first, so names of one hash stand side by side and are found by walking
 * on from the first. The hash is the same in every process: a listing's order must not tell sandboxes apart,
 * and whoever makes names collide makes the 65th of them ENOSPC, and nothing slow.
 */
#include "vfs/memory/directory.h"

#include <stdlib.h>
#include <string.h>

#include "vfs/node/hash.h"

#define KEY_BITS  62u
#define HASH_BITS 56u
#define HASH_MASK (((uint64_t)1 << HASH_BITS) - 1)

static vfs_item *name_copy(const vfs_item *item)
{
    const vfs_name *name = (const vfs_name *)item;
    vfs_name *copy = malloc(sizeof *copy + name->size);
    if (!copy)
        return NULL;
    vfs_item_copy(&copy->item, item, sizeof *copy + name->size);
    return &copy->item;
}

static void name_free(vfs_item *item)
{
    free(item);
}

static const vfs_item_kind name_kind = {name_copy, name_free};

/* The name itself, or NULL; *free_key is then a key that it can have, unless all of its hash are taken. */
static const vfs_name *look_up(const vfs_directory *directory, bj_span name, uint64_t *free_key,
                               bool *full)
{
    uint64_t hash = vfs_hash(0, name) & HASH_MASK;
    uint64_t taken = 0;
    for (const vfs_item *item = vfs_map_from(&directory->names, hash);
         item && (item->key & HASH_MASK) == hash;
         item = vfs_map_after(&directory->names, item->key)) {
        const vfs_name *each = (const vfs_name *)item;
        if (bj_span_equal(vfs_name_span(each), name))
            return each;
        taken |= (uint64_t)1 << (item->key >> HASH_BITS);
    }
    *full = taken == UINT64_MAX;
    if (!*full)
        *free_key = hash | (uint64_t)__builtin_ctzll(~taken) << HASH_BITS;
    return NULL;
}

const vfs_name *vfs_directory_find(const vfs_directory *directory, bj_span name)
{
    uint64_t key;
    bool full;
    return directory->count > 0 ? look_up(directory, name, &key, &full) : NULL;
}

const vfs_name *vfs_directory_at(const vfs_directory *directory, uint64_t key)
{
    return (const vfs_name *)vfs_map_get(&directory->names, key);
}

static vfs_errno add_under(vfs_directory *directory, uint64_t key, bj_span name, uint64_t id,
                           uint32_t type, unsigned flags)
{
    vfs_name *made = malloc(sizeof *made + name.size);
    if (!made)
        return VFS_ENOMEM;
    *made = (vfs_name){.item = {.key = key},
                       .id = id,
                       .type = (uint8_t)type,
                       .flags = (uint8_t)flags,
                       .size = (uint8_t)name.size};
    atomic_init(&made->item.references, 1);
    memcpy(made->bytes, name.data, name.size);
    if (vfs_map_add(&directory->names, &name_kind, &made->item) < 0) {
        free(made);
        return VFS_ENOMEM;
    }
    directory->count++;
    return VFS_OK;
}

vfs_errno vfs_directory_add(vfs_directory *directory, bj_span name, uint64_t id, uint32_t type,
                            unsigned flags)
{
    uint64_t key = 0;
    bool full = false;
    if (look_up(directory, name, &key, &full))
        return VFS_EEXIST;
    if (full || directory->count == UINT32_MAX)
        return VFS_ENOSPC;
    return add_under(directory, key, name, id, type, flags);
}

vfs_errno vfs_directory_restore(vfs_directory *directory, uint64_t key, bj_span name, uint64_t id,
                                uint32_t type, unsigned flags)
{
    uint64_t free_key;
    bool full;
    if (key >> KEY_BITS || (key & HASH_MASK) != (vfs_hash(0, name) & HASH_MASK) ||
        vfs_map_get(&directory->names, key) || look_up(directory, name, &free_key, &full))
        return VFS_EINVAL;
    return add_under(directory, key, name, id, type, flags);
}

vfs_errno vfs_directory_set(vfs_directory *directory, const vfs_name *name, uint64_t id,
                            uint32_t type, unsigned flags)
{
    vfs_name *ours = (vfs_name *)vfs_map_edit(&directory->names, &name_kind, name->item.key);
    if (!ours)
        return VFS_ENOMEM;
    ours->id = id;
    ours->type = (uint8_t)type;
    ours->flags = (uint8_t)flags;
    return VFS_OK;
}

vfs_errno vfs_directory_remove(vfs_directory *directory, const vfs_name *name)
{
    if (vfs_map_remove(&directory->names, &name_kind, name->item.key) < 0)
        return VFS_ENOMEM;
    directory->count--;
    return VFS_OK;
}

uint64_t vfs_directory_cookie(const vfs_name *name)
{
    return name->item.key + 1;
}

const vfs_name *vfs_directory_after(const vfs_directory *directory, uint64_t cookie)
{
    if (cookie > (uint64_t)1 << KEY_BITS)
        return NULL; /* none of ours */
    return (const vfs_name *)(cookie == 0 ? vfs_map_from(&directory->names, 0)
                                          : vfs_map_after(&directory->names, cookie - 1));
}

vfs_directory vfs_directory_share(const vfs_directory *directory)
{
    return (vfs_directory){vfs_map_share(&directory->names), directory->count};
}

void vfs_directory_clear(vfs_directory *directory)
{
    vfs_map_clear(&directory->names, &name_kind);
    directory->count = 0;
}

void vfs_directory_diff(const vfs_directory *before, const vfs_directory *after, vfs_map_diff_fn fn,
                        void *user)
{
    vfs_map_diff(&before->names, &after->names, fn, user);
}
