/*
 * compiler.c: the process that compiles: a fork, which takes limits upon itself, compiles, writes what came of it, answers and ends.
 *
 * It keeps two descriptors of the host's, none of its handlers of signals, and writes to no memory that is shared.
 */
#include "engine/compile/compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/write.h"

#define FIRST_SIGNAL 1
#define LAST_SIGNAL  64
#define DATA_FIELD   5 /* of /proc/self/statm, from 0: pages of private memory that can be written */

static int answer_fd = -1;

static _Noreturn void end_with(engine_compiler_end kind, int sys_errno, const char *text)
{
    engine_compiler_answer answer = {.kind = kind, .sys_errno = sys_errno};
    snprintf(answer.text, sizeof answer.text, "%s", text);
    if (bj_write_all(answer_fd, &answer, sizeof answer) < 0)
        _exit(1);
    _exit(0);
}

static void end_for_memory(void)
{
    end_with(COMPILER_NO_MEMORY, ENOMEM, "");
}

static void forget_signals(void)
{
    sigset_t none;
    for (int number = FIRST_SIGNAL; number <= LAST_SIGNAL; number++)
        signal(number, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* writing fails then */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All but two. What cannot be closed does no harm: the process ends soon. */
static void close_others(int one, int other)
{
    const unsigned first = (unsigned)(one < other ? one : other);
    const unsigned second = (unsigned)(one < other ? other : one);
    if (first > 0)
        (void)close_range(0, first - 1, 0);
    if (second - first > 1)
        (void)close_range(first + 1, second - 1, 0);
    (void)close_range(second + 1, ~0u, 0);
}

/* What it has of its parent does not count against its own limit. */
static uint64_t data_bytes(void)
{
    char text[256] = "";
    uint64_t pages = 0;
    bj_autoclose int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return 0;
    char *at = text;
    for (int field = 0; field <= DATA_FIELD; field++)
        pages = strtoull(at, &at, 10);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void lower(int resource, uint64_t most)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) < 0 || limit.rlim_cur <= most)
        return;
    limit.rlim_cur = most;
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

/* The host's own is for files, not for what is compiled in memory. */
static void set_file_limit(uint64_t most)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
        return;
    limit.rlim_cur = most > 0 && most < limit.rlim_max ? most : limit.rlim_max;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void take_limits(const engine_compile_limits *limits)
{
    const uint64_t held = data_bytes();
    lower(RLIMIT_CORE, 0);
    if (limits->cpu_ms > 0)
        lower(RLIMIT_CPU, limits->cpu_ms / 1000 + 2); /* in case that nobody watches any more */
    /* Sanitizers take memory of their own for each piece, and end the process where they get none. */
    if (limits->memory_bytes > 0 && held > 0 && !BJ_UNDER_ASAN && !BJ_UNDER_TSAN)
        lower(RLIMIT_DATA, held + limits->memory_bytes);
    set_file_limit(limits->file_bytes);
}

_Noreturn void engine_compiler_run(const engine_compilation *task, int answer, pid_t parent)
{
    forget_signals();
    answer_fd = answer;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(1);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    close_others(answer, task->fd);
    take_limits(&task->limits);
    bj_wasmtime_when_short(end_for_memory);

    wasm_byte_vec_t code;
    wasmtime_error_t *error = bj_wasmtime_precompile(
        task->variant->wasmtime, (const uint8_t *)task->bytes.data, task->bytes.size, &code);
    if (error) {
        char text[sizeof((engine_compiler_answer){0}.text)];
        engine_error_text(error, text, sizeof text);
        end_with(COMPILER_INVALID, 0, text);
    }
    if (!engine_entry_write(task->fd, &code))
        end_with(COMPILER_FILE, errno, "");
    end_with(COMPILER_DONE, 0, "");
}
