/*
 * read.c: a directory of the host: finding, looking, reading. change.c is what changes it, where it was
 * granted for that.
 *
 * A node is a slot with a descriptor (slots.c). What a path finds is opened with O_PATH, which has no effect on
 * what it finds; only vfs open of a regular file or directory asks for more, through /proc/self/fd, so
 * that it is the very same file, and compares device and inode after. Fifos, sockets and devices can
 * be looked at but are never opened.
 *
 * Two ways to find things: openat2 with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS for what is left of a
 * path at once, and single components with O_NOFOLLOW, where tree/path.c follows the links. Where openat2
 * is missing or forbidden, only the second is left. Neither leaves the mounted directory.
 *
 * What the guest learns of the host: names that are UTF-8, sizes, times, link counts, and inode numbers
 * that went through a mixing function.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "vfs/host/internal.h"
#include "vfs/node/text.h"

static vfs_errno stat_slot(host_layer *self, uint32_t id, struct stat *st)
{
    if (self->looked_up == id) {
        *st = self->latest;
        self->looked_up = HOST_NO_SLOT;
        return VFS_OK;
    }
    return fstat(self->slots[id].file->fd, st) < 0 ? host_error() : VFS_OK;
}

/* ---------------------------------------------------------------- finding */

vfs_errno host_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    char text[VFS_NAME_MAX + 1];
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    int fd = openat(host_fd(directory), text, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return host_error();
    return host_adopt(host_of(directory), fd, 0, child);
}

/* What openat2 says that the way component by component has to decide. */
static bool is_unsure(int error)
{
    switch (error) {
    case EXDEV:  /* it led out, or a link is absolute */
    case ELOOP:  /* a loop, or a magic link */
    case EAGAIN: /* something was renamed meanwhile */
    case ENOSYS: /* no such call in this kernel */
    case EPERM:  /* or a filter forbids it */
    case EINVAL:
    case E2BIG:
        return true;
    default:
        return false;
    }
}

static int open_beneath(vfs_node directory, const char *path, unsigned flags, bool follow)
{
    struct open_how how = {.flags = flags | O_CLOEXEC | (follow ? 0u : O_NOFOLLOW),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, host_fd(directory), path, &how, sizeof how);
}

/* Opens a regular file at once, where looking first says that it is one. The look may be wrong, since it knows of no
 * bounds: what openat2 then opens must be the very file that was looked at. Only a device that somebody puts in its
 * place between the two calls would be opened, without blocking, and closed again. */
static bool read_at_once(vfs_node directory, const char *path, bool follow, vfs_node *found)
{
    struct stat seen;
    const int nofollow = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    if (fstatat(host_fd(directory), path, &seen, nofollow | AT_NO_AUTOMOUNT) < 0 ||
        !S_ISREG(seen.st_mode))
        return false;
    bj_autoclose int fd = open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, follow);
    host_layer *self = host_of(directory);
    vfs_node node;
    if (fd < 0 || host_adopt(self, bj_steal_fd(&fd), VFS_READ, &node) != VFS_OK)
        return false;
    if (self->latest.st_ino != seen.st_ino || self->latest.st_dev != seen.st_dev) {
        vfs_node_drop(node);
        return false;
    }
    *found = node;
    return true;
}

vfs_errno host_walk(vfs_node directory, bj_span path, bool follow, unsigned access, vfs_node *found)
{
    host_layer *self = host_of(directory);
    char text[VFS_PATH_MAX + 1];
    if (self->no_openat2)
        return VFS_EAGAIN;
    memcpy(text, path.data, path.size);
    text[path.size] = 0;
    if (access == VFS_READ && read_at_once(directory, text, follow, found))
        return VFS_OK;
    int fd = open_beneath(directory, text, O_PATH, follow);
    if (fd >= 0)
        return host_adopt(self, fd, 0, found);
    if (errno == ENOSYS || errno == EPERM)
        self->no_openat2 = true;
    return is_unsure(errno) ? VFS_EAGAIN : host_error();
}

vfs_errno host_stat(vfs_node node, vfs_stat *stat)
{
    struct stat st;
    vfs_errno error = stat_slot(host_of(node), node.id, &st);
    if (error != VFS_OK)
        return error;
    *stat = (vfs_stat){
        .device = node.layer->device,
        .inode = host_mix_inode(st.st_ino),
        .links = st.st_nlink,
        .size = st.st_size < 0 ? 0 : (uint64_t)st.st_size,
        .accessed_ns = (uint64_t)st.st_atim.tv_sec * 1000000000u + (uint64_t)st.st_atim.tv_nsec,
        .modified_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec,
        .changed_ns = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec,
        .type = (vfs_type)node.type,
    };
    return VFS_OK;
}

