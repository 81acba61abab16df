/*
 * test_snapshot_image.c: snapshots that many sandboxes go on from are mapped copy-on-write, and sandboxes that are
 * snapshot often have their pages marked as they are written. Neither may be seen by anybody.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "snapshots.h"

/* So many that the rest of them are mapped. */
#define MANY 40

static bool is_mapped(void)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        found |= strstr(line, "memfd:belljar-snapshot") != NULL;
    fclose(maps);
    return found;
}

/* A session with 2 MiB of data that a glance can tell from other data. */
static bj_sandbox *session(void)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import random, zlib\n"
             "big = bytearray(range(256)) * 8192\n"
             "def state(): return [zlib.crc32(big), names]\n"
             "names = ['a']");
    return box;
}

#define STATE "[" CRC ",[\"a\"]]"
#define CRC   "4071163044"

static void wear_out(bj_snapshot *snapshot)
{
    for (int i = 0; i < MANY; i++) {
        bj_sandbox *twin = must_spawn(snapshot, NULL);
        value_is(twin, "len(big)", "2097152");
        run(twin, "for i in range(0, len(big), 4096): big[i] ^= 255\nnames.append('b')");
        bj_sandbox_delete(twin);
    }
}

static void twins_never_see_each_other(void **state)
{
    (void)state;
    enum { ALIVE = 5 };
    bj_sandbox *box = session();
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox *twins[ALIVE];
    assert_false(is_mapped());
    wear_out(snapshot);
    assert_true(is_mapped());
    for (int i = 0; i < ALIVE; i++) {
        twins[i] = must_spawn(snapshot, NULL);
        value_is(twins[i], "state()", STATE);
        run(twins[i], "big[::4096] = bytes(len(big) // 4096); names = ['mine']");
    }
    for (int i = 0; i < ALIVE; i++) {
        value_is(twins[i], "names", "[\"mine\"]");
        bj_sandbox_delete(twins[i]);
    }
    wear_out(snapshot);
    bj_sandbox *last = must_spawn(snapshot, NULL);
    value_is(last, "state()", STATE);
    value_is(box, "state()", STATE);
    bj_snapshot_delete(snapshot);
    value_is(last, "state()", STATE); /* what is mapped stays */
    bj_sandbox_delete(last);
    bj_sandbox_delete(box);
    assert_false(is_mapped());
    /* Slots that held it are anybody's. */
    for (int i = 0; i < MANY; i++)
        expect_output(eval_fresh(NULL, "print('big' in globals())"), "False\n");
}

static void a_mapped_twin_is_snapshot_saved_and_taken_back(void **state)
{
    (void)state;
    char path[] = "/tmp/belljar-image-XXXXXX";
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = session();
    bj_snapshot *first = must_snapshot(box);
    wear_out(first);
    assert_true(is_mapped());
    bj_sandbox *twin = must_spawn(first, NULL);
    run(twin, "names.append('twin'); big[:8] = b'12345678'");
    bj_snapshot *second = must_snapshot(twin);
    run(twin, "names.clear(); big[:] = bytes(len(big))");

    bj_sandbox *next = must_spawn(second, NULL);
    value_is(next, "[names, bytes(big[:10]).hex()]", "[[\"a\",\"twin\"],\"31323334353637380809\"]");
    must_rewind(twin, second);
    value_is(twin, "[names, len(set(big))]", "[[\"a\",\"twin\"],256]");
    must_rewind(twin, first);
    value_is(twin, "state()", STATE);

    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(bj_snapshot_save(second, path, &err), 0);
    bj_snapshot *loaded = bj_snapshot_load(interpreter, path, 0, &err);
    assert_non_null(loaded);
    unlink(path);
    bj_sandbox *again = must_spawn(loaded, &policy);
    value_is(again, "[names, bytes(big[:10]).hex()]",
             "[[\"a\",\"twin\"],\"31323334353637380809\"]");
    bj_sandbox_delete(again);
    bj_sandbox_delete(next);
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_snapshot_delete(loaded);
    bj_snapshot_delete(second);
    bj_snapshot_delete(first);
}

