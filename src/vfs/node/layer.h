/*
 * layer.h: a node of the guest's file tree, and what a layer must be able to do with it. Layers include this; who only uses
 * nodes includes node.h, and never reaches through `ops`.
 *
 *     vfs_tree ── mounts ──┬── memory    (memory/)     read-write, charged to the budget
 *                          ├── archive   (archive/)    a zip file, read-only, shared by sandboxes
 *                          ├── host      (host/)       a directory of the host, read-only or not
 *                          ├── overlay   (overlay/)    changes in memory over a directory of the host
 *                          ├── devices   (fixed/)      null, zero, urandom
 *                          └── synthetic (fixed/)  "/" and what leads to the mount points
 *
 * A node is a *value*: (layer, number, type). Nothing is allocated to name one, a descriptor that holds
 * one is plain data, and a fork of a sandbox can hold the same number in its own copy of the layer.
 *
 * Whoever got a node from a layer holds it until vfs_node_drop; a held file keeps its content after its
 * last name is gone. Layers that own nothing per node (archive, synthetic) leave hold and drop out.
 *
 * One thread at a time, as the sandbox that owns the tree. Times are nanoseconds since 1970.
 */
#ifndef BJ_VFS_LAYER_H
#define BJ_VFS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"
#include "policy/budget.h"
#include "vfs/node/errno.h"

#define VFS_NAME_MAX       255   /* bytes of a name; longer: ENAMETOOLONG */
#define VFS_PATH_MAX       4096  /* bytes of a path; longer: ENAMETOOLONG */
#define VFS_SYMLINKS_MAX   40    /* links followed for one path; more: ELOOP */
#define VFS_COMPONENTS_MAX 4096u /* of a path and of all links in it together; more: ELOOP */

/* WASI preview 1 `filetype`, with its numbers. */
typedef enum vfs_type {
    VFS_UNKNOWN = 0,
    VFS_BLOCK_DEVICE = 1,
    VFS_CHARACTER_DEVICE = 2,
    VFS_DIRECTORY = 3,
    VFS_REGULAR_FILE = 4,
    VFS_SOCKET_DGRAM = 5,
    VFS_SOCKET_STREAM = 6,
    VFS_SYMLINK = 7
} vfs_type;

typedef struct vfs_layer vfs_layer;

typedef struct vfs_node {
    vfs_layer *layer;  /* NULL: no node */
    uint64_t id : 56;  /* what the layer calls it */
    uint64_t type : 8; /* a vfs_type; a node never changes its type */
} vfs_node;

#define VFS_NO_NODE ((vfs_node){0})

/* When a layer's files were as they are wanted. */
typedef enum vfs_moment {
    VFS_NOW,
    VFS_MARK, /* at vfs_tree_mark */
    VFS_START /* when it was mounted */
} vfs_moment;

typedef struct vfs_stat {
    uint64_t device; /* the mount's number, not the host's */
    uint64_t inode;
    uint64_t links;
    uint64_t size;
    uint64_t accessed_ns;
    uint64_t modified_ns;
    uint64_t changed_ns;
    vfs_type type;
} vfs_stat;

/* Which times to set, and to what. */
typedef struct vfs_times {
    bool set_accessed, set_modified;
    uint64_t accessed_ns, modified_ns;
} vfs_times;

/* One entry of a directory, "." and ".." among them. `next` is the cookie that continues after it; a
 * cookie stays good whatever happens to the directory, 0 is the beginning. */
typedef struct vfs_entry {
    bj_span name;
    uint64_t inode;
    uint64_t next;
    vfs_type type;
} vfs_entry;

/* False ends the listing. */
typedef bool (*vfs_entry_fn)(void *user, const vfs_entry *entry);

/* What an open descriptor may do with the bytes of a file. */
#define VFS_READ  1u
#define VFS_WRITE 2u

