/*
 * test_tagged.c: tagged JSON as the host reads it: what is some, what plain JSON and a schema find in it. All texts are a
 * guest's word.
 */
#include "sandbox/values/tagged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/values/number.h"
#include "unit.h"

static char why[256];

static const char *plain_of(const char *text, size_t size, bj_buffer *out)
{
    policy_work work = policy_work_unlimited();
    *why = 0;
    return tagged_read((bj_span){text, size}, 0, NULL, out, NULL, &work, why, sizeof why)
               ? bj_buffer_text(out)
               : NULL;
}

static bool is_tagged(const char *text, size_t size)
{
    policy_work work = policy_work_unlimited();
    *why = 0;
    return tagged_read((bj_span){text, size}, 0, NULL, NULL, NULL, &work, why, sizeof why);
}

static bool fits(const char *schema_text, const char *text)
{
    policy_work work = policy_work_unlimited();
    bj_schema *schema = bj_schema_new(schema_text, strlen(schema_text), why, sizeof why);
    assert_non_null(schema);
    const bool fit = tagged_fits(schema, bj_span_of(text), 0, &work, why, sizeof why);
    bj_schema_delete(schema);
    return fit;
}

static void what_plain_json_finds(void **state)
{
    (void)state;
    static const struct {
        const char *tagged, *plain; /* NULL: plain JSON has no such value */
    } cases[] = {
        {" { \"a\" : [ 1 , -0.0 , 1e308 , true , null , \"\\u00e4\\ud834\\udd1e\" ] } ",
         "{\"a\":[1,-0.0,1e308,true,null,\"\\u00e4\\ud834\\udd1e\"]}"},
        {"{\"$$set\":[1]}", "{\"$set\":[1]}"},
        {"{\"\\u0024$set\":[1],\"b\":{\"$$\":2}}", "{\"$set\":[1],\"b\":{\"$\":2}}"},
        {"{\"$\\u0024\\u0024x\":1}", "{\"\\u0024\\u0024x\":1}"},
        {"{\"$tuple\":[1,{\"$tuple\":[]}]}", "[1,[]]"},
        {"{\"$int\":\"5\"}", "5"},
        {"{\"$int\":\"-10000000000000000\"}", "-18446744073709551616"},
        {"{\"$int\":\"-0000000000000000ff\"}", "-255"},
        {"{\"$int\":\"0\"}", "0"},
        {"{\"$float\":\"-0\"}", "-0.0"},
        {"[{\"$undefined\":null}]", NULL},
        {"9007199254740991", "9007199254740991"},
        {"1.7976931348623157e308", "1.7976931348623157e308"},
        {"{\"__proto__\":{\"$$x\":1},\"\":0}", "{\"__proto__\":{\"$x\":1},\"\":0}"},
        /* Names of nothing, before one that is none. */
        {"[{\"\":[{\"\":0},{\"a\":0}]}]", "[{\"\":[{\"\":0},{\"a\":0}]}]"},
        {"{\"\":{\"\":{\"\":0},\"b\":1},\"c\":2}", "{\"\":{\"\":{\"\":0},\"b\":1},\"c\":2}"},
        {"{\"$float\":\"nan\"}", NULL},
        {"{\"a\":{\"$float\":\"-inf\"}}", NULL},
        {"{\"$bytes\":\"\"}", NULL},
        {"[{\"$set\":[{\"$float\":\"nan\"}]}]", NULL},
        {"{\"$dict\":[[1,2]]}", NULL},
        {"{\"$array\":[\"f64\",\"\"]}", NULL},
        {"{\"$timedelta\":[1,2,3]}", NULL},
        {"{\"$complex\":[1,{\"$float\":\"inf\"}]}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bj_autobuffer bj_buffer out = {0};
        const char *plain = plain_of(cases[i].tagged, strlen(cases[i].tagged), &out);
        if ((plain == NULL) != (cases[i].plain == NULL) ||
            (plain && strcmp(plain, cases[i].plain) != 0))
            fail_msg("%s: %s (%s)", cases[i].tagged, plain ? plain : "none", why);
        assert_true(is_tagged(cases[i].tagged, strlen(cases[i].tagged)));
    }
}

static void what_readers_disagree_about_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "x",
        "{",
        "[",
        "[1,]",
        "[1 2]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "1 2",
        "nul",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "NaN",
        "Infinity",
        /* one value for one reader, another for the next */
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"$$a\":1,\"\\u0024$a\":2}",
        "9007199254740992",
        "-9007199254740992",
        "18446744073709551616",
        "1e309",
        "1e400",
        "-1e99999999999999999999",
        "1.7976931348623159e308",
        "[1E+400]",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "{\"\\ud800\":1}",
        /* tags that are none */
        "{\"$x\":1}",
        "{\"$\":1}",
        "{\"\\u0024set\":1}",
        "{\"$set\":{}}",
        "{\"$set\":[1],\"$set\":[2]}",
        "{\"$set\":[1],\"a\":1}",
        "{\"a\":1,\"$set\":[1]}",
        "{\"$int\":5}",
        "{\"$int\":\"\"}",
        "{\"$int\":\"-\"}",
        "{\"$int\":\"5F\"}",
        "{\"$int\":\" 5\"}",
        "{\"$float\":\"1\"}",
        "{\"$float\":\"NaN\"}",
        "{\"$tuple\":5}",
        "{\"$dict\":[1]}",
        "{\"$dict\":[[1]]}",
        "{\"$dict\":[[1,2,3]]}",
        "{\"$bytes\":[]}",
        "{\"$timedelta\":[1,2]}",
        "{\"$timedelta\":[1,2,0.5]}",
        "{\"$complex\":[1]}",
        "{\"$array\":[\"u8\"]}",
        "{\"$array\":[\"u8\",1]}",
        "{\"$undefined\":1}",
        "{\"$set\":[}",
        "{\"$tuple\":[1,2]",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (is_tagged(cases[i], strlen(cases[i])) || !*why || strpbrk(why, "\n"))
            fail_msg("%s: %s", cases[i], why);
    assert_false(is_tagged("\"\0\"", 3));
    assert_false(is_tagged("1\0", 2));
}

