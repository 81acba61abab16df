/*
 * clone.c: structuredClone.
 *
 * Owns nothing. Copies what the HTML standard's algorithm copies: primitives and their boxes, plain
 * objects and arrays (own enumerable string keys), Map, Set, Date, RegExp, Error, ArrayBuffer, typed
 * arrays, DataView; cycles and shared references stay what they are. Functions, symbols, proxies,
 * promises and the weak collections cannot be cloned: a DataCloneError. `transfer` is not supported: what
 * it lists is copied like the rest.
 */
#include <string.h>

#include "engine.h"
#include "guest.h"

struct cloning {
    JSContext *context;
    JSValue copies; /* a Map from each object met to its copy */
    JSValue map_get, map_set, set_add;
};

static JSValue clone(struct cloning *cloning, JSValueConst value);

/* ---- Help. ---- */

static JSValue refuse(JSContext *context, const char *what)
{
    JSValue error;

    JS_ThrowTypeError(context, "%s cannot be cloned", what);
    error = JS_GetException(context);
    JS_DefinePropertyValueStr(context, error, "name", JS_NewString(context, "DataCloneError"),
                              JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    return JS_Throw(context, error);
}

static JSValue construct(JSContext *context, const char *name, int argc, JSValueConst *argv)
{
    JSValue global = JS_GetGlobalObject(context);
    JSValue constructor = JS_GetPropertyStr(context, global, name), object = JS_EXCEPTION;

    if (!JS_IsException(constructor))
        object = JS_CallConstructor(context, constructor, argc, argv);
    JS_FreeValue(context, constructor);
    JS_FreeValue(context, global);
    return object;
}

/* Calls a method of ours and drops its result. */
static int call(JSContext *context, JSValueConst function, JSValueConst this_value, int argc,
                JSValueConst *argv)
{
    JSValue result = JS_Call(context, function, this_value, argc, argv);
    int status = JS_IsException(result) ? -1 : 0;

    JS_FreeValue(context, result);
    return status;
}

static int remember(struct cloning *cloning, JSValueConst original, JSValueConst copy)
{
    JSValueConst entry[] = {original, copy};

    return call(cloning->context, cloning->map_set, cloning->copies, 2, entry);
}

/* ---- Contents. ---- */

/* Copies own enumerable string keys. */
static int clone_properties(struct cloning *cloning, JSValueConst from, JSValueConst to)
{
    JSContext *context = cloning->context;
    JSPropertyEnum *names;
    uint32_t count;
    int status = 0;

    if (JS_GetOwnPropertyNames(context, &names, &count, from,
                               JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (status == 0) {
            JSValue value = JS_GetProperty(context, from, names[i].atom), copy = JS_EXCEPTION;

            if (!JS_IsException(value))
                copy = clone(cloning, value);
            JS_FreeValue(context, value);
            if (JS_IsException(copy) ||
                JS_DefinePropertyValue(context, to, names[i].atom, copy, JS_PROP_C_W_E) < 0)
                status = -1;
        }
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return status;
}

/* The entries as they are now, in an array of keys and values: cloning may run getters, which may change
 * the collection. */
static JSValue entries_of(JSContext *context, JSValueConst collection)
{
    JSValue array = JS_NewArray(context);
    JSValueConst key, value;
    void *cursor = NULL;
    uint32_t count = 0;

    while (!JS_IsException(array) && engine_collection_next(collection, &cursor, &key, &value)) {
        JS_SetPropertyUint32(context, array, count++, JS_DupValue(context, key));
        JS_SetPropertyUint32(context, array, count++, JS_DupValue(context, value));
    }
    return array;
}

static int clone_entries(struct cloning *cloning, JSValueConst from, JSValueConst to, bool is_map)
{
    JSContext *context = cloning->context;
    uint32_t count = engine_collection_size(from);
    JSValue entries = entries_of(context, from);
    int status = JS_IsException(entries) ? -1 : 0;

    for (uint32_t i = 0; i < count && status == 0; i++) {
        JSValue key = JS_GetPropertyUint32(context, entries, 2 * i);
        JSValue value = JS_GetPropertyUint32(context, entries, 2 * i + 1);
        JSValue copies[2] = {clone(cloning, key), JS_UNDEFINED};

        if (is_map && !JS_IsException(copies[0]))
            copies[1] = clone(cloning, value);
        if (JS_IsException(copies[0]) || JS_IsException(copies[1]))
            status = -1;
        else
            status = call(context, is_map ? cloning->map_set : cloning->set_add, to, is_map ? 2 : 1,
                          (JSValueConst *)copies);
        JS_FreeValue(context, copies[0]);
        JS_FreeValue(context, copies[1]);
        JS_FreeValue(context, key);
        JS_FreeValue(context, value);
    }
    JS_FreeValue(context, entries);
    return status;
}

/* ---- Objects that are made whole. ---- */

static JSValue clone_buffer(JSContext *context, JSValueConst buffer)
{
    size_t size;
    uint8_t *bytes = text_bytes_of(context, buffer, &size);

    return bytes ? JS_NewArrayBufferCopy(context, bytes, size) : JS_EXCEPTION;
}

static JSValue clone_view(struct cloning *cloning, JSValueConst view, enum engine_kind kind)
{
    JSContext *context = cloning->context;
    size_t offset, length, element = 1;
    JSValue arguments[3], copy = JS_EXCEPTION;
    JSAtom atom = engine_class_name(context, view);
    const char *name = JS_AtomToCString(context, atom);

    if (kind == ENGINE_TYPED_ARRAY) {
        size_t unused;

        JS_FreeValue(context, JS_GetTypedArrayBuffer(context, view, &unused, &unused, &element));
        JS_FreeValue(context, JS_GetException(context));
    }
    arguments[0] = clone(cloning, engine_view_buffer(view, &offset, &length));
    arguments[1] = JS_NewInt64(context, (int64_t)offset);
    arguments[2] = JS_NewInt64(context, (int64_t)(length / (element ? element : 1)));
    if (name && !JS_IsException(arguments[0]))
        copy = construct(context, name, 3, (JSValueConst *)arguments);
    JS_FreeValue(context, arguments[0]);
    JS_FreeCString(context, name);
    JS_FreeAtom(context, atom);
    return copy;
}

static JSValue clone_regexp(JSContext *context, JSValueConst regexp)
{
    char flags[16];
    JSValue arguments[2], copy;

    engine_regexp_flags(regexp, flags);
    arguments[0] = engine_regexp_source(context, regexp);
    arguments[1] = JS_NewString(context, flags);
    copy = construct(context, "RegExp", 2, (JSValueConst *)arguments);
    JS_FreeValue(context, arguments[0]);
    JS_FreeValue(context, arguments[1]);
    return copy;
}

static bool is_native_error(const char *name)
{
    static const char *const names[] = {"EvalError",      "RangeError",   "ReferenceError",
                                        "SyntaxError",    "TypeError",    "URIError",
                                        "AggregateError", "InternalError"};

    for (size_t i = 0; i < countof(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static int copy_property(struct cloning *cloning, JSValueConst from, JSValueConst to,
                         const char *name)
{
    JSContext *context = cloning->context;
    JSAtom atom = JS_NewAtom(context, name);
    JSPropertyDescriptor own;
    int found = JS_GetOwnProperty(context, &own, from, atom), status = found < 0 ? -1 : 0;

    if (found > 0) {
        JSValue copy = clone(cloning, own.value);

        if (JS_IsException(copy) ||
            JS_DefinePropertyValue(context, to, atom, copy,
                                   JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0)
            status = -1;
        JS_FreeValue(context, own.value);
        JS_FreeValue(context, own.getter);
        JS_FreeValue(context, own.setter);
    }
    JS_FreeAtom(context, atom);
    return status;
}

/* An error becomes one of the built-in class that its name says: name, message, stack and cause. */
static JSValue clone_error(struct cloning *cloning, JSValueConst error)
{
    static const char *const copied[] = {"message", "stack", "cause", "errors"};
    JSContext *context = cloning->context;
    JSValue name = JS_GetPropertyStr(context, error, "name"), copy;
    const char *text = JS_IsString(name) ? JS_ToCString(context, name) : NULL;
    JSValue no_errors = JS_NewArray(context);

    copy = construct(context, text && is_native_error(text) ? text : "Error",
                     text && !strcmp(text, "AggregateError"), (JSValueConst *)&no_errors);
    JS_FreeValue(context, no_errors);
    JS_FreeCString(context, text);
    JS_FreeValue(context, name);
    if (JS_IsException(copy) || remember(cloning, error, copy)) {
        JS_FreeValue(context, copy);
        return JS_EXCEPTION;
    }
    for (size_t i = 0; i < countof(copied); i++) {
        if (copy_property(cloning, error, copy, copied[i])) {
            JS_FreeValue(context, copy);
            return JS_EXCEPTION;
        }
    }
    return copy;
}

static JSValue clone_boxed(JSContext *context, JSValueConst boxed)
{
    JSValueConst value = engine_boxed_value(boxed);
    JSValue global, object, copy;

    if (JS_IsSymbol(value))
        return refuse(context, "a symbol");
    global = JS_GetGlobalObject(context);
    object = JS_GetPropertyStr(context, global, "Object");
    copy = JS_Call(context, object, JS_UNDEFINED, 1, &value);
    JS_FreeValue(context, object);
    JS_FreeValue(context, global);
    return copy;
}

/* ---- All. ---- */

/* The empty copy of an object whose contents follow, or the whole copy (*whole). */
static JSValue new_copy(struct cloning *cloning, JSValueConst object, enum engine_kind kind,
                        bool *whole)
{
    JSContext *context = cloning->context;
    JSValueConst date;

    *whole = true;
    switch (kind) {
    case ENGINE_BOXED:
        return clone_boxed(context, object);
    case ENGINE_DATE:
        date = engine_boxed_value(object);
        return construct(context, "Date", 1, &date);
    case ENGINE_REGEXP:
        return clone_regexp(context, object);
    case ENGINE_ERROR:
        return clone_error(cloning, object);
    case ENGINE_ARRAY_BUFFER:
        return clone_buffer(context, object);
    case ENGINE_TYPED_ARRAY:
    case ENGINE_DATA_VIEW:
        return clone_view(cloning, object, kind);
    default:
        break;
    }
    *whole = false;
    switch (kind) {
    case ENGINE_PLAIN:
    case ENGINE_ARGUMENTS:
        return JS_NewObject(context);
    case ENGINE_ARRAY:
        return JS_NewArray(context);
    case ENGINE_MAP:
        return construct(context, "Map", 0, NULL);
    case ENGINE_SET:
        return construct(context, "Set", 0, NULL);
    case ENGINE_FUNCTION:
        return refuse(context, "a function");
    case ENGINE_PROMISE:
        return refuse(context, "a promise");
    default:
        return refuse(context, "this kind of object");
    }
}

static int fill_copy(struct cloning *cloning, JSValueConst object, JSValueConst copy,
                     enum engine_kind kind)
{
    JSContext *context = cloning->context;

    if (kind == ENGINE_MAP || kind == ENGINE_SET)
        return clone_entries(cloning, object, copy, kind == ENGINE_MAP);
    if (kind == ENGINE_ARRAY && JS_SetPropertyStr(context, copy, "length",
                                                  JS_GetPropertyStr(context, object, "length")) < 0)
        return -1;
    return clone_properties(cloning, object, copy);
}

static JSValue clone(struct cloning *cloning, JSValueConst value)
{
    JSContext *context = cloning->context;
    enum engine_kind kind = engine_kind(value);
    JSValue known, copy;
    bool whole;

    /* The recursion must show on the stack that is checked: patches/stack.patch. */
    BELLJAR_STACK_FRAME(384);
    if (JS_IsSymbol(value))
        return refuse(context, "a symbol");
    if (kind == ENGINE_NOT_AN_OBJECT)
        return JS_DupValue(context, value);
    if (engine_stack_is_low(context))
        return JS_ThrowRangeError(context, "the object is nested too deep to be cloned");
    known = JS_Call(context, cloning->map_get, cloning->copies, 1, &value);
    if (!JS_IsUndefined(known))
        return known;
    copy = new_copy(cloning, value, kind, &whole);
    if (JS_IsException(copy) || remember(cloning, value, copy) ||
        (!whole && fill_copy(cloning, value, copy, kind))) {
        JS_FreeValue(context, copy);
        return JS_EXCEPTION;
    }
    return copy;
}

/* The prototype's methods, taken at the start so that a program that replaces them does no harm. */
static JSValue map_get, map_set, set_add;

static JSValue structured_clone(JSContext *context, JSValueConst this_value, int argc,
                                JSValueConst *argv)
{
    struct cloning cloning = {
        .context = context, .map_get = map_get, .map_set = map_set, .set_add = set_add};
    JSValue copy = JS_EXCEPTION;

    (void)this_value;
    if (argc < 1)
        return JS_ThrowTypeError(context, "structuredClone needs a value");
    cloning.copies = construct(context, "Map", 0, NULL);
    if (!JS_IsException(cloning.copies))
        copy = clone(&cloning, argv[0]);
    JS_FreeValue(context, cloning.copies);
    return copy;
}

static JSValue method_of(JSContext *context, const char *class_name, const char *method)
{
    JSValue object = construct(context, class_name, 0, NULL);
    JSValue function = JS_GetPropertyStr(context, object, method);

    JS_FreeValue(context, object);
    return function;
}

int clone_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);
    int status;

    map_get = method_of(context, "Map", "get");
    map_set = method_of(context, "Map", "set");
    set_add = method_of(context, "Set", "add");
    status =
        JS_DefinePropertyValueStr(context, global, "structuredClone",
                                  JS_NewCFunction(context, structured_clone, "structuredClone", 1),
                                  JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_FreeValue(context, global);
    return status < 0 || JS_IsException(map_get) || JS_IsException(map_set) ||
                   JS_IsException(set_add)
               ? -1
               : 0;
}
