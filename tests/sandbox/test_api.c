/*
 * test_api.c: what belljar.h promises of each function: its errors, what NULL does, who owns what, what
 * order things may be deleted in, which threads may do what.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "javascript");
}

/* A command that copies stdin to stdout, and one that does nothing. */
static const char cat[] =
    "(module (import \"wasi_snapshot_preview1\" \"fd_read\""
    " (func $read (param i32 i32 i32 i32) (result i32)))"
    " (import \"wasi_snapshot_preview1\" \"fd_write\""
    " (func $write (param i32 i32 i32 i32) (result i32))) (memory (export \"memory\") 1)"
    " (func (export \"_start\") (i32.store (i32.const 0) (i32.const 1024)) (loop"
    "  (i32.store (i32.const 4) (i32.const 4096))"
    "  (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)) (then unreachable))"
    "  (if (i32.load (i32.const 4)) (then"
    "   (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))"
    "    (then unreachable)) (br 1))))))";
static const char nothing[] = "(module (func (export \"_start\")))";

/* ---- A folder of the host for a test. ---- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/belljar-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_file(const char *path, const char *content)
{
    char bytes[256];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = 0;
    fclose(file);
    assert_string_equal(bytes, content);
}

/* ---- NULL, versions, sizes. ---- */

static void delete_of_null_does_nothing(void **state)
{
    (void)state;
    bj_engine_delete(NULL);
    bj_runtime_delete(NULL);
    bj_sandbox_delete(NULL);
    bj_receipt_delete(NULL);
    bj_free(NULL);
}

static void errors_may_be_null(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    assert_null(bj_runtime_from_bytes(engine, "x", 1, "x", NULL));
    assert_null(bj_runtime_open(engine, "/nowhere/at/all.wasm", NULL));
    assert_int_equal(bj_policy_grant_dir(&policy, "", "", BJ_READ_ONLY, NULL), -1);
    policy.wall_ms = 0;
    assert_int_equal(bj_policy_check(&policy, NULL), -1);
    assert_null(bj_sandbox_new(interpreter, &policy, NULL));
}

static void errors_are_written_by_failures_only(void **state)
{
    (void)state;
    bj_error err, before;
    memset(&err, 0x5a, sizeof err);
    before = err;
    bj_policy policy;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_check(&policy, &err), 0);
    bj_runtime *runtime = bj_runtime_from_bytes(engine, nothing, strlen(nothing), "n", &err);
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    bj_receipt_delete(bj_sandbox_run(box, &err));
    assert_memory_equal(&err, &before, sizeof err);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

static void the_linked_version_is_the_headers(void **state)
{
    (void)state;
    assert_string_equal(bj_version(), BJ_VERSION);
    assert_int_equal(bj_version_number(), BJ_VERSION_NUMBER);
    bj_free(NULL);
}

