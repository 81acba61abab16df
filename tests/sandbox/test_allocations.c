/*
 * test_allocations.c: every allocation of the library's own code fails once, while sandboxes are made, run, forked, taken back,
 * saved, told about and applied, in pools and by tasks, and while they call tools and open archives. What fails is an error, and the next time it works. The engine's own allocations (Rust) and those of
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
static char path[64], directory[64]; /* a snapshot's file; what the overlay lies over */

static void answers(void *user, bj_tool_call *call)
{
    size_t size;
    const char *arguments = bj_tool_call_arguments(call, &size);
    (void)user;
    bj_tool_call_return(call, arguments, size);
}

static void raises(void *user, bj_tool_call *call)
{
    (void)user;
    bj_tool_call_raise(call, "KeyError", "no such thing");
}

/* Each: whether it succeeded; err is filled where it did not. */
typedef bool (*operation)(bj_sandbox *box, bj_error *err);

/* Whether it ended well; where not, the receipt says why. It is deleted. */
static bool ended_well(bj_receipt *receipt, bj_error *err)
{
    const bool ok = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    if (receipt && !ok) {
        *err = (bj_error){.code = BJ_ERROR_MEMORY};
        snprintf(err->message, sizeof err->message, "%s",
                 bj_outcome_name(bj_receipt_outcome(receipt)));
    }
    bj_receipt_delete(receipt);
    return ok;
}

static bool op_run(bj_sandbox *box, bj_error *err)
{
    (void)box;
    bj_sandbox *made = bj_sandbox_new(command, &policy, err);
    bool ok = ended_well(made ? bj_sandbox_run(made, err) : NULL, err);
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
    return ended_well(bj_sandbox_eval(box, source, strlen(source), err), err);
}

static bool op_describe(bj_sandbox *box, bj_error *err)
{
    static const char source[] =
        "import os\nfor i in range(20): open(f'/work/{i}', 'w').write('y' * i)\n"
        "try: open('/etc/passwd')\nexcept OSError: pass\necho(a=1)\nprint('x' * 1000); [1, 'two']";
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), err);
    char *told = receipt ? bj_receipt_describe(receipt) : NULL;
    bool ok = ended_well(receipt, err) && told;
    if (!ok && err->code == 0) /* it fills in no error */
        *err = (bj_error){.code = BJ_ERROR_MEMORY, .message = "no JSON"};
    if (told && ok)
        assert_non_null(strstr(told, "\"outcome\""));
    bj_free(told);
    return ok;
}

static bool op_tools(bj_sandbox *box, bj_error *err)
{
    static const char source[] =
        "import belljar_tools\nassert echo(a=1, b='x' * 5000)['a'] == 1\n"
        "for wrong in (lambda: echo(a='one'), lambda: fails()):\n"
        "    try: wrong(); raise AssertionError\n"
        "    except (belljar_tools.ToolError, TypeError, ValueError): pass";
    return ended_well(bj_sandbox_eval(box, source, strlen(source), err), err);
}

static bool op_grant_tool(bj_sandbox *box, bj_error *err)
{
    static const char source[] = "from belljar_tools import tools; tools.more(a=1)";
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = "more";
    tool.schema = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}}";
    tool.call = answers;
    return bj_sandbox_grant_tool(box, &tool, err) == 0 &&
           ended_well(bj_sandbox_eval(box, source, strlen(source), err), err) &&
           bj_sandbox_revoke_tool(box, "more", err) == 0;
}

/* Nothing half applied is left, whatever fails. */
static void check_directory(void)
{
    char line[256];
    snprintf(line, sizeof line, "test -z \"$(ls -A %s | grep '[.]tmp$')\"", directory);
    assert_int_equal(system(line), 0);
}

static bool op_commit(bj_sandbox *box, bj_error *err)
{
    static unsigned round;
    char source[256];
    snprintf(source, sizeof source,
             "import os\nos.makedirs('/over/dir/%u')\nopen('/over/dir/%u/f', 'w').write('%u')\n"
             "open('/over/a', 'w').write('%u')\nopen('/over/gone%u', 'w').close()",
             round, round, round, round, round);
    round++;
    bool ok = ended_well(bj_sandbox_eval(box, source, strlen(source), err), err);
    bj_changes *changes = ok ? bj_sandbox_changes(box, "/over", err) : NULL;
    ok = changes != NULL;
    for (size_t i = 0; ok && i < bj_changes_count(changes); i++) {
        bj_file_change change = {.size = sizeof change};
        size_t size;
        assert_true(bj_changes_get(changes, i, &change));
        if (change.type == BJ_FILE) {
            char *bytes = bj_changes_read(changes, i, true, 1000, &size, err);
            ok = bytes != NULL;
            bj_free(bytes);
        }
    }
    ok = ok && (bj_changes_has_more(changes) || bj_changes_count(changes) >= 4);
    bj_changes_delete(changes);
    ok = ok && bj_sandbox_commit(box, "/over", err) >= 4;
    check_directory();
    return ok;
}

