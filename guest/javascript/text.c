/*
 * text.c: strings as bytes and bytes as strings: TextEncoder, TextDecoder, atob, btoa, and the helpers
 * with which the other files build text.
 *
 * Owns nothing. QuickJS turns a lone surrogate into three bytes that are not UTF-8; whatever leaves the
 * guest goes through text_make_valid, which puts U+FFFD in its place (three bytes as well).
 */
#include <string.h>

#include "engine.h"
#include "guest.h"
#include "library.h"

/* ---- Building text. ---- */

void text_init(JSContext *context, DynBuf *text)
{
    dbuf_init2(text, JS_GetRuntime(context), (DynBufReallocFunc *)js_realloc_rt);
}

bool text_put_value(JSContext *context, DynBuf *text, JSValueConst value)
{
    size_t size;
    const char *string = JS_ToCStringLen(context, &size, value);

    if (!string)
        return false;
    dbuf_put(text, (const uint8_t *)string, size);
    JS_FreeCString(context, string);
    return true;
}

const char *text_path(JSContext *context, JSValueConst value)
{
    size_t size;
    const char *path = JS_ToCStringLen(context, &size, value);

    if (path && strlen(path) != size) {
        JS_FreeCString(context, path);
        JS_ThrowTypeError(context, "a path cannot hold a NUL");
        return NULL;
    }
    return path;
}

void text_make_valid(DynBuf *text, size_t from)
{
    uint8_t *at = text->buf + from, *end = text->buf + text->size;

    if (dbuf_error(text) || text->size < from + 3)
        return;
    while (at + 2 < end && (at = memchr(at, 0xed, (size_t)(end - at - 2)))) {
        if (at[1] >= 0xa0)
            memcpy(at, "\xef\xbf\xbd", 3);
        at++;
    }
}

size_t text_units(const uint8_t *text, size_t size)
{
    size_t units = 0;

    for (size_t i = 0; i < size; i++)
        units += ((text[i] & 0xc0) != 0x80) + (text[i] >= 0xf0);
    return units;
}

