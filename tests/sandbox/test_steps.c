/*
 * test_steps.c: evals and runs in steps: what waits holds no thread, what loops gives its thread back, on whatever
 * thread the next step is; and ends at any moment. Runs under ThreadSanitizer too.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stepping.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* ---------------------------------------------------------------- the plain way */

static void what_is_begun_is_stepped_to_its_end(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    for (int i = 0; i < 3; i++) {
        char source[] = "6 * 7";
        must_begin(box, source, NULL);
        memset(source, 'x', sizeof source - 1); /* it is copied */
        value_is(done(box), "42");
    }
    refused(box, BJ_ERROR_ARGUMENT);
    must_begin(box, "1/0", NULL);
    expect_error(done(box), "ZeroDivisionError");
    value_is(must_eval(box, "1"), "1");
    bj_sandbox_delete(box);
}

static void a_guest_waits_without_a_thread(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "x = [tools.ask(n=i) for i in range(3)]\nx", &woken);
    for (unsigned i = 1; i <= 3; i++) {
        waits(box);
        waits(box); /* earlier than need be */
        assert_int_equal(t.calls, i);
        assert_int_equal(woken, i - 1);
        bj_tool_call_return(t.kept, "\"a\"", 3);
        assert_int_equal(woken, i);
    }
    value_is(done(box), "[\"a\",\"a\",\"a\"]");
    assert_int_equal(woken, 3);
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 1);
}

static void an_answer_at_once_is_no_wait(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_sandbox *box = box_with(interpreter, "ask", answers, &t, NULL);
    must_begin(box, "sum(tools.ask() for i in range(1000))", &woken);
    value_is(done(box), "1000");
    assert_int_equal(woken, 0);
    bj_sandbox_delete(box);
}

static void a_loop_gives_its_thread_back(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, ENDLESS, NULL);
    for (int i = 0; i < 20; i++) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        step_to(box, BJ_STEP_YIELDED, 5);
        clock_gettime(CLOCK_MONOTONIC, &after);
        const double ms = (double)(after.tv_sec - before.tv_sec) * 1e3 +
                          (double)(after.tv_nsec - before.tv_nsec) / 1e6;
        assert_true(ms >= 4.9);
    }
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- another thread each time */

static void each_step_may_be_on_another_thread(void **state)
{
    (void)state;
    trial t = {0};
    unsigned yielded;
    bj_receipt *receipt;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "sum(len(tools.ask()) for i in range(4))", NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(step_elsewhere(box, 0, &receipt), BJ_STEP_WAITS);
        bj_tool_call_return(t.kept, "\"abc\"", 5);
    }
    value_is(finish_elsewhere(box, 0, &yielded), "12");
    /* Deep in Python and in C. */
    must_begin(box,
               "def down(n):\n"
               "  if n: return down(n - 1) + 1\n"
               "  for i in range(1_000_000): pass\n"
               "  return len(sorted(range(100), key=lambda i: tools.ask(i=i) and -i))\n"
               "down(200)",
               NULL);
    unsigned slices = 0;
    for (unsigned calls = 0; calls < 100;) {
        const bj_step step = step_elsewhere(box, 2, &receipt);
        slices += step == BJ_STEP_YIELDED;
        calls += step == BJ_STEP_WAITS;
        assert_true(step == BJ_STEP_YIELDED || step == BJ_STEP_WAITS);
        if (step == BJ_STEP_WAITS)
            bj_tool_call_return(t.kept, "1", 1);
    }
    assert_true(slices > 5);
    value_is(finish_elsewhere(box, 2, &yielded), "300");
    bj_sandbox_delete(box);
}

