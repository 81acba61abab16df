/*
 * mounts.c: the file tree of a sandbox: what every sandbox has, and what is granted.
 */
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/run/run.h"

/* A directory that is granted at /dev or below leaves no place for them. */
bool mounts_have_devices(const bj_runtime *runtime, const bj_grants *grants)
{
    if (runtime->kind != BJ_RUNTIME_INTERPRETER && !grants->devices)
        return false;
    const size_t size = strlen(SANDBOX_DEV);
    for (size_t i = 0; i < grants->mount_count; i++) {
        const char *guest = grants->mounts[i].guest + strspn(grants->mounts[i].guest, "/") - 1;
        if (strncmp(guest, SANDBOX_DEV, size) == 0 && (!guest[size] || guest[size] == '/'))
            return false;
    }
    return true;
}

bool mounts_are_granted_at(const bj_grants *grants, const char *path)
{
    for (size_t i = 0; i < grants->mount_count; i++) {
        const char *guest = grants->mounts[i].guest + strspn(grants->mounts[i].guest, "/");
        const size_t size = strlen(path + 1);
        if (strncmp(guest, path + 1, size) == 0 && !guest[size + strspn(guest + size, "/")])
            return true;
    }
    return false;
}

static int mount_archive(vfs_tree *tree, const policy_mount *mount, bj_error *err)
{
    vfs_archive *archive = vfs_archive_open(mount->host, err);
    if (!archive)
        return -1;
    int status = vfs_tree_mount_archive(tree, archive, mount->guest, err);
    vfs_archive_release(archive);
    return status;
}

static int mount_grant(vfs_tree *tree, const policy_mount *mount, bj_error *err)
{
    switch (mount->kind) {
    case POLICY_MOUNT_TMP:
        return vfs_tree_mount_tmp(tree, mount->guest, mount->bytes, err);
    case POLICY_MOUNT_ARCHIVE:
        return mount_archive(tree, mount, err);
    case POLICY_MOUNT_DIR:
        break;
    }
    if (mount->mode == BJ_OVERLAY)
        return vfs_tree_mount_overlay(tree, mount->host, mount->guest, 0, err);
    return vfs_tree_mount_host(tree, mount->host, mount->guest,
                               mount->mode == BJ_READ_WRITE ? VFS_HOST_WRITABLE : 0, err);
}

/* The directories that every sandbox has, then what is granted, which may take the place of /work. */
static int mount_all(vfs_tree *tree, const bj_runtime *runtime, const bj_grants *grants,
                     bj_error *err)
{
    if (!mounts_are_granted_at(grants, BELLJAR_GUEST_WORK) &&
        vfs_tree_mount_memory(tree, BELLJAR_GUEST_WORK, err) < 0)
        return -1;
    if (runtime->library &&
        vfs_tree_mount_archive(tree, runtime->library, BELLJAR_GUEST_LIB, err) < 0)
        return -1;
    if (mounts_have_devices(runtime, grants) && vfs_tree_mount_devices(tree, SANDBOX_DEV, err) < 0)
        return -1;
    for (size_t i = 0; i < grants->mount_count; i++)
        if (mount_grant(tree, &grants->mounts[i], err) < 0)
            return -1;
    return 0;
}

vfs_tree *sandbox_make_tree(const bj_runtime *runtime, const bj_grants *grants,
                            policy_budget *budget, bj_error *err)
{
    vfs_tree *tree = vfs_tree_new(budget);
    if (!tree)
        bj_fail_memory(err);
    else if (mount_all(tree, runtime, grants, err) == 0)
        return tree;
    vfs_tree_release(tree);
    return NULL;
}

vfs_tree *sandbox_fork_tree(const vfs_tree *from, const bj_grants *grants, policy_budget *budget,
                            bj_error *err)
{
    vfs_tree *tree = vfs_tree_fork(from, VFS_NOW, budget, err);
    for (size_t i = 0; tree && i < grants->mount_count; i++)
        if (!vfs_tree_has_mount(tree, grants->mounts[i].guest) &&
            mount_grant(tree, &grants->mounts[i], err) < 0) {
            vfs_tree_release(tree);
            return NULL;
        }
    return tree;
}
