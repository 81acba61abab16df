/*
 * test_programs.c: what is opened twice is the same runtime, unless anything of it has changed; what is opened at once by several is
 * compiled by one. The engine has no folder of compiled modules: it says what it compiles. Runs under ThreadSanitizer too.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static atomic_uint compiled;

static void count_lines(void *user, const char *line)
{
    (void)user;
    compiled += strstr(line, "ompiling") != NULL;
}

static char folder[] = "/tmp/bj-programs-XXXXXX";

static int begin(void **state)
{
    bj_engine_options options;
    bj_error err;
    (void)state;
    bj_engine_options_init(&options);
    options.max_sandboxes = 8;
    options.cache_dir = "";
    options.log = count_lines;
    engine = bj_engine_new(&options, &err);
    return engine && mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return engine_end(state) | (system(command) != 0);
}

/* A command whose exit code is `number`; different ones are different programs. */
static void write_source(text *source, int number)
{
    text_add(source,
             "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
             " (memory (export \"memory\") 1)"
             " (func (export \"_start\") (call $exit (i32.const %d))))",
             number);
}

static bj_runtime *open_number(int number)
{
    bj_error err;
    autotext source = {0};
    write_source(&source, number);
    bj_runtime *runtime = bj_runtime_from_bytes(engine, source.bytes, source.size, "module", &err);
    if (!runtime)
        fail_msg("%s", err.message);
    return runtime;
}

static void write_file(const char *path, int number)
{
    autotext source = {0};
    write_source(&source, number);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(source.bytes, 1, source.size, file), source.size);
    assert_int_equal(fclose(file), 0);
}

static bj_runtime *open_file(const char *path)
{
    bj_error err;
    bj_runtime *runtime = bj_runtime_open(engine, path, &err);
    if (!runtime)
        fail_msg("%s", err.message);
    return runtime;
}

static void exits_with(bj_runtime *runtime, int code)
{
    bj_error err;
    bj_sandbox *box = must_make(runtime, NULL);
    expect_exit(bj_sandbox_run(box, &err), code);
    bj_sandbox_delete(box);
}

static void the_same_bytes_are_the_same_program(void **state)
{
    (void)state;
    bj_error err;
    const unsigned before = compiled;
    bj_runtime *one = open_number(7), *same = open_number(7), *other = open_number(8);
    assert_ptr_equal(one, same);
    assert_ptr_not_equal(one, other);
    assert_int_equal(compiled, before + 2);
    bj_runtime_delete(one);
    exits_with(same, 7); /* each has his own */
    bj_runtime_delete(same);
    bj_runtime *again = open_number(7);
    assert_int_equal(compiled, before + 2);
    autotext source = {0};
    write_source(&source, 7);
    bj_runtime *named = bj_runtime_from_bytes(engine, source.bytes, source.size, "another", &err);
    assert_ptr_not_equal(named, again); /* messages name it */
    bj_runtime_delete(named);
    bj_runtime_delete(again);
    bj_runtime_delete(other);
}

static void a_file_is_known_by_what_it_is(void **state)
{
    (void)state;
    char path[64], moved[64];
    struct stat before;
    snprintf(path, sizeof path, "%s/a.wat", folder);
    snprintf(moved, sizeof moved, "%s/b.wat", folder);
    write_file(path, 1);
    usleep(1200000); /* its times tell of the next change */
    bj_runtime *one = open_file(path), *same = open_file(path);
    assert_ptr_equal(one, same);
    exits_with(one, 1);
    /* In place, of the same length, with the time it had. */
    assert_int_equal(stat(path, &before), 0);
    write_file(path, 2);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    bj_runtime *changed = open_file(path);
    exits_with(changed, 2);
    exits_with(one, 1);
    /* Replaced by another. */
    write_file(moved, 3);
    assert_int_equal(rename(moved, path), 0);
    bj_runtime *replaced = open_file(path);
    exits_with(replaced, 3);
    bj_runtime *all[] = {one, same, changed, replaced};
    for (int i = 0; i < 4; i++)
        bj_runtime_delete(all[i]);
}

static void a_file_that_may_still_change_is_opened_anew(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/hot.wat", folder);
    for (int i = 0; i < 20; i++) {
        write_file(path, 10 + i); /* faster than its times show */
        bj_runtime *runtime = open_file(path);
        exits_with(runtime, 10 + i);
        bj_runtime_delete(runtime);
    }
}

static void what_is_kept_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        bj_runtime_delete(open_number(1000 + i));
    const unsigned before = compiled;
    bj_runtime_delete(open_number(1049));
    bj_runtime_delete(open_number(1020));
    assert_int_equal(compiled, before);
    bj_runtime_delete(open_number(1000));
    assert_int_equal(compiled, before + 1);
}

