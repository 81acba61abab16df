/*
 * inodes.h: files and directories that live in memory: what the memory layer and the overlay are made of.
 *
 *     inodes ── map ──> inode { type, links, times, content | directory { name ──> number } }
 *            └─ holds: what descriptors and walks hold, of this sandbox alone
 *
 * Everything refers to a file by its number, directories and descriptors alike, and numbers are never used
 * again. Inodes are persistent (map.h): a fork shares them all and costs the same for one file or a million;
 * whoever changes one copies it, and what leads to it. What belongs to a sandbox and not to its files is
 * kept outside of them.
 *
 * Quota: a file or directory (the root aside) takes one of POLICY_files; of the bytes it takes its size,
 * VFS_NODE_COST, and for each name its length and VFS_NAME_COST: a hard link costs a name, a symbolic link a
 * file. All of it is given back when the last name and the last hold are gone.
 */
#ifndef BJ_VFS_INODES_H
#define BJ_VFS_INODES_H

#include "vfs/memory/content.h"
#include "vfs/memory/directory.h"
#include "vfs/memory/holds.h"
#include "vfs/memory/origin.h"

#define VFS_NODE_COST 256u
#define VFS_NAME_COST 96u
#define VFS_LINKS_MAX (UINT32_MAX / 2)

/* The content of a symbolic link is its target. */
typedef struct vfs_inode {
    vfs_item item; /* key: its number */
    uint32_t type;
    uint32_t links;  /* names; a directory has one, and 0 once it is removed */
    uint64_t parent; /* where its latest name is; of a directory, its only one */
    uint64_t name;   /* … the key of that name */
    uint64_t inode;  /* what stat tells */
    uint64_t accessed_ns, modified_ns, changed_ns;
    vfs_origin *origin; /* in an overlay: what lies below; NULL: nothing does */
    bool borrowed;      /* in an overlay: all of it is as it is below; charged nothing */
    union {
        vfs_content content;
        vfs_directory directory;
    };
} vfs_inode;

typedef struct vfs_inodes {
    vfs_map map;
    vfs_map start, mark; /* as it was at those moments; `mark` is empty where there is none */
    uint64_t next;       /* number of the next inode */
    vfs_quota quota;
    vfs_holds holds;
    uint64_t was_bytes; /* charged at one of those moments */
    bool was_large;     /* at one of those moments: whether letting go of it is left to reap.h */
} vfs_inodes;

/* For inodes_saved.c: an empty inode of that number, charged nothing, to be filled before anything else is done. NULL:
 * the number is taken, or out of memory. */
vfs_inode *vfs_inodes_restore(vfs_inodes *inodes, uint64_t number, vfs_type type) BJ_CHECK_RESULT;

/* Number 0 is the root directory. -1: out of memory, and there is nothing to clear. */
int vfs_inodes_init(vfs_inodes *inodes, policy_budget *budget, uint64_t own_bytes) BJ_CHECK_RESULT;

/* What there is now is what there was at VFS_START. */
void vfs_inodes_begin(vfs_inodes *inodes);
/* What there is now is what there was at VFS_MARK. */
void vfs_inodes_mark(vfs_inodes *inodes);
/* Forgets the mark: what only it kept is freed. */
void vfs_inodes_unmark(vfs_inodes *inodes);

/* Lets go of a moment of the table: of one of its own, or of one that was shared with its map (vfs_map_share) to be looked at
 * while the table changes. */
void vfs_inodes_let_go(const vfs_inodes *inodes, vfs_map *moment);

/* The same files in another sandbox, nothing held; those of an earlier moment are charged nothing. ENOSPC: they are more than its limits allow; there is
 * nothing to clear then. `from` is not changed, and may be forked by several threads at once while nobody changes it. */
vfs_errno vfs_inodes_fork(vfs_inodes *inodes, const vfs_inodes *from, vfs_moment moment,
                          policy_budget *budget) BJ_CHECK_RESULT;
void vfs_inodes_clear(vfs_inodes *inodes);

/* Makes the files those of `from` (saved.h); holds stay, each of which must be on a directory there: else EINVAL. What there
 * was at VFS_START stays too: what differs is what whoever saved them had changed. ENOSPC. */
