/*
 * copy_out.c: what the guest left behind, written to a directory of the host.
 *
 * Everything is done relative to a descriptor of the directory that is being filled, and never through
 * a link: a directory is made or opened with O_NOFOLLOW, a file is written under a random name and
 * renamed over its place, which replaces a link and does not follow it. So nothing that the guest named
 * or that lies in the host's directory leads outside it.
 *
 * A file that the guest gave several names is written once for each of them, and what is a hole costs the guest nothing and
 * may cost a file system of the host as much as bytes. So both are counted: what is written must not become more than
 * the guest was allowed to keep.
 *
 * The way down is a stack of levels, at most DEPTH_MAX, so that neither the stack of C nor the table
 * of descriptors depends on the guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "policy/unfinished.h"
#include "vfs/host/put.h"
#include "vfs/tree/path.h"
#include "vfs/tree/tree.h"

#define DEPTH_MAX 128u

/* Of a chunk that is not there, in units of policy/work.h. */
#define HOLE_COST 100u

/* One directory on the way down: its names, as (length, bytes) records, and how far they are done. */
typedef struct level {
    vfs_node node;
    int fd;
    bj_buffer names;
    size_t at;
    policy_work *work;
    bool out_of_memory;
} level;

typedef struct copier {
    vfs_tree *tree;
    bj_error *err;
    int64_t files;
    policy_work *work;
    uint64_t bytes_left; /* of files that the guest could write */
    bj_span name;        /* of the file that is written */
    uint32_t depth;
    level levels[DEPTH_MAX];
} copier;

static int fail_name(copier *copy, bj_span name, const char *what)
{
    return bj_fail_errno(copy->err, "cannot %s '%.*s'", what, (int)name.size, name.data);
}

/* Whether it goes on, after work of that cost; else the error is set. */
static bool goes_on(copier *copy, uint64_t cost)
{
    if (policy_work_step(copy->work, cost))
        return true;
    (void)bj_fail(copy->err, BJ_ERROR_STOPPED, "stopped (%s): %lld files were written",
                  policy_unfinished_name(policy_unfinished_by(copy->work)), (long long)copy->files);
    return false;
}

/* ---------------------------------------------------------------- files */

/* Counts what the guest wrote; what is read-only is bounded by itself. */
static int count_bytes(void *user, vfs_node node, size_t size, bool hole, bj_error *err)
{
    copier *copy = user;
    if (!goes_on(copy, hole ? HOLE_COST : 2 * size))
        return -1;
    if (vfs_node_is_frozen(node))
        return 0;
    if (size > copy->bytes_left)
        return bj_fail(err, BJ_ERROR_IO,
                       "the guest's hard links or holes in files would make more than the limit "
                       "file-bytes allows, at '%.*s'",
                       (int)copy->name.size, copy->name.data);
    copy->bytes_left -= size;
    return 0;
}

static int copy_file(copier *copy, vfs_node node, int directory, bj_span name)
{
    copy->name = name;
    int result = vfs_host_put(directory, name, name, node, 0644, count_bytes, copy, copy->err);
    copy->files += result == 0;
    return result;
}

/* ---------------------------------------------------------------- directories */

static bool collect(void *user, const vfs_entry *entry)
{
    level *here = user;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    if (entry->type != VFS_REGULAR_FILE && entry->type != VFS_DIRECTORY)
        return true;
    uint8_t size = (uint8_t)entry->name.size;
    if (!policy_work_step(here->work, 100))
        return false;
    if (entry->name.size > VFS_NAME_MAX || memchr(entry->name.data, '/', size) ||
        memchr(entry->name.data, 0, size) || size == 0)
        return true; /* cannot be: the resolver makes no such names */
    here->out_of_memory = bj_buffer_append(&here->names, &size, 1) < 0 ||
                          bj_buffer_append(&here->names, entry->name.data, size) < 0;
    return !here->out_of_memory;
}

