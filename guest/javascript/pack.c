/*
 * pack.c: values of the program as JSON for the host: plain, or tagged as docs/values.md has it.
 *
 * What has no form is refused with a TypeError that names it: what the host finds is what the program had. An object's
 * getters and its toJSON are called, as JSON.stringify does; nothing else of the program's. Nesting and size are
 * bounded, which ends cycles too.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "guest.h"

#define DEPTH_MOST 64

struct packing {
    JSContext *context;
    DynBuf *out;
    bool tagged;
    size_t most;
    int depth;
    struct blobs *blobs; /* NULL: all stands in the text */
};

/* Steps return 0, or -1 with an exception pending. */
static int pack(struct packing *p, JSValueConst value);

static int refuse(struct packing *p, const char *what)
{
    JS_ThrowTypeError(p->context, "%s cannot leave the sandbox", what);
    return -1;
}

static int put(struct packing *p, const void *bytes, size_t size)
{
    if (size > p->most || p->out->size > p->most - size) {
        JS_ThrowRangeError(p->context, "the value is longer than %zu bytes of JSON", p->most);
        return -1;
    }
    if (dbuf_put(p->out, bytes, size)) {
        JS_ThrowOutOfMemory(p->context);
        return -1;
    }
    return 0;
}

static int put_word(struct packing *p, const char *word)
{
    return put(p, word, strlen(word));
}

/* ---- Primitives. ---- */

static int put_escaped(struct packing *p, unsigned char byte)
{
    char escape[8];

    if (byte == '"' || byte == '\\') {
        escape[0] = '\\';
        escape[1] = (char)byte;
        return put(p, escape, 2);
    }
    snprintf(escape, sizeof escape, "\\u%04x", byte);
    return put(p, escape, 6);
}

/* A quoted string that begins with `before`. QuickJS has a lone surrogate as three bytes. */
static int put_string(struct packing *p, const char *before, const char *text, size_t size)
{
    size_t run = 0;

    if (put_word(p, "\"") || put_word(p, before))
        return -1;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == 0xed && i + 1 < size && (unsigned char)text[i + 1] >= 0xa0)
            return refuse(p, "a string with a lone surrogate");
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        if (put(p, text + run, i - run) || put_escaped(p, byte))
            return -1;
        run = i + 1;
    }
    return put(p, text + run, size - run) || put_word(p, "\"") ? -1 : 0;
}

static int pack_string(struct packing *p, JSValueConst value)
{
    size_t size;
    const char *text = JS_ToCStringLen(p->context, &size, value);
    int status = text ? put_string(p, "", text, size) : -1;

    JS_FreeCString(p->context, text);
    return status;
}

static int pack_special(struct packing *p, const char *name)
{
    if (!p->tagged)
        return refuse(p, "a number that is not finite");
    return put_word(p, "{\"$float\":\"") || put_word(p, name) || put_word(p, "\"}") ? -1 : 0;
}

/* What is beyond 2**53 - 1 is written so that nobody takes its digits for those of an integer. */
static int pack_large(struct packing *p, JSValueConst value)
{
    size_t size;
    const char *text = JS_ToCStringLen(p->context, &size, value);
    int status = text ? put(p, text, size) : -1;

    if (status == 0 && !strpbrk(text, ".e"))
        status = put_word(p, ".0");
    JS_FreeCString(p->context, text);
    return status;
}

static int pack_number(struct packing *p, JSValueConst value)
{
    char digits[32];
    double number;

    if (JS_ToFloat64(p->context, &number, value))
        return -1;
    if (isnan(number))
        return pack_special(p, "nan");
    if (isinf(number))
        return pack_special(p, number > 0 ? "inf" : "-inf");
    if (number == 0 && signbit(number))
        return put_word(p, "-0.0");
    if (number != floor(number) || fabs(number) > 9007199254740991.0)
        return pack_large(p, value);
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    return put_word(p, digits);
}

static JSValue bigint_to_string; /* BigInt.prototype.toString, as it was at the start */

