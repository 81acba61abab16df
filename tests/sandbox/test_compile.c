/*
 * test_compile.c: modules that would have a compiler work for minutes or take all memory: each is refused by a limit that the error
 * names, and the process that asked goes on, with nothing left over.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "harness.h"

static const char plain[] = "(module (func (export \"_start\")))";

static bj_engine *engine_with(uint64_t ms, uint64_t bytes, const char *cache)
{
    bj_engine_options options;
    bj_error err = {0};
    bj_engine_options_init(&options);
    options.cache_dir = cache;
    options.max_sandboxes = 2;
    options.compile_ms = ms;
    options.compile_bytes = bytes;
    bj_engine *made = bj_engine_new(&options, &err);
    if (!made)
        fail_msg("%s", err.message);
    return made;
}

static void expect_refused(bj_engine *by, const text *module, const char *why)
{
    bj_error err = {0};
    bj_runtime *runtime = bj_runtime_from_bytes(by, module->bytes, module->size, "it", &err);
    assert_null(runtime);
    check_error(&err);
    if (err.code != BJ_ERROR_MODULE || !strstr(err.message, why))
        fail_msg("not for \"%s\": %d %s", why, (int)err.code, err.message);
}

static void expect_taken(bj_engine *by, const char *module)
{
    bj_error err = {0};
    bj_runtime *runtime = bj_runtime_from_bytes(by, module, strlen(module), "it", &err);
    if (!runtime)
        fail_msg("%s", err.message);
    bj_runtime_delete(runtime);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *list = opendir("/proc/self/fd");
    assert_non_null(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

/* ------------------------------------------------------------------ bombs */

/* Loops within each other, whose locals all change in each: time grows with the square of either. */
static void add_loops(text *module, unsigned loops)
{
    text_add(module, "(module (func (export \"_start\") (local");
    text_repeat(module, " i64", loops);
    text_add(module, ")");
    for (unsigned i = 0; i < loops; i++)
        text_add(module, " loop local.get %u i64.const 1 i64.add local.set %u", i, i);
    for (unsigned i = 0; i < loops; i++)
        text_add(module, " i32.const 1 br_if 0 end");
    text_add(module, "))");
}

static void time_of_the_compiler_is_limited(void **state)
{
    (void)state;
    autotext module = {0};
    add_loops(&module, 900);
    bj_engine *strict = engine_with(300, 0, "");
    expect_refused(strict, &module, "the limit compile_ms stopped it after 300 ms");
    expect_taken(strict, plain);
    bj_engine_delete(strict);
}

static void memory_of_the_compiler_is_limited(void **state)
{
    (void)state;
    if (BJ_UNDER_ASAN || BJ_UNDER_TSAN)
        skip(); /* their allocators end the process where the kernel gives it nothing */
    autotext module = {0};
    text_add(&module, "(module (memory 1) (func (export \"_start\")");
    for (unsigned i = 0; i < 100000; i++)
        text_add(&module, " i32.const %u i32.load", i % 64);
    text_repeat(&module, " i32.add", 99999);
    text_add(&module, " drop))");
    bj_engine *strict = engine_with(0, (uint64_t)8 << 20, "");
    expect_refused(strict, &module, "the limit compile_bytes stopped it at 8 MiB");
    expect_taken(engine, module.bytes);
    bj_engine_delete(strict);
}

static void what_no_program_has_is_refused_before_it_is_compiled(void **state)
{
    (void)state;
    /* Nothing can be compiled in this memory: what is refused is refused before. */
    bj_engine *strict = engine_with(0, 1, "");
    autotext loops = {0}, blocks = {0}, locals = {0}, constant = {0};
    text_add(&loops, "(module (func (export \"_start\")");
    text_repeat(&loops, " loop", 1001);
    text_repeat(&loops, " end", 1001);
    text_add(&loops, "))");
    expect_refused(strict, &loops, "loops within each other, 1001; up to 1000");

    text_add(&blocks, "(module (func (export \"_start\")");
    text_repeat(&blocks, " block", 200001);
    text_repeat(&blocks, " end", 200001);
    text_add(&blocks, "))");
    expect_refused(strict, &blocks, "blocks within each other, 200001; up to 200000");

    text_add(&locals, "(module (func (export \"_start\") (local");
    text_repeat(&locals, " i64", 10000);
    text_add(&locals, ")");
    text_repeat(&locals, " block end", 1000);
    text_add(&locals, "))");
    expect_refused(strict, &locals, "locals times blocks, 10000000; up to 8388608");

    text_add(&constant, "(module (func (export \"_start\")) (global i32 (i32.const 0)");
    text_repeat(&constant, " (i32.const 1) i32.add", 501);
    text_add(&constant, "))");
    expect_refused(strict, &constant, "for a constant of so many instructions, 1003; up to 1000");
    bj_engine_delete(strict);
}

static void number(text *module, uint32_t value)
{
    do {
        const uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        text_add_bytes(module, &byte, 1);
        value >>= 7;
    } while (value);
}

