/*
 * test_host_memory.c: whatever a guest does, afterwards the host holds what it held before: resident
 * memory, open descriptors, threads. Each case runs a few times to warm up (a slot keeps some pages, the
 * allocator some chunks), and then many times more without growing.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/reaper.h"
#include "harness.h"

#define WARM_UP 4 /* a slot that is used for the third time has its image mapped whole */
#define MIB     ((uint64_t)1 << 20)

/* What an allocator keeps, above all that of a sanitizer; small leaks are for that one to find. */
#define SLACK (8 * MIB)

/* Freed memory that AddressSanitizer keeps back would look like a leak: it keeps little, and gives back
 * what it is asked for. */
void __sanitizer_purge_allocator(void) __attribute__((weak));
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1";
}

/* Of one slot: each slot that was ever used keeps pages for its next sandbox. */
static int begin(void **state)
{
    (void)state;
    bj_engine_options options;
    bj_error err;
    bj_engine_options_init(&options);
    options.max_sandboxes = 1;
    engine = bj_engine_new(&options, &err);
    return engine ? 0 : -1;
}

/* ---- What the host holds. ---- */

typedef struct holdings {
    uint64_t resident_bytes;
    unsigned descriptors, threads;
} holdings;

static uint64_t resident_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    malloc_trim(0);
    if (__sanitizer_purge_allocator)
        __sanitizer_purge_allocator();
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Rss: %llu kB", &kib) == 1)
            break;
    fclose(file);
    assert_true(kib > 0);
    return kib * 1024;
}

static unsigned entries_of(const char *folder)
{
    unsigned count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

/* What is large is freed by a thread of its own, which ends when nothing is left. */
static holdings hold(void)
{
    bj_reaper_wait();
    return (holdings){resident_bytes(), entries_of("/proc/self/fd"), entries_of("/proc/self/task")};
}

static void returns_to_where_it_was(void (*once)(const void *what), const void *what,
                                    unsigned times)
{
    for (unsigned i = 0; i < WARM_UP; i++)
        once(what);
    holdings before = hold();
    for (unsigned i = 0; i < times; i++)
        once(what);
    holdings after = hold();
    if (after.resident_bytes > before.resident_bytes + SLACK)
        fail_msg("%llu KiB more after %u runs of %.100s",
                 (unsigned long long)(after.resident_bytes - before.resident_bytes) / 1024, times,
                 (const char *)what);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.threads, before.threads);
}

/* ---- Modules, compiled anew each time. ---- */

static void survive_text(const void *wat)
{
    survive(wat, strlen(wat));
}

static void hostile_modules_leave_nothing_behind(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "(module (func (export \"_start\") (loop br 0)))",
        "(module (func $s (loop br 0)) (start $s) (func (export \"_start\")))",
        "(module (func $f (export \"_start\") call $f call $f))",
        "(module (func (export \"_start\") unreachable))",
        "(module (memory (export \"memory\") 1) (func (export \"_start\")"
        " (block (loop (br_if 1 (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))"
        "  (memory.fill (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536))"
        "   (i32.const 7) (i32.const 65536)) br 0))))",
        "(module (table 1 funcref) (func (export \"_start\") (loop"
        " (br_if 0 (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))))",
        "(module (import \"wasi_snapshot_preview1\" \"fd_write\""
        " (func $w (param i32 i32 i32 i32) (result i32))) (memory (export \"memory\") 1)"
        " (func (export \"_start\") (i32.store (i32.const 4) (i32.const 65536))"
        " (loop (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) br 0)))",
        "(module (memory 65536) (func (export \"_start\")))",
        "(module (import \"env\" \"x\" (func)) (func (export \"_start\")))",
        "(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func)) (func (export "
        "\"_start\")))",
        "(module (func (export \"_start\") i32.const 1))",
        "(module (memory 1 1 shared))",
        "(module",
        "(module)",
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        returns_to_where_it_was(survive_text, modules[i], 10);
}

