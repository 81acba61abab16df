/*
 * process.c: what becomes of schedulers when their process forks, and when it exits.
 *
 * A fork leaves the threads behind: in the child the scheduler is as it was in the middle of whatever they did, and it is never touched again but for saying
 * so. All locks are held while the process forks, so that nobody in the child waits for one that a thread of the parent had.
 *
 * While the process exits, what guests and works use is taken down bit by bit (by C++, V8, Python): no more turns are taken.
 */
#include <stdlib.h>

#include "base/error.h"
#include "schedule/schedule.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static bj_scheduler *list; /* under list_lock, which a fork holds */

static void before_fork(void)
{
    pthread_mutex_lock(&list_lock);
    for (bj_scheduler *each = list; each; each = each->next_in_process)
        pthread_mutex_lock(&each->lock);
}

static void after_fork_in_parent(void)
{
    for (bj_scheduler *each = list; each; each = each->next_in_process)
        pthread_mutex_unlock(&each->lock);
    pthread_mutex_unlock(&list_lock);
}

static void after_fork_in_child(void)
{
    for (bj_scheduler *each = list; each; each = each->next_in_process) {
        atomic_store(&each->is_parents, true);
        pthread_mutex_unlock(&each->lock);
    }
    list = NULL;
    pthread_mutex_unlock(&list_lock);
}

static void at_exit(void)
{
    pthread_mutex_lock(&list_lock);
    for (bj_scheduler *each = list; each; each = each->next_in_process) {
        pthread_mutex_lock(&each->lock);
        each->exiting = true;
        pthread_mutex_unlock(&each->lock);
    }
    pthread_mutex_unlock(&list_lock);
}

static void watch_process(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    (void)atexit(at_exit);
}

void schedule_enlist(bj_scheduler *scheduler)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_process);
    pthread_mutex_lock(&list_lock);
    scheduler->next_in_process = list;
    list = scheduler;
    pthread_mutex_unlock(&list_lock);
}

void schedule_strike_out(bj_scheduler *scheduler)
{
    pthread_mutex_lock(&list_lock);
    bj_scheduler **place = &list;
    while (*place != scheduler)
        place = &(*place)->next_in_process;
    *place = scheduler->next_in_process;
    pthread_mutex_unlock(&list_lock);
}

int schedule_check_process(const bj_scheduler *scheduler, bj_error *err)
{
    if (!atomic_load(&scheduler->is_parents))
        return 0;
    return bj_fail(
        err, BJ_ERROR_ENDED,
        "the scheduler belongs to a process that this one was forked from: make a new one");
}
