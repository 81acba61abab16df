/*
 * test_left_receipts.c: a slice on an event loop's thread never makes a receipt that takes long: where files have changed, the
 * step in which the guest ends yields, and the next one makes the receipt. Slices here have no end, so that a step that
 * yields has done so for its receipt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stepping.h"

#define FILES 2000

static const char many[] =
    "import os\nos.mkdir('d')\nfor i in range(2000): open(f'd/{i}', 'w').close()";
static const char moves[] = "os.rename('d', 'e')";

static int begin(void **state)
{
    return session_begin(state, "python");
}

static bj_step brief(bj_sandbox *box, bj_receipt **receipt)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    *receipt = NULL;
    const bj_step step = bj_sandbox_step_us(box, 0, receipt, NULL, &err);
    if (step == BJ_STEP_FAILED)
        fail_msg("%s", err.message);
    return step;
}

/* Evaluates to the point at which only the receipt is left. */
static void must_leave(bj_sandbox *box, const char *source)
{
    bj_receipt *receipt;
    must_begin(box, source, NULL);
    assert_int_equal(brief(box, &receipt), BJ_STEP_YIELDED);
    assert_null(receipt);
}

static size_t changes_of(bj_receipt *receipt)
{
    size_t count = 0;
    bj_file_change change = {.size = sizeof change};
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    while (bj_receipt_change(receipt, count, &change))
        count++;
    bj_receipt_delete(receipt);
    return count;
}

static bj_sandbox *box_with_files(void)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, many), BJ_OUTCOME_OK);
    return box;
}

static void files_are_left_to_the_next_step(void **state)
{
    (void)state;
    bj_receipt *receipt;
    bj_sandbox *box = box_with_files();
    must_leave(box, moves);
    bj_error err;
    assert_null(bj_sandbox_eval(box, "1", 1, &err)); /* as while anything is under way */
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    assert_int_equal(changes_of(done(box)), 2 * (FILES + 1));
    must_leave(box, "os.rename('e', 'd')");
    assert_int_equal(brief(box, &receipt), BJ_STEP_DONE); /* whoever steps again has the time */
    assert_int_equal(changes_of(receipt), 2 * (FILES + 1));
    must_begin(box, "1 + 1", NULL);
    assert_int_equal(brief(box, &receipt), BJ_STEP_DONE);
    value_is(receipt, "2");
    must_leave(box, "os.remove('d/7'); 8");
    value_is(bj_sandbox_finish(box, &err), "8");
    must_begin(box, moves, NULL);
    assert_int_equal(changes_of(done(box)), 2 * FILES); /* no other step leaves anything */
    bj_sandbox_delete(box);
}

static void errors_limits_and_exits_are_left_too(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 400000000;
    bj_sandbox *box = must_make(interpreter, &policy);
    must_leave(box, "open('a', 'w').close(); 1 / 0");
    expect_error(done(box), "ZeroDivisionError");
    must_leave(box, "open('b', 'w').close()\nwhile True: pass");
    expect_limit(done(box), "fuel");
    assert_true(bj_sandbox_has_ended(box));
    expect_ended(box);
    bj_sandbox_delete(box);
    box = must_make(interpreter, NULL);
    must_leave(box, "open('b', 'w').close()\nraise SystemExit(3)");
    expect_exit(done(box), 3);
    assert_true(bj_sandbox_has_ended(box));
    bj_sandbox_delete(box);
}

/* Who waits for a receipt does not pay for it, and what ends its making ends no other eval. */
static void the_time_until_then_is_nobodys(void **state)
{
    (void)state;
    const char *part, *why;
    bj_usage usage = {.size = sizeof usage};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 60000;
    bj_sandbox *box = must_make(interpreter, &policy);
    must_leave(box, "open('a', 'w').close()");
    usleep(30000);
    bj_receipt *receipt = done(box);
    assert_false(bj_receipt_unfinished(receipt, 0, &part, &why));
    bj_receipt_usage(receipt, &usage);
    assert_in_range(usage.queued_ns, 30000000, UINT64_MAX);
    assert_in_range(usage.wall_ns, usage.queued_ns, UINT64_MAX);
    expect_outcome(receipt, BJ_OUTCOME_OK);
    must_leave(box, "open('b', 'w').close()");
    bj_sandbox_interrupt(box);
    expect_outcome(done(box), BJ_OUTCOME_OK);
    value_is(must_eval(box, "1"), "1");
    bj_sandbox_delete(box);
}

