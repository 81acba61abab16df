/*
 * library.c: the modules that come with the guest: `node:` modules, what lies behind the globals of the web, and the
 * packages that they use.
 *
 * Owns the table of them. Their sources (lib/, and what guest/pins names; build.sh makes the table) are compiled when
 * the guest starts, which is before an image is made of it, and are kept as bytecode: a sandbox pays for those that
 * its program asks for, and a collection of garbage does not walk through the others.
 *
 * A module is a function of (exports, require, module, native), as CommonJS has it, which sees the language as it was when the image
 * was made (originals.c). Names: "node:fs", "web:url",
 * "npm:punycode/punycode"; a program finds those of "node:", by this name or without the prefix.
 *
 * Invariant: a module runs at most once in a sandbox; one that failed may be tried again.
 */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "library.h"

struct source_text {
    const char *name;
    const uint8_t *text;
    size_t size; /* a NUL follows */
};

/* Defines `sources`, sorted by name. */
#include "library_sources.h"

#define COUNT countof(sources)

static struct {
    uint8_t *bytecode;
    size_t size;
    JSValue module; /* its `module` object once it runs; else undefined */
} library[COUNT];

static JSValue native;

static const char before[] = "(function (exports, require, module, native) {";
static const char after[] = "\n})";

/* ---- Names. ---- */

static int compare(const void *name, const void *entry)
{
    return strcmp(name, ((const struct source_text *)entry)->name);
}

static int find(const char *name)
{
    const struct source_text *found = bsearch(name, sources, COUNT, sizeof *sources, compare);

    return found ? (int)(found - sources) : -1;
}

/* Index of the module that a program may ask for by `name`, or -1. */
static int find_public(const char *name)
{
    char full[64];

    if (!strncmp(name, "node:", 5))
        name += 5;
    if ((size_t)snprintf(full, sizeof full, "node:%s", name) >= sizeof full)
        return -1;
    return find(full);
}

const char *library_name(const char *name)
{
    int index = find_public(name);

    return index < 0 ? NULL : sources[index].name;
}

const char *library_nth(size_t index)
{
    return index < COUNT ? sources[index].name : NULL;
}

/* ---- Compiling. ---- */

/* A file of JSON stays text until it is asked for … */
static bool is_json(size_t index)
{
    return js__has_suffix(sources[index].name, ".json");
}

/* … and one of lines is never read as a whole. */
static bool is_lines(size_t index)
{
    return js__has_suffix(sources[index].name, ".txt");
}

