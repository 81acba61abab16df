/*
 * changes.c: from two moments of a tree to a list of changes.
 *
 *     1. maps differ in these inodes ──> paths that may have changed        (candidates)
 *     2. each path, looked up at both moments ──> what has become of it     (judge)
 *
 * The first step may name too many paths, never too few; the second decides by what the guest could have seen.
 * What becomes of a directory as a whole (made, deleted, moved) becomes of all that is in it: its names are
 * candidates too.
 */
#include "vfs/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "vfs/hash.h"
#include "vfs/inodes.h"
#include "vfs/journal.h"
#include "vfs/path.h"

/* The paths still to be judged, and those that were; a path is judged once. */
typedef struct search {
    vfs_changes *out;
    vfs_tree *before, *after;
    vfs_moment since;
    bool digests;
    bool out_of_memory;
    uint64_t digested;
    char **paths;
    size_t count, capacity;
    uint64_t *seen; /* hashes of paths, open addressing; 0: free */
    size_t seen_size, seen_count;
} search;

/* ---------------------------------------------------------------- the paths */

/* Whether it is new. */
static bool remember(search *s, uint64_t hash)
{
    hash |= 1;
    if (2 * (s->seen_count + 1) > s->seen_size) {
        size_t size = s->seen_size ? 2 * s->seen_size : 64;
        uint64_t *seen = calloc(size, sizeof *seen);
        if (!seen) {
            s->out_of_memory = true;
            return false;
        }
        for (size_t i = 0; i < s->seen_size; i++)
            if (s->seen[i]) {
                size_t at = s->seen[i] / 2 & (size - 1);
                while (seen[at])
                    at = (at + 1) & (size - 1);
                seen[at] = s->seen[i];
            }
        free(s->seen);
        s->seen = seen;
        s->seen_size = size;
    }
    size_t at = hash / 2 & (s->seen_size - 1);
    while (s->seen[at] && s->seen[at] != hash)
        at = (at + 1) & (s->seen_size - 1);
    bool is_new = s->seen[at] == 0;
    s->seen[at] = hash;
    s->seen_count += is_new;
    return is_new;
}

static void add_path(search *s, bj_span path)
{
    if (s->out_of_memory || !remember(s, vfs_hash(0, path)))
        return;
    if (s->count == VFS_CHANGES_MOST) {
        s->out->more = true;
        return;
    }
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 32;
        char **paths = realloc(s->paths, capacity * sizeof *paths);
        if (!paths) {
            s->out_of_memory = true;
            return;
        }
        s->paths = paths;
        s->capacity = capacity;
    }
    char *copy = strndup(path.data, path.size);
    if (copy)
        s->paths[s->count++] = copy;
    else
        s->out_of_memory = true;
}

/* ---------------------------------------------------------------- candidates */

typedef struct comparison {
    search *s;
    const char *mount;
    const vfs_map *before, *after;
    /* The directory whose names are being compared, at each moment. */
    const vfs_inode *directory_before, *directory_after;
} comparison;

static void add_name(comparison *c, const vfs_map *map, uint64_t directory, bj_span name)
{
    char path[2 * VFS_PATH_MAX], above[VFS_PATH_MAX];
    int size = -1;
    if (vfs_inodes_path(map, directory, above, sizeof above))
        size = snprintf(path, sizeof path, "%s%s/%.*s", c->mount, above, (int)name.size, name.data);
    if (size >= 0 && (size_t)size < sizeof path)
        add_path(c->s, (bj_span){path, (size_t)size});
    else
        c->s->out->more = true; /* deeper than any path can say */
}

static bool is_borrowed(const vfs_item *name)
{
    return !name || (((const vfs_name *)name)->flags & VFS_NAME_BORROWED);
}

static bool compare_names(void *user, const vfs_item *before, const vfs_item *after)
{
    comparison *c = user;
    if (is_borrowed(before) && is_borrowed(after))
        return true;
    bj_span name = vfs_name_span((const vfs_name *)(after ? after : before));
    if (c->directory_before)
        add_name(c, c->before, c->directory_before->item.key, name);
    if (c->directory_after)
        add_name(c, c->after, c->directory_after->item.key, name);
    return !c->s->out_of_memory;
}

