/*
 * json.h: the library's JSON texts, read and laid out for people. The only place beside inspect.c and
 * doctor.c that knows Jansson.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The text of a `_describe` function as a value, or NULL after a message. json_decref it. */
json_t *json_read(const char *text);

/* Writes one JSON object and a newline: in one line, or indented and fit for a terminal. 0, or -1 (out's error flag is set,
 * or memory is out). */
int json_write(FILE *out, const json_t *value, bool indented);

/* The same for a text that is JSON already, and laid out; `shown` (and indented): as screen.h has it. */
int json_write_text(FILE *out, const char *text, bool indented, bool shown);

/* Members, with a fallback where the member is missing or of another type. */
const char *json_string_at(const json_t *object, const char *key, const char *fallback);
bool json_bool_at(const json_t *object, const char *key, bool fallback);
uint64_t json_count_at(const json_t *object, const char *key);

static inline void json_cleanup(json_t **value)
{
    json_decref(*value);
}
#define json_auto __attribute__((cleanup(json_cleanup))) json_t

#endif
