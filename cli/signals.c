/*
 * signals.c: the only mutable globals of the command, because a signal handler has no other way to know
 * anything. Begin and end are called by the main thread, in pairs, never nested; the handler may run on
 * any thread of the process.
 */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic(bj_sandbox *) target; /* what a signal interrupts */
static volatile sig_atomic_t caught; /* the first signal since signals_begin */

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
    errno = saved;
}

/* Without SA_RESTART, so that a wait for a terminal or a pipe ends. */
static void catch_signal(int signal, struct sigaction *old)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(signal, NULL, old);
    if (old->sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

void signals_begin(bj_sandbox *box)
{
    caught = 0;
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
