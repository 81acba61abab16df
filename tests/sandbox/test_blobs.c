/*
 * test_blobs.c: bytes beside the text of values. Modules that call the two imports with whatever they like, interpreters whose values name
 * blobs that are not there, twice or not at all, and Python's values, which must come as they went.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)

static bj_policy policy_with(uint64_t value_bytes)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.value_bytes = value_bytes;
    return policy;
}

/* ---------------------------------------------------------------- modules */

/* A command whose memory has one page; records at 0, a NUL-terminated text at 64. */
#define MODULE                                                                                     \
    "(module (import \"belljar\" \"blobs_give\" (func $give (param i32 i32) (result i32)))"        \
    " (import \"belljar\" \"blob_take\" (func $take (param i32 i32 i32 i32) (result i32)))"        \
    " (memory (export \"memory\") 1 2048)"                                                         \
    " (data (i32.const 64) \"sixteen bytes...\")"                                                  \
    " (func $part (param $at i32) (param $address i32) (param $size i32)"                          \
    "  (i32.store (local.get $at) (local.get $address))"                                           \
    "  (i32.store offset=4 (local.get $at) (local.get $size)))"                                    \
    " (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))"     \
    " (func (export \"_start\") %s))"

static bj_sandbox *make_module(const char *body, const bj_policy *policy, bj_runtime **runtime)
{
    autotext wat = {0};
    text_add(&wat, MODULE, body);
    *runtime = must_open(wat.bytes, wat.size);
    return must_make(*runtime, policy);
}

/* Runs it with these blobs attached. */
static bj_receipt *run_module(const char *body, const bj_policy *policy, const bj_blob *blobs,
                              size_t count)
{
    bj_runtime *runtime;
    bj_sandbox *box = make_module(body, policy, &runtime);
    bj_error err;
    if (bj_sandbox_attach(box, blobs, count, &err) < 0)
        fail_msg("%s", err.message);
    bj_receipt *receipt = bj_sandbox_run(box, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
    return receipt;
}

static void must_answer(const char *call, const char *answer)
{
    static const bj_blob blobs[] = {{"hello", 5}, {NULL, 0}, {"\0\xff", 2}};
    autotext body = {0};
    text_add(&body, "(call $part (i32.const 0) (i32.const 64) (i32.const 16))"
                    " (call $part (i32.const 8) (i32.const 64) (i32.const 16))");
    text_add(&body, " (call $is (call %s) (i32.const %s))", call, answer);
    bj_receipt *receipt = run_module(body.bytes, NULL, blobs, 3);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        fail_msg("%s is not %s", call, answer);
    assert_int_equal(bj_receipt_blob_count(receipt), 0); /* a command has no value */
    bj_receipt_delete(receipt);
}

static void calls_that_are_wrong_get_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "$give (i32.const 0) (i32.const -1)",
        "$give (i32.const 0) (i32.const 65537)",
        "$give (i32.const 0) (i32.const 0x20000001)", /* times 8 it is 8 in 32 bits */
        "$give (i32.const 65529) (i32.const 1)",
        "$give (i32.const -1) (i32.const 1)",
        "$give (i32.const -8) (i32.const 2)",
        "$give (i32.const -1) (i32.const 0)",
        "$take (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0)",
        "$take (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0)",
        "$take (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0)",
        "$take (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 0)",
        "$take (i32.const 0) (i32.const 0) (i32.const 65535) (i32.const 2)",
        "$take (i32.const 0) (i32.const 0) (i32.const -1) (i32.const -1)",
        "$take (i32.const 0) (i32.const 0) (i32.const 1) (i32.const -1)",
        "$take (i32.const 0) (i32.const 1) (i32.const -1) (i32.const 0)",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        must_answer(wrong[i], "-1");
    /* What is right, at its edges: nothing is copied where there is no room for all. */
    must_answer("$give (i32.const 0) (i32.const 0)", "0");
    must_answer("$give (i32.const 0) (i32.const 2)", "0"); /* the same bytes twice */
    must_answer("$give (i32.const 65536) (i32.const 0)", "0");
    must_answer("$take (i32.const 0) (i32.const 0) (i32.const 65536) (i32.const 0)", "5");
    must_answer("$take (i32.const 0) (i32.const 0) (i32.const 65531) (i32.const 5)", "5");
    must_answer("$take (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)", "0");
    must_answer("$take (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 9)", "2");
}

