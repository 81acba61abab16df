/*
 * commit.c: what the guest changed in an overlay, applied to the directory of the host below it.
 *
 *     1. every file and link is made in a folder beside the others   (it may still lie below, under a name
 *     2. what was deleted goes, the deepest first                     that is about to go or to change)
 *     3. what there is now comes, directories before what is in them: files are renamed to their places
 *
 * So each file is replaced whole or not at all. Nothing is done through a link: every directory on the way is
 * opened with O_NOFOLLOW from the one above. Links that lead up are refused before anything is changed, as in
 * host/change.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/random.h"
#include "vfs/changes/changes.h"
#include "vfs/host/host.h"
#include "vfs/host/put.h"
#include "vfs/overlay/overlay.h"
#include "vfs/tree/path.h"

/* Of a chunk that is not there, in units of policy/work.h. */
#define HOLE_COST 100u

typedef struct commit {
    vfs_tree *tree;
    const char *mount; /* "/proj" */
    int root;          /* the host's directory */
    int stage;         /* the folder in it that files are written to first */
    char stage_name[48];
    size_t staged; /* no file in it has this number or a higher one */
    uint64_t
        bytes_left; /* that hard links and holes may make more of files than the guest was charged */
    policy_work *work;
    uint64_t applied;
    bj_error *err;
} commit;

static int fail_path(const commit *c, const vfs_change *change, const char *what)
{
    return bj_fail_errno(c->err, "cannot %s %s", what, change->path);
}

/* Whether it goes on, after work of that cost; else the error is set. */
static bool goes_on(const commit *c, uint64_t cost)
{
    if (policy_work_step(c->work, cost))
        return true;
    (void)bj_fail(c->err, BJ_ERROR_STOPPED, "stopped (%s): %llu changes were applied to %s",
                  policy_unfinished_name(policy_unfinished_by(c->work)),
                  (unsigned long long)c->applied, c->mount);
    return false;
}

