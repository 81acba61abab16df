/*
 * bytes.c: bytes as text in encodings other than UTF-8, and looking through them: what Buffer is made of.
 *
 * Owns nothing. Functions are seen by the library alone (native.c).
 */
#include <string.h>

#include "guest.h"
#include "library.h"

enum encoding { LATIN1, ASCII, UTF16, HEX, BASE64, BASE64URL };

static const char digits[] = "0123456789abcdef";
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- From bytes to text. ---- */

/* A character below U+10000, surrogates among them. */
static void put_unit(DynBuf *out, uint32_t unit)
{
    if (unit < 0x80) {
        dbuf_putc(out, (uint8_t)unit);
    } else if (unit < 0x800) {
        dbuf_putc(out, (uint8_t)(0xc0 | unit >> 6));
        dbuf_putc(out, 0x80 | (unit & 0x3f));
    } else {
        dbuf_putc(out, (uint8_t)(0xe0 | unit >> 12));
        dbuf_putc(out, 0x80 | (unit >> 6 & 0x3f));
        dbuf_putc(out, 0x80 | (unit & 0x3f));
    }
}

static void put_pair(DynBuf *out, uint32_t high, uint32_t low)
{
    uint32_t c = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));

    dbuf_putc(out, (uint8_t)(0xf0 | c >> 18));
    dbuf_putc(out, 0x80 | (c >> 12 & 0x3f));
    dbuf_putc(out, 0x80 | (c >> 6 & 0x3f));
    dbuf_putc(out, 0x80 | (c & 0x3f));
}

static void utf16_to_text(DynBuf *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t unit = bytes[i] | (uint32_t)bytes[i + 1] << 8, next = 0;

        if (i + 3 < size)
            next = bytes[i + 2] | (uint32_t)bytes[i + 3] << 8;
        if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            put_pair(out, unit, next);
            i += 2;
        } else {
            put_unit(out, unit);
        }
    }
}

static void base64_to_text(DynBuf *out, const uint8_t *bytes, size_t size, bool url)
{
    const char *letters = url ? url_alphabet : alphabet;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0);

        dbuf_putc(out, (uint8_t)letters[bits >> 18]);
        dbuf_putc(out, (uint8_t)letters[bits >> 12 & 63]);
        if (left > 1)
            dbuf_putc(out, (uint8_t)letters[bits >> 6 & 63]);
        if (left > 2)
            dbuf_putc(out, (uint8_t)letters[bits & 63]);
        for (size_t missing = left; !url && missing < 3; missing++)
            dbuf_putc(out, '=');
    }
}

static void to_text(DynBuf *out, const uint8_t *bytes, size_t size, int encoding)
{
    switch (encoding) {
    case UTF16:
        utf16_to_text(out, bytes, size);
        break;
    case HEX:
        for (size_t i = 0; i < size; i++) {
            dbuf_putc(out, (uint8_t)digits[bytes[i] >> 4]);
            dbuf_putc(out, (uint8_t)digits[bytes[i] & 15]);
        }
        break;
    case BASE64:
    case BASE64URL:
        base64_to_text(out, bytes, size, encoding == BASE64URL);
        break;
    default:
        for (size_t i = 0; i < size; i++)
            put_unit(out, encoding == ASCII ? bytes[i] & 0x7f : bytes[i]);
        break;
    }
}

static int64_t within(int64_t position, int64_t least, int64_t most)
{
    return position < least ? least : position > most ? most : position;
}

/* (view, encoding, start, end) */
static JSValue bytes_to_text(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    size_t size;
    uint8_t *bytes;
    int64_t start, end;
    int encoding;
    DynBuf text;

    (void)this_value, (void)argc;
    /* The bytes last: to be a number, an object may run code that lets go of them. */
    if (JS_ToInt32(context, &encoding, argv[1]) || JS_ToInt64(context, &start, argv[2]) ||
        JS_ToInt64(context, &end, argv[3]) || !(bytes = text_bytes_of(context, argv[0], &size)))
        return JS_EXCEPTION;
    start = within(start, 0, (int64_t)size);
    end = within(end, start, (int64_t)size);
    text_init(context, &text);
    to_text(&text, bytes + start, (size_t)(end - start), encoding);
    return text_to_string(context, &text);
}

/* ---- From text to bytes. ---- */

static uint32_t next_character(const uint8_t **at)
{
    const uint8_t *text = *at;

    if (text[0] < 0x80) {
        *at += 1;
        return text[0];
    }
    if (text[0] < 0xe0) {
        *at += 2;
        return (uint32_t)(text[0] & 0x1f) << 6 | (text[1] & 0x3f);
    }
    if (text[0] < 0xf0) {
        *at += 3;
        return (uint32_t)(text[0] & 0x0f) << 12 | (uint32_t)(text[1] & 0x3f) << 6 |
               (text[2] & 0x3f);
    }
    *at += 4;
    return (uint32_t)(text[0] & 7) << 18 | (uint32_t)(text[1] & 0x3f) << 12 |
           (uint32_t)(text[2] & 0x3f) << 6 | (text[3] & 0x3f);
}

static void put_utf16(DynBuf *out, uint32_t unit)
{
    dbuf_putc(out, (uint8_t)unit);
    dbuf_putc(out, (uint8_t)(unit >> 8));
}