static void records_outside_the_memory(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "(i32.const 65536) (i32.const 1)", "(i32.const -1) (i32.const 1)",
        "(i32.const 1) (i32.const -1)",    "(i32.const -1) (i32.const -1)",
        "(i32.const 65535) (i32.const 2)", "(i32.const 0x80000000) (i32.const 0x80000000)",
        "(i32.const -1) (i32.const 0)",    "(i32.const 65537) (i32.const 0)"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        autotext body = {0};
        text_add(&body,
                 "(call $part (i32.const 0) (i32.const 64) (i32.const 16))"
                 " (call $part (i32.const 8) %s)"
                 " (call $is (call $give (i32.const 0) (i32.const 2)) (i32.const -1))",
                 parts[i]);
        expect_outcome(run_module(body.bytes, NULL, NULL, 0), BJ_OUTCOME_OK);
    }
}

static void too_little_room_copies_nothing(void **state)
{
    (void)state;
    static const bj_blob blob = {"hello", 5};
    expect_outcome(run_module("(call $is (call $take (i32.const 0) (i32.const 0) (i32.const 128)"
                              " (i32.const 4)) (i32.const 5))"
                              " (call $is (i32.load (i32.const 128)) (i32.const 0))"
                              " (call $is (call $take (i32.const 0) (i32.const 0) (i32.const 128)"
                              " (i32.const 6)) (i32.const 5))"
                              " (call $is (i32.load8_u (i32.const 132)) (i32.const 0x6f))"
                              " (call $is (i32.load8_u (i32.const 133)) (i32.const 0))",
                              NULL, &blob, 1),
                   BJ_OUTCOME_OK);
}

/* The sizes of one call together; and what was given before is let go with the next. */
static void beyond_the_limit_nothing_is_kept(void **state)
{
    (void)state;
    bj_policy policy = policy_with(100);
    expect_outcome(run_module("(call $part (i32.const 0) (i32.const 64) (i32.const 60))"
                              " (call $part (i32.const 8) (i32.const 64) (i32.const 41))"
                              " (call $is (call $give (i32.const 0) (i32.const 2)) (i32.const 1))"
                              " (call $is (call $give (i32.const 0) (i32.const 1)) (i32.const 0))"
                              " (call $is (call $give (i32.const 0) (i32.const 1)) (i32.const 0))"
                              " (call $part (i32.const 0) (i32.const 0) (i32.const 65536))"
                              " (call $is (call $give (i32.const 0) (i32.const 1)) (i32.const 1))",
                              &policy, NULL, 0),
                   BJ_OUTCOME_OK);
    const bj_blob waits = {"0123456789", 10};
    expect_outcome(run_module("(call $part (i32.const 0) (i32.const 64) (i32.const 91))"
                              " (call $is (call $give (i32.const 0) (i32.const 1)) (i32.const 1))"
                              " (call $part (i32.const 0) (i32.const 64) (i32.const 90))"
                              " (call $is (call $give (i32.const 0) (i32.const 1)) (i32.const 0))",
                              &policy, &waits, 1),
                   BJ_OUTCOME_OK);
    /* The same memory, named so often that the sum is more than 32 bits hold. */
    policy = policy_with(MIB(1024));
    expect_outcome(
        run_module("(local $i i32) (drop (memory.grow (i32.const 1023)))"
                   " (loop $more (call $part (i32.shl (local.get $i) (i32.const 3)) (i32.const 0)"
                   "   (i32.const 0x4000000))"
                   "  (local.set $i (i32.add (local.get $i) (i32.const 1)))"
                   "  (br_if $more (i32.lt_u (local.get $i) (i32.const 65536))))"
                   " (call $is (call $give (i32.const 0) (i32.const 65536)) (i32.const 1))"
                   " (call $is (call $give (i32.const 0) (i32.const 64)) (i32.const 1))",
                   &policy, NULL, 0),
        BJ_OUTCOME_OK);
    bj_policy_clear(&policy);
}