vfs_errno vfs_inodes_assume(vfs_inodes *inodes, const vfs_inodes *from) BJ_CHECK_RESULT;

/* An inode that there is; to be read only. Good until the next change. */
const vfs_inode *vfs_inodes_get(const vfs_inodes *inodes, uint64_t number);
/* The same, to be changed. NULL: out of memory. */
vfs_inode *vfs_inodes_edit(vfs_inodes *inodes, uint64_t number) BJ_CHECK_RESULT;

/* Without a name, held once. ENOSPC, ENOMEM. */
vfs_errno vfs_inodes_new(vfs_inodes *inodes, vfs_type type, uint64_t *number) BJ_CHECK_RESULT;
/* A symbolic link. */
vfs_errno vfs_inodes_new_symlink(vfs_inodes *inodes, bj_span target,
                                 uint64_t *number) BJ_CHECK_RESULT;
/* The same as vfs_inodes_new, charged nothing: see `borrowed`. */
vfs_errno vfs_inodes_borrow(vfs_inodes *inodes, vfs_type type, uint64_t *number) BJ_CHECK_RESULT;
/* Charges what vfs_inodes_borrow made, and its name of `name_size`. ENOSPC, ENOMEM. */
vfs_errno vfs_inodes_keep(vfs_inodes *inodes, uint64_t number, size_t name_size) BJ_CHECK_RESULT;

/* Undoes that, and empties its content. */
void vfs_inodes_unkeep(vfs_inodes *inodes, uint64_t number, size_t name_size);

/* Another hold on an inode that is held, or that has a name. ENOMEM only for the first. */
vfs_errno vfs_inodes_hold(vfs_inodes *inodes, uint64_t number) BJ_CHECK_RESULT;
/* Frees the inode once neither a name nor a hold is left. True when it was the last hold. */
bool vfs_inodes_drop(vfs_inodes *inodes, uint64_t number);

/* Gives `number` a name in `directory`, which has none of that name, or a whiteout. ENOENT in a directory that was removed;
 * ENOSPC, ENOMEM: nothing changed. */
vfs_errno vfs_inodes_name(vfs_inodes *inodes, uint64_t directory, bj_span name, uint64_t number,
                          unsigned flags) BJ_CHECK_RESULT;
/* The same for one more name of an inode that has some. */
vfs_errno vfs_inodes_link(vfs_inodes *inodes, uint64_t number, uint64_t directory, bj_span name,
                          unsigned flags) BJ_CHECK_RESULT;
/* Takes the name away. With VFS_NAME_COVERS what lies below stays hidden: a whiteout takes its place. ENOMEM. */
vfs_errno vfs_inodes_unname(vfs_inodes *inodes, uint64_t directory, bj_span name) BJ_CHECK_RESULT;
/* Moves a name that is there to `new_name` in `to`, where what had that name loses it. What lies below either
 * name stays hidden. ENOENT where `to` was removed; ENOSPC, ENOMEM: nothing changed. */
vfs_errno vfs_inodes_rename(vfs_inodes *inodes, uint64_t from, bj_span name, uint64_t to,
                            bj_span new_name, unsigned new_flags) BJ_CHECK_RESULT;

/* Whether `directory` is `ancestor` or lies below it. */
bool vfs_inodes_lies_below(const vfs_inodes *inodes, uint64_t directory, uint64_t ancestor);

/* "/dir/name", or "" for the root, NUL-terminated: by its latest name. False: it has none, or it is longer. */
bool vfs_inodes_path(const vfs_map *map, uint64_t number, char *path, size_t size);

/* What stat says of an inode that is not borrowed. */
void vfs_inodes_stat(const vfs_inode *inode, uint32_t device, vfs_stat *stat);
vfs_errno vfs_inodes_set_times(vfs_inodes *inodes, uint64_t number,
                               const vfs_times *times) BJ_CHECK_RESULT;
/* Modified and changed now. */
void vfs_inode_touch(const vfs_inodes *inodes, vfs_inode *inode);

#endif
