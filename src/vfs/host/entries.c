/*
 * entries.c: the entries of a directory of the host, in the guest's words.
 */
#include <dirent.h>
#include <fcntl.h>

#include "vfs/host/internal.h"

vfs_type host_type(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return VFS_REGULAR_FILE;
    case S_IFDIR:
        return VFS_DIRECTORY;
    case S_IFLNK:
        return VFS_SYMLINK;
    case S_IFCHR:
        return VFS_CHARACTER_DEVICE;
    case S_IFBLK:
        return VFS_BLOCK_DEVICE;
    case S_IFSOCK:
        return VFS_SOCKET_STREAM;
    default:
        return VFS_UNKNOWN;
    }
}

/* The finalizer of MurmurHash3. */
uint64_t host_mix_inode(uint64_t inode)
{
    inode ^= inode >> 33;
    inode *= 0xff51afd7ed558ccdull;
    inode ^= inode >> 33;
    inode *= 0xc4ceb9fe1a85ec53ull;
    return inode ^ inode >> 33;
}

vfs_type host_type_of_entry(int fd, const struct dirent64 *entry)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN)
        return host_type(DTTOIF(entry->d_type));
    if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return VFS_UNKNOWN;
    return host_type(st.st_mode);
}

ssize_t host_read_entries(host_file *file, uint64_t cookie, void *buffer, size_t size)
{
    pthread_mutex_lock(&file->listing);
    ssize_t got =
        lseek(file->fd, (off_t)cookie, SEEK_SET) < 0 ? -1 : getdents64(file->fd, buffer, size);
    const int saved = errno;
    pthread_mutex_unlock(&file->listing);
    errno = saved;
    return got;
}