static int pack_bigint(struct packing *p, JSValueConst value)
{
    JSValue radix = JS_NewInt32(p->context, 16), digits;
    int status;

    if (!p->tagged)
        return refuse(p, "a BigInt");
    digits = JS_Call(p->context, bigint_to_string, value, 1, (JSValueConst *)&radix);
    if (JS_IsException(digits))
        return -1;
    status = put_word(p, "{\"$int\":") || pack_string(p, digits) || put_word(p, "}") ? -1 : 0;
    JS_FreeValue(p->context, digits);
    return status;
}

/* ---- Bytes. ---- */

static int put_base64(struct packing *p, const uint8_t *bytes, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0);
        char four[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                        left > 1 ? alphabet[bits >> 6 & 63] : '=',
                        left > 2 ? alphabet[bits & 63] : '='};

        if (put(p, four, 4))
            return -1;
    }
    return 0;
}

/* The bytes of a view; *length SIZE_MAX is all there are. -1 with an exception: they are gone. */
static int find_bytes(struct packing *p, JSValueConst buffer, size_t offset, size_t *length,
                      const uint8_t **found)
{
    size_t size;
    uint8_t *bytes = JS_GetArrayBuffer(p->context, &size, buffer);

    if (!bytes) {
        JS_FreeValue(p->context, JS_GetException(p->context));
        size = 0;
    }
    if (*length == SIZE_MAX)
        *length = size;
    if (offset > size || *length > size - offset)
        return refuse(p, "a view of a buffer that is gone");
    *found = bytes ? bytes + offset : bytes;
    return 0;
}

static int put_blob(struct packing *p, int32_t number, const char *kind)
{
    char digits[16];

    snprintf(digits, sizeof digits, "%d", (int)number);
    return put_word(p, "{\"$blob\":[") || put_word(p, digits) || put_word(p, ",\"") ||
                   put_word(p, kind) || put_word(p, "\"]}")
               ? -1
               : 0;
}

/* Of the elements that `kind` says, NULL for bytes: beside the text or in it. */
static int pack_bytes(struct packing *p, JSValueConst buffer, size_t offset, size_t length,
                      const char *kind)
{
    const uint8_t *bytes;
    int32_t number;

    if (!p->tagged)
        return refuse(p, "a buffer");
    if (find_bytes(p, buffer, offset, &length, &bytes))
        return -1;
    number = p->blobs ? blobs_add(p->context, p->blobs, buffer, offset, length) : -1;
    if (number >= 0)
        return put_blob(p, number, kind ? kind : "bytes");
    return put_word(p, kind ? "{\"$array\":[\"" : "{\"$bytes\":\"") ||
                   (kind && (put_word(p, kind) || put_word(p, "\",\""))) ||
                   put_base64(p, bytes, length) || put_word(p, kind ? "\"]}" : "\"}")
               ? -1
               : 0;
}

static int pack_typed_array(struct packing *p, JSValueConst array)
{
    size_t offset, length;
    JSValueConst buffer = engine_view_buffer(array, &offset, &length);
    JSAtom atom = engine_class_name(p->context, array);
    const char *name = JS_AtomToCString(p->context, atom), *kind;
    int status;

    if (!name)
        status = -1;
    else if (!strcmp(name, "Uint8Array"))
        status = pack_bytes(p, buffer, offset, length, NULL);
    else if (!(kind = values_kind_of_array(name)) || !p->tagged)
        status = refuse(p, "an array of this kind");
    else
        status = pack_bytes(p, buffer, offset, length, kind);
    JS_FreeCString(p->context, name);
    JS_FreeAtom(p->context, atom);
    return status;
}

static int pack_view(struct packing *p, JSValueConst view)
{
    size_t offset, length;
    JSValueConst buffer = engine_view_buffer(view, &offset, &length);

    return pack_bytes(p, buffer, offset, length, NULL);
}

/* ---- Dates. ---- */

