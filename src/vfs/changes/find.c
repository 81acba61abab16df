/*
 * find.c: which paths may have changed, from two maps of inodes.
 *
 *     an inode differs ──┬── a directory: each name that differs, below its path then and its path now
 *                        └── a file: each name that it has now
 *
 * A file's names of before need no look: whichever of them is no more was in a directory that differs, or that is judged
 * as a whole. A file with one name knows it. Those with several are collected, and one pass over all names of the map finds
 * theirs, however many files there are.
 */
#include <stdio.h>
#include <stdlib.h>

#include "vfs/changes/search.h"
#include "vfs/memory/inodes.h"
#include "vfs/node/hash.h"
#include "vfs/overlay/overlay.h"

/* What the steps cost, in units of policy/work.h. */
#define NAME_COST  100u
#define INODE_COST 150u

/* ---------------------------------------------------------------- numbers of inodes */

/* Numbers + 1, open addressing; 0: free. Zero is an empty set. */
typedef struct numbers {
    uint64_t *slots;
    size_t size, count;
    uint64_t key;
} numbers;

static size_t place_of(const numbers *set, uint64_t number)
{
    size_t at = vfs_hash_fold(number ^ set->key, 0x9e3779b97f4a7c15ull) & (set->size - 1);
    while (set->slots[at] && set->slots[at] != number + 1)
        at = (at + 1) & (set->size - 1);
    return at;
}

static bool has_number(const numbers *set, uint64_t number)
{
    return set->size > 0 && set->slots[place_of(set, number)] != 0;
}

static bool grow_numbers(numbers *set)
{
    numbers grown = {.size = set->size ? 2 * set->size : 64, .count = set->count};
    grown.key = set->key ? set->key : vfs_hash_key();
    grown.slots = calloc(grown.size, sizeof *grown.slots);
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i])
            grown.slots[place_of(&grown, set->slots[i] - 1)] = set->slots[i];
    free(set->slots);
    *set = grown;
    return true;
}

static bool add_number(numbers *set, uint64_t number)
{
    if (2 * (set->count + 1) > set->size && !grow_numbers(set))
        return false;
    const size_t at = place_of(set, number);
    set->count += set->slots[at] == 0;
    set->slots[at] = number + 1;
    return true;
}

/* ---------------------------------------------------------------- names */

/* A directory's path at one moment, made once for all of its names. */
typedef struct place {
    const vfs_map *map;
    uint64_t directory;
    int size; /* -1: it has none that can be said, as every path that the guest can say is shorter */
    char path[2 * VFS_PATH_MAX];
} place;

typedef struct comparison {
    vfs_search *s;
    const char *mount;
    const vfs_map *before, *after;
    place then, now; /* of the directory whose names are being compared */
    bool was, is;    /* at which moments there is such a directory */
    numbers several; /* files that changed and may have several names */
} comparison;

static bool set_place(comparison *c, place *p, const vfs_map *map, uint64_t directory)
{
    char above[VFS_PATH_MAX];
    p->map = map;
    p->directory = directory;
    p->size = -1;
    if (vfs_inodes_path(map, directory, above, sizeof above))
        p->size = snprintf(p->path, sizeof p->path, "%s%s/", c->mount, above);
    return vfs_search_step(c->s,
                           INODE_COST + 30 * (p->size > 0 ? (uint64_t)p->size : VFS_PATH_MAX));
}

/* Of a path that the guest cannot say, because it is too long, the beginning can be said: the list is not complete. */
static bool add_name(comparison *c, place *p, bj_span name)
{
    if (p->size < 0 || (size_t)p->size + name.size >= sizeof p->path) {
        policy_unfinished_set(&c->s->out->files, POLICY_UNFINISHED_bytes);
        return vfs_search_step(c->s, NAME_COST);
    }
    memcpy(p->path + p->size, name.data, name.size);
    return vfs_search_add(c->s, (bj_span){p->path, (size_t)p->size + name.size}) &&
           vfs_search_judge(c->s);
}

static bool is_borrowed(const vfs_item *name)
{
    return !name || (((const vfs_name *)name)->flags & VFS_NAME_BORROWED);
}

static bool add_both(comparison *c, const vfs_item *item)
{
    const bj_span name = vfs_name_span((const vfs_name *)item);
    return (!c->was || add_name(c, &c->then, name)) && (!c->is || add_name(c, &c->now, name));
}

static bool same_name(const vfs_item *before, const vfs_item *after)
{
    return bj_span_equal(vfs_name_span((const vfs_name *)before),
                         vfs_name_span((const vfs_name *)after));
}

/* What stands under one key need not be one name: the key of a name that goes may be that of another one of its hash that
 * comes. */
static bool compare_names(void *user, const vfs_item *before, const vfs_item *after)
{
    comparison *c = user;
    if (is_borrowed(before) && is_borrowed(after))
        return vfs_search_step(c->s, NAME_COST);
    if (before && after && !same_name(before, after))
        return add_both(c, before) && add_both(c, after);
    return add_both(c, after ? after : before);
}

/* ---------------------------------------------------------------- inodes */

