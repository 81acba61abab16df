/*
 * box.c, the test: boxes on the library's scheduler, under ThreadSanitizer and without Node. Guests are stood in for by operations that
 * go on, wait to be woken, or wait for time; several loops submit, here or not, wake and cancel. Each task is told once, in the order in
 * which its box was asked, and is never in two threads at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/core.h"
#include "schedule/schedule.h"

#define LOOPS        4
#define BOXES        24  /* of each loop */
#define TASKS        150 /* of each box */
#define MOST_THREADS 6

static atomic_uint told, interrupts;

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ------------------------------------------------------------------ what boxes call */

struct core_env {
    uint64_t expected[BOXES]; /* of each box: the task that is told next */
};

core_env *core_env_ref(core_env *env)
{
    return env;
}

void core_env_unref(core_env *env)
{
    (void)env;
}

void core_program_unref(core_program *program)
{
    (void)program;
}

void core_task_drop(core_event *event)
{
    core_task *task = (core_task *)event;
    if (atomic_fetch_sub(&task->refs, 1) != 1)
        return;
    core_box_unref(task->box);
    free(task);
}

/* One task of a box at a time is told, so its counter needs no lock: the sanitizer would say so. */
void core_env_post(core_env *env, core_event *event)
{
    core_task *task = (core_task *)event;
    MUST(task->number == env->expected[task->flags]);
    env->expected[task->flags]++;
    atomic_fetch_add(&told, 1);
    event->drop(event);
}

static void drop_turns(bj_task *task)
{
    free(task);
}

/* A task as the library makes it, but for what an eval needs besides. */
bj_task *bj_task_new(bj_scheduler *scheduler, uint64_t lane, bj_error *err)
{
    (void)err;
    bj_task *task = malloc(sizeof *task);
    MUST(task);
    schedule_init_task(task, scheduler, lane, drop_turns);
    return task;
}

void bj_sandbox_interrupt(bj_sandbox *box)
{
    (void)box;
    atomic_fetch_add(&interrupts, 1);
}

void bj_sandbox_delete(bj_sandbox *box)
{
    (void)box;
}

/* ------------------------------------------------------------------ operations */

/* Boxes that want to be woken by somebody else, as by the answer of a tool. */
static struct {
    pthread_mutex_t lock;
    core_box *boxes[LOOPS * BOXES * TASKS *
                    2]; /* at most two a task; a box may be in it more than once */
    size_t count;
} sleepers = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void want_wake(core_box *box)
{
    pthread_mutex_lock(&sleepers.lock);
    MUST(sleepers.count < sizeof sleepers.boxes / sizeof *sleepers.boxes);
    sleepers.boxes[sleepers.count++] = core_box_ref(box);
    pthread_mutex_unlock(&sleepers.lock);
}

static core_box *next_sleeper(void)
{
    pthread_mutex_lock(&sleepers.lock);
    core_box *box = sleepers.count ? sleepers.boxes[--sleepers.count] : NULL;
    pthread_mutex_unlock(&sleepers.lock);
    return box;
}

static void *wake_all(void *stop)
{
    while (!atomic_load((atomic_bool *)stop)) {
        core_box *box = next_sleeper();
        if (!box) {
            usleep(50);
            continue;
        }
        core_box_wake(box);
        core_box_unref(box);
    }
    return NULL;
}

/* `size` turns are left; `count` says that it waits to be woken. A race on them would be two threads in one task. */
static bj_turn work(core_task *task, uint64_t *wait_ms)
{
    atomic_store(&task->started, true);
    if (atomic_load(&task->cancelled) || task->size-- == 0)
        return BJ_TURN_DONE;
    switch (task->size % 4) {
    case 0:
        want_wake(task->box);
        return BJ_TURN_WAITS;
    case 1:
        *wait_ms = task->number % 3;
        return BJ_TURN_WAITS;
    default:
        return BJ_TURN_AGAIN;
    }
}

static const core_operation operation = {"test", work, "", '-', CORE_HERE};

/* ------------------------------------------------------------------ loops */

static void submit(core_env *env, core_box *box, unsigned which, uint64_t number, core_task **kept)
{
    core_task *task = calloc(1, sizeof *task);
    MUST(task);
    atomic_init(&task->refs, 2);
    task->event.drop = core_task_drop;
    task->operation = &operation;
    task->env = env;
    task->box = core_box_ref(box);
    task->number = number;
    task->flags = which;
    task->size = number % 7;
    const int status = core_box_submit(task, number % 3 == 0);
    MUST(status >= 0);
    if (status == 0)
        core_env_post(env, &task->event);
    if (*kept) {
        core_task_cancel(*kept); /* maybe over long ago */
        core_task_drop(&(*kept)->event);
    }
    *kept = task;
}

static void *loop(void *arg)
{
    core_env *env = arg;
    core_box *boxes[BOXES];
    core_task *kept[BOXES] = {0};
    static char sandbox;
    for (unsigned i = 0; i < BOXES; i++) {
        MUST(boxes[i] = core_box_new());
        core_box_set(boxes[i], (bj_sandbox *)&sandbox);
    }
    for (uint64_t number = 0; number < TASKS; number++)
        for (unsigned i = 0; i < BOXES; i++) {
            submit(env, boxes[i], i, number, &kept[i]);
            if (number % 16 == 15)
                core_box_interrupt(boxes[i]);
        }
    for (unsigned i = 0; i < BOXES; i++) {
        core_box_cancel_all(boxes[i]);
        core_task_drop(&kept[i]->event);
        core_box_unref(boxes[i]);
    }
    return NULL;
}

int main(void)
{
    static core_env envs[LOOPS];
    static atomic_bool stop;
    pthread_t threads[LOOPS], waker;
    alarm(120);
    core_scheduler_configure(MOST_THREADS, 200);
    MUST(pthread_create(&waker, NULL, wake_all, &stop) == 0);
    for (int i = 0; i < LOOPS; i++)
        MUST(pthread_create(&threads[i], NULL, loop, &envs[i]) == 0);
    for (int i = 0; i < LOOPS; i++)
        pthread_join(threads[i], NULL);
    while (atomic_load(&told) < LOOPS * BOXES * TASKS)
        usleep(1000);
    atomic_store(&stop, true);
    pthread_join(waker, NULL);
    printf("%u tasks were told in order, %u interrupts\n", atomic_load(&told),
           atomic_load(&interrupts));
    return 0;
}