/*
 * What a layer does. Directories are given as nodes of type VFS_DIRECTORY, names as one component that
 * is neither "." nor ".." nor empty nor too long and has no '/' and no NUL: path.c sees to it.
 * A member that may be NULL says so; the others answer EROFS, ENOTSUP, … where the layer can't.
 */
typedef struct vfs_ops {
    const char *name; /* "memory" */

    /* The child `name` of `directory`, a symbolic link not followed; held. ENOENT. This and whatever else gives out a
     * node writes it only when it succeeds. */
    vfs_errno (*lookup)(vfs_node directory, bj_span name, vfs_node *child);

    /* May be NULL. Several plain components at once, links on the way (and the last, when `follow`)
     * resolved by the layer as far as they stay below `directory`; held.
     * `access`: what it will be opened for next, 0 when it won't: the layer may open it at once.
     * VFS_EAGAIN: the layer can't say; the caller goes component by component. */
    vfs_errno (*walk)(vfs_node directory, bj_span path, bool follow, unsigned access,
                      vfs_node *found);

    vfs_errno (*stat)(vfs_node node, vfs_stat *stat);

    /* May be NULL. Makes a held node ready for read, write, readdir. Other than regular files and
     * directories are refused. */
    vfs_errno (*open)(vfs_node node, unsigned access);

    /* *moved is set to what was read or written, which may be less than `size`; 0 is the end of the
     * file. A write past the end leaves a hole of zeros. */
    vfs_errno (*read)(vfs_node node, uint64_t offset, void *bytes, size_t size, size_t *moved);
    vfs_errno (*write)(vfs_node node, uint64_t offset, const void *bytes, size_t size,
                       size_t *moved);
    vfs_errno (*resize)(vfs_node node, uint64_t size);
    /* May be NULL. Makes a regular file at least `end` long, with bytes of its own from `offset` on where it has holes: no
     * write there is ENOSPC. */
    vfs_errno (*allocate)(vfs_node node, uint64_t offset, uint64_t end);
    /* May be NULL. Whether the bytes of a regular file at `offset` are zeros that nobody wrote; *run is how far that holds at least. */
    bool (*is_hole)(vfs_node node, uint64_t offset, uint64_t *run);
    vfs_errno (*set_times)(vfs_node node, const vfs_times *times);

    /* A new empty file or directory; held. EEXIST, ENOSPC. */
    vfs_errno (*create)(vfs_node directory, bj_span name, vfs_type type, vfs_node *child);
    vfs_errno (*unlink)(vfs_node directory, bj_span name); /* not a directory: EISDIR */
    vfs_errno (*rmdir)(vfs_node directory, bj_span name);  /* ENOTDIR, ENOTEMPTY */
    /* Both directories are of this layer. What lies at the new name is replaced as POSIX has it. */
    vfs_errno (*rename)(vfs_node from, bj_span name, vfs_node to, bj_span new_name);

    /* A symbolic link, whatever its target leads to. EEXIST, ENOSPC. */
    vfs_errno (*symlink)(vfs_node directory, bj_span name, bj_span target);
    /* A name more for `node`, which is of this layer and no directory. EEXIST, ENOSPC, EMLINK. */
    vfs_errno (*link)(vfs_node node, vfs_node directory, bj_span name);

    /* May be NULL. Comes back when what was written to the node is on the disk. */
    vfs_errno (*sync)(vfs_node node);

    vfs_errno (*readdir)(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user);
    /* *length is the whole length of the target, of which at most `size` bytes are copied. */
    vfs_errno (*readlink)(vfs_node node, char *target, size_t size, size_t *length);

    /* The same files in another sandbox, for all that can be seen; nodes have the same numbers there, and
     * nothing is held. The layer is not changed: several threads may fork it at once while nobody else
     * uses it. ENOSPC: more than the other budget allows. */
    vfs_errno (*fork)(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                      vfs_layer **fork);

    /* May be NULL. The path of a node from the layer's root, "" for the root itself, as far as it has one: false
     * when it was removed, or is longer than `size`. For people to read. */
    bool (*path)(vfs_node node, char *path, size_t size);

    /* The table of inodes, of a layer that has one; NULL: what is in it is not told apart by time. */
    struct vfs_inodes *(*inodes)(vfs_layer *layer);

    /* May be NULL, and drop with it. False, out of memory, only for what is not held yet. */
    bool (*hold)(vfs_node node);
    void (*drop)(vfs_node node);
    /* Of a layer that keeps one; NULL: it keeps none. */
    struct vfs_journal *(*journal)(vfs_layer *layer);

    void (*release)(vfs_layer *layer); /* frees the layer; nothing of it is held any more */
} vfs_ops;

