/*
 * test_cache.c: the folder must be private, entries whole, and two processes may fill it at once.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "unit.h"

#define PROGRAM "(module (func (export \"f\") (result i32) i32.const 42))"

static char top[64], cache[80];

static int begin(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/belljar-test-XXXXXX");
    assert_non_null(mkdtemp(top));
    snprintf(cache, sizeof cache, "%s/a/cache", top);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

/* Runs the program with the cache; the number of times that it had to be compiled. */
static void count_compiling(void *user, const char *line)
{
    *(int *)user += strncmp(line, "compiling", 9) == 0;
}

static int run_once(void)
{
    harness h;
    bj_engine_options options;
    bj_policy policy;
    bj_error err;
    int compiled = 0;
    harness_begin(&h, "");
    engine_delete(h.engine);
    bj_engine_options_init(&options);
    bj_policy_init(&policy);
    options.cache_dir = cache;
    options.log = count_compiling;
    options.log_user = &compiled;
    h.engine = engine_new(&options, NULL, &err);
    assert_non_null(h.engine);
    engine_result r = harness_run(&h, PROGRAM, "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 42);
    harness_end(&h);
    return compiled;
}

/* The path of the only file in the cache. */
static void only_entry(char *path, size_t size)
{
    DIR *list = opendir(cache);
    int count = 0;
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, size, "%s/%s", cache, entry->d_name);
        count++;
    }
    closedir(list);
    assert_int_equal(count, 1);
}

static void what_was_compiled_once_is_found_again(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(run_once(), 1);
    assert_int_equal(run_once(), 0);
    assert_int_equal(stat(cache, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void an_entry_that_is_cut_short_is_made_anew(void **state)
{
    (void)state;
    char entry[512];
    struct stat status;
    assert_int_equal(run_once(), 1);
    only_entry(entry, sizeof entry);
    assert_int_equal(stat(entry, &status), 0);
    const off_t lengths[] = {0, 1, 16, status.st_size / 2, status.st_size - 17, status.st_size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_int_equal(truncate(entry, lengths[i]), 0);
        assert_int_equal(run_once(), 1);
        assert_int_equal(run_once(), 0);
    }
}

static void an_entry_that_is_longer_than_it_says_is_made_anew(void **state)
{
    (void)state;
    char entry[512];
    assert_int_equal(run_once(), 1);
    only_entry(entry, sizeof entry);
    FILE *file = fopen(entry, "ab");
    assert_non_null(file);
    fputs("more", file);
    fclose(file);
    assert_int_equal(run_once(), 1);
    assert_int_equal(run_once(), 0);
}

static void an_entry_that_others_could_write_is_not_used(void **state)
{
    (void)state;
    char entry[512];
    assert_int_equal(run_once(), 1);
    only_entry(entry, sizeof entry);
    assert_int_equal(chmod(entry, 0666), 0);
    assert_int_equal(run_once(), 1);
}

static void a_folder_that_is_open_to_others_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(run_once(), 1);
    assert_int_equal(chmod(cache, 0750), 0);
    assert_int_equal(run_once(), 1);
    assert_int_equal(run_once(), 1);
}

static void a_folder_that_is_a_link_is_not_used(void **state)
{
    (void)state;
    char elsewhere[128];
    assert_int_equal(run_once(), 1);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", top);
    assert_int_equal(rename(cache, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, cache), 0);
    assert_int_equal(run_once(), 1);
}

static void a_path_that_is_a_file_is_no_cache(void **state)
{
    (void)state;
    char parent[80];
    snprintf(parent, sizeof parent, "%s/a", top);
    FILE *file = fopen(parent, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(run_once(), 1);
}

static void processes_may_fill_it_at_once(void **state)
{
    (void)state;
    pid_t children[6];
    char entry[512];
    for (size_t i = 0; i < 6; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            run_once();
            _exit(0);
        }
    }
    for (size_t i = 0; i < 6; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    only_entry(entry, sizeof entry);
    assert_int_equal(run_once(), 0);
}

/* What the program in `path` returns. */
static uint32_t value_of_file(const char *path)
{
    harness h;
    bj_error err = {0};
    harness_begin(&h, cache);
    engine_module *module = engine_module_open(h.engine, path, path, false, &harness_host, &err);
    if (!module)
        fail_msg("%s", err.message);
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    engine_result r = engine_instance_call(instance, "f", NULL, 0, true);
    engine_instance_delete(instance);
    engine_module_delete(module);
    harness_end(&h);
    return r.value;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* How many files of the cache end in `ending`. */
static int count_files(const char *ending)
{
    DIR *list = opendir(cache);
    int count = 0;
    for (struct dirent *entry; list && (entry = readdir(list));) {
        const char *dot = strrchr(entry->d_name, '.');
        count += dot && strcmp(dot, ending) == 0;
    }
    closedir(list);
    return count;
}

static void a_file_whose_digest_is_remembered_is_read_again_when_it_changed(void **state)
{
    (void)state;
    char path[128];
    struct stat before;
    snprintf(path, sizeof path, "%s/program.wat", top);
    write_file(path, "(module (func (export \"f\") (result i32) i32.const 42))");
    assert_int_equal(value_of_file(path), 42);
    assert_int_equal(count_files(".digest"), 0); /* too young to be trusted */
    sleep(3);
    assert_int_equal(value_of_file(path), 42);
    assert_int_equal(count_files(".digest"), 1);
    assert_int_equal(value_of_file(path), 42);
    /* As long as before, and with the old time of modification. */
    assert_int_equal(stat(path, &before), 0);
    write_file(path, "(module (func (export \"f\") (result i32) i32.const 43))");
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(value_of_file(path), 43);
}

static void a_file_that_changes_while_it_is_open_is_never_taken_for_what_it_was(void **state)
{
    (void)state;
    char path[128];
    harness h;
    bj_error err = {0};
    snprintf(path, sizeof path, "%s/program.wat", top);
    write_file(path, "(module (func (export \"f\") (result i32) i32.const 42))");
    sleep(3);
    assert_int_equal(value_of_file(path), 42);
    harness_begin(&h, cache);
    engine_module *module = engine_module_open(h.engine, path, path, false, &harness_host, &err);
    assert_non_null(module);
    write_file(path, "(module (func (export \"f\") (result i32) i32.const 43))");
    h.budget.allowed[POLICY_fuel] = 1000; /* a form that has to be compiled */
    for (int i = 0; i < 2; i++) {
        assert_null(engine_instance_new(module, &h.budget, &h, &err));
        assert_int_equal(err.code, BJ_ERROR_IO);
        assert_non_null(strstr(err.message, "changed while it was in use"));
    }
    engine_module_delete(module);
    harness_end(&h);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: no engine, and so no thread, may exist when it forks. */
        TEST(processes_may_fill_it_at_once),
        TEST(what_was_compiled_once_is_found_again),
        TEST(an_entry_that_is_cut_short_is_made_anew),
        TEST(an_entry_that_is_longer_than_it_says_is_made_anew),
        TEST(an_entry_that_others_could_write_is_not_used),
        TEST(a_folder_that_is_open_to_others_is_not_used),
        TEST(a_folder_that_is_a_link_is_not_used),
        TEST(a_path_that_is_a_file_is_no_cache),
        TEST(a_file_whose_digest_is_remembered_is_read_again_when_it_changed),
        TEST(a_file_that_changes_while_it_is_open_is_never_taken_for_what_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
