/*
 * test_hostile_modules.c: valid modules that do their worst when they run: loops, growth, traps,
 * floods of calls. Each ends with the outcome that says so, and the host goes on.
 */
#include <pthread.h>
#include <string.h>

#include "harness.h"

#define WRITE                                                                                      \
    "(import \"wasi_snapshot_preview1\" \"fd_write\""                                              \
    " (func $write (param i32 i32 i32 i32) (result i32)))"
#define EXIT   "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
#define YIELD  "(import \"wasi_snapshot_preview1\" \"sched_yield\" (func $yield (result i32)))"
#define MEMORY "(memory (export \"memory\") 1)"
/* An iovec at 0 of the six bytes at 16. */
#define HELLO                                                                                      \
    "(data (i32.const 16) \"hello\\n\") (data (i32.const 0) \"\\10\\00\\00\\00\\06\\00\\00\\00\")"
#define SAY_HELLO "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"

/* ---- Loops. ---- */

static void an_endless_start_function_ends_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    expect_limit(
        must_run("(module (func $s (loop br 0)) (start $s) (func (export \"_start\")))", &policy),
        "timeout");
}

static void an_endless_start_function_ends_by_fuel(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 100000;
    expect_limit(
        must_run("(module (func $s (loop br 0)) (start $s) (func (export \"_start\")))", &policy),
        "fuel");
}

static void an_endless_loop_ends_by_the_deadline_and_by_fuel(void **state)
{
    (void)state;
    const char *wat = "(module (func (export \"_start\") (loop br 0)))";
    bj_policy policy = tight_policy();
    expect_limit(must_run(wat, &policy), "timeout");
    policy.fuel = 100000;
    policy.wall_ms = 10000;
    expect_limit(must_run(wat, &policy), "fuel");
}

static void a_loop_of_tail_calls_ends_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    expect_limit(must_run("(module (func $a (export \"_start\") return_call $b)"
                          " (func $b return_call $a))",
                          &policy),
                 "timeout");
}

static void endless_bulk_operations_end_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    expect_limit(must_run("(module (memory 256) (table 100000 funcref) (func (export \"_start\")"
                          " (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216))"
                          " (memory.copy (i32.const 1) (i32.const 0) (i32.const 16777215))"
                          " (table.fill (i32.const 0) (ref.null func) (i32.const 100000)) br 0)))",
                          &policy),
                 "timeout");
}

/* ---- Recursion. ---- */

static const char *const recursions[] = {
    "(module (func $f (export \"_start\") call $f call $f))",
    "(module (func $f (call $f)) (start $f) (func (export \"_start\")))",
    ("(module (table 1 funcref) (elem (i32.const 0) $f)"
     " (func $f (export \"_start\") (call_indirect (i32.const 0)) call $f))"),
};

static void endless_recursion_is_a_limit_of_the_stack(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof recursions / sizeof *recursions; i++)
        expect_limit(must_run(recursions[i], NULL), "stack");
}

static void recursion_with_frames_of_many_locals_is_a_limit_of_the_stack(void **state)
{
    (void)state;
    /* All live across the call: a frame of 16 kB. */
    autotext wat = {0};
    text_add(&wat,
             "(module (global $g (mut i64) (i64.const 0)) (func $f (export \"_start\") (local");
    text_repeat(&wat, " i64", 2000);
    text_add(&wat, ")");
    for (int i = 0; i < 2000; i++)
        text_add(&wat, "(local.set %d (global.get $g))", i);
    text_add(&wat, "call $f ");
    for (int i = 0; i < 2000; i++)
        text_add(&wat, "(global.set $g (i64.add (global.get $g) (local.get %d)))", i);
    text_add(&wat, "))");
    bj_policy policy;
    bj_policy_init(&policy);
    policy.stack_bytes = 65536;
    expect_limit(must_run(wat.bytes, &policy), "stack");
}

/* An embedder that formats what comes: 64 KiB of its own stack. */
static void use_stack(void *user, bj_stream stream, const char *bytes, size_t size)
{
    (void)stream;
    volatile char room[65536];
    memset((char *)room, 0, sizeof room);
    memcpy((char *)room, bytes, size < sizeof room ? size : sizeof room);
    *(size_t *)user += size + (size_t)room[sizeof room - 1];
}

static void a_host_call_at_the_end_of_the_stack_has_room(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    size_t total = 0;
    bj_policy_init(&policy);
    policy.stack_bytes = 65536;
    assert_int_equal(bj_policy_on_output(&policy, use_stack, &total, &err), 0);
    expect_limit(must_run("(module " WRITE MEMORY HELLO " (func $f (export \"_start\") " SAY_HELLO
                          " call $f " SAY_HELLO "))",
                          &policy),
                 "stack");
    assert_true(total > 600);
    bj_policy_clear(&policy);
}

