/*
 * run.c: running a guest, with Python's signals in mind.
 *
 * Python runs its signal handlers in the main thread, between two of its instructions. While that thread is in a
 * guest, Ctrl-C would wait for the guest's end. So a guest has a slice of half a millisecond, for which any signal can
 * wait, and most evals are done in that. For those that are not there are two ways out:
 *
 * - The guest goes on in a thread of its own, and the main thread waits for it and for signals. That is right for any
 *   handler, and costs a thread.
 * - The guest goes on in the main thread, and SIGINT interrupts the sandbox, by a handler that is in place for as long.
 *   That is right where Ctrl-C is going to raise KeyboardInterrupt anyway, and no other signal has a handler:
 *   nearly always. It costs a dozen system calls.
 *
 * The second is taken where it is right, else the first. Other threads of Python's never run signal handlers: they run
 * the guest just so.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

#define FIRST_SLICE_US 500u
#define LOOK_UP_NS     50000000 /* a signal may be delivered to another thread, and not end our wait */

/* Signals that programs handle in Python to end something that takes long. */
static const int other_signals[] = {SIGTERM, SIGALRM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGVTALRM};

typedef enum core_way { JUST_SO, BREAKABLE, ELSEWHERE } core_way;

/* Begins the run, and takes its first slice. Whether it is over. */
static bool begin(core_run *run)
{
    bj_sandbox_set_tag(run->box, run->caller);
    if (run->blob_count > 0 &&
        bj_sandbox_attach(run->box, run->blobs, run->blob_count, &run->err) < 0)
        return true;
    const int begun = run->source ? bj_sandbox_begin_eval(run->box, run->source, run->size,
                                                          run->flags, NULL, NULL, &run->err)
                                  : bj_sandbox_begin_run(run->box, NULL, NULL, &run->err);
    if (begun < 0)
        return true;
    const bj_step step =
        bj_sandbox_step_us(run->box, FIRST_SLICE_US, &run->receipt, NULL, &run->err);
    return step == BJ_STEP_DONE || step == BJ_STEP_FAILED;
}

static void finish(core_run *run)
{
    run->receipt = bj_sandbox_finish(run->box, &run->err);
}

static bool is_main_thread(void)
{
    return syscall(SYS_gettid) == getpid();
}

static bool has_handler(int signal)
{
    struct sigaction action;
    if (sigaction(signal, NULL, &action) < 0)
        return false;
    return action.sa_flags & SA_SIGINFO ||
           (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

static bool ctrl_c_raises(core_state *state)
{
    PyObject *handler = PyObject_CallFunction(state->getsignal, "i", SIGINT);
    if (!handler)
        PyErr_Clear();
    Py_XDECREF(handler);
    return handler == state->default_int_handler;
}

static core_way choose(core_state *state)
{
    if (!is_main_thread())
        return JUST_SO;
    for (size_t i = 0; i < sizeof other_signals / sizeof *other_signals; i++)
        if (has_handler(other_signals[i]))
            return ELSEWHERE;
    if (!has_handler(SIGINT))
        return JUST_SO;
    return ctrl_c_raises(state) ? BREAKABLE : ELSEWHERE;
}

/* ------------------------------------------------------------------ in the main thread */

static _Atomic(bj_sandbox *) breakable;
static atomic_int breaking; /* how many threads are in on_sigint */
static struct sigaction python_sigint;

static void on_sigint(int signal, siginfo_t *info, void *context)
{
    atomic_fetch_add(&breaking, 1);
    bj_sandbox *box = atomic_load(&breakable);
    if (box)
        bj_sandbox_interrupt(box);
    atomic_fetch_sub(&breaking, 1);
    if (python_sigint.sa_flags & SA_SIGINFO)
        python_sigint.sa_sigaction(signal, info, context);
    else
        python_sigint.sa_handler(signal);
}

/* An exception of a signal's handler, kept while the guest comes to its end. */
typedef struct raised {
    PyObject *type, *value, *traceback;
} raised;

/* Runs what handlers are due. Where one raises, the guest is interrupted. */
static raised see_to_signals(bj_sandbox *box)
{
    raised found = {0};
    if (PyErr_CheckSignals() == 0)
        return found;
    PyErr_Fetch(&found.type, &found.value, &found.traceback);
    bj_sandbox_interrupt(box);
    return found;
}

static int raise_again(const raised *found)
{
    if (!found->type)
        return PyErr_CheckSignals();
    PyErr_Restore(found->type, found->value, found->traceback);
    return -1;
}

static int finish_breakable(core_run *run)
{
    struct sigaction own = {.sa_sigaction = on_sigint, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&own.sa_mask);
    sigaction(SIGINT, NULL, &python_sigint);
    atomic_store(&breakable, run->box);
    sigaction(SIGINT, &own, NULL);
    const raised before = see_to_signals(run->box); /* that came during the first slice */
    Py_BEGIN_ALLOW_THREADS
    finish(run);
    Py_END_ALLOW_THREADS
    sigaction(SIGINT, &python_sigint, NULL);
    atomic_store(&breakable, NULL);
    while (atomic_load(&breaking)) /* in another thread, with the sandbox still in its hand */
        sched_yield();
    return raise_again(&before);
}

/* ------------------------------------------------------------------ in a thread of its own */

typedef struct core_errand {
    core_run *run;
    sem_t done;
} core_errand;

static void *do_errand(void *arg)
{
    core_errand *errand = arg;
    finish(errand->run);
    sem_post(&errand->done);
    return NULL;
}

/* Signals are for the main thread, whose wait they end. */
static int start(pthread_t *thread, core_errand *errand)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(thread, NULL, do_errand, errand);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

/* Whether it is done. False: a signal came, or some time has passed. */
static bool wait_a_while(core_errand *errand)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_UP_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    bool done;
    Py_BEGIN_ALLOW_THREADS
    done = sem_timedwait(&errand->done, &until) == 0;
    Py_END_ALLOW_THREADS
    return done;
}

static int finish_elsewhere(core_run *run)
{
    core_errand errand = {.run = run};
    pthread_t thread;
    sem_init(&errand.done, 0, 0);
    const int failure = start(&thread, &errand);
    if (failure) { /* nothing else is left to end it with */
        sem_destroy(&errand.done);
        bj_sandbox_interrupt(run->box);
        finish(run);
        errno = failure;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    raised found = {0};
    while (!wait_a_while(&errand))
        if (!found.type)
            found = see_to_signals(run->box);
    pthread_join(thread, NULL);
    sem_destroy(&errand.done);
    return raise_again(&found);
}

int core_run_guest(core_state *state, core_run *run)
{
    bool over;
    Py_BEGIN_ALLOW_THREADS
    over = begin(run);
    Py_END_ALLOW_THREADS
    if (over)
        return 0;
    const core_way way = choose(state);
    if (way == ELSEWHERE)
        return finish_elsewhere(run);
    if (way == BREAKABLE)
        return finish_breakable(run);
    Py_BEGIN_ALLOW_THREADS
    finish(run);
    Py_END_ALLOW_THREADS
    return 0;
}