/* Each form of the code has its own; limits hold for what is mapped too. */
static void policies_differ(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_sandbox *box = session();
    bj_snapshot *snapshot = must_snapshot(box);
    wear_out(snapshot);

    bj_policy_init(&policy);
    policy.fuel = 1000000000;
    policy.stack_bytes = 1 << 20;
    bj_sandbox *metered = must_spawn(snapshot, &policy);
    value_is(metered, "state()", STATE);
    bj_sandbox_delete(metered);

    bj_policy_init(&policy);
    policy.memory_bytes = 16 << 20;
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "memory"));

    bj_policy_init(&policy);
    policy.memory_bytes = 24 << 20;
    bj_sandbox *small = must_spawn(snapshot, &policy);
    value_is(small, "state()", STATE);
    expect_error(must_eval(small, "more = bytearray(8 << 20)"), "MemoryError");
    value_is(small, "state()", STATE);
    bj_sandbox_delete(small);
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
}

/* Where no file may be as large as the memory, it is copied; the signal for who tries ends nobody. */
static void a_limit_on_files_ends_nobody(void **state)
{
    (void)state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1 << 20;
    bj_sandbox *box = session();
    bj_snapshot *snapshot = must_snapshot(box);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    wear_out(snapshot);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(is_mapped());
    bj_sandbox *twin = must_spawn(snapshot, NULL);
    value_is(twin, "state()", STATE);
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
}

static void *spawn_some(void *user)
{
    for (int i = 0; i < MANY / 2; i++) {
        bj_error err;
        bj_sandbox *twin = bj_snapshot_spawn(user, NULL, &err);
        bj_receipt *receipt =
            twin ? bj_sandbox_eval(twin, "names.append(0); state()", 24, &err) : NULL;
        const char *value = receipt ? bj_receipt_value(receipt, NULL) : NULL;
        const bool right = value && strcmp(value, "[" CRC ",[\"a\",0]]") == 0;
        bj_receipt_delete(receipt);
        bj_sandbox_delete(twin);
        if (!right)
            return user;
    }
    return NULL;
}

static void several_threads_find_it_worth_it_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    bj_sandbox *box = session();
    bj_snapshot *snapshot = must_snapshot(box);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, spawn_some, snapshot), 0);
    for (size_t i = 0; i < 4; i++) {
        void *complaint;
        pthread_join(threads[i], &complaint);
        assert_null(complaint);
    }
    assert_true(is_mapped());
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
}

/* What was written before the kernel began to mark pages, and what after it, and what was put back meanwhile. */
static void a_session_that_is_snapshot_at_every_step(void **state)
{
    (void)state;
    enum { STEPS = 30 }; /* snapshots are not sandboxes that are alive */
    bj_snapshot *steps[STEPS];
    bj_sandbox *box = session();
    run(box, "before = bytes(big)");
    for (int i = 0; i < STEPS; i++) {
        char source[160], json[160];
        snprintf(source, sizeof source,
                 "big[:] = before\nbig[%d * 65536:%d * 65536 + 4] = b'step'\nnames = [%d]", i, i,
                 i);
        run(box, source);
        steps[i] = must_snapshot(box);
        bj_sandbox *twin = must_spawn(steps[i], NULL);
        snprintf(json, sizeof json, "[%d,%d,1]", i, i * 65536);
        value_is(twin, "[names[0], big.find(b'step'), big.count(b'step')]", json);
        bj_sandbox_delete(twin);
    }
    for (int i = STEPS; i-- > 0;) {
        char json[160];
        must_rewind(box, steps[i]);
        snprintf(json, sizeof json, "[%d,%d,1]", i, i * 65536);
        value_is(box, "[names[0], big.find(b'step'), big.count(b'step')]", json);
        bj_snapshot_delete(steps[i]);
    }
    bj_sandbox_delete(box);
    for (int i = 0; i < 4; i++)
        expect_output(eval_fresh(NULL, "print('big' in globals())"), "False\n");
}

static int begin(void **state)
{
    return session_begin(state, "python");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_never_see_each_other),
        cmocka_unit_test(a_mapped_twin_is_snapshot_saved_and_taken_back),
        cmocka_unit_test(policies_differ),
        cmocka_unit_test(a_limit_on_files_ends_nobody),
        cmocka_unit_test(several_threads_find_it_worth_it_at_once),
        cmocka_unit_test(a_session_that_is_snapshot_at_every_step),
    };
    return cmocka_run_group_tests_name("snapshot_image", tests, begin, session_end);
}
