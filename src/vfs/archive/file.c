/*
 * file.c: opening and reading a file of the host by position. See file.h.
 */
#include "vfs/archive/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"

int vfs_host_file_open(vfs_host_file *file, const char *path, bj_error *err)
{
    struct stat st;
    bj_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return bj_fail_errno(err, "cannot open %s", path);
    if (!S_ISREG(st.st_mode))
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is not a regular file", path);
    *file = (vfs_host_file){bj_steal_fd(&fd), (uint64_t)st.st_size};
    return 0;
}

void vfs_host_file_close(vfs_host_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

int vfs_host_file_read(const vfs_host_file *file, uint64_t offset, void *bytes, size_t size)
{
    char *to = bytes;
    while (size > 0) {
        ssize_t got = pread(file->fd, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : EIO;
            return -1;
        }
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}