static int pack_date(struct packing *p, JSValueConst date)
{
    char text[64];
    double ms;

    if (!p->tagged)
        return refuse(p, "a Date");
    if (JS_ToFloat64(p->context, &ms, engine_boxed_value(date)))
        return -1;
    if (!values_date_text(ms, text, sizeof text))
        return refuse(p, "a Date that is invalid, or not of the years 1 to 9999,");
    return put_word(p, "{\"$datetime\":\"") || put_word(p, text) || put_word(p, "\"}") ? -1 : 0;
}

/* ---- Arrays and collections. ---- */

/* -1, 0 or 1: whether an array has this element itself. */
static int has_element(struct packing *p, JSValueConst array, uint32_t index)
{
    JSAtom atom;
    int found;

    if (engine_is_dense(array))
        return 1;
    atom = JS_NewAtomUInt32(p->context, index);
    if (atom == JS_ATOM_NULL)
        return -1;
    found = JS_GetOwnProperty(p->context, NULL, array, atom);
    JS_FreeAtom(p->context, atom);
    return found;
}

static int pack_element(struct packing *p, JSValueConst array, uint32_t index)
{
    JSValue element;
    int status = has_element(p, array, index);

    if (status < 0)
        return -1;
    if (status == 0)
        return refuse(p, "an array with holes");
    element = JS_GetPropertyUint32(p->context, array, index);
    if (JS_IsException(element))
        return -1;
    status = pack(p, element);
    JS_FreeValue(p->context, element);
    return status;
}

/* Elements `from`, `from` + step … of an array. */
static int pack_elements(struct packing *p, JSValueConst array)
{
    JSValue length = JS_GetPropertyStr(p->context, array, "length");
    int64_t count;

    if (JS_ToInt64(p->context, &count, length) || put_word(p, "["))
        return -1;
    for (int64_t i = 0; i < count; i++)
        if ((i > 0 && put_word(p, ",")) || pack_element(p, array, (uint32_t)i))
            return -1;
    return put_word(p, "]");
}

/* As they are now, keys and values in turn for a Map: packing may run getters, which may change the collection. */
static JSValue members_of(struct packing *p, JSValueConst collection, bool is_map)
{
    JSContext *context = p->context;
    JSValue array = JS_NewArray(context);
    JSValueConst key, value;
    void *cursor = NULL;
    uint32_t count = 0;

    while (!JS_IsException(array) && engine_collection_next(collection, &cursor, &key, &value)) {
        int status = JS_DefinePropertyValueUint32(context, array, count++,
                                                  JS_DupValue(context, key), JS_PROP_C_W_E);

        if (status >= 0 && is_map)
            status = JS_DefinePropertyValueUint32(context, array, count++,
                                                  JS_DupValue(context, value), JS_PROP_C_W_E);
        if (status < 0) {
            JS_FreeValue(context, array);
            return JS_EXCEPTION;
        }
    }
    return array;
}

static int pack_set(struct packing *p, JSValueConst set)
{
    JSValue members;
    int status;

    if (!p->tagged)
        return refuse(p, "a Set");
    members = members_of(p, set, false);
    if (JS_IsException(members))
        return -1;
    status = put_word(p, "{\"$set\":") || pack_elements(p, members) || put_word(p, "}") ? -1 : 0;
    JS_FreeValue(p->context, members);
    return status;
}

static int pack_pairs(struct packing *p, JSValueConst members, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 2)
        if (put_word(p, i > 0 ? ",[" : "[") || pack_element(p, members, i) || put_word(p, ",") ||
            pack_element(p, members, i + 1) || put_word(p, "]"))
            return -1;
    return 0;
}

static int pack_map(struct packing *p, JSValueConst map)
{
    uint32_t count = 2 * engine_collection_size(map);
    JSValue members;
    int status;

    if (!p->tagged)
        return refuse(p, "a Map");
    members = members_of(p, map, true);
    if (JS_IsException(members))
        return -1;
    status =
        put_word(p, "{\"$dict\":[") || pack_pairs(p, members, count) || put_word(p, "]}") ? -1 : 0;
    JS_FreeValue(p->context, members);
    return status;
}

/* ---- Objects. ---- */

