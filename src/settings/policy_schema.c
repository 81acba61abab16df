/*
 * policy_schema.c: the JSON Schema of policy files: bj_policy_schema. Editors and programs read it; bj_policy_read is the
 * one that decides.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/attributes.h"
#include "policy/limits.h"

/* Both as bj_quantity_read has them; case does not count there. */
#define PATTERN_NUMBER "^[0-9]+(_[0-9]+)*(\\.[0-9]+(_[0-9]+)*)?([eE]\\+?[0-9]{1,2})?"
#define PATTERN_TIME   PATTERN_NUMBER "(ms|s|m|min|h|d|MS|S|M|MIN|H|D)$"
#define PATTERN_BYTES  PATTERN_NUMBER "([kKmMgGtT]([iI]?[bB])?|[bB])?$"
#define PATTERN_COUNT  PATTERN_NUMBER "[kKmMgGtT]?$"

/* A limit: text with a unit, or a plain number where its unit is plain. */
static json_t *limit_schema(const policy_limit_row *row)
{
    char text[32] = "none"; /* of cpu and fuel */
    if (row->standard != 0)
        bj_quantity_format(row->unit, row->standard, text, sizeof text);
    if (row->unit == BJ_UNIT_MILLISECONDS)
        return json_pack("{ss ss++ ss}", "type", "string", "description", row->help, "; default ",
                         text, "pattern", PATTERN_TIME);
    return json_pack("{s[ss] ss++ sI sI ss}", "type", "integer", "string", "description", row->help,
                     "; default ", text, "minimum", (json_int_t)row->least, "maximum",
                     (json_int_t)row->most, "pattern",
                     row->unit == BJ_UNIT_BYTES ? PATTERN_BYTES : PATTERN_COUNT);
}

static json_t *limits_schema(void)
{
    json_t *limits = json_object();
    int status = 0;
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++)
        status |= json_object_set_new(limits, policy_limits[limit].name,
                                      limit_schema(&policy_limits[limit]));
    if (status == 0)
        return json_pack("{ss sb so}", "type", "object", "additionalProperties", 0, "properties",
                         limits);
    json_decref(limits);
    return NULL;
}

static json_t *mount_schema(void)
{
    static const char text[] =
        "{\"oneOf\": ["
        "{\"type\": \"string\", \"minLength\": 1, \"description\": \"a directory of the host, "
        "read-only\"},"
        "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"host\"], "
        "\"properties\": {"
        "\"host\": {\"type\": \"string\", \"minLength\": 1, \"description\": "
        "\"a directory of the host, seen from the file's folder\"},"
        "\"mode\": {\"enum\": [\"ro\", \"rw\", \"overlay\"], \"default\": \"ro\"}}},"
        "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"memory\"], "
        "\"properties\": {"
        "\"memory\": {\"type\": [\"integer\", \"string\"], \"minimum\": 0,"
        " \"description\": \"an empty directory in memory of at most so much\"}}},"
        "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"archive\"], "
        "\"properties\": {"
        "\"archive\": {\"type\": \"string\", \"minLength\": 1, \"description\": "
        "\"a zip file of the host, read-only\"}}}]}";
    json_t *schema = json_loads(text, 0, NULL);
    json_t *memory = json_object_get(
        json_object_get(json_array_get(json_object_get(schema, "oneOf"), 2), "properties"),
        "memory");
    if (memory && json_object_set_new(memory, "pattern", json_string(PATTERN_BYTES)) < 0) {
        json_decref(schema);
        return NULL;
    }
    return schema;
}

static json_t *properties_schema(void)
{
    return json_pack(
        "{s{ss} s{s[sss] ss} so s{ss s{ss} so} s{ss s{ss}} s{ss ss} s{ss ss} s{ss si sI ss}}",
        "$schema", "type", "string", "preset", "enum", "strict", "default", "roomy", "description",
        "the limits that are meant where `limits` has none", "limits", limits_schema(), "mounts",
        "type", "object", "propertyNames", "pattern", "^/", "additionalProperties", mount_schema(),
        "env", "type", "object", "additionalProperties", "type", "string", "devices", "type",
        "boolean", "description", "show a command /dev", "exceptions", "type", "boolean",
        "description", "let a module throw and catch exceptions of WebAssembly", "seed", "type",
        "integer", "minimum", 0, "maximum", (json_int_t)INT64_MAX, "description",
        "a clock and random numbers of its own: two runs of the same code give the same");
}

BJ_API char *bj_policy_schema(void)
{
    json_t *schema =
        json_pack("{ss ss ss sb so}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                  "title", "A policy of Belljar", "type", "object", "additionalProperties", 0,
                  "properties", properties_schema());
    char *text = schema ? json_dumps(schema, JSON_INDENT(2)) : NULL;
    json_decref(schema);
    return text;
}
