/*
 * commonjs.c: require, and the modules that are written for it.
 *
 * Owns the cache of modules (which programs see as require.cache) and, for modules that were imported, the names that their
 * source exports. A file runs once, in a function whose parameters are exports, require, module, __filename and
 * __dirname; what it requires while it is running itself gets the exports that there are so far. A module with import and export may be
 * required, too, if it does not await at its top level.
 *
 * Scripts have the five as globals, which are relative to the working directory.
 */
#include <string.h>

#include "engine.h"
#include "library.h"
#include "modules.h"

/* Module objects by path; arrays of names by path. */
static JSValue cache, shown_names;
static JSValue script_module;

static JSValue new_require(JSContext *context, const char *path);

static int define(JSContext *context, JSValueConst object, const char *name, JSValue value)
{
    return JS_DefinePropertyValueStr(context, object, name, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

/* An own property of one of our tables. */
static JSValue look_up(JSContext *context, JSValueConst table, const char *path)
{
    JSPropertyDescriptor found;
    JSAtom atom = JS_NewAtom(context, path);
    int there = atom == JS_ATOM_NULL ? -1 : JS_GetOwnProperty(context, &found, table, atom);

    JS_FreeAtom(context, atom);
    if (there < 0)
        return JS_EXCEPTION;
    if (there == 0)
        return JS_UNDEFINED;
    JS_FreeValue(context, found.getter);
    JS_FreeValue(context, found.setter);
    return found.value;
}

static void forget(JSContext *context, JSValueConst table, const char *path)
{
    JSAtom atom = JS_NewAtom(context, path);

    if (atom != JS_ATOM_NULL)
        JS_DeleteProperty(context, table, atom, 0);
    JS_FreeAtom(context, atom);
}

/* ---- Module objects. ---- */

static JSValue folder_of(JSContext *context, const char *path)
{
    const char *slash = strrchr(path, '/');

    return JS_NewStringLen(context, path, slash > path ? (size_t)(slash - path) : 1);
}

static JSValue new_module(JSContext *context, const char *path)
{
    JSValue module = JS_NewObject(context);

    if (JS_IsException(module))
        return module;
    if (define(context, module, "id", JS_NewString(context, path)) ||
        define(context, module, "path", folder_of(context, path)) ||
        define(context, module, "exports", JS_NewObject(context)) ||
        define(context, module, "filename", JS_NewString(context, path)) ||
        define(context, module, "loaded", JS_FALSE) ||
        define(context, module, "children", JS_NewArray(context)) ||
        define(context, module, "paths", JS_NewArray(context)) ||
        JS_DefinePropertyValueStr(context, module, "require", new_require(context, path),
                                  JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) < 0) {
        JS_FreeValue(context, module);
        return JS_EXCEPTION;
    }
    return module;
}

/* ---- Running a file. ---- */

/* On a line of its own, so that lines and columns are those of the source. */
static const char before[] = "(function (exports, require, module, __filename, __dirname) {\n";
static const char after[] = "\n})";

/* The source as the function's expression. */
static JSValue compile_function(JSContext *context, const char *path, const char *source,
                                size_t size)
{
    DynBuf text;
    JSValue function;

    text_init(context, &text);
    dbuf_putstr(&text, before);
    dbuf_put(&text, (const uint8_t *)source, size);
    dbuf_putstr(&text, after);
    dbuf_putc(&text, '\0');
    if (dbuf_error(&text)) {
        dbuf_free(&text);
        return JS_ThrowOutOfMemory(context);
    }
    /* A line of "#!" is a comment where no other text is before it. */
    if (size > 1 && source[0] == '#' && source[1] == '!')
        memcpy(text.buf + sizeof before - 1, "//", 2);
    function = engine_eval_from_line(context, (char *)text.buf, text.size - 1, path, 0);
    dbuf_free(&text);
    return function;
}

static JSValue run_file(JSContext *context, JSValueConst module, const char *path,
                        const char *source, size_t size)
{
    JSValue function = compile_function(context, path, source, size), result = JS_EXCEPTION;
    JSValue parameters[5];

    if (JS_IsException(function))
        return function;
    parameters[0] = look_up(context, module, "exports");
    parameters[1] = new_require(context, path);
    parameters[2] = JS_DupValue(context, module);
    parameters[3] = JS_NewString(context, path);
    parameters[4] = folder_of(context, path);
    result =
        JS_Call(context, function, parameters[0], countof(parameters), (JSValueConst *)parameters);
    for (size_t i = 0; i < countof(parameters); i++)
        JS_FreeValue(context, parameters[i]);
    JS_FreeValue(context, function);
    return result;
}

/* ---- Modules with import and export, required. ---- */

static JSValue throw_async(JSContext *context)
{
    modules_throw(
        context, "ERR_REQUIRE_ASYNC_MODULE",
        "require() cannot be used on an ESM graph with top-level await. Use import() instead.");
    return JS_EXCEPTION;
}

/* A module that has no other purpose than to import that one tells its namespace. Where it fails, the reason is thrown. */
static JSValue namespace_of(JSContext *context, JSValue promise, JSModuleDef *glue)
{
    JSValue reason, whole, result;
    int awaits;

    switch (JS_PromiseState(context, promise)) {
    case JS_PROMISE_FULFILLED:
        /* It may have been imported, and have awaited, long ago. */
        awaits = engine_module_awaits(context, glue);
        if (awaits)
            return awaits > 0 ? throw_async(context) : JS_EXCEPTION;
        whole = JS_GetModuleNamespace(context, glue);
        result = JS_GetPropertyStr(context, whole, "module");
        JS_FreeValue(context, whole);
        return result;
    case JS_PROMISE_REJECTED:
        reason = JS_PromiseResult(context, promise);
        loop_handled(context, promise);
        return JS_Throw(context, reason);
    default:
        loop_handled(context, promise);
        return throw_async(context);
    }
}

static JSValue require_module(JSContext *context, const char *path)
{
    JSValue name = JS_NewString(context, path);
    JSValue quoted = JS_JSONStringify(context, name, JS_UNDEFINED, JS_UNDEFINED);
    JSValue compiled, promise, result = JS_EXCEPTION;
    JSModuleDef *glue;
    DynBuf text;

    JS_FreeValue(context, name);
    text_init(context, &text);
    dbuf_putstr(&text, "import * as module from ");
    if (!text_put_value(context, &text, quoted) || dbuf_putstr(&text, "; export { module };") ||
        dbuf_putc(&text, '\0'))
        goto done;
    compiled = JS_Eval(context, (char *)text.buf, text.size - 1, "<require>",
                       JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(compiled))
        goto done;
    glue = JS_VALUE_GET_PTR(compiled);
    promise = JS_EvalFunction(context, compiled);
    if (!JS_IsException(promise))
        result = namespace_of(context, promise, glue);
    JS_FreeValue(context, promise);
done:
    dbuf_free(&text);
    JS_FreeValue(context, quoted);
    return result;
}

/* ---- Loading. ---- */

/* The format of a file whose name does not tell. */
static enum resolve_format format_of(JSContext *context, const char *path, const char *source,
                                     size_t size)
{
    enum resolve_format format = resolve_format(context, path);

    if (format != RESOLVE_EITHER)
        return format;
    return syntax_is_module(context, source, size) ? RESOLVE_MODULE : RESOLVE_COMMONJS;
}

static int fill_module(JSContext *context, JSValueConst module, const char *path)
{
    size_t size;
    char *source = modules_source(context, path, &size);
    JSValue result = JS_EXCEPTION;
    enum resolve_format format;

    if (!source)
        return -1;
    format = format_of(context, path, source, size);
    if (format == RESOLVE_COMMONJS) {
        result = run_file(context, module, path, source, size);
        js_free(context, source);
    } else {
        result = format == RESOLVE_JSON ? JS_ParseJSON(context, source, size, path) : JS_UNDEFINED;
        js_free(context, source);
        if (format == RESOLVE_MODULE)
            result = require_module(context, path);
        if (!JS_IsException(result))
            define(context, module, "exports", JS_DupValue(context, result));
    }
    if (JS_IsException(result))
        return -1;
    JS_FreeValue(context, result);
    return define(context, module, "loaded", JS_TRUE);
}

/* The exports of a file, which runs if it never did. */
static JSValue require_file(JSContext *context, const char *path)
{
    JSValue module = look_up(context, cache, path), exports;

    if (!JS_IsObject(module)) {
        JS_FreeValue(context, module);
        module = new_module(context, path);
        if (JS_IsException(module))
            return module;
        if (define(context, cache, path, JS_DupValue(context, module)) ||
            fill_module(context, module, path)) {
            JSValue thrown = JS_GetException(context);

            forget(context, cache, path);
            JS_FreeValue(context, module);
            return JS_Throw(context, thrown);
        }
    }
    exports = look_up(context, module, "exports");
    JS_FreeValue(context, module);
    return exports;
}

/* ---- require(…) and what hangs on it. ---- */

/* What `name` means for the file in data[0]: to be freed with js_free. */
static char *resolve(JSContext *context, JSValueConst base, JSValueConst name)
{
    const char *from = JS_ToCString(context, base);
    const char *wanted = NULL;
    char *path = NULL;

    if (from && !JS_IsString(name))
        JS_ThrowTypeError(context, "The \"id\" argument must be of type string");
    else if (from)
        wanted = JS_ToCString(context, name);
    if (wanted)
        path = resolve_module(context, from, wanted, true);
    JS_FreeCString(context, wanted);
    JS_FreeCString(context, from);
    return path;
}

static JSValue require(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                       int magic, JSValueConst *data)
{
    char *path = resolve(context, data[0], argc > 0 ? argv[0] : JS_UNDEFINED);
    JSValue exports = JS_EXCEPTION;

    (void)this_value, (void)magic;
    if (path)
        exports =
            path[0] == '/' ? require_file(context, path) : modules_require_builtin(context, path);
    js_free(context, path);
    return exports;
}

/* {paths: [folder, …]} of require.resolve: from the first that has it. */
static char *resolve_from(JSContext *context, JSValueConst paths, JSValueConst name)
{
    char *path = NULL;
    int64_t count = 0;
    JSValue length = JS_GetPropertyStr(context, paths, "length");

    JS_ToInt64(context, &count, length);
    JS_FreeValue(context, length);
    for (uint32_t i = 0; i < count && !path; i++) {
        JSValue folder = JS_GetPropertyUint32(context, paths, i), base;
        DynBuf text;

        JS_FreeValue(context, JS_GetException(context));
        text_init(context, &text);
        text_put_value(context, &text, folder);
        dbuf_putstr(&text, "/[require]");
        base = text_to_string(context, &text);
        path = resolve(context, base, name);
        JS_FreeValue(context, base);
        JS_FreeValue(context, folder);
    }
    return path;
}

static JSValue require_resolve(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv, int magic, JSValueConst *data)
{
    JSValueConst name = argc > 0 ? argv[0] : JS_UNDEFINED;
    JSValue paths = argc > 1 && JS_IsObject(argv[1]) ? JS_GetPropertyStr(context, argv[1], "paths")
                                                     : JS_UNDEFINED;
    JSValue result = JS_EXCEPTION;
    char *path;

    (void)this_value, (void)magic;
    if (JS_IsException(paths))
        return paths;
    path =
        JS_IsObject(paths) ? resolve_from(context, paths, name) : resolve(context, data[0], name);
    if (path)
        result = JS_NewString(context, path);
    js_free(context, path);
    JS_FreeValue(context, paths);
    return result;
}

static JSValue new_require(JSContext *context, const char *path)
{
    JSValue base = JS_NewString(context, path);
    JSValue function = JS_NewCFunctionData(context, require, 1, 0, 1, (JSValueConst *)&base);
    JSValue resolver =
        JS_NewCFunctionData(context, require_resolve, 2, 0, 1, (JSValueConst *)&base);
    int failed = JS_IsException(base) || JS_IsException(function) || JS_IsException(resolver);

    JS_FreeValue(context, base);
    if (failed) {
        JS_FreeValue(context, resolver);
    } else {
        failed =
            JS_DefinePropertyValueStr(context, function, "name", JS_NewString(context, "require"),
                                      JS_PROP_CONFIGURABLE) < 0 ||
            define(context, function, "resolve", resolver) ||
            define(context, function, "main", JS_DupValue(context, script_module)) ||
            define(context, function, "extensions", JS_NewObject(context)) ||
            define(context, function, "cache", JS_DupValue(context, cache));
    }
    if (!failed)
        return function;
    JS_FreeValue(context, function);
    return JS_EXCEPTION;
}

/* (absolute path of a file): its `require`; node:module makes createRequire of it. */
static JSValue create_require(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    const char *path = JS_ToCString(context, argv[0]);
    JSValue function = path ? new_require(context, path) : JS_EXCEPTION;

    (void)this_value, (void)argc;
    JS_FreeCString(context, path);
    return function;
}

void commonjs_install_natives(JSContext *context, JSValueConst native)
{
    JS_SetPropertyStr(context, native, "createRequire",
                      JS_NewCFunction(context, create_require, "createRequire", 1));
}

/* ---- Imported by modules. ---- */

/* Names, and modules whose names are to be added. */
struct names {
    JSContext *context;
    JSValue found; /* an object, for each name once */
    JSValue again; /* an array of what stands in require(…) */
    uint32_t again_count;
    bool failed;
};

static void on_name(void *user, const char *text, size_t size)
{
    struct names *names = user;
    JSAtom atom = JS_NewAtomLen(names->context, text, size);

    if (atom == JS_ATOM_NULL ||
        JS_DefinePropertyValue(names->context, names->found, atom, JS_TRUE, JS_PROP_C_W_E) < 0)
        names->failed = true;
    JS_FreeAtom(names->context, atom);
}

static void on_again(void *user, const char *text, size_t size)
{
    struct names *names = user;

    if (JS_DefinePropertyValueUint32(names->context, names->again, names->again_count++,
                                     JS_NewStringLen(names->context, text, size),
                                     JS_PROP_C_W_E) < 0)
        names->failed = true;
}

#define AGAIN_DEPTH 64

static void collect(struct names *names, const char *path, const char *source, size_t size,
                    int depth);

/* The names of a module that another one exports again; what cannot be read has none. */
static void collect_from(struct names *names, const char *base, JSValueConst name, int depth)
{
    JSContext *context = names->context;
    const char *wanted = JS_ToCString(context, name);
    char *path = wanted ? resolve_module(context, base, wanted, true) : NULL;
    enum resolve_format format =
        path && path[0] == '/' ? resolve_format(context, path) : RESOLVE_JSON;
    size_t size;
    char *source = format == RESOLVE_COMMONJS || format == RESOLVE_EITHER
                       ? modules_source(context, path, &size)
                       : NULL;

    JS_FreeValue(context, JS_GetException(context));
    if (source)
        collect(names, path, source, size, depth);
    js_free(context, source);
    js_free(context, path);
    JS_FreeCString(context, wanted);
}

static void collect(struct names *names, const char *path, const char *source, size_t size,
                    int depth)
{
    struct names inner = *names;
    const struct exports_found found = {on_name, on_again, &inner};

    inner.again = JS_NewArray(names->context);
    inner.again_count = 0;
    exports_read(source, size, &found);
    for (uint32_t i = 0; i < inner.again_count && depth < AGAIN_DEPTH && !inner.failed; i++) {
        JSValue name = JS_GetPropertyUint32(names->context, inner.again, i);

        collect_from(&inner, path, name, depth + 1);
        JS_FreeValue(names->context, name);
    }
    JS_FreeValue(names->context, inner.again);
    names->failed = names->failed || inner.failed;
}

/* Calls `each` for every name but "default". */
static int
for_each_name(JSContext *context, JSModuleDef *module, JSValueConst names, JSValueConst exports,
              int (*each)(JSContext *, JSModuleDef *, JSValueConst, JSAtom, const char *))
{
    JSPropertyEnum *list;
    uint32_t count;
    int status = 0;

    if (JS_GetOwnPropertyNames(context, &list, &count, names, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(context, list[i].atom);

        if (!name || (status == 0 && strcmp(name, "default") &&
                      each(context, module, exports, list[i].atom, name)))
            status = -1;
        JS_FreeCString(context, name);
        JS_FreeAtom(context, list[i].atom);
    }
    js_free(context, list);
    return status;
}

static int add_name(JSContext *context, JSModuleDef *module, JSValueConst exports, JSAtom atom,
                    const char *name)
{
    (void)exports, (void)atom;
    return JS_AddModuleExport(context, module, name);
}

static int set_name(JSContext *context, JSModuleDef *module, JSValueConst exports, JSAtom atom,
                    const char *name)
{
    JSValue value = JS_UNDEFINED;

    if (JS_IsObject(exports) && JS_GetOwnProperty(context, NULL, exports, atom) > 0)
        value = JS_GetProperty(context, exports, atom);
    return JS_IsException(value) ? -1 : JS_SetModuleExport(context, module, name, value);
}

/* The module's turn to run. */
static int run_module(JSContext *context, JSModuleDef *module)
{
    JSAtom atom = JS_GetModuleName(context, module);
    const char *path = JS_AtomToCString(context, atom);
    JSValue names = path ? look_up(context, shown_names, path) : JS_EXCEPTION;
    JSValue exports = path ? require_file(context, path) : JS_EXCEPTION;
    int status = -1;

    if (!JS_IsException(exports) &&
        !JS_SetModuleExport(context, module, "default", JS_DupValue(context, exports)))
        status = for_each_name(context, module, names, exports, set_name);
    if (path)
        forget(context, shown_names, path);
    JS_FreeValue(context, exports);
    JS_FreeValue(context, names);
    JS_FreeCString(context, path);
    JS_FreeAtom(context, atom);
    return status;
}

JSModuleDef *commonjs_as_module(JSContext *context, const char *path, const char *source,
                                size_t size)
{
    struct names names = {.context = context, .found = JS_NewObjectProto(context, JS_NULL)};
    JSModuleDef *module = NULL;

    collect(&names, path, source, size, 0);
    if (names.failed)
        JS_ThrowOutOfMemory(context);
    else
        module = JS_NewCModule(context, path, run_module);
    if (module && (JS_AddModuleExport(context, module, "default") ||
                   for_each_name(context, module, names.found, JS_UNDEFINED, add_name) ||
                   define(context, shown_names, path, JS_DupValue(context, names.found))))
        module = NULL;
    JS_FreeValue(context, names.found);
    return module;
}

/* ---- Installing. ---- */

static int add_global(JSContext *context, JSValueConst global, const char *name, JSValue value)
{
    return JS_DefinePropertyValueStr(context, global, name, value,
                                     JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0
               ? -1
               : 0;
}

int commonjs_name_script(JSContext *context, const char *name)
{
    JSValue global = JS_GetGlobalObject(context);
    char *path = modules_absolute_path(context, name);
    int status = -1;

    if (path && !define(context, script_module, "id", JS_NewString(context, ".")) &&
        !define(context, script_module, "filename", JS_NewString(context, path)) &&
        !define(context, script_module, "path", folder_of(context, path)) &&
        !add_global(context, global, "__filename", JS_NewString(context, path)) &&
        !add_global(context, global, "__dirname", folder_of(context, path)))
        status = 0;
    js_free(context, path);
    JS_FreeValue(context, global);
    return status;
}

int commonjs_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);
    int status = -1;

    cache = JS_NewObjectProto(context, JS_NULL);
    shown_names = JS_NewObjectProto(context, JS_NULL);
    script_module = JS_UNDEFINED;
    script_module = new_module(context, "");
    if (!JS_IsException(script_module) &&
        !add_global(context, global, "require", new_require(context, "")) &&
        !add_global(context, global, "module", JS_DupValue(context, script_module)) &&
        !add_global(context, global, "exports", look_up(context, script_module, "exports")))
        status = 0;
    JS_FreeValue(context, global);
    return status;
}
