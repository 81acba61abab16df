/*
 * test_lying_interpreter.c: modules that claim to be interpreters (guest/belljar_guest.h) and lie about
 * all that the host asks them for. What breaks the interface is an error that says how; what is the
 * guest's own end is an outcome.
 */
#include <string.h>

#include "harness.h"

/* One page of memory, and what each export answers. */
typedef struct lie {
    const char *abi, *init, *thaw, *alloc, *eval;
    const char *memory; /* instead of one exported page */
    const char *fields; /* more of the module */
} lie;

#define ABI_OK    "i32.const 3"
#define ZERO      "i32.const 0"
#define RECORD_AT "i32.const 1024"

static void write_lie(text *wat, const lie *l)
{
    text_add(wat,
             "(module %s %s"
             " (func (export \"belljar_guest_abi\") (result i32) %s)"
             " (func (export \"belljar_init\") (result i32) %s)"
             " (func (export \"belljar_thaw\") (result i32) %s)"
             " (func (export \"belljar_alloc\") (param $size i32) (result i32) %s)"
             " (func (export \"belljar_eval\") (param $at i32) (param $size i32) (param $flags i32)"
             "  (result i32) %s))",
             l->memory ? l->memory : "(memory (export \"memory\") 1)", l->fields ? l->fields : "",
             l->abi ? l->abi : ABI_OK, l->init ? l->init : ZERO, l->thaw ? l->thaw : ZERO,
             l->alloc ? l->alloc : "i32.const 4096", l->eval ? l->eval : RECORD_AT);
}

static bj_receipt *eval_bytes(const lie *l, const bj_policy *policy, const char *source,
                              size_t size, bj_error *err)
{
    autotext wat = {0};
    write_lie(&wat, l);
    bj_runtime *runtime = must_open(wat.bytes, wat.size);
    assert_int_equal(bj_runtime_get_kind(runtime), BJ_RUNTIME_INTERPRETER);
    bj_sandbox *box = must_make(runtime, policy);
    *err = (bj_error){0};
    bj_receipt *receipt = bj_sandbox_eval(box, source, size, err);
    /* What broke the interface or ended is not entered again. */
    bj_error again = {0};
    if (!receipt || bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT ||
        bj_receipt_outcome(receipt) == BJ_OUTCOME_TRAP ||
        bj_receipt_outcome(receipt) == BJ_OUTCOME_EXIT) {
        assert_null(bj_sandbox_eval(box, "1", 1, &again));
        assert_int_equal(again.code, BJ_ERROR_ENDED);
    }
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
    return receipt;
}

static bj_receipt *eval(const lie *l, bj_error *err)
{
    return eval_bytes(l, NULL, "1+1", 3, err);
}

/* The lie is found out, and the message says `how`. */
static void found_out(const lie *l, const char *how)
{
    bj_error err;
    bj_receipt *receipt = eval(l, &err);
    if (receipt)
        fail_msg("it was believed: %s", how);
    check_error(&err);
    assert_int_equal(err.code, BJ_ERROR_GUEST);
    if (!strstr(err.message, how))
        fail_msg("wanted \"%s\", got \"%s\"", how, err.message);
}

static bj_receipt *believed(const lie *l)
{
    bj_error err;
    bj_receipt *receipt = eval(l, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    return receipt;
}

static void an_honest_one_works(void **state)
{
    (void)state;
    expect_outcome(believed(&(lie){.eval = RECORD_AT}), BJ_OUTCOME_OK);
}

static void another_version_of_the_interface(void **state)
{
    (void)state;
    found_out(&(lie){.abi = ZERO}, "version 0 of the guest interface");
    found_out(&(lie){.abi = "i32.const 1"}, "version 1");
    found_out(&(lie){.abi = "i32.const -1"}, "version 4294967295");
}

static void a_start_that_fails_is_an_outcome(void **state)
{
    (void)state;
    expect_error(believed(&(lie){.init = "i32.const -1"}), "StartError");
    expect_error(believed(&(lie){.init = "i32.const 1"}), "StartError");
    expect_error(believed(&(lie){.thaw = "i32.const 0x80000000"}), "StartError");
}

static void traps_anywhere_are_outcomes(void **state)
{
    (void)state;
    const lie lies[] = {{.abi = "unreachable"},
                        {.init = "unreachable"},
                        {.thaw = "unreachable"},
                        {.alloc = "unreachable"},
                        {.eval = "unreachable"},
                        {.fields = "(func (export \"_initialize\") unreachable)"},
                        {.fields = "(func $s unreachable) (start $s)"}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        expect_trap(believed(&lies[i]), "unreachable executed");
}

static void loops_anywhere_end_by_the_deadline(void **state)
{
    (void)state;
#define LOOP "(loop br 0) unreachable"
    const lie lies[] = {{.abi = LOOP},
                        {.init = LOOP},
                        {.thaw = LOOP},
                        {.alloc = LOOP},
                        {.eval = LOOP},
                        {.fields = "(func (export \"_initialize\") (loop br 0))"},
                        {.fields = "(func $s (loop br 0)) (start $s)"}};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 30;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bj_error err;
        expect_limit(eval_bytes(&lies[i], &policy, "1", 1, &err), "timeout");
    }
    policy.wall_ms = 10000;
    policy.fuel = 10000;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bj_error err;
        expect_limit(eval_bytes(&lies[i], &policy, "1", 1, &err), "fuel");
    }
}

