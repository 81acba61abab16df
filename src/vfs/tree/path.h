/*
 * path.h: from a path of the guest to a node. The only code that walks paths.
 */
#ifndef BJ_VFS_PATH_H
#define BJ_VFS_PATH_H

#include "vfs/node/text.h"
#include "vfs/tree/tree.h"

/* Follow a symbolic link in the last place. Links before it are always followed. */
#define VFS_FOLLOW 1u
/* Not even a trailing slash follows a link in the last place: for what removes or renames names. */
#define VFS_KEEP_LINK 2u
/* For vfs_resolve_place: the caller looks at `slash` itself, after other checks. */
#define VFS_SLASH_LATER 4u
/* For vfs_resolve: the node will be opened for reading next. */
#define VFS_WILL_READ 8u

/*
 * The node that `path` leads to from the directory `base`; held.
 *
 * Nothing that a path or a link says leaves `base`: an absolute path, a link to one, and a ".." too
 * many are ENOTCAPABLE. A link inside a host directory does not leave that mount either. A trailing
 * slash wants a directory (ENOTDIR). At most 40 links (ELOOP).
 */
vfs_errno vfs_resolve(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags,
                      vfs_node *node) BJ_CHECK_RESULT;

/* The node at an absolute path, links followed; to be dropped by the caller. */
vfs_errno vfs_tree_find(vfs_tree *tree, bj_span path, vfs_node *node) BJ_CHECK_RESULT;

/* A name in a directory, whether or not there is something of that name. */
typedef struct vfs_place {
    vfs_node parent; /* held */
    vfs_node node;   /* held; VFS_NO_NODE: the name is free */
    bool slash;      /* the path ended in a slash: only a directory may be there */
    bool is_name;    /* false: the path ended in "." or "..", `node` is that directory */
    uint8_t name_size;
    char name_bytes[VFS_NAME_MAX];
} vfs_place;

static inline bj_span vfs_place_name(const vfs_place *place)
{
    return (bj_span){place->name_bytes, place->name_size};
}

/* The same, for calls that make, remove or rename names: only what leads to the last name must exist. */
vfs_errno vfs_resolve_place(vfs_tree *tree, vfs_node base, bj_span path, unsigned flags,
                            vfs_place *place) BJ_CHECK_RESULT;
void vfs_place_drop(vfs_place *place);
#define vfs_autoplace __attribute__((cleanup(vfs_place_drop)))

#endif
