/*
 * path.c: the resolver. It goes through a path component by component and keeps the directories that
 * it came through on a stack, so that ".." is a pop: it never asks a layer what lies above, and the
 * bottom of the stack is the descriptor that the guest started from.
 *
 *     text   frames: the path, and on top of it the targets of the links that are being followed
 *     trail  stack:  base, …, the directory that the next component is looked up in
 *
 * A link of a host directory (or of an overlay over one) has a floor in the trail, the root of its mount, below which its text may
 * not pop: what the host put there leads nowhere else.
 *
 * Where a layer can walk (openat2), what is left of a path made of plain components is handed to it at
 * once. It answers EAGAIN when it isn't sure (links that leave, loops, races), and then the way
 * component by component decides: both ways give the same answers.
 *
 * No recursion: frames are bounded by the links that may be followed, the trail by the bytes of path. A link's text may be as
 * long as a path, and each of its components costs a lookup, so the components of all texts together have a bound too.
 *
 * Of a layer in which a held node costs a descriptor (`scarce`), the trail holds few nodes: those close to its end,
 * and behind them fewer the farther they are away. Entry i is held while the end is at most KEPT_NEAR << z entries away,
 * z being the zeros at the end of i in binary: a number that grows with the logarithm of the trail. What was let go is
 * looked up again by its name when a ".." comes back to it; the nearest entry that is held is never farther than
 * the way that the path went back.
 */
#include "vfs/tree/path.h"

#include <stdlib.h>

#define TRAIL_INLINE 16u
#define NAMES_INLINE 128u
#define KEPT_NEAR    4u

typedef struct frame {
    const char *at, *end;
    char *owned;  /* the target of a link, freed with the frame */
    size_t floor; /* index in the trail that ".." of this text does not go below */
} frame;

typedef struct trail_entry {
    vfs_node node;
    bool let_go;       /* not held: to be looked up again */
    uint8_t name_size; /* of a node in a scarce layer, as it was looked up */
    uint32_t name;     /* … where that lies in `names` */
} trail_entry;

typedef struct walker {
    vfs_tree *tree;
    unsigned flags;
    bool want_place;
    bool walk_forbidden; /* a layer said EAGAIN */
    unsigned links, components;
    size_t frame_count, depth, capacity;
    trail_entry *trail; /* `inline_trail` at first; [0] is not held by the walker */
    trail_entry inline_trail[TRAIL_INLINE];
    char *names; /* `inline_names` at first */
    uint32_t names_size, names_capacity;
    char inline_names[NAMES_INLINE];
    frame frames[VFS_SYMLINKS_MAX + 1];
} walker;

/* ---------------------------------------------------------------- the trail */

static vfs_node here(const walker *walk)
{
    return walk->trail[walk->depth - 1].node;
}

/* Room for one more entry, and for a name of `size`. */
static vfs_errno make_room(walker *walk, size_t size)
{
    if (walk->depth == walk->capacity) {
        trail_entry *old = walk->trail == walk->inline_trail ? NULL : walk->trail;
        trail_entry *grown = realloc(old, 2 * walk->capacity * sizeof *grown);
        if (!grown)
            return VFS_ENOMEM;
        if (!old)
            memcpy(grown, walk->inline_trail, sizeof walk->inline_trail);
        walk->trail = grown;
        walk->capacity *= 2;
    }
    if (walk->names_size + size > walk->names_capacity) {
        char *old = walk->names == walk->inline_names ? NULL : walk->names;
        char *grown = realloc(old, 2 * (size_t)walk->names_capacity + size);
        if (!grown)
            return VFS_ENOMEM;
        if (!old)
            memcpy(grown, walk->inline_names, walk->names_size);
        walk->names = grown;
        walk->names_capacity = 2 * walk->names_capacity + (uint32_t)size;
    }
    return VFS_OK;
}

/* Whether entry `i`, which the end has come away from, can be found again by its name. A mount's root cannot, and
 * costs nothing. */
static bool can_let_go(const walker *walk, size_t i)
{
    return i > 0 && walk->trail[i].node.layer->scarce &&
           walk->trail[i].node.layer == walk->trail[i - 1].node.layer;
}

