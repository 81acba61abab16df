/*
 * schedule.h: tasks, threads and turns, as src/sandbox and the files of this folder see them. Nothing here knows what a sandbox is.
 *
 *     idle ──> fresh ──> running ──> idle        fresh and ready ones lie in their lanes (lanes.h), parked ones in a heap by their time;
 *      │          │       │  ^                   a cancelled one that is not running is hurried: it is next, once
 *      │          │       v  │
 *      └──(here)──│──> parked, ready
 *                 v       v
 *                 hurried ──> running or idle
 *
 * One lock for all of it, a leaf: whoever holds it calls nothing but a work's `cancel`. So anybody may wake and cancel, whatever he holds.
 */
#ifndef BJ_SCHEDULE_SCHEDULE_H
#define BJ_SCHEDULE_SCHEDULE_H

#include <pthread.h>
#include <stdatomic.h>

#include "schedule/lanes.h"

typedef enum task_state {
    TASK_IDLE, /* it has no work */
    TASK_FRESH,
    TASK_READY,
    TASK_RUNNING,
    TASK_PARKED,
    TASK_HURRIED
} task_state;

/* How whoever gave the task its work is told: taken out of the task under the lock, so that it may be given the next meanwhile. */
typedef struct schedule_end {
    void (*tell)(struct schedule_end *end, bj_task *task); /* NULL: the work's `done` */
    bj_receipt_fn on_done;
    void *user;
    bj_receipt *receipt;
    bj_error *error;
} schedule_end;

/* Under the lock, when the work is done and before anybody hears of it. `told`: where what came of it goes; NULL: nobody is told. */
typedef void (*schedule_settle_fn)(bj_task *task, schedule_end *told);

/* May lie at the beginning of something larger. */
struct bj_task {
    bj_scheduler *scheduler;
    void (*drop)(bj_task *task); /* frees it; nobody has it any more */
    uint64_t lane_id;
    /* Under the lock, as all below. */
    uint32_t references; /* its owner's; and one while it has work */
    task_state state;
    bool begun;
    bool here;             /* it is in its first turn, on the thread that submitted it */
    bool woken;            /* since its turn began */
    bool hurried;          /* it has been, for this work */
    atomic_bool cancelled; /* written under the lock */
    bj_work work;
    schedule_settle_fn settle; /* NULL: nothing is to be done */
    lane *lane;                /* while it has work */
    bj_task *before, *after;   /* in its queue */
    bj_task *older, *newer;    /* of all that have work */
    bj_heap_node node;         /* while it is parked */
    uint64_t due_ns;           /* when it goes on by itself */
    uint64_t wants_ns;         /* since when it has wanted a turn */
    lane own;
};

typedef struct schedule_worker {
    struct schedule_worker *next;
    bj_scheduler *scheduler;
    pthread_t thread;
    uint64_t began_ns; /* its turn; 0: it is in none */
    bool held;         /* its turn has taken long */
    bool joined;       /* whoever deletes the scheduler waits for it */
} schedule_worker;

/* What threads do that have nothing else to do. Whether there was anything; if not, they ask again when schedule_stir() was called. */
typedef bool (*schedule_idle_fn)(void *user);

struct bj_scheduler {
    atomic_uint references; /* the owner's, each task's, each thread's */
    bj_scheduler_options options;
    char name[16];
    schedule_idle_fn idle;
    void *idle_user;
    void (*serve)(bj_scheduler *, schedule_worker *); /* serve.c, which threads.c does not know */
    bj_scheduler *next_in_process;                    /* under the lock of process.c */
    atomic_bool is_parents; /* this is a child of the process that made it */
    pthread_mutex_t lock;   /* for all below */
    pthread_cond_t work, watch, done;
    lanes lanes;
    lane_queue hurried;
    bool hurries; /* the last task was a hurried one */
    bj_heap parked;
    bj_task *newest; /* of those that have work */
    uint32_t tasks, parked_count, waiters;
    schedule_worker *workers;
    pthread_t watcher;
    uint32_t threads, resting, held;
    uint64_t stirs;
    bool has_watch, watching; /* there is one; it is awake */
    bool stopping;            /* nothing is accepted any more */
    bool exiting;             /* the process ends: no turn is taken */
    bj_scheduler_counters counters;
};

/* ---- scheduler.c ---- */

/* bj_scheduler_new with something to do for idle threads. */
bj_scheduler *schedule_new(const bj_scheduler_options *options, schedule_idle_fn idle, void *user,
                           bj_error *err) BJ_CHECK_RESULT;
/* Has an idle thread look for something to do. */
void schedule_stir(bj_scheduler *scheduler);
/* -1: it was made by a parent of this process. */
int schedule_check_process(const bj_scheduler *scheduler, bj_error *err) BJ_CHECK_RESULT;

/* ---- tasks.c ---- */

/* A task of `scheduler` with nothing to do, one reference to which is the caller's. */
void schedule_init_task(bj_task *task, bj_scheduler *scheduler, uint64_t lane_id,
                        void (*drop)(bj_task *task));

/* As bj_task_submit. Where it returns 0, *here is what would have been told. */
int schedule_submit(bj_task *task, const bj_work *work, schedule_settle_fn settle, unsigned flags,
                    schedule_end *here, bj_error *err) BJ_CHECK_RESULT;

/* Under the lock: the next task that is to have a turn, which is running then; NULL: there is none. `now_ns` is about now. */
bj_task *schedule_next(bj_scheduler *scheduler, uint64_t now_ns);
/* Takes the task's turn, and gives the lock away meanwhile. Afterwards the task may be gone. */
void schedule_take_turn(bj_scheduler *scheduler, bj_task *task, uint64_t began_ns);
/* When the first of those that are parked goes on; UINT64_MAX: never. Under the lock. */
uint64_t schedule_due_ns(const bj_scheduler *scheduler);
/* Cancels everything. Under the lock. */
void schedule_cancel_all(bj_scheduler *scheduler);

/* Under the lock. */
static inline bool schedule_has_work(const bj_scheduler *scheduler)
{
    return scheduler->hurried.first || lanes_have_work(&scheduler->lanes);
}

/* ---- serve.c ---- */

/* What a thread does until it is one too many, or the scheduler ends. Under the lock. */
void schedule_serve(bj_scheduler *scheduler, schedule_worker *self);

/* ---- threads.c ---- */

/* Lets go of a reference, without the lock. */
void schedule_release(bj_scheduler *scheduler);

/* The rest is under the lock. */

/* There is something to do: wakes a thread that rests, starts one, or has the watch look. */
void schedule_summon(bj_scheduler *scheduler);
/* There is something to do, and this thread will do it, but for what it does before that. */
void schedule_watch_over(bj_scheduler *scheduler);
/* A thread must look up at another time than it thinks. */
void schedule_sleep_less(bj_scheduler *scheduler);
/* One more. 0, or what errno would be. */
int schedule_start_thread(bj_scheduler *scheduler) BJ_CHECK_RESULT;
/* Waits until all threads are gone. The lock is given away meanwhile. */
void schedule_join_threads(bj_scheduler *scheduler);

/* ---- process.c: all schedulers of the process. ---- */

void schedule_enlist(bj_scheduler *scheduler);
void schedule_strike_out(bj_scheduler *scheduler);

#endif