/* ---------------------------------------------------------------- reading */

/* A second descriptor of the file that `fd` (O_PATH, or opened for less) refers to. */
static int open_again(int fd, bool directory, unsigned access)
{
    if (directory)
        return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char text[HOST_FD_PATH];
    const int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int opened = open(host_fd_path(fd, text), (access & VFS_WRITE ? O_RDWR : O_RDONLY) | flags);
    if (opened < 0 && errno == EACCES && access == VFS_WRITE)
        opened = open(text, O_WRONLY | flags);
    return opened;
}

/* Makes the node's descriptor one that allows `access` too. */
static vfs_errno make_ready(vfs_node node, unsigned access)
{
    const host_file *file = host_of(node)->slots[node.id].file;
    struct stat before, after;
    if ((access & ~file->access) == 0)
        return VFS_OK;
    access |= file->access;
    bj_autoclose int fd = open_again(file->fd, node.type == VFS_DIRECTORY, access);
    if (fd < 0)
        return host_error();
    vfs_errno error = stat_slot(host_of(node), node.id, &before);
    if (error != VFS_OK || fstat(fd, &after) < 0)
        return error != VFS_OK ? error : host_error();
    if (before.st_dev != after.st_dev || before.st_ino != after.st_ino ||
        (before.st_mode & S_IFMT) != (after.st_mode & S_IFMT))
        return VFS_EIO;
    return host_replace(host_of(node), (uint32_t)node.id, bj_steal_fd(&fd), access);
}

vfs_errno host_open(vfs_node node, unsigned access)
{
    if ((access & VFS_WRITE) && node.layer->read_only)
        return VFS_EROFS;
    if (node.type != VFS_REGULAR_FILE && node.type != VFS_DIRECTORY)
        return VFS_EACCES;
    if (node.type == VFS_DIRECTORY || access == 0)
        access = VFS_READ;
    vfs_errno error = make_ready(node, access);
    return error == VFS_OK ? host_count_open(host_of(node), (uint32_t)node.id) : error;
}

vfs_errno host_read(vfs_node node, uint64_t offset, void *bytes, size_t size, size_t *moved)
{
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    *moved = 0;
    if (offset > INT64_MAX)
        return VFS_OK;
    ssize_t got;
    do
        got = pread(host_fd(node), bytes, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return host_error();
    *moved = (size_t)got;
    return VFS_OK;
}

/* Cookies are the offsets of the host's file system, which has promised what we promise. */
vfs_errno host_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    _Alignas(struct dirent64) char buffer[8192];
    vfs_errno error =
        directory.type == VFS_DIRECTORY ? make_ready(directory, VFS_READ) : VFS_ENOTDIR;
    if (error != VFS_OK)
        return error;
    host_file *file = host_of(directory)->slots[directory.id].file;
    if (host_of(directory)->budget->world.own)
        return host_list_in_order(directory, cookie, emit, user);
    if (cookie > INT64_MAX)
        return VFS_EINVAL;
    for (;;) {
        ssize_t got = host_read_entries(file, cookie, buffer, sizeof buffer);
        if (got <= 0)
            return got < 0 ? host_error() : VFS_OK;
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            at += entry->d_reclen;
            cookie = (uint64_t)entry->d_off;
            bj_span name = bj_span_of(entry->d_name);
            if (vfs_path_check(name) == VFS_OK &&
                !emit(user, &(vfs_entry){name, host_mix_inode(entry->d_ino), cookie,
                                         host_type_of_entry(file->fd, entry)}))
                return VFS_OK;
        }
    }
}

vfs_errno host_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    char text[VFS_PATH_MAX + 1];
    if (node.type != VFS_SYMLINK)
        return VFS_EINVAL;
    ssize_t got = readlinkat(host_fd(node), "", text, sizeof text);
    if (got < 0)
        return host_error();
    *length = (size_t)got;
    memcpy(target, text, *length < size ? *length : size);
    return VFS_OK;
}

/* What the kernel calls it, less what it calls the root. */
bool host_path_of(vfs_node node, char *path, size_t size)
{
    char text[HOST_FD_PATH], root[VFS_PATH_MAX + 1], whole[2 * VFS_PATH_MAX];
    ssize_t above =
        readlink(host_fd_path(host_of(node)->slots[0].file->fd, text), root, sizeof root);
    ssize_t got = readlink(host_fd_path(host_fd(node), text), whole, sizeof whole - 1);
    if (above < 0 || got < above || memcmp(root, whole, (size_t)above) != 0)
        return false;
    if (above == 1) /* the root of the host, "/" */
        above = 0;
    whole[got] = 0;
    if ((size_t)(got - above) >= size)
        return false;
    memcpy(path, whole + above, (size_t)(got - above) + 1);
    return true;
}
