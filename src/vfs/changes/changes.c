/*
 * changes.c: from two moments of a tree to a list of changes.
 *
 *     1. maps differ in these inodes ──> paths that may have changed        (find.c)
 *     2. each path, looked up at both moments ──> what has become of it     (judge.c)
 *     3. its place in the order of the list                                 (order.c)
 *     4. when all is listed, digests, so that a large file hides no other
 *
 * The first step may name too many paths, never too few; the second decides by what the guest could have seen. A path goes
 * through the first three before the next one is found: whenever the time is over, what there was time for is listed.
 * What becomes of a directory as a whole (made, deleted, moved) becomes of all that is in it: its names are
 * candidates too.
 */
#include "vfs/changes/changes.h"

#include <stdlib.h>
#include <string.h>

#include "vfs/changes/search.h"
#include "vfs/host/journal.h"
#include "vfs/memory/inodes.h"

/* Whether anything can have changed at all in what lies in memory. */
static bool is_memory_quiet(vfs_tree *tree, vfs_moment since)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    for (size_t i = 0; i < count; i++) {
        const vfs_inodes *inodes = vfs_layer_inodes(mounts[i].root.layer);
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
        const vfs_journal *journal = vfs_layer_journal(mounts[i].root.layer);
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
    vfs_tree_set_work(s->after, s->work);
    vfs_search_find(s);
    vfs_tree_set_work(s->after, NULL);
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
    vfs_search_order(&s);
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