/* Columns of a character, by Unicode's East Asian Width. */
static size_t columns_of(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        size_t columns;
    } ranges[] = {
        {0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},   {0x20d0, 0x20ff, 0},
        {0x231a, 0x231b, 2},   {0x2329, 0x232a, 2},   {0x23e9, 0x23ec, 2},   {0x25fd, 0x25fe, 2},
        {0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},   {0x26a1, 0x26a1, 2},   {0x26aa, 0x26ab, 2},
        {0x26bd, 0x26be, 2},   {0x26c4, 0x26c5, 2},   {0x26ce, 0x26ce, 2},   {0x26d4, 0x26d4, 2},
        {0x26ea, 0x26ea, 2},   {0x26f2, 0x26f3, 2},   {0x26f5, 0x26f5, 2},   {0x26fa, 0x26fa, 2},
        {0x26fd, 0x26fd, 2},   {0x2705, 0x2705, 2},   {0x270a, 0x270b, 2},   {0x2728, 0x2728, 2},
        {0x274c, 0x274c, 2},   {0x274e, 0x274e, 2},   {0x2753, 0x2755, 2},   {0x2757, 0x2757, 2},
        {0x2795, 0x2797, 2},   {0x27b0, 0x27b0, 2},   {0x27bf, 0x27bf, 2},   {0x2b1b, 0x2b1c, 2},
        {0x2b50, 0x2b50, 2},   {0x2b55, 0x2b55, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0x4dbf, 2},
        {0x4e00, 0xa4cf, 2},   {0xa960, 0xa97c, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
        {0xfe00, 0xfe0f, 0},   {0xfe10, 0xfe19, 2},   {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6b, 2},
        {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x16fe0, 0x18cff, 2}, {0x1b000, 0x1b2fb, 2},
        {0x1f004, 0x1f004, 2}, {0x1f0cf, 0x1f0cf, 2}, {0x1f18e, 0x1f18e, 2}, {0x1f191, 0x1f19a, 2},
        {0x1f200, 0x1f320, 2}, {0x1f32d, 0x1f335, 2}, {0x1f337, 0x1f37c, 2}, {0x1f37e, 0x1f393, 2},
        {0x1f3a0, 0x1f3ca, 2}, {0x1f3cf, 0x1f3d3, 2}, {0x1f3e0, 0x1f3f0, 2}, {0x1f3f4, 0x1f3f4, 2},
        {0x1f3f8, 0x1f43e, 2}, {0x1f440, 0x1f440, 2}, {0x1f442, 0x1f4fc, 2}, {0x1f4ff, 0x1f53d, 2},
        {0x1f54b, 0x1f567, 2}, {0x1f57a, 0x1f57a, 2}, {0x1f595, 0x1f596, 2}, {0x1f5a4, 0x1f5a4, 2},
        {0x1f5fb, 0x1f64f, 2}, {0x1f680, 0x1f6c5, 2}, {0x1f6cc, 0x1f6cc, 2}, {0x1f6d0, 0x1f6df, 2},
        {0x1f6eb, 0x1f6fc, 2}, {0x1f7e0, 0x1f7f0, 2}, {0x1f90c, 0x1f93a, 2}, {0x1f93c, 0x1f945, 2},
        {0x1f947, 0x1f9ff, 2}, {0x1fa70, 0x1faf8, 2}, {0x20000, 0x3fffd, 2}, {0xe0100, 0xe01ef, 0},
    };
    size_t low = 0, high = countof(ranges);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ranges[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < countof(ranges) && code >= ranges[low].first ? ranges[low].columns : 1;
}

size_t text_width(const uint8_t *text, size_t size)
{
    size_t width = 0, at = 0;

    while (at < size) {
        const uint8_t lead = text[at++];
        uint32_t code = lead < 0x80   ? lead
                        : lead < 0xe0 ? lead & 0x1f
                        : lead < 0xf0 ? lead & 0x0f
                                      : lead & 0x07;

        while (at < size && (text[at] & 0xc0) == 0x80)
            code = code << 6 | (text[at++] & 0x3f);
        width += lead < 0x80 ? lead >= 0x20 && lead != 0x7f : columns_of(code);
    }
    return width;
}

JSValue text_to_string(JSContext *context, DynBuf *text)
{
    JSValue string = dbuf_error(text)
                         ? JS_ThrowOutOfMemory(context)
                         : JS_NewStringLen(context, (const char *)text->buf, text->size);

    dbuf_free(text);
    return string;
}

uint8_t *text_bytes_of(JSContext *context, JSValueConst value, size_t *size)
{
    static uint8_t empty[1];
    size_t offset = 0, length, whole;
    enum engine_kind kind = engine_kind(value);
    JSValueConst buffer = value;
    uint8_t *bytes;

    if (kind == ENGINE_TYPED_ARRAY || kind == ENGINE_DATA_VIEW) {
        buffer = engine_view_buffer(value, &offset, &length);
    } else if (kind == ENGINE_ARRAY_BUFFER || kind == ENGINE_SHARED_ARRAY_BUFFER) {
        length = SIZE_MAX;
    } else {
        JS_ThrowTypeError(context, "an ArrayBuffer, a typed array or a DataView is wanted");
        return NULL;
    }
    bytes = JS_GetArrayBuffer(context, &whole, buffer);
    if (!bytes) {
        /* An empty buffer may have no bytes at all: that is no error. */
        if (JS_HasException(context))
            return NULL;
        *size = 0;
        return empty;
    }
    *size = length == SIZE_MAX ? whole : length;
    return bytes + offset;
}

JSValue text_new_bytes(JSContext *context, const uint8_t *bytes, size_t size)
{
    /* QuickJS looks at three arguments, however many it is told of. */
    JSValue arguments[3] = {JS_NewArrayBufferCopy(context, bytes, size), JS_UNDEFINED,
                            JS_UNDEFINED};
    JSValue array;

    if (JS_IsException(arguments[0]))
        return JS_EXCEPTION;
    array = JS_NewTypedArray(context, 3, (JSValueConst *)arguments, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(context, arguments[0]);
    return array;
}

/* ---- TextEncoder. ---- */

static JSValue encode(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    DynBuf text;
    JSValue bytes;

    (void)this_value;
    text_init(context, &text);
    if (argc > 0 && !JS_IsUndefined(argv[0]) && !text_put_value(context, &text, argv[0])) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    text_make_valid(&text, 0);
    bytes = dbuf_error(&text) ? JS_ThrowOutOfMemory(context)
                              : text_new_bytes(context, text.buf, text.size);
    dbuf_free(&text);
    return bytes;
}

/* The largest count of whole characters that fits into `room` bytes. */
static size_t fitting(const DynBuf *text, size_t room)
{
    size_t end = text->size < room ? text->size : room;

    while (end > 0 && end < text->size && (text->buf[end] & 0xc0) == 0x80)
        end--;
    return end;
}

static uint32_t utf16_length(const uint8_t *text, size_t size)
{
    uint32_t length = 0;

    for (size_t i = 0; i < size; i++)
        length += ((text[i] & 0xc0) != 0x80) + (text[i] >= 0xf0);
    return length;
}

static JSValue encode_into(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    size_t room, written;
    uint8_t *to;
    DynBuf text;
    JSValue result = JS_EXCEPTION;

    (void)this_value, (void)argc;
    text_init(context, &text);
    if (!text_put_value(context, &text, argv[0]) || !(to = text_bytes_of(context, argv[1], &room)))
        goto done;
    text_make_valid(&text, 0);
    if (dbuf_error(&text)) {
        JS_ThrowOutOfMemory(context);
        goto done;
    }
    written = fitting(&text, room);
    if (written > 0)
        memcpy(to, text.buf, written);
    result = JS_NewObject(context);
    JS_DefinePropertyValueStr(context, result, "read",
                              JS_NewUint32(context, utf16_length(text.buf, written)),
                              JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(context, result, "written", JS_NewUint32(context, (uint32_t)written),
                              JS_PROP_C_W_E);
done:
    dbuf_free(&text);
    return result;
}

static JSValue utf8_name(JSContext *context, JSValueConst this_value)
{
    (void)this_value;
    return JS_NewString(context, "utf-8");
}

static const JSCFunctionListEntry encoder_members[] = {
    JS_CGETSET_DEF("encoding", utf8_name, NULL),
    JS_CFUNC_DEF("encode", 0, encode),
    JS_CFUNC_DEF("encodeInto", 2, encode_into),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextEncoder", JS_PROP_CONFIGURABLE),
};

/* ---- TextDecoder. ---- */

struct decoder {
    JSValue other,
        name; /* a function of the library and a name; undefined for UTF-8, which is read here */
    bool fatal, keep_mark;
    bool past_mark;  /* the beginning of a stream is behind us */
    uint8_t held[4]; /* the beginning of a character whose rest was not there yet */
    uint8_t held_size;
};

static JSClassID encoder_class, decoder_class;

static void free_decoder(JSRuntime *runtime, JSValue value)
{
    struct decoder *decoder = JS_GetOpaque(value, decoder_class);

    if (!decoder)
        return;
    JS_FreeValueRT(runtime, decoder->other);
    JS_FreeValueRT(runtime, decoder->name);
    js_free_rt(runtime, decoder);
}

static void mark_decoder(JSRuntime *runtime, JSValueConst value, JS_MarkFunc *mark)
{
    struct decoder *decoder = JS_GetOpaque(value, decoder_class);

    if (decoder)
        JS_MarkValue(runtime, decoder->other, mark);
}

/* Size of the character that begins here; 0 when it is cut off by the end; -n when the first n bytes are
 * wrong and stand for one U+FFFD (the Encoding standard's "maximal subpart"). */
static int character_size(const uint8_t *at, size_t size)
{
    uint8_t first = at[0], low = 0x80, high = 0xbf;
    int wanted;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    wanted = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    for (int i = 1; i < wanted; i++) {
        if ((size_t)i == size)
            return 0;
        if (at[i] < low || at[i] > high)
            return -i;
        low = 0x80;
        high = 0xbf;
    }
    return wanted;
}

/* Appends what is valid; false when `fatal` and something is not. */
static bool decode_bytes(struct decoder *decoder, DynBuf *out, const uint8_t *bytes, size_t size,
                         bool stream)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
    size_t at = 0, run = 0;

    while (at < size) {
        int step = character_size(bytes + at, size - at);

        if (step > 0) {
            at += (size_t)step;
            continue;
        }
        dbuf_put(out, bytes + run, at - run);
        if (step == 0 && stream) {
            decoder->held_size = (uint8_t)(size - at);
            memcpy(decoder->held, bytes + at, size - at);
            return true;
        }
        if (decoder->fatal)
            return false;
        dbuf_put(out, replacement, sizeof replacement);
        at += step == 0 ? size - at : (size_t)-step;
        run = at;
    }
    if (size > run)
        dbuf_put(out, bytes + run, size - run);
    return true;
}

/* -1 with an exception pending. */
static int option(JSContext *context, int argc, JSValueConst *argv, int index, const char *name)
{
    JSValue value;
    int set;

    if (argc <= index || !JS_IsObject(argv[index]))
        return 0;
    value = JS_GetPropertyStr(context, argv[index], name);
    set = JS_ToBool(context, value);
    JS_FreeValue(context, value);
    return set;
}

static JSValue invalid_data(JSContext *context)
{
    JSValue error;

    JS_ThrowTypeError(context, "The encoded data was not valid for encoding utf-8");
    error = JS_GetException(context);
    JS_DefinePropertyValueStr(context, error, "code",
                              JS_NewString(context, "ERR_ENCODING_INVALID_ENCODED_DATA"),
                              JS_PROP_C_W_E);
    return JS_Throw(context, error);
}

static JSValue decode(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct decoder *decoder = JS_GetOpaque2(context, this_value, decoder_class);
    int stream = decoder ? option(context, argc, argv, 1, "stream") : -1;
    bool valid;
    uint8_t *bytes = NULL;
    size_t size = 0, skip;
    DynBuf whole, out;

    if (stream < 0)
        return JS_EXCEPTION;
    if (!JS_IsUndefined(decoder->other)) {
        JSValueConst arguments[] = {argc > 0 ? argv[0] : JS_UNDEFINED, JS_NewBool(context, stream)};

        if (!JS_IsUndefined(arguments[0]) && !text_bytes_of(context, arguments[0], &size))
            return JS_EXCEPTION;
        return JS_Call(context, decoder->other, JS_UNDEFINED, 2, arguments);
    }
    if (argc > 0 && !JS_IsUndefined(argv[0]) && !(bytes = text_bytes_of(context, argv[0], &size)))
        return JS_EXCEPTION;
    text_init(context, &whole);
    text_init(context, &out);
    if (decoder->held_size > 0) {
        dbuf_put(&whole, decoder->held, decoder->held_size);
        dbuf_put(&whole, bytes, size);
        bytes = whole.buf;
        size = whole.size;
        decoder->held_size = 0;
    }
    valid = decode_bytes(decoder, &out, bytes, size, stream > 0);
    dbuf_free(&whole);
    skip = !decoder->past_mark && !decoder->keep_mark && out.size >= 3 &&
                   !memcmp(out.buf, "\xef\xbb\xbf", 3)
               ? 3
               : 0;
    decoder->past_mark = stream > 0 && (decoder->past_mark || out.size > 0);
    if (!valid) {
        dbuf_free(&out);
        return invalid_data(context);
    }
    if (skip) {
        memmove(out.buf, out.buf + skip, out.size - skip);
        out.size -= skip;
    }
    return text_to_string(context, &out);
}

/* The common labels; the others are in a table of the library's. */
static bool names_utf8(const char *name, size_t size)
{
    return (size == 5 && !strcasecmp(name, "utf-8")) || (size == 4 && !strcasecmp(name, "utf8"));
}

/* Finds what reads the encoding of this label; -1 with an exception pending. */
static int find_encoding(JSContext *context, struct decoder *decoder, JSValueConst label)
{
    JSValue string = JS_ToString(context, label), found = JS_EXCEPTION;
    size_t size;
    const char *name = JS_IsException(string) ? NULL : JS_ToCStringLen(context, &size, string);

    if (name && names_utf8(name, size))
        found = JS_UNDEFINED;
    else if (name)
        found = library_decoder(context, string, decoder->fatal, decoder->keep_mark);
    JS_FreeCString(context, name);
    JS_FreeValue(context, string);
    if (JS_IsObject(found)) {
        decoder->name = JS_GetPropertyUint32(context, found, 0);
        decoder->other = JS_GetPropertyUint32(context, found, 1);
    }
    JS_FreeValue(context, found);
    return JS_IsException(found) ? -1 : 0;
}

static JSValue new_object(JSContext *context, JSValueConst target, JSClassID class_id)
{
    JSValue prototype = JS_GetPropertyStr(context, target, "prototype"), object;

    if (JS_IsException(prototype))
        return prototype;
    object = JS_NewObjectProtoClass(context, prototype, class_id);
    JS_FreeValue(context, prototype);
    return object;
}

static JSValue new_encoder(JSContext *context, JSValueConst target, int argc, JSValueConst *argv)
{
    (void)argc, (void)argv;
    return new_object(context, target, encoder_class);
}

static JSValue new_decoder(JSContext *context, JSValueConst target, int argc, JSValueConst *argv)
{
    int fatal = option(context, argc, argv, 1, "fatal"),
        keep_mark = fatal < 0 ? -1 : option(context, argc, argv, 1, "ignoreBOM");
    struct decoder *decoder;
    JSValue object;

    if (keep_mark < 0)
        return JS_EXCEPTION;
    object = new_object(context, target, decoder_class);
    decoder = JS_IsException(object) ? NULL : js_mallocz(context, sizeof *decoder);
    if (!decoder) {
        JS_FreeValue(context, object);
        return JS_EXCEPTION;
    }
    decoder->other = decoder->name = JS_UNDEFINED;
    decoder->fatal = fatal;
    decoder->keep_mark = keep_mark;
    JS_SetOpaque(object, decoder);
    if (argc > 0 && !JS_IsUndefined(argv[0]) && find_encoding(context, decoder, argv[0])) {
        JS_FreeValue(context, object);
        return JS_EXCEPTION;
    }
    return object;
}

static JSValue decoder_flag(JSContext *context, JSValueConst this_value, int magic)
{
    struct decoder *decoder = JS_GetOpaque2(context, this_value, decoder_class);

    if (!decoder)
        return JS_EXCEPTION;
    return JS_NewBool(context, magic ? decoder->keep_mark : decoder->fatal);
}

static JSValue decoder_name(JSContext *context, JSValueConst this_value)
{
    struct decoder *decoder = JS_GetOpaque2(context, this_value, decoder_class);

    if (!decoder)
        return JS_EXCEPTION;
    return JS_IsUndefined(decoder->name) ? utf8_name(context, this_value)
                                         : JS_DupValue(context, decoder->name);
}

static const JSCFunctionListEntry decoder_members[] = {
    JS_CGETSET_DEF("encoding", decoder_name, NULL),
    JS_CGETSET_MAGIC_DEF("fatal", decoder_flag, NULL, 0),
    JS_CGETSET_MAGIC_DEF("ignoreBOM", decoder_flag, NULL, 1),
    JS_CFUNC_DEF("decode", 0, decode),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextDecoder", JS_PROP_CONFIGURABLE),
};

/* ---- Base64. ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static JSValue not_latin1(JSContext *context)
{
    return JS_ThrowRangeError(context, "the string holds a character beyond U+00FF");
}

/* The characters of a string as one byte each; -1 when one does not fit. UTF-8 has U+0080 … U+00FF as two
 * bytes of which the first is C2 or C3. */
static int to_latin1(DynBuf *text)
{
    size_t to = 0;

    for (size_t i = 0; i < text->size; i++) {
        uint8_t byte = text->buf[i];

        if (byte >= 0x80) {
            if (byte != 0xc2 && byte != 0xc3)
                return -1;
            byte = (uint8_t)(byte << 6) | (text->buf[++i] & 0x3f);
        }
        text->buf[to++] = byte;
    }
    text->size = to;
    return 0;
}

static JSValue js_btoa(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    DynBuf in, out;

    (void)this_value, (void)argc;
    text_init(context, &in);
    text_init(context, &out);
    if (!text_put_value(context, &in, argv[0]) || to_latin1(&in)) {
        dbuf_free(&in);
        return JS_HasException(context) ? JS_EXCEPTION : not_latin1(context);
    }
    for (size_t i = 0; i < in.size; i += 3) {
        size_t left = in.size - i;
        uint32_t bits = (uint32_t)in.buf[i] << 16 | (left > 1 ? (uint32_t)in.buf[i + 1] << 8 : 0) |
                        (left > 2 ? in.buf[i + 2] : 0);

        dbuf_putc(&out, (uint8_t)alphabet[bits >> 18]);
        dbuf_putc(&out, (uint8_t)alphabet[bits >> 12 & 63]);
        dbuf_putc(&out, left > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=');
        dbuf_putc(&out, left > 2 ? (uint8_t)alphabet[bits & 63] : '=');
    }
    if (dbuf_error(&in))
        dbuf_set_error(&out);
    dbuf_free(&in);
    return text_to_string(context, &out);
}

int text_from_base64(const DynBuf *in, DynBuf *out)
{
    uint32_t bits = 0, digits = 0, padding = 0;

    for (size_t i = 0; i < in->size; i++) {
        const char *digit;

        if (in->buf[i] && strchr(" \t\n\f\r", in->buf[i]))
            continue;
        if (in->buf[i] == '=') {
            padding++;
            continue;
        }
        digit = in->buf[i] ? strchr(alphabet, in->buf[i]) : NULL;
        if (!digit || padding)
            return -1;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        if (++digits % 4 == 0) {
            dbuf_putc(out, (uint8_t)(bits >> 16));
            dbuf_putc(out, (uint8_t)(bits >> 8));
            dbuf_putc(out, (uint8_t)bits);
        }
    }
    digits %= 4;
    if (digits == 1 || padding > 2 || (padding && (digits + padding) % 4))
        return -1;
    if (digits == 2)
        dbuf_putc(out, (uint8_t)(bits >> 4));
    if (digits == 3) {
        dbuf_putc(out, (uint8_t)(bits >> 10));
        dbuf_putc(out, (uint8_t)(bits >> 2));
    }
    return 0;
}

static JSValue js_atob(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    DynBuf in, bytes, out;
    int status;

    (void)this_value, (void)argc;
    text_init(context, &in);
    text_init(context, &bytes);
    text_init(context, &out);
    if (!text_put_value(context, &in, argv[0])) {
        dbuf_free(&in);
        return JS_EXCEPTION;
    }
    status = text_from_base64(&in, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.buf[i] >= 0x80)
            dbuf_putc(&out, (uint8_t)(0xc0 | bytes.buf[i] >> 6));
        dbuf_putc(&out, bytes.buf[i] < 0x80 ? bytes.buf[i] : 0x80 | (bytes.buf[i] & 0x3f));
    }
    if (dbuf_error(&in) || dbuf_error(&bytes))
        dbuf_set_error(&out);
    dbuf_free(&in);
    dbuf_free(&bytes);
    if (status) {
        dbuf_free(&out);
        return JS_ThrowSyntaxError(context, "the string is not base64");
    }
    return text_to_string(context, &out);
}

/* ---- Globals. ---- */

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("atob", 1, js_atob),
    JS_CFUNC_DEF("btoa", 1, js_btoa),
};

static int add_class(JSContext *context, JSClassID *class_id, const JSClassDef *definition,
                     JSCFunction *constructor, const JSCFunctionListEntry *members, int count)
{
    JSValue global, prototype, function;

    JS_NewClassID(guest.runtime, class_id);
    if (JS_NewClass(guest.runtime, *class_id, definition))
        return -1;
    prototype = JS_NewObject(context);
    JS_SetPropertyFunctionList(context, prototype, members, count);
    function =
        JS_NewCFunction2(context, constructor, definition->class_name, 0, JS_CFUNC_constructor, 0);
    JS_SetConstructor(context, function, prototype);
    JS_SetClassProto(context, *class_id, prototype);
    global = JS_GetGlobalObject(context);
    JS_DefinePropertyValueStr(context, global, definition->class_name, function,
                              JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_FreeValue(context, global);
    return 0;
}

int text_install(JSContext *context)
{
    static const JSClassDef encoder = {.class_name = "TextEncoder"};
    static const JSClassDef decoder = {
        .class_name = "TextDecoder", .finalizer = free_decoder, .gc_mark = mark_decoder};
    JSValue global = JS_GetGlobalObject(context);

    JS_SetPropertyFunctionList(context, global, functions, countof(functions));
    JS_FreeValue(context, global);
    if (add_class(context, &encoder_class, &encoder, new_encoder, encoder_members,
                  countof(encoder_members)))
        return -1;
    return add_class(context, &decoder_class, &decoder, new_decoder, decoder_members,
                     countof(decoder_members));
}
