/*
 * faults.c: who gets SIGSEGV and its like first.
 *
 * The engine turns some faults of a guest into traps, by signal handlers that it installs when the first engine is
 * made. It hands every other fault to whatever handler was there before. A handler that somebody installs later
 * (faulthandler.enable(), signal.signal, a crash reporter) stands in front of it, takes a guest's trap for a crash,
 * and ends the process.
 *
 * So this file stands below the engine, and puts the engine in front again before each run. A fault that is no guest's
 * goes
 *
 *     engine's handler -> pass_on() -> `below`: whoever was in front of the engine last -> its own way
 *
 * A handler like faulthandler's, having printed, puts back what it found, the engine's handler, and raises the signal
 * again; pass_on() sees that it is in there already, and takes `bottom`: what there was before the first engine.
 *
 * Everything but pass_on() runs with the GIL held.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core.h"

typedef struct guarded {
    int signal;
    bool kept; /* the engine has a handler for it, over pass_on() */
    struct sigaction engine;
    struct sigaction bottom;
    /* What it points to never changes and is never freed: a signal handler may be reading it. */
    _Atomic(const struct sigaction *) below;
    atomic_int passing; /* the thread that is in pass_on(), or 0 */
} guarded;

static guarded faults[] = {{.signal = SIGSEGV}, {.signal = SIGBUS}, {.signal = SIGILL}, {.signal = SIGFPE}};
#define FAULTS (sizeof faults / sizeof *faults)

static int this_thread(void)
{
    return (int)syscall(SYS_gettid);
}

static void act(const struct sigaction *action, int signal, siginfo_t *info, void *context)
{
    if (action->sa_flags & SA_SIGINFO) {
        action->sa_sigaction(signal, info, context);
    } else if (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN) {
        /* A fault happens again when this returns, and then ends the process; a signal that was sent does not. */
        sigaction(signal, action, NULL);
        if (info->si_code <= 0)
            raise(signal);
    } else {
        action->sa_handler(signal);
    }
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
    for (size_t i = 0; i < FAULTS; i++) {
        guarded *fault = &faults[i];
        if (fault->signal != signal)
            continue;
        int self = this_thread();
        if (atomic_load(&fault->passing) == self) {
            act(&fault->bottom, signal, info, context);
            return;
        }
        atomic_store(&fault->passing, self);
        act(atomic_load(&fault->below), signal, info, context);
        atomic_store(&fault->passing, 0);
    }
}

static bool is_same(const struct sigaction *a, const struct sigaction *b)
{
    if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO))
        return false;
    return a->sa_flags & SA_SIGINFO ? a->sa_sigaction == b->sa_sigaction : a->sa_handler == b->sa_handler;
}

void core_faults_before_engine(void)
{
    for (size_t i = 0; i < FAULTS; i++) {
        guarded *fault = &faults[i];
        if (fault->kept)
            continue;
        struct sigaction own = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
        sigemptyset(&own.sa_mask);
        sigaction(fault->signal, NULL, &fault->bottom);
        atomic_store(&fault->below, &fault->bottom);
        sigaction(fault->signal, &own, NULL);
    }
}

void core_faults_after_engine(void)
{
    for (size_t i = 0; i < FAULTS; i++) {
        guarded *fault = &faults[i];
        if (fault->kept)
            continue;
        sigaction(fault->signal, NULL, &fault->engine);
        fault->kept = !(fault->engine.sa_flags & SA_SIGINFO) || fault->engine.sa_sigaction != pass_on;
        if (!fault->kept) /* none of the engine's */
            sigaction(fault->signal, &fault->bottom, NULL);
    }
}

void core_faults_keep(void)
{
    for (size_t i = 0; i < FAULTS; i++) {
        guarded *fault = &faults[i];
        struct sigaction now;
        if (!fault->kept || sigaction(fault->signal, NULL, &now) < 0 || is_same(&now, &fault->engine))
            continue;
        struct sigaction *below = malloc(sizeof *below);
        if (!below)
            continue;
        *below = now;
        atomic_store(&fault->below, below);
        sigaction(fault->signal, &fault->engine, NULL);
    }
}
