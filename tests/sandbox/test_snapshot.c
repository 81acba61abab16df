/*
 * test_snapshot.c: sandboxes as values: what goes on from a snapshot is what was there, twins never see each
 * other, and what was granted must be granted again.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshots.h"

/* ---- What is in it. ---- */

static void all_state_goes_on(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import collections, sys\n"
             "big = bytearray(range(256)) * 20000\n"
             "def count(n): return n + len(names)\n"
             "names = ['a', 'b']\n"
             "open('kept.txt', 'w').write('on disk')\n"
             "f = open('read.txt', 'w+'); f.write('0123456789'); f.seek(4)");
    bj_snapshot *snapshot = must_snapshot(box);
    run(box, "names.append('c'); big[0] = 7; f.read(); open('kept.txt', 'w').write('changed')");
    for (int i = 0; i < 3; i++) {
        bj_sandbox *twin = must_spawn(snapshot, NULL);
        value_is(twin, "count(1)", "3");
        value_is(twin, "[sum(big), len(big)]", "[652800000,5120000]");
        value_is(twin, "open('kept.txt').read()", "\"on disk\"");
        value_is(twin, "f.read(3)", "\"456\"");
        run(twin, "names.clear(); big[:] = b''; f.write('x'); f.flush()");
        bj_sandbox_delete(twin);
    }
    value_is(box, "count(1)", "4");
    value_is(box, "[big[0], open('kept.txt').read()]", "[7,\"changed\"]");
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void a_sandbox_may_be_snapshot_before_it_ran(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox *twin = must_spawn(snapshot, NULL);
    value_is(twin, "1 + 1", "2");
    value_is(box, "2 + 2", "4");
    bj_sandbox_delete(box);
    bj_sandbox_delete(twin);
    bj_snapshot_delete(snapshot);
}

static void a_snapshot_outlives_its_sandbox(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "x = [1, 2]");
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox_delete(box);
    /* Others use the slot meanwhile. */
    expect_output(eval_fresh(NULL, "print('x' in globals())"), "False\n");
    bj_sandbox *twin = must_spawn(snapshot, NULL);
    bj_snapshot_delete(snapshot);
    value_is(twin, "x", "[1,2]");
    bj_sandbox_delete(twin);
}

static void snapshots_of_forks_of_forks(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "n = 0");
    for (int i = 1; i <= 20; i++) {
        bj_error err;
        bj_sandbox *twin = bj_sandbox_fork(box, &err);
        assert_non_null(twin);
        bj_sandbox_delete(box);
        box = twin;
        run(box, "n += 1; open(f'{n}', 'w').write(str(n))");
    }
    value_is(box, "import os; [n, len(os.listdir('.'))]", "[20,20]");
    bj_sandbox_delete(box);
}

static void clocks_go_on_and_randomness_differs(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import time, os; t = time.monotonic()");
    bj_snapshot *snapshot = must_snapshot(box);
    usleep(50000);
    bj_sandbox *twin = must_spawn(snapshot, NULL);
    value_is(twin, "0 <= time.monotonic() - t < 30", "true");
    run(twin, "r = os.urandom(16).hex()");
    bj_receipt *one = must_eval(twin, "r"), *other = must_eval(box, "os.urandom(16).hex()");
    assert_string_not_equal(bj_receipt_value(one, NULL), bj_receipt_value(other, NULL));
    bj_receipt_delete(one);
    bj_receipt_delete(other);
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
}

/* ---- Going back. ---- */

static void a_rewind_undoes_everything(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "a = 1; open('f', 'w').write('1')");
    bj_snapshot *snapshot = must_snapshot(box);
    run(box, "a = 2; b = 3; open('f', 'w').write('2'); open('g', 'w')");
    for (int i = 0; i < 2; i++) {
        must_rewind(box, snapshot);
        value_is(box, "import os; [a, 'b' in globals(), open('f').read(), os.listdir('.')]",
                 "[1,false,\"1\",[\"f\"]]");
    }
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void a_rewind_brings_back_what_ended(void **state)
{
    (void)state;
    static const char *const ends[] = {"import sys; sys.exit(3)", "while True: pass",
                                       "x = bytearray(10**9)", "raise KeyboardInterrupt"};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 500;
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "a = 1");
    bj_snapshot *snapshot = must_snapshot(box);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        bj_receipt_delete(must_eval(box, ends[i]));
        must_rewind(box, snapshot);
        assert_false(bj_sandbox_has_ended(box));
        value_is(box, "a", "1");
    }
    bj_sandbox_interrupt(box);
    expect_outcome(must_eval(box, "1"), BJ_OUTCOME_INTERRUPTED);
    must_rewind(box, snapshot);
    value_is(box, "a", "1");
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void nothing_is_taken_of_what_ended(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt_delete(must_eval(box, "import sys; sys.exit()"));
    assert_null(bj_sandbox_snapshot(box, &err));
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    bj_sandbox_delete(box);
}

/* ---- Limits and grants. ---- */