static void let_go(walker *walk, size_t i)
{
    if (!walk->trail[i].let_go && can_let_go(walk, i)) {
        walk->trail[i].let_go = true;
        vfs_node_drop(walk->trail[i].node);
    }
}

/* Lets go of the entries that have become too far from the end by its last step. */
static void thin_out(walker *walk)
{
    const size_t end = walk->depth - 1;
    for (unsigned zeros = 0; end > (size_t)KEPT_NEAR << zeros; zeros++) {
        const size_t i = end - ((size_t)KEPT_NEAR << zeros) - 1;
        if (i > 0 && (unsigned)__builtin_ctzll(i) == zeros)
            let_go(walk, i);
    }
}

/* Takes over the caller's hold, also when it fails. */
static vfs_errno push(walker *walk, bj_span name, vfs_node node)
{
    const size_t size = node.layer->scarce ? name.size : 0;
    vfs_errno error = make_room(walk, size);
    if (error != VFS_OK) {
        vfs_node_drop(node);
        return error;
    }
    if (size > 0)
        memcpy(walk->names + walk->names_size, name.data, size);
    walk->trail[walk->depth++] =
        (trail_entry){.node = node, .name_size = (uint8_t)size, .name = walk->names_size};
    walk->names_size += (uint32_t)size;
    if (node.layer->scarce)
        thin_out(walk);
    return VFS_OK;
}

/* Looks an entry up again, in the one before, which is held. The host may have put something else there. */
static vfs_errno find_again(walker *walk, size_t i)
{
    trail_entry *entry = &walk->trail[i];
    const bj_span name = {walk->names + entry->name, entry->name_size};
    vfs_node above = walk->trail[i - 1].node, found;
    vfs_errno error = vfs_node_lookup(above, name, &found);
    if (error != VFS_OK)
        return error;
    if (found.type != VFS_DIRECTORY) {
        vfs_node_drop(found);
        return VFS_ENOTDIR;
    }
    entry->node = found;
    entry->let_go = false;
    return VFS_OK;
}

/* The end of the trail is held again. Of the entries on the way there, those that are kept. */
static vfs_errno hold_end(walker *walk)
{
    const size_t end = walk->depth - 1;
    size_t i = end;
    while (walk->trail[i].let_go)
        i--;
    while (i < end) {
        vfs_errno error = find_again(walk, ++i);
        if (error != VFS_OK)
            return error;
        const size_t before = i - 1;
        if (before > 0 && end - before > (size_t)KEPT_NEAR << __builtin_ctzll(before))
            let_go(walk, before);
    }
    return VFS_OK;
}

static void drop_end(walker *walk)
{
    const trail_entry *entry = &walk->trail[--walk->depth];
    walk->names_size = entry->name;
    if (!entry->let_go)
        vfs_node_drop(entry->node);
}

static vfs_errno pop(walker *walk, size_t floor)
{
    if (walk->depth - 1 <= floor)
        return VFS_ENOTCAPABLE;
    drop_end(walk);
    return hold_end(walk);
}

static void finish(walker *walk)
{
    while (walk->depth > 1)
        drop_end(walk);
    while (walk->frame_count > 0)
        free(walk->frames[--walk->frame_count].owned);
    if (walk->trail != walk->inline_trail)
        free(walk->trail);
    if (walk->names != walk->inline_names)
        free(walk->names);
}

/* ---------------------------------------------------------------- the text */

static void skip_slashes(frame *text)
{
    while (text->at < text->end && *text->at == '/')
        text->at++;
}

/* The next component; false at the end of everything. */
static bool next_component(walker *walk, bj_span *name)
{
    for (;;) {
        frame *text = &walk->frames[walk->frame_count - 1];
        skip_slashes(text);
        if (text->at < text->end) {
            const char *slash = memchr(text->at, '/', (size_t)(text->end - text->at));
            const char *end = slash ? slash : text->end;
            *name = (bj_span){text->at, (size_t)(end - text->at)};
            text->at = end;
            return true;
        }
        if (walk->frame_count == 1)
            return false;
        free(text->owned);
        walk->frame_count--;
    }
}

/* Whether nothing but slashes follows; *slash tells whether there were any. */
static bool is_last(const walker *walk, bool *slash)
{
    *slash = false;
    for (size_t i = walk->frame_count; i-- > 0;)
        for (const char *at = walk->frames[i].at; at < walk->frames[i].end; at++) {
            if (*at != '/')
                return false;
            *slash = true;
        }
    return true;
}

