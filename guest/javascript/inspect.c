/*
 * inspect.c: any value as text for people, in the form of Node's util.inspect.
 *
 * Owns nothing. Works on what values are, not on what they say: it calls no getter, no toString and no
 * proxy trap. The one exception is an object that asks for it, by a function under the symbol of Node's
 * util.inspect.custom. An append that fails for want of memory leaves its mark in the text (dbuf_error),
 * which the caller checks once.
 *
 * Invariant: the pending exception on return is that on entry (none), or what such a function threw.
 */
#include <math.h>
#include <string.h>

#include "engine.h"
#include "guest.h"
#include "library.h"

#define MAX_BUFFER_BYTES 50 /* of an ArrayBuffer */

/* The objects around the present one, from the inside out. */
struct level {
    const struct level *outer;
    void *object;
};

struct inspection {
    JSContext *context;
    const struct inspect_options *options;
    int indentation;
    int deepest;     /* level of the object that was opened last */
    DynBuf circular; /* objects (void *) that are referred to from inside themselves */
    bool failed;     /* an object's own function threw: the exception is kept … */
    JSValue thrown;  /* … here */
};

/* Symbol.for("nodejs.util.inspect.custom"). */
static JSAtom custom_symbol;

static void put_value(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around);

/* ---- Looking at properties without running anything. ---- */

static void forget_exception(JSContext *context)
{
    JS_FreeValue(context, JS_GetException(context));
}

/* A data property of an object or of its prototypes; undefined where there is none, or an accessor. */
static JSValue data_property_from(JSContext *context, JSValue object, JSAtom name)
{
    while (JS_IsObject(object) && engine_kind(object) != ENGINE_PROXY) {
        JSPropertyDescriptor found;
        JSValue next;
        int status = JS_GetOwnProperty(context, &found, object, name);

        if (status < 0)
            forget_exception(context);
        if (status > 0) {
            JS_FreeValue(context, object);
            JS_FreeValue(context, found.getter);
            JS_FreeValue(context, found.setter);
            return found.value;
        }
        next = JS_GetPrototype(context, object);
        JS_FreeValue(context, object);
        object = next;
    }
    JS_FreeValue(context, object);
    return JS_UNDEFINED;
}

static JSValue data_property(JSContext *context, JSValueConst object, const char *name)
{
    JSAtom atom = JS_NewAtom(context, name);
    JSValue value = JS_UNDEFINED;

    if (atom != JS_ATOM_NULL)
        value = data_property_from(context, JS_DupValue(context, object), atom);
    else
        forget_exception(context);
    JS_FreeAtom(context, atom);
    return value;
}

/* Appends a string value; true when there was one, and not empty. */
static bool put_string(JSContext *context, DynBuf *out, JSValueConst string)
{
    size_t before = out->size;

    if (!JS_IsString(string))
        return false;
    if (!text_put_value(context, out, string)) {
        forget_exception(context);
        dbuf_set_error(out);
    }
    return out->size > before;
}

static bool put_property_string(JSContext *context, DynBuf *out, JSValueConst object,
                                const char *name)
{
    JSValue value = data_property(context, object, name);
    bool done = put_string(context, out, value);

    JS_FreeValue(context, value);
    return done;
}

/* Appends the name of the class that an object's prototypes belong to; false when there is none. */
static bool put_constructor(JSContext *context, DynBuf *out, JSValueConst object)
{
    JSValue prototype, constructor;
    bool done;

    if (engine_kind(object) == ENGINE_PROXY)
        return false;
    prototype = JS_GetPrototype(context, object);
    for (;;) {
        JSValue next;

        constructor = data_property(context, prototype, "constructor");
        done = JS_IsFunction(context, constructor) &&
               put_property_string(context, out, constructor, "name");
        JS_FreeValue(context, constructor);
        if (done || !JS_IsObject(prototype) || engine_kind(prototype) == ENGINE_PROXY)
            break;
        next = JS_GetPrototype(context, prototype);
        JS_FreeValue(context, prototype);
        prototype = next;
    }
    JS_FreeValue(context, prototype);
    return done;
}

/* Appends Symbol.toStringTag, unless it is listed among the object's own properties. */
static void put_tag(JSContext *context, DynBuf *out, JSValueConst object)
{
    JSPropertyDescriptor own;
    JSValue tag;
    bool listed = false;

    if (JS_GetOwnProperty(context, &own, object, engine_to_string_tag()) > 0) {
        listed = own.flags & JS_PROP_ENUMERABLE;
        JS_FreeValue(context, own.value);
        JS_FreeValue(context, own.getter);
        JS_FreeValue(context, own.setter);
    }
    if (listed)
        return;
    tag = data_property_from(context, JS_DupValue(context, object), engine_to_string_tag());
    put_string(context, out, tag);
    JS_FreeValue(context, tag);
}

