/*
 * journal.h: what the guest did to names in a directory of the host. Such a directory has no moments to compare
 * (changes.h), so what is done to it is written down as it is done, for the receipt of one run or eval.
 */
#ifndef BJ_VFS_JOURNAL_H
#define BJ_VFS_JOURNAL_H

#include "vfs/node.h"

#define VFS_JOURNAL_MOST 10000u

typedef struct vfs_journal_entry {
    char *path;   /* from the root of the layer: "/dir/name" */
    bool existed; /* whether there was something before */
    vfs_type type;
} vfs_journal_entry;

/* Of several entries for one path the first tells what was there before. */
typedef struct vfs_journal {
    vfs_journal_entry *entries;
    size_t count, capacity;
    bool more; /* not all could be written down */
} vfs_journal;

void vfs_journal_add(vfs_journal *journal, const char *path, bool existed, vfs_type type);
void vfs_journal_clear(vfs_journal *journal);

#endif