/* A fault of the guest is a signal, which the thread that it is on now has to take. */
static void traps_on_another_thread_are_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *end, *trap;
    } cases[] = {
        {"unreachable", "unreachable"},
        {"(drop (i32.load (i32.const 70000)))", "out of bounds"},
        {"(drop (i32.div_u (i32.const 1) (i32.const 0)))", "division by zero"},
        {"(call $deep)", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autotext wat = {0};
        unsigned yielded;
        text_add(&wat,
                 "(module (memory (export \"memory\") 1) (func $deep (call $deep) (call $deep))"
                 " (func (export \"_start\") (local $i i64)"
                 "  (loop $l (br_if $l (i64.lt_u (local.tee $i (i64.add (local.get $i)"
                 "   (i64.const 1))) (i64.const 30000000)))) %s))",
                 cases[i].end);
        bj_runtime *runtime = must_open(wat.bytes, wat.size);
        bj_sandbox *box = must_make(runtime, NULL);
        must_begin_run(box);
        bj_receipt *receipt = finish_elsewhere(box, 1, &yielded);
        assert_true(yielded > 0);
        if (cases[i].trap)
            expect_trap(receipt, cases[i].trap);
        else
            expect_limit(receipt, "stack");
        bj_sandbox_delete(box);
        bj_runtime_delete(runtime);
    }
}

/* A crash reporter that is installed between two steps would take the guest's trap for a crash. */
static void report_crash(int number)
{
    (void)number;
    _exit(99);
}

static void handlers_that_come_between_two_steps_stay_behind(void **state)
{
    (void)state;
    struct sigaction before, own = {.sa_handler = report_crash};
    trial t = {0};
    bj_runtime *runtime = module_of("(module " ASK " (func (export \"_start\")"
                                    " (drop (call $ask)) (drop (i32.load (i32.const 70000)))))");
    bj_sandbox *box = box_with(runtime, "ask", keeps, &t, NULL);
    must_begin_run(box);
    waits(box);
    sigaction(SIGSEGV, &own, &before);
    bj_tool_call_return(t.kept, "1", 1);
    expect_trap(done(box), "out of bounds");
    sigaction(SIGSEGV, &before, NULL);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

/* ---------------------------------------------------------------- ends at any moment */

static void a_sandbox_may_be_deleted_at_any_moment(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "1", NULL); /* before it ran */
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 1);

    box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, ENDLESS, NULL);
    step_to(box, BJ_STEP_YIELDED, 1);
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 2);

    box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "tools.ask()", &woken);
    waits(box);
    assert_true(bj_tool_call_is_wanted(t.kept));
    bj_sandbox_delete(box);
    assert_false(bj_tool_call_is_wanted(t.kept));
    assert_int_equal(t.released, 2);
    bj_tool_call_return(t.kept, "1", 1); /* nobody is there */
    assert_int_equal(t.released, 3);
    assert_int_equal(woken, 0);

    box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "tools.ask()", &woken);
    waits(box);
    bj_tool_call_return(t.kept, "1", 1); /* answered, and nobody comes to see it */
    assert_int_equal(woken, 1);
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 4);
    value_is(eval_fresh(NULL, "1"), "1"); /* in the slot of one that was unwound */
}

static bj_sandbox *to_interrupt;

static void interrupt_it(int number)
{
    (void)number;
    bj_sandbox_interrupt(to_interrupt);
}

static void an_interrupt_ends_what_waits(void **state)
{
    (void)state;
    trial t = {0};
    atomic_uint woken = 0;
    struct sigaction before, own = {.sa_handler = interrupt_it};
    bj_sandbox *box = to_interrupt = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "try: tools.ask()\nfinally: print('not reached')", &woken);
    waits(box);
    sigaction(SIGUSR1, &own, &before);
    raise(SIGUSR1);
    sigaction(SIGUSR1, &before, NULL);
    bj_receipt *receipt = done(box);
    bj_tool_use use = {.size = sizeof use};
    assert_true(bj_receipt_tool_use(receipt, 0, &use));
    assert_string_equal(use.outcome, "interrupted");
    assert_string_equal(bj_receipt_stdout(receipt, NULL), "");
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    assert_false(bj_tool_call_is_wanted(t.kept));
    bj_tool_call_return(t.kept, "1", 1);
    assert_int_equal(woken, 0);
    bj_sandbox_delete(box);
}

static void an_interrupt_before_the_first_step_counts(void **state)
{
    (void)state;
    bj_usage usage = {.size = sizeof usage};
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, "1", NULL);
    bj_sandbox_interrupt(box);
    bj_receipt *receipt = done(box);
    bj_receipt_usage(receipt, &usage);
    assert_int_equal(usage.host_calls, 0);
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}

static void an_interrupt_ends_what_yielded_before_it_runs_again(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, "while True: print('x')", NULL);
    step_to(box, BJ_STEP_YIELDED, 3);
    bj_sandbox_interrupt(box);
    expect_outcome(step_to(box, BJ_STEP_DONE, 1000), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
}

