/*
 * put.c: writing a file beside its place, and renaming it there. See put.h.
 */
#include "vfs/host/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/write.h"

#define PIECE 65536u

static int fail_name(bj_error *err, bj_span name, const char *what)
{
    return bj_fail_errno(err, "cannot %s '%.*s'", what, (int)name.size, name.data);
}

static int open_temporary(int directory, mode_t mode, char *text, size_t size)
{
    for (int tries = 0; tries < 16; tries++) {
        uint64_t number = 0;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            return -1;
        snprintf(text, size, ".belljar-%016llx.tmp", (unsigned long long)number);
        int fd =
            openat(directory, text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

typedef struct putting {
    int fd;
    bj_span shown;
    vfs_node node;
    vfs_put_fn allow;
    void *user;
    bj_error *err;
} putting;

/* Leaves out the hole at *offset, if there is one, and sets *offset behind it. */
static int skip_hole(const putting *p, uint64_t *offset)
{
    const uint64_t begin = *offset;
    for (uint64_t run; vfs_node_is_hole(p->node, *offset, &run); *offset += run)
        if (p->allow && p->allow(p->user, p->node, (size_t)run, true, p->err) < 0)
            return -1;
    return *offset > begin && bj_write_hole(p->fd, *offset) < 0
               ? fail_name(p->err, p->shown, "write")
               : 0;
}

static int write_content(const putting *p)
{
    bj_autofree uint8_t *piece = malloc(PIECE);
    if (!piece)
        return bj_fail_memory(p->err);
    for (uint64_t offset = 0;;) {
        size_t got = 0;
        if (skip_hole(p, &offset) < 0)
            return -1;
        vfs_errno error = vfs_node_read(p->node, offset, piece, PIECE, &got);
        if (error != VFS_OK)
            return bj_fail(p->err, BJ_ERROR_IO, "cannot read '%.*s' of the guest (%s)",
                           (int)p->shown.size, p->shown.data, vfs_errno_name(error));
        if (got == 0)
            return 0;
        if (p->allow && p->allow(p->user, p->node, got, false, p->err) < 0)
            return -1;
        if (bj_write_all(p->fd, piece, got) < 0)
            return fail_name(p->err, p->shown, "write");
        offset += got;
    }
}

int vfs_host_put(int directory, bj_span name, bj_span shown, vfs_node node, mode_t mode,
                 vfs_put_fn allow, void *user, bj_error *err)
{
    char temporary[48], text[VFS_NAME_MAX + 1];
    memcpy(text, name.data, name.size);
    text[name.size] = 0;
    vfs_errno error = vfs_node_open(node, VFS_READ);
    if (error != VFS_OK)
        return bj_fail(err, BJ_ERROR_IO, "cannot read '%.*s' of the guest (%s)", (int)shown.size,
                       shown.data, vfs_errno_name(error));
    int fd = open_temporary(directory, mode, temporary, sizeof temporary);
    if (fd < 0)
        return fail_name(err, shown, "make a file for");
    int result = write_content(&(putting){fd, shown, node, allow, user, err});
    if (close(fd) < 0 && result == 0)
        result = fail_name(err, shown, "write");
    if (result == 0 && renameat(directory, temporary, directory, text) < 0)
        result = fail_name(err, shown, "replace");
    if (result < 0)
        unlinkat(directory, temporary, 0);
    return result;
}
