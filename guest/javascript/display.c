/*
 * display.c: what programs show, handed to the host as MIME bundles: the global display(value, metadata).
 *
 * A value is shown as what its method Symbol.for("Jupyter.display") returns, as the picture that bytes are by their first ones, as a
 * bundle where all its keys are MIME types ({"text/html": "…", "image/png": bytes}), and else as its text. In a bundle text is strings, what
 * is binary bytes or base64, JSON any value.
 */
#include <string.h>

#include "../belljar_guest.h"
#include "guest.h"

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_DISPLAY)
int32_t host_display(const void *parts, uint32_t count, const char *metadata,
                     uint32_t metadata_size);

/* Forms of one thing on their way: the types and data of all, one after the other; addresses are offsets in it until all are there. */
struct bundle {
    uint32_t parts[BELLJAR_DISPLAY_PARTS_MOST][BELLJAR_DISPLAY_BYTES / sizeof(uint32_t)];
    uint32_t count;
    DynBuf bytes;
};

static JSAtom display_symbol;

/* ---- Forms. ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), tail = strlen(end);

    return size >= tail && !strcmp(text + size - tail, end);
}

static bool is_json(const char *type)
{
    return !strcmp(type, "application/json") || ends_with(type, "+json");
}

/* As the host tells them apart (src/sandbox/receipt/displays.c). */
static bool is_text(const char *type)
{
    static const char *const texts[] = {"application/xml", "application/javascript",
                                        "application/ecmascript", "application/x-latex"};

    for (size_t i = 0; i < countof(texts); i++)
        if (!strcmp(type, texts[i]))
            return true;
    return !strncmp(type, "text/", 5) || ends_with(type, "+xml") || is_json(type);
}

static bool is_bytes(JSValueConst value)
{
    return JS_IsArrayBuffer(value) || JS_IsDataView(value) || JS_GetTypedArrayType(value) >= 0;
}

static int put_bytes(JSContext *context, struct bundle *to, JSValueConst value)
{
    size_t size;
    const uint8_t *bytes = text_bytes_of(context, value, &size);

    return bytes || !size ? dbuf_put(&to->bytes, bytes, size) : -1;
}

static int put_base64(JSContext *context, struct bundle *to, JSValueConst value)
{
    DynBuf text;
    int status = -1;

    text_init(context, &text);
    if (text_put_value(context, &text, value)) {
        status = text_from_base64(&text, &to->bytes);
        if (status)
            JS_ThrowTypeError(context, "a binary form is bytes, or base64");
    }
    dbuf_free(&text);
    return status;
}

static int put_json(JSContext *context, struct bundle *to, JSValueConst value)
{
    JSValue text = JS_JSONStringify(context, value, JS_UNDEFINED, JS_UNDEFINED);
    int status = -1;

    if (JS_IsUndefined(text))
        JS_ThrowTypeError(context, "JSON cannot hold this form");
    else if (!JS_IsException(text))
        status = text_put_value(context, &to->bytes, text) ? 0 : -1;
    JS_FreeValue(context, text);
    return status;
}

static int put_data(JSContext *context, struct bundle *to, const char *type, JSValueConst value)
{
    if (is_bytes(value))
        return put_bytes(context, to, value);
    if (is_json(type))
        return put_json(context, to, value);
    if (!JS_IsString(value)) {
        JS_ThrowTypeError(context, "%s: a form is a string or bytes", type);
        return -1;
    }
    if (is_text(type))
        return text_put_value(context, &to->bytes, value) ? 0 : -1;
    return put_base64(context, to, value);
}

