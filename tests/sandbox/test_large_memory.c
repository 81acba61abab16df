/*
 * test_large_memory.c: the memory of a sandbox that is deleted is unmapped by another thread where it is large; nobody else is to
 * notice: the sandbox counts as deleted, its runtime and its engine may follow at once, and so may a fork of the process.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

/* Writes to every page of 256 MiB. */
static const char large[] =
    "(module (memory (export \"memory\") 4096) (func (export \"_start\") (local $at i32)"
    " (loop $more (i32.store (local.get $at) (i32.const 1))"
    "  (local.set $at (i32.add (local.get $at) (i32.const 4096)))"
    "  (br_if $more (i32.lt_u (local.get $at) (i32.const 0x10000000))))))";

/* Whether its memory was all zeros. */
static const char looks[] =
    "(module (memory (export \"memory\") 4096) (func (export \"_start\") (local $at i32)"
    " (loop $more (if (i32.load (local.get $at)) (then unreachable))"
    "  (local.set $at (i32.add (local.get $at) (i32.const 4096)))"
    "  (br_if $more (i32.lt_u (local.get $at) (i32.const 0x10000000))))))";

static bj_engine *engine_of(uint32_t sandboxes)
{
    bj_error err;
    bj_engine_options options;
    bj_engine_options_init(&options);
    options.max_sandboxes = sandboxes;
    bj_engine *made = bj_engine_new(&options, &err);
    if (!made)
        fail_msg("%s", err.message);
    return made;
}

static bool runs(bj_runtime *runtime)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = (uint64_t)300 << 20;
    bj_error err = {0};
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    bj_receipt *receipt = box ? bj_sandbox_run(box, &err) : NULL;
    const bool well = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    if (!well)
        print_error("%s\n", receipt ? bj_receipt_error_message(receipt) : err.message);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    return well;
}

static bj_runtime *open_in(bj_engine *where, const char *wat)
{
    bj_error err;
    bj_runtime *runtime = bj_runtime_from_bytes(where, wat, strlen(wat), "large", &err);
    if (!runtime)
        fail_msg("%s", err.message);
    return runtime;
}

/* An engine for one sandbox has room for the next one as soon as the last one was deleted, and that one sees nothing of it. */
static void the_place_of_a_deleted_one_is_free(void **state)
{
    (void)state;
    bj_engine *one = engine_of(1);
    bj_runtime *writer = open_in(one, large), *reader = open_in(one, looks);
    for (int i = 0; i < 6; i++)
        assert_true(runs(i % 2 ? reader : writer));
    bj_runtime_delete(writer);
    bj_runtime_delete(reader);
    bj_engine_delete(one);
}

static void all_else_may_be_deleted_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bj_engine *own = engine_of(4);
        bj_runtime *runtime = open_in(own, large);
        assert_true(runs(runtime) && runs(runtime) && runs(runtime));
        bj_runtime_delete(runtime);
        bj_engine_delete(own);
    }
}

static void a_child_finds_its_engine_whole(void **state)
{
    (void)state;
    bj_engine *two = engine_of(2);
    bj_runtime *writer = open_in(two, large), *reader = open_in(two, looks);
    for (int i = 0; i < 4; i++) {
        assert_true(runs(writer) && (i % 2 == 0 || runs(writer)));
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            alarm(60);
            _exit(runs(reader) && runs(writer) && runs(reader) ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    bj_runtime_delete(writer);
    bj_runtime_delete(reader);
    bj_engine_delete(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_place_of_a_deleted_one_is_free),
        cmocka_unit_test(all_else_may_be_deleted_at_once),
        cmocka_unit_test(a_child_finds_its_engine_whole),
    };
    return cmocka_run_group_tests_name("large memory", tests, NULL, NULL);
}