/* What is left in the only frame, from `name` on, if it has neither "." nor ".." components. */
static bool plain_rest(const walker *walk, bj_span name, bj_span *rest)
{
    if (walk->frame_count != 1)
        return false;
    const char *end = walk->frames[0].end;
    for (const char *at = name.data; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t size = (size_t)((slash ? slash : end) - at);
        if ((size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += size + 1;
    }
    *rest = (bj_span){name.data, (size_t)(end - name.data)};
    return true;
}

/* Puts the target of `link`, which lies in the current directory, on top of the text. */
static vfs_errno follow(walker *walk, vfs_node link)
{
    if (++walk->links > VFS_SYMLINKS_MAX)
        return VFS_ELOOP;
    bj_autofree char *target = malloc(VFS_PATH_MAX);
    if (!target)
        return VFS_ENOMEM;
    size_t length;
    vfs_errno error = vfs_node_readlink(link, target, VFS_PATH_MAX, &length);
    if (error != VFS_OK)
        return error;
    if (length == 0)
        return VFS_ENOENT;
    if (length > VFS_PATH_MAX)
        return VFS_ENAMETOOLONG;
    if (target[0] == '/')
        return VFS_ENOTCAPABLE;
    size_t floor = walk->frames[walk->frame_count - 1].floor;
    if (link.layer->contained) {
        floor = walk->depth - 1;
        while (floor > 0 && walk->trail[floor - 1].node.layer == link.layer)
            floor--;
    }
    walk->frames[walk->frame_count++] =
        (frame){.at = target, .end = target + length, .owned = target, .floor = floor};
    target = NULL;
    return VFS_OK;
}

/* ---------------------------------------------------------------- the walk */

typedef struct result {
    vfs_node node; /* held; VFS_NO_NODE: there is none, but a place */
    bj_span name;  /* of the last component; no data: it was "." or ".." */
    bool slash;
} result;

/* Ends at `node`, which is handed over. */
static vfs_errno arrive(const walker *walk, vfs_node node, bj_span name, bool slash, result *found)
{
    if (slash && node.type != VFS_DIRECTORY && !(walk->flags & VFS_SLASH_LATER)) {
        vfs_node_drop(node);
        return VFS_ENOTDIR;
    }
    *found = (result){node, name, slash};
    return VFS_OK;
}

/* Lets the layer resolve all that is left. VFS_EAGAIN: it has to be done here. */
static vfs_errno walk_at_once(walker *walk, bj_span name, result *found)
{
    vfs_node directory = here(walk);
    bj_span rest;
    if (!vfs_node_walks(directory) || walk->want_place || walk->walk_forbidden ||
        vfs_tree_is_under_names(walk->tree, directory) || !plain_rest(walk, name, &rest))
        return VFS_EAGAIN;
    bool slash = rest.data[rest.size - 1] == '/';
    while (rest.data[rest.size - 1] == '/')
        rest.size--;
    vfs_node node;
    vfs_errno error = vfs_node_walk(directory, rest, (walk->flags & VFS_FOLLOW) || slash,
                                    walk->flags & VFS_WILL_READ ? VFS_READ : 0, &node);
    if (error == VFS_EAGAIN)
        walk->walk_forbidden = true;
    return error == VFS_OK ? arrive(walk, node, rest, slash, found) : error;
}

static vfs_errno look_up(walker *walk, bj_span name, vfs_node *child)
{
    if (name.size > VFS_NAME_MAX)
        return VFS_ENAMETOOLONG;
    vfs_node directory = here(walk);
    vfs_errno error = vfs_tree_lookup(walk->tree, directory, name, child);
    if (error == VFS_ENOENT && vfs_tree_grants_nothing_in(walk->tree, directory))
        vfs_tree_set_ungranted(walk->tree);
    return error;
}

/* One step for a component that is a name. *done: it was the last. */
static vfs_errno step(walker *walk, bj_span name, result *found, bool *done)
{
    bool slash, last = is_last(walk, &slash);
    vfs_node child = VFS_NO_NODE;
    vfs_errno error = walk_at_once(walk, name, found);
    *done = last || error == VFS_OK;
    if (error != VFS_EAGAIN)
        return error;
    error = look_up(walk, name, &child);
    if (error == VFS_ENOENT && last && walk->want_place) {
        *found = (result){VFS_NO_NODE, name, slash};
        return VFS_OK;
    }
    if (error != VFS_OK)
        return error;
    bool follows = !last || (walk->flags & VFS_FOLLOW) || (slash && !(walk->flags & VFS_KEEP_LINK));
    if (child.type == VFS_SYMLINK && follows) {
        *done = false;
        error = follow(walk, child);
        vfs_node_drop(child);
        return error;
    }
    if (last)
        return arrive(walk, child, name, slash, found);
    if (child.type != VFS_DIRECTORY) {
        vfs_node_drop(child);
        return VFS_ENOTDIR;
    }
    return push(walk, name, child);
}

static vfs_errno run(walker *walk, result *found)
{
    bj_span name;
    bool slash;
    while (next_component(walk, &name)) {
        vfs_errno error = VFS_OK;
        bool done = false;
        if (++walk->components > VFS_COMPONENTS_MAX)
            error = VFS_ELOOP;
        else if (bj_span_is(name, ".."))
            error = pop(walk, walk->frames[walk->frame_count - 1].floor);
        else if (!bj_span_is(name, "."))
            error = step(walk, name, found, &done);
        if (error != VFS_OK || done)
            return error;
    }
    (void)is_last(walk, &slash);
    *found = (result){vfs_node_hold(here(walk)), {NULL, 0}, slash};
    return VFS_OK;
}

static vfs_errno begin(walker *walk, vfs_tree *tree, vfs_node base, bj_span path, unsigned flags)
{
    vfs_errno error = vfs_path_check(path);
    if (error == VFS_OK && path.data[0] == '/')
        error = VFS_ENOTCAPABLE;
    if (error == VFS_OK && base.type != VFS_DIRECTORY)
        error = VFS_ENOTDIR;
    walk->tree = tree;
    walk->flags = flags;
    walk->want_place = false;
    walk->walk_forbidden = false;
    walk->links = walk->components = 0;
    walk->frame_count = 1;
    walk->frames[0] = (frame){.at = path.data, .end = path.data + path.size};
    walk->trail = walk->inline_trail;
    walk->trail[0] = (trail_entry){.node = base};
    walk->names = walk->inline_names;
    walk->names_size = 0;
    walk->names_capacity = NAMES_INLINE;
    walk->depth = 1;
    walk->capacity = TRAIL_INLINE;
    return error;
}

vfs_errno vfs_resolve(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags, vfs_node *node)
{
    walker walk;
    result found;
    vfs_errno error = begin(&walk, tree, base, path, flags);
    if (error == VFS_OK)
        error = run(&walk, &found);
    if (error == VFS_OK)
        *node = found.node;
    finish(&walk);
    return error;
}

vfs_errno vfs_tree_find(vfs_tree *tree, bj_span path, vfs_node *node)
{
    if (path.size == 0 || path.data[0] != '/')
        return VFS_EINVAL;
    while (path.size > 1 && path.data[0] == '/')
        path.data++, path.size--;
    if (path.data[0] == '/')
        path = bj_span_of(".");
    return vfs_resolve(tree, vfs_tree_root(tree), path, VFS_FOLLOW, node);
}

vfs_errno vfs_resolve_place(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags,
                            vfs_place *place)
{
    walker walk;
    result found;
    *place = (vfs_place){0};
    vfs_errno error = begin(&walk, tree, base, path, flags);
    walk.want_place = true;
    if (error == VFS_OK)
        error = run(&walk, &found);
    if (error == VFS_OK) {
        place->parent = vfs_node_hold(here(&walk));
        place->node = found.node;
        place->slash = found.slash;
        place->is_name = found.name.data != NULL;
        place->name_size = (uint8_t)found.name.size;
        if (place->is_name)
            memcpy(place->name_bytes, found.name.data, found.name.size);
    }
    finish(&walk);
    return error;
}

void vfs_place_drop(vfs_place *place)
{
    vfs_node_drop(place->node);
    vfs_node_drop(place->parent);
    *place = (vfs_place){0};
}