/* Copies that never end: 64 MiB each. */
#define GIVE_FOR_EVER                                                                              \
    "(drop (memory.grow (i32.const 1023))) (call $part (i32.const 0) (i32.const 0)"                \
    " (i32.const 0x4000000)) (loop $again (drop (call $give (i32.const 0) (i32.const 1)))"         \
    " (br $again))"
#define TAKE_FOR_EVER                                                                              \
    "(drop (memory.grow (i32.const 1023))) (loop $again (drop (call $take (i32.const 0)"           \
    " (i32.const 0) (i32.const 0) (i32.const 0x4000000))) (br $again))"

static void copies_end_with_fuel_time_and_calls(void **state)
{
    (void)state;
    static const char *const bodies[] = {GIVE_FOR_EVER, TAKE_FOR_EVER};
    char *bytes = calloc(1, MIB(64));
    const bj_blob blob = {bytes, MIB(64)};
    for (size_t i = 0; i < 2; i++) {
        bj_policy policy = policy_with(MIB(128));
        policy.fuel = 200000000; /* three times 64 MiB */
        bj_receipt *receipt = run_module(bodies[i], &policy, &blob, 1);
        bj_usage usage = {.size = sizeof usage};
        bj_receipt_usage(receipt, &usage);
        assert_in_range(usage.host_calls, 2, 4);
        expect_limit(receipt, "fuel");
        policy.fuel = 0;
        policy.host_calls = 5;
        expect_limit(run_module(bodies[i], &policy, &blob, 1), "host-calls");
        policy.host_calls = 1000000000;
        policy.wall_ms = 60;
        expect_limit(run_module(bodies[i], &policy, &blob, 1), "timeout");
        bj_policy_clear(&policy);
    }
    free(bytes);
}

/* ---------------------------------------------------------------- what is attached */

