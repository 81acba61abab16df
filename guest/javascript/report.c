/*
 * report.c: how an eval ended, as the result record of belljar_guest.h and as text on stderr.
 *
 * Owns the record and the text that it points to; both stay until the next eval ends.
 *
 * Invariant: a record is always returned, also when there is no memory left for its text.
 */
#include <string.h>

#include "../belljar_guest.h"
#include "guest.h"

struct record {
    uint32_t status;
    int32_t exit_code;
    uint32_t type, type_size;
    uint32_t message, message_size;
    uint32_t traceback, traceback_size;
    uint32_t value, value_size;
    uint32_t repr, repr_size;
};

_Static_assert(sizeof(struct record) == BELLJAR_RESULT_BYTES &&
                   offsetof(struct record, exit_code) == BELLJAR_RESULT_EXIT_CODE &&
                   offsetof(struct record, type) == BELLJAR_RESULT_TYPE &&
                   offsetof(struct record, message_size) == BELLJAR_RESULT_MESSAGE_SIZE &&
                   offsetof(struct record, traceback_size) == BELLJAR_RESULT_TRACEBACK_SIZE &&
                   offsetof(struct record, value) == BELLJAR_RESULT_VALUE &&
                   offsetof(struct record, repr_size) == BELLJAR_RESULT_REPR_SIZE,
               "the record is laid out as belljar_guest.h says");

static struct record record;
static DynBuf type, message, traceback, json, repr;

/* Bytes of a value's text that are kept. */
#define REPR_BYTES 65536

static uint32_t address_of(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

static uint32_t begin(uint32_t status)
{
    dbuf_free(&type);
    dbuf_free(&message);
    dbuf_free(&traceback);
    dbuf_free(&json);
    dbuf_free(&repr);
    memset(&record, 0, sizeof record);
    record.status = status;
    return address_of(&record);
}

/* Where it has no form in JSON, there is no value. */
static bool put_json(JSContext *context, JSValueConst value, uint32_t flags)
{
    int status = flags & BELLJAR_EVAL_BLOBS
                     ? values_pack_beside(context, &json, value, BELLJAR_VALUE_BYTES)
                     : values_pack(context, &json, value, (flags & BELLJAR_EVAL_RICH) != 0,
                                   BELLJAR_VALUE_BYTES);

    JS_FreeValue(context, JS_GetException(context));
    return status == 0;
}

uint32_t report_value(JSContext *context, JSValueConst value, uint32_t flags)
{
    const struct inspect_options options = {INSPECT_USUAL};
    uint32_t result = begin(BELLJAR_STATUS_OK);

    if (JS_IsUndefined(value))
        return result;
    text_init(context, &json);
    text_init(context, &repr);
    if (put_json(context, value, flags)) {
        record.value = address_of(json.buf);
        record.value_size = json.size;
    }
    if (inspect_value(context, &repr, value, &options))
        JS_FreeValue(context, JS_GetException(context));
    text_make_valid(&repr, 0);
    if (!dbuf_error(&repr)) {
        record.repr = address_of(repr.buf);
        record.repr_size = repr.size < REPR_BYTES ? repr.size : REPR_BYTES;
    }
    return result;
}

uint32_t report_exit(int32_t code)
{
    uint32_t result = begin(BELLJAR_STATUS_EXIT);

    record.exit_code = code;
    return result;
}

uint32_t report_incomplete(void)
{
    return begin(BELLJAR_STATUS_INCOMPLETE);
}

/* What is said when memory does not even suffice to say what was thrown. */
static void report_shortage(void)
{
    static const char name[] = "InternalError", text[] = "out of memory",
                      line[] = "InternalError: out of memory\n";

    begin(BELLJAR_STATUS_ERROR);
    record.type = address_of(name);
    record.type_size = sizeof name - 1;
    record.message = address_of(text);
    record.message_size = sizeof text - 1;
    record.traceback = address_of(line);
    record.traceback_size = sizeof line - 1;
    fwrite(line, 1, sizeof line - 1, stderr);
}

uint32_t report_thrown(JSContext *context)
{
    JSValue thrown = JS_GetException(context);
    uint32_t result = begin(BELLJAR_STATUS_ERROR);

    /* With no room for an error object QuickJS throws null, or nothing at all. */
    if (heap_ran_out() && (JS_IsNull(thrown) || JS_IsUninitialized(thrown))) {
        report_shortage();
        return result;
    }
    text_init(context, &type);
    text_init(context, &message);
    text_init(context, &traceback);
    inspect_error_parts(context, thrown, &type, &message);
    inspect_thrown(context, &traceback, thrown);
    dbuf_putc(&traceback, '\n');
    JS_FreeValue(context, thrown);
    if (dbuf_error(&type) || dbuf_error(&message) || dbuf_error(&traceback)) {
        report_shortage();
        return result;
    }
    text_make_valid(&type, 0);
    text_make_valid(&message, 0);
    text_make_valid(&traceback, 0);
    record.type = address_of(type.buf);
    record.type_size = type.size;
    record.message = address_of(message.buf);
    record.message_size = message.size;
    record.traceback = address_of(traceback.buf);
    record.traceback_size = traceback.size;
    fwrite(traceback.buf, 1, traceback.size, stderr);
    return result;
}
