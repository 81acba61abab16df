/*
 * test_short_slices.c: bj_sandbox_step_us, which an event loop's own thread can call: slices of any length come to the
 * same, nothing in them waits for the host's stdin or for sleep, many threads may have one at once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stepping.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

static bj_step step_us(bj_sandbox *box, uint64_t slice_us, bj_receipt **receipt)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    *receipt = NULL;
    const bj_step step = bj_sandbox_step_us(box, slice_us, receipt, NULL, &err);
    if (step == BJ_STEP_FAILED)
        fail_msg("%s", err.message);
    assert_true((step == BJ_STEP_DONE) == (*receipt != NULL));
    return step;
}

static void slices_of_any_length_come_to_the_same(void **state)
{
    (void)state;
    static const uint64_t slices[] = {1, 50, 200, 999, 1000, 3000, 0, UINT64_MAX};
    bj_sandbox *box = must_make(interpreter, NULL);
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        bj_receipt *receipt;
        unsigned yielded = 0;
        must_begin(box, "sum(range(3)) + sum(i & 1 for i in range(600_000))", NULL);
        while (step_us(box, slices[i], &receipt) == BJ_STEP_YIELDED)
            yielded++;
        assert_true((yielded > 0) == (slices[i] > 0 && slices[i] < UINT64_MAX));
        value_is(receipt, "300003");
    }
    bj_sandbox_delete(box);
}

static void a_loop_gives_the_thread_back_each_time(void **state)
{
    (void)state;
    bj_receipt *receipt;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, ENDLESS, NULL);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(step_us(box, 200, &receipt), BJ_STEP_YIELDED);
        if (i % 50 == 0)
            usleep(70000); /* by now the clock's thread sleeps */
    }
    bj_sandbox_interrupt(box);
    assert_int_equal(step_us(box, 200, &receipt), BJ_STEP_DONE);
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
}

static void it_is_as_any_step(void **state)
{
    (void)state;
    bj_error err;
    trial t = {0};
    uint64_t wait_ms = 0;
    bj_receipt *receipt = NULL;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.cpu_ms = 40;
    policy.wall_ms = 600000;
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, &policy);
    assert_int_equal(bj_sandbox_step_us(box, 200, &receipt, NULL, &err), BJ_STEP_FAILED);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    must_begin(box, "tools.ask()", NULL);
    bj_step step;
    while ((step = bj_sandbox_step_us(box, 200, &receipt, &wait_ms, &err)) == BJ_STEP_YIELDED)
        ;
    assert_int_equal(step, BJ_STEP_WAITS);
    assert_in_range(wait_ms, 1, 600000);
    bj_tool_call_return(t.kept, "7", 1);
    while (step_us(box, 200, &receipt) == BJ_STEP_YIELDED)
        ;
    value_is(receipt, "7");
    must_begin(box, ENDLESS, NULL);
    while (step_us(box, 100, &receipt) == BJ_STEP_YIELDED)
        ;
    expect_limit(receipt, "cpu");
    bj_sandbox_delete(box);
}

/* bj_sandbox_step holds the thread for a sleep of a millisecond, which is less trouble than waking somebody for it. */
static void no_sleep_is_held(void **state)
{
    (void)state;
    bj_receipt *receipt;
    bj_sandbox *box = must_make(interpreter, NULL);
    must_begin(box, "import time\nfor i in range(20): time.sleep(0.0015)\n1", NULL);
    unsigned waited = 0;
    for (bj_step step; (step = step_us(box, 200, &receipt)) != BJ_STEP_DONE;)
        waited += step == BJ_STEP_WAITS;
    assert_true(waited > 0);
    value_is(receipt, "1");
    must_begin(box, "time.sleep(0.001)\n1", NULL);
    value_is(done(box), "1");
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- stdin */

static bj_sandbox *box_that_reads(int fd)
{
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 20000;
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, fd, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_policy_clear(&policy);
    return box;
}

static void nothing_waits_for_the_hosts_stdin(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "input()", "import sys; sys.stdin.buffer.raw.read(5).decode().strip()",
        "import select, sys; select.select([sys.stdin], [], []); input()"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        int fds[2];
        bj_receipt *receipt;
        assert_int_equal(pipe(fds), 0);
        bj_sandbox *box = box_that_reads(fds[0]);
        must_begin(box, sources[i], NULL);
        for (int again = 0; again < 3; again++)
            assert_int_equal(step_us(box, 200, &receipt), BJ_STEP_YIELDED);
        assert_int_equal(write(fds[1], "1234\n", 5), 5);
        value_is(done(box), "\"1234\"");
        bj_sandbox_delete(box);
        close(fds[0]);
        close(fds[1]);
    }
}

