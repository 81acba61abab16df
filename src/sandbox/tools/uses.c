/*
 * uses.c: what is kept of calls: not more than a receipt tells.
 */
#include "sandbox/tools/uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define USES_MOST      1000u
#define ARGUMENTS_TOLD 4096u
/* Of arguments and messages of all uses together. */
#define USES_BYTES ((size_t)16 << 20)

void tool_uses_clear(tool_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++) {
        bj_buffer_free(&uses->items[i].message);
        bj_buffer_free(&uses->items[i].arguments);
        bj_buffer_free(&uses->items[i].argument_blobs);
        bj_buffer_free(&uses->items[i].result_blobs);
    }
    free(uses->items);
    *uses = (tool_uses){0};
}

static bj_span cut(bj_span text, size_t most)
{
    return text.size > most ? (bj_span){text.data, most} : text;
}

tool_use *tool_use_begin(tool_uses *uses, bj_span name, bj_span arguments)
{
    if (uses->count == USES_MOST || uses->bytes >= USES_BYTES) {
        uses->more++;
        return NULL;
    }
    if (uses->count % 16 == 0) {
        tool_use *items = realloc(uses->items, (uses->count + 16) * sizeof *items);
        if (!items) {
            uses->more++;
            return NULL;
        }
        uses->items = items;
    }
    tool_use *use = &uses->items[uses->count++];
    bj_autobuffer bj_buffer clean = {0};
    *use = (tool_use){.arguments_bytes = arguments.size};
    if (bj_utf8_sanitize(&clean, cut(name, TOOL_NAME_MOST)) == 0)
        snprintf(use->name, sizeof use->name, "%s%s", bj_buffer_text(&clean),
                 name.size > strlen(bj_buffer_text(&clean)) ? "\xe2\x80\xa6" : "");
    if (bj_utf8_sanitize(&use->arguments, cut(arguments, ARGUMENTS_TOLD)) < 0)
        bj_buffer_free(&use->arguments);
    uses->bytes += use->arguments.size;
    return use;
}

void tool_use_end(tool_uses *uses, tool_use *use, tool_outcome outcome, const char *message)
{
    if (!use)
        return;
    use->outcome = outcome;
    if (*message && bj_buffer_append(&use->message, message, strlen(message)) < 0)
        bj_buffer_free(&use->message);
    uses->bytes += use->message.size;
}

const char *tool_outcome_name(tool_outcome outcome)
{
    static const char *const names[] = {
        [TOOL_USE_RETURNED] = "returned",       [TOOL_USE_RAISED] = "raised",
        [TOOL_USE_REFUSED] = "refused",         [TOOL_USE_TIMED_OUT] = "timed out",
        [TOOL_USE_INTERRUPTED] = "interrupted",
    };
    return names[outcome];
}
