/*
 * ticker.c: one thread that ticks every millisecond while a guest runs, and sleeps otherwise.
 *
 * Entering and leaving are two atomic operations while the thread is awake. It stays awake for a
 * while after the last guest left, so that many short runs in a row cost no wake-up each.
 */
#include <signal.h>
#include <time.h>

#include "engine/internal.h"

#define TICK_NS    1000000
#define IDLE_TICKS 50

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
}

void engine_ticker_destroy(engine_ticker *ticker)
{
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