/* Swallows all that comes, and asks again. */
static void a_guest_that_asks_for_ever_is_interrupted(void **state)
{
    (void)state;
    trial t = {0};
    bj_receipt *receipt = NULL;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "while True:\n try: tools.ask()\n except BaseException: pass", NULL);
    for (int i = 0; i < 2000; i++) {
        const bj_step step = step_elsewhere(box, 5, &receipt);
        assert_true(step == BJ_STEP_WAITS || step == BJ_STEP_YIELDED);
        if (step == BJ_STEP_WAITS && i % 2)
            bj_tool_call_raise(t.kept, "Error", "no");
        else if (step == BJ_STEP_WAITS)
            bj_tool_call_return(t.kept, "1", 1);
        i += step == BJ_STEP_YIELDED ? 0 : 19;
    }
    bj_sandbox_interrupt(box);
    for (int i = 0; step_elsewhere(box, 5, &receipt) != BJ_STEP_DONE; i++)
        assert_true(i < 3);
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
    box = box_with(interpreter, "ask", answers, &t, NULL); /* without ever waiting */
    must_begin(box, "while True: tools.ask()", NULL);
    step_to(box, BJ_STEP_YIELDED, 5);
    step_to(box, BJ_STEP_YIELDED, 5);
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- one at a time */

static void all_else_is_refused_meanwhile(bj_sandbox *box, bj_snapshot *snapshot)
{
    bj_error err;
    size_t size;
#define BUSY(call)                                                                                 \
    do {                                                                                           \
        err.code = BJ_ERROR_NONE;                                                                  \
        assert_true(call);                                                                         \
        assert_int_equal(err.code, BJ_ERROR_BUSY);                                                 \
    } while (0)
    BUSY(!bj_sandbox_eval(box, "1", 1, &err));
    BUSY(!bj_sandbox_run(box, &err));
    BUSY(bj_sandbox_begin_eval(box, "1", 1, 0, NULL, NULL, &err) < 0);
    BUSY(bj_sandbox_begin_run(box, NULL, NULL, &err) < 0);
    BUSY(!bj_sandbox_snapshot(box, &err));
    BUSY(!bj_sandbox_fork(box, &err));
    BUSY(bj_sandbox_rewind(box, snapshot, &err) < 0);
    BUSY(!bj_sandbox_changes(box, "/", &err));
    BUSY(bj_sandbox_commit(box, "/work", &err) < 0);
    BUSY(bj_sandbox_copy_out(box, "/work", "/tmp", &err) < 0);
    BUSY(bj_sandbox_write_file(box, "/work/f", "x", 1, &err) < 0);
    BUSY(!bj_sandbox_read_file(box, "/work/f", 1, &size, &err));
    BUSY(!bj_sandbox_list_files(box, "/work", &err));
    BUSY(bj_sandbox_remove_file(box, "/work/f", &err) < 0);
    bj_tool tool = tool_of("other", keeps, NULL);
    BUSY(bj_sandbox_grant_tool(box, &tool, &err) < 0);
    BUSY(bj_sandbox_revoke_tool(box, "ask", &err) < 0);
#undef BUSY
}

static void a_sandbox_is_busy_from_its_beginning_to_its_end(void **state)
{
    (void)state;
    bj_error err;
    trial t = {0};
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    assert_non_null(snapshot);
    must_begin(box, "tools.ask()\n" ENDLESS, NULL);
    all_else_is_refused_meanwhile(box, snapshot);
    waits(box);
    all_else_is_refused_meanwhile(box, snapshot);
    bj_tool_call_return(t.kept, "1", 1);
    step_to(box, BJ_STEP_YIELDED, 2);
    all_else_is_refused_meanwhile(box, snapshot);
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_INTERRUPTED);
    assert_int_equal(bj_sandbox_rewind(box, snapshot, &err),
                     0); /* back from where it was unwound */
    must_begin(box, "tools.ask()", NULL);
    waits(box);
    bj_tool_call_return(t.kept, "5", 1);
    value_is(done(box), "5");
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void steps_in_it(void *user, bj_tool_call *call)
{
    trial *t = user;
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = NULL;
    assert_int_equal(bj_sandbox_step(t->box, 0, &receipt, NULL, &err), BJ_STEP_FAILED);
    t->found = err.code;
    usleep(20000); /* a function that blocks holds its thread, and does no harm */
    bj_tool_call_return(call, "1", 1);
}

