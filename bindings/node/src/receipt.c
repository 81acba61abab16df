/*
 * receipt.c: receipts as JavaScript has them, by position; lib/receipt.js gives the positions names.
 *
 * A receipt becomes JavaScript's whole, at once: nothing of C's stays behind that garbage collection would have to
 * free. What most receipts do not have is in the last place, which is undefined then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

/* The fields of bj_usage in their order as one text, which is taken apart when somebody looks; fuel empty where unknown. */
static napi_value usage_text(napi_env js, const bj_receipt *receipt)
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    char text[200], fuel[24] = "";
    if (usage.fuel_known)
        snprintf(fuel, sizeof fuel, "%" PRIu64, usage.fuel);
    int size = snprintf(
        text, sizeof text,
        "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, fuel,
        usage.wall_ns, usage.cpu_ns, usage.memory_peak_bytes, usage.output_bytes, usage.host_calls,
        usage.file_bytes_written, usage.queued_ns);
    napi_value value = NULL;
    napi_create_string_latin1(js, text, (size_t)size, &value);
    return value;
}

/* Whether the bytes are UTF-8 as RFC 3629 has it, so that a string tells them all. */
static bool is_utf8(const unsigned char *at, size_t size)
{
    const unsigned char *end = at + size;
    while (at < end) {
        unsigned char lead = *at++;
        if (lead < 0x80)
            continue;
        size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < more)
            return false;
        unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (*at < least || *at > most)
            return false;
        for (size_t i = 1; i < more; i++)
            if ((at[i] & 0xc0) != 0x80)
                return false;
        at += more;
    }
    return true;
}

/* More than this is copied, and decoded when somebody looks: ten mebibytes of text would hold the event loop. */
#define LONG_OUTPUT 65536

/* A string; a Buffer where a string would not tell the bytes, or takes long to make. */
static napi_value output(napi_env js, const char *bytes, size_t size)
{
    napi_value value = NULL;
    if (size <= LONG_OUTPUT && is_utf8((const unsigned char *)bytes, size))
        return core_string(js, bytes, size);
    napi_create_buffer_copy(js, size, bytes, NULL, &value);
    return value;
}

static napi_value list_of(napi_env js)
{
    napi_value list = NULL;
    napi_create_array(js, &list);
    return list;
}

static napi_value denied(napi_env js, const bj_receipt *receipt)
{
    napi_value list = list_of(js);
    bj_denial d = {.size = sizeof d};
    for (size_t i = 0; bj_receipt_denial(receipt, i, &d); i++) {
        napi_value entry = list_of(js);
        core_append(js, entry, core_string_or_null(js, d.call));
        core_append(js, entry, core_string_or_null(js, d.path));
        core_append(js, entry, core_string_or_null(js, d.reason));
        core_append(js, entry, core_number(js, (double)d.times));
        core_append(js, list, entry);
    }
    return list;
}

static napi_value tool_call(napi_env js, const bj_tool_use *use)
{
    napi_value entry = list_of(js);
    core_append(js, entry, core_string_or_null(js, use->name));
    core_append(js, entry, core_string_or_null(js, use->outcome));
    core_append(js, entry, core_string_or_null(js, use->message));
    core_append(js, entry, core_string_or_null(js, use->arguments));
    core_append(js, entry, core_number(js, (double)use->arguments_bytes));
    core_append(js, entry, core_number(js, (double)use->result_bytes));
    core_append(js, entry, core_number(js, (double)use->wall_ns));
    core_append(js, entry, core_string_or_null(js, use->argument_blobs));
    core_append(js, entry, core_string_or_null(js, use->result_blobs));
    return entry;
}

static napi_value tool_calls(napi_env js, const bj_receipt *receipt)
{
    napi_value list = list_of(js);
    bj_tool_use use = {.size = sizeof use};
    for (size_t i = 0; bj_receipt_tool_use(receipt, i, &use); i++) {
        napi_handle_scope scope;
        napi_open_handle_scope(js, &scope);
        core_append(js, list, tool_call(js, &use));
        napi_close_handle_scope(js, scope);
    }
    return list;
}

/* A Buffer; of text where a string takes long to make, too. */
static napi_value form_data(napi_env js, const bj_display_form *form)
{
    napi_value value = NULL;
    if (form->is_text && form->bytes <= LONG_OUTPUT)
        return core_string(js, form->data, form->bytes);
    napi_create_buffer_copy(js, form->bytes, form->data, NULL, &value);
    return value;
}

/* [metadata, type, whether it is text, data, ...] */
static napi_value display(napi_env js, const bj_receipt *receipt, size_t number,
                          const bj_display *shown)
{
    napi_value entry = list_of(js);
    bj_display_form form = {.size = sizeof form};
    core_append(js, entry, core_string_or_null(js, shown->metadata));
    for (size_t i = 0; bj_receipt_display_form(receipt, number, i, &form); i++) {
        core_append(js, entry, core_string_or_null(js, form.type));
        core_append(js, entry, core_bool(js, form.is_text));
        core_append(js, entry, form_data(js, &form));
    }
    return entry;
}