static void a_sandbox_goes_with_what_it_has_left(void **state)
{
    (void)state;
    bj_sandbox *box = box_with_files();
    must_leave(box, moves);
    bj_sandbox_delete(box);
}

static void a_directory_of_the_host_is_left_too(void **state)
{
    (void)state;
    bj_error err;
    bj_receipt *receipt;
    bj_policy policy;
    char folder[] = "/tmp/belljar-left-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/data", BJ_READ_WRITE, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_policy_clear(&policy);
    must_leave(box, "open('/data/a', 'w').close()");
    assert_int_equal(changes_of(done(box)), 1);
    must_begin(box, "1", NULL);
    assert_int_equal(brief(box, &receipt), BJ_STEP_DONE);
    value_is(receipt, "1");
    bj_sandbox_delete(box);
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Its digest is over all that it wrote. */
static void the_digest_of_much_output_is_left_too(void **state)
{
    (void)state;
    bj_receipt *receipt;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.deterministic = true;
    bj_sandbox *box = must_make(interpreter, &policy), *other = must_make(interpreter, &policy);
    must_begin(box, "print('x' * 100)", NULL);
    assert_int_equal(brief(box, &receipt), BJ_STEP_DONE);
    expect_outcome(receipt, BJ_OUTCOME_OK);
    expect_outcome(must_eval(other, "print('x' * 100)"), BJ_OUTCOME_OK);
    must_leave(box, "print('x' * 200000)");
    receipt = done(box);
    bj_receipt *same = must_eval(other, "print('x' * 200000)");
    assert_string_equal(bj_receipt_digest(receipt), bj_receipt_digest(same));
    bj_receipt_delete(receipt);
    bj_receipt_delete(same);
    bj_sandbox_delete(box);
    bj_sandbox_delete(other);
}

/* In a first turn on the thread that submits it. */
static void a_task_moves_to_the_threads_for_its_receipt(void **state)
{
    (void)state;
    bj_error err;
    bj_receipt *receipt = NULL;
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 1;
    options.first_slice_us = 1000000;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    bj_task *task = bj_task_new(scheduler, BJ_LANE_OWN, &err);
    bj_sandbox *box = box_with_files();
    assert_int_equal(bj_task_eval(task, box, moves, strlen(moves), 0, NULL, NULL, &receipt, &err),
                     1);
    assert_int_equal(bj_task_wait(task, UINT64_MAX, &err), 0);
    assert_int_equal(changes_of(bj_task_receipt(task, &err)), 2 * (FILES + 1));
    bj_task_delete(task);
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
}

/* Nor does anything in a first turn wait for the host. */
static void a_task_moves_to_the_threads_for_stdin(void **state)
{
    (void)state;
    bj_error err;
    bj_receipt *receipt = NULL;
    bj_policy policy;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, fds[0], &err), 0);
    bj_scheduler *scheduler = bj_scheduler_new(NULL, &err);
    bj_task *task = bj_task_new(scheduler, BJ_LANE_OWN, &err);
    bj_sandbox *box = must_make(interpreter, &policy);
    assert_int_equal(bj_task_eval(task, box, "input()", 7, 0, NULL, NULL, &receipt, &err), 1);
    assert_int_equal(write(fds[1], "12\n", 3), 3);
    assert_int_equal(bj_task_wait(task, UINT64_MAX, &err), 0);
    value_is(bj_task_receipt(task, &err), "\"12\"");
    bj_task_delete(task);
    bj_sandbox_delete(box);
    bj_scheduler_delete(scheduler);
    bj_policy_clear(&policy);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_left_to_the_next_step),
        cmocka_unit_test(errors_limits_and_exits_are_left_too),
        cmocka_unit_test(the_time_until_then_is_nobodys),
        cmocka_unit_test(a_sandbox_goes_with_what_it_has_left),
        cmocka_unit_test(a_directory_of_the_host_is_left_too),
        cmocka_unit_test(the_digest_of_much_output_is_left_too),
        cmocka_unit_test(a_task_moves_to_the_threads_for_its_receipt),
        cmocka_unit_test(a_task_moves_to_the_threads_for_stdin),
    };
    return cmocka_run_group_tests_name("left_receipts", tests, begin, session_end);
}
