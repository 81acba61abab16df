/*
 * test_values.c: the value of a last expression, from either interpreter: as JSON where JSON holds it, as text in
 * any case.
 */
#include <string.h>

#include "session.h"

typedef struct valued {
    const char *source, *value, *repr; /* NULL: none */
} valued;

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const char *shown(const char *text_)
{
    return text_ ? text_ : "none";
}

static void all_have(const valued *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bj_receipt *receipt = eval_fresh(NULL, cases[i].source);
        const char *value = bj_receipt_value(receipt, NULL), *repr = bj_receipt_repr(receipt, NULL);
        if (!same(value, cases[i].value) || !same(repr, cases[i].repr))
            fail_msg("%s: value %s, repr %s, %s", cases[i].source, shown(value), shown(repr),
                     bj_receipt_stderr(receipt, NULL));
        check_json(bj_receipt_describe(receipt));
        bj_receipt_delete(receipt);
    }
}

/* ---- Python ---- */

static int begin_python(void **state)
{
    return session_begin(state, "python");
}

static void of_python(void **state)
{
    (void)state;
    static const valued cases[] = {
        {"", NULL, NULL},
        {"x = 5", NULL, NULL},
        {"for i in range(3): i", NULL, NULL},
        {"1 + 1", "2", "2"},
        {"x = 5; x", "5", "5"},
        {"x = 5\nx  # the last one\n", "5", "5"},
        {"None", "null", "None"},
        {"print(end='')", "null", "None"},
        {"True", "true", "True"},
        {"2**63 - 1", "9223372036854775807", "9223372036854775807"},
        {"-2**63", "-9223372036854775808", "-9223372036854775808"},
        {"2**63", NULL, "9223372036854775808"},
        {"0.1 + 0.2", "0.30000000000000004", "0.30000000000000004"},
        {"1e300", "1e+300", "1e+300"},
        {"-0.0", "-0.0", "-0.0"},
        {"float('nan')", NULL, "nan"},
        {"[1, float('inf')]", NULL, "[1, inf]"},
        {"'a\"b\\\\c\\n\\t\\x00\\x7f\\u00e9\\U0001f600'",
         "\"a\\\"b\\\\c\\n\\u0009\\u0000\x7f\xc3\xa9\xf0\x9f\x98\x80\"",
         "'a\"b\\\\c\\n\\t\\x00\\x7f\xc3\xa9\xf0\x9f\x98\x80'"},
        {"'\\ud800'", NULL, "'\\ud800'"},
        {"[]", "[]", "[]"},
        {"{'a': [1, (2, None)], 'b': {}}", "{\"a\":[1,[2,null]],\"b\":{}}",
         "{'a': [1, (2, None)], 'b': {}}"},
        {"{1: 2}", NULL, "{1: 2}"},
        {"{1, }", NULL, "{1}"},
        {"b'x'", NULL, "b'x'"},
        {"import collections; collections.Counter('aab')", "{\"a\":2,\"b\":1}",
         "Counter({'a': 2, 'b': 1})"},
        {"l = []; l.append(l); l", NULL, "[[...]]"},
        {"x = 1\nfor _ in range(64): x = [x]\nx = x[0]; len(repr(x))", "127", "127"},
        {"'the docstring of nothing'", "\"the docstring of nothing\"",
         "'the docstring of nothing'"},
        {"class A:\n def __repr__(self): raise ValueError('no')\nA()", NULL,
         "<A object: its repr() raised ValueError>"},
        {"class A:\n def __repr__(self): raise SystemExit\nA()", NULL,
         "<A object: its repr() raised SystemExit>"},
        {"class L(list):\n def __iter__(self): 1/0\n def __len__(self): 1/0\nL([1, 2])", "[1,2]",
         "[1, 2]"},
        {"class D(dict):\n def items(self): 1/0\nD(a=1)", "{\"a\":1}", "{'a': 1}"},
        {"class I(int):\n def __str__(self): return 'x'\n __repr__ = __str__\nI(7)", "7", "x"},
    };
    all_have(cases, sizeof cases / sizeof *cases);
}

