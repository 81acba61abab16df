/*
 * literals.c: primitives and keys as one writes them in a source, and their colours; for inspect.c.
 *
 * Owns nothing.
 */
#include <math.h>
#include <string.h>

#include "inspect.h"

/* ---- Colours. ---- */

static void put_code(struct inspection *in, DynBuf *out, uint32_t index)
{
    JSValue code;

    if (JS_IsUndefined(in->options->paint))
        return;
    code = JS_GetPropertyUint32(in->context, in->options->paint, index);
    peek_put_string(in->context, out, code);
    JS_FreeValue(in->context, code);
}

void literal_open(struct inspection *in, DynBuf *out, enum style style)
{
    if (style != STYLE_NONE)
        put_code(in, out, 2 * style);
}

void literal_close(struct inspection *in, DynBuf *out, enum style style)
{
    if (style != STYLE_NONE)
        put_code(in, out, 2 * style + 1);
}

void literal_put_styled(struct inspection *in, DynBuf *out, enum style style, const char *text)
{
    literal_open(in, out, style);
    dbuf_putstr(out, text);
    literal_close(in, out, style);
}

/* ---- Strings. ---- */

static char quote_for(const uint8_t *text, size_t size)
{
    if (!memchr(text, '\'', size))
        return '\'';
    if (!memchr(text, '"', size))
        return '"';
    return memchr(text, '`', size) || memmem(text, size, "${", 2) ? '\'' : '`';
}

static void put_escaped(DynBuf *out, const uint8_t *text, size_t size, char quote)
{
    static const char letters[] = "btn\0fr";

    for (size_t i = 0; i < size; i++) {
        uint8_t c = text[i];

        if (c >= '\b' && c <= '\r' && c != '\v')
            dbuf_printf(out, "\\%c", letters[c - '\b']);
        else if (c == quote || c == '\\')
            dbuf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            dbuf_printf(out, "\\x%02X", c);
        else if (c == 0xc2 && i + 1 < size && text[i + 1] < 0xa0)
            dbuf_printf(out, "\\x%02X", text[++i]);
        else if (c == 0xed && i + 2 < size && text[i + 1] >= 0xa0) {
            /* A surrogate that has no partner is shown as one writes it. */
            dbuf_printf(out, "\\u%04X", 0xd000 | (text[i + 1] & 0x3f) << 6 | (text[i + 2] & 0x3f));
            i += 2;
        } else
            dbuf_putc(out, c);
    }
}

static void put_quoted(struct inspection *in, DynBuf *out, const uint8_t *text, size_t size)
{
    char quote = quote_for(text, size);

    literal_open(in, out, STYLE_STRING);
    dbuf_putc(out, (uint8_t)quote);
    put_escaped(out, text, size, quote);
    dbuf_putc(out, (uint8_t)quote);
    literal_close(in, out, STYLE_STRING);
}

static size_t bytes_of_characters(const uint8_t *text, size_t size, size_t count)
{
    size_t at = 0;

    while (at < size && (count > 0 || (text[at] & 0xc0) == 0x80))
        count -= (text[at++] & 0xc0) != 0x80;
    return at;
}

/* A long string of several lines is shown as a sum of its lines. */
static void put_lines(struct inspection *in, DynBuf *out, const uint8_t *text, size_t size)
{
    while (size > 0) {
        const uint8_t *newline = memchr(text, '\n', size);
        size_t part = newline ? (size_t)(newline - text) + 1 : size;

        put_quoted(in, out, text, part);
        text += part;
        size -= part;
        if (size > 0)
            dbuf_printf(out, " +\n%*s", in->indentation + 2, "");
    }
}

static void put_string_value(struct inspection *in, DynBuf *out, JSValueConst value, int level)
{
    size_t size, shown, width;
    const char *string = JS_ToCStringLen(in->context, &size, value);
    const uint8_t *text = (const uint8_t *)string;

    if (!string) {
        peek_forget_exception(in->context);
        dbuf_set_error(out);
        return;
    }
    shown = bytes_of_characters(text, size, (size_t)in->options->max_string);
    width = text_units(text, shown);
    if (level > 0 && width > 16 && (int)width > in->options->width - in->indentation - 4)
        put_lines(in, out, text, shown);
    else
        put_quoted(in, out, text, shown);
    if (shown < size) {
        size_t more = text_units(text + shown, size - shown);

        dbuf_printf(out, "... %zu more character%s", more, more == 1 ? "" : "s");
    }
    JS_FreeCString(in->context, string);
}

/* ---- Primitives. ---- */

static void put_symbol(JSContext *context, DynBuf *out, JSValueConst symbol)
{
    JSAtom atom = JS_ValueToAtom(context, symbol);
    const char *text = JS_AtomToCString(context, atom);

    dbuf_putstr(out, "Symbol(");
    dbuf_putstr(out, text ? text : "");
    dbuf_putstr(out, ")");
    JS_FreeCString(context, text);
    JS_FreeAtom(context, atom);
}

