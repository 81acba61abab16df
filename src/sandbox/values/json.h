/*
 * json.h: what the library says in JSON.
 */
#ifndef BJ_SANDBOX_JSON_H
#define BJ_SANDBOX_JSON_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/span.h"
#include "belljar.h"

/* Any bytes, made valid UTF-8. NULL when out of memory. */
json_t *bj_json_text(bj_span text) BJ_CHECK_RESULT;

/* Takes `object`; NULL when it or anything in it could not be made: `status` is not 0 then. */
char *bj_json_dump(json_t *object, int status) BJ_CHECK_RESULT;

/* Whether a text is JSON: RFC 8259, any value, integers of 64 bits, nested 2,048 levels at most. */
bool bj_json_is_valid(bj_span text);

#endif
