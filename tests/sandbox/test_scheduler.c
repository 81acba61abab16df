/*
 * test_scheduler.c: sandboxes of all kinds on a scheduler's threads, and those who try to have these for themselves. Bounds are in turns, not
 * in seconds. Runs under ThreadSanitizer too. Works without sandboxes: tests/schedule.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define FOR_EVER UINT64_MAX
#define ENDLESS  "while True: pass"

static int begin(void **state)
{
    bj_engine_options options;
    bj_error err;
    (void)state;
    bj_engine_options_init(&options);
    options.max_sandboxes = 400;
    engine = bj_engine_new(&options, &err);
    interpreter = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    return interpreter ? 0 : -1;
}

static bj_scheduler *must_schedule(uint32_t threads)
{
    bj_error err;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = threads;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    if (!scheduler)
        fail_msg("%s", err.message);
    return scheduler;
}

static bj_scheduler_counters count(bj_scheduler *scheduler)
{
    bj_scheduler_counters counters = {.size = sizeof counters};
    bj_scheduler_count(scheduler, &counters);
    return counters;
}

static bj_task *eval(bj_scheduler *scheduler, uint64_t lane, bj_sandbox *box, const char *source)
{
    bj_error err;
    bj_task *task =
        bj_scheduler_eval(scheduler, lane, box, source, strlen(source), 0, NULL, NULL, &err);
    if (!task)
        fail_msg("%s", err.message);
    return task;
}

/* What came of it; the task is deleted. */
static bj_receipt *receipt_of(bj_task *task)
{
    bj_error err;
    assert_int_equal(bj_task_wait(task, FOR_EVER, &err), 0);
    bj_receipt *receipt = bj_task_receipt(task, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    assert_null(bj_task_receipt(task, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_task_delete(task);
    return receipt;
}

static void is_value(bj_receipt *receipt, const char *value)
{
    assert_non_null(bj_receipt_value(receipt, NULL));
    assert_string_equal(bj_receipt_value(receipt, NULL), value);
    bj_receipt_delete(receipt);
}

static bj_error_code failure_of(bj_task *task)
{
    bj_error err = {0};
    assert_int_equal(bj_task_wait(task, FOR_EVER, &err), 0);
    assert_null(bj_task_receipt(task, &err));
    bj_task_delete(task);
    return err.code;
}

/* ---- Whatever is a sandbox. ---- */

static void any_sandbox_is_evaluated_in(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_scheduler *scheduler = must_schedule(2);
    bj_pool *pool = bj_pool_new(interpreter, &policy, NULL, &err);
    bj_sandbox *made = must_make(interpreter, NULL);
    is_value(receipt_of(eval(scheduler, 1, made, "x = 6; x * 7")), "42");
    is_value(receipt_of(eval(scheduler, BJ_LANE_OWN, made, "x + 1")), "7");
    bj_sandbox *forked = bj_sandbox_fork(made, &err);
    bj_snapshot *snapshot = bj_sandbox_snapshot(made, &err);
    bj_sandbox *spawned = bj_snapshot_spawn(snapshot, NULL, &err);
    bj_sandbox *taken = bj_pool_take(pool, &err);
    bj_task *tasks[] = {eval(scheduler, 1, forked, "x"), eval(scheduler, 1, spawned, "x + 2"),
                        eval(scheduler, 2, taken, "'x' in globals()")};
    is_value(receipt_of(tasks[0]), "6");
    is_value(receipt_of(tasks[1]), "8");
    is_value(receipt_of(tasks[2]), "false");
    bj_pool_give(pool, taken);
    bj_pool_delete(pool);
    bj_snapshot_delete(snapshot);
    bj_sandbox *boxes[] = {made, forked, spawned};
    for (int i = 0; i < 3; i++)
        bj_sandbox_delete(boxes[i]);
    bj_scheduler_delete(scheduler);
}

static void commands_run(void **state)
{
    (void)state;
    bj_error err;
    static const char wat[] =
        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
        " (memory (export \"memory\") 1) (func (export \"_start\") (call $exit (i32.const 7))))";
    bj_scheduler *scheduler = must_schedule(1);
    bj_runtime *command = must_open(wat, sizeof wat - 1);
    bj_sandbox *box = must_make(command, NULL), *python = must_make(interpreter, NULL);
    expect_exit(receipt_of(bj_scheduler_run(scheduler, 0, box, NULL, NULL, &err)), 7);
    assert_int_equal(failure_of(bj_scheduler_run(scheduler, 0, box, NULL, NULL, &err)),
                     BJ_ERROR_ENDED);
    assert_int_equal(failure_of(eval(scheduler, 0, box, "1")), BJ_ERROR_UNSUPPORTED);
    assert_int_equal(failure_of(bj_scheduler_run(scheduler, 0, python, NULL, NULL, &err)),
                     BJ_ERROR_UNSUPPORTED);
    is_value(receipt_of(eval(scheduler, 0, python, "1")), "1");
    bj_sandbox_delete(box);
    bj_sandbox_delete(python);
    bj_runtime_delete(command);
    bj_scheduler_delete(scheduler);
}

/* ---- The first turn here, and the next in the callback. ---- */

static void what_is_short_is_done_at_once(void **state)
{
    (void)state;
    bj_error err;
    bj_receipt *receipt = NULL;
    bj_scheduler *scheduler = must_schedule(1);
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_task *task = bj_task_new(scheduler, BJ_LANE_OWN, &err);
    unsigned here = 0;
    for (int i = 0; i < 200; i++) {
        int status = bj_task_eval(task, box, "1 + 1", 5, 0, NULL, NULL, &receipt, &err);
        here += status == 0;
        if (status == 1) { /* the machine had something else to do */
            assert_int_equal(bj_task_wait(task, FOR_EVER, &err), 0);
            receipt = bj_task_receipt(task, &err);
        }
        is_value(receipt, "2");
    }
    assert_in_range(here, 1, 200);
    assert_int_equal(count(scheduler).done_here, here);
    assert_int_equal(
        bj_task_eval(task, box, ENDLESS, strlen(ENDLESS), 0, NULL, NULL, &receipt, &err), 1);
    assert_int_equal(bj_task_eval(task, box, "1", 1, 0, NULL, NULL, &receipt, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    bj_task_cancel(task);
    expect_outcome(receipt_of(task), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
}

typedef struct session {
    bj_sandbox *box;
    unsigned evals;
    atomic_uint ended;
} session;

static void next_eval(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err)
{
    session *s = user;
    assert_null(err);
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    bj_receipt_delete(receipt);
    static const char source[] = "x += 1";
    if (++s->evals < 100 &&
        bj_task_eval(task, s->box, source, strlen(source), 0, next_eval, s, NULL, NULL) == 1)
        return;
    bj_task_delete(task);
    atomic_store(&s->ended, 1);
}

static void evals_of_a_sandbox_follow_each_other_in_callbacks(void **state)
{
    (void)state;
    enum { SESSIONS = 8 };
    session sessions[SESSIONS] = {0};
    bj_scheduler *scheduler = must_schedule(2);
    for (int i = 0; i < SESSIONS; i++) {
        sessions[i].box = must_make(interpreter, NULL);
        bj_task *task = bj_task_new(scheduler, BJ_LANE_OWN, NULL);
        assert_int_equal(
            bj_task_eval(task, sessions[i].box, "x = 0", 5, 0, next_eval, &sessions[i], NULL, NULL),
            1);
    }
    for (int i = 0; i < SESSIONS; i++) {
        while (!atomic_load(&sessions[i].ended))
            usleep(200);
        is_value(must_eval(sessions[i].box, "x"), "99");
        bj_sandbox_delete(sessions[i].box);
    }
    bj_scheduler_delete(scheduler);
}

/* ---- Those who want all of it. ---- */

enum { LOOPS = 300, ROUNDS = 20, LEAST_TURNS = 4 };

typedef struct visits {
    bj_scheduler *scheduler;
    bj_sandbox *boxes[ROUNDS];
    unsigned round;
    uint64_t before; /* how many turns there had been when the last eval was submitted */
    uint64_t least;  /* turns that an eval took, its own among them */
    atomic_uint ended;
} visits;

static void next_visit(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err);

/* In a callback of the only thread: no turn is taken meanwhile. */
static void visit(visits *v)
{
    v->before = count(v->scheduler).turns;
    assert_non_null(bj_scheduler_eval(v->scheduler, BJ_LANE_OWN, v->boxes[v->round], "1 + 1", 5, 0,
                                      next_visit, v, NULL));
}

static void next_visit(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err)
{
    visits *v = user;
    const uint64_t took = count(v->scheduler).turns - v->before;
    (void)err;
    if (v->round > 0 && took < v->least)
        v->least = took;
    is_value(receipt, "2");
    bj_task_delete(task);
    if (++v->round < ROUNDS && v->least > LEAST_TURNS)
        visit(v);
    else
        atomic_store(&v->ended, 1);
}

/* On a machine that is busy a guest may need more turns than one, each after all the loops: the least of some rounds counts. */
static void three_hundred_loops_keep_nobody_waiting(void **state)
{
    (void)state;
    static bj_sandbox *boxes[LOOPS];
    static bj_task *loops[LOOPS];
    visits v = {.scheduler = must_schedule(1), .least = UINT64_MAX};
    for (int i = 0; i < ROUNDS; i++)
        v.boxes[i] = must_make(interpreter, NULL);
    for (int i = 0; i < LOOPS; i++) {
        boxes[i] = must_make(interpreter, NULL);
        loops[i] = eval(v.scheduler, i % 2 ? BJ_LANE_OWN : (uint64_t)i, boxes[i], ENDLESS);
    }
    while (count(v.scheduler).turns < 50)
        usleep(1000);
    visit(&v);
    while (!atomic_load(&v.ended))
        usleep(1000);
    assert_in_range(v.least, 1, LEAST_TURNS);
    for (int i = 0; i < LOOPS; i++)
        bj_task_cancel(loops[i]);
    for (int i = 0; i < LOOPS; i++) {
        expect_outcome(receipt_of(loops[i]), BJ_OUTCOME_INTERRUPTED);
        bj_sandbox_delete(boxes[i]);
    }
    for (int i = 0; i < ROUNDS; i++)
        bj_sandbox_delete(v.boxes[i]);
    bj_scheduler_delete(v.scheduler);
}

static void a_turn_is_a_slice(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(1);
    bj_sandbox *boxes[] = {must_make(interpreter, NULL), must_make(interpreter, NULL)};
    bj_task *loops[] = {eval(scheduler, 1, boxes[0], ENDLESS),
                        eval(scheduler, 2, boxes[1], ENDLESS)};
    while (count(scheduler).turns < 40)
        usleep(1000);
    const bj_scheduler_counters counters = count(scheduler);
    assert_in_range(counters.turn_us / counters.turns, 1000, 1000000);
    assert_int_equal(counters.running + counters.ready, 2);
    for (int i = 0; i < 2; i++) {
        bj_task_cancel(loops[i]);
        expect_outcome(receipt_of(loops[i]), BJ_OUTCOME_INTERRUPTED);
        bj_sandbox_delete(boxes[i]);
    }
    bj_scheduler_delete(scheduler);
}

/* Their guests read a pipe that nobody writes to. */
static void readers_of_a_pipe_keep_nobody_waiting(void **state)
{
    (void)state;
    enum { READERS = 16 };
    bj_error err;
    bj_policy policy;
    bj_sandbox *boxes[READERS];
    bj_task *readers[READERS];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, ends[0], &err), 0);
    bj_scheduler *scheduler = must_schedule(2);
    for (int i = 0; i < READERS; i++) {
        boxes[i] = must_make(interpreter, &policy);
        readers[i] = eval(scheduler, BJ_LANE_OWN, boxes[i], "import sys; sys.stdin.read()");
    }
    bj_sandbox *box = must_make(interpreter, NULL);
    for (int i = 0; i < 5; i++)
        is_value(receipt_of(eval(scheduler, 1, box, "6 * 7")), "42");
    for (int i = 0; i < READERS; i++) { /* where it is held it can be cancelled, too */
        bj_task_cancel(readers[i]);
        expect_outcome(receipt_of(readers[i]), BJ_OUTCOME_INTERRUPTED);
        bj_sandbox_delete(boxes[i]);
    }
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
    bj_policy_clear(&policy);
    close(ends[0]);
    close(ends[1]);
}

/* ---- Cancelling. ---- */

static void what_never_began_leaves_its_sandbox_as_it_was(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(1);
    bj_sandbox *looping = must_make(interpreter, NULL), *box = must_make(interpreter, NULL);
    bj_task *loop = eval(scheduler, 1, looping, ENDLESS);
    while (count(scheduler).turns < 2)
        usleep(1000);
    bj_task *waits = eval(scheduler, 1, box, "1"); /* a lane begins one */
    bj_task_cancel(waits);
    bj_receipt *receipt = receipt_of(waits);
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    assert_int_equal(usage.wall_ns + usage.cpu_ns + usage.host_calls, 0);
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    is_value(receipt_of(eval(scheduler, 2, box, "2")), "2");
    bj_task_cancel(loop);
    expect_outcome(receipt_of(loop), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(looping);
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
}

/* A cancel that comes while the eval ends by itself is not kept for the next. */
static void a_late_cancel_ends_nothing_else(void **state)
{
    (void)state;
    bj_scheduler *scheduler = must_schedule(2);
    bj_sandbox *box = must_make(interpreter, NULL);
    unsigned ok = 0;
    for (unsigned i = 0; i < 300; i++) {
        bj_task *task = eval(scheduler, BJ_LANE_OWN, box, "1");
        usleep(i % 60);
        bj_task_cancel(task);
        bj_receipt *receipt = receipt_of(task);
        const bool survived = bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
        ok += survived;
        bj_receipt_delete(receipt);
        if (!bj_sandbox_has_ended(box)) {
            is_value(must_eval(box, "2"), "2");
            continue;
        }
        assert_false(survived);
        bj_sandbox_delete(box);
        box = must_make(interpreter, NULL);
    }
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
    assert_in_range(ok, 0, 300);
}

/* ---- Tools: more guests wait than there are threads, and the tools evaluate themselves. ---- */

typedef struct nested {
    bj_scheduler *scheduler;
    bj_tool_call *call;
    bj_sandbox *box;
} nested;

static void answer_with(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err)
{
    nested *n = user;
    assert_null(err);
    size_t size;
    const char *value = bj_receipt_value(receipt, &size);
    bj_tool_call_return(n->call, value, size);
    bj_receipt_delete(receipt);
    bj_task_delete(task);
    bj_sandbox_delete(n->box);
    free(n);
}

/* An eval of its own, in the lane of all. */
static void ask_another(void *user, bj_tool_call *call)
{
    nested *n = malloc(sizeof *n);
    *n = (nested){user, call, must_make(interpreter, NULL)};
    assert_non_null(
        bj_scheduler_eval(n->scheduler, 7, n->box, "6 * 7", 5, 0, answer_with, n, NULL));
}

static void evals_of_tools_have_their_turns(void **state)
{
    (void)state;
    enum { ASKING = 60 };
    bj_error err;
    bj_policy policy;
    bj_tool tool;
    bj_sandbox *boxes[ASKING];
    bj_task *tasks[ASKING];
    bj_scheduler *scheduler = must_schedule(1);
    bj_tool_init(&tool);
    tool.name = "ask";
    tool.call = ask_another;
    tool.user = scheduler;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), 0);
    for (int i = 0; i < ASKING; i++) {
        boxes[i] = must_make(interpreter, &policy);
        tasks[i] = eval(scheduler, 7, boxes[i], "[tools.ask() for i in range(3)]");
    }
    for (int i = 0; i < ASKING; i++) {
        is_value(receipt_of(tasks[i]), "[42,42,42]");
        bj_sandbox_delete(boxes[i]);
    }
    bj_scheduler_delete(scheduler);
    bj_policy_clear(&policy);
}

/* ---- All of it at any moment. ---- */

static bj_tool_call *calls[256];
static size_t call_count;
static pthread_mutex_t calls_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool closing;

static void keep_call(void *user, bj_tool_call *call)
{
    (void)user;
    pthread_mutex_lock(&calls_lock);
    calls[call_count++] = call;
    pthread_mutex_unlock(&calls_lock);
}

static bj_tool_call *take_call(void)
{
    pthread_mutex_lock(&calls_lock);
    bj_tool_call *call = call_count > 0 ? calls[--call_count] : NULL;
    pthread_mutex_unlock(&calls_lock);
    return call;
}

static void *answer_calls(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    while (!atomic_load(&closing)) {
        seed = seed * 1664525 + 1013904223;
        bj_tool_call *call = take_call();
        if (call)
            bj_tool_call_return(call, "1", 1);
        if (!call || seed >> 31)
            usleep(seed >> 23);
    }
    return NULL;
}

typedef struct owner {
    pthread_t thread;
    bj_scheduler *scheduler;
    const bj_policy *policy;
    unsigned seed;
    atomic_uint told;
} owner;

static void count_end(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err)
{
    owner *o = user;
    (void)task;
    assert_true((receipt == NULL) == (err != NULL));
    bj_receipt_delete(receipt);
    atomic_fetch_add(&o->told, 1);
}

static void *own_sandboxes(void *user)
{
    static const char *const sources[] = {"1", ENDLESS, "tools.ask()",
                                          "import time; time.sleep(0.003); tools.ask()"};
    owner *o = user;
    for (unsigned i = 0; i < 60; i++) {
        o->seed = o->seed * 1664525 + 1013904223;
        const unsigned choice = o->seed >> 24;
        bj_receipt *here = NULL;
        bj_sandbox *box = must_make(interpreter, o->policy);
        bj_task *task = bj_task_new(o->scheduler, choice % 5 ? choice % 5 : BJ_LANE_OWN, NULL);
        const char *source = sources[choice % 4];
        const int status = bj_task_eval(task, box, source, strlen(source), 0, count_end, o,
                                        choice % 3 ? &here : NULL, NULL);
        bj_receipt_delete(here);
        if (choice % 6)
            usleep(choice * 5);
        bj_task_cancel(task);
        if (status == 1)
            assert_int_equal(bj_task_wait(task, FOR_EVER, NULL), 0);
        else
            atomic_fetch_add(&o->told, 1);
        bj_task_delete(task);
        while (atomic_load(&o->told) <= i)
            usleep(20);
        bj_sandbox_delete(box);
    }
    return NULL;
}

static void cancels_and_answers_at_any_moment(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_tool tool;
    owner owners[3];
    pthread_t answering;
    bj_scheduler *scheduler = must_schedule(2);
    bj_tool_init(&tool);
    tool.name = "ask";
    tool.call = keep_call;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), 0);
    atomic_store(&closing, false);
    assert_int_equal(pthread_create(&answering, NULL, answer_calls, (void *)1), 0);
    for (unsigned i = 0; i < 3; i++) {
        owners[i] = (owner){.scheduler = scheduler, .policy = &policy, .seed = i + 1};
        assert_int_equal(pthread_create(&owners[i].thread, NULL, own_sandboxes, &owners[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++)
        pthread_join(owners[i].thread, NULL);
    atomic_store(&closing, true);
    pthread_join(answering, NULL);
    for (bj_tool_call *call; (call = take_call());)
        bj_tool_call_return(call, "1", 1);
    bj_scheduler_delete(scheduler);
    bj_policy_clear(&policy);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(atomic_load(&owners[i].told), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_sandbox_is_evaluated_in),
        cmocka_unit_test(commands_run),
        cmocka_unit_test(what_is_short_is_done_at_once),
        cmocka_unit_test(evals_of_a_sandbox_follow_each_other_in_callbacks),
        cmocka_unit_test(three_hundred_loops_keep_nobody_waiting),
        cmocka_unit_test(a_turn_is_a_slice),
        cmocka_unit_test(readers_of_a_pipe_keep_nobody_waiting),
        cmocka_unit_test(what_never_began_leaves_its_sandbox_as_it_was),
        cmocka_unit_test(a_late_cancel_ends_nothing_else),
        cmocka_unit_test(evals_of_tools_have_their_turns),
        cmocka_unit_test(cancels_and_answers_at_any_moment),
    };
    return cmocka_run_group_tests_name("scheduler", tests, begin, session_end);
}
