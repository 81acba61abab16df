/*
 * compile.c: from a module's bytes to machine code, by a process of its own.
 *
 * Nobody has read the module, and a compiler takes for some modules of a few kilobytes what it takes for others of many megabytes. So a
 * child of this process compiles (compiler.c), under limits on its time, its memory and what it writes; whatever goes wrong ends the
 * child, and this process goes on. What it made comes back in a file, as the cache has them.
 *
 * The child is a fork: it needs no program beside the library, finds the compiler set up, and calls nothing but that. A fork has one
 * thread, which in rare cases waits for a lock that another one held: such a child comes to a stand, and another one takes its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/compile/compiler.h"
#include "engine/internal.h"

#define LOOK_MS   10
#define NS_PER_MS ((uint64_t)1000000)

/* A child that has used no time for so long waits for what does not come. */
#define STUCK_NS ((uint64_t)20000000000)
#define CHILDREN 3

/* Each piece of memory takes sanitizers time. */
#define SLOWER (BJ_UNDER_ASAN || BJ_UNDER_TSAN ? 10u : 1u)

/* What a module of no size may take, and what comes with its code and its functions: about three times of what usual ones do. */
#define FIRST_MS         3000u
#define MS_PER_MIB       3000u
#define FUNCTIONS_PER_MS 10u
#define FIRST_BYTES      ((uint64_t)384 << 20)
#define BYTES_PER_BYTE   64u
#define FIRST_CODE_BYTES ((uint64_t)64 << 20)
#define CODE_PER_BYTE    64u

engine_compile_limits engine_compile_limits_of(const engine_core *self, engine_bulk bulk)
{
    engine_compile_limits limits = {
        .cpu_ms = SLOWER * (FIRST_MS + MS_PER_MIB * bulk.code_bytes / ((uint64_t)1 << 20) +
                            bulk.functions / FUNCTIONS_PER_MS),
        .memory_bytes = FIRST_BYTES + BYTES_PER_BYTE * bulk.code_bytes,
        .file_bytes = FIRST_CODE_BYTES + CODE_PER_BYTE * bulk.code_bytes,
    };
    if (self->compile_ms > 0)
        limits.cpu_ms = self->compile_ms;
    if (self->compile_bytes > 0)
        limits.memory_bytes = self->compile_bytes;
    return limits;
}

/* ---- The child. ---- */

typedef struct child {
    pid_t pid;
    int handle; /* of the process: its number may be given to another one */
    int answer;
} child;

static int start(child *self, const engine_compilation *task, bj_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return bj_fail_errno(err, "the compiler cannot be started");
    *self = (child){.answer = ends[0]};
    const pid_t parent = getpid();
    self->pid = fork();
    if (self->pid == 0)
        engine_compiler_run(task, ends[1], parent);
    const int failed = errno;
    close(ends[1]);
    if (self->pid > 0) {
        self->handle = (int)syscall(SYS_pidfd_open, self->pid, 0);
        return 0;
    }
    close(ends[0]);
    errno = failed;
    return bj_fail_errno(err, "no process can be started for the compiler");
}

static uint64_t used_ns(const child *self)
{
    clockid_t clock;
    return clock_getcpuclockid(self->pid, &clock) == 0 ? bj_clock_ns(clock) : 0;
}

/* Whether it has answered, or ended, within LOOK_MS. Its end is asked for as well: another child of the host may hold the pipe open. */
static bool has_answered(const child *self)
{
    struct pollfd wanted[] = {{.fd = self->answer, .events = POLLIN},
                              {.fd = self->handle, .events = POLLIN}};
    return poll(wanted, 2, LOOK_MS) > 0;
}

static void stop(const child *self)
{
    if (self->handle < 0 || syscall(SYS_pidfd_send_signal, self->handle, SIGKILL, NULL, 0) < 0)
        kill(self->pid, SIGKILL);
}

/* Ends it, whether it has or not. A host that waits for all its children may have taken its status. */
static void end(child *self)
{
    stop(self);
    while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (self->handle >= 0)
        close(self->handle);
    close(self->answer);
}

typedef enum wait_end { ANSWERED, TOO_LONG, STUCK } wait_end;

