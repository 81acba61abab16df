/*
 * judge.c: what has become of a path, by what lies there at both moments; its size and its digest.
 *
 * What the guest could have seen decides: that there was nothing, or another kind of thing, or other bytes. What cannot be
 * looked at (no memory, no descriptors, the host says no) is not told of, and the list says so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "vfs/changes/search.h"
#include "vfs/host/journal.h"
#include "vfs/memory/inodes.h"

/* What the steps cost, in units of policy/work.h. */
#define LOOK_UP_COST 200u
#define STAT_COST    500u

#define DIGEST_PIECE 65536u

/* ---------------------------------------------------------------- looking */

/* What lies at a path at one moment. */
typedef struct sight {
    vfs_node node;          /* held; VFS_NO_NODE: nothing */
    const vfs_inode *inode; /* NULL: of a mount that has none */
} sight;

static bool is_absent(vfs_errno error)
{
    return error == VFS_ENOENT || error == VFS_ENOTDIR;
}

static policy_unfinished cause_of(vfs_errno error)
{
    return error == VFS_ENOMEM ? POLICY_UNFINISHED_memory : POLICY_UNFINISHED_host;
}

/* No link is followed, not even on the way: what is a directory at one moment may be a link at the other.
 * False: it cannot be told what lies there; *why. */
static bool look(vfs_tree *tree, const char *path, policy_work *work, sight *seen,
                 policy_unfinished *why)
{
    *seen = (sight){0};
    vfs_autonode vfs_node at = vfs_node_hold(vfs_tree_root(tree));
    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        const bj_span name = {path, strcspn(path, "/")};
        vfs_node child;
        if (!policy_work_step(work, LOOK_UP_COST)) {
            *why = policy_unfinished_by(work);
            return false;
        }
        if (at.type != VFS_DIRECTORY || name.size > VFS_NAME_MAX)
            return true;
        const vfs_errno error = vfs_tree_lookup(tree, at, name, &child);
        if (is_absent(error))
            return true;
        if (error != VFS_OK) {
            *why = cause_of(error);
            return false;
        }
        vfs_node_drop(at);
        at = child;
        path += name.size;
    }
    seen->node = vfs_node_steal(&at);
    const vfs_inodes *inodes = vfs_layer_inodes(seen->node.layer);
    if (inodes)
        seen->inode = vfs_inodes_get(inodes, seen->node.id);
    return true;
}

/* The same at both moments; false: the list is marked, and nothing is held. */
static bool look_twice(vfs_search *s, const char *path, sight *before, sight *after)
{
    policy_unfinished why = POLICY_FINISHED;
    if (look(s->before, path, s->work, before, &why)) {
        if (look(s->after, path, s->work, after, &why))
            return true;
        vfs_node_drop(before->node);
    }
    policy_unfinished_set(&s->out->files, why);
    return false;
}

/* ---------------------------------------------------------------- comparing */

static bool same_origin(const vfs_inode *a, const vfs_inode *b)
{
    return a->origin == b->origin ||
           (a->origin && b->origin &&
            bj_span_equal(vfs_origin_path(a->origin), vfs_origin_path(b->origin)));
}

/* Whether no byte was put into a file that lies over another; it may have been cut. */
static bool is_unwritten(const vfs_inode *inode)
{
    const vfs_content *content = &inode->content;
    return inode->origin && (inode->borrowed || (!content->first && !content->rest.root &&
                                                 content->base == content->size));
}

static bool same_size(vfs_node a, vfs_node b)
{
    vfs_stat one, other;
    return vfs_node_stat(a, &one) == VFS_OK && vfs_node_stat(b, &other) == VFS_OK &&
           one.size == other.size;
}

/* Whether two files have the same bytes for sure. */
static bool same_bytes(const sight *one, const sight *other)
{
    const vfs_inode *a = one->inode, *b = other->inode;
    if (is_unwritten(a) && is_unwritten(b))
        return same_origin(a, b) && same_size(one->node, other->node);
    if (a->borrowed || b->borrowed)
        return false;
    return a->content.first == b->content.first && a->content.rest.root == b->content.rest.root &&
           a->content.size == b->content.size && a->content.base == b->content.base &&
           (a->content.base == 0 || same_origin(a, b));
}