/* Goes down into `node`, to be copied into `fd`. Takes over both. */
static int enter(copier *copy, vfs_node node, int fd)
{
    level *here = &copy->levels[copy->depth++];
    *here = (level){.node = node, .fd = fd, .work = copy->work};
    vfs_errno error = vfs_node_open(node, VFS_READ);
    if (error == VFS_OK)
        error = vfs_node_readdir(node, 0, collect, here);
    if (error != VFS_OK)
        return bj_fail(copy->err, BJ_ERROR_IO, "cannot list a directory of the guest (%s)",
                       vfs_errno_name(error));
    if (here->out_of_memory)
        return bj_fail_memory(copy->err);
    return goes_on(copy, 1000) ? 0 : -1;
}

static void leave(copier *copy)
{
    level *here = &copy->levels[--copy->depth];
    bj_buffer_free(&here->names);
    close(here->fd);
    vfs_node_drop(here->node);
}

static int copy_directory(copier *copy, vfs_node *node, int directory, bj_span name)
{
    char text[VFS_NAME_MAX + 1];
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    if (copy->depth == DEPTH_MAX)
        return bj_fail(copy->err, BJ_ERROR_IO,
                       "the guest's directories are more than %u deep at '%s'", DEPTH_MAX, text);
    if (mkdirat(directory, text, 0755) < 0 && errno != EEXIST)
        return fail_name(copy, name, "make the directory");
    int fd = openat(directory, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_name(copy, name, "use the directory");
    return enter(copy, vfs_node_steal(node), fd);
}

/* Copies the next name of the directory that the copier is in. */
static int copy_next(copier *copy)
{
    level *here = &copy->levels[copy->depth - 1];
    uint8_t size = (uint8_t)here->names.data[here->at];
    bj_span name = {here->names.data + here->at + 1, size};
    here->at += 1u + size;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = vfs_resolve(copy->tree, here->node, name, 0, &node);
    if (error != VFS_OK)
        return bj_fail(copy->err, BJ_ERROR_IO, "cannot find '%.*s' of the guest (%s)",
                       (int)name.size, name.data, vfs_errno_name(error));
    if (node.layer->devices || (vfs_node_is_frozen(node) && !vfs_node_is_frozen(here->node)))
        return 0; /* devices, or a read-only mount below: the guest left nothing there */
    if (node.type == VFS_REGULAR_FILE)
        return copy_file(copy, node, here->fd, name);
    if (node.type == VFS_DIRECTORY)
        return copy_directory(copy, &node, here->fd, name);
    return 0;
}

static int copy_all(copier *copy)
{
    while (copy->depth > 0) {
        const level *here = &copy->levels[copy->depth - 1];
        if (!goes_on(copy, 2000))
            return -1;
        if (here->at == here->names.size)
            leave(copy);
        else if (copy_next(copy) < 0)
            return -1;
    }
    return 0;
}

static int open_target(const char *host_dir, bj_error *err)
{
    if (mkdir(host_dir, 0755) < 0 && errno != EEXIST)
        return bj_fail_errno(err, "cannot make the directory %s", host_dir);
    int fd = open(host_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? bj_fail_errno(err, "cannot use the directory %s", host_dir) : fd;
}

int64_t vfs_copy_out(vfs_tree *tree, const char *guest_dir, const char *host_dir, policy_work *work,
                     bj_error *err)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = vfs_tree_find(tree, bj_span_of(guest_dir), &node);
    if (error != VFS_OK || node.type != VFS_DIRECTORY)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "the guest has no directory %s (%s)", guest_dir,
                       vfs_errno_name(error != VFS_OK ? error : VFS_ENOTDIR));
    bj_autofree copier *copy = malloc(sizeof *copy);
    if (!copy)
        return bj_fail_memory(err);
    copy->tree = tree;
    copy->err = err;
    copy->files = 0;
    copy->work = work;
    copy->bytes_left = vfs_tree_budget(tree)->allowed[POLICY_file_bytes];
    copy->depth = 0;
    int fd = open_target(host_dir, err);
    if (fd < 0)
        return -1;
    int result = enter(copy, vfs_node_steal(&node), fd);
    if (result == 0)
        result = copy_all(copy);
    while (copy->depth > 0)
        leave(copy);
    return result < 0 ? -1 : copy->files;
}