/* By its latest name; a file with several has more, which are looked for. */
static void add_file(comparison *c, const vfs_map *map, const vfs_inode *inode)
{
    const uint64_t id = inode->item.key;
    const vfs_inode *parent = (const vfs_inode *)vfs_map_get(map, inode->parent);
    const vfs_name *name =
        parent && inode->links == 1 ? vfs_directory_at(&parent->directory, inode->name) : NULL;
    if (name && name->id == id) {
        add_name(c, map, inode->parent, vfs_name_span(name));
        return;
    }
    for (const vfs_item *item = vfs_map_from(map, 0); inode->links > 0 && item;
         item = vfs_map_after(map, item->key)) {
        const vfs_inode *each = (const vfs_inode *)item;
        if (each->type != VFS_DIRECTORY)
            continue;
        for (name = vfs_directory_after(&each->directory, 0); name;
             name = vfs_directory_after(&each->directory, vfs_directory_cookie(name)))
            if (name->id == id && !(name->flags & VFS_NAME_WHITEOUT))
                add_name(c, map, item->key, vfs_name_span(name));
    }
}

static bool compare_inodes(void *user, const vfs_item *before_item, const vfs_item *after_item)
{
    comparison *c = user;
    const vfs_inode *before = (const vfs_inode *)before_item;
    const vfs_inode *after = (const vfs_inode *)after_item;
    static const vfs_directory none;
    const vfs_inode *either = after ? after : before;
    if (either->type == VFS_DIRECTORY) {
        c->directory_before = before;
        c->directory_after = after;
        vfs_directory_diff(before ? &before->directory : &none, after ? &after->directory : &none,
                           compare_names, c);
    } else {
        if (before && !before->borrowed)
            add_file(c, c->before, before);
        if (after && !after->borrowed)
            add_file(c, c->after, after);
    }
    return !c->s->out_of_memory;
}

/* ---------------------------------------------------------------- judging */

/* What lies at a path at one moment. */
typedef struct sight {
    vfs_node node;          /* held; VFS_NO_NODE: nothing */
    const vfs_inode *inode; /* NULL: of a mount that has none */
} sight;

/* No link is followed, not even on the way: what is a directory at one moment may be a link at the other. */
static void look(vfs_tree *tree, const char *path, sight *seen)
{
    *seen = (sight){0};
    vfs_autonode vfs_node at = vfs_tree_root(tree);
    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        const bj_span name = {path, strcspn(path, "/")};
        vfs_node child;
        if (at.type != VFS_DIRECTORY || name.size > VFS_NAME_MAX ||
            at.layer->ops->lookup(at, name, &child) != VFS_OK)
            return;
        vfs_node_drop(at);
        at = vfs_tree_cross(tree, child);
        path += name.size;
    }
    seen->node = vfs_node_steal(&at);
    if (seen->node.layer->ops->inodes)
        seen->inode =
            vfs_inodes_get(seen->node.layer->ops->inodes(seen->node.layer), seen->node.id);
}

static bool same_origin(const vfs_inode *a, const vfs_inode *b)
{
    return a->origin == b->origin ||
           (a->origin && b->origin &&
            bj_span_equal(vfs_origin_path(a->origin), vfs_origin_path(b->origin)));
}

/* Whether nothing was written to a file that lies over another. */
static bool is_untouched(const vfs_inode *inode)
{
    const vfs_content *content = &inode->content;
    return inode->origin && (inode->borrowed || (!content->first && !content->rest.root &&
                                                 content->base == content->size));
}

/* Whether two files have the same bytes for sure. */
static bool same_bytes(const vfs_inode *a, const vfs_inode *b)
{
    if (is_untouched(a) && is_untouched(b))
        return same_origin(a, b) &&
               (a->borrowed || b->borrowed || a->content.size == b->content.size);
    return a->content.first == b->content.first && a->content.rest.root == b->content.rest.root &&
           a->content.size == b->content.size && a->content.base == b->content.base &&
           (a->content.base == 0 || same_origin(a, b));
}

/* Of links, which are short, the text decides. */
static bool same_target(vfs_node a, vfs_node b)
{
    char text[2][VFS_PATH_MAX];
    size_t size[2];
    return a.layer->ops->readlink(a, text[0], sizeof text[0], &size[0]) == VFS_OK &&
           b.layer->ops->readlink(b, text[1], sizeof text[1], &size[1]) == VFS_OK &&
           size[0] == size[1] && memcmp(text[0], text[1], size[0]) == 0;
}

static void set_digest(vfs_change *change, bj_sha256 digest)
{
    bj_sha256_hex(&digest, change->digest_hex);
    change->has_digest = true;
}

