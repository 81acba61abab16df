/*
 * clone.c: structuredClone.
 *
 * Owns nothing. Copies what the HTML standard's algorithm copies: primitives and their boxes, plain
 * objects and arrays (own enumerable string keys), Map, Set, Date, RegExp, Error, ArrayBuffer, typed
 * arrays, DataView; cycles and shared references stay what they are. Functions, symbols, proxies,
 * promises and the weak collections cannot be cloned. What surrounds it, `transfer` and errors, is lib/web/clone.js.
 */
#include <string.h>

#include "engine.h"
#include "guest.h"
#include "library.h"

struct cloning {
    JSContext *context;
    JSValue copies; /* a Map from each object met to its copy */
    JSValue map_get, map_set, set_add;
    JSValueConst refuse; /* throws for a value that cannot be cloned */
};

static JSValue clone(struct cloning *cloning, JSValueConst value);

/* ---- Help. ---- */

/* What the values are made by, taken at the start so that a program that replaces them does no harm. */
static struct {
    const char *name;
    JSValue constructor;
} classes[] = {
    {"Object", JS_UNDEFINED},     {"Map", JS_UNDEFINED},           {"Set", JS_UNDEFINED},
    {"RegExp", JS_UNDEFINED},     {"DataView", JS_UNDEFINED},      {"Error", JS_UNDEFINED},
    {"EvalError", JS_UNDEFINED},  {"RangeError", JS_UNDEFINED},    {"ReferenceError", JS_UNDEFINED},
    {"SyntaxError", JS_UNDEFINED}, {"TypeError", JS_UNDEFINED},    {"URIError", JS_UNDEFINED},
    {"AggregateError", JS_UNDEFINED}, {"InternalError", JS_UNDEFINED},
};

static JSValueConst class_of(const char *name)
{
    for (size_t i = 0; i < countof(classes); i++)
        if (!strcmp(classes[i].name, name))
            return classes[i].constructor;
    return JS_UNDEFINED;
}

static JSValue construct(JSContext *context, const char *name, int argc, JSValueConst *argv)
{
    return JS_CallConstructor(context, class_of(name), argc, argv);
}