/* What larger ones are, tests/abi shows with programs of other releases. */
static void structs_that_are_too_small_are_refused(void **state)
{
    (void)state;
    bj_engine_options options;
    bj_error err = {0};
    bj_engine_options_init(&options);
    assert_int_equal(options.size, sizeof options);
    assert_int_equal(options.max_sandboxes, 1000);
    assert_true(options.max_module_bytes == 256 << 20);
    options.size--;
    assert_null(bj_engine_new(&options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    options = (bj_engine_options){0};
    assert_null(bj_engine_new(&options, &err));
    bj_policy policy;
    bj_policy_init(&policy);
    policy.size--;
    err = (bj_error){0};
    assert_null(bj_sandbox_new(interpreter, &policy, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
}

static void as_much_usage_is_filled_as_the_caller_knows(void **state)
{
    (void)state;
    bj_receipt *receipt = eval_fresh(NULL, "print('x')");
    struct {
        bj_usage usage;
        char beyond[16];
    } old;
    memset(&old, 0x5a, sizeof old);
    old.usage.size = offsetof(bj_usage, wall_ns);
    bj_receipt_usage(receipt, &old.usage);
    assert_int_equal(old.usage.size, offsetof(bj_usage, wall_ns));
    assert_true(old.usage.wall_ns == UINT64_C(0x5a5a5a5a5a5a5a5a));
    old.usage.size = sizeof old.usage + 16; /* of a newer header */
    bj_receipt_usage(receipt, &old.usage);
    assert_int_equal(old.usage.size, sizeof old.usage);
    assert_true(old.usage.wall_ns > 0 && old.usage.output_bytes == 2);
    assert_int_equal(old.beyond[0], 0); /* what this library does not know is zero */
    old.beyond[0] = 1;
    old.usage.size = 0;
    bj_receipt_usage(receipt, &old.usage);
    assert_int_equal(old.beyond[0], 1);
    bj_receipt_delete(receipt);
}

/* ---- Engines and runtimes. ---- */

static void engines_are_described(void **state)
{
    (void)state;
    char *description = bj_engine_describe(engine);
    assert_non_null(description);
    static const char *const keys[] = {"\"version\"",      "\"wasmtime\"",      "\"allocation\"",
                                       "\"pagemap_scan\"", "\"max_sandboxes\"", "\"cache\"",
                                       "\"guests\"",       "\"cpu\"",           "\"kernel\""};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_non_null(strstr(description, keys[i]));
    check_json(description);
}

static void expect_no_runtime(const char *name, bj_error_code code)
{
    bj_error err = {0};
    assert_null(bj_runtime_open(engine, name, &err));
    check_error(&err);
    if (err.code != code)
        fail_msg("%s: error %d, %s", name, err.code, err.message);
}

static void files_that_are_no_modules_are_refused(void **state)
{
    (void)state;
    write_file(in_folder("empty.wasm"), "");
    write_file(in_folder("text.wasm"), "hello");
    expect_no_runtime(in_folder("missing.wasm"), BJ_ERROR_IO);
    expect_no_runtime(folder, BJ_ERROR_IO);
    expect_no_runtime("", BJ_ERROR_IO);
    expect_no_runtime("/dev/zero", BJ_ERROR_IO);
    expect_no_runtime(in_folder("empty.wasm"), BJ_ERROR_MODULE);
    expect_no_runtime(in_folder("text.wasm"), BJ_ERROR_MODULE);
    assert_int_equal(mkfifo(in_folder("pipe.wasm"), 0600), 0);
    expect_no_runtime(in_folder("pipe.wasm"), BJ_ERROR_IO);
    int large = open(in_folder("large.wasm"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(large, (off_t)1 << 30), 0);
    close(large);
    expect_no_runtime(in_folder("large.wasm"), BJ_ERROR_MODULE);
    assert_int_equal(symlink("loop.wasm", in_folder("loop.wasm")), 0);
    expect_no_runtime(in_folder("loop.wasm"), BJ_ERROR_IO);
}

static void a_file_of_text_or_bytes_is_opened(void **state)
{
    (void)state;
    bj_error err;
    write_file(in_folder("nothing.wat"), nothing);
    bj_runtime *runtime = bj_runtime_open(engine, in_folder("nothing.wat"), &err);
    assert_non_null(runtime);
    assert_int_equal(bj_runtime_get_kind(runtime), BJ_RUNTIME_COMMAND);
    bj_runtime_delete(runtime);
}

static void a_guest_that_is_missing_is_said_to_be(void **state)
{
    (void)state;
    bj_engine_options options;
    bj_error err = {0};
    bj_engine_options_init(&options);
    options.max_sandboxes = 1;
    options.cache_dir = "";
    options.guest_dir = folder;
    bj_engine *without = bj_engine_new(&options, &err);
    assert_non_null(without);
    assert_null(bj_runtime_open(without, "python", &err));
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_non_null(strstr(err.message, "BELLJAR_GUESTS"));
    bj_engine_delete(without);
}

static void the_bytes_of_a_module_are_copied(void **state)
{
    (void)state;
    bj_error err;
    char *bytes = strdup(nothing), *name = strdup("name");
    bj_runtime *runtime = bj_runtime_from_bytes(engine, bytes, strlen(bytes), name, &err);
    memset(bytes, 'x', strlen(bytes));
    memset(name, 'x', 4);
    free(bytes);
    free(name);
    char *description = bj_runtime_describe(runtime);
    assert_non_null(strstr(description, "\"name\": \"name\""));
    assert_non_null(strstr(description, "\"kind\": \"command\""));
    bj_free(description);
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 1000; /* compiled from the copy */
    bj_sandbox *box = must_make(runtime, &policy);
    expect_exit(bj_sandbox_run(box, &err), 0);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

static void each_kind_of_runtime_has_its_verb(void **state)
{
    (void)state;
    bj_error err = {0};
    assert_int_equal(bj_runtime_get_kind(interpreter), BJ_RUNTIME_INTERPRETER);
    bj_sandbox *box = must_make(interpreter, NULL);
    assert_null(bj_sandbox_run(box, &err));
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    expect_outcome(must_eval(box, "1"), BJ_OUTCOME_OK); /* asking wrongly does not end it */
    assert_false(bj_sandbox_has_ended(box));
    bj_sandbox_delete(box);
}

static void more_sandboxes_than_the_engine_was_made_for_are_refused(void **state)
{
    enum { MOST = 24 }; /* as the engine of the harness was made for */
    (void)state;
    bj_sandbox *boxes[MOST];
    bj_policy policy;
    bj_error err = {0};
    bj_policy_init(&policy);
    for (int i = 0; i < MOST; i++)
        boxes[i] = must_make(interpreter, NULL);
    assert_null(bj_sandbox_new(interpreter, &policy, &err));
    check_error(&err);
    assert_non_null(strstr(err.message, "24 sandboxes are alive"));
    bj_sandbox_delete(boxes[MOST - 1]);
    boxes[MOST - 1] = must_make(interpreter, NULL);
    for (int i = 0; i < MOST; i++)
        expect_outcome(must_eval(boxes[i], "1"), BJ_OUTCOME_OK);
    for (int i = 0; i < MOST; i++)
        bj_sandbox_delete(boxes[i]);
}

/* ---- Policies. ---- */

static void the_policy_is_copied(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    char value[] = "granted";
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_env(&policy, "NAME", value, &err), 0);
    assert_int_equal(bj_policy_grant_stdin(&policy, value, 7, &err), 0);
    memset(value, 'x', 7);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_policy_clear(&policy);
    bj_policy_clear(&policy);
    expect_output(must_eval(box, "print(std.getenv('NAME'), std.in.readAsString())"),
                  "granted granted\n");
    bj_sandbox_delete(box);
}

static void nothing_is_granted_by_default(void **state)
{
    (void)state;
    expect_output(eval_fresh(NULL, "print(JSON.stringify(std.getenviron()), scriptArgs.length,"
                                   " std.in.getline(), os.readdir('/work')[0].length)"),
                  "{} 0 null 2\n");
}

static void env_and_args_arrive_as_given(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_env(&policy, "A", "1", &err), 0);
    assert_int_equal(bj_policy_grant_env(&policy, "B", "=\n\xe2\x82\xac", &err), 0);
    assert_int_equal(bj_policy_grant_env(&policy, "A", "2", &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, "program", &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, "", &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, "two words", &err), 0);
    expect_output(eval_fresh(&policy, "print(JSON.stringify(std.getenviron()),"
                                      " JSON.stringify(scriptArgs))"),
                  "{\"A\":\"2\",\"B\":\"=\\n\xe2\x82\xac\"} [\"program\",\"\",\"two words\"]\n");
    bj_policy_clear(&policy);
}

static bj_receipt *run_cat(const bj_policy *policy)
{
    return must_run(cat, policy);
}

static void stdin_is_bytes_or_a_descriptor(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    expect_output(run_cat(&policy), "");
    assert_int_equal(bj_policy_grant_stdin(&policy, "a\0b", 3, &err), 0);
    bj_receipt *receipt = run_cat(&policy);
    size_t size;
    assert_memory_equal(bj_receipt_stdout(receipt, &size), "a\0b", 4);
    assert_int_equal(size, 3);
    bj_receipt_delete(receipt);

    /* From where it stands, and not closed. */
    write_file(in_folder("input"), "0123456789");
    int fd = open(in_folder("input"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, fd, &err), 0);
    expect_output(run_cat(&policy), "456789");
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 10);
    expect_output(run_cat(&policy), "");
    close(fd);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "through a pipe", 14), 14);
    close(ends[1]);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, ends[0], &err), 0);
    expect_output(run_cat(&policy), "through a pipe");
    assert_true(fcntl(ends[0], F_GETFD) >= 0);
    close(ends[0]);
    assert_int_equal(bj_policy_grant_stdin(&policy, NULL, 0, &err), 0);
    expect_output(run_cat(&policy), "");
    bj_policy_clear(&policy);
}

