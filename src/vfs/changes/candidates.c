/*
 * candidates.c: the paths that are still to be judged.
 */
#include "vfs/changes/search.h"

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
