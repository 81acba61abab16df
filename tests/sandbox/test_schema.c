/*
 * test_schema.c: a check of arguments costs what it says, ends when it is told to, and says in one short line what does not
 * fit. Bounds are in steps, which are the same on every machine.
 */
#include "sandbox/values/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* What was asked, and after how much it is to end. */
typedef struct meter {
    uint64_t cost, most;
    unsigned refusals;
} meter;

static bool count(void *user, uint64_t cost)
{
    meter *m = user;
    m->cost += cost;
    m->refusals += m->cost > m->most;
    return m->cost <= m->most;
}

static bj_schema *must_make(const char *text)
{
    char message[256];
    bj_schema *schema = bj_schema_new(text, strlen(text), message, sizeof message);
    if (!schema)
        fail_msg("%s", message);
    return schema;
}

static bool check(const bj_schema *schema, const char *text, meter *m, char message[256])
{
    *message = 0;
    return bj_schema_check(schema, text, strlen(text), true, count, m, message, 256);
}

/* What Pydantic makes of a union of classes that hold the union. */
#define NODE(kind)                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"arg\":{\"$ref\":\"#/$defs/"                            \
    "Expr\"},\"kind\":{\"const\":\"" kind "\"}},\"required\":[\"arg\",\"kind\"]}"
#define UNION(keyword)                                                                             \
    "{\"type\":\"object\",\"properties\":{\"e\":{\"$ref\":\"#/$defs/"                              \
    "Expr\"}},\"required\":[\"e\"],"                                                               \
    "\"$defs\":{\"And\":" NODE("and") ",\"Or\":" NODE("or") ",\"Not\":" NODE(                      \
        "not") ",\"Leaf\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"number\"}},"      \
               "\"required\":[\"v\"]},"                                                            \
               "\"Expr\":{\"" keyword "\":[{\"$ref\":\"#/$defs/And\"},{\"$ref\":\"#/$defs/Or\"},"  \
               "{\"$ref\":\"#/$defs/Not\"},{\"$ref\":\"#/$defs/Leaf\"}]}}}"

/* {"e": the leaf in `depth` nodes}. */
static const char *nested(char *text, int depth, const char *leaf)
{
    char *at = text + sprintf(text, "{\"e\":");
    for (int i = 0; i < depth; i++)
        at += sprintf(at, "{\"arg\":");
    at += sprintf(at, "%s", leaf);
    for (int i = 0; i < depth; i++)
        at += sprintf(at, ",\"kind\":\"or\"}");
    strcpy(at, "}");
    return text;
}

static uint64_t cost_of(const char *schema_text, int depth, const char *leaf, bool fits,
                        const char *why)
{
    char text[4096], message[256];
    meter m = {.most = UINT64_MAX};
    bj_schema *schema = must_make(schema_text);
    assert_int_equal(check(schema, nested(text, depth, leaf), &m, message), fits);
    if (!strstr(message, why))
        fail_msg("%s: no '%s' in it", message, why);
    bj_schema_delete(schema);
    return m.cost;
}

static void a_recursive_union_costs_as_much_as_it_is_deep(void **state)
{
    (void)state;
    static const char *const schemas[] = {UNION("anyOf"), UNION("oneOf")};
    static const char *const keywords[] = {"'anyOf'", "'oneOf'"};
    for (size_t i = 0; i < 2; i++) {
        const uint64_t half = cost_of(schemas[i], 25, "{\"v\":\"bad\"}", false, "");
        const uint64_t whole = cost_of(schemas[i], 50, "{\"v\":\"bad\"}", false, "");
        assert_in_range(whole, half, 4 * half);
        const uint64_t half_fits = cost_of(schemas[i], 25, "{\"v\":1}", true, "");
        const uint64_t whole_fits = cost_of(schemas[i], 50, "{\"v\":1}", true, "");
        assert_in_range(whole_fits, half_fits, 4 * half_fits);
        cost_of(schemas[i], 2, "{\"v\":\"bad\"}", false, keywords[i]);
        cost_of(schemas[i], 2, "{\"v\":\"bad\"}", false, "/e: ");
    }
}

/* `levels` schemas, each of which asks twice for the next: two to the power of `levels` visits of the last. */
static char *ladder(int levels, const char *keyword, const char *last)
{
    char *text = malloc((size_t)levels * 160 + 256), *at = text;
    at += sprintf(at, "{\"$ref\":\"#/$defs/s0\",\"$defs\":{");
    for (int i = 0; i < levels; i++)
        at +=
            sprintf(at, "\"s%d\":{\"%s\":[{\"$ref\":\"#/$defs/s%d\"},{\"$ref\":\"#/$defs/s%d\"}]},",
                    i, keyword, i + 1, i + 1);
    sprintf(at, "\"s%d\":%s}}", levels, last);
    return text;
}

