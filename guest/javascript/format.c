/*
 * format.c: printf over JavaScript values, as std.printf and FILE.printf of QuickJS have it.
 *
 * Owns nothing. Each conversion is checked letter by letter and put together anew before the C library
 * sees it, so that no format of a program reaches C with a type that it does not have.
 */
#include <string.h>

#include "guest.h"

#define MAX_FIELD 4096 /* of width and of precision: a program may ask for any number */

struct conversion {
    char flags[8];
    int32_t width, precision; /* -1 for none */
    bool is_long;
    char letter;
};

struct arguments {
    JSContext *context;
    int count, next;
    JSValueConst *values;
};

static int take(struct arguments *arguments, JSValueConst *value)
{
    if (arguments->next >= arguments->count) {
        JS_ThrowReferenceError(arguments->context, "missing argument for conversion specifier");
        return -1;
    }
    *value = arguments->values[arguments->next++];
    return 0;
}

/* A number or an asterisk at *at; -1 with an exception pending, else *field is it (or stays). */
static int parse_field(struct arguments *arguments, const char **at, int32_t *field)
{
    JSValueConst value;
    int32_t number = 0;

    if (**at == '*') {
        (*at)++;
        if (take(arguments, &value) || JS_ToInt32(arguments->context, &number, value))
            return -1;
    } else {
        if (**at < '0' || **at > '9')
            return 0;
        while (**at >= '0' && **at <= '9' && number <= MAX_FIELD)
            number = number * 10 + (*(*at)++ - '0');
    }
    if (number > MAX_FIELD || number < -MAX_FIELD) {
        JS_ThrowRangeError(arguments->context, "a width or precision is at most %d", MAX_FIELD);
        return -1;
    }
    *field = number;
    return 0;
}

/* Reads one conversion; *at stands behind its '%' and is moved behind its letter. */
static int parse(struct arguments *arguments, const char **at, struct conversion *conversion)
{
    size_t flags = 0;

    *conversion = (struct conversion){.width = -1, .precision = -1};
    while (**at && strchr("0#+- ", **at)) {
        if (!strchr(conversion->flags, **at))
            conversion->flags[flags++] = **at;
        (*at)++;
    }
    if (parse_field(arguments, at, &conversion->width))
        return -1;
    if (conversion->width < -1) {
        /* A negative width from an argument means "to the left". */
        conversion->width = -conversion->width;
        if (!strchr(conversion->flags, '-'))
            conversion->flags[flags++] = '-';
    }
    if (**at == '.') {
        (*at)++;
        conversion->precision = 0;
        if (parse_field(arguments, at, &conversion->precision))
            return -1;
    }
    if (**at == 'l') {
        conversion->is_long = true;
        (*at)++;
    }
    conversion->letter = **at;
    if (**at)
        (*at)++;
    return 0;
}

/* Writes the conversion as C wants it, its length modifier aside. */
static void compose(const struct conversion *conversion, const char *modifier, char format[64])
{
    int used = snprintf(format, 32, "%%%s", conversion->flags);

    if (conversion->width >= 0)
        used += snprintf(format + used, 8, "%d", (int)conversion->width);
    if (conversion->precision >= 0)
        used += snprintf(format + used, 8, ".%d", (int)conversion->precision);
    snprintf(format + used, 8, "%s%c", modifier, conversion->letter);
}