static char *repeated(const char *before, const char *after, size_t count)
{
    const size_t one = strlen(before), other = strlen(after);
    char *text = malloc((one + other) * count + 2), *at = text;
    for (size_t i = 0; i < count; i++, at += one)
        memcpy(at, before, one);
    *at++ = '1';
    for (size_t i = 0; i < count; i++, at += other)
        memcpy(at, after, other);
    *at = 0;
    return text;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        size_t most;
    } cases[] = {{"[", "]", TAGGED_NESTING},
                 {"{\"a\":", "}", TAGGED_NESTING},
                 {"{\"$tuple\":[", "]}", TAGGED_NESTING},
                 {"{\"$set\":[", "]}", TAGGED_NESTING},
                 {"{\"$dict\":[[0,", "]]}", TAGGED_NESTING}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t count = 64; count < 2000000; count = count * 31 + 9) {
            bj_autofree char *text = repeated(cases[i].before, cases[i].after, count);
            if (is_tagged(text, strlen(text)) != (count <= cases[i].most))
                fail_msg("%zu of %s: %s", count, cases[i].before, why);
        }
}

/* Members of one object: as many as fit, long ones and such as begin alike. */
static void two_of_many_names_are_found_in_bounded_work(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    bj_autobuffer bj_buffer text = {0};
    char member[160];
    for (unsigned i = 0; i < COUNT; i++) {
        const int size =
            snprintf(member, sizeof member, "%c\"%0100u\":0", i ? ',' : '{', i * 7919u % COUNT);
        assert_int_equal(bj_buffer_append(&text, member, (size_t)size), 0);
    }
    assert_int_equal(bj_buffer_append(&text, "}", 1), 0);
    assert_true(is_tagged(text.data, text.size));
    text.size--;
    snprintf(member, sizeof member, ",\"%0100u\":1}", 123u);
    assert_int_equal(bj_buffer_append(&text, member, strlen(member)), 0);
    assert_false(is_tagged(text.data, text.size));
    assert_non_null(strstr(why, "two members"));
    /* As many steps as bytes, but for a logarithm; and the work ends when it is told to. */
    policy_work work = {.until_ns = 0};
    assert_false(
        tagged_read((bj_span){text.data, text.size}, 0, NULL, NULL, NULL, &work, why, sizeof why));
    assert_non_null(strstr(why, "too long"));
}

