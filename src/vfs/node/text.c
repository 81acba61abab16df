/*
 * text.c: the check of a path's text.
 */
#include "vfs/node/text.h"

#include "base/utf8.h"
#include "vfs/node/layer.h"

vfs_errno vfs_path_check(bj_span path)
{
    if (path.size == 0)
        return VFS_ENOENT;
    if (path.size > VFS_PATH_MAX)
        return VFS_ENAMETOOLONG;
    for (size_t i = 0; i < path.size;) {
        if (path.data[i] == 0)
            return VFS_EINVAL;
        size_t size = bj_utf8_sequence((bj_span){path.data + i, path.size - i});
        if (size == 0)
            return VFS_EILSEQ;
        i += size;
    }
    return VFS_OK;
}