static vfs_errno digest_file(search *s, vfs_node node, uint64_t size, vfs_change *change)
{
    enum { PIECE = 65536 };
    if (size > VFS_CHANGES_DIGEST_MOST - s->digested)
        return VFS_OK;
    s->digested += size;
    bj_autofree uint8_t *bytes = malloc(PIECE);
    if (!bytes)
        return VFS_ENOMEM;
    bj_sha256_state state;
    bj_sha256_begin(&state);
    for (uint64_t at = 0; at < size;) {
        size_t moved;
        vfs_errno error = node.layer->ops->read(node, at, bytes, PIECE, &moved);
        if (error != VFS_OK)
            return error;
        if (moved == 0)
            break;
        bj_sha256_add(&state, bytes, moved);
        at += moved;
    }
    set_digest(change, bj_sha256_end(&state));
    return VFS_OK;
}

/* Its size, and the digest where one is wanted. */
static vfs_errno measure(search *s, vfs_node node, vfs_change *change)
{
    vfs_stat stat;
    vfs_errno error = node.layer->ops->stat(node, &stat);
    if (error != VFS_OK || node.type == VFS_DIRECTORY)
        return error;
    change->size = stat.size;
    if (!s->digests)
        return VFS_OK;
    if (node.type == VFS_REGULAR_FILE)
        return digest_file(s, node, stat.size, change);
    char target[VFS_PATH_MAX];
    size_t size;
    error = node.type == VFS_SYMLINK ? node.layer->ops->readlink(node, target, sizeof target, &size)
                                     : VFS_EINVAL;
    if (error == VFS_OK && size <= sizeof target)
        set_digest(change, bj_sha256_of(target, size));
    return VFS_OK;
}

static void add_change(search *s, const char *path, bj_change_kind kind, vfs_node node)
{
    vfs_changes *out = s->out;
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? 2 * out->capacity : 16;
        vfs_change *items = realloc(out->items, capacity * sizeof *items);
        if (!items) {
            s->out_of_memory = true;
            return;
        }
        out->items = items;
        out->capacity = capacity;
    }
    vfs_change change = {.path = strdup(path), .kind = kind, .type = (vfs_type)node.type};
    if (!change.path || (kind != BJ_DELETED && measure(s, node, &change) == VFS_ENOMEM)) {
        free(change.path);
        s->out_of_memory = true;
        return;
    }
    out->items[out->count++] = change;
}

typedef struct children {
    search *s;
    const char *path;
} children;

static bool add_child(void *user, const vfs_entry *entry)
{
    children *c = user;
    char path[2 * VFS_PATH_MAX];
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    int size =
        snprintf(path, sizeof path, "%s/%.*s", c->path, (int)entry->name.size, entry->name.data);
    if (size > 0 && (size_t)size < sizeof path)
        add_path(c->s, (bj_span){path, (size_t)size});
    return !c->s->out_of_memory && !c->s->out->more;
}

static void add_children(search *s, const char *path, vfs_node directory)
{
    children c = {s, path};
    if (directory.layer && directory.type == VFS_DIRECTORY)
        (void)!directory.layer->ops->readdir(directory, 0, add_child, &c);
}

/* Whether the two are one directory, whose names were compared by themselves. */
static bool is_same_directory(const sight *before, const sight *after)
{
    return before->inode && after->inode &&
           (before->inode->item.key == after->inode->item.key ||
            (before->inode->origin && same_origin(before->inode, after->inode)));
}

static bool is_changed(const sight *before, const sight *after)
{
    if (after->node.type == VFS_DIRECTORY)
        return false;
    if (after->node.type == VFS_SYMLINK)
        return !same_target(before->node, after->node);
    return !before->inode || !after->inode || !same_bytes(before->inode, after->inode);
}

static void judge(search *s, const char *path)
{
    sight before, after;
    look(s->before, path, &before);
    look(s->after, path, &after);
    const bool was = before.node.layer != NULL, is = after.node.layer != NULL;
    const bool both = was && is && before.node.type == after.node.type;
    if (both && is_changed(&before, &after))
        add_change(s, path, BJ_MODIFIED, after.node);
    if (was && !both)
        add_change(s, path, BJ_DELETED, before.node);
    if (is && !both)
        add_change(s, path, BJ_CREATED, after.node);
    if (!both || !is_same_directory(&before, &after)) {
        add_children(s, path, before.node);
        add_children(s, path, after.node);
    }
    vfs_node_drop(before.node);
    vfs_node_drop(after.node);
}

/* ---------------------------------------------------------------- directories of the host */

