/*
 * test_snapshot_renew.c: what a sandbox that goes on from a snapshot has of its own: its randomness, and the arguments and
 * variables of its policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshots.h"

static bj_runtime *javascript;

static int begin(void **state)
{
    bj_error err;
    if (session_begin(state, "python") != 0)
        return -1;
    javascript = bj_runtime_open(engine, "javascript", &err);
    return javascript ? 0 : -1;
}

static int end(void **state)
{
    bj_runtime_delete(javascript);
    return session_end(state);
}

/* What an expression is worth as JSON, to be freed. */
static char *value_of(bj_sandbox *box, const char *source)
{
    bj_receipt *receipt = must_eval(box, source);
    const char *value = bj_receipt_value(receipt, NULL);
    if (!value)
        fail_msg("%s: %s", source, bj_receipt_stderr(receipt, NULL));
    char *copy = strdup(value);
    bj_receipt_delete(receipt);
    return copy;
}

static bj_sandbox *must_fork(bj_sandbox *box, unsigned flags)
{
    bj_error err;
    bj_sandbox *fork = bj_sandbox_fork_as(box, flags, &err);
    if (!fork)
        fail_msg("%s", err.message);
    return fork;
}

/* Whether an expression is worth the same in both, which are deleted. */
static bool equal_in(bj_sandbox *a, bj_sandbox *b, const char *source)
{
    char *x = value_of(a, source), *y = value_of(b, source);
    const bool equal = strcmp(x, y) == 0;
    free(x);
    free(y);
    bj_sandbox_delete(a);
    bj_sandbox_delete(b);
    return equal;
}

static bool equal_in_forks(bj_sandbox *box, unsigned flags, const char *source)
{
    return equal_in(must_fork(box, flags), must_fork(box, flags), source);
}

/* ---- Randomness. ---- */

static const char *const drawn[] = {
    "random.random()",
    "own.getrandbits(40)",
    "random.Random.random(own)",
    "next(tempfile._get_candidate_names())",
    "random.gauss(0, 1)",
    "db.execute('SELECT random()').fetchone()[0]",
    "list(own.getstate()[1])[:9]",
};

static void forks_draw_their_own_numbers(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import random, tempfile, sqlite3; db = sqlite3.connect(':memory:')\n"
             "random.gauss(0, 1); tempfile.mktemp(); db.execute('SELECT random()').fetchone()\n"
             "own = random.Random(); own.random()");
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        if (equal_in_forks(box, 0, drawn[i]))
            fail_msg("forks agree on %s", drawn[i]);
        if (!equal_in_forks(box, BJ_SPAWN_TWIN, drawn[i]))
            fail_msg("twins do not agree on %s", drawn[i]);
    }
    bj_sandbox_delete(box);
}

static void what_the_program_seeded_goes_on(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import random; random.seed(7); random.gauss(0, 1); own = random.Random(3)\n"
             "kept = random.Random(); kept.setstate(own.getstate())");
    assert_true(equal_in_forks(
        box, 0, "[random.gauss(0, 1), random.random(), own.random(), kept.random()]"));
    run(box, "random.seed()");
    assert_false(equal_in_forks(box, 0, "random.random()"));
    bj_sandbox_delete(box);
}

/* A fork of a fork in which nothing ran has numbers of its own as well. */
static void forks_of_forks(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import random; random.random()");
    bj_sandbox *fork = must_fork(box, 0);
    assert_false(equal_in_forks(fork, 0, "random.random()"));
    run(fork, "random.random()"); /* which seeds it */
    assert_true(equal_in_forks(fork, BJ_SPAWN_TWIN, "random.random()"));
    bj_sandbox *twin = must_fork(fork, BJ_SPAWN_TWIN);
    assert_true(equal_in(fork, twin, "random.random()"));
    bj_sandbox_delete(box);
}

static void javascript_draws_its_own_numbers(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(javascript, NULL);
    run(box, "Math.random()");
    assert_false(equal_in_forks(box, 0, "Math.random()"));
    assert_true(equal_in_forks(box, BJ_SPAWN_TWIN, "Math.random()"));
    bj_sandbox_delete(box);
}

