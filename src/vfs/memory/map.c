/*
 * map.c: the trie behind a map.
 *
 * Invariants: the bits of `items` and `nodes` are disjoint; slots stand in the order of their bits. A node
 * below the root is never empty, and never holds a single item alone: that item stands in the slot above
 * it. So equal sets of keys have equal shapes, whatever was added and removed.
 *
 * A node may be changed in place when it and all above it have one reference. `own` makes that so, from the
 * root down; no function fails after it has changed what can be seen.
 */
#include "vfs/memory/map.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 5u
#define KEY_BITS   64u

typedef struct vfs_map_node {
    _Atomic(uint32_t) references;
    uint32_t items; /* digits whose slot holds an item */
    uint32_t nodes; /* … a node */
    void *slots[];  /* room for capacity_of(count) */
} map_node;

static uint32_t digit_of(uint64_t key, unsigned shift)
{
    return (uint32_t)(key >> shift) & 31u;
}

static uint32_t count_of(const map_node *node)
{
    return (uint32_t)__builtin_popcount(node->items | node->nodes);
}

/* Where the slot of `digit` is, or would be. */
static uint32_t place_of(const map_node *node, uint32_t digit)
{
    uint32_t below = (1u << digit) - 1;
    return (uint32_t)__builtin_popcount((node->items | node->nodes) & below);
}

/* Nodes grow in powers of two. */
static uint32_t capacity_of(uint32_t count)
{
    return count <= 1 ? 1 : 1u << (32 - __builtin_clz(count - 1));
}

static map_node *node_new(uint32_t count)
{
    map_node *node = malloc(sizeof *node + capacity_of(count) * sizeof node->slots[0]);
    if (node) {
        atomic_init(&node->references, 1);
        node->items = node->nodes = 0;
    }
    return node;
}

static bool is_shared(_Atomic(uint32_t) *references)
{
    return atomic_load_explicit(references, memory_order_acquire) > 1;
}

static void retain(_Atomic(uint32_t) *references)
{
    atomic_fetch_add_explicit(references, 1, memory_order_relaxed);
}

