/*
 * uses.h: calls of tools as the receipt tells of them.
 */
#ifndef BJ_SANDBOX_USES_H
#define BJ_SANDBOX_USES_H

#include "base/buffer.h"
#include "base/sha256.h"
#include "base/span.h"

#define TOOL_NAME_MOST 64u

typedef enum tool_outcome {
    TOOL_USE_RETURNED,
    TOOL_USE_RAISED,
    TOOL_USE_REFUSED,
    TOOL_USE_TIMED_OUT,
    TOOL_USE_INTERRUPTED
} tool_outcome;

/* A call as the receipt tells of it. */
typedef struct tool_use {
    /* A byte that is no UTF-8 becomes three; what was cut ends in an ellipsis, which no granted name has. */
    char name[TOOL_NAME_MOST * 3 + sizeof "\xe2\x80\xa6"];
    tool_outcome outcome;
    bj_buffer message, arguments, argument_blobs, result_blobs;
    uint64_t arguments_bytes, result_bytes, wall_ns;
    bj_sha256 arguments_digest; /* of all of them, in a deterministic sandbox */
} tool_use;

typedef struct tool_uses {
    tool_use *items; /* made for the first one */
    size_t count;
    uint64_t more;
    size_t bytes; /* of their arguments and messages */
} tool_uses;

void tool_uses_clear(tool_uses *uses);

/* A new record; NULL: it is only counted. Good until the next one. */
tool_use *tool_use_begin(tool_uses *uses, bj_span name, bj_span arguments);
/* `use` may be NULL. */
void tool_use_end(tool_uses *uses, tool_use *use, tool_outcome outcome, const char *message);
/* What receipts call it. */
const char *tool_outcome_name(tool_outcome outcome);

#endif
