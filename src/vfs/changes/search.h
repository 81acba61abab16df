/*
 * search.h: what the files of the search for changes share: changes.c is the whole, find.c names the paths
 * that may have changed, judge.c says what became of each, order.c keeps the list in order.
 */
#ifndef BJ_VFS_CHANGES_SEARCH_H
#define BJ_VFS_CHANGES_SEARCH_H

#include "vfs/changes/changes.h"

typedef struct vfs_search {
    vfs_changes *out;
    vfs_tree *before, *after;
    policy_work *work;
    vfs_paths paths; /* those that were found; each is judged once, in this order */
    size_t judged;   /* how many of them were */
    uint32_t *order; /* see order.c; of out->capacity, and as much room again */
} vfs_search;

/* Whether the search goes on; if not, the list is marked as incomplete. */
static inline bool vfs_search_step(vfs_search *s, uint64_t cost)
{
    if (policy_work_step(s->work, cost))
        return true;
    policy_unfinished_set(&s->out->files, policy_unfinished_by(s->work));
    return false;
}

/* candidates.c: a path to be judged, unless it is known. False: it found no room, or the search is over. */
bool vfs_search_add(vfs_search *s, bj_span path);

/* Finds every path of the mounts with inodes at which something may be another than before, and has it judged: too many
 * perhaps, never too few, but for those below a path where another directory stands than before. */
void vfs_search_find(vfs_search *s);

/* Judges the paths that were added, and what lies below those where directories were made, deleted or exchanged. False: the
 * search is over. */
bool vfs_search_judge(vfs_search *s);

/* Another change of the list, to be filled in, `path` first; NULL: out of memory, and noted. */
vfs_change *vfs_search_new(vfs_search *s);

/* The last one is filled in. */
void vfs_search_place(vfs_search *s);

/* Puts the whole list in order: that is little more than a look at each. */
void vfs_search_order(vfs_search *s);

/* What was written down of directories of the host. */
void vfs_search_judge_journals(vfs_search *s);

/* Digests of what is listed, in its order. */
void vfs_search_digest(vfs_search *s);

#endif
