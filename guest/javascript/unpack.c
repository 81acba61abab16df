/*
 * unpack.c: values of the host's, tagged JSON as docs/values.md has it, as values of the program.
 *
 * What makes them was taken at the start, so that a program that replaces Map or BigInt does no harm. A value that
 * JavaScript has no type for (Python's Decimal, complex, time, timedelta) becomes a Foreign: it says which, and goes
 * back as what it was.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../belljar_guest.h"
#include "engine.h"
#include "guest.h"

static JSValue unpack(JSContext *context, JSValue tree); /* takes the tree, gives a new one */

static JSValue map_class, map_set, set_class, set_add, bigint_class;
static JSValue negate, make_foreign, is_foreign; /* of `source` below */

static JSValue malformed(JSContext *context)
{
    return JS_ThrowTypeError(context, "the value is malformed");
}

/* ---- Numbers. ---- */

static JSValue large_integer(JSContext *context, const char *digits, bool negative)
{
    size_t size = strlen(digits) + 3;
    char *text = js_malloc(context, size);
    JSValue number, argument;

    if (!text)
        return JS_EXCEPTION;
    snprintf(text, size, "0x%s", digits);
    argument = JS_NewString(context, text);
    js_free(context, text);
    number = JS_Call(context, bigint_class, JS_UNDEFINED, 1, (JSValueConst *)&argument);
    JS_FreeValue(context, argument);
    if (!negative || JS_IsException(number))
        return number;
    argument = number;
    number = JS_Call(context, negate, JS_UNDEFINED, 1, (JSValueConst *)&argument);
    JS_FreeValue(context, argument);
    return number;
}

static JSValue make_integer(JSContext *context, const char *text)
{
    bool negative = *text == '-';
    const char *digits = text + negative;
    int64_t value;

    if (!*digits || digits[strspn(digits, "0123456789abcdef")])
        return malformed(context);
    if (strlen(digits) > 15)
        return large_integer(context, digits, negative);
    value = strtoll(digits, NULL, 16);
    return JS_NewBigInt64(context, negative ? -value : value);
}

static JSValue make_float(JSContext *context, const char *text)
{
    if (!strcmp(text, "nan"))
        return JS_NewFloat64(context, NAN);
    if (!strcmp(text, "-0"))
        return JS_NewFloat64(context, -0.0);
    if (!strcmp(text, "inf") || !strcmp(text, "-inf"))
        return JS_NewFloat64(context, *text == '-' ? -INFINITY : INFINITY);
    return malformed(context);
}

/* ---- Bytes. ---- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int decode_base64(DynBuf *out, const char *text)
{
    uint32_t bits = 0, count = 0;

    for (; *text && *text != '='; text++) {
        int digit = digit_of(*text);

        if (digit < 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (++count % 4 != 0 && count % 4 != 1)
            dbuf_putc(out, (uint8_t)(bits >> (count % 4 == 2 ? 4 : 2)));
        else if (count % 4 == 0)
            dbuf_putc(out, (uint8_t)bits);
    }
    return 0;
}

/* A Uint8Array, or another typed array or the buffer of either: what `make` makes of the bytes. */
static JSValue with_bytes(JSContext *context, const char *base64, int type)
{
    DynBuf bytes;
    JSValue arguments[3] = {JS_EXCEPTION, JS_UNDEFINED, JS_UNDEFINED}, array = JS_EXCEPTION;

    text_init(context, &bytes);
    if (decode_base64(&bytes, base64))
        malformed(context);
    else if (dbuf_error(&bytes))
        JS_ThrowOutOfMemory(context);
    else
        arguments[0] = JS_NewArrayBufferCopy(context, bytes.buf, bytes.size);
    dbuf_free(&bytes);
    if (!JS_IsException(arguments[0]))
        array = JS_NewTypedArray(context, 3, (JSValueConst *)arguments, (JSTypedArrayEnum)type);
    JS_FreeValue(context, arguments[0]);
    return array;
}

static JSValue make_bytes(JSContext *context, const char *text)
{
    return with_bytes(context, text, JS_TYPED_ARRAY_UINT8);
}