static void schemas_that_double_at_each_level_end(void **state)
{
    (void)state;
    static const struct {
        const char *keyword, *last;
    } cases[] = {{"allOf", "{}"},
                 {"allOf", "{\"type\":\"object\"}"},
                 {"anyOf", "{\"type\":\"string\"}"},
                 {"oneOf", "{\"minProperties\":1}"}};
    char message[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = ladder(40, cases[i].keyword, cases[i].last);
        bj_schema *schema = must_make(text);
        meter told = {.most = 1000000}, own = {.most = UINT64_MAX};
        assert_false(check(schema, "{}", &told, message));
        assert_non_null(strstr(message, "too long"));
        assert_int_equal(told.refusals, 1);
        assert_false(check(schema, "{}", &own, message));
        assert_non_null(strstr(message, "too long"));
        assert_in_range(own.cost, 0, 110000000);
        bj_schema_delete(schema);
        free(text);
    }
}

/* A text of `count` times the item, separated by commas, in between. */
static char *many(const char *before, const char *item, size_t count, const char *after)
{
    const size_t size = strlen(item) + 1;
    char *text = malloc(strlen(before) + count * size + strlen(after) + 1);
    char *at = stpcpy(text, before);
    for (size_t i = 0; i < count; i++, at += size) {
        memcpy(at, item, size - 1);
        at[size - 1] = ',';
    }
    strcpy(at - 1, after);
    return text;
}

static void reading_ends_when_it_is_told_to(void **state)
{
    (void)state;
    char message[256];
    char *text = many("{\"a\":[", "[[]]", 100000, "]}");
    meter m = {.most = 100000};
    assert_false(check(NULL, text, &m, message));
    assert_non_null(strstr(message, "too long"));
    assert_int_equal(m.refusals, 1);
    m = (meter){.most = UINT64_MAX};
    assert_true(check(NULL, text, &m, message));
    assert_in_range(m.cost, 100000, 20000000);
    free(text);
}

static void many_patterns_for_many_names_end_when_told_to(void **state)
{
    (void)state;
    char message[256];
    char *all = malloc(300000), *names = malloc(300000), *at = all;
    at += sprintf(at, "{\"patternProperties\":{");
    for (int i = 0; i < 500; i++)
        at += sprintf(at, "%s\"^x%d.*y\":{}", i ? "," : "", i);
    strcpy(at, "}}");
    at = names + sprintf(names, "{");
    for (int i = 0; i < 5000; i++)
        at += sprintf(at, "%s\"name%d\":1", i ? "," : "", i);
    strcpy(at, "}");
    bj_schema *schema = must_make(all);
    meter m = {.most = 10000000};
    assert_false(check(schema, names, &m, message));
    assert_non_null(strstr(message, "too long"));
    assert_int_equal(m.refusals, 1);
    bj_schema_delete(schema);
    free(all);
    free(names);
}

static void a_pattern_that_grows_without_bound_is_no_schema(void **state)
{
    (void)state;
    const char *text = "{\"pattern\":\"((((x{100}){100}){100}){100})\"}";
    char message[256];
    assert_null(bj_schema_new(text, strlen(text), message, sizeof message));
}

static void what_does_not_fit_is_told_in_a_short_line(void **state)
{
    (void)state;
    char message[256];
    bj_schema *schema = must_make("{\"properties\":{\"a\":{\"maxItems\":3}}}");
    char *text = many("{\"a\":[", "\"line\\nbreak\"", 50000, "]}");
    meter m = {.most = UINT64_MAX};
    assert_false(check(schema, text, &m, message));
    assert_true(strncmp(message, "/a: ", 4) == 0);
    assert_null(strchr(message, '\n'));
    assert_in_range(strlen(message), 4, 255);
    free(text);
    bj_schema_delete(schema);
}

static void values_are_read_as_they_always_were(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *text;
        bool fits;
    } cases[] = {
        {"{\"properties\":{\"a\":{\"const\":1}}}", "{\"a\":1.0}", true},
        {"{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":18446744073709551615}", true},
        {"{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":-9223372036854775808}", true},
        {"{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "{\"a\":1.5}", false},
        {"{\"properties\":{\"a\":{\"const\":2}}}", "{\"a\":1,\"a\":2}", true},
        {"{\"properties\":{\"a\":{\"const\":\"\\u20ac\"}}}", "{\"a\":\"\xe2\x82\xac\"}", true},
        {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"a\":null}", true},
        {"{}", "{\"a\":1e999}", false},
        {"{}", "{\"a\":\"\\ud800\"}", false},
        {"{}", "{} {}", false},
        {"{}", "", false},
        {"{}", "[1]", false},
    };
    char message[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bj_schema *schema = must_make(cases[i].schema);
        meter m = {.most = UINT64_MAX};
        if (check(schema, cases[i].text, &m, message) != cases[i].fits)
            fail_msg("%s and %s: %s", cases[i].schema, cases[i].text, message);
        assert_int_equal(*message != 0, !cases[i].fits);
        bj_schema_delete(schema);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[4096], message[256];
    meter m = {.most = UINT64_MAX};
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_false(check(NULL, text, &m, message));
    assert_non_null(strstr(message, "recursion"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recursive_union_costs_as_much_as_it_is_deep),
        cmocka_unit_test(schemas_that_double_at_each_level_end),
        cmocka_unit_test(reading_ends_when_it_is_told_to),
        cmocka_unit_test(many_patterns_for_many_names_end_when_told_to),
        cmocka_unit_test(a_pattern_that_grows_without_bound_is_no_schema),
        cmocka_unit_test(what_does_not_fit_is_told_in_a_short_line),
        cmocka_unit_test(values_are_read_as_they_always_were),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
