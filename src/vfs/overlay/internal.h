/*
 * internal.h: what the files of the overlay share: below.c finds and keeps, names.c changes names, bytes.c reads and
 * writes, overlay.c is the layer.
 *
 *     above   inodes in memory (inodes.h): what the guest changed
 *     below   a layer that is only read: a directory of the host
 *
 * An inode is one of three kinds:
 *     borrowed   all of it lies below; it is there only while somebody holds it, and holds its directory
 *     kept       it has a name and attributes of its own; bytes that nobody wrote, and names in a directory
 *                that nobody changed, still come from its `origin` below
 *     new        nothing of it lies below (no origin)
 * A name above that has something below under the same name says so (VFS_NAME_COVERS); one that was removed
 * leaves a whiteout. So a listing shows what lies below first, as the names above have it, and then the names
 * that are only above: each name has its one place in it for good.
 *
 * The host's directory is taken not to change under the guest. Where it does, the guest may see old and new
 * mixed, as with any overlay; it never sees anything outside of the directory.
 */
#ifndef BJ_VFS_OVERLAY_INTERNAL_H
#define BJ_VFS_OVERLAY_INTERNAL_H

#include "vfs/memory/inodes.h"
#include "vfs/overlay/overlay.h"

/* Of what lies below and is not open, this many are kept: each is a descriptor of the host. The others are found again. */
#define OVERLAY_RECENT 16u

typedef struct overlay_layer {
    vfs_layer layer;
    vfs_inodes inodes;
    vfs_layer *below;                /* owned */
    uint64_t recent[OVERLAY_RECENT]; /* a ring of inodes whose `below` was found last; 0: none */
    uint32_t oldest;
} overlay_layer;

static inline overlay_layer *overlay_of(vfs_node node)
{
    return (overlay_layer *)node.layer;
}

static inline const vfs_inode *overlay_inode(vfs_node node)
{
    return vfs_inodes_get(&overlay_of(node)->inodes, node.id);
}

static inline vfs_node overlay_root_below(const overlay_layer *self)
{
    return (vfs_node){self->below, 0, VFS_DIRECTORY};
}

/* ---- below.c ---- */

/* What lies below an inode that is held and has an origin, found when it is wanted: not to be dropped, and good until the
 * next call of this. ENOENT: the host has removed it meanwhile. */
vfs_errno overlay_below(overlay_layer *self, uint64_t id, vfs_node *below) BJ_CHECK_RESULT;

/* The same, opened for reading: good for as long as the inode is held. */
vfs_errno overlay_open_below(overlay_layer *self, uint64_t id, vfs_node *below) BJ_CHECK_RESULT;

vfs_errno overlay_lookup(vfs_node directory, bj_span name, vfs_node *child) BJ_CHECK_RESULT;
bool overlay_hold(vfs_node node);
void overlay_drop(vfs_node node);

/* Makes a borrowed inode one that is kept, and the directories above it. ENOSPC, ENOMEM. */
vfs_errno overlay_keep(overlay_layer *self, uint64_t id) BJ_CHECK_RESULT;

/* ---- names.c: members of vfs_ops. ---- */

vfs_errno overlay_create(vfs_node directory, bj_span name, vfs_type type, vfs_node *child);
vfs_errno overlay_symlink(vfs_node directory, bj_span name, bj_span target);
vfs_errno overlay_link(vfs_node node, vfs_node directory, bj_span name);
vfs_errno overlay_unlink(vfs_node directory, bj_span name);
vfs_errno overlay_rmdir(vfs_node directory, bj_span name);
vfs_errno overlay_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name);
vfs_errno overlay_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user);

/* ---- bytes.c: members of vfs_ops. ---- */

vfs_errno overlay_stat(vfs_node node, vfs_stat *stat);
vfs_errno overlay_open(vfs_node node, unsigned access);
vfs_errno overlay_read(vfs_node node, uint64_t offset, void *bytes, size_t size, size_t *moved);
vfs_errno overlay_write(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                        size_t *moved);
vfs_errno overlay_resize(vfs_node node, uint64_t size);
vfs_errno overlay_allocate(vfs_node node, uint64_t offset, uint64_t end);
bool overlay_is_hole(vfs_node node, uint64_t offset, uint64_t *run);
vfs_errno overlay_set_times(vfs_node node, const vfs_times *times);
vfs_errno overlay_readlink(vfs_node node, char *target, size_t size, size_t *length);

#endif
