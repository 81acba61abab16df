/*
 * test_allocations.c: every allocation of the library's own code fails once, while sandboxes are made, run, forked, taken back,
 * saved and told about. What fails is an error, and the next time it works. The engine's own allocations (Rust) and those of
 * the C library are left alone: they end the process, or are not ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "belljar.h"
#include "failing.h"
#include "unit.h"

#define WAT                                                                                        \
    "(module (import \"wasi_snapshot_preview1\" \"fd_write\""                                      \
    "  (func $w (param i32 i32 i32 i32) (result i32)))"                                            \
    " (memory (export \"memory\") 1) (data (i32.const 8) \"hello\")"                               \
    " (data (i32.const 0) \"\\08\\00\\00\\00\\05\\00\\00\\00\")"                                   \
    " (func (export \"_start\") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1)"          \
    "  (i32.const 100)))))"

static bj_engine *engine;
static bj_runtime *command, *python;
static bj_policy policy;
static char path[64];

/* Each: whether it succeeded; err is filled where it did not. */
typedef bool (*operation)(bj_sandbox *box, bj_error *err);

static bool op_run(bj_sandbox *box, bj_error *err)
{
    (void)box;
    bj_sandbox *made = bj_sandbox_new(command, &policy, err);
    bj_receipt *receipt = made ? bj_sandbox_run(made, err) : NULL;
    bool ok = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    bj_receipt_delete(receipt);
    bj_sandbox_delete(made);
    return ok;
}

static bool op_open(bj_sandbox *box, bj_error *err)
{
    (void)box;
    bj_runtime *runtime = bj_runtime_from_bytes(engine, WAT, strlen(WAT), "again", err);
    bj_runtime_delete(runtime);
    return runtime != NULL;
}

static bool op_eval(bj_sandbox *box, bj_error *err)
{
    static const char source[] = "open('/work/new', 'w').write('y'); print('hi'); {'a': [1, 2]}";
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), err);
    bool ok = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    bj_receipt_delete(receipt);
    return ok;
}

static bool op_twins(bj_sandbox *box, bj_error *err)
{
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, err);
    bj_sandbox *twin = snapshot ? bj_snapshot_spawn(snapshot, &policy, err) : NULL;
    bj_sandbox *fork = twin ? bj_sandbox_fork(twin, err) : NULL;
    bool ok = fork && bj_sandbox_rewind(fork, snapshot, err) == 0;
    bj_sandbox_delete(fork);
    bj_sandbox_delete(twin);
    bj_snapshot_delete(snapshot);
    return ok;
}

static bool op_save(bj_sandbox *box, bj_error *err)
{
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, err);
    bool ok = snapshot && bj_snapshot_save(snapshot, path, err) == 0;
    bj_snapshot *loaded = ok ? bj_snapshot_load(python, path, 0, err) : NULL;
    bj_sandbox *twin = loaded ? bj_snapshot_spawn(loaded, &policy, err) : NULL;
    bj_sandbox_delete(twin);
    bj_snapshot_delete(loaded);
    bj_snapshot_delete(snapshot);
    return twin != NULL;
}

static bool op_policy(bj_sandbox *box, bj_error *err)
{
    (void)box;
    bj_policy made;
    bj_policy_init(&made);
    bool ok = bj_policy_grant_tmp(&made, "/t", 10000, err) == 0 &&
              bj_policy_grant_dir(&made, "/tmp", "/ro", BJ_READ_ONLY, err) == 0 &&
              bj_policy_grant_env(&made, "A", "B", err) == 0;
    bj_sandbox *sandbox = ok ? bj_sandbox_new(python, &made, err) : NULL;
    bj_sandbox_delete(sandbox);
    bj_policy_clear(&made);
    return sandbox != NULL;
}

static const struct {
    const char *name;
    operation run;
} operations[] = {{"run", op_run},     {"open", op_open}, {"eval", op_eval},
                  {"twins", op_twins}, {"save", op_save}, {"policy", op_policy}};

static bj_sandbox *make_box(void)
{
    bj_error err;
    bj_sandbox *box = bj_sandbox_new(python, &policy, &err);
    if (!box)
        fail_msg("%s", err.message);
    bj_receipt *receipt = bj_sandbox_eval(box, "x = 1", 5, &err);
    assert_non_null(receipt);
    bj_receipt_delete(receipt);
    return box;
}

static unsigned try_all(size_t i, bool all_after, unsigned step)
{
    unsigned n = 1;
    for (bool failed = true; failed; n += step) {
        bj_error err = {0};
        bj_sandbox *box = make_box();
        failing_begin(n, all_after);
        const bool ok = operations[i].run(box, &err);
        failed = failing_end();
        if (!ok && !failed)
            fail_msg("%s does not work: %s", operations[i].name, err.message);
        bj_sandbox_delete(box);
        box = make_box();
        if (!operations[i].run(box, &err))
            fail_msg("%s does not work after allocation %u failed: %s", operations[i].name, n,
                     err.message);
        bj_sandbox_delete(box);
        assert_true(n < 100000);
    }
    return n;
}

static void everything_survives_every_failure(void **state)
{
    (void)state;
    const char *only = getenv("BELLJAR_SWEEP");
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (!only || strcmp(only, "all") == 0 || strcmp(only, operations[i].name) == 0)
            for (int way = 0; way < 2; way++)
                assert_true(try_all(i, way, only ? 1 : 3 + (unsigned)way) > 4);
}

static int begin(void **state)
{
    (void)state;
    bj_error err = {0};
    engine = bj_engine_new(NULL, &err);
    bj_policy_init(&policy);
    strcpy(path, "/tmp/belljar-saved-XXXXXX");
    close(mkstemp(path));
    if (engine) {
        command = bj_runtime_from_bytes(engine, WAT, strlen(WAT), "hello", &err);
        python = bj_runtime_open(engine, "python", &err);
    }
    if (!command || !python)
        print_error("%s\n", err.message);
    return command && python ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    bj_policy_clear(&policy);
    bj_runtime_delete(command);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
