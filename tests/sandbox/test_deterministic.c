/*
 * test_deterministic.c: the same code in the same world gives the same receipt, to the last byte; and another seed another
 * one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshots.h"

static bj_policy deterministic(uint64_t seed)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.deterministic = true;
    policy.seed = seed;
    return policy;
}

/* The whole receipt as JSON, to be freed. */
static char *described(bj_sandbox *box, const char *source)
{
    bj_receipt *receipt = must_eval(box, source);
    assert_non_null(bj_receipt_digest(receipt));
    char *description = bj_receipt_describe(receipt);
    assert_non_null(description);
    bj_receipt_delete(receipt);
    return description;
}

static char *described_fresh(const bj_policy *policy, const char *source)
{
    bj_sandbox *box = must_make(interpreter, policy);
    char *description = described(box, source);
    bj_sandbox_delete(box);
    return description;
}

static void same(const bj_policy *policy, const char *source)
{
    char *one = described_fresh(policy, source), *other = described_fresh(policy, source);
    if (strcmp(one, other) != 0)
        fail_msg("%s:\n%s\n%s", source, one, other);
    bj_free(one);
    bj_free(other);
}

static const char *const python_sources[] = {
    "import random, uuid, secrets, os, tempfile, time, datetime\n"
    "print(random.random(), uuid.uuid4(), secrets.token_hex(), os.urandom(8), tempfile.mktemp())\n"
    "print(time.time(), time.monotonic(), time.process_time(), datetime.datetime.now())\n"
    "print(open('/dev/urandom', 'rb').read(8))\n"
    "for i in range(20): open(f'f{i}', 'w').write(str(i))\n"
    "print(os.listdir('.'), [os.stat(f).st_mtime_ns for f in sorted(os.listdir('.'))])\n"
    "print({'a', 'b', 'c', 'd'}, hash('x'), id(object()), object())",
    "import time\nt = time.time(); time.sleep(3600); time.time() - t",
    "import os, time\ntime.sleep(5); os.times(), time.process_time_ns(), time.thread_time_ns()",
    "1/0",
    "float('nan') * -1, 0.1 + 0.2",
    "open('/etc/passwd')",
};

static int begin_python(void **state)
{
    return session_begin(state, "python");
}

static int begin_javascript(void **state)
{
    return session_begin(state, "javascript");
}

static void two_runs_give_the_same_receipt(void **state)
{
    (void)state;
    const bj_policy policy = deterministic(7);
    for (size_t i = 0; i < sizeof python_sources / sizeof *python_sources; i++)
        same(&policy, python_sources[i]);
}

static void two_runs_of_javascript_give_the_same_receipt(void **state)
{
    (void)state;
    const bj_policy policy = deterministic(7);
    same(&policy, "console.log(Math.random(), Date.now(), performance.now(), new Date());"
                  "await new Promise(r => setTimeout(r, 100000)); console.log(Date.now())");
}

static void another_seed_gives_another_one(void **state)
{
    (void)state;
    const bj_policy one = deterministic(1), other = deterministic(2);
    char *first = described_fresh(&one, python_sources[0]),
         *second = described_fresh(&other, python_sources[0]);
    assert_string_not_equal(first, second);
    bj_free(first);
    bj_free(second);
}

static void limits_are_the_same_too(void **state)
{
    (void)state;
    bj_policy policy = deterministic(0);
    policy.fuel = 5000000;
    same(&policy, "while True: pass");
}

static void time_is_not_waited_for(void **state)
{
    (void)state;
    bj_policy policy = deterministic(0);
    policy.wall_ms = 5000;
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "import time; t = time.monotonic(); time.sleep(86400); int(time.monotonic() - t)",
             "86400");
    bj_sandbox_delete(box);
}