static const struct {
    const char *name, *kind;
    int type;
} arrays[] = {
    {"Uint8Array", "u8", JS_TYPED_ARRAY_UINT8},
    {"Uint8ClampedArray", "u8c", JS_TYPED_ARRAY_UINT8C},
    {"Int8Array", "i8", JS_TYPED_ARRAY_INT8},
    {"Int16Array", "i16", JS_TYPED_ARRAY_INT16},
    {"Uint16Array", "u16", JS_TYPED_ARRAY_UINT16},
    {"Int32Array", "i32", JS_TYPED_ARRAY_INT32},
    {"Uint32Array", "u32", JS_TYPED_ARRAY_UINT32},
    {"BigInt64Array", "i64", JS_TYPED_ARRAY_BIG_INT64},
    {"BigUint64Array", "u64", JS_TYPED_ARRAY_BIG_UINT64},
    {"Float32Array", "f32", JS_TYPED_ARRAY_FLOAT32},
    {"Float64Array", "f64", JS_TYPED_ARRAY_FLOAT64},
};

const char *values_kind_of_array(const char *name)
{
    for (size_t i = 0; i < countof(arrays); i++)
        if (!strcmp(arrays[i].name, name))
            return arrays[i].kind;
    return NULL;
}

static JSValue make_array(JSContext *context, JSValueConst held)
{
    JSValue first = JS_GetPropertyUint32(context, held, 0), array = JS_UNDEFINED;
    JSValue second = JS_GetPropertyUint32(context, held, 1);
    const char *kind = JS_ToCString(context, first), *text = JS_ToCString(context, second);

    for (size_t i = 0; kind && text && i < countof(arrays); i++)
        if (!strcmp(arrays[i].kind, kind))
            array = with_bytes(context, text, arrays[i].type);
    JS_FreeCString(context, kind);
    JS_FreeCString(context, text);
    JS_FreeValue(context, first);
    JS_FreeValue(context, second);
    return JS_IsUndefined(array) ? malformed(context) : array;
}

/* Whose bytes the text that is read names: unpacking runs nothing of the program's, so that it does not nest. */
static uint32_t blobs_from = BELLJAR_BLOB_OF_EVAL;

/* [number, kind]: the host has them beside the text. */
static JSValue make_blob(JSContext *context, JSValueConst held)
{
    JSValue first = JS_GetPropertyUint32(context, held, 0), array = JS_UNDEFINED;
    JSValue second = JS_GetPropertyUint32(context, held, 1);
    const char *kind = JS_ToCString(context, second);
    uint32_t number;

    if (!kind || JS_ToUint32(context, &number, first))
        array = JS_EXCEPTION;
    else if (!strcmp(kind, "bytes"))
        array = blobs_take(context, blobs_from, number, JS_TYPED_ARRAY_UINT8, 1);
    for (size_t i = 0; JS_IsUndefined(array) && i < countof(arrays); i++)
        if (!strcmp(arrays[i].kind, kind))
            array =
                blobs_take(context, blobs_from, number, arrays[i].type, (size_t)atoi(kind + 1) / 8);
    JS_FreeCString(context, kind);
    JS_FreeValue(context, first);
    JS_FreeValue(context, second);
    return JS_IsUndefined(array) ? malformed(context) : array;
}

/* ---- Dates. ---- */

#define DAY_MS 86400000.0

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t era, day_of_era, year_of_era, day_of_year, shifted;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = days - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

bool values_date_text(double ms, char *text, size_t room)
{
    int year, month, day, left;
    double days = floor(ms / DAY_MS);

    if (!(fabs(ms) <= 8.64e15))
        return false;
    date_of((int64_t)days, &year, &month, &day);
    left = (int)(ms - days * DAY_MS);
    snprintf(text, room, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+00:00", year, month, day,
             left / 3600000, left / 60000 % 60, left / 1000 % 60, left % 1000);
    return year >= 1 && year <= 9999;
}

