/*
 * pool.c: the threads, and whose turn it is.
 *
 * One queue of boxes that are ready, first come, first served; one list of boxes that wait, by the time at which they
 * want to be woken in any case; one lock for both, for the states of boxes and for their queues of tasks. It is held
 * for a few instructions. The first task starts a thread, and whoever finds no thread idle another one.
 *
 * A box is in exactly one state. Idle: it has no tasks. Ready: in the queue. Running: a thread is in a turn of its
 * first task. Waiting: its first task wants to be woken. A wake that comes while it runs is remembered, for the task may just
 * be about to wait.
 *
 * A turn is a slice of a few milliseconds, unless the guest reads from a descriptor of the host's in it, or a program is being
 * compiled: such a turn may hold its thread for long. Another thread, the watch, looks for them while boxes are ready and no thread is free; it
 * starts threads in their place, which end when they are too many.
 *
 * The threads live as long as the process: their code must never be unloaded (the addon is linked with -z nodelete). When the process
 * exits, they take no more turns.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core.h"

#define MOST_THREADS 1024

/* Threads in place of those whose turns take longer than WATCH_NS. */
#define MOST_SPARES 64
#define WATCH_NS    25000000u

typedef struct worker {
    struct worker *next;
    uint64_t began_ns; /* its turn; 0: it is in none */
    bool held;         /* its turn has taken long */
} worker;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ready, watch;
    worker *workers;
    unsigned held;
    bool watching;               /* the watch is awake */
    core_box *first, **last;     /* ready */
    core_box *earliest, *latest; /* waiting */
    unsigned queued;             /* how many are ready */
    unsigned most, threads, idle;
    bool exiting;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .most = 2};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ------------------------------------------------------------------ states; all under the lock */

static void make_ready(core_box *box)
{
    box->state = CORE_READY;
    box->next = NULL;
    *(pool.first ? pool.last : &pool.first) = box;
    pool.last = &box->next;
    pool.queued++;
    if (pool.idle) {
        pthread_cond_signal(&pool.ready);
    } else if (!pool.watching) {
        pool.watching = true;
        pthread_cond_signal(&pool.watch);
    }
}

/* Most deadlines are the same length from now, so its place is near the end. */
static void make_wait(core_box *box, uint64_t wait_ms)
{
    uint64_t now = now_ns();
    bool far = wait_ms > (UINT64_MAX - now) / 1000000;
    box->state = CORE_WAITING;
    box->due_ns = far ? UINT64_MAX : now + wait_ms * 1000000;
    core_box *before = pool.latest;
    while (before && before->due_ns > box->due_ns)
        before = before->earlier;
    box->earlier = before;
    box->later = before ? before->later : pool.earliest;
    *(box->earlier ? &box->earlier->later : &pool.earliest) = box;
    *(box->later ? &box->later->earlier : &pool.latest) = box;
    /* Somebody must look up in time, and that time may be earlier than the one that is slept until. */
    if (box == pool.earliest && pool.idle)
        pthread_cond_signal(&pool.ready);
}

static void end_wait(core_box *box)
{
    *(box->earlier ? &box->earlier->later : &pool.earliest) = box->later;
    *(box->later ? &box->later->earlier : &pool.latest) = box->earlier;
    make_ready(box);
}

static void wake(core_box *box)
{
    if (box->state == CORE_WAITING)
        end_wait(box);
    else if (box->state == CORE_RUNNING)
        box->woken = true;
}

/* ------------------------------------------------------------------ threads */

static core_box *next_ready(void)
{
    if (pool.earliest && pool.earliest->due_ns != UINT64_MAX) {
        uint64_t now = now_ns();
        while (pool.earliest && pool.earliest->due_ns <= now)
            end_wait(pool.earliest);
    }
    core_box *box = pool.first;
    if (box) {
        pool.first = box->next;
        pool.queued--;
    }
    return box;
}

