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
#include <string.h>

#include "inspect.h"
#include "library.h"

/* Symbol.for("nodejs.util.inspect.custom"). */
static JSAtom custom_symbol;

static void put_value(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around);

/* ---- Objects. ---- */

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
    literal_open(in, out, STYLE_SPECIAL);
    dbuf_printf(out, "[Circular *%zu]", index + 1);
    literal_close(in, out, STYLE_SPECIAL);
    return true;
}

static void put_reference(struct inspection *in, DynBuf *out, void *object)
{
    void **known = (void **)(void *)in->circular.buf;
    size_t count = in->circular.size / sizeof(void *);

    for (size_t i = 0; i < count; i++) {
        if (known[i] != object)
            continue;
        literal_open(in, out, STYLE_SPECIAL);
        dbuf_printf(out, "<ref *%zu>", i + 1);
        literal_close(in, out, STYLE_SPECIAL);
        dbuf_putc(out, ' ');
    }
}

/* An object that is nested too deep: only its name. A regular expression is shown all the same. */
static void put_name_only(struct inspection *in, DynBuf *out, JSValueConst object,
                          enum engine_kind kind, const DynBuf *base, const DynBuf *heading)
{
    const uint8_t *size = heading->size ? memchr(heading->buf, '(', heading->size) : NULL;
    enum style style = kind == ENGINE_REGEXP ? STYLE_REGEXP : STYLE_SPECIAL;

    literal_open(in, out, style);
    if (kind == ENGINE_REGEXP) {
        dbuf_put(out, base->buf, base->size);
    } else if (heading->size > 0 && heading->buf[0] == '[') {
        dbuf_put(out, heading->buf, heading->size - 1);
    } else {
        dbuf_putc(out, '[');
        if (heading->size > 0)
            dbuf_put(out, heading->buf, size ? (size_t)(size - heading->buf) : heading->size - 1);
        else if (base->size == 0 || !peek_put_constructor(in->context, out, object))
            dbuf_putstr(out, kind == ENGINE_ARRAY ? "Array" : "Object");
        dbuf_putc(out, ']');
    }
    literal_close(in, out, style);
}

/* Writes base or heading, then the members in brackets. */
static void put_members(struct inspection *in, DynBuf *out, JSValueConst object,
                        enum engine_kind kind, const struct names *names, DynBuf *base,
                        DynBuf *heading, int level, const struct level *around)
{
    struct level here = {around, JS_VALUE_GET_PTR(object)};
    bool is_list = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY;
    struct layout_list list;
    size_t before = out->size;
    uint32_t contents;
    bool cut, may_join;

    in->deepest = level;
    layout_init(in->context, &list);
    cut =
        members_add_contents(in, &list, object, kind, members_size(in, object, kind), level, &here);
    contents = layout_count(&list);
    for (uint32_t i = 0; i < names->count; i++)
        members_add_property(in, &list, object, names->names[i].atom, level, &here);
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
                         .coloured = !JS_IsUndefined(in->options->paint),
                     });
    layout_free(&list);
}

static bool is_empty(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    switch (kind) {
    case ENGINE_ARRAY:
    case ENGINE_TYPED_ARRAY:
    case ENGINE_MAP:
    case ENGINE_SET:
        return members_size(in, object, kind) == 0;
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
    bool is_list = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY;
    struct names names;
    DynBuf base, heading;

    if (is_circular(in, out, JS_VALUE_GET_PTR(object), around))
        return;
    text_init(in->context, &base);
    text_init(in->context, &heading);
    names = members_names(in, object, kind);
    if (!heading_put_base(in, &base, object, kind))
        heading_put(in, &heading, object, kind, members_size(in, object, kind));
    if (names.count == 0 && is_empty(in, object, kind)) {
        enum style style = heading_style(object, kind);

        literal_open(in, out, style);
        dbuf_put(out, base.buf, base.size);
        literal_close(in, out, style);
        dbuf_put(out, heading.buf, heading.size);
        if (base.size == 0)
            dbuf_putstr(out, is_list ? "[]" : "{}");
    } else if (level > in->options->depth || engine_stack_is_low(in->context)) {
        put_name_only(in, out, object, kind, &base, &heading);
    } else {
        put_members(in, out, object, kind, &names, &base, &heading, level + 1, around);
    }
    members_free_names(in->context, &names);
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
    JSValue constructor = peek(context, object, "constructor"),
            prototype =
                JS_IsObject(constructor) ? peek(context, constructor, "prototype") : JS_UNDEFINED;
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
    function = peek_from(context, JS_DupValue(context, object), custom_symbol);
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
        heading_put_indented(in, out, text.buf, text.size);
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
        literal_put_styled(in, out, STYLE_SPECIAL, "<Revoked Proxy>");
        return;
    }
    if (!JS_IsObject(value)) {
        literal_put(in, out, value, level);
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
    struct inspection in = {.context = context,
                            .options = options,
                            .indentation = options->indentation,
                            .put_value = put_value};

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

static enum inspect_getters getters_option(JSContext *context, JSValueConst object)
{
    JSValue value = JS_GetPropertyStr(context, object, "getters");
    const char *text = JS_IsString(value) ? JS_ToCString(context, value) : NULL;
    enum inspect_getters which = INSPECT_GETTERS_NONE;

    if (JS_IsBool(value) && JS_ToBool(context, value) > 0)
        which = INSPECT_GETTERS_ALL;
    else if (text && !strcmp(text, "get"))
        which = INSPECT_GETTERS_ALONE;
    else if (text && !strcmp(text, "set"))
        which = INSPECT_GETTERS_PAIRED;
    JS_FreeCString(context, text);
    JS_FreeValue(context, value);
    return which;
}

struct inspect_options inspect_options_of(JSContext *context, JSValueConst object)
{
    /* Kept by the options object, which outlives what is made here. */
    JSValue paint = JS_GetPropertyStr(context, object, "paint");

    JS_FreeValue(context, paint);
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
        .paint = JS_IsArray(paint) ? paint : JS_UNDEFINED,
        .getters = getters_option(context, object),
        .separated = flag_option(context, object, "numericSeparator"),
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
        peek_forget_exception(context);
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
        heading_put_error_name(context, type, error);
        peek_put(context, message, error, "message");
        return;
    }
    if (JS_IsObject(error)) {
        if (!peek_put_constructor(context, type, error))
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
    if (!peek_put_string(context, message, error) && !JS_IsString(error))
        inspect_anyway(context, message, error, (struct inspect_options){INSPECT_USUAL});
}