static bool compare_directories(comparison *c, const vfs_inode *before, const vfs_inode *after)
{
    static const vfs_directory none;
    c->was = before && before->type == VFS_DIRECTORY;
    c->is = after && after->type == VFS_DIRECTORY;
    if ((c->was && !set_place(c, &c->then, c->before, before->item.key)) ||
        (c->is && !set_place(c, &c->now, c->after, after->item.key)))
        return false;
    vfs_directory_diff(c->was ? &before->directory : &none, c->is ? &after->directory : &none,
                       compare_names, c);
    return vfs_search_step(c->s, 0);
}

/* The only name of a file, where it is sure to be that. */
static const vfs_name *only_name(const vfs_map *map, const vfs_inode *inode)
{
    const vfs_inode *parent =
        inode->links == 1 ? (const vfs_inode *)vfs_map_get(map, inode->parent) : NULL;
    const vfs_name *name = parent && parent->type == VFS_DIRECTORY
                               ? vfs_directory_at(&parent->directory, inode->name)
                               : NULL;
    return name && name->id == inode->item.key && !(name->flags & VFS_NAME_WHITEOUT) ? name : NULL;
}

static bool add_file(comparison *c, const vfs_inode *inode)
{
    const vfs_name *name = only_name(c->after, inode);
    if (inode->links == 0)
        return vfs_search_step(c->s, INODE_COST);
    if (!name && !add_number(&c->several, inode->item.key)) {
        policy_unfinished_set(&c->s->out->files, POLICY_UNFINISHED_memory);
        return false;
    }
    if (!name)
        return vfs_search_step(c->s, INODE_COST);
    return ((c->now.map && c->now.directory == inode->parent) ||
            set_place(c, &c->now, c->after, inode->parent)) &&
           add_name(c, &c->now, vfs_name_span(name));
}

static bool compare_inodes(void *user, const vfs_item *before_item, const vfs_item *after_item)
{
    comparison *c = user;
    const vfs_inode *before = (const vfs_inode *)before_item;
    const vfs_inode *after = (const vfs_inode *)after_item;
    if ((after ? after : before)->type == VFS_DIRECTORY)
        return compare_directories(c, before, after);
    if (after && !after->borrowed)
        return add_file(c, after);
    return vfs_search_step(c->s, INODE_COST);
}

/* ---------------------------------------------------------------- files with several names */

static bool visit_name(void *user, const vfs_item *none, const vfs_item *item)
{
    comparison *c = user;
    const vfs_name *name = (const vfs_name *)item;
    (void)none;
    if ((name->flags & VFS_NAME_WHITEOUT) || !has_number(&c->several, name->id))
        return vfs_search_step(c->s, NAME_COST);
    return add_name(c, &c->now, vfs_name_span(name));
}

static bool visit_inode(void *user, const vfs_item *none, const vfs_item *item)
{
    static const vfs_directory empty;
    comparison *c = user;
    const vfs_inode *inode = (const vfs_inode *)item;
    (void)none;
    if (inode->type != VFS_DIRECTORY || inode->directory.count == 0)
        return vfs_search_step(c->s, NAME_COST);
    if (!set_place(c, &c->now, c->after, inode->item.key))
        return false;
    vfs_directory_diff(&empty, &inode->directory, visit_name, c);
    return vfs_search_step(c->s, 0);
}

static void add_several(comparison *c)
{
    static const vfs_map empty;
    if (c->several.count > 0 && vfs_search_step(c->s, 0))
        vfs_map_diff(&empty, c->after, visit_inode, c);
    free(c->several.slots);
}

/* ---------------------------------------------------------------- mounts */

/* Judging may borrow from below an overlay, in either table: what is compared is how they were. */
static void find_in(vfs_search *s, const char *mount, const vfs_inodes *old, const vfs_inodes *now)
{
    vfs_map before = vfs_map_share(&old->map), after = vfs_map_share(&now->map);
    comparison *c = calloc(1, sizeof *c);
    if (c) {
        *c = (comparison){.s = s, .mount = mount, .before = &before, .after = &after};
        vfs_map_diff(&before, &after, compare_inodes, c);
        add_several(c);
    } else {
        policy_unfinished_set(&s->out->files, POLICY_UNFINISHED_memory);
    }
    free(c);
    vfs_inodes_let_go(old, &before);
    vfs_inodes_let_go(now, &after);
}

static void find_in_all(vfs_search *s, bool overlays)
{
    size_t count, ignored;
    const vfs_mount *before = vfs_tree_mounts(s->before, &ignored);
    const vfs_mount *after = vfs_tree_mounts(s->after, &count);
    for (size_t i = 0; i < count && vfs_search_step(s, 0); i++) {
        vfs_layer *old = before[i].root.layer, *now = after[i].root.layer;
        if (vfs_layer_inodes(now) && vfs_is_overlay(now) == overlays)
            find_in(s, after[i].path, vfs_layer_inodes(old), vfs_layer_inodes(now));
    }
}

/* What may be applied to the host comes first: it must not be lost among files that only the guest has. */
void vfs_search_find(vfs_search *s)
{
    find_in_all(s, true);
    find_in_all(s, false);
}
