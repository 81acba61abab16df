/*
 * define.c: properties that the library defines, whatever a program makes of Object.prototype.
 *
 * Owns nothing. A descriptor of JavaScript inherits: with a `get` on Object.prototype every `{ value: 1 }` is both, and an
 * error. The library's modules call these functions instead of Object's (library.c sees to that), which look at own properties alone.
 */
#include "guest.h"
#include "library.h"

/* A field of a descriptor that is its own: 1 when it is there, -1 with an exception pending. */
static int own(JSContext *context, JSValueConst descriptor, const char *name, JSValue *value)
{
    JSAtom atom = JS_NewAtom(context, name);
    int found = atom == JS_ATOM_NULL ? -1 : JS_GetOwnProperty(context, NULL, descriptor, atom);

    *value = found > 0 ? JS_GetProperty(context, descriptor, atom) : JS_UNDEFINED;
    JS_FreeAtom(context, atom);
    return JS_IsException(*value) ? -1 : found;
}

static int define(JSContext *context, JSValueConst object, JSAtom name, JSValueConst descriptor)
{
    static const struct {
        const char *name;
        int has, is;
    } flags[] = {
        {"writable", JS_PROP_HAS_WRITABLE, JS_PROP_WRITABLE},
        {"enumerable", JS_PROP_HAS_ENUMERABLE, JS_PROP_ENUMERABLE},
        {"configurable", JS_PROP_HAS_CONFIGURABLE, JS_PROP_CONFIGURABLE},
    };
    static const struct {
        const char *name;
        int has;
    } parts[] = {{"value", JS_PROP_HAS_VALUE}, {"get", JS_PROP_HAS_GET}, {"set", JS_PROP_HAS_SET}};
    JSValue values[3] = {JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED}, flag;
    int all = JS_PROP_THROW, status = JS_IsObject(descriptor) ? 0 : -1;

    if (status < 0)
        JS_ThrowTypeError(context, "Property description must be an object");
    for (size_t i = 0; i < countof(parts) && status >= 0; i++) {
        status = own(context, descriptor, parts[i].name, &values[i]);
        all |= status > 0 ? parts[i].has : 0;
    }
    for (size_t i = 0; i < countof(flags) && status >= 0; i++) {
        status = own(context, descriptor, flags[i].name, &flag);
        if (status > 0)
            all |= flags[i].has | (JS_ToBool(context, flag) ? flags[i].is : 0);
        JS_FreeValue(context, flag);
    }
    if (status >= 0)
        status = JS_DefineProperty(context, object, name, values[0], values[1], values[2], all);
    for (size_t i = 0; i < countof(values); i++)
        JS_FreeValue(context, values[i]);
    return status < 0 ? -1 : 0;
}

static int define_all(JSContext *context, JSValueConst object, JSValueConst descriptors)
{
    JSPropertyEnum *names;
    uint32_t count;
    int status = 0;

    if (JS_GetOwnPropertyNames(context, &names, &count, descriptors,
                               JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (status == 0) {
            JSValue descriptor = JS_GetProperty(context, descriptors, names[i].atom);

            status = JS_IsException(descriptor)
                         ? -1
                         : define(context, object, names[i].atom, descriptor);
            JS_FreeValue(context, descriptor);
        }
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return status;
}

/* (object, name, descriptor) */
static JSValue define_property(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    JSAtom name;
    int status;

    (void)this_value, (void)argc;
    if (!JS_IsObject(argv[0]))
        return JS_ThrowTypeError(context, "not an object");
    name = JS_ValueToAtom(context, argv[1]);
    status = name == JS_ATOM_NULL ? -1 : define(context, argv[0], name, argv[2]);
    JS_FreeAtom(context, name);
    return status ? JS_EXCEPTION : JS_DupValue(context, argv[0]);
}

/* (object, descriptors by their names) */
static JSValue define_properties(JSContext *context, JSValueConst this_value, int argc,
                                 JSValueConst *argv)
{
    (void)this_value, (void)argc;
    if (!JS_IsObject(argv[0]))
        return JS_ThrowTypeError(context, "not an object");
    return define_all(context, argv[0], argv[1]) ? JS_EXCEPTION : JS_DupValue(context, argv[0]);
}

/* (prototype, descriptors by their names) */
static JSValue create(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue object = JS_NewObjectProto(context, argv[0]);

    (void)this_value;
    if (!JS_IsException(object) && argc > 1 && !JS_IsUndefined(argv[1]) &&
        define_all(context, object, argv[1])) {
        JS_FreeValue(context, object);
        return JS_EXCEPTION;
    }
    return object;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("defineProperty", 3, define_property),
    JS_CFUNC_DEF("defineProperties", 2, define_properties),
    JS_CFUNC_DEF("create", 1, create),
};

void define_install(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
}