static void *recurse(void *argument)
{
    (void)argument;
    expect_limit(must_run(recursions[0], NULL), "stack");
    return NULL;
}

static void the_stack_of_the_calling_thread_does_not_matter(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    assert_int_equal(pthread_create(&thread, &attributes, recurse, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

/* ---- Memory and tables. ---- */

static void memory_grows_to_the_limit_and_no_further(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    bj_receipt *receipt =
        must_run("(module (memory (export \"memory\") 1) (func (export \"_start\")"
                 " (block (loop (br_if 1 (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))"
                 "  (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4))"
                 "   (i32.const 1)) br 0))"
                 " (if (i32.ne (memory.size) (i32.const 256)) (then unreachable))))",
                 &policy);
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    assert_true(usage.memory_peak_bytes == policy.memory_bytes);
    expect_outcome(receipt, BJ_OUTCOME_OK);
}

static void asking_for_memory_for_ever_ends_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    expect_limit(must_run("(module (memory 1) (func (export \"_start\") (loop"
                          " (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const -1)))"
                          " (drop (memory.grow (i32.const 0x10000))) br 0)))",
                          &policy),
                 "timeout");
}

static void the_largest_memory_of_all_can_be_granted(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = UINT64_C(4) << 30;
    expect_exit(must_run("(module (memory (export \"memory\") 65536) (func (export \"_start\")"
                         " (i32.store8 (i32.const -1) (i32.const 7))"
                         " (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))"
                         "  (then unreachable))))",
                         &policy),
                0);
}

static void a_module_that_starts_with_too_much_memory_is_a_limit(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    expect_limit(
        must_run("(module (memory (export \"memory\") 257) (func (export \"_start\")))", &policy),
        "memory");
    expect_limit(must_run("(module (memory 65536) (func (export \"_start\")))", &policy), "memory");
}

static void a_table_of_maximum_size_works(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.table_elements = 1000000;
    expect_exit(must_run("(module (table 1000000 funcref) (elem (i32.const 999999) $f) (func $f)"
                         " (func (export \"_start\") (call_indirect (i32.const 999999))"
                         " (if (i32.ne (table.grow (ref.null func) (i32.const 1)) (i32.const -1))"
                         "  (then unreachable))))",
                         &policy),
                0);
}

static void a_table_beyond_the_policy_is_a_limit(void **state)
{
    (void)state;
    expect_limit(must_run("(module (table 100001 funcref) (func (export \"_start\")))", NULL),
                 "table-elements");
    expect_limit(
        must_run("(module (table (export \"t\") 1000000 funcref) (func (export \"_start\")))",
                 NULL),
        "table-elements");
}

static void a_table_beyond_any_policy_is_refused(void **state)
{
    (void)state;
    bj_error err;
    const char *wat = "(module (table 0xffffffff funcref) (func (export \"_start\")))";
    must_refuse(wat, strlen(wat), &err);
    assert_int_equal(err.code, BJ_ERROR_MODULE);
}

static void a_table_grows_to_the_limit_and_no_further(void **state)
{
    (void)state;
    expect_exit(must_run("(module (table 1 funcref) (func (export \"_start\")"
                         " (block (loop (br_if 1 (i32.eq"
                         "  (table.grow (ref.null func) (i32.const 9999)) (i32.const -1))) br 0))"
                         " (if (i32.gt_u (table.size) (i32.const 100000)) (then unreachable))"
                         " (if (i32.lt_u (table.size) (i32.const 90000)) (then unreachable))))",
                         NULL),
                0);
}

/* ---- Traps. ---- */

static const struct {
    const char *body, *message;
} traps[] = {
    {"unreachable", "unreachable executed"},
    {"(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer division by zero"},
    {"(drop (i64.rem_u (i64.const 1) (i64.const 0)))", "integer division by zero"},
    {"(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"},
    {"(drop (i32.trunc_f64_s (f64.const nan)))", "invalid conversion to integer"},
    {"(drop (i32.trunc_f64_s (f64.const 1e10)))", "integer overflow"},
    {"(drop (i64.load (i32.const 65529)))", "out of bounds memory access"},
    {"(drop (i64.load offset=0xffffffff (i32.const -1)))", "out of bounds memory access"},
    {"(i32.store8 (i32.const -1) (i32.const 0))", "out of bounds memory access"},
    {"(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", "out of bounds memory access"},
    {"(memory.copy (i32.const -1) (i32.const 0) (i32.const -1))", "out of bounds memory access"},
    {"(memory.init $passive (i32.const 0) (i32.const 0) (i32.const 9))",
     "out of bounds memory access"},
    {"(call_indirect (param i32) (i32.const 0) (i32.const 0))", "indirect call type mismatch"},
    {"(call_indirect (i32.const 1))", "uninitialized table element called"},
    {"(call_indirect (i32.const 2))", "out of bounds table access"},
    {"(call_indirect (i32.const -1))", "out of bounds table access"},
    {"(table.set (i32.const 2) (ref.null func))", "out of bounds table access"},
};

static void a_trap_is_an_outcome_that_tells_what_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        autotext wat = {0};
        text_add(&wat,
                 "(module (memory 1) (data $passive \"12345678\") (table 2 funcref)"
                 " (elem (i32.const 0) $nop) (func $nop) (func $culprit %s)"
                 " (func (export \"_start\") call $culprit))",
                 traps[i].body);
        bj_receipt *receipt = must_run(wat.bytes, NULL);
        assert_non_null(bj_receipt_error_traceback(receipt));
        assert_non_null(strstr(bj_receipt_error_traceback(receipt), "culprit"));
        expect_trap(receipt, traps[i].message);
    }
}

