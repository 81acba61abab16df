/*
 * internal.h: what the files of the host layer share: read.c finds and reads, listing.c lists, change.c changes, growth.c counts
 * what that takes, slots.c holds descriptors, host.c is the layer.
 */
#ifndef BJ_VFS_HOST_INTERNAL_H
#define BJ_VFS_HOST_INTERNAL_H

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "vfs/host/host.h"
#include "vfs/host/journal.h"

#define HOST_NO_SLOT UINT32_MAX
#define HOST_FD_PATH 32u /* bytes of "/proc/self/fd/N" */

/* What may be held besides what is open: the directories that a path leads through (path.c keeps few of them). */
#define HOST_PASSING_MOST 128u

/* A descriptor. Never changes: forks share it, from any thread. Where a listing stands is a matter of the open file, so
 * whoever lists says it anew, and alone. */
typedef struct host_file {
    _Atomic(uint32_t) references;
    int fd;
    unsigned access;             /* what it was opened for; 0: O_PATH */
    policy_descriptors *counted; /* where it is; NULL: nowhere */
    pthread_mutex_t listing;
} host_file;

typedef struct host_listing host_listing;

typedef struct host_slot {
    host_file *file; /* with a reference; NULL: free */
    uint32_t holds;
    uint32_t next_free;
    bool open;             /* and that was taken from the limit host-descriptors */
    uint32_t written;      /* the round of the journal in which that was written down; 0: none */
    host_listing *listing; /* of a directory, in the order of its names; NULL: none was begun */
    bool unlinked; /* its last name is gone: what it takes is free once nobody has it open */
} host_slot;

typedef struct host_layer {
    vfs_layer layer;
    policy_budget *budget;
    bool no_openat2;
    host_slot *slots; /* [0] is the mounted directory */
    uint32_t count, capacity;
    uint32_t free_slot;
    uint32_t passing; /* slots that hold something, but not open; without [0] */
    /* What fstat said when node `looked_up` was found, for the first call that asks: stat and open come
     * right after. HOST_NO_SLOT: nothing. */
    struct stat latest;
    uint32_t looked_up;
    vfs_journal journal;              /* its round is never 0 */
    int64_t grown_files, grown_bytes; /* by the guest's doing; below zero where it shrank */
} host_layer;

static inline host_layer *host_of(vfs_node node)
{
    return (host_layer *)node.layer;
}

static inline int host_fd(vfs_node node)
{
    return host_of(node)->slots[node.id].file->fd;
}

static inline vfs_errno host_error(void)
{
    return vfs_errno_from_host(errno);
}

/* The name by which `fd` can be opened again: the very file, whatever became of its names. */
static inline const char *host_fd_path(int fd, char text[HOST_FD_PATH])
{
    snprintf(text, HOST_FD_PATH, "/proc/self/fd/%d", fd);
    return text;
}

/* ---- slots.c ---- */

/* A node for `fd`, opened for `access`, held once. Takes over the descriptor, also when it fails: EMFILE, ENFILE, ENOMEM. */
vfs_errno host_adopt(host_layer *self, int fd, unsigned access, vfs_node *node) BJ_CHECK_RESULT;

/* Puts another descriptor of the same file in a slot. Takes it over, also when it fails: ENFILE, ENOMEM. */
vfs_errno host_replace(host_layer *self, uint32_t id, int fd, unsigned access) BJ_CHECK_RESULT;

/* What is in the slot is open from here on, for as long as it is held. EMFILE, ENFILE. */
vfs_errno host_count_open(host_layer *self, uint32_t id) BJ_CHECK_RESULT;

bool host_hold(vfs_node node);
void host_drop(vfs_node node);

/* With the mounted directory alone. Takes over its descriptor, also when it fails: -1, out of memory. */
int host_slots_init(host_layer *self, int root) BJ_CHECK_RESULT;
int host_slots_share_root(host_layer *self, const host_layer *from) BJ_CHECK_RESULT;
/* The same for all that is held in `from`. EMFILE, ENOMEM: to be cleared. */
vfs_errno host_slots_share(host_layer *self, const host_layer *from) BJ_CHECK_RESULT;
void host_slots_clear(host_layer *self);

/* ---- entries.c ---- */

vfs_type host_type(mode_t mode);
vfs_type host_type_of_entry(int directory, const struct dirent64 *entry);

/* A bijection, so that different files stay different. */
uint64_t host_mix_inode(uint64_t inode);

/* What follows `cookie` in a directory, as much as fits, as getdents64 has it; where the listing stands in the open file is
 * nobody's business. 0 at the end, -1 and errno. */
ssize_t host_read_entries(host_file *file, uint64_t cookie, void *buffer, size_t size);

/* ---- read.c: members of vfs_ops. ---- */

vfs_errno host_lookup(vfs_node directory, bj_span name, vfs_node *child);
vfs_errno host_walk(vfs_node directory, bj_span path, bool follow, unsigned access,
                    vfs_node *found);
vfs_errno host_stat(vfs_node node, vfs_stat *stat);
vfs_errno host_open(vfs_node node, unsigned access);
vfs_errno host_read(vfs_node node, uint64_t offset, void *bytes, size_t size, size_t *moved);
vfs_errno host_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user);
vfs_errno host_readlink(vfs_node node, char *target, size_t size, size_t *length);
/* The path from the mounted directory, as the kernel has it now. */
bool host_path_of(vfs_node node, char *path, size_t size);

/* ---- listing.c ---- */

/* Of a directory that is open for reading. ENOMEM: the names take more than is left of the memory; EINTR: the work that the
 * budget names is over. `emit` lists nothing else in the same directory. */
vfs_errno host_list_in_order(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user);
void host_listing_delete(host_listing *listing);

/* ---- growth.c: what the guest may make the directory grow by. ---- */

/* Counts growth, which may be negative: false and nothing counted where the limit does not allow it. */
bool host_grow_files(host_layer *self, int64_t by);
bool host_grow_bytes(host_layer *self, int64_t by);

/* The name of `gone` was removed, which was the last one if st_nlink was 1. */
void host_count_removal(host_layer *self, const struct stat *gone);

/* The layer goes: its budget is no more asked for the growth. */
void host_return_growth(host_layer *self);

/* A slot that is `unlinked` is about to be closed: what the file took may be given back. */
void host_closing(host_layer *self, const host_slot *slot);

/* ---- change.c: members of vfs_ops. ---- */

vfs_errno host_write(vfs_node node, uint64_t offset, const void *bytes, size_t size, size_t *moved);
vfs_errno host_resize(vfs_node node, uint64_t size);
vfs_errno host_set_times(vfs_node node, const vfs_times *times);
vfs_errno host_create(vfs_node directory, bj_span name, vfs_type type, vfs_node *child);
vfs_errno host_unlink(vfs_node directory, bj_span name);
vfs_errno host_rmdir(vfs_node directory, bj_span name);
vfs_errno host_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name);
vfs_errno host_symlink(vfs_node directory, bj_span name, bj_span target);
vfs_errno host_link(vfs_node node, vfs_node directory, bj_span name);
vfs_errno host_sync(vfs_node node);

#endif