/* The library says it, by a DOMException. */
static JSValue refuse(struct cloning *cloning, JSValueConst value)
{
    JSValue result = JS_Call(cloning->context, cloning->refuse, JS_UNDEFINED, 1, &value);

    JS_FreeValue(cloning->context, result);
    return JS_EXCEPTION;
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
        if (JS_DefinePropertyValueUint32(context, array, count++, JS_DupValue(context, key),
                                         JS_PROP_C_W_E) < 0 ||
            JS_DefinePropertyValueUint32(context, array, count++, JS_DupValue(context, value),
                                         JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, array);
            return JS_EXCEPTION;
        }
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

static JSValue clone_buffer(struct cloning *cloning, JSValueConst buffer)
{
    JSContext *context = cloning->context;
    size_t size;
    uint8_t *bytes = text_bytes_of(context, buffer, &size);

    if (bytes)
        return JS_NewArrayBufferCopy(context, bytes, size);
    JS_FreeValue(context, JS_GetException(context));
    return refuse(cloning, buffer);
}

static JSValue clone_view(struct cloning *cloning, JSValueConst view, enum engine_kind kind)
{
    JSContext *context = cloning->context;
    size_t offset, length, element = 1;
    JSValue arguments[3], copy = JS_EXCEPTION;

    if (kind == ENGINE_TYPED_ARRAY) {
        size_t unused;

        JS_FreeValue(context, JS_GetTypedArrayBuffer(context, view, &unused, &unused, &element));
        JS_FreeValue(context, JS_GetException(context));
    }
    arguments[0] = clone(cloning, engine_view_buffer(view, &offset, &length));
    arguments[1] = JS_NewInt64(context, (int64_t)offset);
    arguments[2] = JS_NewInt64(context, (int64_t)(length / (element ? element : 1)));
    if (!JS_IsException(arguments[0]))
        copy = kind == ENGINE_DATA_VIEW
                   ? construct(context, "DataView", 3, (JSValueConst *)arguments)
                   : JS_NewTypedArray(context, 3, (JSValueConst *)arguments,
                                      (JSTypedArrayEnum)JS_GetTypedArrayType(view));
    JS_FreeValue(context, arguments[0]);
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
    size_t length = strlen(name);

    return length >= 5 && !strcmp(name + length - 5, "Error") && !JS_IsUndefined(class_of(name));
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

static JSValue clone_boxed(struct cloning *cloning, JSValueConst boxed)
{
    JSValueConst value = engine_boxed_value(boxed);

    if (JS_IsSymbol(value))
        return refuse(cloning, boxed);
    return JS_Call(cloning->context, class_of("Object"), JS_UNDEFINED, 1, &value);
}

/* ---- All. ---- */

/* The empty copy of an object whose contents follow, or the whole copy (*whole). */
static JSValue new_copy(struct cloning *cloning, JSValueConst object, enum engine_kind kind,
                        bool *whole)
{
    JSContext *context = cloning->context;
    double date;

    *whole = true;
    switch (kind) {
    case ENGINE_BOXED:
        return clone_boxed(cloning, object);
    case ENGINE_DATE:
        if (JS_ToFloat64(context, &date, engine_boxed_value(object)))
            return JS_EXCEPTION;
        return JS_NewDate(context, date);
    case ENGINE_REGEXP:
        return clone_regexp(context, object);
    case ENGINE_ERROR:
        return clone_error(cloning, object);
    case ENGINE_ARRAY_BUFFER:
        return clone_buffer(cloning, object);
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
    default:
        return refuse(cloning, object);
    }
}

static int fill_copy(struct cloning *cloning, JSValueConst object, JSValueConst copy,
                     enum engine_kind kind)
{
    JSContext *context = cloning->context;

    if (kind == ENGINE_MAP || kind == ENGINE_SET)
        return clone_entries(cloning, object, copy, kind == ENGINE_MAP);
    /* The own property of an array: no setter is in the way. */
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
        return refuse(cloning, value);
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

static JSValue map_get, map_set, set_add;

/* (value, what throws for a value that cannot be cloned) */
static JSValue native_clone(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    struct cloning cloning = {.context = context,
                              .map_get = map_get,
                              .map_set = map_set,
                              .set_add = set_add,
                              .refuse = argv[1]};
    JSValue copy = JS_EXCEPTION;

    (void)this_value, (void)argc;
    cloning.copies = construct(context, "Map", 0, NULL);
    if (!JS_IsException(cloning.copies))
        copy = clone(&cloning, argv[0]);
    JS_FreeValue(context, cloning.copies);
    return copy;
}

/* (buffer): lets go of its bytes. */
static JSValue native_detach(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    (void)this_value, (void)argc;
    if (engine_kind(argv[0]) == ENGINE_ARRAY_BUFFER)
        JS_DetachArrayBuffer(context, argv[0]);
    return JS_UNDEFINED;
}

static JSValue method_of(JSContext *context, const char *class_name, const char *method)
{
    JSValue object = construct(context, class_name, 0, NULL);
    JSValue function = JS_GetPropertyStr(context, object, method);

    JS_FreeValue(context, object);
    return function;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("clone", 2, native_clone),
    JS_CFUNC_DEF("detach", 1, native_detach),
};

void clone_install(JSContext *context, JSValueConst native)
{
    JSValue global = JS_GetGlobalObject(context);

    for (size_t i = 0; i < countof(classes); i++)
        classes[i].constructor = JS_GetPropertyStr(context, global, classes[i].name);
    map_get = method_of(context, "Map", "get");
    map_set = method_of(context, "Map", "set");
    set_add = method_of(context, "Set", "add");
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
    JS_FreeValue(context, global);
}
