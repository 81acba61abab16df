/*
 * saved.c: a context as bytes, and back.
 *
 *     context      monotonic clock u64, CPU time u64, world: own u8, random u64, time u64; how many descriptors u32,
 *                  descriptors
 *     descriptor   kind u8 (0: closed, no more follows); rights u64, those to inherit u64, offset u64, flags u16, what it
 *                  is u8 (1: a preopen; 2: it shares offset and flags), for 2 with which, a number of them, u32; of a node what it names: 1 u8, mount u32, number u64; or 0 u8 and its path
 */
#include "wasi/saved.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "vfs/tree/saved.h"
#include "wasi/context.h"

#define DESCRIPTORS_MOST 65536u

typedef struct saved_fd {
    wasi_fd fd;         /* without a node */
    vfs_reference file; /* of a node; its path is `path` */
    char *path;         /* owned; NULL where there is none */
} saved_fd;

struct wasi_saved {
    uint64_t monotonic_ns, cpu_ns;
    policy_world world;
    saved_fd *fds;
    uint32_t count;
};

/* ---------------------------------------------------------------- writing */

enum { IS_PREOPEN = 1, IS_SHARED = 2, IS_ALL = 3 };

static void save_fd(const wasi_fd *fd, wasi_position position, const vfs_reference *file,
                    bj_sink *sink)
{
    bj_put_number(sink, fd->kind, 1);
    if (fd->kind == WASI_FD_CLOSED)
        return;
    bj_put_number(sink, fd->rights_base, 8);
    bj_put_number(sink, fd->rights_inheriting, 8);
    bj_put_number(sink, position.offset, 8);
    bj_put_number(sink, position.flags, 2);
    bj_put_number(sink, (fd->preopen ? IS_PREOPEN : 0) | (fd->shared ? IS_SHARED : 0), 1);
    if (fd->shared)
        bj_put_number(sink, fd->shared, 4);
    if (fd->kind != WASI_FD_NODE)
        return;
    bj_put_number(sink, file->by_number, 1);
    if (file->by_number) {
        bj_put_number(sink, file->mount, 4);
        bj_put_number(sink, file->number, 8);
    } else {
        bj_put_span(sink, bj_span_of(file->path));
    }
}

/* What stands before the descriptors, of which there are `count`. */
static void save_clocks(uint64_t monotonic_ns, uint64_t cpu_ns, const policy_world *world,
                        uint32_t count, bj_sink *sink)
{
    bj_put_number(sink, monotonic_ns, 8);
    bj_put_number(sink, cpu_ns, 8);
    bj_put_number(sink, world->own, 1);
    bj_put_number(sink, world->random, 8);
    bj_put_number(sink, world->time_ns, 8);
    bj_put_number(sink, count, 4);
}

void wasi_context_save(const wasi_context *context, bj_sink *sink)
{
    char path[VFS_PATH_MAX + 1];
    save_clocks(wasi_monotonic_ns(context), context->cpu_told_ns, &context->budget->world,
                context->fds.count, sink);
    for (uint32_t i = 0; i < context->fds.count; i++) {
        const wasi_fd *fd = &context->fds.fds[i];
        vfs_reference file = {0};
        if (fd->kind == WASI_FD_NODE)
            vfs_tree_refer(context->tree, fd->node, &file, path);
        save_fd(fd, wasi_fdtable_stands(&context->fds, fd), &file, sink);
    }
}

void wasi_saved_save(const wasi_saved *saved, bj_sink *sink)
{
    save_clocks(saved->monotonic_ns, saved->cpu_ns, &saved->world, saved->count, sink);
    for (uint32_t i = 0; i < saved->count; i++)
        save_fd(&saved->fds[i].fd, saved->fds[i].fd.own, &saved->fds[i].file, sink);
}

/* ---------------------------------------------------------------- reading */

static bool read_reference(saved_fd *entry, bj_source *source)
{
    entry->file.by_number = bj_get_number(source, 1) == 1;
    if (entry->file.by_number) {
        entry->file.mount = (uint32_t)bj_get_number(source, 4);
        entry->file.number = bj_get_number(source, 8);
        return entry->file.number < (uint64_t)1 << 56;
    }
    size_t size;
    entry->file.path = entry->path = bj_get_text(source, VFS_PATH_MAX, &size);
    return entry->path && strlen(entry->path) == size && bj_source_take(source, size + 1);
}

/* `count`: how many descriptors there are. No more positions than that can be shared. */
static bool read_fd(saved_fd *entry, uint32_t count, bj_source *source)
{
    wasi_fd *fd = &entry->fd;
    fd->kind = (uint8_t)bj_get_number(source, 1);
    if (fd->kind == WASI_FD_CLOSED)
        return !source->failed;
    fd->rights_base = bj_get_number(source, 8);
    fd->rights_inheriting = bj_get_number(source, 8);
    fd->own.offset = bj_get_number(source, 8);
    fd->own.flags = (uint16_t)bj_get_number(source, 2);
    const uint64_t is = bj_get_number(source, 1);
    /* The only one that interpreters have. */
    fd->preopen = is & IS_PREOPEN ? "/" : NULL;
    if (is & IS_SHARED)
        fd->shared = (uint32_t)bj_get_number(source, 4);
    if (fd->kind > WASI_FD_NODE || (fd->own.flags & ~WASI_FDFLAGS_ALL) ||
        fd->own.offset > INT64_MAX || is > IS_ALL || fd->shared > count ||
        (is & IS_SHARED && fd->shared == 0))
        return false;
    return fd->kind != WASI_FD_NODE || read_reference(entry, source);
}