static int put_name(struct packing *p, JSAtom atom)
{
    JSValue string = JS_AtomToString(p->context, atom);
    size_t size;
    const char *name = JS_ToCStringLen(p->context, &size, string);
    int status = name ? put_string(p, p->tagged && *name == '$' ? "$" : "", name, size) : -1;

    JS_FreeCString(p->context, name);
    JS_FreeValue(p->context, string);
    return status;
}

/* A property that is undefined is as one that is not there. */
static int pack_property(struct packing *p, JSValueConst object, JSAtom atom, bool *first)
{
    JSValue value = JS_GetProperty(p->context, object, atom);
    int status = 0;

    if (JS_IsException(value))
        return -1;
    if (!JS_IsUndefined(value)) {
        status = put_word(p, *first ? "{" : ",") || put_name(p, atom) || put_word(p, ":") ||
                         pack(p, value)
                     ? -1
                     : 0;
        *first = false;
    }
    JS_FreeValue(p->context, value);
    return status;
}

static int pack_properties(struct packing *p, JSValueConst object)
{
    JSPropertyEnum *names;
    uint32_t count;
    bool first = true;
    int status = 0;

    if (JS_GetOwnPropertyNames(p->context, &names, &count, object,
                               JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (status == 0)
            status = pack_property(p, object, names[i].atom, &first);
        JS_FreeAtom(p->context, names[i].atom);
    }
    js_free(p->context, names);
    return status || put_word(p, first ? "{}" : "}") ? -1 : 0;
}

/* 1: it has a toJSON, and what that gave is packed. */
static int pack_as_it_says(struct packing *p, JSValueConst object)
{
    JSValue method = JS_GetPropertyStr(p->context, object, "toJSON"), told, key;
    int status;

    if (JS_IsException(method))
        return -1;
    if (!JS_IsFunction(p->context, method)) {
        JS_FreeValue(p->context, method);
        return 0;
    }
    key = JS_NewString(p->context, "");
    told = JS_Call(p->context, method, object, 1, (JSValueConst *)&key);
    JS_FreeValue(p->context, key);
    JS_FreeValue(p->context, method);
    if (JS_IsException(told))
        return -1;
    status = pack(p, told) ? -1 : 1;
    JS_FreeValue(p->context, told);
    return status;
}

static bool is_of_class_object(JSContext *context, JSValueConst object)
{
    JSAtom atom = engine_class_name(context, object);
    const char *name = JS_AtomToCString(context, atom);
    bool is = name && !strcmp(name, "Object");

    JS_FreeCString(context, name);
    JS_FreeAtom(context, atom);
    return is;
}

/* What unpack.c made for a value that JavaScript has no type for. */
static int pack_foreign(struct packing *p, JSValueConst foreign)
{
    JSContext *context = p->context;
    JSValue tag = JS_GetPropertyStr(context, foreign, "tag");
    JSValue value = JS_GetPropertyStr(context, foreign, "value");
    const char *name = JS_ToCString(context, tag);
    int status;

    if (!p->tagged || !name || !values_is_foreign_tag(name))
        status = refuse(p, "a value of this type");
    else
        status = put_word(p, "{\"$") || put_word(p, name) || put_word(p, "\":") || pack(p, value) ||
                         put_word(p, "}")
                     ? -1
                     : 0;
    JS_FreeCString(context, name);
    JS_FreeValue(context, tag);
    JS_FreeValue(context, value);
    return status;
}

static int pack_plain(struct packing *p, JSValueConst object)
{
    int status;

    if (values_is_foreign(p->context, object))
        return pack_foreign(p, object);
    status = pack_as_it_says(p, object);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (!is_of_class_object(p->context, object))
        return refuse(p, "an object of this kind");
    return pack_properties(p, object);
}

static const char *noun_of(enum engine_kind kind)
{
    switch (kind) {
    case ENGINE_FUNCTION:
        return "a function";
    case ENGINE_ERROR:
        return "an Error";
    case ENGINE_REGEXP:
        return "a regular expression";
    case ENGINE_PROMISE:
        return "a promise (await it)";
    case ENGINE_PROXY:
        return "a proxy";
    case ENGINE_GENERATOR:
    case ENGINE_ITERATOR:
        return "an iterator (spread it into an array)";
    case ENGINE_WEAK_MAP:
    case ENGINE_WEAK_SET:
    case ENGINE_WEAK_REF:
        return "a weak collection";
    case ENGINE_ARGUMENTS:
        return "an arguments object";
    case ENGINE_SHARED_ARRAY_BUFFER:
        return "a shared buffer";
    default:
        return "an object of this kind";
    }
}

static int pack_object(struct packing *p, JSValueConst object)
{
    switch (engine_kind(object)) {
    case ENGINE_PLAIN:
        return pack_plain(p, object);
    case ENGINE_ARRAY:
        return pack_elements(p, object);
    case ENGINE_BOXED:
        return pack(p, engine_boxed_value(object));
    case ENGINE_DATE:
        return pack_date(p, object);
    case ENGINE_SET:
        return pack_set(p, object);
    case ENGINE_MAP:
        return pack_map(p, object);
    case ENGINE_TYPED_ARRAY:
        return pack_typed_array(p, object);
    case ENGINE_DATA_VIEW:
        return pack_view(p, object);
    case ENGINE_ARRAY_BUFFER:
        return pack_bytes(p, object, 0, SIZE_MAX, NULL);
    default:
        return refuse(p, noun_of(engine_kind(object)));
    }
}

/* ---- All. ---- */

static int pack_nested(struct packing *p, JSValueConst object)
{
    int status;

    if (p->depth == DEPTH_MOST || engine_stack_is_low(p->context)) {
        JS_ThrowRangeError(p->context, "the value is nested too deep to leave the sandbox");
        return -1;
    }
    p->depth++;
    status = pack_object(p, object);
    p->depth--;
    return status;
}

static int pack(struct packing *p, JSValueConst value)
{
    /* The recursion must show on the stack that is checked: patches/stack.patch. */
    BELLJAR_STACK_FRAME(384);
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_NULL:
        return put_word(p, "null");
    case JS_TAG_UNDEFINED:
        return p->tagged ? put_word(p, "{\"$undefined\":null}") : refuse(p, "undefined");
    case JS_TAG_BOOL:
        return put_word(p, JS_VALUE_GET_BOOL(value) ? "true" : "false");
    case JS_TAG_INT:
    case JS_TAG_FLOAT64:
        return pack_number(p, value);
    case JS_TAG_BIG_INT:
    case JS_TAG_SHORT_BIG_INT:
        return pack_bigint(p, value);
    case JS_TAG_OBJECT:
        return pack_nested(p, value);
    default:
        return JS_IsString(value) ? pack_string(p, value) : refuse(p, "a symbol");
    }
}

int values_pack(JSContext *context, DynBuf *out, JSValueConst value, bool tagged, size_t most)
{
    struct packing packing = {.context = context, .out = out, .tagged = tagged, .most = most};

    return pack(&packing, value);
}

int values_pack_beside(JSContext *context, DynBuf *out, JSValueConst value, size_t most)
{
    struct blobs blobs = {0};
    struct packing packing = {
        .context = context, .out = out, .tagged = true, .most = most, .blobs = &blobs};
    int status = pack(&packing, value);
    bool taken = status != 0 || blobs.count == 0 || blobs_give(context, &blobs);

    blobs_clear(context, &blobs);
    if (taken)
        return status;
    out->size = 0;
    return values_pack(context, out, value, true, most);
}

int values_pack_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);
    JSValue constructor = JS_GetPropertyStr(context, global, "BigInt");
    JSValue prototype = JS_GetPropertyStr(context, constructor, "prototype");

    bigint_to_string = JS_GetPropertyStr(context, prototype, "toString");
    JS_FreeValue(context, prototype);
    JS_FreeValue(context, constructor);
    JS_FreeValue(context, global);
    return JS_IsException(bigint_to_string) ? -1 : 0;
}