#define OF(type) "{\"properties\":{\"x\":{\"type\":\"" type "\"}}}"

static void what_fits_is_what_is_delivered(void **state)
{
    (void)state;
    static const char *const types[] = {"object",  "array",   "string", "number",
                                        "integer", "boolean", "null"};
    static const struct {
        const char *value;
        const char *fits; /* of the types the first letters; "*" */
    } cases[] = {
        {"{}", "o"},
        {"{\"$$set\":[1]}", "o"},
        {"{\"$tuple\":[1]}", "a"},
        {"\"x\"", "s"},
        {"1.5", "n"},
        {"1", "in"},
        {"{\"$int\":\"8000000000000000\"}", "in"},
        {"{\"$int\":\"-123456789abcdef0123456789abcdef0123456789abcdef\"}", "in"},
        {"{\"$float\":\"inf\"}", "n"},
        {"{\"$float\":\"nan\"}", "n"},
        {"{\"$float\":\"-0\"}", "in"},
        {"true", "b"},
        {"null", "0"},
        {"{\"$undefined\":null}", "0"},
        {"{\"$set\":[1]}", ""},
        {"{\"$bytes\":\"eA==\"}", ""},
        {"{\"$dict\":[[1,2]]}", ""},
        {"{\"$date\":\"2024-01-01\"}", ""},
        {"{\"$decimal\":\"1\"}", ""},
        {"{\"$complex\":[1,2]}", ""},
        {"{\"$array\":[\"f64\",\"\"]}", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], schema[128];
        snprintf(text, sizeof text, "{\"x\":%s}", cases[i].value);
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            const char letter = strcmp(types[t], "null") == 0 ? '0' : types[t][0];
            snprintf(schema, sizeof schema, OF("%s"), types[t]);
            if (fits(schema, text) != (strchr(cases[i].fits, letter) != NULL))
                fail_msg("%s as %s: %s", cases[i].value, types[t], why);
        }
        assert_true(fits("{}", text));
        assert_true(fits("{\"properties\":{\"x\":{\"description\":\"any\"}}}", text));
    }
    assert_false(fits("{}", "{\"$set\":[]}"));
    assert_false(fits("{}", "{\"$tuple\":[]}"));
    assert_false(fits("{}", "[1]"));
    assert_false(fits("{}", "5"));
    assert_false(fits("{\"type\":\"object\"}", "{\"$dict\":[]}"));
}

#define BOUND(bounds) "{\"properties\":{\"x\":{" bounds "}}}"

