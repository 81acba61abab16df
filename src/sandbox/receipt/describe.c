/*
 * describe.c: a receipt as JSON text.
 */
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "sandbox/receipt/receipt.h"
#include "sandbox/values/json.h"

static json_t *describe_error(const bj_receipt *receipt)
{
    if (!receipt->has_error)
        return json_null();
    return json_pack("{ss ss ss}", "type", bj_receipt_error_type(receipt), "message",
                     bj_receipt_error_message(receipt), "traceback",
                     bj_receipt_error_traceback(receipt));
}

static json_t *describe_limit(const bj_receipt *receipt)
{
    if (!receipt->has_limit)
        return json_null();
    return json_pack("{ss sI sI}", "name", policy_limits[receipt->limit].name, "allowed",
                     (json_int_t)receipt->limit_allowed, "used", (json_int_t)receipt->limit_used);
}

static json_t *describe_usage(const bj_usage *usage)
{
    json_t *fuel = usage->fuel_known ? json_integer((json_int_t)usage->fuel) : json_null();
    return json_pack("{so sI sI sI sI sI sI sI}", "fuel", fuel, "wall_ns",
                     (json_int_t)usage->wall_ns, "cpu_ns", (json_int_t)usage->cpu_ns,
                     "memory_peak_bytes", (json_int_t)usage->memory_peak_bytes, "output_bytes",
                     (json_int_t)usage->output_bytes, "host_calls", (json_int_t)usage->host_calls,
                     "file_bytes_written", (json_int_t)usage->file_bytes_written, "queued_ns",
                     (json_int_t)usage->queued_ns);
}

static json_t *describe_output(const bj_buffer *output)
{
    return bj_json_text((bj_span){bj_buffer_text(output), output->size});
}

static json_t *describe_repr(const bj_receipt *receipt)
{
    return receipt->has_repr ? describe_output(&receipt->repr) : json_null();
}

static const char *file_type_name(bj_file_type type)
{
    static const char *const names[] = {[BJ_FILE] = "file",
                                        [BJ_DIRECTORY] = "directory",
                                        [BJ_SYMLINK] = "symlink",
                                        [BJ_OTHER] = "other"};
    return names[type];
}

/* What a receipt has as JSON at most, beside what the guest wrote to its streams: the lists are cut where they do not fit
 * any more. What else there is fits in any case (receipt.c). */
#define LISTS_BYTES ((size_t)64 << 20)
/* What names, numbers, a digest and white space take of an item. */
#define ITEM_BYTES 512u
/* What is told of blobs, as it is laid out. */
#define BLOB_GROWTH 3u

typedef struct describe_room {
    size_t left;
} describe_room;

/* What a text becomes at most: bytes that are not UTF-8 become U+FFFD. */
static size_t json_size(bj_span text)
{
    size_t bytes = 0;
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        bytes += byte < 0x20 ? 6 : byte >= 0x80 ? 3 : byte == '"' || byte == '\\' ? 2 : 1;
    }
    return bytes;
}

static size_t json_bytes(const char *text)
{
    return json_size(bj_span_of(text));
}

/* Takes what an item with these texts needs; false: there is not so much left, and so for good. */
static bool take_room(describe_room *room, const char *one, const char *two)
{
    const size_t need = ITEM_BYTES + json_bytes(one) + json_bytes(two);
    const bool fits = need <= room->left;
    room->left = fits ? room->left - need : 0;
    return fits;
}