static void rewinds_draw_new_numbers(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import random; random.random()");
    bj_snapshot *snapshot = must_snapshot(box);
    char *first = value_of(box, "random.random()");
    must_rewind(box, snapshot);
    char *second = value_of(box, "random.random()");
    assert_string_not_equal(first, second);
    assert_int_equal(bj_sandbox_rewind_as(box, snapshot, BJ_SPAWN_TWIN, &err), 0);
    char *third = value_of(box, "random.random()");
    assert_string_equal(first, third);
    assert_int_equal(bj_sandbox_rewind_as(box, snapshot, 64, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    free(first);
    free(second);
    free(third);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void deterministic_forks_are_twins(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.deterministic = true;
    policy.seed = 5;
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "import random; random.random()");
    assert_true(equal_in_forks(box, 0, "random.random()"));
    bj_sandbox_delete(box);
}

/* ---- Arguments and variables. ---- */

static bj_policy policy_with(const char *variable, const char *value, const char *argument)
{
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_env(&policy, variable, value, &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, "tool.py", &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, argument, &err), 0);
    return policy;
}

static const char seen[] =
    "[os.environ.get('API_KEY'), os.getenv('API_KEY'), os.environb.get(b'OTHER', b'').decode(), "
    "os.environ.get('OWN'), sys.argv, sys.orig_argv, globals().get('__file__')]"
    " if hasattr(os, 'environb') else "
    "[os.environ.get('API_KEY'), os.getenv('API_KEY'), os.environ.get('OTHER', ''), "
    "os.environ.get('OWN'), sys.argv, sys.orig_argv, globals().get('__file__')]";

static const char makers[] = "[\"s3cr3t\",\"s3cr3t\",\"\",\"mine\",[\"tool.py\",\"--token=abc\"],"
                             "[\"tool.py\",\"--token=abc\"],\"tool.py\"]";

static void spawned_is(bj_snapshot *snapshot, const bj_policy *policy, unsigned flags,
                       const char *json)
{
    bj_error err;
    bj_sandbox *box = bj_snapshot_spawn_as(snapshot, policy, flags, &err);
    if (!box)
        fail_msg("%s", err.message);
    value_is(box, seen, json);
    /* A fork of it sees what it sees. */
    bj_sandbox *fork = must_fork(box, 0);
    value_is(fork, seen, json);
    bj_sandbox_delete(fork);
    bj_sandbox_delete(box);
}

static const char none_left[] = "[null,null,\"\",\"mine\",[\"\"],[\"\"],null]";
static const char others[] =
    "[null,null,\"theirs\",\"mine\",[\"tool.py\",\"-v\"],[\"tool.py\",\"-v\"],\"tool.py\"]";

static void the_makers_variables_stay_behind(void **state)
{
    (void)state;
    bj_error err;
    bj_policy maker = policy_with("API_KEY", "s3cr3t", "--token=abc"), none;
    bj_policy other = policy_with("OTHER", "theirs", "-v");
    bj_policy_init(&none);
    bj_sandbox *box = must_make(interpreter, &maker);
    run(box, "import os, sys; os.environ['OWN'] = 'mine'");
    bj_snapshot *snapshot = must_snapshot(box);
    spawned_is(snapshot, NULL, 0, makers);
    spawned_is(snapshot, &maker, 0, makers);
    spawned_is(snapshot, &none, 0, none_left);
    spawned_is(snapshot, &other, 0, others);
    spawned_is(snapshot, &none, BJ_SPAWN_KEEP_ENVIRONMENT, makers);

    /* In a sandbox that keeps them they are not the policy's: the next one under that policy has none. */
    bj_sandbox *kept = bj_snapshot_spawn_as(snapshot, &none, BJ_SPAWN_KEEP_ENVIRONMENT, &err);
    assert_non_null(kept);
    bj_snapshot *of_kept = must_snapshot(kept);
    spawned_is(of_kept, NULL, 0, makers);
    spawned_is(of_kept, &none, 0, none_left);
    must_rewind(kept, of_kept);
    value_is(kept, seen, makers);
    bj_snapshot_delete(of_kept);
    bj_sandbox_delete(kept);

    /* A sandbox of another policy that is taken to it keeps its own. */
    bj_sandbox *another = must_make(interpreter, &other);
    must_rewind(another, snapshot);
    value_is(another, seen, others);
    bj_sandbox_delete(another);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    bj_policy_clear(&maker);
    bj_policy_clear(&other);
}

static void nor_do_they_come_with_a_file(void **state)
{
    (void)state;
    bj_error err;
    char path[64] = "/tmp/belljar-renew-XXXXXX";
    close(mkstemp(path));
    bj_policy maker = policy_with("API_KEY", "s3cr3t", "--token=abc"), none;
    bj_policy_init(&none);
    bj_sandbox *box = must_make(interpreter, &maker);
    run(box, "import os, sys; os.environ['OWN'] = 'mine'");
    bj_snapshot *snapshot = must_snapshot(box);
    assert_int_equal(bj_snapshot_save(snapshot, path, &err), 0);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    assert_non_null(snapshot);
    spawned_is(snapshot, &none, 0, none_left);
    spawned_is(snapshot, &none, BJ_SPAWN_KEEP_ENVIRONMENT, makers);
    bj_snapshot_delete(snapshot);
    bj_policy_clear(&maker);
    unlink(path);
}

/* What the program removed or changed itself is no trouble. */
static void variables_that_the_program_changed(void **state)
{
    (void)state;
    bj_policy maker = policy_with("API_KEY", "s3cr3t", "x"), other = policy_with("OTHER", "o", "x");
    bj_sandbox *box = must_make(interpreter, &maker);
    run(box, "import os, sys; del os.environ['API_KEY'], __file__; os.environ['OTHER'] = 'own'\n"
             "os.environ['OWN'] = 'mine'; sys.argv = 5");
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox *again = must_spawn(snapshot, &other);
    value_is(again, "[dict(os.environ), sys.argv]", "[{\"OTHER\":\"o\",\"OWN\":\"mine\"},5]");
    bj_sandbox_delete(again);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    bj_policy_clear(&maker);
    bj_policy_clear(&other);
}

static void the_same_of_javascript(void **state)
{
    (void)state;
    bj_policy maker = policy_with("API_KEY", "s3cr3t", "--token=abc"), none;
    bj_policy other = policy_with("OTHER", "theirs", "-v");
    bj_policy_init(&none);
    bj_sandbox *box = must_make(javascript, &maker);
    run(box, "let std; import('std').then(m => { std = m; std.setenv('OWN', 'mine') })");
    static const char source[] = "[std.getenviron(), scriptArgs]";
    const struct {
        const bj_policy *policy;
        unsigned flags;
        const char *json;
    } cases[] = {
        {NULL, 0, "[{\"API_KEY\":\"s3cr3t\",\"OWN\":\"mine\"},[\"tool.py\",\"--token=abc\"]]"},
        {&none, 0, "[{\"OWN\":\"mine\"},[]]"},
        {&other, 0, "[{\"OWN\":\"mine\",\"OTHER\":\"theirs\"},[\"tool.py\",\"-v\"]]"},
        {&none, BJ_SPAWN_KEEP_ENVIRONMENT,
         "[{\"API_KEY\":\"s3cr3t\",\"OWN\":\"mine\"},[\"tool.py\",\"--token=abc\"]]"},
    };
    bj_snapshot *snapshot = must_snapshot(box);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bj_error err;
        bj_sandbox *spawn = bj_snapshot_spawn_as(snapshot, cases[i].policy, cases[i].flags, &err);
        assert_non_null(spawn);
        value_is(spawn, source, cases[i].json);
        bj_sandbox_delete(spawn);
    }
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    bj_policy_clear(&maker);
    bj_policy_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks_draw_their_own_numbers),
        cmocka_unit_test(what_the_program_seeded_goes_on),
        cmocka_unit_test(forks_of_forks),
        cmocka_unit_test(javascript_draws_its_own_numbers),
        cmocka_unit_test(rewinds_draw_new_numbers),
        cmocka_unit_test(deterministic_forks_are_twins),
        cmocka_unit_test(the_makers_variables_stay_behind),
        cmocka_unit_test(nor_do_they_come_with_a_file),
        cmocka_unit_test(variables_that_the_program_changed),
        cmocka_unit_test(the_same_of_javascript),
    };
    return cmocka_run_group_tests_name("what a spawn has of its own", tests, begin, end);
}