static void exits_anywhere_are_outcomes(void **state)
{
    (void)state;
#define IMPORT                                                                                     \
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"                   \
    " (memory (export \"memory\") 1)"
#define LEAVE "(call $exit (i32.const 5)) unreachable"
    const lie lies[] = {
        {.memory = IMPORT, .abi = LEAVE},
        {.memory = IMPORT, .init = LEAVE},
        {.memory = IMPORT, .thaw = LEAVE},
        {.memory = IMPORT, .alloc = LEAVE},
        {.memory = IMPORT, .eval = LEAVE},
        {.memory = IMPORT, .fields = "(func (export \"_initialize\") " LEAVE ")"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        expect_exit(believed(&lies[i]), 5);
}

static void a_buffer_for_source_outside_its_memory(void **state)
{
    (void)state;
    static const char *const addresses[] = {"i32.const 65534",      "i32.const 65536",
                                            "i32.const 0x7fffffff", "i32.const 0x80000000",
                                            "i32.const 0xfffffffd", "i32.const 0xffffffff"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        found_out(&(lie){.alloc = addresses[i]}, "its buffer for source lies outside");
    /* The last three bytes are inside. */
    expect_outcome(believed(&(lie){.alloc = "i32.const 65533"}), BJ_OUTCOME_OK);
}

static void no_room_for_source_is_a_limit_of_memory(void **state)
{
    (void)state;
    expect_limit(believed(&(lie){.alloc = ZERO}), "memory");
}

static void memory_that_grows_while_it_is_asked_for_room(void **state)
{
    (void)state;
    expect_outcome(believed(&(lie){.alloc = "(drop (memory.grow (i32.const 100)))"
                                            " i32.const 0x600000"}),
                   BJ_OUTCOME_OK);
}

static void a_result_outside_its_memory(void **state)
{
    (void)state;
    static const char *const addresses[] = {"i32.const 65489",      "i32.const 65535",
                                            "i32.const 65536",      "i32.const 0x80000000",
                                            "i32.const 0xffffffe0", "i32.const 0xffffffff"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        found_out(&(lie){.eval = addresses[i]}, "its result lies outside");
    expect_outcome(believed(&(lie){.eval = "i32.const 65488"}), BJ_OUTCOME_OK);
    expect_outcome(believed(&(lie){.eval = ZERO}), BJ_OUTCOME_OK);
}

static void an_unknown_status(void **state)
{
    (void)state;
    static const char *const statuses[] = {"4", "-1", "0x01000000", "0x80000000"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        autotext body = {0};
        text_add(&body, "(i32.store (i32.const 1024) (i32.const %s)) " RECORD_AT, statuses[i]);
        found_out(&(lie){.eval = body.bytes}, "unknown status");
    }
}

static void no_memory_at_all(void **state)
{
    (void)state;
    static const char *const memories[] = {" ", "(memory 1)", "(func (export \"memory\"))",
                                           "(global (export \"memory\") i32 (i32.const 0))",
                                           "(memory (export \"memory\") 0)"};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        bj_error err;
        found_out(&(lie){.memory = memories[i]}, "its buffer for source lies outside");
        /* Also when there is nothing to copy. */
        assert_null(eval_bytes(&(lie){.memory = memories[i]}, NULL, "", 0, &err));
        assert_int_equal(err.code, BJ_ERROR_GUEST);
    }
}

/* ---- Errors. ---- */

/* A record of status 1 at 1024 with one text set; the others are empty. */
static void write_error(text *body, int field, const char *address, const char *size)
{
    text_add(body,
             "(i32.store (i32.const 1024) (i32.const 1))"
             "(i32.store (i32.const %d) (i32.const %s)) (i32.store (i32.const %d) (i32.const "
             "%s)) " RECORD_AT,
             1024 + field, address, 1028 + field, size);
}

static void texts_of_an_error_outside_its_memory(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"65536", "1"},      {"65535", "2"},
        {"0", "65537"},      {"0", "0xffffffff"},
        {"0xffffffff", "1"}, {"0xffffffff", "0xffffffff"},
        {"1", "0xffffffff"}, {"0x80000000", "0x80000000"},
        {"65537", "0"},      {"0xffffffff", "0"},
    };
    for (int field = 8; field <= 24; field += 8)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            autotext body = {0};
            write_error(&body, field, texts[i][0], texts[i][1]);
            found_out(&(lie){.eval = body.bytes}, "an error's text lies outside");
        }
}

/* A record of status 0 at 1024 with the pair at `field` set. */
static void write_value(text *body, int field, const char *address, const char *size)
{
    text_add(body,
             "(i32.store (i32.const %d) (i32.const %s)) (i32.store (i32.const %d) (i32.const "
             "%s)) " RECORD_AT,
             1024 + field, address, 1028 + field, size);
}

static void texts_of_a_value_outside_its_memory(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"65536", "1"}, {"65535", "2"}, {"1", "0xffffffff"}, {"0xffffffff", "0"}, {"0", "65537"}};
    for (int field = 32; field <= 40; field += 8)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            autotext body = {0};
            write_value(&body, field, texts[i][0], texts[i][1]);
            found_out(&(lie){.eval = body.bytes}, "a value's text lies outside");
        }
}