static void sleep_until_ready(void)
{
    pool.idle++;
    if (pool.earliest && pool.earliest->due_ns != UINT64_MAX) {
        uint64_t due = pool.earliest->due_ns;
        struct timespec until = {.tv_sec = (time_t)(due / 1000000000),
                                 .tv_nsec = (long)(due % 1000000000)};
        pthread_cond_timedwait(&pool.ready, &pool.lock, &until);
    } else {
        pthread_cond_wait(&pool.ready, &pool.lock);
    }
    pool.idle--;
}

/* A box whose first task wants more, or has been replaced by the next. */
static void go_on(core_box *box, core_turn turn, uint64_t wait_ms)
{
    if (!box->first)
        box->state = CORE_IDLE;
    else if (turn == CORE_WAITS && !box->woken)
        make_wait(box, wait_ms);
    else
        make_ready(box);
}

static void finish(core_task *task)
{
    core_env *env = task->env;
    if (!env) {
        core_task_drop(&task->event);
        return;
    }
    task->event.kind = task->failed ? CORE_FAILED : CORE_GAVE;
    core_env_ref(env);
    core_env_post(env, &task->event);
    core_env_unref(env);
}

static void begin_turn(worker *self, core_box *box)
{
    box->state = CORE_RUNNING;
    box->woken = false;
    self->began_ns = now_ns();
}

static void end_turn(worker *self)
{
    self->began_ns = 0;
    if (self->held)
        pool.held--;
    self->held = false;
}

/* The first task is done. It is told before the box is anybody else's, so that what is told keeps the order of what was done.
 * Under the lock, which is given away meanwhile. */
static void end_task(core_box *box)
{
    core_task *done = box->first;
    box->first = done->next;
    core_box_ref(box); /* the task may have had the last one */
    pthread_mutex_unlock(&pool.lock);
    finish(done);
    pthread_mutex_lock(&pool.lock);
    go_on(box, CORE_DONE, 0);
    pthread_mutex_unlock(&pool.lock);
    core_box_unref(box);
    pthread_mutex_lock(&pool.lock);
}

/* As end_task. */
static void take_turn(worker *self, core_box *box)
{
    begin_turn(self, box);
    core_task *task = box->first;
    pthread_mutex_unlock(&pool.lock);
    uint64_t wait_ms = UINT64_MAX;
    core_turn turn = task->operation->work(task, &wait_ms);
    pthread_mutex_lock(&pool.lock);
    end_turn(self);
    if (turn == CORE_DONE)
        end_task(box);
    else
        go_on(box, turn, wait_ms);
}

static void leave(const worker *self)
{
    worker **link = &pool.workers;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    pool.threads--;
}

static void *serve(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    worker self = {.next = pool.workers};
    pool.workers = &self;
    while (pool.threads - pool.held <= pool.most) {
        core_box *box = pool.exiting ? NULL : next_ready();
        if (box)
            take_turn(&self, box);
        else
            sleep_until_ready();
    }
    leave(&self);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Memory of the addon and V8's own is taken down while exit() runs; no guest runs beside it. */
static void at_exit(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.exiting = true;
    pthread_mutex_unlock(&pool.lock);
}

/* Signals are for Node's threads, but for those by which WebAssembly traps. */
static int spawn(void *(*run)(void *))
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&thread, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure)
        return -1;
    pthread_setname_np(thread, "belljar");
    pthread_detach(thread);
    return 0;
}

static int start_thread(void)
{
    if (spawn(serve) < 0)
        return -1;
    pool.threads++;
    return 0;
}

/* ------------------------------------------------------------------ the watch */

static void find_held(uint64_t now)
{
    for (worker *each = pool.workers; each; each = each->next)
        if (each->began_ns && !each->held && now - each->began_ns > WATCH_NS) {
            each->held = true;
            pool.held++;
        }
}

