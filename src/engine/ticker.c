/*
 * ticker.c: one thread that ticks every millisecond while a guest runs, and sleeps otherwise.
 *
 * Entering and leaving are two atomic operations while the thread is awake. It stays awake for a
 * while after the last guest left, so that many short runs in a row cost no wake-up each.
 *
 * A process that forks leaves the thread behind, and every guest that runs in another thread: in the child the
 * ticker is as it was before the first guest, but for what the forking thread itself is in.
 */
#include <signal.h>
#include <time.h>

#include "engine/internal.h"

#define TICK_NS    1000000
#define IDLE_TICKS 50

/* ---- A fork of the process. ---- */

static pthread_mutex_t tickers_lock = PTHREAD_MUTEX_INITIALIZER;
static engine_ticker *tickers; /* under tickers_lock, which a fork holds */

static void before_fork(void)
{
    pthread_mutex_lock(&tickers_lock);
    for (engine_ticker *t = tickers; t; t = t->next)
        pthread_mutex_lock(&t->lock);
}

static void after_fork_in_parent(void)
{
    for (engine_ticker *t = tickers; t; t = t->next)
        pthread_mutex_unlock(&t->lock);
    pthread_mutex_unlock(&tickers_lock);
}

/* A condition that a thread of the parent waits on is as good as new only when it is made anew. */
static void after_fork_in_child(void)
{
    for (engine_ticker *t = tickers; t; t = t->next) {
        t->started = false;
        atomic_store(&t->running, 0);
        atomic_store(&t->asleep, true);
        pthread_cond_init(&t->wake, NULL);
        pthread_mutex_unlock(&t->lock);
    }
    pthread_mutex_unlock(&tickers_lock);
}

static void watch_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void enlist(engine_ticker *ticker)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&tickers_lock);
    ticker->next = tickers;
    tickers = ticker;
    pthread_mutex_unlock(&tickers_lock);
}

static void strike_out(const engine_ticker *ticker)
{
    pthread_mutex_lock(&tickers_lock);
    engine_ticker **place = &tickers;
    while (*place != ticker)
        place = &(*place)->next;
    *place = ticker->next;
    pthread_mutex_unlock(&tickers_lock);
}

/* ---- The thread. ---- */

/* Waits until a guest runs or the thread must end. */
static void sleep_until_needed(engine_ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    /* Whoever enters counts itself first and looks at `asleep` second; here it is the other way
     * round, so that one of the two always sees the other. */
    atomic_store(&ticker->asleep, true);
    while (!atomic_load(&ticker->quit) && atomic_load(&ticker->running) == 0)
        pthread_cond_wait(&ticker->wake, &ticker->lock);
    atomic_store(&ticker->asleep, false);
    pthread_mutex_unlock(&ticker->lock);
}

static void *tick_forever(void *argument)
{
    engine_ticker *ticker = argument;
    const struct timespec period = {.tv_nsec = TICK_NS};
    unsigned idle = IDLE_TICKS;
    while (!atomic_load(&ticker->quit)) {
        if (idle >= IDLE_TICKS) {
            sleep_until_needed(ticker);
            idle = 0;
        }
        clock_nanosleep(CLOCK_MONOTONIC, 0, &period, NULL);
        idle = atomic_load(&ticker->running) > 0 ? 0 : idle + 1;
        ticker->tick(ticker->user);
    }
    return NULL;
}

void engine_ticker_init(engine_ticker *ticker, void (*tick)(void *user), void *user)
{
    *ticker = (engine_ticker){.tick = tick, .user = user};
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_cond_init(&ticker->wake, NULL);
    atomic_init(&ticker->asleep, true);
    enlist(ticker);
}

void engine_ticker_destroy(engine_ticker *ticker)
{
    strike_out(ticker);
    pthread_mutex_lock(&ticker->lock);
    bool started = ticker->started;
    atomic_store(&ticker->quit, true);
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    if (started)
        pthread_join(ticker->thread, NULL);
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->lock);
}

/* The embedder's signals are none of this thread's business. */
static int start_thread(engine_ticker *ticker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&ticker->thread, NULL, tick_forever, ticker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ticker->started = failed == 0;
    return failed ? -1 : 0;
}

int engine_ticker_enter(engine_ticker *ticker)
{
    atomic_fetch_add(&ticker->running, 1);
    if (!atomic_load(&ticker->asleep))
        return 0;
    pthread_mutex_lock(&ticker->lock);
    int status = ticker->started ? 0 : start_thread(ticker);
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    if (status < 0)
        atomic_fetch_sub(&ticker->running, 1);
    return status;
}

void engine_ticker_leave(engine_ticker *ticker)
{
    atomic_fetch_sub(&ticker->running, 1);
}
