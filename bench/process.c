/*
 * process.c: starting, watching and reaping one process.
 *
 * The time is taken around posix_spawn and wait4. A child's stdin is a file in memory, so that it meets
 * its end without anybody feeding it; its output comes through one pipe.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "samples.h"

extern char **environ;

/* A descriptor from which a child reads `input`, or -1. */
static int input_file(const char *input, size_t size)
{
    if (size == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fd = memfd_create("input", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < size;) {
        ssize_t count = write(fd, input + done, size - done);
        if (count < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* 0 or an errno. */
static int spawn(pid_t *pid, const char *const argv[], int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    if (!failed)
        failed = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Keeps what there is to read and has room. False at the end. */
static bool take_output(int fd, process_result *result)
{
    char more[4096];
    ssize_t count = read(fd, more, sizeof more);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    size_t room = PROCESS_OUTPUT_BYTES - result->size;
    size_t kept = (size_t)count < room ? (size_t)count : room;
    memcpy(result->output + result->size, more, kept);
    result->size += kept;
    result->output[result->size] = 0;
    return count > 0;
}

/* Reads output until the child has ended, or kills it at the deadline. */
static void watch(int pidfd, int out, uint64_t deadline_ns, process_result *result)
{
    struct pollfd watched[] = {{.fd = pidfd, .events = POLLIN}, {.fd = out, .events = POLLIN}};
    for (;;) {
        uint64_t now = now_ns();
        if (now >= deadline_ns && !result->timed_out) {
            result->timed_out = true;
            pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
        }
        int wait_ms = result->timed_out ? -1 : (int)((deadline_ns - now) / 1000000 + 1);
        if (poll(watched, 2, wait_ms) < 0)
            continue;
        if (watched[1].revents && !take_output(out, result))
            watched[1].fd = -1;
        if (watched[0].revents)
            return;
    }
}

static void reap(pid_t pid, process_result *result)
{
    int status = 0;
    struct rusage usage;
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    result->reaped_ns = now_ns();
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What the child left in the pipe; it has ended, so that reading never waits for it. */
static void drain(int out, process_result *result)
{
    struct pollfd left = {.fd = out, .events = POLLIN};
    while (poll(&left, 1, 0) > 0 && (left.revents & POLLIN) && take_output(out, result))
        ;
}

int process_run(const char *const argv[], const char *input, size_t input_size, uint64_t timeout_ms,
                process_result *result)
{
    *result = (process_result){0};
    int ends[2], in = input_file(input, input_size);
    if (in < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        close(in);
        return -1;
    }
    pid_t pid;
    result->spawned_ns = now_ns();
    int failed = spawn(&pid, argv, in, ends[1]);
    close(in);
    close(ends[1]);
    if (!failed) {
        int pidfd = pidfd_open(pid, 0);
        if (pidfd >= 0) {
            watch(pidfd, ends[0], result->spawned_ns + timeout_ms * 1000000, result);
            close(pidfd);
        } else {
            failed = errno;
            kill(pid, SIGKILL);
        }
        reap(pid, result);
        drain(ends[0], result);
    }
    close(ends[0]);
    errno = failed;
    return failed ? -1 : 0;
}

bool process_exists(const char *program)
{
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    const char *path = getenv("PATH");
    char *list = strdup(path ? path : "/usr/bin:/bin"), *rest = NULL;
    bool found = false;
    for (char *dir = list ? strtok_r(list, ":", &rest) : NULL; dir && !found;
         dir = strtok_r(NULL, ":", &rest)) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", dir, program);
        found = length < (int)sizeof file && access(file, X_OK) == 0;
    }
    free(list);
    return found;
}