static void limits_are_those_of_the_new_policy(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "x = bytearray(40_000_000); open('f', 'wb').write(bytes(1000))");
    bj_snapshot *snapshot = must_snapshot(box);

    policy.wall_ms = 100;
    bj_sandbox *twin = must_spawn(snapshot, &policy);
    expect_limit(must_eval(twin, "while True: pass"), "timeout");
    bj_sandbox_delete(twin);

    policy.memory_bytes = 50 << 20;
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "memory"));

    bj_policy_init(&policy);
    policy.file_bytes = 10;
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    assert_non_null(strstr(err.message, "file-bytes"));

    bj_policy_init(&policy);
    policy.descriptors = 8;
    run(box, "many = [open(str(i), 'w') for i in range(20)]");
    bj_snapshot_delete(snapshot);
    snapshot = must_snapshot(box);
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    assert_non_null(strstr(err.message, "descriptors"));

    /* The file's bytes still count where they are. */
    bj_policy_init(&policy);
    policy.file_bytes = 20000;
    twin = must_spawn(snapshot, &policy);
    expect_error(must_eval(twin, "with open('g', 'wb') as g: g.write(bytes(15000))"), "OSError");
    bj_sandbox_delete(twin);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void write_file(const char *folder, const char *name, const char *content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void remove_folder(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s/a", folder);
    unlink(path);
    rmdir(folder);
}

static void what_was_granted_is_granted_again(void **state)
{
    (void)state;
    char folder[] = "/tmp/belljar-snapshot-XXXXXX", other[] = "/tmp/belljar-snapshot-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_non_null(mkdtemp(other));
    write_file(folder, "a", "alpha");
    write_file(other, "a", "omega");
    bj_error err;
    bj_policy policy, without, more;
    bj_policy_init(&policy);
    bj_policy_init(&without);
    bj_policy_init(&more);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/data", BJ_OVERLAY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&more, folder, "/data", BJ_OVERLAY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&more, other, "/more", BJ_READ_ONLY, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "f = open('/data/a'); f.read(2); open('/data/b', 'w').write('beta')");
    bj_snapshot *snapshot = must_snapshot(box);

    assert_null(bj_snapshot_spawn(snapshot, &without, &err));
    assert_non_null(strstr(err.message, "/data"));
    assert_int_equal(bj_policy_grant_dir(&without, other, "/data", BJ_OVERLAY, &err), 0);
    assert_null(bj_snapshot_spawn(snapshot, &without, &err));
    bj_policy_clear(&without);
    assert_int_equal(bj_policy_grant_dir(&without, folder, "/data", BJ_READ_WRITE, &err), 0);
    assert_null(bj_snapshot_spawn(snapshot, &without, &err));

    bj_sandbox *twin = must_spawn(snapshot, &more);
    value_is(twin, "[f.read(), open('/data/b').read(), open('/more/a').read()]",
             "[\"pha\",\"beta\",\"omega\"]");
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
    bj_policy_clear(&policy);
    bj_policy_clear(&without);
    bj_policy_clear(&more);
    remove_folder(folder);
    remove_folder(other);
}

/* ---- From many threads. ---- */

static void *spawn_and_change(void *user)
{
    static const char source[] = "n += 1; open('f', 'a').write('!'); n + len(open('f').read())";
    for (int i = 0; i < 20; i++) {
        bj_error err;
        bj_sandbox *twin = bj_snapshot_spawn(user, NULL, &err);
        bj_receipt *receipt = twin ? bj_sandbox_eval(twin, source, sizeof source - 1, &err) : NULL;
        const char *value = receipt ? bj_receipt_value(receipt, NULL) : NULL;
        bool right = value && strcmp(value, "44") == 0;
        bj_receipt_delete(receipt);
        bj_sandbox_delete(twin);
        if (!right)
            return user; /* anything but NULL */
    }
    return NULL;
}

static void any_thread_may_spawn(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "n = 41; open('f', 'w').write('x')");
    bj_snapshot *snapshot = must_snapshot(box);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, spawn_and_change, snapshot), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    value_is(box, "n", "41");
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static int begin_python(void **state)
{
    return session_begin(state, "python");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_state_goes_on),
        cmocka_unit_test(a_sandbox_may_be_snapshot_before_it_ran),
        cmocka_unit_test(a_snapshot_outlives_its_sandbox),
        cmocka_unit_test(snapshots_of_forks_of_forks),
        cmocka_unit_test(clocks_go_on_and_randomness_differs),
        cmocka_unit_test(a_rewind_undoes_everything),
        cmocka_unit_test(a_rewind_brings_back_what_ended),
        cmocka_unit_test(nothing_is_taken_of_what_ended),
        cmocka_unit_test(limits_are_those_of_the_new_policy),
        cmocka_unit_test(what_was_granted_is_granted_again),
        cmocka_unit_test(any_thread_may_spawn),
    };
    return cmocka_run_group_tests_name("snapshot", tests, begin_python, session_end);
}
