/*
 * ext_json.c: std.parseExtJSON: JSON as people write it in files.
 *
 * Beyond JSON it takes comments, names without quotes, single quotes, escapes and continued lines as
 * JavaScript has them, commas at the end, signs, points at either end of a number, hexadecimal, octal
 * and binary numbers, NaN and Infinity.
 *
 * Invariants: reads nothing behind the NUL that ends the text; runs no code of the program; nesting ends
 * with an exception before the stack does.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "guest.h"

struct reader {
    JSContext *context;
    const char *at, *begin, *end; /* a NUL is at the end */
};

static JSValue read_value(struct reader *in);

static JSValue fail(struct reader *in, const char *what)
{
    int line = 1;

    for (const char *at = in->begin; at < in->at; at++)
        line += *at == '\n';
    return JS_ThrowSyntaxError(in->context, "%s in line %d", what, line);
}

/* ---- Between the tokens. ---- */

/* Bytes of the space, comment or mark at the place; 0 for none, -1 for a comment without end. */
static ptrdiff_t blank(const struct reader *in)
{
    const char *end;

    if (*in->at && strchr(" \t\r\n\v\f", *in->at))
        return 1;
    if (!strncmp(in->at, "\xc2\xa0", 2))
        return 2;
    if (!strncmp(in->at, "\xef\xbb\xbf", 3) || !strncmp(in->at, "\xe2\x80\xa8", 3) ||
        !strncmp(in->at, "\xe2\x80\xa9", 3))
        return 3;
    if (!strncmp(in->at, "//", 2))
        return (ptrdiff_t)strcspn(in->at, "\r\n");
    if (strncmp(in->at, "/*", 2) != 0)
        return 0;
    end = strstr(in->at + 2, "*/");
    return end ? end + 2 - in->at : -1;
}

static int skip(struct reader *in)
{
    ptrdiff_t size;

    while ((size = blank(in)) > 0)
        in->at += size;
    if (size == 0)
        return 0;
    fail(in, "a comment without end");
    return -1;
}

/* Goes over one character if it is there. */
static bool take(struct reader *in, char wanted)
{
    if (*in->at != wanted)
        return false;
    in->at++;
    return true;
}

/* ---- Strings and names. ---- */

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* `digits` hexadecimal digits, or -1. */
static int32_t read_code(struct reader *in, int digits)
{
    int32_t code = 0;

    for (int i = 0; i < digits; i++) {
        int digit = hexadecimal(*in->at);

        if (digit < 0)
            return -1;
        code = code * 16 + digit;
        in->at++;
    }
    return code;
}

