/*
 * stream.c: output of the guest, written as it comes, without ever waiting longer than the guest may run.
 *
 * A reader that stops reading must not hold the guest past its time: each write is preceded by a poll
 * and is no longer than PIPE_BUF, which a pipe that polls writable takes without blocking.
 */
#include "stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "signals.h"

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void stream_begin(stream *s, bj_sandbox *box, uint64_t wall_ms)
{
    s->box = box;
    s->shown[0] = s->shown[1] = (screen_text){.use = SCREEN_OUTPUT};
    s->deadline_ns = now_ns() + wall_ms * 1000000;
}

/* The time that is left, as poll() wants it: rounded up, and 0 once a signal has come. */
static int milliseconds_left(const stream *s)
{
    uint64_t now = now_ns();
    if (signals_caught() != 0 || now >= s->deadline_ns)
        return 0;
    uint64_t left = (s->deadline_ns - now) / 1000000 + 1;
    return left < INT_MAX ? (int)left : INT_MAX;
}

/* Whether `fd` takes bytes now or within the time that is left. */
static bool wait_writable(const stream *s, int fd)
{
    int left;
    do {
        left = milliseconds_left(s);
        if (signals_wait(fd, POLLOUT, left))
            return true;
    } while (left > 0);
    return false;
}

static void fail(stream *s, int fd, int failure)
{
    s->failure = failure;
    s->failed_fd = fd;
    if (s->box != NULL)
        bj_sandbox_interrupt(s->box);
}

static void send(stream *s, int fd, const char *bytes, size_t size)
{
    while (size > 0 && s->failure == 0 && wait_writable(s, fd)) {
        ssize_t written = write(fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            fail(s, fd, errno);
        if (written <= 0)
            continue;
        s->open_line = bytes[written - 1] != '\n';
        bytes += written;
        size -= (size_t)written;
    }
}

void stream_output(void *user, bj_stream which, const char *bytes, size_t size)
{
    stream *s = user;
    const int fd = which == BJ_STDERR ? STDERR_FILENO : STDOUT_FILENO;
    if (s->raw || !isatty(fd)) {
        send(s, fd, bytes, size);
        return;
    }
    char shown[PIPE_BUF];
    while (size > 0 && s->failure == 0) {
        const size_t count =
            screen_show(&s->shown[which == BJ_STDERR], &bytes, &size, shown, sizeof shown);
        send(s, fd, shown, count);
    }
}

void stream_end(stream *s)
{
    char shown[SCREEN_PIECE];
    send(s, STDOUT_FILENO, shown, screen_end(&s->shown[0], shown));
    send(s, STDERR_FILENO, shown, screen_end(&s->shown[1], shown));
}

int stream_status(const stream *s)
{
    if (s->failure == 0)
        return CLI_OK;
    if (s->failure == EPIPE)
        return CLI_SIGNAL + SIGPIPE; /* whoever closed the pipe knows why: no message, as of old */
    return cli_error("cannot write to %s: %s", s->failed_fd == STDERR_FILENO ? "stderr" : "stdout",
                     strerror(s->failure));
}
