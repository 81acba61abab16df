/*
 * test_shipped.c: compiled forms that came with an installation, packed or not: what is whole is taken, once, and what is not costs no
 * more than compiling.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "harness.h"
#include "unit.h"

#define PROGRAM "(module (func (export \"f\") (result i32) i32.const 42))"
#define OTHER   "(module (func (export \"f\") (result i32) i32.const 41))"

static char top[64], shipped[96], cache[96];

static int end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static void count_compiling(void *user, const char *line)
{
    *(int *)user += strncmp(line, "compiling", 9) == 0;
}

/* Runs the program, with what is shipped; how often it had to be compiled. */
static int run_with(const char *cache_dir, const char *dirs)
{
    harness h;
    bj_engine_options options;
    bj_error err;
    int compiled = 0;
    harness_begin(&h, "");
    engine_delete(h.engine);
    bj_engine_options_init(&options);
    options.max_sandboxes = 4;
    options.cache_dir = cache_dir;
    options.log = count_compiling;
    options.log_user = &compiled;
    h.engine = engine_new(&options, dirs, &err);
    assert_non_null(h.engine);
    engine_result r = harness_run(&h, PROGRAM, "f", true);
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_int_equal(r.value, 42);
    harness_end(&h);
    return compiled;
}

static int run_once(void)
{
    return run_with(cache, shipped);
}

static void precompile(const char *text, int level)
{
    harness h;
    bj_error err = {0};
    harness_begin(&h, "");
    engine_module *module = harness_module(&h, text, &err);
    assert_non_null(module);
    if (engine_module_precompile(module, shipped, level, &err) < 0)
        fail_msg("%s", err.message);
    engine_module_delete(module);
    harness_end(&h);
}

static int begin(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/belljar-test-XXXXXX");
    assert_non_null(mkdtemp(top));
    snprintf(shipped, sizeof shipped, "%s/shipped", top);
    snprintf(cache, sizeof cache, "%s/cache", top);
    precompile(PROGRAM, 3);
    return 0;
}

/* The name of the first file of a folder, in order, or of one after it. */
static void name_in(const char *folder, int nth, char *name, size_t size)
{
    struct dirent **found;
    const int count = scandir(folder, &found, NULL, alphasort);
    assert_true(count > nth + 2);
    snprintf(name, size, "%s", found[nth + 2]->d_name); /* after "." and ".." */
    for (int i = 0; i < count; i++)
        free(found[i]);
    free(found);
}

/* How many files a folder has; calls `each` for them. */
static int every(const char *folder, void (*each)(const char *path))
{
    DIR *list = opendir(folder);
    int count = 0;
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list));) {
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (each)
            each(path);
        count++;
    }
    closedir(list);
    return count;
}

static void is_packed(const char *path)
{
    assert_non_null(strstr(path, ".cwasm.zst"));
}

static void a_packed_form_is_unpacked_once(void **state)
{
    (void)state;
    struct stat first, second;
    char name[300], entry[512];
    assert_int_equal(every(shipped, is_packed), 2); /* without fuel, and with it */
    assert_int_equal(run_once(), 0);
    assert_int_equal(every(cache, NULL), 1);
    name_in(cache, 0, name, sizeof name);
    snprintf(entry, sizeof entry, "%s/%s", cache, name);
    assert_int_equal(stat(entry, &first), 0);
    assert_int_equal(first.st_mode & 0777, 0600);
    assert_int_equal(run_once(), 0);
    assert_int_equal(stat(entry, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
}

static void without_a_cache_it_is_unpacked_into_memory(void **state)
{
    (void)state;
    assert_int_equal(run_with("", shipped), 0);
}

static void a_form_as_it_is_needs_no_cache(void **state)
{
    (void)state;
    precompile(PROGRAM, 0);
    assert_int_equal(run_once(), 0);
    assert_int_equal(every(cache, NULL), 0);
}

static void folders_are_looked_into_in_turn(void **state)
{
    (void)state;
    char dirs[512];
    snprintf(dirs, sizeof dirs, "%s/none::%s/nor:%s", top, top, shipped);
    assert_int_equal(run_with(cache, dirs), 0);
}

static void cut_in_half(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size / 2), 0);
}

