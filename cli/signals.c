/*
 * signals.c: the only mutable globals of the command, because a signal handler has no other way to know
 * anything. Begin and end are called by the main thread, in pairs, never nested; the handler may run on
 * any thread of the process.
 *
 * A signal that arrives just before a wait must not be missed, and it need not interrupt the thread that
 * waits. So the handler makes a descriptor readable, and waits are for that one too.
 */
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static _Atomic(bj_sandbox *) target; /* what a signal interrupts */
static volatile sig_atomic_t caught; /* the first signal since signals_begin */
static atomic_int wake = -1; /* an eventfd, readable when a signal was caught; never closed */

static struct sigaction old_int;
static struct sigaction old_term;

static void handle(int signal)
{
    int saved = errno;
    bj_sandbox *box = atomic_load(&target);
    if (box != NULL && caught != 0 && signal == SIGINT)
        _exit(128 + signal);
    if (caught == 0)
        caught = signal;
    if (box != NULL)
        bj_sandbox_interrupt(box);
    eventfd_write(atomic_load(&wake), 1);
    errno = saved;
}

static void catch_signal(int signal, struct sigaction *old)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(signal, NULL, old);
    if (old->sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

/* Makes the eventfd, or empties it. Without one, waits end by their time. */
static void reset_wake(void)
{
    eventfd_t count;
    if (atomic_load(&wake) < 0)
        atomic_store(&wake, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    else
        (void)eventfd_read(atomic_load(&wake), &count);
}

void signals_begin(bj_sandbox *box)
{
    caught = 0;
    reset_wake();
    atomic_store(&target, box);
    catch_signal(SIGINT, &old_int);
    catch_signal(SIGTERM, &old_term);
}

void signals_end(void)
{
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    atomic_store(&target, NULL);
}

int signals_caught(void)
{
    return caught;
}

bool signals_wait(int fd, short events, int timeout_ms)
{
    struct pollfd wanted[] = {{.fd = fd, .events = events},
                              {.fd = atomic_load(&wake), .events = POLLIN}};
    return poll(wanted, 2, timeout_ms) > 0 && wanted[0].revents != 0;
}