static void large_ones_of_python(void **state)
{
    (void)state;
    bj_receipt *receipt = eval_fresh(NULL, "'x' * (1 << 20)");
    assert_null(bj_receipt_value(receipt, NULL));
    size_t size;
    assert_non_null(bj_receipt_repr(receipt, &size));
    assert_int_equal(size, 65536);
    expect_outcome(receipt, BJ_OUTCOME_OK);
    receipt = eval_fresh(NULL, "'x' * ((1 << 20) - 2)");
    assert_non_null(bj_receipt_value(receipt, &size));
    assert_int_equal(size, 1 << 20);
    bj_receipt_delete(receipt);
    /* Two to the power of sixty leaves. */
    receipt = eval_fresh(
        NULL, "x = 1\nfor _ in range(60): x = [x, x]\nx = {'x': x}; x['x'][0] and 1; y = x\n"
              "type('Q', (dict,), {'__repr__': lambda self: 'big'})(x)");
    assert_null(bj_receipt_value(receipt, NULL));
    assert_string_equal(bj_receipt_repr(receipt, NULL), "big");
    bj_receipt_delete(receipt);
    /* There is no memory for its text. */
    bj_policy policy = tight_policy();
    policy.memory_bytes = 64 << 20;
    policy.wall_ms = 20000;
    receipt = eval_fresh(&policy, "x = bytearray(12_000_000); x");
    assert_non_null(bj_receipt_repr(receipt, NULL));
    expect_outcome(receipt, BJ_OUTCOME_OK);
}

/* The next eval does not show the value of the one before. */
static void each_eval_has_its_own(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt *one = must_eval(box, "'one'"), *none = must_eval(box, "x = 1"),
               *wrong = must_eval(box, "1/0");
    assert_string_equal(bj_receipt_value(one, NULL), "\"one\"");
    assert_null(bj_receipt_value(none, NULL));
    assert_null(bj_receipt_repr(none, NULL));
    assert_null(bj_receipt_value(wrong, NULL));
    bj_receipt_delete(one);
    bj_receipt_delete(none);
    bj_receipt_delete(wrong);
    bj_sandbox_delete(box);
}

/* ---- JavaScript ---- */

static int begin_javascript(void **state)
{
    return session_begin(state, "javascript");
}

static void of_javascript(void **state)
{
    (void)state;
    static const valued cases[] = {
        {"", NULL, NULL},
        {"let x = 5", NULL, NULL},
        {"undefined", NULL, NULL},
        {"1 + 1", "2", "2"},
        {"null", "null", "null"},
        {"'a\"b'", "\"a\\\"b\"", "'a\"b'"},
        {"[1, NaN, undefined]", NULL, "[ 1, NaN, undefined ]"},
        {"({a: 1, f() {}})", NULL, "{ a: 1, f: [Function: f] }"},
        {"() => 1", NULL, "[Function (anonymous)]"},
        {"10n", NULL, "10n"},
        {"new Date(0)", NULL, "1970-01-01T00:00:00.000Z"},
        {"let o = {}; o.o = o; o", NULL, "<ref *1> { o: [Circular *1] }"},
        {"({toJSON() { throw 1 }})", NULL, "{ toJSON: [Function: toJSON] }"},
        {"await Promise.resolve(7)", "7", "7"},
        {"'\\ud800'", NULL, "'\\uD800'"},
        {"1.5e20", "150000000000000000000.0", "150000000000000000000"},
        {"2 ** 53 - 1", "9007199254740991", "9007199254740991"},
        {"-0", "-0.0", "-0"},
        {"({a: undefined, $b: 1})", "{\"$b\":1}", "{ a: undefined, '$b': 1 }"},
        {"new Set([1])", NULL, "Set(1) { 1 }"},
        {"new Map([[1, 2]])", NULL, "Map(1) { 1 => 2 }"},
        {"new Uint8Array(2)", NULL, "Uint8Array(2) [ 0, 0 ]"},
        {"[1, , 2]", NULL, "[ 1, <1 empty item>, 2 ]"},
        {"new Error('x').message", "\"x\"", "'x'"},
        {"({toJSON: () => ({b: 1})})", "{\"b\":1}", "{ toJSON: [Function: toJSON] }"},
    };
    all_have(cases, sizeof cases / sizeof *cases);
}

static void deep_ones_of_javascript(void **state)
{
    (void)state;
    bj_receipt *receipt = eval_fresh(NULL, "let a = []; for (let i = 0; i < 3000; i++) a = [a]; a");
    assert_null(bj_receipt_value(receipt, NULL));
    assert_non_null(bj_receipt_repr(receipt, NULL));
    expect_outcome(receipt, BJ_OUTCOME_OK);
}

int main(void)
{
    const struct CMUnitTest python[] = {
        cmocka_unit_test(of_python),
        cmocka_unit_test(large_ones_of_python),
        cmocka_unit_test(each_eval_has_its_own),
    };
    const struct CMUnitTest javascript[] = {
        cmocka_unit_test(of_javascript),
        cmocka_unit_test(deep_ones_of_javascript),
    };
    return cmocka_run_group_tests_name("values of Python", python, begin_python, session_end) +
           cmocka_run_group_tests_name("values of JavaScript", javascript, begin_javascript,
                                       session_end);
}