/* What is no JSON is no value, whatever it is. */
static void a_value_that_is_no_json(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *size, *value;
    } said[] = {
        {"[1, 2]", "6", "[1, 2]"},
        {"[1, 2]", "5", NULL},
        {"", "0", NULL},
        {"\\ff", "1", NULL},
        {"nan", "3", NULL},
        {"1 2", "3", NULL},
        {"1e999", "5", NULL},
        {"\\00", "1", NULL},
        {"\\22\\00\\22", "3", NULL},
        {"99999999999999999999", "20", NULL},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        autotext body = {0}, data = {0};
        write_value(&body, 32, "2048", said[i].size);
        text_add(&data, "(data (i32.const 2048) \"%s\")", said[i].bytes);
        bj_receipt *receipt = believed(&(lie){.eval = body.bytes, .fields = data.bytes});
        const char *value = bj_receipt_value(receipt, NULL);
        if (said[i].value ? !value || strcmp(value, said[i].value) != 0 : value != NULL)
            fail_msg("%s: %s", said[i].bytes, value ? value : "no value");
        expect_outcome(receipt, BJ_OUTCOME_OK);
    }
}

static void a_value_as_large_as_memory(void **state)
{
    (void)state;
    autotext body = {0};
    text_add(&body, "(memory.fill (i32.const 4096) (i32.const 0x31) (i32.const 61440))"
                    "(i32.store (i32.const 1064) (i32.const 1)) (i32.store (i32.const 1068) "
                    "(i32.const 65535))");
    write_value(&body, 32, "4096", "61440");
    bj_receipt *receipt = believed(&(lie){.eval = body.bytes});
    assert_null(bj_receipt_value(receipt, NULL));
    assert_non_null(bj_receipt_repr(receipt, NULL));
    expect_outcome(receipt, BJ_OUTCOME_OK);
}

static void texts_of_an_error_may_touch_the_end_and_hold_anything(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"0", "65536"}, {"65536", "0"}, {"65535", "1"}, {"1000", "100"}};
    for (int field = 8; field <= 24; field += 8)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            autotext body = {0};
            text_add(&body, "(memory.fill (i32.const 0) (i32.const 0xc3) (i32.const 65536))"
                            "(memory.fill (i32.const 1024) (i32.const 0) (i32.const 32))");
            write_error(&body, field, texts[i][0], texts[i][1]);
            expect_outcome(believed(&(lie){.eval = body.bytes}), BJ_OUTCOME_ERROR);
        }
}