static void functions_are_counted(void **state)
{
    (void)state;
    static const char head[] = "\0asm\1\0\0\0\1\4\1\x60\0\0\3",
                      exports[] = "\7\x0a\1\6_start\0\0\x0a";
    const uint32_t count = 90001;
    autotext module = {0};
    text_add_bytes(&module, head, sizeof head - 1);
    number(&module, count + 3);
    number(&module, count);
    for (uint32_t i = 0; i < count; i++)
        text_add_bytes(&module, "", 1);
    text_add_bytes(&module, exports, sizeof exports - 1);
    number(&module, 3 * count + 3);
    number(&module, count);
    for (uint32_t i = 0; i < count; i++)
        text_add_bytes(&module, "\2\0\x0b", 3);
    expect_refused(engine, &module, "functions, 90001; up to 90000");
}

/* ------------------------------------------------------------------ what is left */

static void nothing_is_left_of_a_compiler_that_was_stopped(void **state)
{
    (void)state;
    autotext module = {0};
    add_loops(&module, 900);
    bj_engine *strict = engine_with(50, 0, "");
    expect_taken(strict, plain);
    const unsigned before = count_descriptors();
    for (int i = 0; i < 3; i++)
        expect_refused(strict, &module, "compile_ms");
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    bj_engine_delete(strict);
}

static void nothing_is_left_in_the_cache(void **state)
{
    (void)state;
    char cache[] = "/tmp/belljar-compile-XXXXXX";
    assert_non_null(mkdtemp(cache));
    autotext module = {0};
    add_loops(&module, 900);
    bj_engine *strict = engine_with(50, 0, cache);
    expect_refused(strict, &module, "compile_ms");
    bj_engine_delete(strict);
    assert_int_equal(rmdir(cache), 0);
}

static void a_host_that_ignores_its_children_compiles(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    bj_engine *own = engine_with(0, 0, "");
    expect_taken(own, plain);
    signal(SIGCHLD, SIG_DFL);
    bj_engine_delete(own);
}

static atomic_bool found;

/* The first child of this process, as soon as there is one. */
static pid_t child_of_us(void)
{
    for (int i = 0; i < 20000; i++) {
        char line[64] = "";
        DIR *threads = opendir("/proc/self/task");
        for (struct dirent *entry; threads && (entry = readdir(threads)) && !*line;) {
            char path[300];
            snprintf(path, sizeof path, "/proc/self/task/%s/children", entry->d_name);
            FILE *file = fopen(path, "r");
            if (file && !fgets(line, sizeof line, file))
                *line = 0;
            if (file)
                fclose(file);
        }
        closedir(threads);
        if (*line)
            return (pid_t)strtol(line, NULL, 10);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 0;
}

static void *crash_it(void *unused)
{
    (void)unused;
    const pid_t child = child_of_us();
    if (child > 0 && kill(child, SIGKILL) == 0)
        atomic_store(&found, true);
    return NULL;
}

static void a_compiler_that_crashes_is_an_error(void **state)
{
    (void)state;
    autotext module = {0};
    pthread_t thread;
    add_loops(&module, 900);
    assert_int_equal(pthread_create(&thread, NULL, crash_it, NULL), 0);
    expect_refused(engine, &module, "the compiler crashed on it");
    pthread_join(thread, NULL);
    assert_true(atomic_load(&found));
    expect_taken(engine, plain);
}

/* ------------------------------------------------------------------ description */

static void a_description_compiles_nothing(void **state)
{
    (void)state;
    bj_error err = {0};
    autotext module = {0};
    add_loops(&module, 3000);
    bj_engine *strict = engine_with(1, 1, "");
    char *told = bj_module_describe(strict, module.bytes, module.size, "bomb", &err);
    if (!told)
        fail_msg("%s", err.message);
    assert_non_null(strstr(told, "\"kind\": \"command\""));
    assert_non_null(strstr(told, "_start"));
    assert_non_null(strstr(told, "loops within each other, 3000"));
    bj_free(told);
    assert_null(bj_module_describe(strict, "\0asm", 4, "bomb", &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    assert_null(bj_module_describe(strict, "\0asm\1\0\0\0\1\1\7", 11, "bomb", &err));
    assert_int_equal(err.code, BJ_ERROR_MODULE);
    assert_non_null(strstr(err.message, "bomb is not valid"));
    bj_engine_delete(strict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_of_the_compiler_is_limited),
        cmocka_unit_test(memory_of_the_compiler_is_limited),
        cmocka_unit_test(what_no_program_has_is_refused_before_it_is_compiled),
        cmocka_unit_test(functions_are_counted),
        cmocka_unit_test(nothing_is_left_of_a_compiler_that_was_stopped),
        cmocka_unit_test(nothing_is_left_in_the_cache),
        cmocka_unit_test(a_host_that_ignores_its_children_compiles),
        cmocka_unit_test(a_compiler_that_crashes_is_an_error),
        cmocka_unit_test(a_description_compiles_nothing),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
