/*
 * audit.c: calls of the guest as lines of JSON, and what was denied.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "sandbox/object/sandbox.h"
#include "wasi/rights.h"

static json_t *json_text(const char *text)
{
    bj_autobuffer bj_buffer clean = {0};
    if (!text)
        return json_null();
    if (bj_utf8_sanitize(&clean, bj_span_of(text)) < 0)
        return NULL;
    return json_stringn(bj_buffer_text(&clean), clean.size);
}

/* By the names of preview 1: ["FD_READ", …]. */
static json_t *json_rights(uint64_t rights)
{
    static const char *const names[] = {
#define RIGHT_NAME(name) #name,
        WASI_RIGHTS(RIGHT_NAME)
#undef RIGHT_NAME
    };
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof names / sizeof *names; i++)
        if (rights >> i & 1)
            json_array_append_new(list, json_string(names[i]));
    return list;
}

void audit_event(void *user, const wasi_event *event)
{
    bj_sandbox *box = user;
    const bool fuel_known = engine_instance_counts_fuel(box->instance);
    json_t *line =
        json_pack("{ss so so so ss? ss? so ss so}", "call", event->call, "path",
                  json_text(event->path), "other_path", json_text(event->other_path), "descriptor",
                  event->has_descriptor ? json_integer(event->descriptor) : json_null(), "mount",
                  event->mount, "layer", event->layer, "rights", json_rights(event->rights),
                  "result", vfs_errno_name(event->result), "fuel",
                  fuel_known ? json_integer((json_int_t)engine_instance_fuel_used(box->instance))
                             : json_null());
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (text)
        box->grants->on_audit(box->grants->on_audit_user, text, strlen(text));
    free(text);
}

BJ_API size_t bj_receipt_denial_count(const bj_receipt *receipt)
{
    return receipt->denials.count;
}

BJ_API bool bj_receipt_denial(const bj_receipt *receipt, size_t number, bj_denial *denial)
{
    if (number >= receipt->denials.count || denial->size < sizeof denial->size)
        return false;
    const wasi_denial *each = &receipt->denials.items[number];
    bj_denial all = {
        .call = each->call, .path = each->path, .reason = each->reason, .times = each->times};
    all.size = denial->size < sizeof all ? denial->size : sizeof all;
    memcpy(denial, &all, all.size);
    return true;
}

BJ_API uint64_t bj_receipt_more_denials(const bj_receipt *receipt)
{
    return receipt->denials.more;
}
