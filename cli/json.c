/*
 * json.c: JSON by Jansson, in the few ways that the command needs it.
 */
#include "json.h"

#include <string.h>

#include "cli.h"
#include "screen.h"

json_t *json_read(const char *text)
{
    json_error_t why;
    json_t *value = json_loads(text, JSON_ALLOW_NUL, &why);
    if (value == NULL)
        cli_error("the library's JSON cannot be read: %s", why.text);
    return value;
}

int json_write(FILE *out, const json_t *value, bool indented)
{
    cli_autofree char *text = json_dumps(value, indented ? JSON_INDENT(2) : JSON_COMPACT);
    return text != NULL ? json_write_text(out, text, indented, indented) : -1;
}

/* White space between the parts of a JSON text means nothing. */
static void write_compact(FILE *out, const char *text)
{
    bool in_string = false;
    for (; *text != '\0'; text++) {
        if (in_string && *text == '\\')
            putc(*text++, out);
        else if (*text == '"')
            in_string = !in_string;
        if (in_string || strchr(" \t\r\n", *text) == NULL)
            putc(*text, out);
    }
}

int json_write_text(FILE *out, const char *text, bool indented, bool shown)
{
    if (shown)
        screen_put(out, SCREEN_JSON, text, strlen(text));
    else if (indented)
        fputs(text, out);
    else
        write_compact(out, text);
    return putc('\n', out) != EOF && !ferror(out) ? 0 : -1;
}

const char *json_string_at(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : fallback;
}

bool json_bool_at(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

uint64_t json_count_at(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}