static void impossible_grants_are_refused(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err = {0};
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_dir(&policy, "/tmp", "relative", BJ_READ_ONLY, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(bj_policy_grant_env(&policy, "A=B", "", &err), -1);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, -1, &err), -1);
    /* A directory is looked at when the sandbox is made. */
    assert_int_equal(bj_policy_grant_dir(&policy, in_folder("none"), "/data", BJ_READ_ONLY, &err),
                     0);
    err = (bj_error){0};
    assert_null(bj_sandbox_new(interpreter, &policy, &err));
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(err.sys_errno, ENOENT);
    bj_policy_clear(&policy);
    write_file(in_folder("file"), "");
    assert_int_equal(bj_policy_grant_dir(&policy, in_folder("file"), "/data", BJ_READ_ONLY, &err),
                     0);
    assert_null(bj_sandbox_new(interpreter, &policy, &err));
    assert_int_equal(err.code, BJ_ERROR_IO);
    bj_policy_clear(&policy);
}

/* ---- Directories. ---- */

static void a_granted_directory_is_read_only_and_a_dead_end(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(mkdir(in_folder("data"), 0700), 0);
    assert_int_equal(mkdir(in_folder("data/sub"), 0700), 0);
    write_file(in_folder("data/a.txt"), "granted");
    write_file(in_folder("data/sub/b.txt"), "below");
    write_file(in_folder("secret"), "secret");
    assert_int_equal(symlink("../secret", in_folder("data/out")), 0);
    assert_int_equal(symlink("/etc/passwd", in_folder("data/absolute")), 0);
    assert_int_equal(symlink("..", in_folder("data/up")), 0);
    assert_int_equal(symlink("sub/../../secret", in_folder("data/around")), 0);
    assert_int_equal(symlink("sub/b.txt", in_folder("data/inside")), 0);
    assert_int_equal(symlink("loop", in_folder("data/loop")), 0);
    assert_int_equal(bj_policy_grant_dir(&policy, in_folder("data"), "/data", BJ_READ_ONLY, &err),
                     0);
    bj_sandbox *box = must_make(interpreter, &policy);
    expect_output(must_eval(box,
                            "print(std.loadFile('/data/a.txt'), std.loadFile('/data/sub/b.txt'),"
                            " std.loadFile('/data/inside'), std.loadFile('/data/sub/../a.txt'))"),
                  "granted below below granted\n");
    expect_output(
        must_eval(box, "print(['out', 'absolute', 'up/secret', 'around', 'loop', '../secret',"
                       " 'sub/../../secret', 'out/', 'up/data/a.txt', 'a.txt/', 'sub/../up/secret']"
                       ".map(name => std.loadFile('/data/' + name)).join())"),
        ",,,,,,,,,,\n");
    expect_output(
        must_eval(box, "print([os.open('/data/new', os.O_CREAT | os.O_RDWR),"
                       " os.open('/data/a.txt', os.O_RDWR), os.open('/data/a.txt', os.O_WRONLY),"
                       " os.open('/data/a.txt', os.O_RDONLY | os.O_TRUNC),"
                       " os.remove('/data/a.txt'), os.rename('/data/a.txt', '/data/c.txt'),"
                       " os.rename('/data/a.txt', '/work/a.txt'), os.mkdir('/data/dir'),"
                       " os.remove('/data/sub'), os.utimes('/data/a.txt', 1, 1)]"
                       ".every(result => result < 0))"),
        "true\n");
    bj_sandbox_delete(box);
    expect_file(in_folder("data/a.txt"), "granted");
    assert_int_equal(access(in_folder("data/new"), F_OK), -1);
    bj_policy_clear(&policy);
}

