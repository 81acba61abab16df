/*
 * headings.c: what stands before the members of an object, or for it as a whole: its class, a function's name, an error's
 * stack; for inspect.c.
 *
 * Owns nothing.
 */
#include <string.h>

#include "inspect.h"

static bool same_text(const DynBuf *a, const char *b)
{
    return a->size == strlen(b) && !memcmp(a->buf, b, a->size);
}

/* "Name(size) [Tag] ": what stands before a bracket. `size` < 0 for none. */
static void put_prefix(JSContext *context, DynBuf *out, JSValueConst object, const char *fallback,
                       int64_t size)
{
    DynBuf name, tag;
    bool known;

    text_init(context, &name);
    text_init(context, &tag);
    known = peek_put_constructor(context, &name, object);
    peek_put_tag(context, &tag, object);
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
        if (!peek_put(context, out, function, "name")) {
            out->size -= 2;
            dbuf_putstr(out, " (anonymous)");
        }
        dbuf_putc(out, ']');
        return;
    }
    dbuf_putstr(out, "[class ");
    if (!peek_put(context, out, function, "name"))
        dbuf_putstr(out, "(anonymous)");
    parent = JS_GetPrototype(context, function);
    before = out->size;
    dbuf_putstr(out, " extends ");
    if (!JS_IsFunction(context, parent) || !peek_put(context, out, parent, "name"))
        out->size = before;
    JS_FreeValue(context, parent);
    dbuf_putc(out, ']');
}

/* ---- Errors. ---- */

/* "TypeError", or the class's name where the class did not set a name of its own. */
void heading_put_error_name(JSContext *context, DynBuf *out, JSValueConst error)
{
    DynBuf name, class_name;

    text_init(context, &name);
    text_init(context, &class_name);
    if (!peek_put(context, &name, error, "name"))
        dbuf_putstr(&name, "Error");
    peek_put_constructor(context, &class_name, error);
    if (same_text(&name, "Error") && class_name.size > 0 && !same_text(&class_name, "Object"))
        dbuf_put(out, class_name.buf, class_name.size);
    else
        dbuf_put(out, name.buf, name.size);
    dbuf_free(&name);
    dbuf_free(&class_name);
}

void heading_put_indented(struct inspection *in, DynBuf *out, const uint8_t *text, size_t size)
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
    if (!peek_put(in->context, &stack, error, "stack"))
        peek_put_string(in->context, &stack, engine_error_frames(error));
    while (stack.size > 0 && stack.buf[stack.size - 1] == '\n')
        stack.size--;
    /* QuickJS's stack is the frames alone; one that a program has set may say all itself. */
    if (stack.size == 0 || stack.buf[0] == ' ') {
        heading_put_error_name(in->context, &text, error);
        dbuf_putstr(&text, ": ");
        if (!peek_put(in->context, &text, error, "message"))
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
    heading_put_indented(in, out, text.buf, text.size);
    if (brackets)
        dbuf_putc(out, ']');
    dbuf_free(&text);
    dbuf_free(&stack);
}

/* ---- The kinds of objects. ---- */

static void put_uncoloured(struct inspection *in, DynBuf *out, JSValueConst primitive)
{
    const struct inspect_options *options = in->options;
    struct inspect_options uncoloured = *options;

    uncoloured.paint = JS_UNDEFINED;
    in->options = &uncoloured;
    literal_put(in, out, primitive, 0);
    in->options = options;
}

/* Text that stands for an object as a whole (a function, an error, a date); false when it has none. */
bool heading_put_base(struct inspection *in, DynBuf *out, JSValueConst object,
                      enum engine_kind kind)
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
        peek_put_string(context, out, text);
        JS_FreeValue(context, text);
        dbuf_printf(out, "/%s", flags);
        return true;
    case ENGINE_BOXED: {
        JSAtom name = engine_class_name(context, object);
        const char *class_name = JS_AtomToCString(context, name);

        dbuf_printf(out, "[%s: ", class_name ? class_name : "?");
        put_uncoloured(in, out, engine_boxed_value(object));
        dbuf_putc(out, ']');
        JS_FreeCString(context, class_name);
        JS_FreeAtom(context, name);
        return true;
    }
    default:
        return false;
    }
    peek_put_string(context, out, text);
    JS_FreeValue(context, text);
    return true;
}

/* "Name(size) [Tag] " of an object without a base; nothing for plain objects and plain arrays. */
void heading_put(struct inspection *in, DynBuf *out, JSValueConst object, enum engine_kind kind,
                 int64_t length)
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

enum style heading_style(JSValueConst object, enum engine_kind kind)
{
    switch (kind) {
    case ENGINE_FUNCTION:
        return STYLE_SPECIAL;
    case ENGINE_DATE:
        return STYLE_DATE;
    case ENGINE_REGEXP:
        return STYLE_REGEXP;
    case ENGINE_BOXED:
        return literal_style(engine_boxed_value(object));
    default:
        return STYLE_NONE;
    }
}
