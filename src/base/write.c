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

/* What a thread does about SIGXFSZ while it makes a file larger. */
typedef struct guard {
    sigset_t too_large, before;
    bool was_there;
} guard;

static int hold_signal(guard *g)
{
    sigset_t waiting;
    sigemptyset(&g->too_large);
    sigaddset(&g->too_large, SIGXFSZ);
    if (pthread_sigmask(SIG_BLOCK, &g->too_large, &g->before) != 0)
        return -1;
    g->was_there = sigpending(&waiting) == 0 && sigismember(&waiting, SIGXFSZ) == 1;
    return 0;
}

/* Keeps errno. */
static void release_signal(const guard *g, int status)
{
    const int saved = errno;
    if (status < 0 && saved == EFBIG && !g->was_there)
        (void)sigtimedwait(&g->too_large, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &g->before, NULL);
    errno = saved;
}

int bj_write_all(int fd, const void *bytes, size_t size)
{
    guard g;
    if (hold_signal(&g) < 0)
        return -1;
    const int status = write_on(fd, bytes, size);
    release_signal(&g, status);
    return status;
}

int bj_write_hole(int fd, uint64_t end)
{
    guard g;
    if (hold_signal(&g) < 0)
        return -1;
    const int status = ftruncate(fd, (off_t)end);
    release_signal(&g, status);
    return status == 0 && lseek(fd, (off_t)end, SEEK_SET) >= 0 ? 0 : -1;
}