static void many_functions_leave_nothing_behind(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (func (export \"_start\") call 1)");
    for (int i = 1; i < 1000; i++)
        text_add(&wat, "(func (export \"f%d\") call %d)", i, i - 1);
    text_add(&wat, ")");
    returns_to_where_it_was(survive_text, wat.bytes, 20);
}

/* ---- Interpreters. ---- */

static bj_runtime *runtime;

static void eval_once(const void *source)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = 64 * MIB;
    policy.wall_ms = 250;
    bj_sandbox *box = must_make(runtime, &policy);
    bj_receipt *receipt = must_eval(box, source);
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

static void interrupt_once(const void *source)
{
    bj_sandbox *box = must_make(runtime, NULL);
    bj_sandbox_interrupt(box);
    bj_receipt_delete(must_eval(box, source));
    bj_sandbox_delete(box);
}

static void open_guest(const char *name)
{
    bj_error err;
    runtime = bj_runtime_open(engine, name, &err);
    if (!runtime)
        fail_msg("%s", err.message);
}

static void hostile_python_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "while True: pass",
        "kept = []\nwhile True: kept.append(bytearray(1 << 20))",
        "def f(): return f()\nf()",
        "while True: print('x' * 1000)",
        "kept = [open(f'/work/{i}', 'w') for i in range(10000)]",
        "open('/work/large', 'wb').write(b'x' * 20000000)\nraise ValueError('m' * 10**6)",
        "import os\nos.abort()",
        "import sys\nsys.exit(3)",
    };
    open_guest("python");
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        returns_to_where_it_was(eval_once, sources[i], 4);
    returns_to_where_it_was(interrupt_once, "1", 20);
    bj_runtime_delete(runtime);
}

static void hostile_javascript_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "for (;;);",
        "const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1))",
        "(function f() { f() })()",
        "for (;;) print('x'.repeat(1000))",
        "for (let i = 0; i < 20000; i++) os.open(`/work/${i}`, os.O_CREAT | os.O_RDWR)",
        "for (let i = 0; i < 2000; i++) std.writeFile(`/work/${i}`, 'x'.repeat(10000))",
        "for (let i = 0; os.mkdir('d') === 0 && os.chdir('d') === 0;) i++",
        "throw new Error('m'.repeat(1e6))",
        "std.exit(3)",
    };
    open_guest("javascript");
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        returns_to_where_it_was(eval_once, sources[i], 4);
    returns_to_where_it_was(interrupt_once, "1", 20);
    bj_runtime_delete(runtime);
}

static void a_thousand_sandboxes_that_never_run_leave_nothing_behind(void **state)
{
    (void)state;
    open_guest("javascript");
    bj_sandbox_delete(must_make(runtime, NULL));
    holdings before = hold();
    for (int i = 0; i < 1000; i++)
        bj_sandbox_delete(must_make(runtime, NULL));
    assert_true(hold().resident_bytes <= before.resident_bytes + SLACK);
    assert_int_equal(hold().descriptors, before.descriptors);
    bj_runtime_delete(runtime);
}

/* ---- Engines. ---- */

/* Sixty modules, each with a slot free for it, and each leaving 4 MiB in the slot that it took. */
static void what_slots_keep_does_not_grow_with_the_modules_that_were_run(void **state)
{
    (void)state;
    bj_engine *shared = engine;
    bj_engine_options options;
    bj_error err;
    bj_engine_options_init(&options);
    options.max_sandboxes = 64;
    options.cache_dir = "";
    engine = bj_engine_new(&options, &err);
    assert_non_null(engine);
    holdings before = hold();
    for (int i = 0; i < 60; i++) {
        autotext wat = {0};
        text_add(&wat,
                 "(module (memory 64) (global (export \"g\") i32 (i32.const %d))"
                 " (func (export \"_start\")"
                 "  (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x400000))))",
                 i);
        expect_exit(must_run(wat.bytes, NULL), 0);
    }
    assert_true(hold().resident_bytes <= before.resident_bytes + 100 * MIB);
    bj_engine_delete(engine);
    engine = shared;
}

static void engine_once(const void *wat)
{
    bj_engine *shared = engine;
    assert_int_equal(engine_begin_without_cache(NULL), 0);
    survive_text(wat);
    engine_end(NULL);
    engine = shared;
}

static void an_engine_that_is_deleted_leaves_nothing_behind(void **state)
{
    (void)state;
    returns_to_where_it_was(engine_once,
                            "(module (memory 1) (func (export \"_start\") unreachable))", 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_modules_leave_nothing_behind),
        cmocka_unit_test(many_functions_leave_nothing_behind),
        cmocka_unit_test(hostile_javascript_leaves_nothing_behind),
        cmocka_unit_test(hostile_python_leaves_nothing_behind),
        cmocka_unit_test(a_thousand_sandboxes_that_never_run_leave_nothing_behind),
        cmocka_unit_test(what_slots_keep_does_not_grow_with_the_modules_that_were_run),
        cmocka_unit_test(an_engine_that_is_deleted_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, begin, engine_end);
}
