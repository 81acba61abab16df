/*
 * read.c: reading from files of the host.
 */
#include "base/read.h"

#include <errno.h>
#include <unistd.h>

ssize_t bj_read_at(int fd, void *to, size_t size, off_t at)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(fd, (char *)to + done, size - done, at + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}
