/*
 * host.c: a directory of the host as a layer: making it, forking it, letting go of it.
 */
#include "vfs/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "vfs/host/internal.h"

static void host_release(vfs_layer *layer)
{
    host_layer *self = (host_layer *)layer;
    host_return_growth(self);
    vfs_journal_clear(&self->journal);
    host_slots_clear(self);
    free(self);
}

static vfs_errno host_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                           vfs_layer **fork);

static vfs_journal *host_journal(vfs_layer *layer)
{
    return &((host_layer *)layer)->journal;
}

static const vfs_ops host_ops = {
    .name = "host directory",
    .lookup = host_lookup,
    .walk = host_walk,
    .stat = host_stat,
    .open = host_open,
    .read = host_read,
    .write = host_write,
    .resize = host_resize,
    .set_times = host_set_times,
    .create = host_create,
    .unlink = host_unlink,
    .rmdir = host_rmdir,
    .rename = host_rename,
    .symlink = host_symlink,
    .link = host_link,
    .sync = host_sync,
    .readdir = host_readdir,
    .readlink = host_readlink,
    .hold = host_hold,
    .drop = host_drop,
    .fork = host_fork,
    .path = host_path_of,
    .journal = host_journal,
    .release = host_release,
};

/* Without slots. */
static host_layer *make_layer(policy_budget *budget, bool writable, bool no_openat2)
{
    host_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    *self = (host_layer){
        .layer = {.ops = &host_ops, .read_only = !writable, .contained = true, .scarce = true},
        .budget = budget,
        .no_openat2 = no_openat2};
    vfs_journal_clear(&self->journal);
    return self;
}

/* As it was when it was mounted, nothing in it is open. */
static vfs_errno host_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                           vfs_layer **fork)
{
    const host_layer *from = (const host_layer *)layer;
    host_layer *copy = make_layer(budget, !layer->read_only, from->no_openat2);
    if (!copy || host_slots_share_root(copy, from) < 0) {
        free(copy);
        return VFS_ENOMEM;
    }
    vfs_errno error = moment == VFS_NOW ? host_slots_share(copy, from) : VFS_OK;
    if (error != VFS_OK) {
        host_release(&copy->layer);
        return error;
    }
    *fork = &copy->layer;
    return VFS_OK;
}

vfs_layer *vfs_host_new(const char *host_path, policy_budget *budget, unsigned flags, bj_error *err)
{
    const bool writable = flags & VFS_HOST_WRITABLE;
    bj_autoclose int fd = open(host_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        bj_fail_errno(err, "cannot open the directory %s", host_path);
        return NULL;
    }
    char text[HOST_FD_PATH];
    if (access(host_fd_path(fd, text), R_OK | (writable ? W_OK : 0)) < 0) {
        if (errno == EACCES || errno == EROFS)
            bj_fail_errno(err, "cannot %s the directory %s", writable ? "write to" : "read",
                          host_path);
        else
            bj_fail(err, BJ_ERROR_UNSUPPORTED,
                    "granting a directory needs /proc, which is not mounted here");
        return NULL;
    }
    host_layer *self = make_layer(budget, writable, flags & VFS_HOST_NO_OPENAT2);
    if (!self || host_slots_init(self, bj_steal_fd(&fd)) < 0) {
        free(self);
        bj_fail_memory(err);
        return NULL;
    }
    return &self->layer;
}

int vfs_host_descriptor(vfs_node node)
{
    return host_fd(node);
}
