/*
 * native.c: what the library's modules need and the language has not: clocks, randomness, the insides of values.
 *
 * Owns nothing but the list. The functions are seen by the library alone, which calls them with arguments of the
 * right types; wrong ones are exceptions all the same.
 */
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "engine.h"
#include "guest.h"
#include "library.h"

/* ---- Clocks and randomness. ---- */

/* Nanoseconds of the monotonic clock, as a BigInt. */
static JSValue native_nanoseconds(JSContext *context, JSValueConst this_value, int argc,
                                  JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewBigUint64(context, loop_now());
}

/* Milliseconds of the wall clock, with a fraction. */
static JSValue native_wall(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    __wasi_timestamp_t now = 0;

    (void)this_value, (void)argc, (void)argv;
    if (__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &now))
        now = 0;
    return JS_NewFloat64(context, (double)now / 1e6);
}

/* Fills a view with random bytes. */
static JSValue native_random(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    size_t size;
    uint8_t *bytes = text_bytes_of(context, argv[0], &size);

    (void)this_value, (void)argc;
    if (!bytes)
        return JS_EXCEPTION;
    if (size > 0 && __wasi_random_get(bytes, size))
        return JS_ThrowInternalError(context, "random_get failed");
    return JS_UNDEFINED;
}

/* {used, total}: bytes of the heap that are in use, and of the memory that there is. */
static JSValue native_memory(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    JSValue object = JS_NewObject(context);
    JSMemoryUsage usage;

    (void)this_value, (void)argc, (void)argv;
    if (JS_IsException(object))
        return object;
    JS_ComputeMemoryUsage(guest.runtime, &usage);
    JS_DefinePropertyValueStr(context, object, "used", JS_NewInt64(context, usage.malloc_size),
                              JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(context, object, "total",
                              JS_NewInt64(context, (int64_t)__builtin_wasm_memory_size(0) * 65536),
                              JS_PROP_C_W_E);
    return object;
}

/* The program's arguments as an array, the first of which is its name. */
static JSValue native_script_arguments(JSContext *context, JSValueConst this_value, int argc,
                                       JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_DupValue(context, guest.arguments);
}

/* ---- Values. ---- */

/* (value, options): a value as text for people. Options are an object with all of them, or undefined. */
static JSValue native_inspect(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    struct inspect_options options = {INSPECT_USUAL};
    DynBuf text;

    (void)this_value;
    if (argc > 1 && JS_IsObject(argv[1]))
        options = inspect_options_of(context, argv[1]);
    text_init(context, &text);
    if (inspect_value(context, &text, argv[0], &options)) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return text_to_string(context, &text);
}

/* (arguments of console.log as an array): what it would print. */
static JSValue native_format(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    DynBuf text;

    (void)this_value;
    text_init(context, &text);
    if (console_format(context, &text, argc, argv)) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return text_to_string(context, &text);
}

/* What an object is, whatever its prototype says. */
static JSValue native_kind(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    static const char *const names[] = {
        [ENGINE_NOT_AN_OBJECT] = "",
        [ENGINE_PLAIN] = "object",
        [ENGINE_ARRAY] = "array",
        [ENGINE_ARGUMENTS] = "arguments",
        [ENGINE_FUNCTION] = "function",
        [ENGINE_ERROR] = "error",
        [ENGINE_BOXED] = "boxed",
        [ENGINE_DATE] = "date",
        [ENGINE_REGEXP] = "regexp",
        [ENGINE_ARRAY_BUFFER] = "arraybuffer",
        [ENGINE_SHARED_ARRAY_BUFFER] = "sharedarraybuffer",
        [ENGINE_TYPED_ARRAY] = "typedarray",
        [ENGINE_DATA_VIEW] = "dataview",
        [ENGINE_MAP] = "map",
        [ENGINE_SET] = "set",
        [ENGINE_WEAK_MAP] = "weakmap",
        [ENGINE_WEAK_SET] = "weakset",
        [ENGINE_WEAK_REF] = "weakref",
        [ENGINE_GENERATOR] = "generator",
        [ENGINE_ITERATOR] = "iterator",
        [ENGINE_MODULE] = "module",
        [ENGINE_PROXY] = "proxy",
        [ENGINE_PROMISE] = "promise",
    };

    (void)this_value, (void)argc;
    return JS_NewString(context, names[engine_kind(argv[0])]);
}

/* "normal", "class", "async", "generator" or "asyncgenerator". */
static JSValue native_function_kind(JSContext *context, JSValueConst this_value, int argc,
                                    JSValueConst *argv)
{
    static const char *const names[] = {
        [ENGINE_FUNCTION_NORMAL] = "normal",
        [ENGINE_FUNCTION_CLASS] = "class",
        [ENGINE_FUNCTION_ASYNC] = "async",
        [ENGINE_FUNCTION_GENERATOR] = "generator",
        [ENGINE_FUNCTION_ASYNC_GENERATOR] = "asyncgenerator",
    };

    (void)this_value, (void)argc;
    return JS_NewString(context, names[engine_function(argv[0])]);
}

/* The name of the class that an object was made as: "Uint8Array". */
static JSValue native_class_name(JSContext *context, JSValueConst this_value, int argc,
                                 JSValueConst *argv)
{
    JSAtom name;
    JSValue text;

    (void)this_value, (void)argc;
    if (!JS_IsObject(argv[0]))
        return JS_NewString(context, "");
    name = engine_class_name(context, argv[0]);
    text = JS_AtomToString(context, name);
    JS_FreeAtom(context, name);
    return text;
}

/* (value, name of a method, arguments …): a method as the program has it, whatever it was at the start. */
static JSValue native_invoke(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    JSAtom name = JS_ValueToAtom(context, argv[1]);
    JSValue result = name == JS_ATOM_NULL
                         ? JS_EXCEPTION
                         : engine_invoke_as_program(context, argv[0], name, argc - 2, argv + 2);

    (void)this_value;
    JS_FreeAtom(context, name);
    return result;
}

/* The list of names of the library's modules. */
static JSValue native_modules(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    JSValue list = JS_NewArray(context);
    const char *name;

    (void)this_value, (void)argc, (void)argv;
    for (uint32_t i = 0; !JS_IsException(list) && (name = library_nth(i)); i++) {
        if (JS_DefinePropertyValueUint32(context, list, i, JS_NewString(context, name),
                                         JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, list);
            list = JS_EXCEPTION;
        }
    }
    return list;
}

/* What require(name) gives for a module that programs may ask for; undefined where there is none. */
static JSValue native_public(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    const char *name = JS_ToCString(context, argv[0]);
    JSValue exports = JS_UNDEFINED;

    (void)this_value, (void)argc;
    if (!name)
        return JS_EXCEPTION;
    if (library_name(name))
        exports = library_require(context, name);
    JS_FreeCString(context, name);
    return exports;
}

/* (file, start): a line of a file of lines. */
static JSValue native_line(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    const char *name = JS_ToCString(context, argv[0]),
               *start = name ? JS_ToCString(context, argv[1]) : NULL;
    JSValue line = start ? library_line(context, name, start) : JS_EXCEPTION;

    (void)this_value, (void)argc;
    JS_FreeCString(context, name);
    JS_FreeCString(context, start);
    return line;
}

/* ---- The list. ---- */

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("nanoseconds", 0, native_nanoseconds),
    JS_CFUNC_DEF("wall", 0, native_wall),
    JS_CFUNC_DEF("random", 1, native_random),
    JS_CFUNC_DEF("memory", 0, native_memory),
    JS_CFUNC_DEF("scriptArguments", 0, native_script_arguments),
    JS_CFUNC_DEF("inspect", 1, native_inspect),
    JS_CFUNC_DEF("format", 0, native_format),
    JS_CFUNC_DEF("kind", 1, native_kind),
    JS_CFUNC_DEF("functionKind", 1, native_function_kind),
    JS_CFUNC_DEF("className", 1, native_class_name),
    JS_CFUNC_DEF("invoke", 2, native_invoke),
    JS_CFUNC_DEF("modules", 0, native_modules),
    JS_CFUNC_DEF("public", 1, native_public),
    JS_CFUNC_DEF("line", 2, native_line),
};

int native_install(JSContext *context, JSValueConst native)
{
    JSValue global = JS_GetGlobalObject(context);
    int status = 0;

    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
    loop_install_natives(context, native);
    async_install(context, native);
    bytes_install(context, native);
    clone_install(context, native);
    hash_install(context, native);
    files_install(context, native);
    commonjs_install_natives(context, native);
    /* Those of this moment, whatever a program makes of the globals. */
    if (JS_SetPropertyStr(context, native, "os", JS_GetPropertyStr(context, global, "os")) < 0 ||
        JS_SetPropertyStr(context, native, "version", JS_NewString(context, JS_GetVersion())) < 0 ||
        JS_SetPropertyStr(context, native, "std", JS_GetPropertyStr(context, global, "std")) < 0)
        status = -1;
    JS_FreeValue(context, global);
    return status;
}