static void segments_out_of_bounds_trap_at_the_start(void **state)
{
    (void)state;
    expect_trap(must_run("(module (memory 1) (data (i32.const 65530) \"1234567\")"
                         " (func (export \"_start\")))",
                         NULL),
                "out of bounds memory access");
    expect_trap(must_run("(module (memory 1) (data (i32.const -1) \"\\00\")"
                         " (func (export \"_start\")))",
                         NULL),
                "out of bounds memory access");
    expect_trap(must_run("(module (table 1 funcref) (elem (i32.const 1) func $f)"
                         " (func $f (export \"_start\")))",
                         NULL),
                "out of bounds table access");
}

static void a_trap_in_the_start_function_is_an_outcome(void **state)
{
    (void)state;
    expect_trap(
        must_run("(module (func $s unreachable) (start $s) (func (export \"_start\")))", NULL),
        "unreachable executed");
}

/* ---- Calls of the host. ---- */

static void the_start_function_may_call_the_host(void **state)
{
    (void)state;
    expect_output(must_run("(module " WRITE MEMORY HELLO "(func $s " SAY_HELLO
                           ") (start $s) (func (export \"_start\") " SAY_HELLO "))",
                           NULL),
                  "hello\nhello\n");
}

static void the_start_function_may_exit(void **state)
{
    (void)state;
    expect_exit(must_run("(module " EXIT "(func $s (call $exit (i32.const 9))) (start $s)"
                         " (func (export \"_start\") unreachable))",
                         NULL),
                9);
}

static void exit_codes_are_the_guests(void **state)
{
    (void)state;
    static const int codes[] = {0, 1, 42, 255, 256, 0x7fffffff, -1};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        autotext wat = {0};
        text_add(&wat,
                 "(module " EXIT "(func (export \"_start\") (call $exit (i32.const %d))"
                 " unreachable))",
                 codes[i]);
        expect_exit(must_run(wat.bytes, NULL), codes[i]);
    }
}

static void a_flood_of_host_calls_is_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.host_calls = 1000;
    const char *wat =
        "(module " YIELD "(func (export \"_start\") (loop (drop (call $yield)) br 0)))";
    bj_receipt *receipt = must_run(wat, &policy);
    assert_true(bj_receipt_limit_allowed(receipt) == 1000);
    expect_limit(receipt, "host-calls");
    policy = tight_policy();
    expect_limit(must_run(wat, &policy), "timeout");
    policy.wall_ms = 120000; /* however busy the machine is */
    policy.fuel = 1000000;
    expect_limit(must_run(wat, &policy), "fuel");
}

static void endless_output_is_a_limit_and_what_fits_is_kept(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.output_bytes = 1000;
    bj_receipt *receipt = must_run("(module " WRITE MEMORY HELLO
                                   "(func (export \"_start\") (loop " SAY_HELLO " br 0)))",
                                   &policy);
    size_t size;
    bj_receipt_stdout(receipt, &size);
    assert_int_equal(size, 1000);
    expect_limit(receipt, "output-limit");
}

static void one_write_of_more_than_the_limit_is_cut(void **state)
{
    (void)state;
    /* 2,000 bytes by two vectors that lie over each other. */
    bj_policy policy;
    bj_policy_init(&policy);
    policy.output_bytes = 1500;
    bj_receipt *receipt = must_run(
        "(module " WRITE MEMORY "(func (export \"_start\")"
        " (i32.store (i32.const 4) (i32.const 1000)) (i32.store (i32.const 12) (i32.const 1000))"
        " (drop (call $write (i32.const 2) (i32.const 0) (i32.const 2) (i32.const 32)))"
        " unreachable))",
        &policy);
    size_t size;
    bj_receipt_stderr(receipt, &size);
    assert_int_equal(size, 1500);
    expect_limit(receipt, "output-limit");
}