static bool same_time(vfs_node a, vfs_node b)
{
    vfs_stat one, other;
    return vfs_node_stat(a, &one) == VFS_OK && vfs_node_stat(b, &other) == VFS_OK &&
           one.modified_ns == other.modified_ns;
}

/* Of links, which are short, the text decides. */
static bool same_target(vfs_node a, vfs_node b)
{
    char text[2][VFS_PATH_MAX];
    size_t size[2];
    return vfs_node_readlink(a, text[0], sizeof text[0], &size[0]) == VFS_OK &&
           vfs_node_readlink(b, text[1], sizeof text[1], &size[1]) == VFS_OK &&
           size[0] == size[1] && size[0] <= sizeof text[0] &&
           memcmp(text[0], text[1], size[0]) == 0;
}

/* Whether the two are one directory, whose names were compared by themselves. */
static bool is_same_directory(const sight *before, const sight *after)
{
    return before->inode && after->inode && before->node.type == VFS_DIRECTORY &&
           after->node.type == VFS_DIRECTORY &&
           (before->inode->item.key == after->inode->item.key ||
            (before->inode->origin && same_origin(before->inode, after->inode)));
}

/* Of two things of one type. A directory's time follows what becomes of its names, and is not told of. */
static bool is_changed(const sight *before, const sight *after)
{
    if (after->node.type == VFS_DIRECTORY)
        return false;
    if (after->node.type == VFS_SYMLINK)
        return !same_target(before->node, after->node) || !same_time(before->node, after->node);
    if (after->node.type != VFS_REGULAR_FILE)
        return !before->inode || !after->inode || !same_origin(before->inode, after->inode);
    return !before->inode || !after->inode || !same_bytes(before, after) ||
           !same_time(before->node, after->node);
}

/* ---------------------------------------------------------------- the list */

/* `path` is one of s->paths, whose texts the list takes over in the end. */
static void add_change(vfs_search *s, const char *path, bj_change_kind kind, vfs_node node)
{
    vfs_stat stat;
    vfs_change *change = vfs_search_new(s);
    if (!change)
        return;
    *change = (vfs_change){.path = path, .kind = kind, .type = (vfs_type)node.type};
    if (kind != BJ_DELETED && node.type != VFS_DIRECTORY && vfs_node_stat(node, &stat) == VFS_OK)
        change->size = stat.size;
    vfs_search_place(s);
}

typedef struct children {
    vfs_search *s;
    const char *path;
} children;

static bool add_child(void *user, const vfs_entry *entry)
{
    const children *c = user;
    char path[2 * VFS_PATH_MAX];
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    const int size =
        snprintf(path, sizeof path, "%s/%.*s", c->path, (int)entry->name.size, entry->name.data);
    if (size > 0 && (size_t)size < sizeof path)
        return vfs_search_add(c->s, (bj_span){path, (size_t)size});
    policy_unfinished_set(&c->s->out->files, POLICY_UNFINISHED_bytes);
    return false;
}

static void add_children(vfs_search *s, const char *path, vfs_node directory)
{
    children c = {s, path};
    if (!directory.layer || directory.type != VFS_DIRECTORY || !vfs_search_step(s, STAT_COST))
        return;
    const vfs_errno error = vfs_node_readdir(directory, 0, add_child, &c);
    if (error != VFS_OK &&
        vfs_search_step(s, 0)) /* it says why, where that is the end of the search */
        policy_unfinished_set(&s->out->files, cause_of(error));
}