static bool op_copy_out(bj_sandbox *box, bj_error *err)
{
    char to[128];
    size_t size;
    snprintf(to, sizeof to, "%s/out", directory);
    bool ok = bj_sandbox_write_file(box, "/work/put", "text", 4, err) == 0;
    char *bytes = ok ? bj_sandbox_read_file(box, "/work/put", 10, &size, err) : NULL;
    char *list = bytes ? bj_sandbox_list_files(box, "/work", err) : NULL;
    ok = list && bj_sandbox_copy_out(box, "/work", to, err) >= 0;
    bj_free(bytes);
    bj_free(list);
    return ok;
}

static bool op_task(bj_sandbox *box, bj_error *err)
{
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 1;
    bj_scheduler *scheduler = bj_scheduler_new(&options, err);
    bj_task *task =
        scheduler ? bj_scheduler_eval(scheduler, 1, box, "echo(a=2)", 9, 0, NULL, NULL, err) : NULL;
    bool ok = task && bj_task_wait(task, UINT64_MAX, err) == 0 &&
              ended_well(bj_task_receipt(task, err), err);
    bj_receipt *receipt = NULL;
    const int here = ok ? bj_task_eval(task, box, "1 + 1", 5, 0, NULL, NULL, &receipt, err) : -1;
    if (here == 1) {
        ok = bj_task_wait(task, UINT64_MAX, err) == 0;
        receipt = bj_task_receipt(task, err);
    }
    ok = here >= 0 && ended_well(receipt, err) && ok;
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
    return ok;
}

static bool op_pool(bj_sandbox *box, bj_error *err)
{
    (void)box;
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.threads = options.warm = 1;
    bj_pool *pool = bj_pool_new(python, &policy, &options, err);
    bj_job *jobs[3] = {NULL};
    bool ok = pool != NULL;
    for (int i = 0; ok && i < 3; i++)
        ok = (jobs[i] = bj_pool_submit(pool, (uint64_t)i, "echo(a=3)", 9, UINT64_MAX, err)) != NULL;
    for (int i = 0; i < 3 && jobs[i]; i++) {
        bj_error why = {0};
        if (!ended_well(bj_job_wait(jobs[i], UINT64_MAX, &why), &why) && ok) {
            *err = why;
            ok = false;
        }
    }
    bj_sandbox *taken = ok ? bj_pool_take(pool, err) : NULL;
    if (taken)
        bj_pool_give(pool, taken);
    for (int i = 0; i < 3; i++)
        bj_job_delete(jobs[i]);
    bj_pool_delete(pool);
    return taken != NULL;
}

static bool op_archive(bj_sandbox *box, bj_error *err)
{
    (void)box;
    static const char source[] =
        "import os; name = '/zip/' + os.listdir('/zip')[0]; open(name, 'rb').read(10)";
    char archive[4096];
    bj_policy made;
    bj_policy_init(&made);
    snprintf(archive, sizeof archive, "%s/python-lib.zip", getenv("BELLJAR_GUESTS"));
    const bool granted = bj_policy_grant_archive(&made, archive, "/zip", err) == 0;
    bj_sandbox *sandbox = granted ? bj_sandbox_new(python, &made, err) : NULL;
    const bool ok =
        ended_well(sandbox ? bj_sandbox_eval(sandbox, source, strlen(source), err) : NULL, err);
    bj_sandbox_delete(sandbox);
    bj_policy_clear(&made);
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
    ok = loaded && bj_snapshot_save(loaded, path, err) == 0;
    bj_sandbox *twin = ok ? bj_snapshot_spawn(loaded, &policy, err) : NULL;
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
} operations[] = {
    {"run", op_run},           {"open", op_open},         {"eval", op_eval},
    {"twins", op_twins},       {"save", op_save},         {"policy", op_policy},
    {"describe", op_describe}, {"tools", op_tools},       {"grant_tool", op_grant_tool},
    {"commit", op_commit},     {"copy_out", op_copy_out}, {"task", op_task},
    {"pool", op_pool},         {"archive", op_archive}};

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
        if (!ok && (err.code == 0 || err.message[0] == 0))
            fail_msg("%s does not say why it failed with allocation %u", operations[i].name, n);
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

static bool grant(const char *name, bj_tool_fn call, bj_error *err)
{
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = name;
    tool.schema = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}}";
    tool.call = call;
    tool.global = true;
    return bj_policy_grant_tool(&policy, &tool, err) == 0;
}

static int begin(void **state)
{
    (void)state;
    bj_error err = {0};
    engine = bj_engine_new(NULL, &err);
    bj_policy_init(&policy);
    strcpy(path, "/tmp/belljar-saved-XXXXXX");
    close(mkstemp(path));
    strcpy(directory, "/tmp/belljar-over-XXXXXX");
    const bool granted = mkdtemp(directory) &&
                         bj_policy_grant_dir(&policy, directory, "/over", BJ_OVERLAY, &err) == 0 &&
                         grant("echo", answers, &err) && grant("fails", raises, &err);
    if (engine && granted) {
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
    char line[128];
    unlink(path);
    snprintf(line, sizeof line, "rm -rf %s", directory);
    assert_int_equal(system(line), 0);
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