/* The width and precision bound what a number takes: 1e308 with all its digits, and a field. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
static int put_integer(struct arguments *arguments, DynBuf *out,
                       const struct conversion *conversion)
{
    char format[64], text[MAX_FIELD * 2 + 64];
    JSValueConst value;
    int64_t number;
    int size;

    if (take(arguments, &value) || JS_ToInt64Ext(arguments->context, &number, value))
        return -1;
    compose(conversion, "ll", format);
    if (!conversion->is_long)
        number =
            strchr("di", conversion->letter) ? (int64_t)(int32_t)number : (int64_t)(uint32_t)number;
    size = snprintf(text, sizeof text, format, (long long)number);
    dbuf_put(out, (const uint8_t *)text, (size_t)size);
    return 0;
}

static int put_float(struct arguments *arguments, DynBuf *out, const struct conversion *conversion)
{
    char format[64], text[MAX_FIELD * 2 + 512];
    JSValueConst value;
    double number;
    int size;

    if (take(arguments, &value) || JS_ToFloat64(arguments->context, &number, value))
        return -1;
    compose(conversion, "", format);
    size = snprintf(text, sizeof text, format, number);
    dbuf_put(out, (const uint8_t *)text, (size_t)size);
    return 0;
}
#pragma clang diagnostic pop

static void pad(DynBuf *out, size_t count)
{
    while (count-- > 0)
        dbuf_putc(out, ' ');
}

/* Width and precision count characters, and a NUL is one like any other. */
static int put_string(struct arguments *arguments, DynBuf *out, const struct conversion *conversion)
{
    JSValueConst value;
    const char *text;
    size_t size, width, padding;

    if (take(arguments, &value) || !(text = JS_ToCStringLen(arguments->context, &size, value)))
        return -1;
    if (conversion->precision >= 0) {
        size_t end = 0, left = (size_t)conversion->precision;

        while (end < size && (left > 0 || (text[end] & 0xc0) == 0x80))
            left -= (text[end++] & 0xc0) != 0x80;
        size = end;
    }
    width = text_width((const uint8_t *)text, size);
    padding = conversion->width > (int32_t)width ? (size_t)conversion->width - width : 0;
    if (!strchr(conversion->flags, '-'))
        pad(out, padding);
    dbuf_put(out, (const uint8_t *)text, size);
    if (strchr(conversion->flags, '-'))
        pad(out, padding);
    JS_FreeCString(arguments->context, text);
    return 0;
}

static int put_character(struct arguments *arguments, DynBuf *out)
{
    uint8_t bytes[UTF8_CHAR_LEN_MAX];
    JSValueConst value;
    int32_t number;

    if (take(arguments, &value))
        return -1;
    if (JS_IsString(value)) {
        size_t size, end = 1;
        const char *text = JS_ToCStringLen(arguments->context, &size, value);

        if (!text)
            return -1;
        while (end < size && (text[end] & 0xc0) == 0x80)
            end++;
        dbuf_put(out, (const uint8_t *)text, size > 0 ? end : 0);
        JS_FreeCString(arguments->context, text);
        return 0;
    }
    if (JS_ToInt32(arguments->context, &number, value))
        return -1;
    if ((uint32_t)number > 0x10ffff)
        number = 0xfffd;
    dbuf_put(out, bytes, utf8_encode(bytes, (uint32_t)number));
    return 0;
}

static int put_conversion(struct arguments *arguments, DynBuf *out, const char **at)
{
    struct conversion conversion;

    if (parse(arguments, at, &conversion))
        return -1;
    switch (conversion.letter) {
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        return put_integer(arguments, out, &conversion);
    case 'e':
    case 'f':
    case 'g':
    case 'a':
    case 'E':
    case 'F':
    case 'G':
    case 'A':
        return put_float(arguments, out, &conversion);
    case 's':
        return put_string(arguments, out, &conversion);
    case 'c':
        return put_character(arguments, out);
    case '%':
        dbuf_putc(out, '%');
        return 0;
    default:
        JS_ThrowTypeError(arguments->context, "invalid conversion specifier in format string");
        return -1;
    }
}

int format_values(JSContext *context, DynBuf *out, int argc, JSValueConst *argv)
{
    struct arguments arguments = {context, argc, 1, argv};
    const char *format, *at, *end;
    size_t size;
    int status = 0;

    if (argc < 1)
        return 0;
    format = JS_ToCStringLen(context, &size, argv[0]);
    if (!format)
        return -1;
    at = format;
    end = format + size;
    while (at < end && status == 0) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        size_t plain = percent ? (size_t)(percent - at) : (size_t)(end - at);

        dbuf_put(out, (const uint8_t *)at, plain);
        at += plain;
        if (percent) {
            at++;
            status = put_conversion(&arguments, out, &at);
        }
    }
    JS_FreeCString(context, format);
    return status;
}