static int compile(JSContext *context, size_t index)
{
    const struct source_text *source = &sources[index];
    DynBuf text;
    JSValue function;

    text_init(context, &text);
    dbuf_putstr(&text, before);
    dbuf_put(&text, source->text, source->size);
    dbuf_put(&text, (const uint8_t *)after, sizeof after);
    if (dbuf_error(&text)) {
        dbuf_free(&text);
        return -1;
    }
    function = JS_Eval(context, (const char *)text.buf, text.size - 1, source->name,
                       JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    dbuf_free(&text);
    if (JS_IsException(function))
        return -1;
    library[index].bytecode = JS_WriteObject(context, &library[index].size, function,
                                             JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    JS_FreeValue(context, function);
    return library[index].bytecode ? 0 : -1;
}

/* ---- Running. ---- */

static JSValue require(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                       int magic, JSValueConst *data);

static JSValue new_require(JSContext *context, const char *name)
{
    JSValue base = JS_NewString(context, name);
    JSValue function = JS_NewCFunctionData(context, require, 1, 0, 1, (JSValueConst *)&base);

    JS_FreeValue(context, base);
    return function;
}

static int run(JSContext *context, size_t index, JSValueConst module)
{
    JSValue compiled = JS_ReadObject(context, library[index].bytecode, library[index].size,
                                     JS_READ_OBJ_BYTECODE | JS_READ_OBJ_LIBRARY);
    JSValue function = JS_IsException(compiled) ? compiled : JS_EvalFunction(context, compiled);
    JSValue result = JS_EXCEPTION, arguments[4];

    if (JS_IsException(function))
        return -1;
    arguments[0] = JS_GetPropertyStr(context, module, "exports");
    arguments[1] = new_require(context, sources[index].name);
    arguments[2] = JS_DupValue(context, module);
    arguments[3] = JS_DupValue(context, native);
    if (!JS_IsException(arguments[0]) && !JS_IsException(arguments[1]))
        result =
            JS_Call(context, function, arguments[0], countof(arguments), (JSValueConst *)arguments);
    for (size_t i = 0; i < countof(arguments); i++)
        JS_FreeValue(context, arguments[i]);
    JS_FreeValue(context, function);
    JS_FreeValue(context, result);
    return JS_IsException(result) ? -1 : 0;
}

static JSValue load_json(JSContext *context, size_t index)
{
    return JS_ParseJSON(context, (const char *)sources[index].text, sources[index].size,
                        sources[index].name);
}

static JSValue load(JSContext *context, size_t index)
{
    JSValue module;

    if (!JS_IsUndefined(library[index].module))
        return JS_GetPropertyStr(context, library[index].module, "exports");
    if (is_json(index))
        return load_json(context, index);
    module = JS_NewObject(context);
    if (JS_IsException(module) ||
        JS_DefinePropertyValueStr(context, module, "exports", JS_NewObject(context),
                                  JS_PROP_C_W_E) < 0) {
        JS_FreeValue(context, module);
        return JS_EXCEPTION;
    }
    /* Before it runs, so that modules may ask for each other. */
    library[index].module = module;
    if (run(context, index, module)) {
        library[index].module = JS_UNDEFINED;
        JS_FreeValue(context, module);
        return JS_EXCEPTION;
    }
    return JS_GetPropertyStr(context, library[index].module, "exports");
}

/* "./x" and "../x" as seen from `base`, in place of the last part of it; without the ending ".js". */
static void resolve(char *full, size_t room, const char *base, const char *name)
{
    size_t size;

    snprintf(full, room, "%s", base);
    do {
        char *slash = strrchr(full, '/');

        if (slash)
            *slash = '\0';
        if (!strncmp(name, "../", 3))
            name += 3;
        else
            break;
    } while (true);
    if (!strncmp(name, "./", 2))
        name += 2;
    size = strlen(full);
    snprintf(full + size, room - size, "/%s", name);
    size = strlen(full);
    if (size > 3 && !strcmp(full + size - 3, ".js"))
        full[size - 3] = '\0';
}

static int find_from(const char *base, const char *name)
{
    char full[128];
    int index;

    if (name[0] == '.') {
        resolve(full, sizeof full, base, name);
        return find(full);
    }
    index = find(name);
    if (index >= 0)
        return index;
    /* "punycode/" is a package, where "punycode" might be a module of Node's. */
    snprintf(full, sizeof full, "npm:%.*s", (int)(strlen(name) - js__has_suffix(name, "/")), name);
    index = find(full);
    return index < 0 ? find_public(full + 4) : index;
}

static JSValue require(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                       int magic, JSValueConst *data)
{
    const char *base = JS_ToCString(context, data[0]),
               *name = base ? JS_ToCString(context, argv[0]) : NULL;
    JSValue result = JS_EXCEPTION;
    int index = name ? find_from(base, name) : -1;

    (void)this_value, (void)argc, (void)magic;
    if (index >= 0)
        result = load(context, (size_t)index);
    else if (name)
        JS_ThrowReferenceError(context, "no module '%s' in the library (asked for by %s)", name,
                               base);
    JS_FreeCString(context, base);
    JS_FreeCString(context, name);
    return result;
}

JSValue library_require(JSContext *context, const char *name)
{
    int index = find_public(name);

    if (index < 0)
        return JS_ThrowReferenceError(context, "no module '%s' in the library", name);
    return load(context, (size_t)index);
}

JSValue library_line(JSContext *context, const char *name, const char *start)
{
    int index = find(name);
    const char *text, *line, *end;
    char wanted[128];

    if (index < 0 || !is_lines((size_t)index))
        return JS_ThrowReferenceError(context, "no lines '%s' in the library", name);
    if ((size_t)snprintf(wanted, sizeof wanted, "\n%s", start) >= sizeof wanted)
        return JS_UNDEFINED;
    text = (const char *)sources[index].text;
    line = memmem(text, sources[index].size, wanted, strlen(wanted));
    if (!line)
        return JS_UNDEFINED;
    end = strchr(++line, '\n');
    return JS_NewStringLen(context, line, (size_t)(end - line));
}

/* ---- For inspect.c. ---- */

static JSValue from_inspect(JSContext *context, const char *name)
{
    JSValue exports = load(context, (size_t)find("web:inspect")), value;

    if (JS_IsException(exports))
        return exports;
    value = JS_GetPropertyStr(context, exports, name);
    JS_FreeValue(context, exports);
    return value;
}

JSValue library_inspect(JSContext *context)
{
    return from_inspect(context, "ask");
}

JSValue library_inspect_options(JSContext *context, JSValueConst given)
{
    JSValue function = from_inspect(context, "complete"), options;

    if (JS_IsException(function))
        return function;
    options = JS_Call(context, function, JS_UNDEFINED, 1, &given);
    JS_FreeValue(context, function);
    return options;
}

/* ---- For text.c. ---- */

JSValue library_decoder(JSContext *context, JSValueConst label, bool fatal, bool keep_mark)
{
    JSValue exports = load(context, (size_t)find("web:encodings")), function, decoder;
    JSValue arguments[3];

    if (JS_IsException(exports))
        return exports;
    function = JS_GetPropertyStr(context, exports, "decoderOf");
    arguments[0] = JS_DupValue(context, label);
    arguments[1] = JS_NewBool(context, fatal);
    arguments[2] = JS_NewBool(context, keep_mark);
    decoder = JS_Call(context, function, JS_UNDEFINED, 3, (JSValueConst *)arguments);
    JS_FreeValue(context, arguments[0]);
    JS_FreeValue(context, function);
    JS_FreeValue(context, exports);
    return decoder;
}

/* ---- For import. ---- */

static int fill(JSContext *context, JSModuleDef *module)
{
    JSAtom atom = JS_GetModuleName(context, module);
    const char *name = JS_AtomToCString(context, atom);
    JSValue exports = name ? library_require(context, name) : JS_EXCEPTION;
    int status = JS_IsException(exports) ? -1 : modules_set_exports(context, module, exports);

    JS_FreeValue(context, exports);
    JS_FreeCString(context, name);
    JS_FreeAtom(context, atom);
    return status;
}

JSModuleDef *library_module(JSContext *context, const char *name)
{
    JSValue exports = library_require(context, name);
    JSModuleDef *module = JS_IsException(exports) ? NULL : JS_NewCModule(context, name, fill);

    if (module && modules_add_exports(context, module, exports))
        module = NULL;
    JS_FreeValue(context, exports);
    return module;
}

/* ---- Start. ---- */

int library_install(JSContext *context)
{
    JSValue globals;
    int index = find("web:globals");

    for (size_t i = 0; i < COUNT; i++) {
        library[i].module = JS_UNDEFINED;
        if (!is_json(i) && !is_lines(i) && compile(context, i))
            return -1;
    }
    native = JS_NewObject(context);
    if (JS_IsException(native) || native_install(context, native))
        return -1;
    globals = load(context, (size_t)index);
    JS_FreeValue(context, globals);
    return JS_IsException(globals) ? -1 : 0;
}
