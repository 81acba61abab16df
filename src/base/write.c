/*
 * write.c: see write.h.
 */
#include "base/write.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static int write_on(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = EIO;
        if (done <= 0)
            return -1;
        bytes += done;
        size -= (size_t)done;
    }
    return 0;
}

int bj_write_all(int fd, const void *bytes, size_t size)
{
    sigset_t too_large, before, waiting;
    sigemptyset(&too_large);
    sigaddset(&too_large, SIGXFSZ);
    if (pthread_sigmask(SIG_BLOCK, &too_large, &before) != 0)
        return -1;
    const bool was_there = sigpending(&waiting) == 0 && sigismember(&waiting, SIGXFSZ) == 1;
    const int status = write_on(fd, bytes, size);
    const int saved = errno;
    if (status < 0 && saved == EFBIG && !was_there)
        (void)sigtimedwait(&too_large, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return status;
}