static json_t *describe_changes(const vfs_changes *changes, describe_room *room, bool *whole)
{
    json_t *list = json_array();
    bj_file_change change = {.size = sizeof change};
    for (size_t i = 0; list && changes_get(changes, i, &change); i++) {
        *whole = take_room(room, change.path, "");
        if (!*whole)
            break;
        json_t *item =
            json_pack("{so ss ss sI ss?}", "path", bj_json_text(bj_span_of(change.path)), "change",
                      bj_change_kind_name(change.kind), "type", file_type_name(change.type), "size",
                      (json_int_t)change.bytes, "sha256", change.sha256);
        if (json_array_append_new(list, item) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* *more counts those that do not fit as well. */
static json_t *describe_denials(const bj_receipt *receipt, describe_room *room, uint64_t *more)
{
    json_t *list = json_array();
    bj_denial denial = {.size = sizeof denial};
    *more = receipt->denials.more;
    for (size_t i = 0; list && bj_receipt_denial(receipt, i, &denial); i++) {
        if (!take_room(room, denial.path, "")) {
            *more += denial.times;
            continue;
        }
        json_t *item = json_pack("{ss so ss sI}", "call", denial.call, "path",
                                 bj_json_text(bj_span_of(denial.path)), "reason", denial.reason,
                                 "times", (json_int_t)denial.times);
        if (json_array_append_new(list, item) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *describe_tools(const bj_receipt *receipt, describe_room *room, uint64_t *more)
{
    json_t *list = json_array();
    bj_tool_use use = {.size = sizeof use};
    *more = receipt->tool_uses.more;
    for (size_t i = 0; list && bj_receipt_tool_use(receipt, i, &use); i++) {
        const size_t blobs = BLOB_GROWTH * (strlen(use.argument_blobs) + strlen(use.result_blobs));
        if (blobs > room->left || !take_room(room, use.message, use.arguments)) {
            (*more)++;
            continue;
        }
        json_t *item = json_pack("{ss ss ss ss so so sI sI sI}", "name", use.name, "outcome",
                                 use.outcome, "message", use.message, "arguments", use.arguments,
                                 "argument_blobs", json_loads(use.argument_blobs, 0, NULL),
                                 "result_blobs", json_loads(use.result_blobs, 0, NULL),
                                 "arguments_bytes", (json_int_t)use.arguments_bytes, "result_bytes",
                                 (json_int_t)use.result_bytes, "wall_ns", (json_int_t)use.wall_ns);
        if (json_array_append_new(list, item) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What displays have as JSON at most: room of their own, so that pictures drive out no denials. */
#define DISPLAYS_BYTES ((size_t)64 << 20)

/* A byte of metadata laid out: it may stand on a line of its own, 64 levels deep, and be a number of 24 digits. */
#define METADATA_GROWTH 168u

static size_t form_bytes(const bj_display_form *form)
{
    return ITEM_BYTES + (form->is_text ? json_size((bj_span){form->data, form->bytes})
                                       : BASE64_ENCODE_RAW_LENGTH(form->bytes));
}

/* Binary data in base64 (RFC 4648, section 4). */
static json_t *describe_form(const bj_display_form *form)
{
    if (form->is_text)
        return json_stringn(form->data, form->bytes);
    const size_t size = BASE64_ENCODE_RAW_LENGTH(form->bytes);
    bj_autofree char *text = malloc(size + 1);
    if (!text)
        return NULL;
    base64_encode_raw(text, form->bytes, form->data);
    return json_stringn_nocheck(text, size);
}

static json_t *describe_display(const bj_receipt *receipt, size_t number, const bj_display *shown)
{
    json_t *data = json_object();
    bj_display_form form = {.size = sizeof form};
    for (size_t i = 0; data && bj_receipt_display_form(receipt, number, i, &form); i++)
        if (json_object_set_new(data, form.type, describe_form(&form)) < 0) {
            json_decref(data);
            data = NULL;
        }
    return json_pack("{so so}", "data", data, "metadata",
                     json_loads(shown->metadata, JSON_ALLOW_NUL, NULL));
}

/* *more counts those that do not fit as well. */
static json_t *describe_displays(const bj_receipt *receipt, uint64_t *more)
{
    json_t *list = json_array();
    bj_display shown = {.size = sizeof shown};
    bj_display_form form = {.size = sizeof form};
    size_t left = DISPLAYS_BYTES;
    *more = receipt->displays.more;
    for (size_t i = 0; list && bj_receipt_display(receipt, i, &shown); i++) {
        size_t need = ITEM_BYTES + METADATA_GROWTH * strlen(shown.metadata);
        for (size_t j = 0; bj_receipt_display_form(receipt, i, j, &form); j++)
            need += form_bytes(&form);
        if (need > left) {
            (*more)++;
            continue;
        }
        left -= need;
        if (json_array_append_new(list, describe_display(receipt, i, &shown)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What lies beside the value, by its size and SHA-256: the value's text names it by its number. */
static json_t *describe_blobs(const bj_receipt *receipt)
{
    json_t *list = json_array();
    bj_blob blob;
    for (size_t i = 0; list && bj_receipt_blob(receipt, i, &blob); i++) {
        char hex[BJ_SHA256_HEX];
        const bj_sha256 digest = bj_sha256_of(blob.data, blob.bytes);
        bj_sha256_hex(&digest, hex);
        json_t *item = json_pack("{sI ss}", "bytes", (json_int_t)blob.bytes, "sha256", hex);
        if (json_array_append_new(list, item) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *describe_unfinished(const receipt_unfinished *unfinished)
{
    json_t *object = json_object();
    const char *part, *why;
    for (size_t i = 0; object && receipt_unfinished_get(unfinished, i, &part, &why); i++)
        if (json_object_set_new(object, part, json_string(why)) < 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

/* Puts the value behind the outcome, as the guest wrote it: read and written again, its numbers would not look the
 * same. Takes `text`. */
static char *with_value(char *text, const bj_receipt *receipt)
{
    const char *value = receipt->has_value ? bj_buffer_text(&receipt->value) : "null";
    const char *rest = text ? strchr(text, ',') : NULL;
    char *whole = NULL;
    if (rest &&
        asprintf(&whole, "%.*s,\n  \"value\": %s%s", (int)(rest - text), text, value, rest) < 0)
        whole = NULL;
    free(text);
    return whole;
}

BJ_API char *bj_receipt_describe(const bj_receipt *receipt)
{
    describe_room room = {LISTS_BYTES};
    uint64_t more_denied, more_tools, more_displays;
    bool whole = true;
    json_t *denied = describe_denials(receipt, &room, &more_denied);
    json_t *tools = describe_tools(receipt, &room, &more_tools);
    json_t *files = describe_changes(&receipt->changes, &room, &whole);
    json_t *shown = describe_displays(receipt, &more_displays);
    receipt_unfinished unfinished = receipt->unfinished;
    if (more_displays > receipt->displays.more)
        receipt_leave(&unfinished, RECEIPT_displays, POLICY_UNFINISHED_bytes);
    if (!whole)
        receipt_leave(&unfinished, RECEIPT_files, POLICY_UNFINISHED_bytes);
    json_t *object = json_pack(
        "{ss so so si so so so so sb sb so sb sI so so sI so sb so sI so ss?}", "outcome",
        bj_outcome_name(receipt->outcome), "value_blobs", describe_blobs(receipt), "repr",
        describe_repr(receipt), "exit_code", receipt->exit_code, "error", describe_error(receipt),
        "limit", describe_limit(receipt), "stdout", describe_output(&receipt->output[0]), "stderr",
        describe_output(&receipt->output[1]), "stdout_truncated", receipt->truncated[0],
        "stderr_truncated", receipt->truncated[1], "displays", shown, "displays_truncated",
        more_displays > 0, "displays_more", (json_int_t)more_displays, "usage",
        describe_usage(&receipt->usage), "tool_calls", tools, "tool_calls_more",
        (json_int_t)more_tools, "files", files, "files_truncated",
        !whole || bj_receipt_has_more_changes(receipt), "denied", denied, "denied_more",
        (json_int_t)more_denied, "unfinished", describe_unfinished(&unfinished), "digest",
        bj_receipt_digest(receipt));
    return with_value(bj_json_dump(object, 0), receipt);
}