static wait_end wait_for(const child *self, uint64_t cpu_ms)
{
    uint64_t seen_ns = 0, moved_ns = bj_clock_ns(CLOCK_MONOTONIC);
    while (!has_answered(self)) {
        const uint64_t used = used_ns(self), now = bj_clock_ns(CLOCK_MONOTONIC);
        if (cpu_ms > 0 && used > cpu_ms * NS_PER_MS)
            return TOO_LONG;
        if (used > seen_ns) {
            seen_ns = used;
            moved_ns = now;
        } else if (now - moved_ns > STUCK_NS) {
            return STUCK;
        }
    }
    return ANSWERED;
}

/* ---- What comes of it. ---- */

int engine_refuse(const char *name, const char *why, bj_error *err)
{
    if (strstr(why, "legacy_exceptions"))
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%s is not valid: its exceptions have the form of the proposal before it was "
            "finished: compile it with -mllvm -wasm-use-legacy-eh=false (clang 20 or later)",
            name);
    return bj_fail(err, BJ_ERROR_MODULE, "%s is not valid: %s", name, why);
}

static int refuse_time(const engine_compilation *task, bj_error *err)
{
    return bj_fail(err, BJ_ERROR_MODULE,
                   "%s cannot be compiled here: the limit compile_ms stopped it after %llu ms of "
                   "processor time; give it more if you trust it",
                   task->name, (unsigned long long)task->limits.cpu_ms);
}

static int refuse_memory(const engine_compilation *task, bj_error *err)
{
    if (task->limits.memory_bytes == 0)
        return bj_fail(err, BJ_ERROR_MEMORY, "there is too little memory to compile %s",
                       task->name);
    return bj_fail(err, BJ_ERROR_MODULE,
                   "%s cannot be compiled here: the limit compile_bytes stopped it at %llu MiB of "
                   "memory; give it more if you trust it",
                   task->name, (unsigned long long)(task->limits.memory_bytes >> 20));
}

/* Whether a file of the compiler's became too large by its own limit, not by one of the host's, which it cannot lift. */
static bool is_own_file_limit(const engine_compilation *task)
{
    struct rlimit host;
    return getrlimit(RLIMIT_FSIZE, &host) < 0 || task->limits.file_bytes <= host.rlim_max;
}

static int judge(const engine_compilation *task, const engine_compiler_answer *answer,
                 bj_error *err)
{
    switch (answer->kind) {
    case COMPILER_DONE:
        return 0;
    case COMPILER_INVALID:
        return engine_refuse(task->name, answer->text, err);
    case COMPILER_NO_MEMORY:
        return refuse_memory(task, err);
    case COMPILER_FILE:
        errno = answer->sys_errno;
        return errno == EFBIG && is_own_file_limit(task)
                   ? refuse_memory(task, err)
                   : bj_fail_errno(err, "the compiled form of %s cannot be written", task->name);
    default:
        return bj_fail(err, BJ_ERROR_MODULE, "%s cannot be compiled: the compiler crashed on it",
                       task->name);
    }
}

static void take_answer(const child *self, engine_compiler_answer *answer)
{
    ssize_t count;
    do
        count = read(self->answer, answer, sizeof *answer);
    while (count < 0 && errno == EINTR);
    if (count != (ssize_t)sizeof *answer)
        answer->kind = COMPILER_CRASHED;
    answer->text[sizeof answer->text - 1] = 0;
}

static bool is_empty_again(int fd)
{
    return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

int engine_compile(const engine_compilation *task, bj_error *err)
{
    for (int tried = 0; tried < CHILDREN; tried++) {
        child self = {0};
        engine_compiler_answer answer;
        if (start(&self, task, err) < 0)
            return -1;
        const wait_end how = wait_for(&self, task->limits.cpu_ms);
        if (how == ANSWERED)
            take_answer(&self, &answer);
        end(&self);
        if (how == ANSWERED)
            return judge(task, &answer, err);
        if (how == TOO_LONG)
            return refuse_time(task, err);
        if (!is_empty_again(task->fd))
            return bj_fail_errno(err, "the compiled form of %s cannot be written", task->name);
    }
    return bj_fail(err, BJ_ERROR_ENGINE, "the compiler does not come to work on this machine");
}
