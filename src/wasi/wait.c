/*
 * wait.c: waiting with ppoll, beside an eventfd that wasi_interrupt writes to.
 *
 * The eventfd is made when something waits for the first time. No interrupt is lost: the waiter
 * publishes the descriptor and then looks at the flag, the interrupter sets the flag and then looks for
 * the descriptor, both sequentially consistent, so one of them sees the other. Where no eventfd can be
 * had (the process is out of descriptors), waits are cut into slices of 10 ms.
 */
#include "wasi/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/clock.h"

#define SLICE_NS 10000000u

bool wasi_may_go_on(wasi_context *context)
{
    if (atomic_load(&context->interrupted)) {
        context->stop = WASI_STOP_INTERRUPTED;
        return false;
    }
    if (context->deadline_ns == UINT64_MAX && context->cpu_look_ns == UINT64_MAX)
        return true;
    const uint64_t now_ns = bj_clock_monotonic_ns();
    const bool late = now_ns >= context->deadline_ns;
    if (!late && !wasi_cpu_is_used_up(context, now_ns))
        return true;
    policy_budget_cross(context->budget, late ? POLICY_wall_ms : POLICY_cpu_ms);
    context->stop = WASI_STOP_LIMIT;
    return false;
}

static int wake_fd_of(wasi_context *context)
{
    int fd = atomic_load(&context->wake_fd);
    if (fd < 0) {
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        atomic_store(&context->wake_fd, fd);
    }
    return fd;
}

/* What an interrupt that was cleared meanwhile may have left. */
static void drain(int fd)
{
    uint64_t count;
    (void)!read(fd, &count, sizeof count);
}

static struct timespec *timeout_of(uint64_t left_ns, struct timespec *t)
{
    if (left_ns == UINT64_MAX)
        return NULL;
    *t = (struct timespec){.tv_sec = (time_t)(left_ns / 1000000000u),
                           .tv_nsec = (long)(left_ns % 1000000000u)};
    return t;
}

/* One ppoll, until `end_ns` at most. Whether `fd` is ready. */
static bool wait_once(wasi_context *context, int fd, int wake_fd, uint64_t end_ns, uint64_t now_ns)
{
    struct timespec t;
    struct pollfd polled[2] = {{.fd = wake_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    uint64_t left_ns = end_ns == UINT64_MAX ? UINT64_MAX : end_ns > now_ns ? end_ns - now_ns : 0;
    if (wake_fd < 0 && left_ns > SLICE_NS)
        left_ns = SLICE_NS;
    int ready = ppoll(polled, 2, timeout_of(left_ns, &t), NULL);
    if (ready <= 0)
        return false;
    if (polled[0].revents && !atomic_load(&context->interrupted))
        drain(wake_fd);
    return polled[1].revents != 0;
}

wasi_waited wasi_wait(wasi_context *context, int fd, uint64_t until_ns)
{
    int wake_fd = wake_fd_of(context);
    uint64_t end_ns = until_ns < context->deadline_ns ? until_ns : context->deadline_ns;
    for (bool polled = false;; polled = true) {
        if (!wasi_may_go_on(context))
            return WASI_WAITED_STOP;
        uint64_t now_ns = bj_clock_monotonic_ns();
        if (polled && until_ns != UINT64_MAX && now_ns >= until_ns)
            return WASI_WAITED_TIME;
        if (wait_once(context, fd, wake_fd, end_ns, now_ns))
            return WASI_WAITED_READY;
    }
}

void wasi_interrupt(wasi_context *context)
{
    const uint64_t one = 1;
    int saved_errno = errno;
    atomic_fetch_add(&context->interrupts, 1);
    atomic_store(&context->interrupted, true);
    int fd = atomic_load(&context->wake_fd);
    if (fd >= 0)
        (void)!write(fd, &one, sizeof one);
    errno = saved_errno;
}

bool wasi_interrupted(const wasi_context *context)
{
    return atomic_load(&context->interrupted);
}

uint32_t wasi_interrupts(const wasi_context *context)
{
    return atomic_load(&context->interrupts);
}

void wasi_clear_interrupt(wasi_context *context)
{
    atomic_store(&context->interrupted, false);
}