static void unlink_it(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void make_empty(const char *path)
{
    assert_int_equal(truncate(path, 0), 0);
}

/* In the middle, where the blocks are. */
static void change_a_byte(const char *path)
{
    struct stat status;
    char byte;
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(pread(fd, &byte, 1, status.st_size / 2), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, status.st_size / 2), 1);
    close(fd);
}

static void let_others_write(const char *path)
{
    assert_int_equal(chmod(path, 0666), 0);
}

static void replace_with(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

/* A frame that says that it becomes `size` bytes, which it doesn't. */
static void say_size(const char *path, uint64_t size)
{
    unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    memcpy(frame + 5, &size, sizeof size);
    replace_with(path, frame, sizeof frame);
}

static void say_a_tebibyte(const char *path)
{
    say_size(path, (uint64_t)1 << 40);
}

static void say_a_gibibyte(const char *path)
{
    say_size(path, (uint64_t)1 << 30);
}

static void say_nothing(const char *path)
{
    say_size(path, 0);
}

/* What is whole, and no compiled form. */
static void pack_something_else(const char *path)
{
    static const char text[] = "this is not compiled code, however often one looks at it";
    char packed[256];
    const size_t size = ZSTD_compress(packed, sizeof packed, text, sizeof text, 1);
    assert_false(ZSTD_isError(size));
    replace_with(path, packed, size);
}

static void what_is_not_whole_is_compiled(void **state)
{
    (void)state;
    static void (*const harms[])(const char *path) = {
        cut_in_half, make_empty,     change_a_byte, let_others_write,   say_a_tebibyte,
        say_nothing, say_a_gibibyte, unlink_it,     pack_something_else};
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        precompile(PROGRAM, 3);
        every(shipped, harms[i]);
        assert_int_equal(run_with("", shipped), 1);
        assert_int_equal(run_once(), 1);
        assert_int_equal(run_once(), 0);
        char command[128];
        snprintf(command, sizeof command, "rm -rf '%s'", cache);
        assert_int_equal(system(command), 0);
    }
}

static void a_form_of_another_module_does_not_unpack(void **state)
{
    (void)state;
    char names[2][300], other[300], command[1600];
    for (int i = 0; i < 2; i++)
        name_in(shipped, i, names[i], sizeof names[i]);
    every(shipped, unlink_it);
    precompile(OTHER, 3);
    name_in(shipped, 0, other, sizeof other);
    snprintf(command, sizeof command, "cd '%s' && cp %s %s && cp %s %s", shipped, other, names[0],
             other, names[1]);
    assert_int_equal(system(command), 0);
    assert_int_equal(run_once(), 1);
}

static void a_folder_that_others_may_write_to_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(chmod(shipped, 0775), 0);
    assert_int_equal(run_once(), 1);
}

static void an_unpacked_form_that_is_harmed_is_unpacked_anew(void **state)
{
    (void)state;
    assert_int_equal(run_once(), 0);
    every(cache, cut_in_half);
    assert_int_equal(run_once(), 0);
    assert_int_equal(every(cache, NULL), 1);
}

static void levels_beyond_zstds_are_refused(void **state)
{
    (void)state;
    harness h;
    bj_error err = {0};
    harness_begin(&h, "");
    engine_module *module = harness_module(&h, PROGRAM, &err);
    assert_int_equal(engine_module_precompile(module, shipped, 20, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(engine_module_precompile(module, shipped, -1, &err), -1);
    engine_module_delete(module);
    harness_end(&h);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_packed_form_is_unpacked_once),
        TEST(without_a_cache_it_is_unpacked_into_memory),
        TEST(a_form_as_it_is_needs_no_cache),
        TEST(folders_are_looked_into_in_turn),
        TEST(what_is_not_whole_is_compiled),
        TEST(a_form_of_another_module_does_not_unpack),
        TEST(a_folder_that_others_may_write_to_is_not_used),
        TEST(an_unpacked_form_that_is_harmed_is_unpacked_anew),
        TEST(levels_beyond_zstds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
