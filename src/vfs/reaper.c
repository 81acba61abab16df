/*
 * reaper.c: the thread that frees what is large, one for the process.
 *
 * It takes maps in the order in which they came, and ends when none came for a while: evals in a sandbox with many files each have
 * a mark to drop. What waits is bounded by its number: who
 * deletes faster than it can free goes on to free by himself, so that memory does not pile up.
 *
 * A process that forks leaves the thread behind: in the child what waited waits for the next map, and what was being freed
 * is lost.
 */
#include "vfs/reaper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define LINGER_NS 200000000

typedef struct reaper_job {
    struct reaper_job *next;
    vfs_map map;
    const vfs_item_kind *kind;
} reaper_job;

/* Under the lock, which a fork holds. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool runs;     /* it will look at the jobs again */
    bool joinable; /* it was started */
    bool hurries;  /* somebody waits for its end */
    reaper_job *first, **last;
    unsigned count;
} reaper = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---------------------------------------------------------------- a fork of the process */

static void before_fork(void)
{
    pthread_mutex_lock(&reaper.lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&reaper.lock);
}

static void after_fork_in_child(void)
{
    reaper.runs = reaper.joinable = reaper.hurries = false;
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
        pthread_mutex_unlock(&reaper.lock);
        vfs_map_clear(&job->map, job->kind);
        free(job);
        pthread_mutex_lock(&reaper.lock);
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

static bool hand_over(reaper_job *job)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&reaper.lock);
    const bool takes = reaper.count < REAPER_MOST && (reaper.runs || start());
    if (takes) {
        if (!reaper.first)
            reaper.last = &reaper.first;
        *reaper.last = job;
        reaper.last = &job->next;
        reaper.count++;
        pthread_cond_broadcast(&reaper.changed);
    }
    pthread_mutex_unlock(&reaper.lock);
    return takes;
}

void vfs_reap(vfs_map *map, const vfs_item_kind *kind)
{
    reaper_job *job = map->root ? malloc(sizeof *job) : NULL;
    if (job)
        *job = (reaper_job){.map = *map, .kind = kind};
    if (job && hand_over(job)) {
        *map = (vfs_map){0};
        return;
    }
    free(job);
    vfs_map_clear(map, kind);
}

void vfs_reaper_wait(void)
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
