/*
 * ticker.c: one thread that ticks every millisecond while a guest runs, and sleeps otherwise.
 *
 * Entering and leaving are two atomic operations while the thread is awake. It stays awake for a
 * while after the last guest left, so that many short runs in a row cost no wake-up each.
 *
 * Who cannot wait for the next tick asks for one at a moment of his own, which stands in a place while his guest runs. The
 * thread sleeps until the first of those moments, and ticks then only: others are not made to look up more often. For a
 * while after such a moment was asked for it looks at the places at least every SHORT_NS, so that a row of short runs finds
 * it about to look anyway, and need not wake it.
 *
 * A process that forks leaves the thread behind, and every guest that runs in another thread: in the child the
 * ticker is as it was before the first guest, but for what the forking thread itself is in.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "engine/internal.h"

#define TICK_NS    1000000u
#define IDLE_TICKS 50u
/* By which a moment may be ticked late: each look costs a processor some microseconds. */
#define LATE_NS 100000u
/* Between two looks while moments are asked for, and two ticks for one of them. */
#define SHORT_NS  300000u
#define LINGER_NS 5000000u /* how long that goes on after the last one */
#define SLACK_NS  1000u    /* by which the kernel may be late on purpose */

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

static void make_condition(engine_ticker *ticker)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ticker->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* A condition that a thread of the parent waits on is as good as new only when it is made anew. */
static void after_fork_in_child(void)
{
    for (engine_ticker *t = tickers; t; t = t->next) {
        t->started = false;
        atomic_store(&t->running, 0);
        atomic_store(&t->asleep, true);
        for (size_t i = 0; i < ENGINE_MOMENTS; i++)
            atomic_store(&t->moments[i], 0);
        make_condition(t);
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

/* What it knows between two looks. */
typedef struct ticking {
    uint64_t ticked_ns, next_ns; /* when it ticked last, and will for everybody */
    uint64_t linger_ns;          /* until when it looks every SHORT_NS */
    unsigned idle;               /* ticks since a guest ran */
} ticking;

/* When the first moment is due that was asked for; one that has had its tick, and still stands there, again later. */
static uint64_t first_moment(engine_ticker *ticker, const ticking *t)
{
    uint64_t first_ns = UINT64_MAX;
    for (size_t i = 0; i < ENGINE_MOMENTS; i++) {
        const uint64_t moment_ns = atomic_load(&ticker->moments[i]);
        const uint64_t due_ns = moment_ns > t->ticked_ns ? moment_ns : t->ticked_ns + SHORT_NS;
        if (moment_ns != 0 && due_ns < first_ns)
            first_ns = due_ns;
    }
    return first_ns;
}

static uint64_t next_look(engine_ticker *ticker, ticking *t, uint64_t now_ns)
{
    uint64_t look_ns = first_moment(ticker, t);
    if (atomic_exchange(&ticker->asked, false))
        t->linger_ns = now_ns + LINGER_NS;
    if (now_ns < t->linger_ns && now_ns + SHORT_NS < look_ns)
        look_ns = now_ns + SHORT_NS;
    return look_ns < t->next_ns ? look_ns : t->next_ns;
}

/* Sleeps until there may be something to tick for. */
static void sleep_until_look(engine_ticker *ticker, ticking *t)
{
    const uint64_t now_ns = bj_clock_monotonic_ns();
    uint64_t look_ns = next_look(ticker, t, now_ns);
    pthread_mutex_lock(&ticker->lock);
    /* Whoever asks for a moment puts it down first and looks at `looks_ns` second; here it is the other way round, so
     * that one of the two always sees the other. */
    atomic_store(&ticker->looks_ns, look_ns);
    const uint64_t first_ns = first_moment(ticker, t);
    if (first_ns < look_ns)
        look_ns = first_ns;
    if (look_ns > now_ns && !atomic_load(&ticker->quit)) {
        const struct timespec until = {.tv_sec = (time_t)(look_ns / 1000000000u),
                                       .tv_nsec = (long)(look_ns % 1000000000u)};
        pthread_cond_timedwait(&ticker->wake, &ticker->lock, &until);
    }
    atomic_store(&ticker->looks_ns, 0);
    pthread_mutex_unlock(&ticker->lock);
}

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

/* Whether somebody wants a tick now. */
static bool is_due(engine_ticker *ticker, ticking *t, uint64_t now_ns)
{
    if (now_ns < t->next_ns)
        return first_moment(ticker, t) <= now_ns;
    t->next_ns = now_ns + TICK_NS;
    t->idle = atomic_load(&ticker->running) > 0 ? 0 : t->idle + 1;
    return true;
}

static void *tick_forever(void *argument)
{
    engine_ticker *ticker = argument;
    ticking t = {.idle = IDLE_TICKS};
    (void)prctl(PR_SET_TIMERSLACK, SLACK_NS); /* of this thread alone */
    while (!atomic_load(&ticker->quit)) {
        if (t.idle >= IDLE_TICKS) {
            sleep_until_needed(ticker);
            t.idle = 0;
            t.next_ns = bj_clock_monotonic_ns() + TICK_NS;
        }
        sleep_until_look(ticker, &t);
        const uint64_t now_ns = bj_clock_monotonic_ns();
        if (is_due(ticker, &t, now_ns)) {
            t.ticked_ns = now_ns;
            ticker->tick(ticker->user);
        }
    }
    return NULL;
}

void engine_ticker_init(engine_ticker *ticker, void (*tick)(void *user), void *user)
{
    *ticker = (engine_ticker){.tick = tick, .user = user};
    pthread_mutex_init(&ticker->lock, NULL);
    make_condition(ticker);
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

/* Puts the moment down in a free place. Where there is none (as many guests have moments of their own already), the
 * ticks for everybody must do. */
static unsigned put_moment(engine_ticker *ticker, uint64_t moment_ns)
{
    for (unsigned i = 0; i < ENGINE_MOMENTS; i++) {
        uint64_t nothing = 0;
        if (atomic_load_explicit(&ticker->moments[i], memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong(&ticker->moments[i], &nothing, moment_ns))
            return i;
    }
    return ENGINE_MOMENTS;
}

/* Whether the thread would look too late, and nobody has woken it for an earlier moment. */
static bool would_miss(engine_ticker *ticker, uint64_t moment_ns)
{
    if (!atomic_load_explicit(&ticker->asked, memory_order_relaxed))
        atomic_store(&ticker->asked, true);
    uint64_t looks_ns = atomic_load(&ticker->looks_ns);
    while (looks_ns > moment_ns)
        if (atomic_compare_exchange_weak(&ticker->looks_ns, &looks_ns, moment_ns))
            return true;
    return false;
}

int engine_ticker_enter(engine_ticker *ticker, uint64_t moment_ns, unsigned *place)
{
    atomic_fetch_add(&ticker->running, 1);
    *place = moment_ns == 0 ? ENGINE_MOMENTS : put_moment(ticker, moment_ns + LATE_NS);
    const bool misses = *place < ENGINE_MOMENTS && would_miss(ticker, moment_ns + LATE_NS);
    if (!misses && !atomic_load(&ticker->asleep))
        return 0;
    pthread_mutex_lock(&ticker->lock);
    int status = ticker->started ? 0 : start_thread(ticker);
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    if (status < 0)
        engine_ticker_leave(ticker, *place);
    return status;
}

void engine_ticker_leave(engine_ticker *ticker, unsigned place)
{
    if (place < ENGINE_MOMENTS)
        atomic_store_explicit(&ticker->moments[place], 0, memory_order_release);
    atomic_fetch_sub(&ticker->running, 1);
}
