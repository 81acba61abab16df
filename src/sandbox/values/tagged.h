/*
 * tagged.h: tagged JSON (docs/values.md), as guests write it and believe it: whether a text is some, and what of it plain
 * JSON holds.
 *
 * All readers of these texts must find the same value in them, since one checks what another delivers. So what readers of
 * JSON disagree about is refused here: two members of one name, integers beyond 2**53 - 1 that are not tagged, numbers
 * beyond the largest double, lone surrogates, and of course anything that is no JSON or no tag.
 *
 * The functions return whether all went well; if not, a line in `why` (`room` bytes, NUL-terminated) says what did not.
 * They pay `work` for their steps.
 */
#ifndef BJ_SANDBOX_TAGGED_H
#define BJ_SANDBOX_TAGGED_H

#include "base/buffer.h"
#include "base/span.h"
#include "policy/work.h"
#include "sandbox/values/schema.h"

/* Text is nested this deep at most: a value of 64 levels whose every level is a dict in pairs. */
#define TAGGED_NESTING 200u

/* What takes the place of values that plain JSON does not hold, where a schema judges it. */
typedef struct tagged_stand_ins {
    const char *other; /* JSON; NULL: a string that names the kind */
    const char *positive, *negative, *nan;
} tagged_stand_ins;

/* What was met. */
typedef struct tagged_met {
    bool object;   /* the value is an object */
    bool others;   /* values of no type of JSON's: bytes, sets, dates */
    bool specials; /* NaN, infinities */
} tagged_met;

/* Checks the text, beside which `blobs` blobs stand, each of which it names exactly once, and appends its value in plain JSON to *out (which may be NULL: the check alone). Without stand-ins
 * what plain JSON does not hold is refused. *met may be NULL. */
bool tagged_read(bj_span text, size_t blobs, const tagged_stand_ins *stand_ins, bj_buffer *out,
                 tagged_met *met, policy_work *work, char *why, size_t room);

/* Appends plain JSON of the host's as tagged JSON: keys are escaped, large integers are tagged. */
bool tagged_write(bj_span json, bj_buffer *out, policy_work *work, char *why, size_t room);

/* Whether a text of arguments, beside which `blobs` blobs stand, is an object in tagged JSON whose value fits the schema (NULL: any). A value that is of no
 * type of JSON's fits where the schema takes anything. */
bool tagged_fits(const bj_schema *schema, bj_span text, size_t blobs, policy_work *work, char *why,
                 size_t room);

#endif