/* Whether that was the last one. */
static bool release(_Atomic(uint32_t) *references)
{
    return atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

static void drop_item(const vfs_item_kind *kind, vfs_item *item)
{
    if (release(&item->references))
        kind->free(item);
}

/* Recursion goes as deep as a key has digits. */
static void drop_node(const vfs_item_kind *kind, map_node *node)
{
    if (!release(&node->references))
        return;
    uint32_t at = 0;
    for (uint32_t left = node->items | node->nodes; left; left &= left - 1, at++) {
        if (node->items & (left & -left))
            drop_item(kind, node->slots[at]);
        else
            drop_node(kind, node->slots[at]);
    }
    free(node);
}

/* ---------------------------------------------------------------- finding */

const vfs_item *vfs_map_get(const vfs_map *map, uint64_t key)
{
    const map_node *node = map->root;
    for (unsigned shift = 0; node; shift += DIGIT_BITS) {
        uint32_t digit = digit_of(key, shift), bit = 1u << digit;
        void *slot = (node->items | node->nodes) & bit ? node->slots[place_of(node, digit)] : NULL;
        if (!(node->nodes & bit)) {
            const vfs_item *item = slot;
            return item && item->key == key ? item : NULL;
        }
        node = slot;
    }
    return NULL;
}

/* Whether `a` stands before `b`: the lowest digit in which they differ decides. */
static bool stands_before(uint64_t a, uint64_t b)
{
    if (a == b)
        return false;
    unsigned shift = (unsigned)__builtin_ctzll(a ^ b) / DIGIT_BITS * DIGIT_BITS;
    return digit_of(a, shift) < digit_of(b, shift);
}

static const vfs_item *first_of(const map_node *node)
{
    while (!(node->items & ((node->items | node->nodes) & -(node->items | node->nodes))))
        node = node->slots[0];
    return node->slots[0];
}

/* The first item below `node` that stands behind `key`, or at it. */
static const vfs_item *seek(const map_node *node, uint64_t key, unsigned shift, bool at_it)
{
    uint32_t digit = digit_of(key, shift), bit = 1u << digit, at = place_of(node, digit);
    if (node->items & bit) {
        const vfs_item *item = node->slots[at++];
        if (stands_before(key, item->key) || (at_it && item->key == key))
            return item;
    } else if (node->nodes & bit) {
        const vfs_item *item = seek(node->slots[at++], key, shift + DIGIT_BITS, at_it);
        if (item)
            return item;
    }
    uint32_t behind = (node->items | node->nodes) & ~(bit | (bit - 1));
    if (!behind)
        return NULL;
    return node->items & (behind & -behind) ? (const vfs_item *)node->slots[at]
                                            : first_of(node->slots[at]);
}

const vfs_item *vfs_map_from(const vfs_map *map, uint64_t key)
{
    return map->root ? seek(map->root, key, 0, true) : NULL;
}

const vfs_item *vfs_map_after(const vfs_map *map, uint64_t key)
{
    return map->root ? seek(map->root, key, 0, false) : NULL;
}

/* ---------------------------------------------------------------- changing */

/* Makes the node in *slot ours alone. NULL: out of memory. */
static map_node *own(void **slot, const vfs_item_kind *kind)
{
    map_node *node = *slot;
    if (!is_shared(&node->references))
        return node;
    uint32_t count = count_of(node);
    map_node *copy = node_new(count);
    if (!copy)
        return NULL;
    copy->items = node->items;
    copy->nodes = node->nodes;
    memcpy(copy->slots, node->slots, count * sizeof copy->slots[0]);
    uint32_t at = 0;
    for (uint32_t left = node->items | node->nodes; left; left &= left - 1, at++) {
        if (node->items & (left & -left))
            retain(&((vfs_item *)copy->slots[at])->references);
        else
            retain(&((map_node *)copy->slots[at])->references);
    }
    *slot = copy;
    drop_node(kind, node); /* whoever shared it may have let it go meanwhile */
    return copy;
}

vfs_item *vfs_map_edit(vfs_map *map, const vfs_item_kind *kind, uint64_t key)
{
    void **slot = (void **)&map->root;
    for (unsigned shift = 0;; shift += DIGIT_BITS) {
        map_node *node = own(slot, kind);
        if (!node)
            return NULL;
        uint32_t digit = digit_of(key, shift);
        slot = &node->slots[place_of(node, digit)];
        if (node->items & (1u << digit))
            break;
    }
    vfs_item *item = *slot;
    if (!is_shared(&item->references))
        return item;
    vfs_item *copy = kind->copy(item);
    if (!copy)
        return NULL;
    *slot = copy;
    drop_item(kind, item);
    return copy;
}

/* A chain of nodes from the depth of `shift` down that ends in one which holds both items. */
static map_node *join(vfs_item *old, vfs_item *item, unsigned shift)
{
    uint32_t a = digit_of(old->key, shift), b = digit_of(item->key, shift);
    map_node *node = node_new(2);
    if (!node)
        return NULL;
    if (a == b) {
        node->nodes = 1u << a;
        node->slots[0] = join(old, item, shift + DIGIT_BITS);
        if (!node->slots[0]) {
            free(node);
            return NULL;
        }
    } else {
        node->items = 1u << a | 1u << b;
        node->slots[a < b ? 0 : 1] = old;
        node->slots[a < b ? 1 : 0] = item;
    }
    return node;
}

/* Room for one slot more at `digit`, in a node that is ours; it may move. NULL: out of memory. */
static map_node *insert_slot(void **place, uint32_t digit, void *value)
{
    map_node *node = *place;
    uint32_t count = count_of(node), at = place_of(node, digit);
    if (count == capacity_of(count)) {
        node = realloc(node, sizeof *node + capacity_of(count + 1) * sizeof node->slots[0]);
        if (!node)
            return NULL;
        *place = node;
    }
    memmove(node->slots + at + 1, node->slots + at, (count - at) * sizeof node->slots[0]);
    node->slots[at] = value;
    return node;
}

int vfs_map_add(vfs_map *map, const vfs_item_kind *kind, vfs_item *item)
{
    void **slot = (void **)&map->root;
    if (!map->root && !(map->root = node_new(1)))
        return -1;
    for (unsigned shift = 0;; shift += DIGIT_BITS) {
        map_node *node = own(slot, kind);
        if (!node)
            return -1;
        uint32_t digit = digit_of(item->key, shift), bit = 1u << digit;
        void **next = &node->slots[place_of(node, digit)];
        if (node->nodes & bit) {
            slot = next;
        } else if (node->items & bit) {
            map_node *joined = join(*next, item, shift + DIGIT_BITS);
            if (!joined)
                return -1;
            *next = joined;
            node->items &= ~bit;
            node->nodes |= bit;
            return 0;
        } else {
            node = insert_slot(slot, digit, item);
            if (!node)
                return -1;
            node->items |= bit;
            return 0;
        }
    }
}

static void remove_slot(map_node *node, uint32_t digit)
{
    uint32_t count = count_of(node), at = place_of(node, digit);
    memmove(node->slots + at, node->slots + at + 1, (count - at - 1) * sizeof node->slots[0]);
    node->items &= ~(1u << digit);
    node->nodes &= ~(1u << digit);
}

/* Puts the one item that is left of a node into the slot above, and so on up. */
static void pull_up(map_node **path, unsigned depth, uint64_t key)
{
    for (; depth > 0; depth--) {
        map_node *node = path[depth], *above = path[depth - 1];
        if (node->nodes || count_of(node) != 1)
            return;
        uint32_t digit = digit_of(key, (depth - 1) * DIGIT_BITS);
        above->slots[place_of(above, digit)] = node->slots[0];
        above->nodes &= ~(1u << digit);
        above->items |= 1u << digit;
        free(node);
    }
}

int vfs_map_take(vfs_map *map, const vfs_item_kind *kind, uint64_t key, vfs_item **item)
{
    map_node *path[KEY_BITS / DIGIT_BITS + 1];
    void **slot = (void **)&map->root;
    unsigned depth = 0;
    for (;; depth++) {
        map_node *node = path[depth] = own(slot, kind);
        if (!node)
            return -1;
        uint32_t digit = digit_of(key, depth * DIGIT_BITS);
        slot = &node->slots[place_of(node, digit)];
        if (node->items & (1u << digit))
            break;
    }
    *item = *slot;
    remove_slot(path[depth], digit_of(key, depth * DIGIT_BITS));
    pull_up(path, depth, key);
    if (count_of(map->root) == 0) {
        free(map->root);
        map->root = NULL;
    }
    return 0;
}

int vfs_map_remove(vfs_map *map, const vfs_item_kind *kind, uint64_t key)
{
    vfs_item *item;
    if (vfs_map_take(map, kind, key, &item) < 0)
        return -1;
    drop_item(kind, item);
    return 0;
}

vfs_map vfs_map_share(const vfs_map *map)
{
    if (map->root)
        retain(&map->root->references);
    return *map;
}

void vfs_map_clear(vfs_map *map, const vfs_item_kind *kind)
{
    if (map->root)
        drop_node(kind, map->root);
    map->root = NULL;
}

/* ---------------------------------------------------------------- comparing */

/* What a slot holds: an item, a node, or neither. */
typedef struct branch {
    const vfs_item *item;
    const map_node *node;
} branch;

static branch branch_at(branch from, uint32_t digit, unsigned shift)
{
    uint32_t bit = 1u << digit;
    if (from.item)
        return digit_of(from.item->key, shift) == digit ? from : (branch){0};
    if (!from.node || !((from.node->items | from.node->nodes) & bit))
        return (branch){0};
    void *slot = from.node->slots[place_of(from.node, digit)];
    return from.node->items & bit ? (branch){.item = slot} : (branch){.node = slot};
}

static bool compare(branch before, branch after, unsigned shift, vfs_map_diff_fn fn, void *user)
{
    if (before.item == after.item && before.node == after.node)
        return true;
    if (!before.node && !after.node) {
        if (!before.item || !after.item || before.item->key == after.item->key)
            return fn(user, before.item, after.item);
        return fn(user, before.item, NULL) && fn(user, NULL, after.item);
    }
    for (uint32_t digit = 0; digit < 32; digit++)
        if (!compare(branch_at(before, digit, shift), branch_at(after, digit, shift),
                     shift + DIGIT_BITS, fn, user))
            return false;
    return true;
}

void vfs_map_diff(const vfs_map *before, const vfs_map *after, vfs_map_diff_fn fn, void *user)
{
    (void)compare((branch){.node = before->root}, (branch){.node = after->root}, 0, fn, user);
}
