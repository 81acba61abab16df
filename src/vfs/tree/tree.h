/*
 * tree.h: what a sandbox sees as "/": a root that the guest cannot write to, with mount points.
 *
 * The directories that lead to a mount point are made by the tree. A mount below another mount works
 * where the outer one is memory or an overlay (the directories are made in it, and the guest can neither
 * remove nor rename the mount point); below a host directory or an archive it is refused. Mount the outer one first.
 *
 * A tree is used by one thread at a time. It and all that lies in memory layers is charged to the
 * budget, which must outlive it, and given back when the last reference goes.
 */
#ifndef BJ_VFS_TREE_H
#define BJ_VFS_TREE_H

#include "belljar.h"
#include "policy/budget.h"
#include "policy/work.h"
#include "vfs/archive/archive.h"
#include "vfs/host/host.h"
#include "vfs/node/errno.h"
#include "vfs/node/node.h"

typedef struct vfs_tree vfs_tree;

/* With one reference, the caller's. NULL when out of memory. */
vfs_tree *vfs_tree_new(policy_budget *budget) BJ_CHECK_RESULT;
vfs_tree *vfs_tree_retain(vfs_tree *tree);
/* Frees the tree with the last reference. NULL does nothing. */
void vfs_tree_release(vfs_tree *tree);

/* `guest_path` is absolute, without "." and ".." components. What is mounted at "/" is the root, in which the names
 * that lead to other mounts hide its own.
 * 0, or -1: BJ_ERROR_ARGUMENT (a path that cannot be, a place that is taken or lies below a mount that
 * cannot hold one), BJ_ERROR_MEMORY, BJ_ERROR_IO (the host directory cannot be opened). */
int vfs_tree_mount_memory(vfs_tree *tree, const char *guest_path, bj_error *err) BJ_CHECK_RESULT;

/* The same with a size of its own, which is not of the limit file_bytes. */
int vfs_tree_mount_tmp(vfs_tree *tree, const char *guest_path, uint64_t bytes,
                       bj_error *err) BJ_CHECK_RESULT;

/* A directory of the host, read-only unless `flags` (VFS_HOST_…) say otherwise. A symbolic link at `host_path` itself is
 * followed, links inside only as far as they stay inside. BJ_ERROR_UNSUPPORTED where /proc is not mounted:
 * files are opened through it. */
int vfs_tree_mount_host(vfs_tree *tree, const char *host_path, const char *guest_path,
                        unsigned flags, bj_error *err) BJ_CHECK_RESULT;

/* A host directory that the guest may change without changing it: what it does lies in memory, over it. */
int vfs_tree_mount_overlay(vfs_tree *tree, const char *host_path, const char *guest_path,
                           unsigned flags, bj_error *err) BJ_CHECK_RESULT;

/* Takes a reference of its own to the archive. */
int vfs_tree_mount_archive(vfs_tree *tree, vfs_archive *archive, const char *guest_path,
                           bj_error *err) BJ_CHECK_RESULT;

/* null, zero and urandom. */
int vfs_tree_mount_devices(vfs_tree *tree, const char *guest_path, bj_error *err) BJ_CHECK_RESULT;

/*
 * Another tree with the same mounts and, where files have moments, the files of that one, charged to another budget: whatever happens to the one is not
 * seen in the other. Costs as many steps as there are mounts, however many files they hold: a snapshot is a
 * fork that nobody uses. One reference, the caller's; nothing in it is held. `from` is only read, so that
 * several threads may fork a tree that nobody uses.
 * NULL: BJ_ERROR_ARGUMENT (the files are more than the other budget allows), _MEMORY, _IO.
 */
vfs_tree *vfs_tree_fork(const vfs_tree *from, vfs_moment moment, policy_budget *budget,
                        bj_error *err) BJ_CHECK_RESULT;

/* Remembers the files as they are now, for VFS_MARK; the next mark takes the place of this one. Costs nothing
 * until they change; then what changes is there twice until vfs_tree_unmark. */