static void a_link_that_is_swapped_in_later_leads_nowhere(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    assert_int_equal(mkdir(in_folder("swap"), 0700), 0);
    assert_int_equal(mkdir(in_folder("swap/sub"), 0700), 0);
    write_file(in_folder("swap/sub/name"), "before");
    assert_int_equal(mkdir(in_folder("other"), 0700), 0);
    write_file(in_folder("other/name"), "outside");
    assert_int_equal(bj_policy_grant_dir(&policy, in_folder("swap"), "/data", BJ_READ_ONLY, &err),
                     0);
    bj_sandbox *box = must_make(interpreter, &policy);
    expect_output(must_eval(box, "print(std.loadFile('/data/sub/name'))"), "before\n");
    assert_int_equal(rename(in_folder("swap/sub"), in_folder("swap/was")), 0);
    assert_int_equal(symlink("../other", in_folder("swap/sub")), 0);
    expect_output(must_eval(box, "print(std.loadFile('/data/sub/name'))"), "null\n");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void copying_out_writes_files_below_the_folder_only(void **state)
{
    (void)state;
    bj_error err = {0};
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box,
                             "os.mkdir('/work/d'); std.writeFile('/work/d/x', 'new x');"
                             "std.writeFile('/work/y', 'new y'); std.writeFile('/work/z', '')"),
                   BJ_OUTCOME_OK);
    /* What lies there already: a file, a link to outside, and a link in the place of a directory. */
    assert_int_equal(mkdir(in_folder("out"), 0700), 0);
    write_file(in_folder("precious"), "old");
    assert_int_equal(symlink("../precious", in_folder("out/y")), 0);
    write_file(in_folder("out/z"), "old z");
    write_file(in_folder("out/stays"), "stays");
    assert_int_equal(bj_sandbox_copy_out(box, "/work", in_folder("out"), &err), 3);
    expect_file(in_folder("out/d/x"), "new x");
    expect_file(in_folder("out/y"), "new y");
    expect_file(in_folder("out/z"), "");
    expect_file(in_folder("out/stays"), "stays");
    expect_file(in_folder("precious"), "old");
    struct stat status;
    assert_int_equal(lstat(in_folder("out/y"), &status), 0);
    assert_true(S_ISREG(status.st_mode));

    assert_int_equal(mkdir(in_folder("trap"), 0700), 0);
    assert_int_equal(mkdir(in_folder("aim"), 0700), 0);
    assert_int_equal(symlink("../aim", in_folder("trap/d")), 0);
    assert_int_equal(bj_sandbox_copy_out(box, "/work", in_folder("trap"), &err), -1);
    check_error(&err);
    assert_int_equal(access(in_folder("aim/x"), F_OK), -1);

    assert_int_equal(bj_sandbox_copy_out(box, "/nowhere", in_folder("out"), &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(bj_sandbox_copy_out(box, "/work/y", in_folder("out"), &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(bj_sandbox_copy_out(box, "/work", in_folder("precious"), &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(bj_sandbox_copy_out(box, "/work/d", in_folder("made"), &err), 1);
    expect_file(in_folder("made/x"), "new x");
    bj_sandbox_delete(box);
}

static void what_a_guest_left_can_be_copied_out_after_its_end(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 300;
    bj_sandbox *box = must_make(interpreter, &policy);
    expect_limit(must_eval(box, "std.writeFile('/work/left', 'behind'); for (;;);"), "timeout");
    assert_true(bj_sandbox_has_ended(box));
    assert_int_equal(bj_sandbox_copy_out(box, "/work", in_folder("left"), &err), 1);
    expect_file(in_folder("left/left"), "behind");
    bj_sandbox_delete(box);
}

/* ---- Receipts. ---- */

static void receipts_outlive_their_sandbox(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt *first = must_eval(box, "print('one'); console.error('two'); null.x");
    bj_receipt *second = must_eval(box, "print('three')");
    bj_sandbox_delete(box);
    size_t size;
    assert_string_equal(bj_receipt_stdout(first, &size), "one\n");
    assert_int_equal(size, 4);
    assert_memory_equal(bj_receipt_stderr(first, NULL), "two\n", 4);
    assert_string_equal(bj_receipt_error_type(first), "TypeError");
    assert_non_null(bj_receipt_error_message(first));
    assert_non_null(bj_receipt_error_traceback(first));
    assert_null(bj_receipt_limit_name(first));
    assert_int_equal(bj_receipt_exit_code(first), 1);
    expect_error(first, "TypeError");
    assert_null(bj_receipt_error_type(second));
    assert_null(bj_receipt_error_message(second));
    assert_null(bj_receipt_error_traceback(second));
    assert_string_equal(bj_receipt_stderr(second, &size), "");
    assert_int_equal(size, 0);
    expect_output(second, "three\n");
}

static void a_description_is_utf8_whatever_was_written(void **state)
{
    (void)state;
    bj_receipt *receipt =
        eval_fresh(NULL, "for (let i = 0; i < 256; i++) std.out.putByte(i); std.out.flush()");
    size_t size;
    bj_receipt_stdout(receipt, &size);
    assert_int_equal(size, 256);
    char *description = bj_receipt_describe(receipt);
    assert_non_null(strstr(description, "\"stdout\": \"\\u0000\\u0001"));
    assert_non_null(strstr(description, "\xef\xbf\xbd"));
    check_json(description);
    bj_receipt_delete(receipt);
}

static void usage_is_of_one_eval(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 1000000000;
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_usage long_one = {.size = sizeof long_one}, short_one = {.size = sizeof short_one};
    bj_receipt_delete(must_eval(box, "1"));
    bj_receipt *receipt = must_eval(box, "for (let i = 0; i < 1e5; i++); print('x'.repeat(1000));"
                                         "std.writeFile('/work/f', 'x'.repeat(500))");
    bj_receipt_usage(receipt, &long_one);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "1");
    bj_receipt_usage(receipt, &short_one);
    bj_receipt_delete(receipt);
    assert_true(long_one.fuel_known && long_one.fuel > 10 * short_one.fuel && short_one.fuel > 0);
    assert_true(long_one.output_bytes == 1001 && short_one.output_bytes == 0);
    assert_true(long_one.file_bytes_written == 500 && short_one.file_bytes_written == 0);
    assert_true(long_one.host_calls > short_one.host_calls);
    assert_true(long_one.wall_ns > 0 && long_one.cpu_ns > 0);
    assert_true(short_one.memory_peak_bytes >= 65536);
    bj_sandbox_delete(box);
}

static void fuel_is_the_same_every_time(void **state)
{
    (void)state;
    uint64_t fuel[2];
    for (int i = 0; i < 2; i++) {
        bj_policy policy;
        bj_policy_init(&policy);
        policy.fuel = 1000000;
        bj_receipt *receipt = run_cat(&policy);
        bj_usage usage = {.size = sizeof usage};
        bj_receipt_usage(receipt, &usage);
        fuel[i] = usage.fuel;
        bj_receipt_delete(receipt);
    }
    assert_true(fuel[0] == fuel[1] && fuel[0] > 100);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_OK), "ok");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_EXIT), "exit");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_ERROR), "error");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_LIMIT), "limit");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_TRAP), "trap");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_INTERRUPTED), "interrupted");
    assert_string_equal(bj_outcome_name(BJ_OUTCOME_INCOMPLETE), "incomplete");
    assert_non_null(bj_outcome_name((bj_outcome)99));
    assert_non_null(bj_outcome_name((bj_outcome)-1));
}