static void sleep_takes_no_processor_time(void **state)
{
    (void)state;
    const bj_policy policy = deterministic(0);
    bj_usage usage = {.size = sizeof usage};
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = must_eval(
        box, "import time; t = time.monotonic(), time.process_time(); time.sleep(3600)\n"
             "[3600 <= time.monotonic() - t[0] < 3601, 0 < time.process_time() - t[1] < 0.001]");
    bj_receipt_usage(receipt, &usage);
    assert_in_range(usage.wall_ns, 3600000000000, 3601000000000);
    assert_in_range(usage.cpu_ns, 2000, 1000000);
    assert_string_equal(bj_receipt_value(receipt, NULL), "[true,true]");
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* What a sandbox has used before it was deterministic is another thing each time. */
static void no_clock_of_the_host_comes_along(void **state)
{
    (void)state;
    const bj_policy policy = deterministic(0);
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import time\nwhile time.process_time() < 0.005: pass");
    bj_snapshot *snapshot = must_snapshot(box);
    for (int i = 0; i < 2; i++) {
        bj_sandbox *twin = must_spawn(snapshot, &policy);
        value_is(twin, "[time.process_time_ns(), time.thread_time_ns()]", "[1000,2000]");
        bj_sandbox_delete(twin);
    }
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

/* What follows a snapshot, a fork or a file is the same as what would have followed. */
static void worlds_go_on(void **state)
{
    (void)state;
    static const char next[] =
        "import random, os, time; print(random.random(), os.urandom(4), time.time())";
    char path[] = "/tmp/belljar-world-XXXXXX";
    bj_error err;
    const bj_policy policy = deterministic(3);
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "import random; random.random()");
    bj_snapshot *snapshot = must_snapshot(box);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(bj_snapshot_save(snapshot, path, &err), 0);
    char *expected = described(box, next);
    for (int way = 0; way < 3; way++) {
        bj_snapshot *loaded = way == 2 ? bj_snapshot_load(interpreter, path, 0, &err) : NULL;
        if (way == 1)
            must_rewind(box, snapshot);
        bj_sandbox *twin = way == 1 ? box : must_spawn(loaded ? loaded : snapshot, &policy);
        char *found = described(twin, next);
        assert_string_equal(found, expected);
        bj_free(found);
        if (twin != box)
            bj_sandbox_delete(twin);
        bj_snapshot_delete(loaded);
    }
    bj_free(expected);
    unlink(path);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

/* The digest tells of all that the receipt does. */
static char *digest_of(bj_sandbox *box)
{
    bj_receipt *receipt = must_eval(box, "import time; print(time.time(), time.process_time())");
    char *digest = strdup(bj_receipt_digest(receipt));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    return digest;
}

/* Whether or not somebody took a snapshot before the first eval, its receipt tells of the boot. */
static void a_snapshot_before_the_first_eval_changes_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/belljar-unused-XXXXXX";
    bj_error err;
    bj_policy policy = deterministic(5);
    policy.fuel = 300000000;
    bj_sandbox *box = must_make(interpreter, &policy), *used = must_make(interpreter, &policy);
    bj_snapshot *snapshot = must_snapshot(box), *again = must_snapshot(box);
    run(used, "1");
    must_rewind(used, snapshot);
    bj_sandbox *fork = bj_sandbox_fork(box, &err), *second = must_spawn(again, &policy);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(bj_snapshot_save(snapshot, path, &err), 0);
    bj_snapshot *loaded = bj_snapshot_load(interpreter, path, 0, &err);
    assert_non_null(loaded);
    bj_sandbox *const others[] = {
        box, used, fork, second, must_spawn(snapshot, &policy), must_spawn(loaded, &policy)};
    char *expected = digest_of(must_make(interpreter, &policy));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char *found = digest_of(others[i]);
        assert_string_equal(found, expected);
        free(found);
    }
    free(expected);
    unlink(path);
    bj_snapshot_delete(loaded);
    bj_snapshot_delete(snapshot);
    bj_snapshot_delete(again);
}

/* The second eval is charged for itself alone. */
static void a_boot_is_told_of_once(void **state)
{
    (void)state;
    const bj_policy policy = deterministic(5);
    bj_sandbox *box = must_make(interpreter, &policy), *other = must_make(interpreter, &policy);
    bj_snapshot_delete(must_snapshot(box));
    for (int i = 0; i < 3; i++) {
        char *one = described(box, "1"), *same = described(other, "1");
        assert_string_equal(one, same);
        bj_free(one);
        bj_free(same);
    }
    bj_sandbox_delete(box);
    bj_sandbox_delete(other);
}

static void directories_of_the_host_are_in_order(void **state)
{
    (void)state;
    char folder[] = "/tmp/belljar-order-XXXXXX", file[128];
    bj_error err;
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 300; i++) {
        snprintf(file, sizeof file, "%s/%d", folder, i * 7919 % 300);
        fclose(fopen(file, "w"));
    }
    bj_policy policy = deterministic(0);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/d", BJ_READ_ONLY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/o", BJ_OVERLAY, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(
        box,
        "import os\n[[n for n in os.listdir(d)] == sorted(os.listdir(d)) and len(os.listdir(d)) "
        "for d in ('/d', '/o')]",
        "[300,300]");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    snprintf(file, sizeof file, "rm -rf '%s'", folder);
    assert_int_equal(system(file), 0);
}

static void others_have_no_digest(void **state)
{
    (void)state;
    bj_receipt *receipt = eval_fresh(NULL, "1");
    assert_null(bj_receipt_digest(receipt));
    bj_receipt_delete(receipt);
}

int main(void)
{
    const struct CMUnitTest python[] = {
        cmocka_unit_test(two_runs_give_the_same_receipt),
        cmocka_unit_test(another_seed_gives_another_one),
        cmocka_unit_test(limits_are_the_same_too),
        cmocka_unit_test(time_is_not_waited_for),
        cmocka_unit_test(sleep_takes_no_processor_time),
        cmocka_unit_test(no_clock_of_the_host_comes_along),
        cmocka_unit_test(worlds_go_on),
        cmocka_unit_test(a_snapshot_before_the_first_eval_changes_nothing),
        cmocka_unit_test(a_boot_is_told_of_once),
        cmocka_unit_test(directories_of_the_host_are_in_order),
        cmocka_unit_test(others_have_no_digest),
    };
    const struct CMUnitTest javascript[] = {
        cmocka_unit_test(two_runs_of_javascript_give_the_same_receipt),
    };
    return cmocka_run_group_tests_name("deterministic Python", python, begin_python, session_end) +
           cmocka_run_group_tests_name("deterministic JavaScript", javascript, begin_javascript,
                                       session_end);
}