/* A code unit after \u; where a surrogate and the one that belongs to it follow each other, both. */
static int32_t read_unicode(struct reader *in)
{
    int32_t code = read_code(in, 4);
    struct reader ahead = *in;
    int32_t low;

    if (code < 0xd800 || code > 0xdbff || strncmp(ahead.at, "\\u", 2) != 0)
        return code;
    ahead.at += 2;
    low = read_code(&ahead, 4);
    if (low < 0xdc00 || low > 0xdfff)
        return code;
    in->at = ahead.at;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static void put_code(DynBuf *text, uint32_t code)
{
    uint8_t bytes[8];

    dbuf_put(text, bytes, utf8_encode(bytes, code));
}

/* What follows a backslash; -1 when it is no escape. */
static int read_escape(struct reader *in, DynBuf *text)
{
    static const char letters[] = "bfnrtv0", meanings[] = "\b\f\n\r\t\v";
    const char *letter;
    int32_t code;

    if (in->at == in->end)
        return -1;
    letter = *in->at ? strchr(letters, *in->at) : NULL;
    if (letter) {
        in->at++;
        return dbuf_putc(text, (uint8_t)meanings[letter - letters]);
    }
    if (*in->at == 'u' || *in->at == 'x') {
        code = *in->at++ == 'u' ? read_unicode(in) : read_code(in, 2);
        if (code < 0)
            return -1;
        put_code(text, (uint32_t)code);
        return 0;
    }
    /* A line that goes on in the next one. */
    if (take(in, '\r')) {
        take(in, '\n');
        return 0;
    }
    if (take(in, '\n'))
        return 0;
    return dbuf_putc(text, (uint8_t)*in->at++);
}

static JSValue read_string(struct reader *in)
{
    char quote = *in->at++;
    DynBuf text;

    text_init(in->context, &text);
    while (*in->at != quote) {
        if (in->at == in->end || *in->at == '\n' || *in->at == '\r') {
            dbuf_free(&text);
            return fail(in, "a string without end");
        }
        if (!take(in, '\\')) {
            dbuf_putc(&text, (uint8_t)*in->at++);
        } else if (read_escape(in, &text)) {
            dbuf_free(&text);
            return fail(in, "a wrong escape");
        }
    }
    in->at++;
    return text_to_string(in->context, &text);
}

static bool is_name(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') || character == '_' || character == '$' ||
           (unsigned char)character >= 0x80;
}

static size_t name_size(const struct reader *in)
{
    size_t size = 0;

    while (is_name(in->at[size]))
        size++;
    return size;
}

/* Whether the word at the place is this one; then goes over it. */
static bool take_word(struct reader *in, const char *word)
{
    size_t size = strlen(word);

    if (name_size(in) != size || memcmp(in->at, word, size) != 0)
        return false;
    in->at += size;
    return true;
}

static JSAtom read_key(struct reader *in)
{
    size_t size = name_size(in);
    JSValue string;
    JSAtom key;

    if (*in->at == '"' || *in->at == '\'') {
        string = read_string(in);
        if (JS_IsException(string))
            return JS_ATOM_NULL;
        key = JS_ValueToAtom(in->context, string);
        JS_FreeValue(in->context, string);
        return key;
    }
    if (size == 0) {
        fail(in, "a name was expected");
        return JS_ATOM_NULL;
    }
    in->at += size;
    return JS_NewAtomLen(in->context, in->at - size, size);
}

/* ---- Numbers. ---- */

/* 0x…, 0o…, 0b…; -1 with the place unmoved for anything else. */
static double read_radix(struct reader *in)
{
    static const char letters[] = "xob";
    static const int radixes[] = {16, 8, 2};
    const char *letter;
    double value = 0;
    int radix, digit;

    if (*in->at != '0' || !in->at[1])
        return -1;
    letter = strchr(letters, in->at[1] | 0x20);
    if (!letter)
        return -1;
    radix = radixes[letter - letters];
    digit = hexadecimal(in->at[2]);
    if (digit < 0 || digit >= radix)
        return -1;
    for (in->at += 2; (digit = hexadecimal(*in->at)) >= 0 && digit < radix; in->at++)
        value = value * radix + digit;
    return value;
}

/* Digits with a point and an exponent: NaN with the place unmoved for anything else. */
static double read_decimal(struct reader *in)
{
    static const char digits[] = "0123456789";
    const char *at = in->at;
    size_t whole = strspn(at, digits), fraction = 0;
    double value;

    at += whole;
    if (*at == '.') {
        fraction = strspn(at + 1, digits);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return NAN;
    if ((*at | 0x20) == 'e') {
        const char *exponent = at + 1 + (at[1] == '+' || at[1] == '-');

        if (strspn(exponent, digits) > 0)
            at = exponent + strspn(exponent, digits);
    }
    value = strtod(in->at, NULL);
    in->at = at;
    return value;
}

static JSValue read_number(struct reader *in)
{
    bool negative = *in->at == '-';
    double value;

    if (*in->at == '-' || *in->at == '+')
        in->at++;
    if (take_word(in, "Infinity")) {
        value = INFINITY;
    } else if (take_word(in, "NaN")) {
        return JS_NewFloat64(in->context, NAN);
    } else {
        value = read_radix(in);
        if (value < 0)
            value = read_decimal(in);
        if (isnan(value) || is_name(*in->at))
            return fail(in, "unexpected text");
    }
    return JS_NewNumber(in->context, negative ? -value : value);
}

/* ---- Objects and arrays. ---- */

/* After a member: 1 when another may follow, 0 after the closing bracket, -1 for an error. */
static int separate(struct reader *in, char close)
{
    bool comma;

    if (skip(in))
        return -1;
    comma = take(in, ',');
    if (skip(in))
        return -1;
    if (take(in, close))
        return 0;
    if (comma)
        return 1;
    fail(in, "a comma was expected");
    return -1;
}

static int read_member(struct reader *in, JSValueConst object)
{
    JSAtom key = read_key(in);
    JSValue value;
    int status = -1;

    if (key == JS_ATOM_NULL)
        return -1;
    if (skip(in) == 0 && !take(in, ':')) {
        fail(in, "a colon was expected");
    } else if (!JS_HasException(in->context)) {
        value = read_value(in);
        if (!JS_IsException(value))
            status = JS_DefinePropertyValue(in->context, object, key, value, JS_PROP_C_W_E);
    }
    JS_FreeAtom(in->context, key);
    return status < 0 ? -1 : 0;
}

static int read_element(struct reader *in, JSValueConst array, uint32_t index)
{
    JSValue value = read_value(in);

    if (JS_IsException(value))
        return -1;
    return JS_DefinePropertyValueUint32(in->context, array, index, value, JS_PROP_C_W_E) < 0 ? -1
                                                                                             : 0;
}

static JSValue read_members(struct reader *in, bool is_array)
{
    char close = is_array ? ']' : '}';
    JSValue result = is_array ? JS_NewArray(in->context) : JS_NewObject(in->context);
    int more;

    in->at++;
    if (JS_IsException(result) || skip(in))
        goto failed;
    more = !take(in, close);
    for (uint32_t index = 0; more; index++) {
        if (is_array ? read_element(in, result, index) : read_member(in, result))
            goto failed;
        more = separate(in, close);
        if (more < 0)
            goto failed;
    }
    return result;
failed:
    JS_FreeValue(in->context, result);
    return JS_EXCEPTION;
}

static JSValue read_value(struct reader *in)
{
    if (engine_stack_is_low(in->context))
        return JS_ThrowRangeError(in->context, "Maximum call stack size exceeded");
    if (skip(in))
        return JS_EXCEPTION;
    if (*in->at == '{' || *in->at == '[')
        return read_members(in, *in->at == '[');
    if (*in->at == '"' || *in->at == '\'')
        return read_string(in);
    if (take_word(in, "true"))
        return JS_TRUE;
    if (take_word(in, "false"))
        return JS_FALSE;
    if (take_word(in, "null"))
        return JS_NULL;
    return read_number(in);
}

JSValue ext_json_parse(JSContext *context, const char *text, size_t size)
{
    struct reader in = {context, text, text, text + size};
    JSValue value = read_value(&in);

    if (JS_IsException(value))
        return value;
    if (skip(&in) == 0 && in.at == in.end)
        return value;
    JS_FreeValue(context, value);
    return JS_HasException(context) ? JS_EXCEPTION : fail(&in, "text after the value");
}