static void at_a_prompt_values_are_printed_and_incomplete_source_is_said_to_be(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_output(bj_sandbox_eval_as(box, "6 * 7", 5, BJ_EVAL_INTERACTIVE, &err), "42\n");
    expect_outcome(bj_sandbox_eval_as(box, "f(", 2, BJ_EVAL_INTERACTIVE, &err),
                   BJ_OUTCOME_INCOMPLETE);
    expect_error(bj_sandbox_eval_as(box, "f(", 2, 0, &err), "SyntaxError");
    expect_outcome(bj_sandbox_eval_as(box, "await 1; export {}", 18, BJ_EVAL_MODULE, &err),
                   BJ_OUTCOME_OK);
    expect_output(must_eval(box, "6 * 7"), "");
    bj_sandbox_delete(box);
}

/* ---- Output as it comes. ---- */

typedef struct listener {
    text heard;
    pthread_t thread;
    bool elsewhere;
    unsigned pieces;
    int pipe_fd; /* where what the guest waits for is written, once it asked for it */
} listener;

static void listen_to(void *user, bj_stream stream, const char *bytes, size_t size)
{
    listener *l = user;
    text_add(&l->heard, "%s:", stream == BJ_STDOUT ? "out" : "err");
    text_add_bytes(&l->heard, bytes, size);
    l->elsewhere |= !pthread_equal(l->thread, pthread_self());
    l->pieces++;
    if (l->pipe_fd > 0 && l->pieces == 1)
        assert_int_equal(write(l->pipe_fd, "answer\n", 7), 7);
}