static bool same_text(const DynBuf *a, const char *b)
{
    return a->size == strlen(b) && !memcmp(a->buf, b, a->size);
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

static void put_quoted(DynBuf *out, const uint8_t *text, size_t size)
{
    char quote = quote_for(text, size);

    dbuf_putc(out, (uint8_t)quote);
    put_escaped(out, text, size, quote);
    dbuf_putc(out, (uint8_t)quote);
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

        put_quoted(out, text, part);
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
        forget_exception(in->context);
        dbuf_set_error(out);
        return;
    }
    shown = bytes_of_characters(text, size, (size_t)in->options->max_string);
    width = text_width(text, shown);
    if (level > 0 && width > 16 && (int)width > in->options->width - in->indentation - 4)
        put_lines(in, out, text, shown);
    else
        put_quoted(out, text, shown);
    if (shown < size) {
        size_t more = text_width(text + shown, size - shown);

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

static void put_primitive(struct inspection *in, DynBuf *out, JSValueConst value, int level)
{
    double number;

    if (JS_IsString(value)) {
        put_string_value(in, out, value, level);
    } else if (JS_IsSymbol(value)) {
        put_symbol(in->context, out, value);
    } else if (JS_IsNumber(value) && !JS_ToFloat64(in->context, &number, value) && number == 0 &&
               signbit(number)) {
        dbuf_putstr(out, "-0");
    } else if (JS_IsUninitialized(value)) {
        dbuf_putstr(out, "<uninitialized>");
    } else if (!text_put_value(in->context, out, value)) {
        forget_exception(in->context);
        dbuf_set_error(out);
    } else if (JS_IsBigInt(value)) {
        dbuf_putc(out, 'n');
    }
}

/* ---- Names of objects. ---- */

/* "Name(size) [Tag] ": what stands before a bracket. `size` < 0 for none. */
static void put_prefix(JSContext *context, DynBuf *out, JSValueConst object, const char *fallback,
                       int64_t size)
{
    DynBuf name, tag;
    bool known;

    text_init(context, &name);
    text_init(context, &tag);
    known = put_constructor(context, &name, object);
    put_tag(context, &tag, object);
    if (known)
        dbuf_put(out, name.buf, name.size);
    else
        dbuf_printf(out, "[%s", fallback);
    if (size >= 0)
        dbuf_printf(out, "(%lld)", (long long)size);
    if (!known)
        dbuf_putstr(out, ": null prototype]");
    dbuf_putc(out, ' ');
    if (tag.size > 0 && (known ? tag.size != name.size || memcmp(tag.buf, name.buf, tag.size)
                               : !same_text(&tag, fallback))) {
        dbuf_putc(out, '[');
        dbuf_put(out, tag.buf, tag.size);
        dbuf_putstr(out, "] ");
    }
    dbuf_free(&name);
    dbuf_free(&tag);
}

static void put_function_base(JSContext *context, DynBuf *out, JSValueConst function)
{
    static const char *const names[] = {
        [ENGINE_FUNCTION_NORMAL] = "Function",
        [ENGINE_FUNCTION_ASYNC] = "AsyncFunction",
        [ENGINE_FUNCTION_GENERATOR] = "GeneratorFunction",
        [ENGINE_FUNCTION_ASYNC_GENERATOR] = "AsyncGeneratorFunction",
    };
    enum engine_function style = engine_function(function);
    size_t before;
    JSValue parent;

    if (style != ENGINE_FUNCTION_CLASS) {
        dbuf_printf(out, "[%s: ", names[style]);
        if (!put_property_string(context, out, function, "name")) {
            out->size -= 2;
            dbuf_putstr(out, " (anonymous)");
        }
        dbuf_putc(out, ']');
        return;
    }
    dbuf_putstr(out, "[class ");
    if (!put_property_string(context, out, function, "name"))
        dbuf_putstr(out, "(anonymous)");
    parent = JS_GetPrototype(context, function);
    before = out->size;
    dbuf_putstr(out, " extends ");
    if (!JS_IsFunction(context, parent) || !put_property_string(context, out, parent, "name"))
        out->size = before;
    JS_FreeValue(context, parent);
    dbuf_putc(out, ']');
}

/* ---- Errors. ---- */

/* "TypeError", or the class's name where the class did not set a name of its own. */
static void put_error_name(JSContext *context, DynBuf *out, JSValueConst error)
{
    DynBuf name, class_name;

    text_init(context, &name);
    text_init(context, &class_name);
    if (!put_property_string(context, &name, error, "name"))
        dbuf_putstr(&name, "Error");
    put_constructor(context, &class_name, error);
    if (same_text(&name, "Error") && class_name.size > 0 && !same_text(&class_name, "Object"))
        dbuf_put(out, class_name.buf, class_name.size);
    else
        dbuf_put(out, name.buf, name.size);
    dbuf_free(&name);
    dbuf_free(&class_name);
}

static void put_indented(struct inspection *in, DynBuf *out, const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        dbuf_putc(out, text[i]);
        if (text[i] == '\n')
            dbuf_printf(out, "%*s", in->indentation, "");
    }
}

/* "Name: message" and the stack; in brackets where there is no stack. */
static void put_error_base(struct inspection *in, DynBuf *out, JSValueConst error)
{
    DynBuf text, stack;
    bool brackets;

    text_init(in->context, &text);
    text_init(in->context, &stack);
    if (!put_property_string(in->context, &stack, error, "stack"))
        put_string(in->context, &stack, engine_error_frames(error));
    while (stack.size > 0 && stack.buf[stack.size - 1] == '\n')
        stack.size--;
    /* QuickJS's stack is the frames alone; one that a program has set may say all itself. */
    if (stack.size == 0 || stack.buf[0] == ' ') {
        put_error_name(in->context, &text, error);
        dbuf_putstr(&text, ": ");
        if (!put_property_string(in->context, &text, error, "message"))
            text.size -= text.size >= 2 ? 2 : 0;
        if (stack.size > 0)
            dbuf_putc(&text, '\n');
    }
    dbuf_put(&text, stack.buf, stack.size);
    if (dbuf_error(&text) || dbuf_error(&stack))
        dbuf_set_error(out);
    brackets = stack.size == 0 && !in->options->thrown;
    if (brackets)
        dbuf_putc(out, '[');
    put_indented(in, out, text.buf, text.size);
    if (brackets)
        dbuf_putc(out, ']');
    dbuf_free(&text);
    dbuf_free(&stack);
}

/* ---- Members. ---- */

static void put_key(struct inspection *in, DynBuf *out, JSAtom atom, bool enumerable)
{
    JSContext *context = in->context;
    JSValue key = JS_AtomToValue(context, atom);
    size_t size;
    const char *text;

    if (JS_IsSymbol(key)) {
        dbuf_putc(out, '[');
        put_symbol(context, out, key);
        dbuf_putc(out, ']');
    } else if ((text = JS_ToCStringLen(context, &size, key))) {
        bool plain = size > 0 && !(text[0] >= '0' && text[0] <= '9' && !enumerable);
        uint32_t index;

        for (size_t i = 0; plain && i < size; i++)
            plain = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                    text[i] == '_' || (i > 0 && text[i] >= '0' && text[i] <= '9');
        if (engine_atom_index(atom, &index))
            plain = false;
        if (!enumerable)
            dbuf_printf(out, "[%s]", text);
        else if (plain)
            dbuf_put(out, (const uint8_t *)text, size);
        else
            put_quoted(out, (const uint8_t *)text, size);
        JS_FreeCString(context, text);
    } else {
        forget_exception(context);
        dbuf_set_error(out);
    }
    JS_FreeValue(context, key);
}

static void put_accessor(DynBuf *out, const JSPropertyDescriptor *property)
{
    bool get = !JS_IsUndefined(property->getter), set = !JS_IsUndefined(property->setter);

    dbuf_putstr(out, get && set ? "[Getter/Setter]" : set ? "[Setter]" : "[Getter]");
}

static void put_inner(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around)
{
    in->indentation += 2;
    put_value(in, out, value, level, around);
    in->indentation -= 2;
}

static void add_property(struct inspection *in, struct layout_list *list, JSValueConst object,
                         JSAtom atom, int level, const struct level *around)
{
    JSPropertyDescriptor property;
    int found = JS_GetOwnProperty(in->context, &property, object, atom);

    if (found == 0)
        return;
    if (found < 0) {
        /* A binding of a module that is not initialised yet. */
        forget_exception(in->context);
        put_key(in, &list->text, atom, true);
        dbuf_putstr(&list->text, ": <uninitialized>");
        layout_end_member(list);
        return;
    }
    put_key(in, &list->text, atom, property.flags & JS_PROP_ENUMERABLE);
    dbuf_putstr(&list->text, ": ");
    if (property.flags & JS_PROP_GETSET)
        put_accessor(&list->text, &property);
    else
        put_inner(in, &list->text, property.value, level, around);
    layout_end_member(list);
    JS_FreeValue(in->context, property.value);
    JS_FreeValue(in->context, property.getter);
    JS_FreeValue(in->context, property.setter);
}

/* Properties of an error that its first lines have shown already. */
static bool is_shown(JSContext *context, JSAtom atom)
{
    static const char *const names[] = {"name",     "message",    "stack",
                                        "fileName", "lineNumber", "columnNumber"};
    const char *text = JS_AtomToCString(context, atom);
    bool shown = false;

    for (size_t i = 0; text && i < countof(names); i++)
        shown = shown || !strcmp(text, names[i]);
    JS_FreeCString(context, text);
    return shown;
}

/* Whether an own property is listed among the members: not an element, not shown otherwise. */
static bool is_listed(struct inspection *in, enum engine_kind kind, const JSPropertyEnum *name)
{
    uint32_t index;
    bool is_element = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY ||
                      kind == ENGINE_ARGUMENTS || kind == ENGINE_BOXED;
    const char *text;
    bool listed;

    if (is_element && engine_atom_index(name->atom, &index))
        return false;
    if (kind == ENGINE_ERROR && is_shown(in->context, name->atom))
        return false;
    if (name->is_enumerable || in->options->hidden)
        return true;
    if (kind != ENGINE_ERROR)
        return false;
    /* `cause`, and the errors of an AggregateError, are not enumerable but worth most. */
    text = JS_AtomToCString(in->context, name->atom);
    listed = text && (!strcmp(text, "cause") || !strcmp(text, "errors"));
    JS_FreeCString(in->context, text);
    return listed;
}

struct names {
    JSPropertyEnum *names;
    uint32_t count;
};

/* The listed property names of an object: to be freed with free_names. */
static struct names names_of(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    struct names all = {NULL, 0};
    JSPropertyEnum last[2]; /* what an error was caused by comes at its end */
    uint32_t kept = 0, late = 0;

    if ((kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY) && engine_is_dense(object) &&
        !in->options->hidden)
        return all;
    if (JS_GetOwnPropertyNames(in->context, &all.names, &all.count, object,
                               JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_SET_ENUM)) {
        forget_exception(in->context);
        return (struct names){NULL, 0};
    }
    for (uint32_t i = 0; i < all.count; i++) {
        if (!is_listed(in, kind, &all.names[i]))
            JS_FreeAtom(in->context, all.names[i].atom);
        else if (kind == ENGINE_ERROR && !all.names[i].is_enumerable && late < countof(last))
            last[late++] = all.names[i];
        else
            all.names[kept++] = all.names[i];
    }
    for (uint32_t i = 0; i < late; i++)
        all.names[kept++] = last[i];
    all.count = kept;
    return all;
}

static void free_names(JSContext *context, struct names *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        JS_FreeAtom(context, all->names[i].atom);
    js_free(context, all->names);
}

/* ---- What the different kinds of objects hold. ---- */

/* The last member of a list that was cut; true when it was. */
static bool add_rest(struct layout_list *list, int64_t more, const char *what)
{
    if (more <= 0)
        return false;
    dbuf_printf(&list->text, "... %lld more %s%s", (long long)more, what, more == 1 ? "" : "s");
    layout_end_member(list);
    return true;
}

static int64_t length_of(JSContext *context, JSValueConst array)
{
    JSValue value = data_property(context, array, "length");
    int64_t length = 0;

    if (JS_IsNumber(value))
        JS_ToInt64(context, &length, value);
    JS_FreeValue(context, value);
    return length;
}

static void add_holes(struct layout_list *list, int64_t count)
{
    dbuf_printf(&list->text, "<%lld empty item%s>", (long long)count, count == 1 ? "" : "s");
    layout_end_member(list);
    list->of_numbers = false;
}

static void add_element(struct inspection *in, struct layout_list *list, JSValueConst array,
                        uint32_t index, int level, const struct level *around)
{
    JSAtom atom = JS_NewAtomUInt32(in->context, index);
    JSPropertyDescriptor element;

    if (JS_GetOwnProperty(in->context, &element, array, atom) > 0) {
        if (element.flags & JS_PROP_GETSET)
            put_accessor(&list->text, &element);
        else
            put_inner(in, &list->text, element.value, level, around);
        if (!JS_IsNumber(element.value) && !JS_IsBigInt(element.value))
            list->of_numbers = false;
        layout_end_member(list);
        JS_FreeValue(in->context, element.value);
        JS_FreeValue(in->context, element.getter);
        JS_FreeValue(in->context, element.setter);
    }
    JS_FreeAtom(in->context, atom);
}

/* Elements of an array that may have holes, through the names of those that exist. */
static bool add_sparse(struct inspection *in, struct layout_list *list, JSValueConst array,
                       int64_t length, int level, const struct level *around)
{
    JSPropertyEnum *names;
    uint32_t count, index, shown = 0;
    int64_t next = 0, most = in->options->max_items;

    if (JS_GetOwnPropertyNames(in->context, &names, &count, array, JS_GPN_STRING_MASK)) {
        forget_exception(in->context);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (shown < most && engine_atom_index(names[i].atom, &index) && index < length) {
            if (index > next) {
                add_holes(list, index - next);
                next = index;
                shown++;
            }
            if (shown < most) {
                add_element(in, list, array, index, level, around);
                next = (int64_t)index + 1;
                shown++;
            }
        }
        JS_FreeAtom(in->context, names[i].atom);
    }
    js_free(in->context, names);
    if (shown < most && next < length) {
        add_holes(list, length - next);
        next = length;
    }
    return add_rest(list, length - next, "item");
}

static bool add_elements(struct inspection *in, struct layout_list *list, JSValueConst array,
                         int64_t length, int level, const struct level *around)
{
    int64_t most = in->options->max_items, shown = length < most ? length : most;

    list->of_numbers = true;
    if (engine_kind(array) == ENGINE_ARRAY && !engine_is_dense(array))
        return add_sparse(in, list, array, length, level, around);
    for (uint32_t i = 0; i < shown; i++)
        add_element(in, list, array, i, level, around);
    return add_rest(list, length - shown, "item");
}

/* The first entries, keys and values in turn, as they are now: an object that says itself how it looks may change the collection.
 * NULL where there is no memory. */
static JSValue *entries_of(JSContext *context, JSValueConst collection, int64_t count)
{
    JSValue *entries = js_malloc_rt(JS_GetRuntime(context), (size_t)(2 * count + 1) * sizeof *entries);
    JSValueConst key, value;
    void *cursor = NULL;

    for (int64_t i = 0; entries && i < count && engine_collection_next(collection, &cursor, &key, &value); i++) {
        entries[2 * i] = JS_DupValue(context, key);
        entries[2 * i + 1] = JS_DupValue(context, value);
    }
    return entries;
}

static bool add_entries(struct inspection *in, struct layout_list *list, JSValueConst collection,
                        bool is_map, int level, const struct level *around)
{
    int64_t size = engine_collection_size(collection), most = in->options->max_items,
            shown = size < most ? size : most;
    JSValue *entries = entries_of(in->context, collection, shown);

    if (!entries) {
        dbuf_set_error(&list->text);
        return false;
    }
    for (int64_t i = 0; i < shown; i++) {
        put_inner(in, &list->text, entries[2 * i], level, around);
        if (is_map) {
            dbuf_putstr(&list->text, " => ");
            put_inner(in, &list->text, entries[2 * i + 1], level, around);
        }
        layout_end_member(list);
        JS_FreeValue(in->context, entries[2 * i]);
        JS_FreeValue(in->context, entries[2 * i + 1]);
    }
    js_free(in->context, entries);
    return add_rest(list, size - shown, "item");
}

static void add_buffer_contents(JSContext *context, struct layout_list *list, JSValueConst buffer)
{
    size_t size;
    uint8_t *bytes = text_bytes_of(context, buffer, &size);

    if (!bytes) {
        forget_exception(context);
        dbuf_putstr(&list->text, "(detached)");
        size = 0;
    } else {
        dbuf_putstr(&list->text, "[Uint8Contents]: <");
        for (size_t i = 0; i < size && i < MAX_BUFFER_BYTES; i++)
            dbuf_printf(&list->text, "%s%02x", i ? " " : "", bytes[i]);
        if (size > MAX_BUFFER_BYTES)
            dbuf_printf(&list->text, " ... %zu more byte%s", size - MAX_BUFFER_BYTES,
                        size - MAX_BUFFER_BYTES == 1 ? "" : "s");
        dbuf_putc(&list->text, '>');
    }
    layout_end_member(list);
    dbuf_printf(&list->text, "byteLength: %zu", size);
    layout_end_member(list);
}

static void add_view(struct inspection *in, struct layout_list *list, JSValueConst view, int level,
                     const struct level *around)
{
    size_t offset, length;
    JSValueConst buffer = engine_view_buffer(view, &offset, &length);

    dbuf_printf(&list->text, "byteLength: %zu", length);
    layout_end_member(list);
    dbuf_printf(&list->text, "byteOffset: %zu", offset);
    layout_end_member(list);
    dbuf_putstr(&list->text, "buffer: ");
    put_inner(in, &list->text, buffer, level, around);
    layout_end_member(list);
}

static void add_promise(struct inspection *in, struct layout_list *list, JSValueConst promise,
                        int level, const struct level *around)
{
    JSPromiseStateEnum state = JS_PromiseState(in->context, promise);
    JSValue result;

    if (state == JS_PROMISE_PENDING) {
        dbuf_putstr(&list->text, "<pending>");
    } else {
        result = JS_PromiseResult(in->context, promise);
        if (state == JS_PROMISE_REJECTED)
            dbuf_putstr(&list->text, "<rejected> ");
        put_inner(in, &list->text, result, level, around);
        JS_FreeValue(in->context, result);
    }
    layout_end_member(list);
}

/* Adds what is inside an object of this kind, its properties aside; true when it was cut. */
static bool add_contents(struct inspection *in, struct layout_list *list, JSValueConst object,
                         enum engine_kind kind, int64_t length, int level,
                         const struct level *around)
{
    switch (kind) {
    case ENGINE_ARRAY:
    case ENGINE_TYPED_ARRAY:
    case ENGINE_ARGUMENTS:
        return add_elements(in, list, object, length, level, around);
    case ENGINE_MAP:
    case ENGINE_SET:
        return add_entries(in, list, object, kind == ENGINE_MAP, level, around);
    case ENGINE_ARRAY_BUFFER:
    case ENGINE_SHARED_ARRAY_BUFFER:
        add_buffer_contents(in->context, list, object);
        break;
    case ENGINE_DATA_VIEW:
        add_view(in, list, object, level, around);
        break;
    case ENGINE_PROMISE:
        add_promise(in, list, object, level, around);
        break;
    case ENGINE_WEAK_MAP:
    case ENGINE_WEAK_SET:
        dbuf_putstr(&list->text, "<items unknown>");
        layout_end_member(list);
        break;
    default:
        break;
    }
    return false;
}

/* ---- Objects. ---- */

/* Text that stands for an object as a whole (a function, an error, a date); false when it has none. */
static bool put_base(struct inspection *in, DynBuf *out, JSValueConst object, enum engine_kind kind)
{
    JSContext *context = in->context;
    JSValue text;
    char flags[16];

    switch (kind) {
    case ENGINE_FUNCTION:
        put_function_base(context, out, object);
        return true;
    case ENGINE_ERROR:
        put_error_base(in, out, object);
        return true;
    case ENGINE_DATE:
        text = engine_date_string(context, object);
        break;
    case ENGINE_REGEXP:
        engine_regexp_flags(object, flags);
        text = engine_regexp_source(context, object);
        dbuf_putc(out, '/');
        put_string(context, out, text);
        JS_FreeValue(context, text);
        dbuf_printf(out, "/%s", flags);
        return true;
    case ENGINE_BOXED: {
        JSAtom name = engine_class_name(context, object);
        const char *class_name = JS_AtomToCString(context, name);

        dbuf_printf(out, "[%s: ", class_name ? class_name : "?");
        put_primitive(in, out, engine_boxed_value(object), 0);
        dbuf_putc(out, ']');
        JS_FreeCString(context, class_name);
        JS_FreeAtom(context, name);
        return true;
    }
    default:
        return false;
    }
    put_string(context, out, text);
    JS_FreeValue(context, text);
    return true;
}

/* "Name(size) [Tag] " of an object without a base; nothing for plain objects and plain arrays. */
static void put_heading(struct inspection *in, DynBuf *out, JSValueConst object,
                        enum engine_kind kind, int64_t length)
{
    JSAtom atom = engine_class_name(in->context, object);
    const char *class_name = JS_AtomToCString(in->context, atom);
    bool sized = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY || kind == ENGINE_MAP ||
                 kind == ENGINE_SET;
    char ordinary[64];

    if (kind == ENGINE_ARGUMENTS) {
        dbuf_putstr(out, "[Arguments] ");
    } else if (kind == ENGINE_MODULE) {
        dbuf_putstr(out, "[Module: null prototype] ");
    } else {
        put_prefix(in->context, out, object, class_name ? class_name : "Object",
                   sized ? length : -1);
        snprintf(ordinary, sizeof ordinary, "Array(%lld) ", (long long)length);
        if ((kind == ENGINE_ARRAY && same_text(out, ordinary)) ||
            (kind == ENGINE_PLAIN && same_text(out, "Object ")))
            out->size = 0;
    }
    JS_FreeCString(in->context, class_name);
    JS_FreeAtom(in->context, atom);
}

static int64_t size_of(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    size_t offset, bytes, element;

    if (kind == ENGINE_MAP || kind == ENGINE_SET)
        return engine_collection_size(object);
    if (kind == ENGINE_TYPED_ARRAY) {
        JSValue buffer = JS_GetTypedArrayBuffer(in->context, object, &offset, &bytes, &element);

        if (JS_IsException(buffer)) {
            forget_exception(in->context);
            return 0;
        }
        JS_FreeValue(in->context, buffer);
        return (int64_t)(bytes / element);
    }
    return length_of(in->context, object);
}

static bool is_circular(struct inspection *in, DynBuf *out, void *object,
                        const struct level *around)
{
    void **known = (void **)(void *)in->circular.buf;
    size_t count = in->circular.size / sizeof(void *), index = 0;

    while (around && around->object != object)
        around = around->outer;
    if (!around)
        return false;
    while (index < count && known[index] != object)
        index++;
    if (index == count)
        dbuf_put(&in->circular, (const uint8_t *)&object, sizeof object);
    dbuf_printf(out, "[Circular *%zu]", index + 1);
    return true;
}

static void put_reference(struct inspection *in, DynBuf *out, void *object)
{
    void **known = (void **)(void *)in->circular.buf;
    size_t count = in->circular.size / sizeof(void *);

    for (size_t i = 0; i < count; i++)
        if (known[i] == object)
            dbuf_printf(out, "<ref *%zu> ", i + 1);
}

/* An object that is nested too deep: only its name. */
static void put_name_only(DynBuf *out, DynBuf *heading, enum engine_kind kind)
{
    const char *plain = kind == ENGINE_ARRAY ? "[Array]" : "[Object]";

    if (heading->size == 0) {
        dbuf_putstr(out, plain);
    } else if (heading->buf[0] == '[') {
        dbuf_put(out, heading->buf, heading->size - 1);
    } else {
        const uint8_t *size = memchr(heading->buf, '(', heading->size);

        dbuf_putc(out, '[');
        dbuf_put(out, heading->buf, size ? (size_t)(size - heading->buf) : heading->size - 1);
        dbuf_putc(out, ']');
    }
}

/* Writes base or heading, then the members in brackets. */
static void put_members(struct inspection *in, DynBuf *out, JSValueConst object,
                        enum engine_kind kind, const struct names *names, DynBuf *base,
                        DynBuf *heading, int level, const struct level *around)
{
    struct level here = {around, JS_VALUE_GET_PTR(object)};
    bool is_list = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY || kind == ENGINE_ARGUMENTS;
    struct layout_list list;
    size_t before = out->size;
    uint32_t contents;
    bool cut, may_join;

    in->deepest = level;
    layout_init(in->context, &list);
    cut = add_contents(in, &list, object, kind, size_of(in, object, kind), level, &here);
    contents = layout_count(&list);
    for (uint32_t i = 0; i < names->count; i++)
        add_property(in, &list, object, names->names[i].atom, level, &here);
    if (in->options->sorted)
        layout_sort(&list, is_list ? contents : 0);
    put_reference(in, out, here.object);
    if (base->size > 0) {
        dbuf_put(out, base->buf, base->size);
        dbuf_putc(out, ' ');
    }
    dbuf_put(heading, (const uint8_t *)(is_list ? "[" : "{"), 2);
    may_join = in->deepest - level < in->options->join_levels &&
               !(base->size > 0 && memchr(base->buf, '\n', base->size));
    if (dbuf_error(heading) || dbuf_error(base))
        dbuf_set_error(out);
    else
        layout_write(out, &list,
                     &(struct layout_form){
                         .open = (const char *)heading->buf,
                         .close = is_list ? "]" : "}",
                         .indentation = in->indentation,
                         .width = in->options->width,
                         .prefix_width = out->size - before,
                         .may_join = may_join,
                         .grouped = is_list && in->options->join_levels > 0,
                         .has_rest = cut && names->count == 0,
                     });
    layout_free(&list);
}

static bool is_empty(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    switch (kind) {
    case ENGINE_ARRAY:
    case ENGINE_ARGUMENTS:
    case ENGINE_TYPED_ARRAY:
    case ENGINE_MAP:
    case ENGINE_SET:
        return size_of(in, object, kind) == 0;
    case ENGINE_ARRAY_BUFFER:
    case ENGINE_SHARED_ARRAY_BUFFER:
    case ENGINE_DATA_VIEW:
    case ENGINE_PROMISE:
    case ENGINE_WEAK_MAP:
    case ENGINE_WEAK_SET:
        return false;
    default:
        return true;
    }
}

static void put_object(struct inspection *in, DynBuf *out, JSValueConst object, int level,
                       const struct level *around)
{
    enum engine_kind kind = engine_kind(object);
    bool is_list = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY || kind == ENGINE_ARGUMENTS;
    struct names names;
    DynBuf base, heading;

    if (is_circular(in, out, JS_VALUE_GET_PTR(object), around))
        return;
    text_init(in->context, &base);
    text_init(in->context, &heading);
    names = names_of(in, object, kind);
    if (!put_base(in, &base, object, kind))
        put_heading(in, &heading, object, kind, size_of(in, object, kind));
    if (names.count == 0 && is_empty(in, object, kind)) {
        dbuf_put(out, base.buf, base.size);
        dbuf_put(out, heading.buf, heading.size);
        if (base.size == 0)
            dbuf_putstr(out, is_list ? "[]" : "{}");
    } else if (level > in->options->depth || engine_stack_is_low(in->context)) {
        if (base.size > 0)
            dbuf_put(out, base.buf, base.size);
        else
            put_name_only(out, &heading, kind);
    } else {
        put_members(in, out, object, kind, &names, &base, &heading, level + 1, around);
    }
    free_names(in->context, &names);
    dbuf_free(&base);
    dbuf_free(&heading);
}

/* ---- Objects that say themselves how they look. ---- */

static void keep_exception(struct inspection *in)
{
    JSValue thrown = JS_GetException(in->context);

    if (in->failed) {
        JS_FreeValue(in->context, thrown);
        return;
    }
    in->failed = true;
    in->thrown = thrown;
}

/* A prototype is no instance of its class. */
static bool is_own_prototype(JSContext *context, JSValueConst object)
{
    JSValue constructor = data_property(context, object, "constructor"),
            prototype = JS_IsObject(constructor) ? data_property(context, constructor, "prototype")
                                                 : JS_UNDEFINED;
    bool is = JS_IsObject(prototype) && JS_VALUE_GET_PTR(prototype) == JS_VALUE_GET_PTR(object);

    JS_FreeValue(context, constructor);
    JS_FreeValue(context, prototype);
    return is;
}

/* What the object's function makes of it; uninitialized where it has none, or failed. */
static JSValue custom_form(struct inspection *in, JSValueConst object, int level)
{
    JSContext *context = in->context;
    JSValue function, exports, form = JS_EXCEPTION, arguments[4];

    if (in->failed || in->options->plain)
        return JS_UNINITIALIZED;
    function = data_property_from(context, JS_DupValue(context, object), custom_symbol);
    if (!JS_IsFunction(context, function) || is_own_prototype(context, object)) {
        JS_FreeValue(context, function);
        return JS_UNINITIALIZED;
    }
    exports = library_inspect(context);
    if (!JS_IsException(exports)) {
        arguments[0] = function;
        arguments[1] = object;
        arguments[2] = JS_NewInt32(context, in->options->depth - level);
        arguments[3] = in->options->user;
        form = JS_Call(context, exports, JS_UNDEFINED, 4, (JSValueConst *)arguments);
    }
    JS_FreeValue(context, exports);
    JS_FreeValue(context, function);
    if (!JS_IsException(form))
        return form;
    keep_exception(in);
    return JS_UNINITIALIZED;
}

static void put_custom_text(struct inspection *in, DynBuf *out, JSValueConst form)
{
    DynBuf text;

    text_init(in->context, &text);
    if (!text_put_value(in->context, &text, form))
        keep_exception(in);
    else if (dbuf_error(&text))
        dbuf_set_error(out);
    else
        put_indented(in, out, text.buf, text.size);
    dbuf_free(&text);
}

/* Writes an object in the form that it wants; false when it wants none of its own. */
static bool put_custom(struct inspection *in, DynBuf *out, JSValueConst object, int level,
                       const struct level *around)
{
    JSValue form = custom_form(in, object, level);

    if (JS_IsUninitialized(form))
        return in->failed;
    if (JS_IsObject(form) && JS_VALUE_GET_PTR(form) == JS_VALUE_GET_PTR(object)) {
        JS_FreeValue(in->context, form);
        return false;
    }
    if (JS_IsObject(form))
        put_value(in, out, form, level, around);
    else
        put_custom_text(in, out, form);
    JS_FreeValue(in->context, form);
    return true;
}

static void put_value(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around)
{
    bool is_proxy = engine_kind(value) == ENGINE_PROXY;
    JSValue held;

    while (engine_kind(value) == ENGINE_PROXY)
        value = engine_proxy_target(value);
    if (is_proxy && JS_IsNull(value)) {
        dbuf_putstr(out, "<Revoked Proxy>");
        return;
    }
    if (!JS_IsObject(value)) {
        put_primitive(in, out, value, level);
        return;
    }
    /* A proxy may be revoked by what its target runs, which then would be gone. */
    held = JS_DupValue(in->context, value);
    if (!put_custom(in, out, held, level, around))
        put_object(in, out, held, level, around);
    JS_FreeValue(in->context, held);
}

/* ---- For the other files. ---- */

int inspect_value(JSContext *context, DynBuf *out, JSValueConst value,
                  const struct inspect_options *options)
{
    struct inspection in = {
        .context = context, .options = options, .indentation = options->indentation};

    text_init(context, &in.circular);
    put_value(&in, out, value, 0, NULL);
    if (dbuf_error(&in.circular))
        dbuf_set_error(out);
    dbuf_free(&in.circular);
    if (!in.failed)
        return 0;
    JS_Throw(context, in.thrown);
    return -1;
}

static int64_t count_option(JSContext *context, JSValueConst object, const char *name, int64_t most)
{
    JSValue value = JS_GetPropertyStr(context, object, name);
    double number = 0;

    if (JS_IsNull(value))
        return most;
    if (!JS_IsNumber(value) || JS_ToFloat64(context, &number, value))
        number = 0;
    JS_FreeValue(context, value);
    return number < (double)most ? (int64_t)number : most;
}

static bool flag_option(JSContext *context, JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(context, object, name);
    bool set = JS_ToBool(context, value) > 0;

    JS_FreeValue(context, value);
    return set;
}

struct inspect_options inspect_options_of(JSContext *context, JSValueConst object)
{
    return (struct inspect_options){
        .depth = (int)count_option(context, object, "depth", INSPECT_NO_LIMIT),
        .hidden = flag_option(context, object, "showHidden"),
        .plain = !flag_option(context, object, "customInspect"),
        .sorted = flag_option(context, object, "sorted"),
        .width = (int)count_option(context, object, "breakLength", INT32_MAX / 2),
        .join_levels = (int)count_option(context, object, "compact", INSPECT_NO_LIMIT),
        .max_items = count_option(context, object, "maxArrayLength", INT32_MAX),
        .max_string = count_option(context, object, "maxStringLength", INT32_MAX),
        .user = object,
    };
}

int inspect_install(JSContext *context)
{
    static const char source[] = "Symbol.for('nodejs.util.inspect.custom')";
    JSValue symbol = JS_Eval(context, source, sizeof source - 1, "<inspect>", JS_EVAL_TYPE_GLOBAL);

    if (JS_IsException(symbol))
        return -1;
    custom_symbol = JS_ValueToAtom(context, symbol);
    JS_FreeValue(context, symbol);
    return custom_symbol == JS_ATOM_NULL ? -1 : 0;
}

/* For people who wait for an end: what an object's own function throws is not what is to be said now. */
static void inspect_anyway(JSContext *context, DynBuf *out, JSValueConst value,
                           struct inspect_options options)
{
    size_t before = out->size;

    if (inspect_value(context, out, value, &options)) {
        forget_exception(context);
        out->size = before;
        options.plain = true;
        (void)inspect_value(context, out, value, &options);
    }
}

void inspect_thrown(JSContext *context, DynBuf *out, JSValueConst thrown)
{
    if (engine_kind(thrown) != ENGINE_ERROR)
        dbuf_putstr(out, "Uncaught ");
    inspect_anyway(context, out, thrown, (struct inspect_options){INSPECT_USUAL, .thrown = true});
}

void inspect_error_parts(JSContext *context, JSValueConst error, DynBuf *type, DynBuf *message)
{
    if (engine_kind(error) == ENGINE_ERROR) {
        put_error_name(context, type, error);
        put_property_string(context, message, error, "message");
        return;
    }
    if (JS_IsObject(error)) {
        if (!put_constructor(context, type, error))
            dbuf_putstr(type, "Object");
    } else {
        dbuf_putstr(type, JS_IsString(error)      ? "string"
                          : JS_IsNumber(error)    ? "number"
                          : JS_IsBool(error)      ? "boolean"
                          : JS_IsNull(error)      ? "null"
                          : JS_IsUndefined(error) ? "undefined"
                          : JS_IsSymbol(error)    ? "symbol"
                                                  : "bigint");
    }
    if (!put_string(context, message, error) && !JS_IsString(error))
        inspect_anyway(context, message, error, (struct inspect_options){INSPECT_USUAL});
}
