/*
 * reaper.c: the thread that frees what is large, one for the process.
 *
 * It takes things in the order in which they came, and ends when none came for a while: evals in a sandbox with many files each have
 * a mark to drop. What waits is bounded: who
 * deletes faster than it can free goes on to free by himself, so that memory does not pile up.
 *
 * A process that forks leaves the thread behind: in the child what waited waits for what comes next, and what was being freed
 * is lost, or the fork waits for it, where half of it must not be seen.
 */
#include "base/reaper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define LINGER_NS 200000000

typedef struct reaper_job {
    struct reaper_job *next;
    bj_reap_fn free_it;
    void *what;
    uint64_t bytes;
    bool whole;
} reaper_job;

/* Under the lock, which a fork holds. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool runs;     /* it will look at the jobs again */
    bool joinable; /* it was started */
    bool hurries;  /* somebody waits for its end */
    bool in_whole; /* it frees what no fork may see half of */
    reaper_job *first, **last;
    unsigned count;
    uint64_t bytes; /* of those, and of the one that is being freed */
} reaper = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---------------------------------------------------------------- a fork of the process */

static void before_fork(void)
{
    pthread_mutex_lock(&reaper.lock);
    while (reaper.in_whole)
        pthread_cond_wait(&reaper.changed, &reaper.lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&reaper.lock);
}

static void after_fork_in_child(void)
{
    reaper.runs = reaper.joinable = reaper.hurries = false;
    reaper.bytes = 0;
    for (const reaper_job *job = reaper.first; job; job = job->next)
        reaper.bytes += job->bytes;
    pthread_cond_init(&reaper.changed, NULL);
    pthread_mutex_unlock(&reaper.lock);
}

static void watch_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* ---------------------------------------------------------------- the thread */

/* The next one, if it comes soon. Under the lock. */
static reaper_job *take_first(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LINGER_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!reaper.first && !reaper.hurries &&
           pthread_cond_timedwait(&reaper.changed, &reaper.lock, &until) == 0)
        ;
    reaper_job *job = reaper.first;
    if (job) {
        reaper.first = job->next;
        reaper.count--;
    }
    return job;
}

static void *reap_all(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&reaper.lock);
    for (reaper_job *job; (job = take_first()) != NULL;) {
        reaper.in_whole = job->whole;
        pthread_mutex_unlock(&reaper.lock);
        const uint64_t bytes = job->bytes;
        job->free_it(job->what);
        free(job);
        pthread_mutex_lock(&reaper.lock);
        reaper.bytes -= bytes;
        if (reaper.in_whole)
            pthread_cond_broadcast(&reaper.changed);
        reaper.in_whole = false;
    }
    reaper.runs = false;
    pthread_cond_broadcast(&reaper.changed);
    pthread_mutex_unlock(&reaper.lock);
    return NULL;
}

/* The one of before does nothing any more but end. Under the lock. */
static void join(void)
{
    if (reaper.joinable)
        pthread_join(reaper.thread, NULL);
    reaper.joinable = false;
}

/* The embedder's signals are none of its business. Under the lock. */
static bool start(void)
{
    sigset_t all, before;
    join();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    reaper.runs = reaper.joinable = pthread_create(&reaper.thread, NULL, reap_all, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reaper.runs;
}

static bool has_room(uint64_t bytes)
{
    return reaper.bytes == 0 || (reaper.count < REAPER_MOST && bytes <= REAPER_MOST_BYTES &&
                                 reaper.bytes <= REAPER_MOST_BYTES - bytes);
}

static bool hand_over(reaper_job *job)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&reaper.lock);
    const bool takes = has_room(job->bytes) && (reaper.runs || start());
    if (takes) {
        if (!reaper.first)
            reaper.last = &reaper.first;
        *reaper.last = job;
        reaper.last = &job->next;
        reaper.count++;
        reaper.bytes += job->bytes;
        pthread_cond_broadcast(&reaper.changed);
    }
    pthread_mutex_unlock(&reaper.lock);
    return takes;
}

void bj_reap(bj_reap_fn free_it, void *what, uint64_t bytes, bool whole)
{
    reaper_job *job = malloc(sizeof *job);
    if (job)
        *job = (reaper_job){.free_it = free_it, .what = what, .bytes = bytes, .whole = whole};
    if (job && hand_over(job))
        return;
    free(job);
    free_it(what);
}

void bj_reaper_wait(void)
{
    pthread_mutex_lock(&reaper.lock);
    reaper.hurries = true;
    pthread_cond_broadcast(&reaper.changed);
    while (reaper.runs)
        pthread_cond_wait(&reaper.changed, &reaper.lock);
    reaper.hurries = false;
    join();
    pthread_mutex_unlock(&reaper.lock);
}