wasi_saved *wasi_saved_read(bj_source *source)
{
    wasi_saved *saved = calloc(1, sizeof *saved);
    if (!saved) {
        bj_source_end_memory(source);
        return NULL;
    }
    saved->monotonic_ns = bj_get_number(source, 8);
    saved->cpu_ns = bj_get_number(source, 8);
    saved->world.own = bj_get_number(source, 1) == 1;
    saved->world.random = bj_get_number(source, 8);
    saved->world.time_ns = bj_get_number(source, 8);
    const uint32_t count = (uint32_t)bj_get_number(source, 4);
    bool right =
        count <= DESCRIPTORS_MOST && bj_source_take_list(source, count, 1, sizeof *saved->fds);
    if (right && !(saved->fds = calloc(count + 1, sizeof *saved->fds))) {
        bj_source_end_memory(source);
        right = false;
    }
    while (right && saved->count < count)
        right = read_fd(&saved->fds[saved->count++], count, source);
    if (right && !source->failed)
        return saved;
    bj_source_refuse(source);
    wasi_saved_delete(saved);
    return NULL;
}

void wasi_saved_delete(wasi_saved *saved)
{
    if (!saved)
        return;
    for (uint32_t i = 0; i < saved->count; i++)
        free(saved->fds[i].path);
    free(saved->fds);
    free(saved);
}

uint32_t wasi_saved_count(const wasi_saved *saved)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < saved->count; i++)
        open += saved->fds[i].fd.kind != WASI_FD_CLOSED;
    return open;
}

/* ---------------------------------------------------------------- standing there */

static unsigned access_for(uint64_t rights)
{
    const uint64_t write = WASI_R(FD_WRITE) | WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_SET_SIZE);
    return (rights & (WASI_R(FD_READ) | WASI_R(FD_READDIR)) ? VFS_READ : 0) |
           (rights & write ? VFS_WRITE : 0);
}

static uint64_t rights_of_stream(uint8_t kind)
{
    return kind == WASI_FD_STDIN ? WASI_RIGHTS_STDIN : WASI_RIGHTS_STDOUT;
}

/* Opens what a descriptor stood for, with no more rights than it can give. */
static int open_again(const saved_fd *entry, vfs_tree *tree, wasi_fd *fd, bj_error *err)
{
    const uint64_t all = WASI_RIGHTS_DIRECTORY | WASI_RIGHTS_FILE;
    if (fd->kind != WASI_FD_NODE) {
        fd->rights_base &= rights_of_stream(fd->kind);
        fd->rights_inheriting = 0;
        return 0;
    }
    vfs_errno error = vfs_tree_follow(tree, &entry->file, access_for(fd->rights_base), &fd->node);
    if (error == VFS_ENOMEM)
        return bj_fail_memory(err);
    if (error != VFS_OK)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "a file that was open is not there: %.150s (%s)",
                       entry->path ? entry->path : "one without a name", vfs_errno_name(error));
    fd->rights_base = wasi_rights_of_node(fd->node, fd->rights_base);
    fd->rights_inheriting &= vfs_node_is_frozen(fd->node) ? all & ~WASI_RIGHTS_CHANGING : all;
    return 0;
}

static int open_all(const wasi_saved *saved, wasi_fdtable *fds, vfs_tree *tree,
                    policy_budget *budget, bj_error *err)
{
    for (uint32_t i = 0; i < saved->count; i++) {
        wasi_fd fd = saved->fds[i].fd;
        if (fd.kind != WASI_FD_CLOSED && open_again(&saved->fds[i], tree, &fd, err) < 0)
            return -1;
        const vfs_errno error = wasi_fdtable_append(fds, budget, &fd);
        if (error == VFS_OK)
            continue;
        vfs_node_drop(fd.node);
        return error == VFS_ENOMEM ? bj_fail_memory(err)
                                   : bj_fail(err, BJ_ERROR_ARGUMENT,
                                             "the limit descriptors is below the %u that are open",
                                             wasi_saved_count(saved));
    }
    return 0;
}

int wasi_context_assume(wasi_context *context, const wasi_saved *saved, vfs_tree *tree,
                        policy_budget *budget, bj_error *err)
{
    wasi_fdtable fds;
    wasi_fdtable_init(&fds);
    const uint64_t aside = wasi_context_set_aside(context, budget);
    const int opened = open_all(saved, &fds, tree, budget, err);
    budget->used[POLICY_descriptors] += aside;
    if (opened < 0) {
        wasi_fdtable_clear(&fds, budget);
        return -1;
    }
    if (budget->world.own && saved->world.own)
        budget->world = saved->world;
    wasi_context_stand(context, &fds, tree, budget, saved->monotonic_ns,
                       wasi_cpu_from(saved->world.own, saved->cpu_ns, budget));
    return 0;
}