static void output_is_handed_out_in_order_on_the_callers_thread_and_kept(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    listener l = {.thread = pthread_self()};
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_on_output(&policy, listen_to, &l, &err), 0);
    expect_output(eval_fresh(&policy, "print('a'); console.error('b'); print('c')"), "a\nc\n");
    assert_string_equal(l.heard.bytes, "out:a\nerr:b\nout:c\n");
    assert_false(l.elsewhere);
    text_free(&l.heard);
    bj_policy_clear(&policy);
}

static void output_is_handed_out_before_the_guest_goes_on(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    int ends[2];
    listener l = {.thread = pthread_self()};
    bj_policy_init(&policy);
    policy.wall_ms = 10000;
    assert_int_equal(pipe(ends), 0);
    l.pipe_fd = ends[1];
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, ends[0], &err), 0);
    assert_int_equal(bj_policy_on_output(&policy, listen_to, &l, &err), 0);
    /* It would wait for ever if the question came only with the receipt. */
    expect_output(eval_fresh(&policy, "print('question'); print(std.in.getline())"),
                  "question\nanswer\n");
    close(ends[0]);
    close(ends[1]);
    text_free(&l.heard);
    bj_policy_clear(&policy);
}

static void output_beyond_the_limit_is_not_handed_out(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    listener l = {.thread = pthread_self()};
    bj_policy_init(&policy);
    policy.output_bytes = 10;
    assert_int_equal(bj_policy_on_output(&policy, listen_to, &l, &err), 0);
    expect_limit(eval_fresh(&policy, "print('0123456789abcdef')"), "output-limit");
    assert_string_equal(l.heard.bytes, "out:0123456789");
    text_free(&l.heard);
    bj_policy_clear(&policy);
}