static void what_is_no_module_is_refused_every_time(void **state)
{
    (void)state;
    bj_error err;
    for (int i = 0; i < 3; i++) {
        assert_null(bj_runtime_from_bytes(engine, "(module (func", 13, "bad", &err));
        assert_int_equal(err.code, BJ_ERROR_MODULE);
        assert_null(bj_runtime_open(engine, "/no/such/file.wasm", &err));
        assert_int_equal(err.code, BJ_ERROR_IO);
    }
}

/* ---- Several at once. ---- */

/* One that takes a while to compile. */
static void write_slow(text *source, int number)
{
    text_add(source, "(module (memory (export \"memory\") 1) (global i32 (i32.const %d))", number);
    for (int i = 0; i < 3000; i++)
        text_add(source,
                 "(func $f%d (param i32) (result i32) local.get 0 i32.const %d i32.mul i32.load"
                 " local.get 0 i32.const %d i32.add i32.load i32.add)",
                 i, i + 3, i);
    text_add(source, "(func (export \"_start\")))");
}

static text slow;

static void *open_slow(void *user)
{
    bj_error err;
    bj_runtime **runtime = user;
    *runtime = bj_runtime_from_bytes(engine, slow.bytes, slow.size, "slow", &err);
    return NULL;
}

static void several_at_once_have_it_compiled_by_one(void **state)
{
    (void)state;
    pthread_t threads[8];
    bj_runtime *opened[8];
    write_slow(&slow, 1);
    const unsigned before = compiled;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_slow, &opened[i]), 0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(compiled, before + 1);
    for (int i = 0; i < 8; i++) {
        assert_non_null(opened[i]);
        assert_ptr_equal(opened[i], opened[0]);
    }
    for (int i = 0; i < 8; i++)
        bj_runtime_delete(opened[i]);
    text_free(&slow);
    slow = (text){0};
}

typedef struct opening {
    bj_runtime *runtime;
    atomic_uint turns;
} opening;

static bj_turn open_in_turns(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    opening *o = user;
    bj_error err;
    (void)slice_us, (void)wait_ms;
    atomic_fetch_add(&o->turns, 1);
    if (bj_task_is_cancelled(task)) {
        bj_runtime_stop_waiting(engine, task);
        return BJ_TURN_DONE;
    }
    o->runtime =
        bj_runtime_try_from_bytes(engine, slow.bytes, slow.size, "slow", bj_task_wake, task, &err);
    return !o->runtime && err.code == BJ_ERROR_BUSY ? BJ_TURN_WAITS : BJ_TURN_DONE;
}

static void who_waits_holds_no_thread(void **state)
{
    (void)state;
    enum { WAITING = 20 };
    bj_error err;
    opening openings[WAITING] = {0};
    bj_task *tasks[WAITING];
    bj_scheduler_options options;
    bj_scheduler_options_init(&options);
    options.threads = 2;
    bj_scheduler *scheduler = bj_scheduler_new(&options, &err);
    write_slow(&slow, 2);
    const unsigned before = compiled;
    for (int i = 0; i < WAITING; i++) {
        const bj_work work = {.size = sizeof work, .turn = open_in_turns, .user = &openings[i]};
        tasks[i] = bj_scheduler_submit(scheduler, BJ_LANE_OWN, &work, &err);
    }
    while (atomic_load(&openings[5].turns) == 0)
        usleep(100);
    bj_task_cancel(tasks[5]); /* while it waits, as a rule */
    for (int i = 0; i < WAITING; i++) {
        assert_int_equal(bj_task_wait(tasks[i], UINT64_MAX, &err), 0);
        assert_in_range(openings[i].turns, 1, 3);
        assert_true(openings[i].runtime || i == 5);
        bj_runtime_delete(openings[i].runtime);
        bj_task_delete(tasks[i]);
    }
    assert_int_equal(compiled, before + 1);
    bj_scheduler_delete(scheduler);
    text_free(&slow);
    slow = (text){0};
}

static void a_child_of_the_process_finds_what_was_open(void **state)
{
    (void)state;
    bj_runtime *kept = open_number(7);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        bj_runtime *runtime = open_number(7);
        exits_with(runtime, 7);
        exits_with(kept, 7);
        bj_runtime_delete(runtime);
        bj_runtime_delete(kept);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    bj_runtime_delete(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_are_the_same_program),
        cmocka_unit_test(a_file_is_known_by_what_it_is),
        cmocka_unit_test(a_file_that_may_still_change_is_opened_anew),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(what_is_no_module_is_refused_every_time),
        cmocka_unit_test(several_at_once_have_it_compiled_by_one),
        cmocka_unit_test(who_waits_holds_no_thread),
        cmocka_unit_test(a_child_of_the_process_finds_what_was_open),
    };
    return cmocka_run_group_tests_name("programs", tests, begin, end);
}