static int put_form(JSContext *context, struct bundle *to, const char *type, JSValueConst value)
{
    char name[BELLJAR_DISPLAY_TYPE_MOST + 1];
    size_t size = strlen(type);
    uint32_t *part = to->parts[to->count];

    if (to->count == BELLJAR_DISPLAY_PARTS_MOST || size >= sizeof name) {
        JS_ThrowRangeError(context, "a display has at most 64 forms, their types 127 letters");
        return -1;
    }
    for (size_t i = 0; i <= size; i++)
        name[i] = type[i] >= 'A' && type[i] <= 'Z' ? (char)(type[i] | 0x20) : type[i];
    part[BELLJAR_DISPLAY_TYPE / 4] = to->bytes.size;
    part[BELLJAR_DISPLAY_TYPE_SIZE / 4] = size;
    dbuf_put(&to->bytes, (const uint8_t *)name, size);
    part[BELLJAR_DISPLAY_DATA / 4] = to->bytes.size;
    if (put_data(context, to, name, value))
        return -1;
    part[BELLJAR_DISPLAY_DATA_SIZE / 4] = to->bytes.size - part[BELLJAR_DISPLAY_DATA / 4];
    to->count++;
    return 0;
}

/* ---- Values. ---- */

static const char *type_of_bytes(const uint8_t *bytes, size_t size)
{
    if (size >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8))
        return "image/png";
    if (size >= 3 && !memcmp(bytes, "\xff\xd8\xff", 3))
        return "image/jpeg";
    if (size >= 4 && !memcmp(bytes, "GIF8", 4))
        return "image/gif";
    if (size >= 12 && !memcmp(bytes, "RIFF", 4) && !memcmp(bytes + 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}

static int put_text(JSContext *context, struct bundle *to, JSValueConst value)
{
    const struct inspect_options options = {INSPECT_USUAL};
    DynBuf text;
    JSValue string;
    int status;

    if (JS_IsString(value))
        return put_form(context, to, "text/plain", value);
    text_init(context, &text);
    if (inspect_value(context, &text, value, &options)) {
        dbuf_free(&text);
        return -1;
    }
    text_make_valid(&text, 0);
    string = text_to_string(context, &text);
    status = JS_IsException(string) ? -1 : put_form(context, to, "text/plain", string);
    JS_FreeValue(context, string);
    return status;
}

static bool are_types(JSContext *context, const JSPropertyEnum *names, uint32_t count)
{
    bool are = count > 0;

    for (uint32_t i = 0; i < count && are; i++) {
        const char *name = JS_AtomToCString(context, names[i].atom);
        are = name && strchr(name, '/') && !strpbrk(name, " \t\n");
        JS_FreeCString(context, name);
    }
    return are;
}

/* 1: it is no bundle. */
static int put_bundle(JSContext *context, struct bundle *to, JSValueConst object)
{
    JSPropertyEnum *names;
    uint32_t count;
    int status;

    if (JS_GetOwnPropertyNames(context, &names, &count, object,
                               JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return -1;
    status = are_types(context, names, count) ? 0 : 1;
    for (uint32_t i = 0; i < count && status == 0; i++) {
        const char *type = JS_AtomToCString(context, names[i].atom);
        JSValue form = JS_GetProperty(context, object, names[i].atom);
        status = type && !JS_IsException(form) ? put_form(context, to, type, form) : -1;
        JS_FreeValue(context, form);
        JS_FreeCString(context, type);
    }
    JS_FreePropertyEnum(context, names, count);
    return status;
}

static int put_value(JSContext *context, struct bundle *to, JSValueConst value)
{
    size_t size;
    const uint8_t *bytes;
    const char *type = NULL;
    int status;

    if (is_bytes(value)) {
        bytes = text_bytes_of(context, value, &size);
        type = bytes ? type_of_bytes(bytes, size) : NULL;
    }
    if (type)
        return put_form(context, to, type, value);
    if (JS_IsObject(value) && !JS_IsFunction(context, value) && !is_bytes(value)) {
        status = put_bundle(context, to, value);
        if (status <= 0)
            return status;
    }
    return put_text(context, to, value);
}

/* ---- Showing. ---- */

static int send(JSContext *context, struct bundle *made, JSValueConst metadata)
{
    DynBuf told;
    JSValue text;
    int status = 0;

    text_init(context, &told);
    if (!JS_IsUndefined(metadata)) {
        text = JS_JSONStringify(context, metadata, JS_UNDEFINED, JS_UNDEFINED);
        status = !JS_IsException(text) && text_put_value(context, &told, text) ? 0 : -1;
        JS_FreeValue(context, text);
    }
    if (status == 0 && (dbuf_error(&made->bytes) || dbuf_error(&told))) {
        JS_ThrowOutOfMemory(context);
        status = -1;
    }
    for (uint32_t i = 0; i < made->count; i++) {
        made->parts[i][BELLJAR_DISPLAY_TYPE / 4] += (uint32_t)(uintptr_t)made->bytes.buf;
        made->parts[i][BELLJAR_DISPLAY_DATA / 4] += (uint32_t)(uintptr_t)made->bytes.buf;
    }
    if (status == 0 &&
        host_display(made->parts, made->count, (const char *)told.buf, (uint32_t)told.size) < 0) {
        JS_ThrowTypeError(context, "this is no MIME bundle: a key that is no MIME type "
                                   "(image/png), or metadata that is no "
                                   "object or larger than 64 KiB");
        status = -1;
    }
    dbuf_free(&told);
    return status;
}

static int show(JSContext *context, JSValueConst value, JSValueConst metadata)
{
    static struct bundle empty;
    struct bundle *made = js_malloc(context, sizeof *made);
    int status = -1;

    if (!made)
        return -1;
    *made = empty;
    text_init(context, &made->bytes);
    if (!put_value(context, made, value))
        status = send(context, made, metadata);
    dbuf_free(&made->bytes);
    js_free(context, made);
    return status;
}

/* What the value's method says it looks like; undefined where it has none. */
static JSValue ask(JSContext *context, JSValueConst value)
{
    JSValue method, bundle = JS_UNDEFINED;

    if (!JS_IsObject(value))
        return JS_UNDEFINED;
    method = JS_GetProperty(context, value, display_symbol);
    if (JS_IsException(method))
        return method;
    if (JS_IsFunction(context, method))
        bundle = JS_Call(context, method, value, 0, NULL);
    JS_FreeValue(context, method);
    return bundle;
}

static JSValue js_display(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue bundle = ask(context, argv[0]);
    int status;

    (void)this_value;
    if (JS_IsException(bundle))
        return bundle;
    status =
        show(context, JS_IsUndefined(bundle) ? argv[0] : bundle, argc > 1 ? argv[1] : JS_UNDEFINED);
    JS_FreeValue(context, bundle);
    return status ? JS_EXCEPTION : JS_UNDEFINED;
}

static void complain(JSContext *context)
{
    JSValue error = JS_GetException(context);
    DynBuf type, message;

    text_init(context, &type);
    text_init(context, &message);
    inspect_error_parts(context, error, &type, &message);
    text_make_valid(&type, 0);
    text_make_valid(&message, 0);
    fprintf(stderr, "display: %.*s: %.*s\n", (int)type.size, (const char *)type.buf,
            (int)message.size, (const char *)message.buf);
    dbuf_free(&type);
    dbuf_free(&message);
    JS_FreeValue(context, error);
}

void display_value(JSContext *context, JSValueConst value)
{
    JSValue bundle = ask(context, value);

    if (JS_IsException(bundle) || (!JS_IsUndefined(bundle) && show(context, bundle, JS_UNDEFINED)))
        complain(context);
    JS_FreeValue(context, bundle);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("display", 1, js_display),
};

int display_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context), symbol;

    symbol = JS_NewSymbol(context, "Jupyter.display", true);
    display_symbol = JS_IsException(symbol) ? JS_ATOM_NULL : JS_ValueToAtom(context, symbol);
    JS_FreeValue(context, symbol);
    JS_SetPropertyFunctionList(context, global, functions, countof(functions));
    JS_FreeValue(context, global);
    return display_symbol == JS_ATOM_NULL ? -1 : 0;
}