static void a_file_is_read_in_a_slice(void **state)
{
    (void)state;
    bj_receipt *receipt;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(fputs("1234\n", file) >= 0);
    rewind(file);
    bj_sandbox *box = box_that_reads(fileno(file));
    must_begin(box, "input()", NULL);
    while (step_us(box, 200, &receipt) == BJ_STEP_YIELDED)
        ;
    value_is(receipt, "\"1234\"");
    bj_sandbox_delete(box);
    fclose(file);
}

/* ---------------------------------------------------------------- on many threads */

typedef struct worker {
    bj_sandbox *box;
    bj_tool_call *call; /* to be answered by another thread, or NULL */
    atomic_uint *woken;
    bool well;
} worker;

static void *work(void *user)
{
    worker *w = user;
    w->well = true;
    for (int i = 0; i < 5; i++) {
        bj_error err;
        bj_receipt *receipt = NULL;
        static const char source[] = "sum(range(20000))";
        if (bj_sandbox_begin_eval(w->box, source, strlen(source), 0, NULL, NULL, &err) < 0)
            return NULL;
        bj_step step;
        while ((step = bj_sandbox_step_us(w->box, 100, &receipt, NULL, &err)) == BJ_STEP_YIELDED)
            ;
        w->well &= step == BJ_STEP_DONE && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
        bj_receipt_delete(receipt);
    }
    return NULL;
}

static void many_threads_have_slices_at_once(void **state)
{
    (void)state;
    enum { MANY = 12 };
    pthread_t threads[MANY];
    worker workers[MANY] = {{0}};
    for (int i = 0; i < MANY; i++) {
        workers[i].box = must_make(interpreter, NULL);
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < MANY; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].well);
        bj_sandbox_delete(workers[i].box);
    }
}

static void *answer(void *user)
{
    bj_tool_call_return(((worker *)user)->call, "1", 1);
    return NULL;
}

/* The moment of the answer is told by one thread and looked at by another, also where nobody is woken. */
static void answers_come_while_it_is_stepped(void **state)
{
    (void)state;
    bj_receipt *receipt;
    trial t = {0};
    bj_sandbox *box = box_with(interpreter, "ask", keeps, &t, NULL);
    for (int i = 0; i < 30; i++) {
        pthread_t thread;
        worker other = {0};
        must_begin(box, "tools.ask()", NULL);
        while (step_us(box, 200, &receipt) == BJ_STEP_YIELDED)
            ;
        other.call = t.kept;
        assert_int_equal(pthread_create(&thread, NULL, answer, &other), 0);
        while (step_us(box, 200, &receipt) != BJ_STEP_DONE)
            ;
        pthread_join(thread, NULL);
        value_is(receipt, "1");
    }
    bj_sandbox_delete(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_of_any_length_come_to_the_same),
        cmocka_unit_test(a_loop_gives_the_thread_back_each_time),
        cmocka_unit_test(it_is_as_any_step),
        cmocka_unit_test(no_sleep_is_held),
        cmocka_unit_test(nothing_waits_for_the_hosts_stdin),
        cmocka_unit_test(a_file_is_read_in_a_slice),
        cmocka_unit_test(many_threads_have_slices_at_once),
        cmocka_unit_test(answers_come_while_it_is_stepped),
    };
    return cmocka_run_group_tests_name("short_slices", tests, begin, session_end);
}
