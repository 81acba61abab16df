/*
 * schema.h: JSON and JSON Schema, for what guests hand to tools. The validator is the crate jsonschema, in the
 * static library beside Wasmtime (src/engine/wasmtime/src/schema.rs). Patterns run in time linear in the text, nothing
 * is fetched for a reference, nesting is bounded at 128. A schema never changes: any thread.
 */
#ifndef BJ_SANDBOX_SCHEMA_H
#define BJ_SANDBOX_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct bj_schema bj_schema;

/* NULL and a line in `message` (`room` bytes, NUL-terminated): it is no schema. */
bj_schema *bj_schema_new(const char *text, size_t size, char *message, size_t room);
void bj_schema_delete(bj_schema *schema);

/* Whether `text` is JSON, an object where `object` says so, and with a schema fits it; else a line in `message` says
 * where not. */
bool bj_schema_check(const bj_schema *schema, const char *text, size_t size, bool object,
                     char *message, size_t room);

#endif