static void *watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        if (pool.exiting || !pool.queued) {
            pool.watching = false;
            pthread_cond_wait(&pool.watch, &pool.lock);
            continue;
        }
        find_held(now_ns());
        if (pool.threads - pool.held < pool.most && pool.threads < pool.most + MOST_SPARES)
            (void)start_thread();
        pthread_mutex_unlock(&pool.lock);
        struct timespec nap = {.tv_nsec = WATCH_NS};
        nanosleep(&nap, NULL);
        pthread_mutex_lock(&pool.lock);
    }
    return NULL;
}

static void initialise(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool.ready, &attributes);
    pthread_cond_init(&pool.watch, NULL);
    pthread_condattr_destroy(&attributes);
    atexit(at_exit);
    (void)spawn(watch); /* without it, what sleeps keeps others waiting */
}

void core_pool_configure(unsigned threads)
{
    pthread_mutex_lock(&pool.lock);
    pool.most = threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads;
    pthread_mutex_unlock(&pool.lock);
}

unsigned core_pool_threads(void)
{
    pthread_mutex_lock(&pool.lock);
    unsigned most = pool.most;
    pthread_mutex_unlock(&pool.lock);
    return most;
}

/* ------------------------------------------------------------------ from outside */

int core_pool_submit(core_task *task)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise);
    core_box *box = task->box;
    pthread_mutex_lock(&pool.lock);
    bool lacks = pool.queued >= pool.idle && pool.threads < pool.most;
    if (lacks && start_thread() < 0 && !pool.threads) {
        pthread_mutex_unlock(&pool.lock);
        return -1;
    }
    task->next = NULL;
    *(box->first ? box->last : &box->first) = task;
    box->last = &task->next;
    if (box->state == CORE_IDLE)
        make_ready(box);
    pthread_mutex_unlock(&pool.lock);
    return 0;
}

void core_box_wake(void *box)
{
    pthread_mutex_lock(&pool.lock);
    wake(box);
    pthread_mutex_unlock(&pool.lock);
}

/* Under the lock. What has not begun sees that it is cancelled when its turn comes. */
static void cancel(core_task *task)
{
    core_box *box = task->box;
    atomic_store(&task->cancelled, true);
    if (task != box->first)
        return;
    if (atomic_load(&task->started) && box->sandbox)
        bj_sandbox_interrupt(box->sandbox);
    wake(box);
}

void core_pool_cancel(core_task *task)
{
    pthread_mutex_lock(&pool.lock);
    cancel(task);
    pthread_mutex_unlock(&pool.lock);
}

void core_pool_cancel_all(core_box *box)
{
    pthread_mutex_lock(&pool.lock);
    for (core_task *task = box->first; task; task = task->next)
        cancel(task);
    pthread_mutex_unlock(&pool.lock);
}

void core_box_interrupt(core_box *box)
{
    pthread_mutex_lock(&pool.lock);
    if (box->sandbox)
        bj_sandbox_interrupt(box->sandbox);
    wake(box);
    pthread_mutex_unlock(&pool.lock);
}

void core_box_set(core_box *box, bj_sandbox *sandbox)
{
    pthread_mutex_lock(&pool.lock);
    box->sandbox = sandbox;
    pthread_mutex_unlock(&pool.lock);
}

/* ------------------------------------------------------------------ boxes */

core_box *core_box_new(void)
{
    core_box *box = calloc(1, sizeof *box);
    if (!box)
        return NULL;
    box->is = CORE_BOX;
    atomic_init(&box->refs, 1);
    return box;
}

core_box *core_box_ref(core_box *box)
{
    atomic_fetch_add(&box->refs, 1);
    return box;
}

/* Its last task has deleted the sandbox. */
void core_box_unref(core_box *box)
{
    if (!box || atomic_fetch_sub(&box->refs, 1) != 1)
        return;
    bj_sandbox_delete(box->sandbox);
    core_program_unref(box->program);
    free(box);
}