static napi_value displays(napi_env js, const bj_receipt *receipt)
{
    napi_value list = list_of(js);
    bj_display shown = {.size = sizeof shown};
    for (size_t i = 0; bj_receipt_display(receipt, i, &shown); i++) {
        napi_handle_scope scope;
        napi_open_handle_scope(js, &scope);
        core_append(js, list, display(js, receipt, i, &shown));
        napi_close_handle_scope(js, scope);
    }
    return list;
}

static bool get_blob(const void *receipt, size_t number, bj_blob *blob)
{
    return bj_receipt_blob(receipt, number, blob);
}

static napi_value text_or_null(napi_env js, const char *(*get)(const bj_receipt *, size_t *),
                               const bj_receipt *receipt)
{
    size_t size = 0;
    const char *text = get(receipt, &size);
    return text ? core_string(js, text, size) : core_string_or_null(js, NULL);
}

static bool is_plain(const bj_receipt *receipt)
{
    bj_outcome outcome = bj_receipt_outcome(receipt);
    const char *part, *why;
    return (outcome == BJ_OUTCOME_OK || outcome == BJ_OUTCOME_EXIT) &&
           !bj_receipt_value(receipt, NULL) && !bj_receipt_repr(receipt, NULL) &&
           !bj_receipt_change_count(receipt) && !bj_receipt_denial_count(receipt) &&
           !bj_receipt_tool_use_count(receipt) && !bj_receipt_unfinished(receipt, 0, &part, &why) &&
           !bj_receipt_digest(receipt) && !bj_receipt_display_count(receipt);
}

/* [part, why, part, why, ...] */
static napi_value unfinished(napi_env js, const bj_receipt *receipt)
{
    napi_value list = list_of(js);
    const char *part, *why;
    for (size_t i = 0; bj_receipt_unfinished(receipt, i, &part, &why); i++) {
        core_append(js, list, core_string_or_null(js, part));
        core_append(js, list, core_string_or_null(js, why));
    }
    return list;
}

/* [value, repr, error type, message, traceback, limit, allowed, used, files, more files, denied, more denials,
 *  tool calls, more tool calls, digest, unfinished, displays, more displays, blobs] */
static napi_value rest(napi_env js, const core_task *task)
{
    const bj_receipt *receipt = task->receipt;
    if (is_plain(receipt))
        return core_undefined(js);
    napi_value list = list_of(js);
    napi_value value = text_or_null(js, bj_receipt_value, receipt);
    if (!value)
        return NULL;
    core_append(js, list, value);
    core_append(js, list, text_or_null(js, bj_receipt_repr, receipt));
    core_append(js, list, core_string_or_null(js, bj_receipt_error_type(receipt)));
    core_append(js, list, core_string_or_null(js, bj_receipt_error_message(receipt)));
    core_append(js, list, core_string_or_null(js, bj_receipt_error_traceback(receipt)));
    core_append(js, list, core_string_or_null(js, bj_receipt_limit_name(receipt)));
    core_append(js, list, core_number(js, (double)bj_receipt_limit_allowed(receipt)));
    core_append(js, list, core_number(js, (double)bj_receipt_limit_used(receipt)));
    core_append(js, list,
                core_string(js, task->told ? task->told : "", task->told ? task->bytes_size : 0));
    core_append(js, list, core_bool(js, bj_receipt_has_more_changes(receipt)));
    core_append(js, list, denied(js, receipt));
    core_append(js, list, core_number(js, (double)bj_receipt_more_denials(receipt)));
    core_append(js, list, tool_calls(js, receipt));
    core_append(js, list, core_number(js, (double)bj_receipt_more_tool_uses(receipt)));
    core_append(js, list, core_string_or_null(js, bj_receipt_digest(receipt)));
    core_append(js, list, unfinished(js, receipt));
    core_append(js, list, displays(js, receipt));
    core_append(js, list, core_number(js, (double)bj_receipt_more_displays(receipt)));
    napi_value beside = core_blobs_list(js, receipt, get_blob);
    if (!beside)
        return NULL;
    core_append(js, list, beside);
    return list;
}

napi_value core_receipt(napi_env js, const core_task *task)
{
    const bj_receipt *receipt = task->receipt;
    size_t out_size, err_size;
    const char *out = bj_receipt_stdout(receipt, &out_size),
               *err = bj_receipt_stderr(receipt, &err_size);
    napi_value list, items[6];
    items[0] = core_number(js, bj_receipt_outcome(receipt));
    items[1] = core_number(js, bj_receipt_exit_code(receipt));
    items[2] = output(js, out, out_size);
    items[3] = output(js, err, err_size);
    items[4] = usage_text(js, receipt);
    items[5] = rest(js, task);
    if (!items[2] || !items[3] || !items[5] ||
        napi_create_array_with_length(js, 6, &list) != napi_ok)
        return NULL;
    for (uint32_t i = 0; i < 6; i++)
        napi_set_element(js, list, i, items[i]);
    return list;
}