static void bounds_hold_for_what_is_not_finite(void **state)
{
    (void)state;
    static const char inf[] = "{\"x\":{\"$float\":\"inf\"}}",
                      nan[] = "{\"x\":{\"$float\":\"nan\"}}",
                      minus[] = "{\"x\":{\"$float\":\"-inf\"}}",
                      big[] = "{\"x\":{\"$int\":\"8000000000000000\"}}";
    assert_true(fits(BOUND("\"minimum\":1"), inf));
    assert_false(fits(BOUND("\"maximum\":1e300"), inf));
    assert_false(fits(BOUND("\"minimum\":1"), minus));
    assert_true(fits(BOUND("\"exclusiveMaximum\":0"), minus));
    assert_false(fits(BOUND("\"minimum\":0"), nan));
    assert_false(fits(BOUND("\"maximum\":0"), nan));
    assert_false(fits(BOUND("\"multipleOf\":1"), inf));
    assert_true(fits(BOUND("\"minimum\":9223372036854775807"), big));
    assert_false(fits(BOUND("\"maximum\":9223372036854775807"), big));
    assert_false(fits(BOUND("\"enum\":[1,null,\"<a set>\"]"), "{\"x\":{\"$set\":[]}}"));
    assert_true(fits(BOUND("\"items\":{\"type\":\"integer\"},\"maxItems\":2"),
                     "{\"x\":{\"$tuple\":[1,{\"$int\":\"ffffffffffffffffff\"}]}}"));
    assert_false(fits(BOUND("\"maxItems\":1"), "{\"x\":{\"$tuple\":[1,2]}}"));
    assert_true(fits("{\"properties\":{\"$where\":{\"type\":\"integer\"}}}", "{\"$$where\":1}"));
    assert_false(
        fits("{\"properties\":{\"$where\":{\"type\":\"integer\"}}}", "{\"$$where\":\"x\"}"));
    assert_false(fits(OF("object"), "{\"x\":{\"$set\":[1]}}"));
    assert_non_null(strstr(why, "a set"));
    assert_false(fits(OF("object"), "{\"x\":{\"$float\":\"-inf\"}}"));
    assert_non_null(strstr(why, "not finite is not of type"));
}

static void plain_json_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *tagged;
    } cases[] = {
        {"{\"$ref\":\"#/a\",\"b\":[{\"\\u0024c\":1}]}",
         "{\"$$ref\":\"#/a\",\"b\":[{\"$\\u0024c\":1}]}"},
        {"{\"$set\":[1]}", "{\"$$set\":[1]}"},
        {"9007199254740993", "{\"$int\":\"20000000000001\"}"},
        {"-18446744073709551616", "{\"$int\":\"-10000000000000000\"}"},
        {"[1e3, 0.5]", "[1e3,0.5]"},
        {"1e400", NULL},
        {"{\"a\":1,\"a\":2}", NULL},
        {"{", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bj_autobuffer bj_buffer out = {0}, back = {0};
        policy_work work = policy_work_unlimited();
        const bool written = tagged_write(bj_span_of(cases[i].plain), &out, &work, why, sizeof why);
        assert_int_equal(written, cases[i].tagged != NULL);
        if (!written)
            continue;
        assert_string_equal(bj_buffer_text(&out), cases[i].tagged);
        assert_non_null(plain_of(out.data, out.size, &back));
    }
}

static void integers_keep_their_digits(void **state)
{
    (void)state;
    unsigned random = 1;
    for (unsigned bits = 1; bits < 1024; bits += 7) {
        char hex[300] = "-", *at = hex + bits % 2;
        bj_autobuffer bj_buffer decimal = {0}, back = {0};
        for (unsigned i = 0; i < (bits + 3) / 4; i++) {
            random = random * 1103515245u + 12345u;
            *at++ = "0123456789abcdef"[i == 0 ? 1 + (random >> 16) % 7 : (random >> 16) % 16];
        }
        *at = 0;
        assert_int_equal(number_from_hex(bj_span_of(hex), &decimal), 0);
        assert_int_equal(number_to_hex((bj_span){decimal.data, decimal.size}, &back), 0);
        assert_string_equal(bj_buffer_text(&back), hex);
    }
    bj_autobuffer bj_buffer out = {0};
    bj_autofree char *many = repeated("f", "", 256);
    many[256] = 0;
    assert_int_equal(number_from_hex(bj_span_of(many), &out), 1);
    assert_int_equal(out.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_plain_json_finds),
        cmocka_unit_test(what_readers_disagree_about_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(two_of_many_names_are_found_in_bounded_work),
        cmocka_unit_test(what_fits_is_what_is_delivered),
        cmocka_unit_test(bounds_hold_for_what_is_not_finite),
        cmocka_unit_test(plain_json_is_escaped),
        cmocka_unit_test(integers_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