/* A layer's own struct begins with this one. */
struct vfs_layer {
    const vfs_ops *ops;
    uint32_t device;  /* number of the mount, for stat */
    uint32_t covered; /* how many of its nodes are mount points: path.c looks only then */
    bool read_only;   /* every change is EROFS */
    bool is_root;     /* mounted at "/": its root leads to other mounts */
    bool passage;     /* read-only itself, but what is mounted below it may not be */
    bool scarce;      /* what is held of it may cost a descriptor of the host */
    bool contained;   /* its links lead nowhere outside of the mount, whoever made them */
    bool devices;     /* its character devices are harmless and can be opened */
};

/* What several layers share: */

/* Whether a `target` may be replaced by a `source` under its name: EISDIR, ENOTDIR, ENOTEMPTY. */
static inline vfs_errno vfs_may_replace(uint32_t source, uint32_t target, bool target_is_empty)
{
    if (source != VFS_DIRECTORY)
        return target == VFS_DIRECTORY ? VFS_EISDIR : VFS_OK;
    if (target != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    return target_is_empty ? VFS_OK : VFS_ENOTEMPTY;
}

/* "." and "..", which have the cookies 1 and 2, for a listing that continues after *cookie, which is then
 * what is left of it: 0 for the first name. False: it ends here. */
static inline bool vfs_emit_dots(uint64_t *cookie, uint64_t inode, uint64_t up, vfs_entry_fn emit,
                                 void *user)
{
    if (*cookie < 1 && !emit(user, &(vfs_entry){{".", 1}, inode, 1, VFS_DIRECTORY}))
        return false;
    if (*cookie < 2 && !emit(user, &(vfs_entry){{"..", 2}, up, 2, VFS_DIRECTORY}))
        return false;
    *cookie = *cookie < 2 ? 0 : *cookie - 2;
    return true;
}

/* read_only.c: for the members of vfs_ops that a read-only layer does not have: each answers EROFS. */
vfs_errno vfs_read_only_write(vfs_node, uint64_t, const void *, size_t, size_t *);
vfs_errno vfs_read_only_resize(vfs_node, uint64_t);
vfs_errno vfs_read_only_set_times(vfs_node, const vfs_times *);
vfs_errno vfs_read_only_create(vfs_node, bj_span, vfs_type, vfs_node *);
vfs_errno vfs_read_only_remove(vfs_node, bj_span);
vfs_errno vfs_read_only_rename(vfs_node, bj_span, vfs_node, bj_span);
vfs_errno vfs_read_only_symlink(vfs_node, bj_span, bj_span);
vfs_errno vfs_read_only_link(vfs_node, vfs_node, bj_span);

#define VFS_READ_ONLY_OPS                                                                          \
    .write = vfs_read_only_write, .resize = vfs_read_only_resize,                                  \
    .set_times = vfs_read_only_set_times, .create = vfs_read_only_create,                          \
    .unlink = vfs_read_only_remove, .rmdir = vfs_read_only_remove, .rename = vfs_read_only_rename, \
    .symlink = vfs_read_only_symlink, .link = vfs_read_only_link

#endif