/* ---- Threads and signals. ---- */

static void *use_sandboxes(void *failed)
{
    for (int i = 0; i < 20; i++) {
        char source[64], wanted[16];
        bj_error err;
        bj_policy policy;
        bj_policy_init(&policy);
        policy.wall_ms = i % 5 == 4 ? 20 : 30000;
        bj_sandbox *box = bj_sandbox_new(interpreter, &policy, &err);
        snprintf(source, sizeof source, i % 5 == 4 ? "for (;;);" : "print(%d * 2)", i);
        snprintf(wanted, sizeof wanted, "%d\n", i * 2);
        bj_receipt *receipt = box ? bj_sandbox_eval(box, source, strlen(source), &err) : NULL;
        bool as_wanted =
            receipt && (i % 5 == 4 ? bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT
                                   : strcmp(bj_receipt_stdout(receipt, NULL), wanted) == 0);
        if (!as_wanted)
            *(int *)failed += 1;
        bj_receipt_delete(receipt);
        bj_sandbox_delete(box);
    }
    return NULL;
}

static void threads_share_a_runtime(void **state)
{
    (void)state;
    pthread_t threads[4];
    int failed[4] = {0};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_sandboxes, &failed[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
}

static void *eval_elsewhere(void *box)
{
    return must_eval(box, "x + 1; print(x)");
}

static void a_sandbox_may_move_from_thread_to_thread(void **state)
{
    (void)state;
    pthread_t thread;
    void *receipt;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "var x = 41"), BJ_OUTCOME_OK);
    assert_int_equal(pthread_create(&thread, NULL, eval_elsewhere, box), 0);
    pthread_join(thread, &receipt);
    expect_output(receipt, "41\n");
    bj_sandbox_delete(box);
}

