/*
 * journal.c: a set of paths, and what was there, up to a limit. What finds no room is only noted as missing.
 */
#include "vfs/host/journal.h"

#include <stdlib.h>

static bool has_room(vfs_journal *journal)
{
    if (journal->paths.count < journal->capacity)
        return true;
    const size_t capacity = journal->capacity ? 2 * journal->capacity : 16;
    vfs_journal_entry *entries = realloc(journal->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    journal->entries = entries;
    journal->capacity = capacity;
    return true;
}

void vfs_journal_miss(vfs_journal *journal, policy_unfinished why)
{
    policy_unfinished_set(&journal->unfinished, why);
}

void vfs_journal_add(vfs_journal *journal, bj_span path, bool existed, vfs_type type)
{
    policy_unfinished why;
    journal->paths.most = VFS_JOURNAL_MOST;
    journal->paths.most_bytes = VFS_JOURNAL_BYTES;
    if (vfs_paths_find(&journal->paths, path) != VFS_PATHS_NONE)
        return;
    if (!has_room(journal)) {
        vfs_journal_miss(journal, POLICY_UNFINISHED_memory);
        return;
    }
    const size_t number = vfs_paths_add(&journal->paths, path, &why);
    if (number == VFS_PATHS_NONE)
        vfs_journal_miss(journal, why);
    else
        journal->entries[number] = (vfs_journal_entry){existed, existed ? type : VFS_UNKNOWN};
}

void vfs_journal_clear(vfs_journal *journal)
{
    const uint32_t round = journal->round + 1;
    vfs_paths_clear(&journal->paths);
    free(journal->entries);
    *journal = (vfs_journal){.round = round};
}