static void what_cannot_be_attached(void **state)
{
    (void)state;
    bj_policy policy = policy_with(10);
    bj_sandbox *box = must_make(interpreter, &policy);
    const bj_blob large[] = {{"01234", 5}, {"012345", 6}};
    const bj_blob wraps[] = {{"0", SIZE_MAX}, {"0", 2}};
    bj_error err;
    assert_int_equal(bj_sandbox_attach(box, large, 2, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "value-bytes"));
    assert_int_equal(bj_sandbox_attach(box, wraps, 2, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_blob *many = calloc(65537, sizeof *many);
    assert_int_equal(bj_sandbox_attach(box, many, 65537, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(bj_sandbox_attach(box, many, 65536, &err), 0);
    assert_int_equal(bj_sandbox_attach(box, NULL, 0, &err), 0);
    free(many);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

#define TAKE "__import__('_belljar_host').blob(0, 0)"

static void what_waits_is_there_for_one_eval(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_error err;
    const bj_blob blob = {"once", 4};
    assert_int_equal(bj_sandbox_attach(box, &blob, 1, &err), 0);
    expect_outcome(must_eval(box, "assert " TAKE " == " TAKE " == b'once'"), BJ_OUTCOME_OK);
    expect_error(must_eval(box, TAKE), "ValueError");
    /* A snapshot, which starts a sandbox that nothing ran in, leaves what waits, and has none. */
    bj_sandbox *fresh = must_make(interpreter, NULL);
    assert_int_equal(bj_sandbox_attach(fresh, &blob, 1, &err), 0);
    bj_sandbox *fork = bj_sandbox_fork(fresh, &err);
    assert_non_null(fork);
    expect_error(must_eval(fork, TAKE), "ValueError");
    expect_outcome(must_eval(fresh, "assert " TAKE " == b'once'"), BJ_OUTCOME_OK);
    bj_sandbox_delete(fork);
    bj_sandbox_delete(fresh);
    /* An eval that fails to begin has let go of it. */
    assert_int_equal(bj_sandbox_attach(box, &blob, 1, &err), 0);
    expect_exit(must_eval(box, "raise SystemExit(3)"), 3);
    assert_int_equal(bj_sandbox_attach(box, &blob, 1, &err), 0);
    assert_null(bj_sandbox_eval(box, "1", 1, &err));
    assert_int_equal(err.code, BJ_ERROR_ENDED);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- values that lie */

/* An interpreter whose every eval runs `body`, and whose value is the text `value` (of wat). */
static void write_interpreter(text *wat, const char *body, const char *value)
{
    text_add(wat,
             "(module (import \"belljar\" \"blobs_give\" (func $give (param i32 i32) (result "
             "i32)))"
             " (memory (export \"memory\") 1)"
             " (data (i32.const 64) \"sixteen bytes...\") (data (i32.const 2048) \"%s\\00\")"
             " (func $part (param $at i32) (param $address i32) (param $size i32)"
             "  (i32.store (local.get $at) (local.get $address))"
             "  (i32.store offset=4 (local.get $at) (local.get $size)))"
             " (func (export \"belljar_guest_abi\") (result i32) i32.const 3)"
             " (func (export \"belljar_init\") (result i32) i32.const 0)"
             " (func (export \"belljar_thaw\") (result i32) i32.const 0)"
             " (func (export \"belljar_alloc\") (param i32) (result i32) i32.const 8192)"
             " (func (export \"belljar_eval\") (param i32 i32 i32) (result i32) (local $n i32)"
             "  (call $part (i32.const 0) (i32.const 64) (i32.const 7))"
             "  (call $part (i32.const 8) (i32.const 72) (i32.const 8)) %s"
             "  (loop $count (local.set $n (i32.add (local.get $n) (i32.const 1)))"
             "   (br_if $count (i32.load8_u (i32.add (i32.const 2048) (local.get $n)))))"
             "  (i32.store (i32.const 1056) (i32.const 2048))"
             "  (i32.store (i32.const 1060) (local.get $n)) i32.const 1024))",
             value, body);
}

static bj_receipt *eval_lie(const char *body, const char *value, unsigned flags)
{
    autotext wat = {0};
    write_interpreter(&wat, body, value);
    bj_runtime *runtime = must_open(wat.bytes, wat.size);
    bj_sandbox *box = must_make(runtime, NULL);
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval_as(box, "1", 1, flags, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    bj_sandbox_delete(box);
    bj_runtime_delete(runtime);
    return receipt;
}

#define GIVE_TWO "(drop (call $give (i32.const 0) (i32.const 2)))"
#define BLOB(n)  "{\\22$blob\\22:[" n ",\\22bytes\\22]}"

static void each_blob_is_named_exactly_once(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "1",
        "[]",
        BLOB("0"),
        BLOB("1"),
        "[" BLOB("0") "," BLOB("0") "]",
        "[" BLOB("0") "," BLOB("1") "," BLOB("1") "]",
        "[" BLOB("0") "," BLOB("2") "]",
        "[" BLOB("0") "," BLOB("-1") "]",
        "[" BLOB("0") "," BLOB("01") "]",
        "[" BLOB("0") "," BLOB("1.0") "]",
        "[" BLOB("0") "," BLOB("1e0") "]",
        "[" BLOB("0") "," BLOB("4294967297") "]",
        "[" BLOB("0") "," BLOB("18446744073709551617") "]",
        "[" BLOB("0") "," BLOB("\\221\\22") "]",
        "[" BLOB("0") "," BLOB("") "]",
        "[" BLOB("0") ",{\\22$blob\\22:[1]}]",
        "[" BLOB("0") ",{\\22$blob\\22:1}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22bytes\\22,1]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22bytes\\22],\\22a\\22:1}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,null]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22\\22]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22f65\\22]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22a/b/c\\22]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22Text/plain\\22]}]",
        "[" BLOB("0") ",{\\22$blob\\22:[1,\\22text/\\5cu0000\\22]}]",
        "[" BLOB("0") ",{\\22$$blob\\22:[1,\\22bytes\\22]}]",
        "[" BLOB("0") "," BLOB("1"),
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bj_receipt *receipt = eval_lie(GIVE_TWO, lies[i], BJ_EVAL_BLOBS);
        if (bj_receipt_value(receipt, NULL))
            fail_msg("believed: %s", lies[i]);
        assert_int_equal(bj_receipt_blob_count(receipt), 0);
        expect_outcome(receipt, BJ_OUTCOME_OK);
    }
    static const char *const honest[] = {
        "[" BLOB("0") "," BLOB("1") "]",
        "{\\22b\\22:" BLOB("1") ",\\22a\\22:{\\22$tuple\\22:[" BLOB("0") "]}}",
        "[{\\22$blob\\22:[ 0 , \\22f64\\22 ]},{\\22$blob\\22:[1,\\22image/svg+xml\\22]}]",
    };
    for (size_t i = 0; i < sizeof honest / sizeof *honest; i++) {
        bj_receipt *receipt = eval_lie(GIVE_TWO, honest[i], BJ_EVAL_BLOBS);
        bj_blob blob;
        if (!bj_receipt_value(receipt, NULL))
            fail_msg("not believed: %s", honest[i]);
        assert_int_equal(bj_receipt_blob_count(receipt), 2);
        assert_true(bj_receipt_blob(receipt, 0, &blob));
        assert_int_equal(blob.bytes, 7);
        assert_memory_equal(blob.data, "sixteen", 7);
        assert_true(bj_receipt_blob(receipt, 1, &blob));
        assert_memory_equal(blob.data, "bytes...", 8);
        assert_false(bj_receipt_blob(receipt, 2, &blob));
        check_json(bj_receipt_describe(receipt));
        bj_receipt_delete(receipt);
    }
}

/* What it does with its memory after it has given, and what it gave before, make no difference. */
static void what_was_given_is_a_copy(void **state)
{
    (void)state;
    bj_receipt *receipt =
        eval_lie(GIVE_TWO "(drop (call $give (i32.const 0) (i32.const 1)))"
                          " (memory.fill (i32.const 0) (i32.const 0) (i32.const 128))",
                 BLOB("0"), BJ_EVAL_BLOBS);
    bj_blob blob;
    assert_non_null(bj_receipt_value(receipt, NULL));
    assert_int_equal(bj_receipt_blob_count(receipt), 1);
    assert_true(bj_receipt_blob(receipt, 0, &blob));
    assert_memory_equal(blob.data, "sixteen", 7);
    bj_receipt_delete(receipt);
}

static void who_asks_for_no_blobs_gets_none(void **state)
{
    (void)state;
    static const unsigned flags[] = {0, BJ_EVAL_RICH};
    for (size_t i = 0; i < 2; i++) {
        bj_receipt *receipt = eval_lie(GIVE_TWO, "[" BLOB("0") "," BLOB("1") "]", flags[i]);
        /* Without the rich flag it is JSON like any other. */
        assert_true(!bj_receipt_value(receipt, NULL) == (flags[i] != 0));
        assert_int_equal(bj_receipt_blob_count(receipt), 0);
        expect_outcome(receipt, BJ_OUTCOME_OK);
        receipt = eval_lie(GIVE_TWO, "1", flags[i]);
        assert_string_equal(bj_receipt_value(receipt, NULL), "1");
        expect_outcome(receipt, BJ_OUTCOME_OK);
    }
}

/* ---------------------------------------------------------------- Python */

static bj_receipt *eval_blobs(bj_sandbox *box, const char *source)
{
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval_as(box, source, strlen(source), BJ_EVAL_BLOBS, &err);
    if (!receipt)
        fail_msg("%s", err.message);
    return receipt;
}

static void python_gives_what_is_long(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_blob blob;
    bj_receipt *receipt =
        eval_blobs(box, "[b'short', bytes(range(256)) * 40000, {'a': bytearray(b'x' * 5000)}]");
    assert_string_equal(
        bj_receipt_value(receipt, NULL),
        "[{\"$bytes\":\"c2hvcnQ=\"},{\"$blob\":[0,\"bytes\"]},{\"a\":{\"$blob\":[1,\"bytes\"]}}]");
    assert_true(bj_receipt_blob(receipt, 0, &blob));
    assert_int_equal(blob.bytes, 10240000);
    for (size_t i = 0; i < blob.bytes; i++)
        if (((const unsigned char *)blob.data)[i] != i % 256)
            fail_msg("byte %zu", i);
    assert_true(bj_receipt_blob(receipt, 1, &blob));
    assert_int_equal(blob.bytes, 5000);
    char *json = bj_receipt_describe(receipt);
    assert_non_null(strstr(json, "\"bytes\": 10240000"));
    /* SHA-256 of 5,000 letters x. */
    assert_non_null(strstr(json, "\"sha256\": \""));
    check_json(json);
    bj_receipt_delete(receipt);
    /* Not where nobody takes them. */
    bj_error err;
    receipt = bj_sandbox_eval_as(box, "bytes(9000)", 11, BJ_EVAL_RICH, &err);
    assert_int_equal(bj_receipt_blob_count(receipt), 0);
    assert_non_null(strstr(bj_receipt_value(receipt, NULL), "{\"$bytes\":\"AAAA"));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

static void beyond_the_limit_python_falls_back(void **state)
{
    (void)state;
    bj_policy policy = policy_with(5000);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = eval_blobs(box, "bytes(5001)");
    assert_non_null(strstr(bj_receipt_value(receipt, NULL), "{\"$bytes\":\"AAAA"));
    bj_receipt_delete(receipt);
    receipt = eval_blobs(box, "bytes(2000000)");
    const char *part, *why;
    assert_null(bj_receipt_value(receipt, NULL));
    assert_true(bj_receipt_unfinished(receipt, 0, &part, &why));
    assert_string_equal(part, "value");
    assert_string_equal(why, "bytes");
    bj_receipt_delete(receipt);
    receipt = eval_blobs(box, "bytes(5000)");
    assert_int_equal(bj_receipt_blob_count(receipt), 1);
    assert_false(bj_receipt_unfinished(receipt, 0, &part, &why));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* Equal digests are equal bytes: also of those beside the text, in and out. */
static void digests_tell_of_blobs(void **state)
{
    (void)state;
    char digests[4][80];
    for (int i = 0; i < 4; i++) {
        bj_policy policy = policy_with(MIB(1));
        policy.deterministic = true;
        bj_sandbox *box = must_make(interpreter, &policy);
        bj_error err;
        char input[KIB(8)];
        memset(input, i == 2 ? 'b' : 'a', sizeof input);
        const bj_blob blob = {input, sizeof input};
        assert_int_equal(bj_sandbox_attach(box, &blob, 1, &err), 0);
        bj_receipt *receipt = eval_blobs(box, i == 3 ? "_ = " TAKE "; bytes(8192)" : TAKE);
        assert_int_equal(bj_receipt_blob_count(receipt), 1);
        snprintf(digests[i], sizeof digests[i], "%s", bj_receipt_digest(receipt));
        bj_receipt_delete(receipt);
        bj_sandbox_delete(box);
        bj_policy_clear(&policy);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_string_not_equal(digests[0], digests[2]);
    assert_string_not_equal(digests[0], digests[3]);
}

static void python_is_interrupted_in_copies(void **state)
{
    (void)state;
    expect_interruptible(
        "h = __import__('_belljar_host')\nb = bytes(60 << 20)\nwhile True: h.give([b])");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_are_wrong_get_nothing),
        cmocka_unit_test(records_outside_the_memory),
        cmocka_unit_test(too_little_room_copies_nothing),
        cmocka_unit_test(beyond_the_limit_nothing_is_kept),
        cmocka_unit_test(copies_end_with_fuel_time_and_calls),
        cmocka_unit_test(what_cannot_be_attached),
        cmocka_unit_test(what_waits_is_there_for_one_eval),
        cmocka_unit_test(each_blob_is_named_exactly_once),
        cmocka_unit_test(what_was_given_is_a_copy),
        cmocka_unit_test(who_asks_for_no_blobs_gets_none),
        cmocka_unit_test(python_gives_what_is_long),
        cmocka_unit_test(beyond_the_limit_python_falls_back),
        cmocka_unit_test(digests_tell_of_blobs),
        cmocka_unit_test(python_is_interrupted_in_copies),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
