/*
 * quota.h: what a layer that keeps files in memory may take of the sandbox's budget.
 *
 * Files count against POLICY_files; their bytes against POLICY_file_bytes, or against a size of the layer's
 * own (`--tmp SIZE`); and both against the memory that the sandbox may have in all. What was taken is
 * remembered, so that a layer gives everything back at once when it goes, however much it holds.
 */
#ifndef BJ_VFS_QUOTA_H
#define BJ_VFS_QUOTA_H

#include "policy/budget.h"

typedef struct vfs_quota {
    policy_budget *budget;
    uint64_t
        own_bytes; /* what the layer may hold in place of POLICY_file_bytes; 0: nothing of its own */
    uint64_t files, bytes;   /* taken so far */
    struct vfs_chunk *spare; /* chunks that are free, for the next ones: see content.h */
    uint32_t spare_count;
} vfs_quota;

/* How many bytes there are left to take. */
static inline uint64_t vfs_quota_left(const vfs_quota *quota)
{
    uint64_t left = quota->own_bytes ? quota->own_bytes - quota->bytes
                                     : policy_budget_left(quota->budget, POLICY_file_bytes);
    uint64_t memory = policy_budget_memory_left(quota->budget);
    return left < memory ? left : memory;
}

/* All of it, or nothing and false. */
static inline bool vfs_quota_take_bytes(vfs_quota *quota, uint64_t bytes)
{
    if (bytes > vfs_quota_left(quota))
        return false;
    if (!quota->own_bytes)
        quota->budget->used[POLICY_file_bytes] += bytes;
    quota->budget->host_bytes += bytes;
    quota->bytes += bytes;
    return true;
}

static inline void vfs_quota_return_bytes(vfs_quota *quota, uint64_t bytes)
{
    if (!quota->own_bytes)
        quota->budget->used[POLICY_file_bytes] -= bytes;
    quota->budget->host_bytes -= bytes;
    quota->bytes -= bytes;
}

/* One file, of `bytes`. */
static inline bool vfs_quota_take_file(vfs_quota *quota, uint64_t bytes)
{
    if (policy_budget_left(quota->budget, POLICY_files) == 0 || !vfs_quota_take_bytes(quota, bytes))
        return false;
    quota->budget->used[POLICY_files]++;
    quota->files++;
    return true;
}

static inline void vfs_quota_return_file(vfs_quota *quota, uint64_t bytes)
{
    vfs_quota_return_bytes(quota, bytes);
    quota->budget->used[POLICY_files]--;
    quota->files--;
}

static inline void vfs_quota_return_all(vfs_quota *quota)
{
    vfs_quota_return_bytes(quota, quota->bytes);
    quota->budget->used[POLICY_files] -= quota->files;
    quota->files = 0;
}

#endif
