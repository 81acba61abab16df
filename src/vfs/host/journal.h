/*
 * journal.h: what the guest did to names in a directory of the host. Such a directory has no moments to compare
 * (changes.h), so what is done to it is written down as it is done, for the receipt of one run or eval.
 *
 * A path is written down once, with what was there before the guest touched it: what is there now can be seen.
 */
#ifndef BJ_VFS_JOURNAL_H
#define BJ_VFS_JOURNAL_H

#include "vfs/node/node.h"
#include "vfs/node/paths.h"

#define VFS_JOURNAL_MOST  10000u
#define VFS_JOURNAL_BYTES ((size_t)2 << 20)

typedef struct vfs_journal_entry {
    bool existed;  /* whether there was something before */
    vfs_type type; /* what it was; VFS_UNKNOWN where it did not exist */
} vfs_journal_entry;

/* Zero is an empty one. */
typedef struct vfs_journal {
    vfs_paths paths;            /* from the root of the layer: "/dir/name" */
    vfs_journal_entry *entries; /* one for each path */
    size_t capacity;
    policy_unfinished unfinished; /* why not all is written down */
    uint32_t round;               /* how often it was begun anew */
} vfs_journal;

/* Nothing happens where the path is written down already. */
void vfs_journal_add(vfs_journal *journal, bj_span path, bool existed, vfs_type type);
/* Remembers that something happened that cannot be written down. */
void vfs_journal_miss(vfs_journal *journal, policy_unfinished why);
/* Begins it anew. */
void vfs_journal_clear(vfs_journal *journal);

#endif