/* "_" between groups of three digits: from the right before a point, from the left behind it. */
static void separate(DynBuf *out, const char *digits, size_t size, bool behind_point)
{
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (behind_point ? i : size - i) % 3 == 0)
            dbuf_putc(out, '_');
        dbuf_putc(out, (uint8_t)digits[i]);
    }
}

/* Digits that stand in `out` from `begin` on; what has an exponent, or is no number, stays as it is. */
static void separate_digits(DynBuf *out, size_t begin)
{
    char text[64];
    size_t size = out->size - begin, sign, whole;

    if (dbuf_error(out) || size >= sizeof text)
        return;
    memcpy(text, out->buf + begin, size);
    text[size] = '\0';
    sign = text[0] == '-';
    whole = strspn(text + sign, "0123456789");
    if (strspn(text + sign, "0123456789.n") != size - sign)
        return;
    out->size = begin + sign;
    separate(out, text + sign, whole, false);
    text[0] = text[sign + whole];
    if (text[0] == '.') {
        dbuf_putc(out, '.');
        separate(out, text + sign + whole + 1, size - sign - whole - 1, true);
    } else if (text[0]) {
        dbuf_putc(out, (uint8_t)text[0]);
    }
}

static void put_number(struct inspection *in, DynBuf *out, JSValueConst value)
{
    size_t begin = out->size;
    double number;

    if (JS_IsNumber(value) && !JS_ToFloat64(in->context, &number, value) && number == 0 &&
        signbit(number)) {
        dbuf_putstr(out, "-0");
        return;
    }
    if (!peek_put_text(in->context, out, value))
        return;
    if (JS_IsBigInt(value))
        dbuf_putc(out, 'n');
    if (in->options->separated)
        separate_digits(out, begin);
}

enum style literal_style(JSValueConst value)
{
    if (JS_IsNumber(value))
        return STYLE_NUMBER;
    if (JS_IsBigInt(value))
        return STYLE_BIGINT;
    if (JS_IsBool(value))
        return STYLE_BOOLEAN;
    if (JS_IsUndefined(value))
        return STYLE_UNDEFINED;
    if (JS_IsNull(value))
        return STYLE_NULL;
    if (JS_IsSymbol(value))
        return STYLE_SYMBOL;
    return JS_IsUninitialized(value) ? STYLE_SPECIAL : STYLE_STRING;
}

void literal_put(struct inspection *in, DynBuf *out, JSValueConst value, int level)
{
    enum style style = literal_style(value);

    if (JS_IsString(value)) {
        put_string_value(in, out, value, level);
        return;
    }
    literal_open(in, out, style);
    if (style == STYLE_SYMBOL)
        put_symbol(in->context, out, value);
    else if (style == STYLE_SPECIAL)
        dbuf_putstr(out, "<uninitialized>");
    else if (style == STYLE_NUMBER || style == STYLE_BIGINT)
        put_number(in, out, value);
    else
        (void)peek_put_text(in->context, out, value);
    literal_close(in, out, style);
}

/* ---- Keys. ---- */

void literal_put_key(struct inspection *in, DynBuf *out, JSAtom atom, bool enumerable)
{
    JSContext *context = in->context;
    JSValue key = JS_AtomToValue(context, atom);
    size_t size;
    const char *text;

    if (JS_IsSymbol(key)) {
        dbuf_putc(out, '[');
        literal_open(in, out, STYLE_SYMBOL);
        put_symbol(context, out, key);
        literal_close(in, out, STYLE_SYMBOL);
        dbuf_putc(out, ']');
    } else if ((text = JS_ToCStringLen(context, &size, key))) {
        bool plain = size > 0 && !(text[0] >= '0' && text[0] <= '9' && !enumerable);
        uint32_t index;

        for (size_t i = 0; plain && i < size; i++)
            plain = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                    text[i] == '_' || (i > 0 && text[i] >= '0' && text[i] <= '9');
        if (engine_atom_index(atom, &index))
            plain = false;
        if (!enumerable) {
            dbuf_printf(out, "[%s]", text);
        } else if (!strcmp(text, "__proto__")) {
            dbuf_putstr(out, "['__proto__']");
        } else if (plain) {
            literal_open(in, out, STYLE_NAME);
            dbuf_put(out, (const uint8_t *)text, size);
            literal_close(in, out, STYLE_NAME);
        } else {
            put_quoted(in, out, (const uint8_t *)text, size);
        }
        JS_FreeCString(context, text);
    } else {
        peek_forget_exception(context);
        dbuf_set_error(out);
    }
    JS_FreeValue(context, key);
}