void vfs_tree_mark(vfs_tree *tree);
void vfs_tree_unmark(vfs_tree *tree);

/* For changes.c: the mounts, in the order in which they were made. */
typedef struct vfs_mount {
    vfs_node covered, root; /* both held by the tree */
    char *path;             /* "/work"; "" of the one at "/" */
} vfs_mount;
/* Whether it is mounted at `path`, however that is written. False when out of memory. */
bool vfs_mount_is_at(const vfs_mount *mount, const char *path);
const vfs_mount *vfs_tree_mounts(const vfs_tree *tree, size_t *count);

/* The node of a fork that `node` of the tree it comes from is there; to be dropped by the caller. ENOMEM. */
vfs_errno vfs_tree_counterpart(const vfs_tree *from, const vfs_tree *fork, vfs_node node,
                               vfs_node *counterpart) BJ_CHECK_RESULT;

/* Whose work its calls are from here on, where they may take long; NULL: nobody ends them. See policy/budget.h. */
void vfs_tree_set_work(vfs_tree *tree, policy_work *work);

/* What its memory is charged to. */
const policy_budget *vfs_tree_budget(const vfs_tree *tree);

/* The mount that a node belongs to; NULL: it is one of the directories that lead to the mounts. */
const vfs_mount *vfs_tree_mount_of(const vfs_tree *tree, vfs_node node);

/* The mount that an absolute path names by its text, links not followed; NULL as above. */
const vfs_mount *vfs_tree_mount_at(const vfs_tree *tree, const char *path);

/* Whether something is mounted at exactly this path. */
bool vfs_tree_has_mount(const vfs_tree *tree, const char *guest_path);

/* Whether something is mounted below a directory, at whatever depth. */
bool vfs_tree_has_mount_below(const vfs_tree *tree, vfs_node directory);

/* The absolute path of a node, as far as it has one, NUL-terminated. False: it has none. */
bool vfs_tree_path_of(const vfs_tree *tree, vfs_node node, char *path, size_t size);

/* Whether a path has led to a place where nothing is granted since this was last asked. */
bool vfs_tree_take_ungranted(vfs_tree *tree);
/* For path.c, which finds out. */
void vfs_tree_set_ungranted(vfs_tree *tree);

/* The root directory; nothing to drop. */
vfs_node vfs_tree_root(vfs_tree *tree);

/* A name in a directory, what is mounted there in its place: of the root those that lead to mounts before its own. */
vfs_errno vfs_tree_lookup(vfs_tree *tree, vfs_node directory, bj_span name,
                          vfs_node *child) BJ_CHECK_RESULT;

/* The names in a directory as vfs_ops.readdir lists them, of the root with those that lead to mounts. */
vfs_errno vfs_tree_list(vfs_tree *tree, vfs_node directory, uint64_t cookie, vfs_entry_fn emit,
                        void *user) BJ_CHECK_RESULT;

/* Whether a path in the layer of `directory` may come upon a name that leads to a mount. */
bool vfs_tree_is_under_names(const vfs_tree *tree, vfs_node directory);

/* Whether there is nothing in the directory but ways to mounts. */
bool vfs_tree_grants_nothing_in(const vfs_tree *tree, vfs_node directory);

/* Copies regular files and directories below the directory `guest_dir` into the host directory
 * `host_dir`, which is made (0755) if it is missing. Nothing outside it is ever written: links in it
 * are not followed, a file is written beside its place and renamed into it. Links and everything else
 * in the tree are left out, and so are devices and read-only mounts below `guest_dir`. What the guest could write is
 * copied up to the limit file_bytes in all: more can only come of hard links. Stops at the first failure, or when the work
 * ends, with what was copied so far in place.
 * The number of files written, or -1: BJ_ERROR_ARGUMENT (no such guest directory), _IO, _MEMORY, _STOPPED (the message
 * says how many were written). */
int64_t vfs_copy_out(vfs_tree *tree, const char *guest_dir, const char *host_dir, policy_work *work,
                     bj_error *err) BJ_CHECK_RESULT;

#endif
