/*
 * journal.c: a list of paths that grows up to a limit. What finds no room is only noted as missing.
 */
#include "vfs/journal.h"

#include <stdlib.h>
#include <string.h>

static bool has_room(vfs_journal *journal)
{
    if (journal->count == VFS_JOURNAL_MOST)
        return false;
    if (journal->count < journal->capacity)
        return true;
    const size_t capacity = journal->capacity ? 2 * journal->capacity : 16;
    vfs_journal_entry *entries = realloc(journal->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    journal->entries = entries;
    journal->capacity = capacity;
    return true;
}

void vfs_journal_add(vfs_journal *journal, const char *path, bool existed, vfs_type type)
{
    if (journal->count > 0 && strcmp(journal->entries[journal->count - 1].path, path) == 0)
        return;
    char *copy = has_room(journal) ? strdup(path) : NULL;
    if (copy)
        journal->entries[journal->count++] = (vfs_journal_entry){copy, existed, type};
    else
        journal->more = true;
}

void vfs_journal_clear(vfs_journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        free(journal->entries[i].path);
    free(journal->entries);
    *journal = (vfs_journal){0};
}
