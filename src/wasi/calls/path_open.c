/*
 * path_open.c: opening what a path leads to, with rights.
 *
 * A descriptor gets of the rights asked for what its kind of file can have at all, less what a
 * read-only mount leaves out: programs ask for all that they can think of (Go does), to read. Only what the call
 * itself would change is EROFS: a file to be made or cut, or to be written (FD_WRITE). Asking for more than the
 * directory's descriptor hands down is ENOTCAPABLE. Rights that preview 1 does not know are ignored.
 */
#include "vfs/tree/operations.h"
#include "wasi/calls/calls.h"
#include "wasi/context.h"

/* `oflags` */
enum {
    O_FLAG_CREAT = 1,
    O_FLAG_DIRECTORY = 2,
    O_FLAG_EXCL = 4,
    O_FLAG_TRUNC = 8,
    O_FLAGS_ALL = 15
};

#define KNOWN_RIGHTS (WASI_RIGHTS_FILE | WASI_RIGHTS_DIRECTORY)

/* The arguments by name. */
typedef struct request {
    uint64_t lookup_flags, oflags, rights_base, rights_inheriting, fdflags;
    bj_span path;
} request;

static vfs_errno parse(wasi_memory memory, const uint64_t *args, request *r)
{
    *r = (request){.lookup_flags = args[1],
                   .oflags = args[4],
                   .rights_base = args[5] & KNOWN_RIGHTS,
                   .rights_inheriting = args[6] & KNOWN_RIGHTS,
                   .fdflags = args[7]};
    if ((r->lookup_flags & ~(uint64_t)WASI_LOOKUP_SYMLINK_FOLLOW) ||
        (r->oflags & ~(uint64_t)O_FLAGS_ALL) || (r->fdflags & ~(uint64_t)WASI_FDFLAGS_ALL))
        return VFS_EINVAL;
    return wasi_get_span(memory, args + 2, &r->path);
}

/* What the directory's own rights must allow. */
static uint64_t rights_needed(const request *r)
{
    uint64_t rights = WASI_R(PATH_OPEN);
    if (r->oflags & O_FLAG_CREAT)
        rights |= WASI_R(PATH_CREATE_FILE);
    if (r->oflags & O_FLAG_TRUNC)
        rights |= WASI_R(PATH_FILESTAT_SET_SIZE);
    return rights;
}

/* What the directory must hand down. */
static vfs_errno check_inherited(const wasi_fd *directory, const request *r)
{
    uint64_t wanted = r->rights_base | r->rights_inheriting;
    if (r->fdflags & WASI_FDFLAG_DSYNC)
        wanted |= WASI_R(FD_DATASYNC);
    if (r->fdflags & (WASI_FDFLAG_RSYNC | WASI_FDFLAG_SYNC))
        wanted |= WASI_R(FD_SYNC);
    uint64_t missing = wanted & ~directory->rights_inheriting;
    if (vfs_node_is_frozen(directory->node))
        missing &= ~WASI_RIGHTS_CHANGING;
    return missing == 0 ? VFS_OK : VFS_ENOTCAPABLE;
}

static unsigned flags_of(const request *r)
{
    return (r->lookup_flags & WASI_LOOKUP_SYMLINK_FOLLOW ? VFS_FOLLOW : 0) |
           (r->oflags & O_FLAG_CREAT ? VFS_CREATE : 0) |
           (r->oflags & O_FLAG_EXCL ? VFS_EXCLUSIVE : 0) |
           (r->oflags & O_FLAG_TRUNC ? VFS_TRUNCATE : 0) |
           (r->oflags & O_FLAG_DIRECTORY ? VFS_DIRECTORY_ONLY : 0);
}

static unsigned access_of(const request *r)
{
    const uint64_t reading = WASI_R(FD_READ) | WASI_R(FD_READDIR);
    const uint64_t writing = WASI_R(FD_WRITE) | WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_SET_SIZE);
    return (r->rights_base & reading ? VFS_READ : 0) | (r->rights_base & writing ? VFS_WRITE : 0);
}

/* What can be resized without being written is opened to be read where that cannot be had. */
static vfs_errno open_as_far_as_it_goes(vfs_tree *tree, const wasi_fd *directory, const request *r,
                                        vfs_node *node)
{
    const unsigned flags = flags_of(r), access = access_of(r);
    vfs_errno error = vfs_open(tree, directory->node, r->path, flags, access, node);
    const bool only_resizes = (access & VFS_WRITE) && !(r->rights_base & WASI_R(FD_WRITE));
    if (!only_resizes || (flags & (VFS_CREATE | VFS_TRUNCATE)) ||
        (error != VFS_EROFS && error != VFS_EISDIR))
        return error;
    return vfs_open(tree, directory->node, r->path, flags, access & ~VFS_WRITE, node);
}

/* (fd, lookup flags, path, path_len, oflags, base, inheriting, fdflags, opened fd: out) */
vfs_errno wasi_path_open(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    request r;
    wasi_fd *directory;
    uint32_t number;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = parse(memory, args, &r);
    if (error == VFS_OK)
        error = wasi_get_directory(context, args[0], rights_needed(&r), &directory);
    if (error == VFS_OK)
        error = check_inherited(directory, &r);
    if (error == VFS_OK && !wasi_bytes(memory, args[8], 4))
        error = VFS_EFAULT;
    if (error == VFS_OK)
        error = wasi_fdtable_reserve(&context->fds, context->budget);
    if (error != VFS_OK)
        return error;
    directory = wasi_fdtable_get(&context->fds, args[0]); /* the table may have moved */
    error = open_as_far_as_it_goes(context->tree, directory, &r, &node);
    if (error != VFS_OK)
        return error;
    const wasi_fd opened = {.kind = WASI_FD_NODE,
                            .node = node,
                            .rights_base = wasi_rights_of_node(node, r.rights_base),
                            .rights_inheriting = vfs_node_is_frozen(node)
                                                     ? r.rights_inheriting & ~WASI_RIGHTS_CHANGING
                                                     : r.rights_inheriting,
                            .own = {.flags = (uint16_t)r.fdflags}};
    error = wasi_fdtable_add(&context->fds, context->budget, &opened, &number);
    if (error != VFS_OK)
        return error;
    (void)vfs_node_steal(&node);
    return wasi_put32(memory, args[8], number);
}