static void texts_of_gigabytes_are_cut(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = UINT64_C(4) << 30;
    autotext body = {0};
    /* All three, 4 GiB - 1 each, of a memory of 4 GiB. */
    text_add(&body, "(i32.store (i32.const 1024) (i32.const 1))"
                    "(i32.store (i32.const 1036) (i32.const -1))"
                    "(i32.store (i32.const 1044) (i32.const -1))");
    write_error(&body, 24, "0", "0xffffffff");
    const lie l = {.memory = "(memory (export \"memory\") 65536)", .eval = body.bytes};
    bj_receipt *receipt = eval_bytes(&l, &policy, "1", 1, &err);
    assert_non_null(receipt);
    char *description = bj_receipt_describe(receipt);
    assert_non_null(description);
    assert_true(strlen(description) < 6 * 4 * (64 << 10));
    check_json(description);
    expect_outcome(receipt, BJ_OUTCOME_ERROR);
}

static void exit_codes_are_as_given(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } codes[] = {{"0", 0}, {"1", 1}, {"256", 256}, {"-1", -1}, {"0x7fffffff", 0x7fffffff}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        autotext body = {0};
        text_add(&body,
                 "(i32.store (i32.const 1024) (i32.const 2))"
                 "(i32.store (i32.const 1028) (i32.const %s)) " RECORD_AT,
                 codes[i].text);
        expect_exit(believed(&(lie){.eval = body.bytes}), codes[i].code);
    }
}

static void incomplete_is_an_outcome(void **state)
{
    (void)state;
    expect_outcome(
        believed(&(lie){.eval = "(i32.store (i32.const 1024) (i32.const 3)) " RECORD_AT}),
        BJ_OUTCOME_INCOMPLETE);
}

/* ---- Half an interpreter. ---- */

static void exports_of_the_wrong_types_make_no_interpreter(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "(module (func (export \"belljar_guest_abi\") (result i32) i32.const 1))",
        "(module (func (export \"belljar_guest_abi\") (result i64) i64.const 1)"
        " (func $i (result i32) i32.const 0) (export \"belljar_init\" (func $i))"
        " (export \"belljar_thaw\" (func $i))"
        " (func (export \"belljar_alloc\") (param i32) (result i32) i32.const 1)"
        " (func (export \"belljar_eval\") (param i32 i32 i32) (result i32) i32.const 0))",
        "(module (func $i (result i32) i32.const 1) (export \"belljar_guest_abi\" (func $i))"
        " (export \"belljar_init\" (func $i)) (export \"belljar_thaw\" (func $i))"
        " (func (export \"belljar_alloc\") (param i32) (result i32) i32.const 1)"
        " (func (export \"belljar_eval\") (param i32 i32) (result i32) i32.const 0))",
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        bj_error err;
        must_refuse(modules[i], strlen(modules[i]), &err);
        assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_one_works),
        cmocka_unit_test(another_version_of_the_interface),
        cmocka_unit_test(a_start_that_fails_is_an_outcome),
        cmocka_unit_test(traps_anywhere_are_outcomes),
        cmocka_unit_test(loops_anywhere_end_by_the_deadline),
        cmocka_unit_test(exits_anywhere_are_outcomes),
        cmocka_unit_test(a_buffer_for_source_outside_its_memory),
        cmocka_unit_test(no_room_for_source_is_a_limit_of_memory),
        cmocka_unit_test(memory_that_grows_while_it_is_asked_for_room),
        cmocka_unit_test(a_result_outside_its_memory),
        cmocka_unit_test(an_unknown_status),
        cmocka_unit_test(no_memory_at_all),
        cmocka_unit_test(texts_of_an_error_outside_its_memory),
        cmocka_unit_test(texts_of_a_value_outside_its_memory),
        cmocka_unit_test(a_value_that_is_no_json),
        cmocka_unit_test(a_value_as_large_as_memory),
        cmocka_unit_test(texts_of_an_error_may_touch_the_end_and_hold_anything),
        cmocka_unit_test(texts_of_gigabytes_are_cut),
        cmocka_unit_test(exit_codes_are_as_given),
        cmocka_unit_test(incomplete_is_an_outcome),
        cmocka_unit_test(exports_of_the_wrong_types_make_no_interpreter),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