static void judge_entry(search *s, const char *mount, const vfs_journal_entry *entry)
{
    char path[2 * VFS_PATH_MAX];
    sight after;
    int size = snprintf(path, sizeof path, "%s%s", mount, entry->path);
    if (size < 0 || (size_t)size >= sizeof path ||
        !remember(s, vfs_hash(0, (bj_span){path, (size_t)size})))
        return;
    look(s->after, path, &after);
    const bool is = after.node.layer != NULL, same = is && after.node.type == entry->type;
    vfs_errno error = is && after.node.type == VFS_REGULAR_FILE && after.node.layer->ops->open
                          ? after.node.layer->ops->open(after.node, VFS_READ)
                          : VFS_OK;
    if (error == VFS_OK && entry->existed && same && is && after.node.type != VFS_DIRECTORY)
        add_change(s, path, BJ_MODIFIED, after.node);
    else if (error == VFS_OK && is && !(entry->existed && same))
        add_change(s, path, BJ_CREATED, after.node);
    else if (!is && entry->existed)
        add_change(s, path, BJ_DELETED, (vfs_node){.type = entry->type & 0xff});
    vfs_node_drop(after.node);
}

static void judge_journal(search *s, const vfs_mount *mount)
{
    const vfs_ops *ops = mount->root.layer->ops;
    const vfs_journal *journal = ops->journal ? ops->journal(mount->root.layer) : NULL;
    for (size_t i = 0; journal && i < journal->count && !s->out_of_memory; i++)
        judge_entry(s, mount->path, &journal->entries[i]);
    if (journal && journal->more)
        s->out->more = true;
}

/* ---------------------------------------------------------------- the whole */

static int compare_changes(const void *a, const void *b)
{
    const vfs_change *one = a, *other = b;
    int order = strcmp(one->path, other->path);
    return order ? order : (int)other->kind - (int)one->kind; /* deleted before created */
}

static void run(search *s)
{
    size_t count, ignored;
    const vfs_mount *before = vfs_tree_mounts(s->before, &ignored);
    const vfs_mount *after = vfs_tree_mounts(s->after, &count);
    for (size_t i = 0; i < count && !s->out_of_memory; i++) {
        vfs_layer *old = before[i].root.layer, *now = after[i].root.layer;
        if (!now->ops->inodes)
            continue;
        comparison c = {.s = s,
                        .mount = after[i].path,
                        .before = &old->ops->inodes(old)->map,
                        .after = &now->ops->inodes(now)->map};
        vfs_map_diff(c.before, c.after, compare_inodes, &c);
    }
    for (size_t i = 0; i < s->count && !s->out_of_memory; i++)
        judge(s, s->paths[i]);
    for (size_t i = 0; i < count && s->since == VFS_MARK; i++)
        judge_journal(s, &after[i]);
    if (s->out->count > 1)
        qsort(s->out->items, s->out->count, sizeof *s->out->items, compare_changes);
}

/* Whether anything can have changed at all. */
static bool is_quiet(vfs_tree *tree, vfs_moment since)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    for (size_t i = 0; i < count; i++) {
        vfs_layer *layer = mounts[i].root.layer;
        const vfs_inodes *inodes = layer->ops->inodes ? layer->ops->inodes(layer) : NULL;
        if (inodes &&
            inodes->map.root != (since == VFS_MARK ? inodes->mark.root : inodes->start.root))
            return false;
        const vfs_journal *journal = layer->ops->journal ? layer->ops->journal(layer) : NULL;
        if (journal && since == VFS_MARK && (journal->count > 0 || journal->more))
            return false;
    }
    return true;
}

int vfs_tree_changes(vfs_tree *tree, vfs_moment since, bool digests, vfs_changes *changes,
                     bj_error *err)
{
    *changes = (vfs_changes){0};
    if (is_quiet(tree, since))
        return 0;
    policy_budget unlimited = {0};
    memset(unlimited.allowed, 0x7f, sizeof unlimited.allowed);
    vfs_tree *before = vfs_tree_fork(tree, since, &unlimited, err);
    if (!before)
        return -1;
    search s = {
        .out = changes, .before = before, .after = tree, .since = since, .digests = digests};
    run(&s);
    for (size_t i = 0; i < s.count; i++)
        free(s.paths[i]);
    free(s.paths);
    free(s.seen);
    vfs_tree_release(before);
    if (s.out_of_memory) {
        vfs_changes_clear(changes);
        return bj_fail_memory(err);
    }
    return 0;
}

void vfs_changes_clear(vfs_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        free(changes->items[i].path);
    free(changes->items);
    *changes = (vfs_changes){0};
}