/* One byte, or two, for each UTF-16 unit of the text. */
static void units_from_text(DynBuf *out, const uint8_t *text, size_t size, bool wide)
{
    const uint8_t *end = text + size;

    while (text < end) {
        uint32_t c = next_character(&text);
        uint32_t high = c >= 0x10000 ? 0xd800 | (c - 0x10000) >> 10 : c;
        uint32_t low = 0xdc00 | (c & 0x3ff);

        if (wide)
            put_utf16(out, high);
        else
            dbuf_putc(out, (uint8_t)high);
        if (c >= 0x10000) {
            if (wide)
                put_utf16(out, low);
            else
                dbuf_putc(out, (uint8_t)low);
        }
    }
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to the first pair that is none, as Node has it. */
static void hex_from_text(DynBuf *out, const uint8_t *text, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        int high = digit_of(text[i]), low = digit_of(text[i + 1]);

        if (high < 0 || low < 0)
            return;
        dbuf_putc(out, (uint8_t)(high << 4 | low));
    }
}

static int sextet_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Of both alphabets; what is no letter of theirs is passed over, as Node has it. */
static void base64_from_text(DynBuf *out, const uint8_t *text, size_t size)
{
    uint32_t bits = 0, count = 0;

    for (size_t i = 0; i < size && text[i] != '='; i++) {
        int sextet = sextet_of(text[i]);

        if (sextet < 0)
            continue;
        bits = bits << 6 | (uint32_t)sextet;
        if (++count % 4 != 0)
            continue;
        dbuf_putc(out, (uint8_t)(bits >> 16));
        dbuf_putc(out, (uint8_t)(bits >> 8));
        dbuf_putc(out, (uint8_t)bits);
    }
    if (count % 4 >= 2)
        dbuf_putc(out, (uint8_t)(bits >> (count % 4 == 2 ? 4 : 10)));
    if (count % 4 == 3)
        dbuf_putc(out, (uint8_t)(bits >> 2));
}

/* (string, encoding): a Uint8Array */
static JSValue bytes_from_text(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    size_t size;
    int encoding;
    const char *text = JS_ToCStringLen(context, &size, argv[0]);
    DynBuf bytes;
    JSValue result;

    (void)this_value, (void)argc;
    if (!text || JS_ToInt32(context, &encoding, argv[1])) {
        JS_FreeCString(context, text);
        return JS_EXCEPTION;
    }
    text_init(context, &bytes);
    if (encoding == HEX)
        hex_from_text(&bytes, (const uint8_t *)text, size);
    else if (encoding >= BASE64)
        base64_from_text(&bytes, (const uint8_t *)text, size);
    else
        units_from_text(&bytes, (const uint8_t *)text, size, encoding == UTF16);
    JS_FreeCString(context, text);
    result = dbuf_error(&bytes) ? JS_ThrowOutOfMemory(context)
                                : text_new_bytes(context, bytes.buf, bytes.size);
    dbuf_free(&bytes);
    return result;
}

/* ---- Looking through bytes. ---- */

/* (a, b): -1, 0 or 1 */
static JSValue bytes_compare(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    size_t size_a, size_b;
    uint8_t *a = text_bytes_of(context, argv[0], &size_a),
            *b = a ? text_bytes_of(context, argv[1], &size_b) : NULL;
    int order;

    (void)this_value, (void)argc;
    if (!a || !b)
        return JS_EXCEPTION;
    order = memcmp(a, b, size_a < size_b ? size_a : size_b);
    if (order == 0)
        order = (size_a > size_b) - (size_a < size_b);
    return JS_NewInt32(context, (order > 0) - (order < 0));
}

/* (hay, needle, from, step, backwards): the position, a multiple of step; or -1. The needle is not empty. */
static JSValue bytes_find(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t size, needle_size;
    uint8_t *hay, *needle;
    int64_t at;
    int step, backwards = JS_ToBool(context, argv[4]);

    (void)this_value, (void)argc;
    /* The bytes last, as above. */
    if (JS_ToInt64(context, &at, argv[2]) || JS_ToInt32(context, &step, argv[3]) ||
        !(hay = text_bytes_of(context, argv[0], &size)) ||
        !(needle = text_bytes_of(context, argv[1], &needle_size)))
        return JS_EXCEPTION;
    if (needle_size == 0 || needle_size > size || step < 1 || at < 0)
        return JS_NewInt32(context, -1);
    if (at > (int64_t)(size - needle_size)) {
        if (!backwards)
            return JS_NewInt32(context, -1);
        at = (int64_t)(size - needle_size);
    }
    for (; at >= 0 && at <= (int64_t)(size - needle_size); at += backwards ? -1 : 1) {
        if (at % step == 0 && hay[at] == needle[0] && !memcmp(hay + at, needle, needle_size))
            return JS_NewInt64(context, at);
    }
    return JS_NewInt32(context, -1);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("toText", 4, bytes_to_text),
    JS_CFUNC_DEF("fromText", 2, bytes_from_text),
    JS_CFUNC_DEF("compare", 2, bytes_compare),
    JS_CFUNC_DEF("find", 5, bytes_find),
};

void bytes_install(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
}
