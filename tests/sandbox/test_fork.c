/*
 * test_fork.c: a host process that forks: engines, runtimes and sandboxes go on working in the child, limits of time
 * among them, and what the child does is not seen in the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* Runs `check` in a child; it must end there with true, soon. */
static void in_child(bool (*check)(void *), void *user)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(check(user) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool prints(bj_sandbox *box, const char *source, const char *output)
{
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), NULL);
    const bool as_wanted = receipt && strcmp(bj_receipt_stdout(receipt, NULL), output) == 0;
    bj_receipt_delete(receipt);
    return as_wanted;
}

static bool live_one_goes_on(void *box)
{
    return prints(box, "x += 1; print(x)", "6\n");
}

static bool loop_ends(void *user)
{
    (void)user;
    bj_policy policy = tight_policy();
    policy.memory_bytes = 64 << 20;
    bj_sandbox *box = bj_sandbox_new(interpreter, &policy, NULL);
    bj_receipt *receipt = box ? bj_sandbox_eval(box, "while True: pass", 16, NULL) : NULL;
    const bool ended = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT;
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    return ended;
}

/* Slots are reset by what the kernel says of this process, not of its parent. */
static bool slots_are_fresh(void *user)
{
    (void)user;
    bj_policy policy;
    bj_policy_init(&policy);
    for (int i = 0; i < 20; i++) {
        bj_sandbox *box = bj_sandbox_new(interpreter, &policy, NULL);
        if (!box || !prints(box, "print('secret' in globals())", "False\n") ||
            !prints(box, "secret = 'x' * 1000000", ""))
            return false;
        bj_sandbox_delete(box);
    }
    return true;
}

static void a_child_goes_on(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    assert_true(prints(box, "x = 5; print(x)", "5\n"));
    in_child(live_one_goes_on, box);
    in_child(live_one_goes_on, box);
    assert_true(prints(box, "print(x)", "5\n"));
    bj_sandbox_delete(box);
}

static void limits_of_time_hold_in_a_child(void **state)
{
    (void)state;
    in_child(loop_ends, NULL);
    assert_true(loop_ends(NULL));
    in_child(loop_ends, NULL); /* while the parent's ticker is awake */
    assert_true(loop_ends(NULL));
}

static void sandboxes_of_a_child_are_fresh(void **state)
{
    (void)state;
    assert_true(slots_are_fresh(NULL));
    in_child(slots_are_fresh, NULL);
    assert_true(slots_are_fresh(NULL));
}

static bool grandchildren_work(void *user)
{
    in_child(loop_ends, user);
    return loop_ends(user);
}

static void children_of_children(void **state)
{
    (void)state;
    in_child(grandchildren_work, NULL);
}

/* One with many functions, none like that of another. */
static bj_runtime *compile_one(unsigned salt)
{
    autotext wat = {0};
    text_add(&wat, "(module (memory (export \"memory\") 1)");
    for (unsigned i = 0; i < 50; i++)
        text_add(&wat, "(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const %u)))",
                 salt * 50 + i);
    text_add(&wat, "(func (export \"_start\") (loop $more (drop (i32.const %u)))))", salt);
    return bj_runtime_from_bytes(engine, wat.bytes, wat.size, "many", NULL);
}

static bool runs(bj_runtime *runtime, bool counts_fuel)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = counts_fuel ? 1000000 : 0;
    bj_sandbox *box = runtime ? bj_sandbox_new(runtime, &policy, NULL) : NULL;
    bj_receipt *receipt = box ? bj_sandbox_run(box, NULL) : NULL;
    const bool well = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
    return well;
}

static bool is_refused(void)
{
    bj_error err = {.code = BJ_ERROR_NONE};
    static const char wat[] = "(module (func (export \"_start\") (result i32)))";
    return !bj_runtime_from_bytes(engine, wat, sizeof wat - 1, "no module", &err) &&
           err.code == BJ_ERROR_MODULE;
}

/* By the parent's engines, by one of its own, and where there is nothing to compile. */
static bool compiles(void *user)
{
    const unsigned salt = *(unsigned *)user;
    bj_engine *parents = engine;
    bool well = runs(compile_one(salt), false) && runs(compile_one(salt + 1), true) && is_refused();
    engine = bj_engine_new(NULL, NULL);
    well &= engine && runs(compile_one(salt + 2), false) && runs(compile_one(salt + 3), true);
    bj_engine_delete(engine);
    engine = parents;
    return well;
}

static bool compiles_in_a_child_too(void *user)
{
    unsigned more = *(unsigned *)user + 10;
    in_child(compiles, &more);
    return compiles(user);
}

/* Wasmtime's threads, which have compiled for the parent, are not there in a child. */
static void a_child_compiles(void **state)
{
    (void)state;
    unsigned salt = (unsigned)getpid() * 1000;
    assert_true(compiles(&salt));
    salt += 100;
    in_child(compiles, &salt);
    salt += 100;
    in_child(compiles_in_a_child_too, &salt);
    salt += 100;
    assert_true(compiles(&salt));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_goes_on),
        cmocka_unit_test(limits_of_time_hold_in_a_child),
        cmocka_unit_test(sandboxes_of_a_child_are_fresh),
        cmocka_unit_test(children_of_children),
        cmocka_unit_test(a_child_compiles),
    };
    return cmocka_run_group_tests_name("forks of the host", tests, begin, session_end);
}
