/*
 * faults.c: who gets SIGSEGV and its like first.
 *
 * Wasmtime turns some faults of a guest into traps, by signal handlers that it installs with the first engine of a process.
 * It hands every other fault to whatever handler was there before. But a handler that somebody installs later (Python's
 * faulthandler, a crash reporter, V8) stands in front of it, takes a guest's trap for a crash, and ends the process.
 *
 * So this file stands below Wasmtime, and puts it in front again before a guest is entered. A fault that is no guest's goes
 *
 *     Wasmtime's handler -> pass_on() -> `below`: whoever was in front of Wasmtime last -> its own way
 *
 * A handler that, having reported, puts back what it found (Wasmtime's) and raises the signal again comes to pass_on()
 * a second time, which then takes `bottom`, what there was before the first engine; a third time is the end.
 *
 * What is installed while a guest runs in another thread stands in front until the next one is entered.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/internal.h"

/* One that was in front of Wasmtime; kept for good, since a signal handler may be reading it. */
typedef struct found_action {
    struct found_action *next;
    struct sigaction action;
} found_action;

typedef struct fault {
    int signal;
    bool kept; /* Wasmtime has a handler for it, over pass_on() */
    struct sigaction wasmtime;
    found_action bottom; /* the last of the list */
    found_action *found; /* all; under `lock` */
    _Atomic(const struct sigaction *) below;
    atomic_int passing;    /* the thread that is in pass_on(), or 0 */
    atomic_bool at_bottom; /* it has come to the bottom */
} fault;

static fault faults[] = {{.signal = SIGSEGV}, {.signal = SIGILL}, {.signal = SIGFPE}};
#define FAULTS (sizeof faults / sizeof *faults)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- In the signal handler. ---- */

static void act(const struct sigaction *action, int signal, siginfo_t *info, void *context)
{
    if (action->sa_flags & SA_SIGINFO) {
        action->sa_sigaction(signal, info, context);
    } else if (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN) {
        /* A fault happens again when this returns, and ends the process then; a signal that was sent does not. */
        sigaction(signal, action, NULL);
        if (info->si_code <= 0)
            raise(signal);
    } else {
        action->sa_handler(signal);
    }
}

static const struct sigaction by_default = {.sa_handler = SIG_DFL};

static void pass_on(int signal, siginfo_t *info, void *context)
{
    const int self = (int)syscall(SYS_gettid);
    for (size_t i = 0; i < FAULTS; i++) {
        fault *f = &faults[i];
        if (f->signal != signal)
            continue;
        const struct sigaction *below = atomic_load(&f->below);
        if (atomic_load(&f->passing) != self) {
            atomic_store(&f->passing, self);
            act(below, signal, info, context);
            atomic_store(&f->passing, 0);
        } else if (below != &f->bottom.action && !atomic_exchange(&f->at_bottom, true)) {
            act(&f->bottom.action, signal, info, context);
            atomic_store(&f->at_bottom, false);
        } else {
            act(&by_default, signal, info, context);
        }
    }
}

/* ---- Around the first engine. ---- */

void engine_faults_before(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < FAULTS; i++) {
        fault *f = &faults[i];
        if (f->kept)
            continue;
        struct sigaction own = {.sa_sigaction = pass_on,
                                .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
        sigemptyset(&own.sa_mask);
        sigaction(f->signal, NULL, &f->bottom.action);
        f->found = &f->bottom;
        atomic_store(&f->below, &f->bottom.action);
        sigaction(f->signal, &own, NULL);
    }
}

void engine_faults_after(void)
{
    for (size_t i = 0; i < FAULTS; i++) {
        fault *f = &faults[i];
        if (f->kept)
            continue;
        sigaction(f->signal, NULL, &f->wasmtime);
        f->kept = f->wasmtime.sa_sigaction != pass_on;
        if (!f->kept) /* there is none of Wasmtime's */
            sigaction(f->signal, &f->bottom.action, NULL);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- Before a guest is entered. ---- */

static bool is_same(const struct sigaction *a, const struct sigaction *b)
{
    if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO))
        return false;
    return a->sa_flags & SA_SIGINFO ? a->sa_sigaction == b->sa_sigaction
                                    : a->sa_handler == b->sa_handler;
}

/* The kept copy of an action; NULL when out of memory. */
static const struct sigaction *keep(fault *f, const struct sigaction *action)
{
    for (found_action *each = f->found; each; each = each->next)
        if (is_same(&each->action, action) && each->action.sa_flags == action->sa_flags)
            return &each->action;
    found_action *kept = malloc(sizeof *kept);
    if (!kept)
        return NULL;
    *kept = (found_action){f->found, *action};
    f->found = kept;
    return &kept->action;
}

static void put_in_front(fault *f, const struct sigaction *now)
{
    pthread_mutex_lock(&lock);
    const struct sigaction *below = keep(f, now);
    if (below) {
        atomic_store(&f->below, below);
        sigaction(f->signal, &f->wasmtime, NULL);
    }
    pthread_mutex_unlock(&lock);
}

void engine_faults_keep(void)
{
    for (size_t i = 0; i < FAULTS; i++) {
        fault *f = &faults[i];
        struct sigaction now;
        if (f->kept && sigaction(f->signal, NULL, &now) == 0 && !is_same(&now, &f->wasmtime))
            put_in_front(f, &now);
    }
}
