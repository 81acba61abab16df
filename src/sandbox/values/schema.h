/*
 * schema.h: JSON and JSON Schema, for what guests hand to tools. The validator is the crate jsonschema, in the
 * static library beside Wasmtime (src/engine/wasmtime/src/schema.rs). Patterns run in time linear in the text, nothing
 * is fetched for a reference, nesting is bounded at 128. A schema never changes: any thread.
 *
 * A check pays for its steps, as a schema with references back and forth makes exponentially many of a few bytes: it may
 * cost so much for each byte of the text, and asks on the way whether it goes on.
 */
#ifndef BJ_SANDBOX_SCHEMA_H
#define BJ_SANDBOX_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/work.h"

typedef struct bj_schema bj_schema;

/* NULL and a line in `message` (`room` bytes, NUL-terminated): it is no schema. */
bj_schema *bj_schema_new(const char *text, size_t size, char *message, size_t room);
void bj_schema_delete(bj_schema *schema);

/* Of whoever works: whether it goes on after a step of this cost. */
typedef bool (*bj_schema_ask)(void *user, uint64_t cost);

/* Whether `text` is JSON, an object where `object` says so, and with a schema fits it; else a line in `message` says
 * where not, or that the check was ended. */
bool bj_schema_check(const bj_schema *schema, const char *text, size_t size, bool object,
                     bj_schema_ask ask, void *user, char *message, size_t room);

/* The question that a policy_work answers. */
static inline bool schema_ask(void *work, uint64_t cost)
{
    return policy_work_step(work, cost);
}

#endif
