/*
 * fuzz_schema.c: what a guest hands to a tool, of any bytes, against a schema that a tool might have; or against one of any
 * bytes, which an embedder takes from somewhere. The validator is in Rust, where what breaks ends the process.
 */
#include "fuzz.h"
#include "sandbox/values/schema.h"

static const char *const schemas[] = {
    "{}",
    "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"maxLength\":9,"
    "\"pattern\":\"^(a|b)*c+$\"},"
    "\"n\":{\"type\":\"integer\",\"minimum\":-3,\"multipleOf\":0.5},\"at\":{\"format\":\"date-"
    "time\"}},"
    "\"required\":[\"query\"],\"additionalProperties\":false}",
    "{\"$defs\":{\"tree\":{\"type\":\"object\",\"properties\":{\"left\":{\"$ref\":\"#/$defs/"
    "tree\"},"
    "\"right\":{\"$ref\":\"#/$defs/tree\"},\"v\":{\"enum\":[1,\"a\",null,[2]]}}}},\"$ref\":\"#/"
    "$defs/tree\"}",
    "{\"properties\":{\"list\":{\"type\":\"array\",\"uniqueItems\":true,\"contains\":{\"const\":0."
    "1},\"maxItems\":50,"
    "\"prefixItems\":[{\"multipleOf\":1e-9}]}},\"unevaluatedProperties\":{\"type\":\"number\"}}",
    "{\"anyOf\":[{\"not\":{\"required\":[\"a\"]}},{\"if\":{\"minProperties\":2},\"then\":{"
    "\"propertyNames\":"
    "{\"maxLength\":3}},\"else\":{\"patternProperties\":{\"^\\\\p{L}+$\":{\"type\":[\"null\","
    "\"boolean\"]}}}}]}",
    "{\"$ref\":\"#/$defs/e\",\"$defs\":{\"e\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/"
    "$defs/o\"},"
    "{\"type\":\"number\"}]},"
    "\"a\":{\"properties\":{\"x\":{\"$ref\":\"#/$defs/e\"},\"k\":{\"const\":\"a\"}}},"
    "\"o\":{\"properties\":{\"x\":{\"$ref\":\"#/$defs/e\"},\"k\":{\"const\":\"o\"}}}}}",
};

#define SCHEMAS (sizeof schemas / sizeof *schemas)

/* What a check may cost by itself, with what one step may go beyond it. */
#define COST(size) (UINT64_C(200000000) + 300 * (size))

static bool count(void *cost, uint64_t step)
{
    *(uint64_t *)cost += step;
    return true;
}

static void check(const bj_schema *schema, const uint8_t *text, size_t size)
{
    char message[64];
    uint64_t cost = 0;
    memset(message, 'x', sizeof message);
    if (!bj_schema_check(schema, (const char *)text, size, true, count, &cost, message,
                         sizeof message))
        HOLD(memchr(message, 0, sizeof message));
    (void)bj_schema_check(NULL, (const char *)text, size, false, count, &cost, message,
                          sizeof message);
    HOLD(cost <= 2 * COST(size));
}

/* The first byte chooses the schema; SCHEMAS and above: it is the text up to a NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bj_schema *made[SCHEMAS];
    char message[64];
    if (size == 0)
        return 0;
    for (size_t i = 0; i < SCHEMAS && !made[i]; i++) {
        made[i] = bj_schema_new(schemas[i], strlen(schemas[i]), message, sizeof message);
        HOLD(made[i]);
    }
    if (data[0] < SCHEMAS) {
        check(made[data[0]], data + 1, size - 1);
        return 0;
    }
    const uint8_t *end = memchr(data + 1, 0, size - 1);
    if (!end)
        return 0;
    bj_schema *schema =
        bj_schema_new((const char *)data + 1, (size_t)(end - data - 1), message, sizeof message);
    if (schema)
        check(schema, end + 1, size - (size_t)(end + 1 - data));
    bj_schema_delete(schema);
    return 0;
}
