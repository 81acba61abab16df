/*
 * changes.c: from two moments of a tree to a list of changes.
 *
 *     1. maps differ in these inodes ──> paths that may have changed        (changes_find.c)
 *     2. each path, looked up at both moments ──> what has become of it     (changes_judge.c)
 *     3. in order, and then with digests, so that a large file hides no other
 *
 * The first step may name too many paths, never too few; the second decides by what the guest could have seen.
 * What becomes of a directory as a whole (made, deleted, moved) becomes of all that is in it: its names are
 * candidates too.
 */
#include "vfs/changes.h"

#include <stdlib.h>
#include <string.h>

#include "policy/sort.h"
#include "vfs/changes_search.h"
#include "vfs/inodes.h"
#include "vfs/journal.h"

/* What is put in order when there is no time left to put all in order. */
#define LATE_MOST 4096u

bool vfs_search_add(vfs_search *s, bj_span path)
{
    policy_unfinished why;
    if (!vfs_search_step(s, 150 + path.size))
        return false;
    if (vfs_paths_find(&s->paths, path) != VFS_PATHS_NONE ||
        vfs_paths_add(&s->paths, path, &why) != VFS_PATHS_NONE)
        return true;
    policy_unfinished_set(&s->out->files, why);
    return false;
}

/* ---------------------------------------------------------------- order */

static int compare_changes(const void *a, const void *b)
{
    const vfs_change *one = a, *other = b;
    const int order = strcmp(one->path, other->path);
    return order ? order : (int)other->kind - (int)one->kind; /* deleted before created */
}

static policy_unfinished sort_all(vfs_changes *out, policy_work *work)
{
    bj_autofree const void **items = malloc(out->count * sizeof *items);
    vfs_change *ordered = malloc(out->count * sizeof *ordered);
    policy_unfinished why = items && ordered ? POLICY_FINISHED : POLICY_UNFINISHED_memory;
    for (size_t i = 0; why == POLICY_FINISHED && i < out->count; i++)
        items[i] = &out->items[i];
    if (why == POLICY_FINISHED)
        why = policy_sort(items, out->count, compare_changes, work);
    if (why != POLICY_FINISHED) {
        free(ordered);
        return why;
    }
    for (size_t i = 0; i < out->count; i++)
        ordered[i] = *(const vfs_change *)items[i];
    free(out->items);
    out->items = ordered;
    out->capacity = out->count;
    return POLICY_FINISHED;
}

/* A list that nobody has the time to sort is cut to what is sorted in no time. */
static void put_in_order(vfs_search *s)
{
    vfs_changes *out = s->out;
    if (out->count > LATE_MOST) {
        const policy_unfinished why = sort_all(out, s->work);
        if (why == POLICY_FINISHED)
            return;
        policy_unfinished_set(&out->files, why);
        out->count = LATE_MOST;
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, compare_changes);
}

/* ---------------------------------------------------------------- the whole */

/* Whether anything can have changed at all in what lies in memory. */
static bool is_memory_quiet(vfs_tree *tree, vfs_moment since)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    for (size_t i = 0; i < count; i++) {
        vfs_layer *layer = mounts[i].root.layer;
        const vfs_inodes *inodes = layer->ops->inodes ? layer->ops->inodes(layer) : NULL;
        if (inodes &&
            inodes->map.root != (since == VFS_MARK ? inodes->mark.root : inodes->start.root))
            return false;
    }
    return true;
}

bool vfs_tree_is_quiet(vfs_tree *tree)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    for (size_t i = 0; i < count; i++) {
        vfs_layer *layer = mounts[i].root.layer;
        const vfs_journal *journal = layer->ops->journal ? layer->ops->journal(layer) : NULL;
        if (journal && (journal->paths.count > 0 || journal->unfinished != POLICY_FINISHED))
            return false;
    }
    return is_memory_quiet(tree, VFS_MARK);
}

static void compare(vfs_search *s, vfs_moment since)
{
    bj_error err = {0};
    policy_budget unlimited;
    policy_budget_init_unlimited(&unlimited);
    s->before = vfs_tree_fork(s->after, since, &unlimited, &err);
    if (!s->before) {
        policy_unfinished_set(&s->out->files, err.code == BJ_ERROR_MEMORY ? POLICY_UNFINISHED_memory
                                                                          : POLICY_UNFINISHED_host);
        return;
    }
    vfs_search_find(s);
    vfs_search_judge(s);
    vfs_tree_release(s->before);
}

/* What the guest did to the host comes first: it must not be lost among files in memory that nobody will miss. */
void vfs_tree_changes(vfs_tree *tree, vfs_moment since, bool digests, policy_work *work,
                      vfs_changes *changes)
{
    *changes = (vfs_changes){0};
    vfs_search s = {.out = changes,
                    .after = tree,
                    .work = work,
                    .paths = {.most = VFS_CHANGES_MOST, .most_bytes = VFS_CHANGES_PATH_BYTES}};
    if (since == VFS_MARK)
        vfs_search_judge_journals(&s);
    if (!is_memory_quiet(tree, since))
        compare(&s, since);
    put_in_order(&s);
    if (digests)
        vfs_search_digest(&s);
    changes->texts = s.paths.texts;
    s.paths.texts = (vfs_texts){0};
    vfs_paths_clear(&s.paths);
}

void vfs_changes_clear(vfs_changes *changes)
{
    vfs_texts_clear(&changes->texts);
    free(changes->items);
    *changes = (vfs_changes){0};
}
