/*
 * fdtable.h: the guest's descriptors. The lowest free number is given out, as POSIX has it. Each open
 * one takes one of POLICY_descriptors. Duplicates of one descriptor have one position and one set of flags, as the
 * descriptors of one open file have in POSIX; rights are each one's own.
 */
#ifndef BJ_WASI_FDTABLE_H
#define BJ_WASI_FDTABLE_H

#include "policy/budget.h"
#include "vfs/tree/tree.h"

#define WASI_FDS_INLINE 8u

typedef enum wasi_fd_kind {
    WASI_FD_CLOSED = 0,
    WASI_FD_STDIN,
    WASI_FD_STDOUT,
    WASI_FD_STDERR,
    WASI_FD_NODE /* a file or directory of the tree */
} wasi_fd_kind;

/* fdflags of preview 1. */
enum {
    WASI_FDFLAG_APPEND = 1,
    WASI_FDFLAG_DSYNC = 2,
    WASI_FDFLAG_NONBLOCK = 4,
    WASI_FDFLAG_RSYNC = 8,
    WASI_FDFLAG_SYNC = 16,
    WASI_FDFLAGS_ALL = 31
};

typedef struct wasi_position {
    uint64_t offset;
    uint16_t flags;
} wasi_position;

typedef struct wasi_fd {
    vfs_node node;        /* of WASI_FD_NODE, held */
    uint64_t rights_base; /* see rights.h */
    uint64_t rights_inheriting;
    wasi_position own; /* where `shared` is 0: ask wasi_fdtable_position */
    const char
        *preopen;    /* the name that fd_prestat_dir_name tells; NULL: not a preopen. Borrowed */
    uint32_t shared; /* which of the table's shared positions is this one's, from 1; 0: its own */
    uint8_t kind;    /* a wasi_fd_kind */
} wasi_fd;

/* A position of several descriptors. */
typedef struct wasi_shared {
    wasi_position position;
    uint32_t references; /* 0: free */
} wasi_shared;

typedef struct wasi_fdtable {
    wasi_fd *fds; /* `inline_fds` at first */
    uint32_t *
        gaps; /* the closed ones below `count`, a heap with the lowest first; `inline_gaps` at first */
    uint32_t gap_count;
    uint32_t count;
    uint32_t capacity; /* of both */
    wasi_shared *shared;
    uint32_t shared_count;
    uint32_t shared_lowest; /* no free one below it */
    wasi_fd inline_fds[WASI_FDS_INLINE];
    uint32_t inline_gaps[WASI_FDS_INLINE];
} wasi_fdtable;

void wasi_fdtable_init(wasi_fdtable *table);

/* Closes all and frees the table. */
void wasi_fdtable_clear(wasi_fdtable *table, policy_budget *budget);

/* The open descriptor `fd`, NULL if there is none. Good until the next wasi_fdtable_add. */
static inline wasi_fd *wasi_fdtable_get(wasi_fdtable *table, uint64_t fd)
{
    if (fd >= table->count || table->fds[fd].kind == WASI_FD_CLOSED)
        return NULL;
    return &table->fds[fd];
}

/* Where an open descriptor stands. Good until the next one is added or duplicated. */
static inline wasi_position *wasi_fdtable_position(wasi_fdtable *table, wasi_fd *fd)
{
    return fd->shared ? &table->shared[fd->shared - 1].position : &fd->own;
}

/* The same to read. */
static inline wasi_position wasi_fdtable_stands(const wasi_fdtable *table, const wasi_fd *fd)
{
    return fd->shared ? table->shared[fd->shared - 1].position : fd->own;
}

/* Takes over what `entry` holds, as the lowest free descriptor. EMFILE, ENOMEM: the caller keeps it. */
vfs_errno wasi_fdtable_add(wasi_fdtable *table, policy_budget *budget, const wasi_fd *entry,
                           uint32_t *fd) BJ_CHECK_RESULT;

/* Whether wasi_fdtable_add would work now, so that nothing is made in vain: EMFILE, ENOMEM. */
vfs_errno wasi_fdtable_reserve(wasi_fdtable *table, const policy_budget *budget) BJ_CHECK_RESULT;

/* Takes over what `entry` holds as the number behind the last one; a closed one leaves a gap. Those with the same
 * `shared` (at most the number of descriptors that the table will have) share the position of the first. EMFILE, ENOMEM:
 * the caller keeps it. */
vfs_errno wasi_fdtable_append(wasi_fdtable *table, policy_budget *budget,
                              const wasi_fd *entry) BJ_CHECK_RESULT;

/* Makes `table`, which is empty, hold what `from` does: the same numbers, offsets and rights, nodes by their
 * counterparts in a fork of the tree, charged to `budget`. EMFILE, ENOMEM: the table is empty then. */
vfs_errno wasi_fdtable_fork(wasi_fdtable *table, const wasi_fdtable *from,
                            const vfs_tree *from_tree, const vfs_tree *tree,
                            policy_budget *budget) BJ_CHECK_RESULT;

/* Makes `to`, whose own content is gone, hold what `from` does, and empties that. */
void wasi_fdtable_move(wasi_fdtable *to, wasi_fdtable *from);

/* `fd` is open. */
void wasi_fdtable_close(wasi_fdtable *table, policy_budget *budget, uint32_t fd);

/* Duplicates the open descriptor `from` as the lowest free one. EMFILE, ENOMEM. */
vfs_errno wasi_fdtable_duplicate(wasi_fdtable *table, policy_budget *budget, uint32_t from,
                                 uint32_t *fd) BJ_CHECK_RESULT;

/* Duplicates it as `to`; what that was is closed. EBADF: no descriptor may have this number. EMFILE, ENOMEM. */
vfs_errno wasi_fdtable_duplicate_to(wasi_fdtable *table, policy_budget *budget, uint32_t from,
                                    uint32_t to) BJ_CHECK_RESULT;

/* Closes `to` and moves `from` there; both are open. */
void wasi_fdtable_renumber(wasi_fdtable *table, policy_budget *budget, uint32_t from, uint32_t to);

#endif