static void a_tool_cannot_step_the_sandbox_that_waits_for_it(void **state)
{
    (void)state;
    trial t = {0};
    bj_sandbox *box = t.box = box_with(interpreter, "ask", steps_in_it, &t, NULL);
    refused(box, BJ_ERROR_ARGUMENT);
    must_begin(box, "tools.ask()", NULL);
    value_is(done(box), "1");
    assert_int_equal(t.found, BJ_ERROR_BUSY);
    bj_sandbox_delete(box);
}

static void what_cannot_be_is_refused_at_the_beginning(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    assert_int_equal(bj_sandbox_begin_run(box, NULL, NULL, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    must_begin(box, "import sys; sys.exit(3)", NULL);
    expect_exit(done(box), 3);
    assert_int_equal(bj_sandbox_begin_eval(box, "1", 1, 0, NULL, NULL, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- wakes and steps at the same time */

/* One who steps when it is woken, as an event loop does. */
typedef struct loop {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned wakes, waits;
    bj_tool_call *call;
    bool closing;
} loop;

static void wake_loop(void *user)
{
    loop *l = user;
    pthread_mutex_lock(&l->lock);
    l->wakes++;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void hand_over(void *user, bj_tool_call *call)
{
    loop *l = user;
    pthread_mutex_lock(&l->lock);
    l->call = call;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void *answer_handed(void *user)
{
    loop *l = user;
    unsigned seed = 1;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->call && !l->closing)
            pthread_cond_wait(&l->changed, &l->lock);
        bj_tool_call *call = l->call;
        l->call = NULL;
        if (!call)
            break;
        pthread_mutex_unlock(&l->lock);
        seed = seed * 1664525 + 1013904223;
        for (unsigned i = seed >> 19; i > 0; i--)
            __asm__ volatile("");
        bj_tool_call_return(call, "1", 1);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

static void no_wake_is_lost_and_none_is_too_many(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    pthread_t answering;
    bj_receipt *receipt = NULL;
    loop l = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    bj_tool tool = tool_of("ask", hand_over, &l);
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_policy_clear(&policy);
    assert_int_equal(pthread_create(&answering, NULL, answer_handed, &l), 0);
    static const char source[] = "sum(tools.ask() for i in range(2000))";
    assert_int_equal(bj_sandbox_begin_eval(box, source, strlen(source), 0, wake_loop, &l, &err), 0);
    for (bj_step step; (step = bj_sandbox_step(box, 0, &receipt, NULL, &err)) != BJ_STEP_DONE;) {
        assert_int_equal(step, BJ_STEP_WAITS);
        pthread_mutex_lock(&l.lock);
        l.waits++;
        while (l.wakes < l.waits) /* it must come */
            pthread_cond_wait(&l.changed, &l.lock);
        assert_int_equal(l.wakes, l.waits);
        pthread_mutex_unlock(&l.lock);
    }
    value_is(receipt, "2000");
    bj_sandbox_delete(box);
    pthread_mutex_lock(&l.lock);
    l.closing = true;
    pthread_cond_broadcast(&l.changed);
    pthread_mutex_unlock(&l.lock);
    pthread_join(answering, NULL);
}

/* Who is woken is gone as soon as the sandbox is. */
static void wake_it(void *user)
{
    *(unsigned *)user += 1;
}

static void *answer_it(void *user)
{
    trial *t = user;
    bj_tool_call_return(t->kept, "1", 1);
    return NULL;
}

static void answers_and_deletions_at_the_same_time(void **state)
{
    (void)state;
    static const char source[] = "tools.ask()";
    unsigned seed = 1;
    trial t = {0};
    for (unsigned i = 0; i < 300; i++) {
        bj_error err;
        pthread_t thread;
        unsigned *woken = calloc(1, sizeof *woken);
        assert_non_null(woken);
        bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
        assert_int_equal(
            bj_sandbox_begin_eval(box, source, strlen(source), 0, wake_it, woken, &err), 0);
        waits(box);
        assert_int_equal(pthread_create(&thread, NULL, answer_it, &t), 0);
        seed = seed * 1664525 + 1013904223;
        for (unsigned n = seed >> 16; n > 0; n--)
            __asm__ volatile("");
        if (i % 3 == 0)
            bj_sandbox_interrupt(box);
        bj_receipt *receipt = NULL;
        if (i % 3 == 1 && bj_sandbox_step(box, 0, &receipt, NULL, &err) == BJ_STEP_DONE)
            bj_receipt_delete(receipt);
        bj_sandbox_delete(box);
        assert_in_range(*woken, 0, 1);
        free(woken);
        pthread_join(thread, NULL);
    }
    assert_int_equal(t.released, 300);
}

/* ---------------------------------------------------------------- the process around it */

static void a_child_goes_on_with_what_waits(void **state)
{
    (void)state;
    trial t = {0};
    int status;
    bj_policy limits;
    bj_policy_init(&limits);
    limits.wall_ms = 3000;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &limits);
    must_begin(box, "x = tools.ask()\nwhile x == 2: pass\nx", NULL);
    waits(box);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bj_error err;
        bj_receipt *receipt = NULL;
        alarm(20);
        bj_tool_call_return(t.kept, "2", 1); /* and its time is limited */
        bj_step step;
        while ((step = bj_sandbox_step(box, 5, &receipt, NULL, &err)) == BJ_STEP_YIELDED)
            ;
        _exit(step == BJ_STEP_DONE && bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT ? 0 : 1);
    }
    bj_tool_call_return(t.kept, "1", 1);
    value_is(done(box), "1");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    bj_sandbox_delete(box);
}

/* How often the process was woken: its threads but this one. */
static unsigned long others_woken(void)
{
    unsigned long sum = 0;
    char command[128];
    snprintf(command, sizeof command,
             "cat /proc/%d/task/*/status | sed -n 's/^voluntary_ctxt_switches:.//p'",
             (int)getpid());
    FILE *all = popen(command, "r");
    assert_non_null(all);
    for (unsigned long one; fscanf(all, "%lu", &one) == 1;)
        sum += one;
    pclose(all);
    return sum;
}

static void no_clock_ticks_while_a_guest_waits(void **state)
{
    (void)state;
    trial t = {0};
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    must_begin(box, "tools.ask()", NULL);
    waits(box);
    usleep(200000); /* it ticks on for a while after the last guest */
    const unsigned long before = others_woken();
    usleep(200000);
    assert_true(others_woken() - before < 60); /* of 200 ticks */
    bj_tool_call_return(t.kept, "1", 1);
    value_is(done(box), "1");
    bj_sandbox_delete(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_begun_is_stepped_to_its_end),
        cmocka_unit_test(a_guest_waits_without_a_thread),
        cmocka_unit_test(an_answer_at_once_is_no_wait),
        cmocka_unit_test(a_loop_gives_its_thread_back),
        cmocka_unit_test(each_step_may_be_on_another_thread),
        cmocka_unit_test(traps_on_another_thread_are_outcomes),
        cmocka_unit_test(handlers_that_come_between_two_steps_stay_behind),
        cmocka_unit_test(a_sandbox_may_be_deleted_at_any_moment),
        cmocka_unit_test(an_interrupt_ends_what_waits),
        cmocka_unit_test(an_interrupt_before_the_first_step_counts),
        cmocka_unit_test(an_interrupt_ends_what_yielded_before_it_runs_again),
        cmocka_unit_test(a_guest_that_asks_for_ever_is_interrupted),
        cmocka_unit_test(a_sandbox_is_busy_from_its_beginning_to_its_end),
        cmocka_unit_test(a_tool_cannot_step_the_sandbox_that_waits_for_it),
        cmocka_unit_test(what_cannot_be_is_refused_at_the_beginning),
        cmocka_unit_test(no_wake_is_lost_and_none_is_too_many),
        cmocka_unit_test(answers_and_deletions_at_the_same_time),
        cmocka_unit_test(a_child_goes_on_with_what_waits),
        cmocka_unit_test(no_clock_ticks_while_a_guest_waits),
    };
    return cmocka_run_group_tests_name("steps", tests, begin, session_end);
}