static void judge(vfs_search *s, const char *path)
{
    sight before, after;
    if (!look_twice(s, path, &before, &after))
        return;
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

bool vfs_search_judge(vfs_search *s)
{
    while (s->judged < s->paths.count) {
        if (!vfs_search_step(s, STAT_COST))
            return false;
        judge(s, s->paths.items[s->judged++]);
    }
    return true;
}

/* ---------------------------------------------------------------- directories of the host */

static void judge_entry(vfs_search *s, const char *path, const vfs_journal_entry *entry)
{
    sight after;
    policy_unfinished why = POLICY_FINISHED;
    if (!look(s->after, path, s->work, &after, &why)) {
        policy_unfinished_set(&s->out->files, why);
        return;
    }
    const bool was = entry->existed, is = after.node.layer != NULL;
    const bool both = was && is && after.node.type == entry->type;
    if (both && after.node.type != VFS_DIRECTORY)
        add_change(s, path, BJ_MODIFIED, after.node);
    if (was && !both)
        add_change(s, path, BJ_DELETED, (vfs_node){.type = entry->type & 0xff});
    if (is && !both)
        add_change(s, path, BJ_CREATED, after.node);
    vfs_node_drop(after.node);
}

static void judge_journal(vfs_search *s, const vfs_mount *mount, const vfs_journal *journal)
{
    char path[2 * VFS_PATH_MAX];
    policy_unfinished_set(&s->out->files, journal->unfinished);
    for (size_t i = 0; i < journal->paths.count && vfs_search_step(s, STAT_COST); i++) {
        const int size = snprintf(path, sizeof path, "%s%s", mount->path, journal->paths.items[i]);
        if (size < 0 || (size_t)size >= sizeof path)
            policy_unfinished_set(&s->out->files, POLICY_UNFINISHED_bytes);
        else if (vfs_search_add(s, (bj_span){path, (size_t)size}))
            judge_entry(s, s->paths.items[s->judged++], &journal->entries[i]);
    }
}

void vfs_search_judge_journals(vfs_search *s)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(s->after, &count);
    for (size_t i = 0; i < count; i++) {
        const vfs_journal *journal = vfs_layer_journal(mounts[i].root.layer);
        if (journal)
            judge_journal(s, &mounts[i], journal);
    }
}

/* ---------------------------------------------------------------- digests */

static void set_digest(vfs_change *change, bj_sha256 digest)
{
    bj_sha256_hex(&digest, change->digest_hex);
    change->has_digest = true;
}

static policy_unfinished digest_file(vfs_search *s, vfs_node node, vfs_change *change)
{
    bj_autofree uint8_t *bytes = malloc(DIGEST_PIECE);
    bj_sha256_state state;
    vfs_errno error = bytes ? vfs_node_open(node, VFS_READ) : VFS_ENOMEM;
    bj_sha256_begin(&state);
    size_t moved = error == VFS_OK ? 1 : 0;
    for (uint64_t at = 0; at < change->size && moved > 0; at += moved) {
        error = vfs_node_read(node, at, bytes, DIGEST_PIECE, &moved);
        if (error != VFS_OK)
            break;
        bj_sha256_add(&state, bytes, moved);
        if (!policy_work_step(s->work, STAT_COST + 2 * moved))
            return policy_unfinished_by(s->work);
    }
    if (error != VFS_OK)
        return cause_of(error);
    set_digest(change, bj_sha256_end(&state));
    return POLICY_FINISHED;
}

static policy_unfinished digest_link(vfs_node node, vfs_change *change)
{
    char target[VFS_PATH_MAX];
    size_t size;
    const vfs_errno error = vfs_node_readlink(node, target, sizeof target, &size);
    if (error != VFS_OK || size > sizeof target)
        return cause_of(error);
    set_digest(change, bj_sha256_of(target, size));
    return POLICY_FINISHED;
}

static policy_unfinished digest(vfs_search *s, vfs_change *change)
{
    sight seen;
    policy_unfinished why = POLICY_FINISHED;
    if (!look(s->after, change->path, s->work, &seen, &why))
        return why;
    if (!seen.node.layer || (vfs_type)seen.node.type != change->type)
        why = POLICY_UNFINISHED_host; /* whoever else uses the host's directory has been there */
    else if (change->type == VFS_REGULAR_FILE)
        why = digest_file(s, seen.node, change);
    else
        why = digest_link(seen.node, change);
    vfs_node_drop(seen.node);
    return why;
}

void vfs_search_digest(vfs_search *s)
{
    uint64_t left = VFS_CHANGES_DIGEST_MOST;
    for (size_t i = 0; i < s->out->count; i++) {
        vfs_change *each = &s->out->items[i];
        if (each->kind == BJ_DELETED ||
            (each->type != VFS_REGULAR_FILE && each->type != VFS_SYMLINK))
            continue;
        if (!policy_work_step(s->work, STAT_COST)) {
            policy_unfinished_set(&s->out->digests, policy_unfinished_by(s->work));
            return;
        }
        if (each->size > left) {
            policy_unfinished_set(&s->out->digests, POLICY_UNFINISHED_bytes);
            continue;
        }
        left -= each->size;
        policy_unfinished_set(&s->out->digests, digest(s, each));
    }
}