/* The directory that the change lies in, opened step by step, and its name there. */
static int open_parent(const commit *c, const vfs_change *change, bj_span *name)
{
    const char *at = change->path + strlen(c->mount) + 1;
    int directory = openat(c->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *slash; directory >= 0 && (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        char text[VFS_NAME_MAX + 1];
        size_t size = (size_t)(slash - at);
        memcpy(text, at, size);
        text[size] = 0;
        int below = openat(directory, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int saved = errno;
        close(directory);
        errno = saved;
        directory = below;
    }
    *name = bj_span_of(at);
    return directory;
}

static int delete_one(const commit *c, const vfs_change *change)
{
    bj_span name;
    bj_autoclose int directory = open_parent(c, change, &name);
    if (directory < 0)
        return fail_path(c, change, "find");
    int flags = change->type == VFS_DIRECTORY ? AT_REMOVEDIR : 0;
    if (unlinkat(directory, name.data, flags) < 0 && errno != ENOENT)
        return fail_path(c, change, "delete");
    return 0;
}

/* ---------------------------------------------------------------- the folder beside */

typedef struct staged {
    char text[24];
} staged;

static staged staged_name(size_t number)
{
    staged name;
    snprintf(name.text, sizeof name.text, "%zu", number);
    return name;
}

static int open_stage(commit *c)
{
    uint64_t number;
    if (bj_random_fill(&number, sizeof number) < 0)
        return bj_fail_errno(c->err, "cannot make a folder in the directory of %s", c->mount);
    snprintf(c->stage_name, sizeof c->stage_name, ".belljar-%016llx.tmp",
             (unsigned long long)number);
    if (mkdirat(c->root, c->stage_name, 0700) < 0)
        return bj_fail_errno(c->err, "cannot make a folder in the directory of %s", c->mount);
    c->stage = openat(c->root, c->stage_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return c->stage < 0
               ? bj_fail_errno(c->err, "cannot use a folder in the directory of %s", c->mount)
               : 0;
}

/* With what a failure left in it. */
static void close_stage(commit *c)
{
    for (size_t i = 0; c->stage >= 0 && i < c->staged; i++)
        (void)unlinkat(c->stage, staged_name(i).text, 0);
    if (c->stage >= 0)
        close(c->stage);
    (void)unlinkat(c->root, c->stage_name, AT_REMOVEDIR);
}

typedef struct staging {
    commit *c;
    bool linked; /* the file has several names, each of which becomes a file */
} staging;

static int count_bytes(void *user, vfs_node node, size_t size, bool hole, bj_error *err)
{
    const staging *s = user;
    (void)node;
    (void)err;
    const uint64_t extra = s->linked || hole ? size : 0;
    if (extra > s->c->bytes_left)
        return bj_fail(s->c->err, BJ_ERROR_IO,
                       "the guest's hard links or holes in files would make more than the limit "
                       "file-bytes allows: nothing was applied");
    s->c->bytes_left -= extra;
    return goes_on(s->c, hole ? HOLE_COST : 2 * size) ? 0 : -1;
}

/* The time is the guest's. */
static void set_time(const commit *c, vfs_node node, const char *name)
{
    vfs_stat now;
    if (vfs_node_stat(node, &now) != VFS_OK)
        return;
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {(time_t)(now.modified_ns / 1000000000), (long)(now.modified_ns % 1000000000)}};
    (void)!utimensat(c->stage, name, times, AT_SYMLINK_NOFOLLOW);
}

static int stage_link(const commit *c, const vfs_change *change, vfs_node node, const char *name)
{
    char target[VFS_PATH_MAX + 1];
    size_t size;
    vfs_errno error = vfs_node_readlink(node, target, VFS_PATH_MAX, &size);
    if (error != VFS_OK || size > VFS_PATH_MAX)
        return bj_fail(c->err, BJ_ERROR_IO, "cannot read the link %s", change->path);
    target[size] = 0;
    if (symlinkat(target, c->stage, name) < 0)
        return fail_path(c, change, "make the link");
    set_time(c, node, name);
    return 0;
}

static int stage_file(commit *c, const vfs_change *change, vfs_node node, const char *name)
{
    vfs_stat now;
    const bool known = vfs_node_stat(node, &now) == VFS_OK;
    staging s = {c, known && now.links > 1};
    if (vfs_host_put(c->stage, bj_span_of(name), bj_span_of(change->path), node, 0666, count_bytes,
                     &s, c->err) < 0)
        return -1;
    set_time(c, node, name);
    return 0;
}

static int stage_one(commit *c, const vfs_change *change, size_t number)
{
    const staged name = staged_name(number);
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error =
        vfs_resolve(c->tree, vfs_tree_root(c->tree), bj_span_of(change->path + 1), 0, &node);
    if (error != VFS_OK)
        return bj_fail(c->err, BJ_ERROR_IO, "cannot find %s any more (%s)", change->path,
                       vfs_errno_name(error));
    return change->type == VFS_SYMLINK ? stage_link(c, change, node, name.text)
                                       : stage_file(c, change, node, name.text);
}

/* A file that is replaced hands its mode on. */
static int place(const commit *c, const vfs_change *change, size_t number, int directory,
                 const char *name)
{
    struct stat st;
    const staged from = staged_name(number);
    if (change->type == VFS_REGULAR_FILE &&
        fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        (void)!fchmodat(c->stage, from.text, st.st_mode & 0777, 0);
    return renameat(c->stage, from.text, directory, name) < 0 ? fail_path(c, change, "replace") : 0;
}

/* ---------------------------------------------------------------- the order of things */

static int put_one(const commit *c, const vfs_change *change, size_t number)
{
    bj_span name;
    bj_autoclose int directory = open_parent(c, change, &name);
    if (directory < 0)
        return fail_path(c, change, "find the directory of");
    if (change->type != VFS_DIRECTORY)
        return place(c, change, number, directory, name.data);
    return mkdirat(directory, name.data, 0777) < 0 && errno != EEXIST
               ? fail_path(c, change, "make the directory")
               : 0;
}

/* Whether the change lies below the mount, and not at it. */
static bool is_below(const commit *c, const vfs_change *change)
{
    size_t size = strlen(c->mount);
    return strncmp(change->path, c->mount, size) == 0 && change->path[size] == '/';
}

static int check_link(const commit *c, const vfs_change *change)
{
    char target[VFS_PATH_MAX];
    size_t size;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    if (vfs_resolve(c->tree, vfs_tree_root(c->tree), bj_span_of(change->path + 1), 0, &node) !=
            VFS_OK ||
        vfs_node_readlink(node, target, sizeof target, &size) != VFS_OK || size > sizeof target ||
        host_goes_up((bj_span){target, size}))
        return bj_fail(c->err, BJ_ERROR_IO,
                       "the link %s leads up or out: nothing was applied; remove it first",
                       change->path);
    return 0;
}

/* What cannot be made is found before anything is deleted. */
static int check(const commit *c, const vfs_changes *changes)
{
    if (changes->files != POLICY_FINISHED)
        return bj_fail(
            c->err, c->work->end == POLICY_WORK_GOES_ON ? BJ_ERROR_UNSUPPORTED : BJ_ERROR_STOPPED,
            "not all that has changed could be listed (%s): nothing was applied",
            policy_unfinished_name(changes->files));
    for (size_t i = 0; i < changes->count; i++) {
        const vfs_change *each = &changes->items[i];
        if (!goes_on(c, 1000))
            return -1;
        if (!is_below(c, each) || each->kind == BJ_DELETED)
            continue;
        if (each->type == VFS_SYMLINK && check_link(c, each) < 0)
            return -1;
        if (each->type != VFS_SYMLINK && each->type != VFS_REGULAR_FILE &&
            each->type != VFS_DIRECTORY)
            return bj_fail(c->err, BJ_ERROR_UNSUPPORTED,
                           "%s is a special file, which cannot be moved: nothing was applied",
                           each->path);
    }
    return 0;
}

static int stage_all(commit *c, const vfs_changes *changes)
{
    int status = open_stage(c);
    for (size_t i = 0; status == 0 && i < changes->count; i++) {
        const vfs_change *each = &changes->items[i];
        if (!goes_on(c, 1000))
            return -1;
        if (!is_below(c, each) || each->kind == BJ_DELETED || each->type == VFS_DIRECTORY)
            continue;
        c->staged = i + 1;
        status = stage_one(c, each, i);
    }
    return status;
}

/* The deepest first. */
static int delete_all(commit *c, const vfs_changes *changes)
{
    for (size_t i = changes->count; i-- > 0;) {
        const vfs_change *each = &changes->items[i];
        if (!is_below(c, each) || each->kind != BJ_DELETED)
            continue;
        if (!goes_on(c, 2000) || delete_one(c, each) < 0)
            return -1;
        c->applied++;
    }
    return 0;
}

static int put_all(commit *c, const vfs_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const vfs_change *each = &changes->items[i];
        if (!is_below(c, each) || each->kind == BJ_DELETED)
            continue;
        if (!goes_on(c, 2000) || put_one(c, each, i) < 0)
            return -1;
        c->applied++;
    }
    return 0;
}

static int apply(commit *c, const vfs_changes *changes)
{
    int status = check(c, changes);
    if (status < 0)
        return -1;
    status = stage_all(c, changes);
    if (status == 0)
        status = delete_all(c, changes);
    if (status == 0)
        status = put_all(c, changes);
    close_stage(c);
    return status;
}

static int commit_mount(commit *c)
{
    vfs_changes changes;
    vfs_tree_changes(c->tree, VFS_START, false, c->work, &changes);
    const int status = apply(c, &changes);
    vfs_changes_clear(&changes);
    return status;
}

int vfs_tree_commit(vfs_tree *tree, const char *guest_path, policy_work *work, uint64_t *applied,
                    bj_error *err)
{
    size_t count;
    const vfs_mount *mounts = vfs_tree_mounts(tree, &count);
    *applied = 0;
    for (size_t i = 0; i < count; i++) {
        vfs_node root = mounts[i].root;
        if (!vfs_mount_is_at(&mounts[i], guest_path) || !vfs_is_overlay(root.layer))
            continue;
        commit c = {.tree = tree,
                    .mount = mounts[i].path,
                    .root = vfs_host_descriptor(vfs_overlay_root_below(root.layer)),
                    .stage = -1,
                    .bytes_left = vfs_tree_budget(tree)->allowed[POLICY_file_bytes],
                    .work = work,
                    .err = err};
        const int status = commit_mount(&c);
        *applied = c.applied;
        return status;
    }
    return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is not a directory that was granted as an overlay",
                   guest_path);
}
