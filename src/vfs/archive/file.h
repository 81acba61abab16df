/*
 * file.h: a file of the host that is read by position: what archives come from. By pread and not
 * by mmap, because a file that somebody truncates must be an error and not a signal in the caller's
 * process.
 */
#ifndef BJ_VFS_HOST_FILE_H
#define BJ_VFS_HOST_FILE_H

#include <stdint.h>

#include "base/attributes.h"
#include "belljar.h"

typedef struct vfs_host_file {
    int fd;
    uint64_t size; /* when it was opened */
} vfs_host_file;

/* A regular file, or -1 and *err. */
int vfs_host_file_open(vfs_host_file *file, const char *path, bj_error *err) BJ_CHECK_RESULT;
void vfs_host_file_close(vfs_host_file *file);

/* All `size` bytes at `offset`: 0, or -1 and errno (EIO where the file ends before). Any thread. */
int vfs_host_file_read(const vfs_host_file *file, uint64_t offset, void *bytes,
                       size_t size) BJ_CHECK_RESULT;

#endif