/* Reads digits and moves on; -1 where there are not as many. */
static int digits(const char **at, int count)
{
    int value = 0;

    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

/* [HH:MM[:SS[.f…]]] in microseconds; -1: it is none. */
static int64_t time_of(const char **at)
{
    int hours = digits(at, 2), minutes, seconds = 0, fraction = 0, places = 0;

    if (hours < 0 || *(*at)++ != ':' || (minutes = digits(at, 2)) < 0)
        return -1;
    if (**at == ':') {
        ++*at;
        if ((seconds = digits(at, 2)) < 0)
            return -1;
    }
    if (**at == '.')
        for (++*at; **at >= '0' && **at <= '9' && places < 6; ++*at, places++)
            fraction = fraction * 10 + (**at - '0');
    for (; places < 6; places++)
        fraction *= 10;
    return (int64_t)(hours * 3600 + minutes * 60 + seconds) * 1000000 + fraction;
}

/* Without an offset it is taken for UTC. A Date has milliseconds: where there are more digits, `iso` has them all. */
static JSValue make_date(JSContext *context, const char *text)
{
    const char *at = text;
    int year = digits(&at, 4), month, day;
    int64_t time = 0, offset = 0;
    double ms;
    JSValue date;

    if (year < 1 || *at++ != '-' || (month = digits(&at, 2)) < 1 || month > 12 || *at++ != '-' ||
        (day = digits(&at, 2)) < 1 || day > 31)
        return malformed(context);
    if (*at == 'T' || *at == ' ') {
        at++;
        time = time_of(&at);
        if (*at == '+' || *at == '-') {
            bool negative = *at++ == '-';

            offset = time_of(&at);
            if (offset < 0)
                return malformed(context);
            offset = negative ? -offset : offset;
        } else if (*at == 'Z') {
            at++;
        }
    }
    if (*at || time < 0)
        return malformed(context);
    time -= offset;
    ms = (double)days_of(year, month, day) * DAY_MS + floor((double)time / 1000);
    date = JS_NewDate(context, ms);
    if (time % 1000 != 0 && !JS_IsException(date))
        JS_DefinePropertyValueStr(context, date, "iso", JS_NewString(context, text),
                                  JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
    return date;
}

/* ---- Collections. ---- */

static int64_t length_of(JSContext *context, JSValueConst array)
{
    JSValue length = JS_GetPropertyStr(context, array, "length");
    int64_t count = -1;

    if (JS_ToInt64(context, &count, length))
        count = -1;
    JS_FreeValue(context, length);
    return count;
}

static int call(JSContext *context, JSValueConst method, JSValueConst object, int argc,
                JSValue *argv)
{
    JSValue result = JS_Call(context, method, object, argc, (JSValueConst *)argv);
    int status = JS_IsException(result) ? -1 : 0;

    JS_FreeValue(context, result);
    return status;
}

static JSValue make_set(JSContext *context, JSValueConst held)
{
    JSValue set = JS_CallConstructor(context, set_class, 0, NULL);
    int64_t count = length_of(context, held);
    int status = JS_IsException(set) || count < 0 ? -1 : 0;

    for (int64_t i = 0; i < count && status == 0; i++) {
        JSValue item = JS_GetPropertyUint32(context, held, (uint32_t)i);

        status = JS_IsException(item) ? -1 : call(context, set_add, set, 1, &item);
        JS_FreeValue(context, item);
    }
    if (status == 0 && engine_collection_size(set) == (uint32_t)count)
        return set;
    JS_FreeValue(context, set);
    return status == 0
               ? JS_ThrowTypeError(context, "values that differ for the host are one in a Set")
               : JS_EXCEPTION;
}

static JSValue make_map(JSContext *context, JSValueConst held)
{
    JSValue map = JS_CallConstructor(context, map_class, 0, NULL);
    int64_t count = length_of(context, held);
    int status = JS_IsException(map) || count < 0 ? -1 : 0;

    for (int64_t i = 0; i < count && status == 0; i++) {
        JSValue pair = JS_GetPropertyUint32(context, held, (uint32_t)i);
        JSValue items[2] = {JS_GetPropertyUint32(context, pair, 0),
                            JS_GetPropertyUint32(context, pair, 1)};

        status = JS_IsException(items[0]) || JS_IsException(items[1])
                     ? -1
                     : call(context, map_set, map, 2, items);
        JS_FreeValue(context, items[0]);
        JS_FreeValue(context, items[1]);
        JS_FreeValue(context, pair);
    }
    if (status == 0 && engine_collection_size(map) == (uint32_t)count)
        return map;
    JS_FreeValue(context, map);
    return status == 0
               ? JS_ThrowTypeError(context, "keys that differ for the host are one in a Map")
               : JS_EXCEPTION;
}

/* ---- Values of no type of JavaScript's. ---- */

bool values_is_foreign_tag(const char *name)
{
    static const char *const names[] = {"decimal", "complex", "time", "timedelta"};

    for (size_t i = 0; i < countof(names); i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

bool values_is_foreign(JSContext *context, JSValueConst object)
{
    JSValue is = JS_Call(context, is_foreign, JS_UNDEFINED, 1, &object);

    JS_FreeValue(context, is);
    return JS_IsBool(is) && JS_VALUE_GET_BOOL(is);
}

static JSValue foreign_of(JSContext *context, const char *tag, JSValueConst held)
{
    JSValue name = JS_NewString(context, tag), made;
    JSValueConst arguments[2] = {name, held};

    made = JS_Call(context, make_foreign, JS_UNDEFINED, 2, arguments);
    JS_FreeValue(context, name);
    return made;
}

/* ---- Tags. ---- */

static JSValue of_text(JSContext *context, JSValueConst held,
                       JSValue (*make)(JSContext *context, const char *text))
{
    const char *text = JS_IsString(held) ? JS_ToCString(context, held) : NULL;
    JSValue made = text ? make(context, text) : malformed(context);

    JS_FreeCString(context, text);
    return made;
}

static JSValue make_tagged(JSContext *context, const char *tag, JSValueConst held)
{
    static const struct {
        const char *tag;
        JSValue (*make)(JSContext *context, const char *text);
    } texts[] = {{"int", make_integer},
                 {"float", make_float},
                 {"bytes", make_bytes},
                 {"datetime", make_date},
                 {"date", make_date}};

    for (size_t i = 0; i < countof(texts); i++)
        if (!strcmp(tag, texts[i].tag))
            return of_text(context, held, texts[i].make);
    if (!strcmp(tag, "undefined"))
        return JS_UNDEFINED;
    if (!strcmp(tag, "tuple"))
        return JS_DupValue(context, held);
    if (!strcmp(tag, "set") || !strcmp(tag, "frozenset"))
        return make_set(context, held);
    if (!strcmp(tag, "dict"))
        return make_map(context, held);
    if (!strcmp(tag, "array"))
        return make_array(context, held);
    if (!strcmp(tag, "blob"))
        return make_blob(context, held);
    return values_is_foreign_tag(tag) ? foreign_of(context, tag, held) : malformed(context);
}

/* ---- Trees of JSON. ---- */

/* A name without the first '$' of those that it begins with. */
static JSAtom name_of(JSContext *context, JSAtom atom)
{
    JSValue string = JS_AtomToString(context, atom);
    size_t size;
    const char *name = JS_ToCStringLen(context, &size, string);
    JSAtom made = JS_ATOM_NULL;

    if (name)
        made =
            *name == '$' ? JS_NewAtomLen(context, name + 1, size - 1) : JS_DupAtom(context, atom);
    JS_FreeCString(context, name);
    JS_FreeValue(context, string);
    return made;
}

static int unpack_member(JSContext *context, JSValueConst from, JSValueConst to, JSAtom atom)
{
    JSValue member = JS_GetProperty(context, from, atom);
    JSAtom name;
    int status = -1;

    if (!JS_IsException(member))
        member = unpack(context, member);
    if (JS_IsException(member))
        return -1;
    name = name_of(context, atom);
    if (name == JS_ATOM_NULL)
        JS_FreeValue(context, member);
    else
        status = JS_DefinePropertyValue(context, to, name, member, JS_PROP_C_W_E);
    JS_FreeAtom(context, name);
    return status < 0 ? -1 : 0;
}

/* A new object, as names lose a '$'. Names are in their order. */
static JSValue unpack_members(JSContext *context, JSValueConst object, const JSPropertyEnum *names,
                              uint32_t count)
{
    JSValue made = JS_NewObject(context);

    for (uint32_t i = 0; i < count && !JS_IsException(made); i++) {
        if (unpack_member(context, object, made, names[i].atom)) {
            JS_FreeValue(context, made);
            made = JS_EXCEPTION;
        }
    }
    return made;
}

static JSValue unpack_object(JSContext *context, JSValueConst object)
{
    JSPropertyEnum *names;
    uint32_t count;
    const char *name = NULL;
    JSValue made;

    if (JS_GetOwnPropertyNames(context, &names, &count, object, JS_GPN_STRING_MASK))
        return JS_EXCEPTION;
    if (count == 1)
        name = JS_AtomToCString(context, names[0].atom);
    if (name && name[0] == '$' && name[1] != '$') {
        JSValue held = unpack(context, JS_GetProperty(context, object, names[0].atom));

        made = JS_IsException(held) ? held : make_tagged(context, name + 1, held);
        JS_FreeValue(context, held);
    } else {
        made = unpack_members(context, object, names, count);
    }
    JS_FreeCString(context, name);
    for (uint32_t i = 0; i < count; i++)
        JS_FreeAtom(context, names[i].atom);
    js_free(context, names);
    return made;
}

static int unpack_items(JSContext *context, JSValueConst array)
{
    int64_t count = length_of(context, array);

    for (int64_t i = 0; i < count; i++) {
        JSValue item = JS_GetPropertyUint32(context, array, (uint32_t)i);

        if (!JS_IsObject(item)) {
            JS_FreeValue(context, item);
            continue;
        }
        item = unpack(context, item);
        if (JS_IsException(item) ||
            JS_DefinePropertyValueUint32(context, array, (uint32_t)i, item, JS_PROP_C_W_E) < 0)
            return -1;
    }
    return count < 0 ? -1 : 0;
}

static JSValue unpack(JSContext *context, JSValue tree)
{
    JSValue made;

    BELLJAR_STACK_FRAME(384);
    if (!JS_IsObject(tree))
        return tree;
    if (engine_stack_is_low(context)) {
        JS_FreeValue(context, tree);
        return JS_ThrowRangeError(context, "the value is nested too deep");
    }
    if (engine_kind(tree) == ENGINE_ARRAY) {
        if (unpack_items(context, tree) == 0)
            return tree;
        made = JS_EXCEPTION;
    } else {
        made = unpack_object(context, tree);
    }
    JS_FreeValue(context, tree);
    return made;
}

JSValue values_unpack_result(JSContext *context, const char *text, size_t size)
{
    JSValue value;

    blobs_from = BELLJAR_BLOB_OF_TOOL;
    value = values_unpack(context, text, size);
    blobs_from = BELLJAR_BLOB_OF_EVAL;
    return value;
}

JSValue values_unpack(JSContext *context, const char *text, size_t size)
{
    JSValue tree = JS_ParseJSON(context, text, size, "<value>");

    /* Without a '$' it is as it is. */
    if (JS_IsException(tree) || !(memchr(text, '$', size) || memmem(text, size, "\\u0024", 6)))
        return tree;
    return unpack(context, tree);
}

/* ---- At the start. ---- */

static JSValue unpack_text(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    size_t size;
    const char *text = JS_ToCStringLen(context, &size, argv[0]);
    JSValue value = text ? values_unpack(context, text, size) : JS_EXCEPTION;

    (void)this_value, (void)argc;
    JS_FreeCString(context, text);
    return value;
}

/* A private name tells a Foreign from whatever a program makes to look like one. */
static const char source[] =
    "(() => {\n"
    "  class Foreign {\n"
    "    #made\n"
    "    constructor(tag, value) { this.tag = tag; this.value = value; Object.freeze(this) }\n"
    "    static is(object) { return #made in object }\n"
    "  }\n"
    "  return [(n) => -n, (tag, value) => new Foreign(tag, value), Foreign.is]\n"
    "})()";

static JSValue element(JSContext *context, JSValueConst array, uint32_t index)
{
    return JS_GetPropertyUint32(context, array, index);
}

static JSValue class_of(JSContext *context, JSValueConst global, const char *name,
                        const char *method, JSValue *function)
{
    JSValue constructor = JS_GetPropertyStr(context, global, name);
    JSValue prototype = JS_GetPropertyStr(context, constructor, "prototype");

    *function = method ? JS_GetPropertyStr(context, prototype, method) : JS_UNDEFINED;
    JS_FreeValue(context, prototype);
    return constructor;
}

/* How the host sets a variable: a function that programs do not see, under Symbol.for("belljar.unpack"). */
static int install_unpack(JSContext *context, JSValueConst global)
{
    static const char find[] = "Symbol.for('belljar.unpack')";
    JSValue symbol = JS_Eval(context, find, sizeof find - 1, "<values>", JS_EVAL_TYPE_GLOBAL);
    JSAtom atom = JS_ValueToAtom(context, symbol);
    int status = JS_DefinePropertyValue(context, global, atom,
                                        JS_NewCFunction(context, unpack_text, "unpack", 1), 0);

    JS_FreeAtom(context, atom);
    JS_FreeValue(context, symbol);
    return status < 0 ? -1 : 0;
}

int values_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context), unused;
    JSValue helpers = JS_Eval(context, source, sizeof source - 1, "<values>", JS_EVAL_TYPE_GLOBAL);
    int status = JS_IsException(helpers) || install_unpack(context, global) ? -1 : 0;

    map_class = class_of(context, global, "Map", "set", &map_set);
    set_class = class_of(context, global, "Set", "add", &set_add);
    bigint_class = class_of(context, global, "BigInt", NULL, &unused);
    negate = element(context, helpers, 0);
    make_foreign = element(context, helpers, 1);
    is_foreign = element(context, helpers, 2);
    JS_FreeValue(context, helpers);
    JS_FreeValue(context, global);
    return status || values_pack_install(context) ? -1 : 0;
}