static void a_guest_without_memory_calls_the_host_in_vain(void **state)
{
    (void)state;
    /* EFAULT is 21. */
    static const char *const memories[] = {"", "(memory 1)", "(func (export \"memory\"))",
                                           "(global (export \"memory\") i32 (i32.const 0))",
                                           "(table (export \"memory\") 1 funcref)"};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        autotext wat = {0};
        text_add(&wat,
                 "(module " WRITE "%s (func (export \"_start\") (if (i32.ne (i32.const 21)"
                 " (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
                 " (then unreachable))))",
                 memories[i]);
        expect_exit(must_run(wat.bytes, NULL), 0);
    }
}

static void memory_that_has_grown_is_in_bounds_for_the_host(void **state)
{
    (void)state;
    expect_output(
        must_run("(module " WRITE MEMORY "(func (export \"_start\")"
                 " (if (i32.ne (i32.const 21) (call $write (i32.const 1) (i32.const 65536)"
                 "  (i32.const 1) (i32.const 0))) (then unreachable))"
                 " (drop (memory.grow (i32.const 10)))"
                 " (i32.store (i32.const 0x50000) (i32.const 0x50010))"
                 " (i32.store (i32.const 0x50004) (i32.const 2))"
                 " (i32.store16 (i32.const 0x50010) (i32.const 0x6968))"
                 " (drop (call $write (i32.const 1) (i32.const 0x50000) (i32.const 1)"
                 "  (i32.const 0x50020)))))",
                 NULL),
        "hi");
}

static void a_sandbox_runs_once(void **state)
{
    (void)state;
    const char *wat = "(module (func (export \"_start\")))";
    bj_error err = {0};
    bj_runtime *runtime = must_open(wat, strlen(wat));
    bj_sandbox *box = must_make(runtime, NULL);
    expect_exit(bj_sandbox_run(box, &err), 0);
    assert_null(bj_sandbox_run(box, &err));
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    assert_null(bj_sandbox_eval(box, "1", 1, &err));
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endless_start_function_ends_by_the_deadline),
        cmocka_unit_test(an_endless_start_function_ends_by_fuel),
        cmocka_unit_test(an_endless_loop_ends_by_the_deadline_and_by_fuel),
        cmocka_unit_test(a_loop_of_tail_calls_ends_by_the_deadline),
        cmocka_unit_test(endless_bulk_operations_end_by_the_deadline),
        cmocka_unit_test(endless_recursion_is_a_limit_of_the_stack),
        cmocka_unit_test(recursion_with_frames_of_many_locals_is_a_limit_of_the_stack),
        cmocka_unit_test(a_host_call_at_the_end_of_the_stack_has_room),
        cmocka_unit_test(the_stack_of_the_calling_thread_does_not_matter),
        cmocka_unit_test(memory_grows_to_the_limit_and_no_further),
        cmocka_unit_test(asking_for_memory_for_ever_ends_by_the_deadline),
        cmocka_unit_test(the_largest_memory_of_all_can_be_granted),
        cmocka_unit_test(a_module_that_starts_with_too_much_memory_is_a_limit),
        cmocka_unit_test(a_table_of_maximum_size_works),
        cmocka_unit_test(a_table_beyond_the_policy_is_a_limit),
        cmocka_unit_test(a_table_beyond_any_policy_is_refused),
        cmocka_unit_test(a_table_grows_to_the_limit_and_no_further),
        cmocka_unit_test(a_trap_is_an_outcome_that_tells_what_and_where),
        cmocka_unit_test(segments_out_of_bounds_trap_at_the_start),
        cmocka_unit_test(a_trap_in_the_start_function_is_an_outcome),
        cmocka_unit_test(the_start_function_may_call_the_host),
        cmocka_unit_test(the_start_function_may_exit),
        cmocka_unit_test(exit_codes_are_the_guests),
        cmocka_unit_test(a_flood_of_host_calls_is_a_limit),
        cmocka_unit_test(endless_output_is_a_limit_and_what_fits_is_kept),
        cmocka_unit_test(one_write_of_more_than_the_limit_is_cut),
        cmocka_unit_test(a_guest_without_memory_calls_the_host_in_vain),
        cmocka_unit_test(memory_that_has_grown_is_in_bounds_for_the_host),
        cmocka_unit_test(a_sandbox_runs_once),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
