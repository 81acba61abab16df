/*
 * peek.c: properties of objects as they are, for inspect.c, without running anything: no getter, no toString, no proxy's trap.
 *
 * Owns nothing.
 */
#include "inspect.h"

void peek_forget_exception(JSContext *context)
{
    JS_FreeValue(context, JS_GetException(context));
}

/* A data property of an object or of its prototypes; undefined where there is none, or an accessor. */
JSValue peek_from(JSContext *context, JSValue object, JSAtom name)
{
    while (JS_IsObject(object) && engine_kind(object) != ENGINE_PROXY) {
        JSPropertyDescriptor found;
        JSValue next;
        int status = JS_GetOwnProperty(context, &found, object, name);

        if (status < 0)
            peek_forget_exception(context);
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

JSValue peek(JSContext *context, JSValueConst object, const char *name)
{
    JSAtom atom = JS_NewAtom(context, name);
    JSValue value = JS_UNDEFINED;

    if (atom != JS_ATOM_NULL)
        value = peek_from(context, JS_DupValue(context, object), atom);
    else
        peek_forget_exception(context);
    JS_FreeAtom(context, atom);
    return value;
}

bool peek_put_text(JSContext *context, DynBuf *out, JSValueConst value)
{
    if (text_put_value(context, out, value))
        return true;
    peek_forget_exception(context);
    dbuf_set_error(out);
    return false;
}

/* Appends a string value; true when there was one, and not empty. */
bool peek_put_string(JSContext *context, DynBuf *out, JSValueConst string)
{
    size_t before = out->size;

    if (!JS_IsString(string))
        return false;
    return peek_put_text(context, out, string) && out->size > before;
}

bool peek_put(JSContext *context, DynBuf *out, JSValueConst object, const char *name)
{
    JSValue value = peek(context, object, name);
    bool done = peek_put_string(context, out, value);

    JS_FreeValue(context, value);
    return done;
}

/* Appends the name of the class that an object's prototypes belong to; false when there is none. */
bool peek_put_constructor(JSContext *context, DynBuf *out, JSValueConst object)
{
    JSValue prototype, constructor;
    bool done;

    if (engine_kind(object) == ENGINE_PROXY)
        return false;
    prototype = JS_GetPrototype(context, object);
    for (;;) {
        JSValue next;

        constructor = peek(context, prototype, "constructor");
        done = JS_IsFunction(context, constructor) && peek_put(context, out, constructor, "name");
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
void peek_put_tag(JSContext *context, DynBuf *out, JSValueConst object)
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
    tag = peek_from(context, JS_DupValue(context, object), engine_to_string_tag());
    peek_put_string(context, out, tag);
    JS_FreeValue(context, tag);
}