static bj_sandbox *signalled;

static void on_alarm(int number)
{
    (void)number;
    bj_sandbox_interrupt(signalled);
}

static void an_interrupt_may_come_from_a_signal_handler(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_alarm}, before;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    static const char *const sources[] = {"for (;;);", "os.sleep(1e8)"};
    for (size_t i = 0; i < 2; i++) {
        signalled = must_make(interpreter, NULL);
        expect_outcome(must_eval(signalled, "1"), BJ_OUTCOME_OK);
        alarm(1);
        expect_outcome(must_eval(signalled, sources[i]), BJ_OUTCOME_INTERRUPTED);
        assert_true(bj_sandbox_has_ended(signalled));
        bj_sandbox_delete(signalled);
    }
    sigaction(SIGALRM, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delete_of_null_does_nothing),
        cmocka_unit_test(errors_may_be_null),
        cmocka_unit_test(errors_are_written_by_failures_only),
        cmocka_unit_test(the_linked_version_is_the_headers),
        cmocka_unit_test(structs_that_are_too_small_are_refused),
        cmocka_unit_test(as_much_usage_is_filled_as_the_caller_knows),
        cmocka_unit_test(engines_are_described),
        cmocka_unit_test_setup_teardown(files_that_are_no_modules_are_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_of_text_or_bytes_is_opened, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_guest_that_is_missing_is_said_to_be, make_folder,
                                        remove_folder),
        cmocka_unit_test(the_bytes_of_a_module_are_copied),
        cmocka_unit_test(each_kind_of_runtime_has_its_verb),
        cmocka_unit_test(more_sandboxes_than_the_engine_was_made_for_are_refused),
        cmocka_unit_test(the_policy_is_copied),
        cmocka_unit_test(nothing_is_granted_by_default),
        cmocka_unit_test(env_and_args_arrive_as_given),
        cmocka_unit_test_setup_teardown(stdin_is_bytes_or_a_descriptor, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(impossible_grants_are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_granted_directory_is_read_only_and_a_dead_end,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_link_that_is_swapped_in_later_leads_nowhere, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(copying_out_writes_files_below_the_folder_only, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(what_a_guest_left_can_be_copied_out_after_its_end,
                                        make_folder, remove_folder),
        cmocka_unit_test(receipts_outlive_their_sandbox),
        cmocka_unit_test(a_description_is_utf8_whatever_was_written),
        cmocka_unit_test(usage_is_of_one_eval),
        cmocka_unit_test(fuel_is_the_same_every_time),
        cmocka_unit_test(outcomes_have_names),
        cmocka_unit_test(at_a_prompt_values_are_printed_and_incomplete_source_is_said_to_be),
        cmocka_unit_test(output_is_handed_out_in_order_on_the_callers_thread_and_kept),
        cmocka_unit_test(output_is_handed_out_before_the_guest_goes_on),
        cmocka_unit_test(output_beyond_the_limit_is_not_handed_out),
        cmocka_unit_test(threads_share_a_runtime),
        cmocka_unit_test(a_sandbox_may_move_from_thread_to_thread),
        cmocka_unit_test(an_interrupt_may_come_from_a_signal_handler),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
