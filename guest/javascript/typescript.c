/*
 * typescript.c: TypeScript as JavaScript, and positions back.
 *
 * Owns a second runtime, in which TypeScript's own compiler lives (guest/pins) behind typescript.js: nothing that a program
 * does to its own objects reaches it, and no collection of the program's garbage walks through it. And the maps of the sources that were compiled, by name: where types were merely
 * blanked out there is none, for nothing has moved.
 *
 * Two guests are built from one set of objects: that of JavaScript has no compiler in it, and refuses TypeScript.
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "guest.h"
#include "typescript.h"
#include "typescript_scripts.h"

struct segment {
    int32_t line, column, source_line, source_column; /* from 0 */
};

struct map {
    struct map *next;
    char *name;
    struct segment *segments; /* by line and column */
    size_t count;
};

static JSRuntime *runtime;
static JSContext *compiler;
static JSValue strip;
static struct map *maps;

bool typescript_is_there(void)
{
    return compiler != NULL;
}

bool typescript_is_name(const char *path)
{
    return js__has_suffix(path, ".ts") || js__has_suffix(path, ".mts") ||
           js__has_suffix(path, ".cts");
}

/* ---- Loading the compiler. ---- */

/* So much may be used while it is loaded, which makes little garbage. */
#define LOADING_BYTES (96u << 20)

static int run_script(const struct typescript_script *script)
{
    JSValue compiled =
        JS_ReadObject(compiler, script->bytecode, script->size, JS_READ_OBJ_BYTECODE);
    JSValue result = JS_IsException(compiled) ? compiled : JS_EvalFunction(compiler, compiled);

    JS_FreeValue(compiler, result);
    return JS_IsException(result) ? -1 : 0;
}

/* What the compiler threw, as text: to be freed with JS_FreeCString of it. */
static const char *reason(void)
{
    JSValue error = JS_GetException(compiler);
    const char *text = JS_ToCString(compiler, error);

    JS_FreeValue(compiler, error);
    return text;
}

int typescript_install(void)
{
    JSValue global;

    if (typescript_script_count == 0)
        return 0;
    runtime = heap_new_runtime();
    compiler = runtime ? JS_NewContext(runtime) : NULL;
    if (!compiler)
        return -1;
    JS_SetMaxStackSize(runtime, STACK_FOR_JAVASCRIPT);
    JS_SetGCThreshold(runtime, LOADING_BYTES);
    for (size_t i = 0; i < typescript_script_count; i++) {
        if (run_script(&typescript_scripts[i])) {
            fprintf(stderr, "belljar: typescript: %s\n", reason());
            return -1;
        }
    }
    global = JS_GetGlobalObject(compiler);
    strip = JS_GetPropertyStr(compiler, global, "strip");
    JS_FreeValue(compiler, global);
    /* What is collected from now on is what one source left behind. */
    return JS_IsFunction(compiler, strip) ? engine_freeze(compiler) : -1;
}

/* ---- Positions. ---- */

static struct map *find_map(const char *name)
{
    for (struct map *map = maps; map; map = map->next)
        if (!strcmp(map->name, name))
            return map;
    return NULL;
}

static void forget_map(const char *name)
{
    for (struct map **at = &maps; *at; at = &(*at)->next) {
        struct map *map = *at;

        if (strcmp(map->name, name))
            continue;
        *at = map->next;
        free(map->name);
        free(map->segments);
        free(map);
        return;
    }
}

static int keep_map(const char *name, const uint8_t *bytes, size_t size)
{
    struct map *map = calloc(1, sizeof *map);

    if (map) {
        map->name = strdup(name);
        map->segments = malloc(size + 1);
        map->count = size / sizeof *map->segments;
    }
    if (!map || !map->name || !map->segments) {
        if (map) {
            free(map->name);
            free(map->segments);
        }
        free(map);
        return -1;
    }
    memcpy(map->segments, bytes, map->count * sizeof *map->segments);
    map->next = maps;
    maps = map;
    return 0;
}

bool typescript_has_maps(void)
{
    return maps != NULL;
}

/* The last segment of a line that is not behind the column. */
void typescript_position(const char *name, int *line, int *column)
{
    const struct map *map = maps ? find_map(name) : NULL;
    size_t low = 0, high = map ? map->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct segment *at = &map->segments[middle];

        if (at->line < *line - 1 || (at->line == *line - 1 && at->column <= *column - 1))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || map->segments[low - 1].line != *line - 1)
        return;
    *line = map->segments[low - 1].source_line + 1;
    *column = map->segments[low - 1].source_column + 1;
}

/* ---- Stripping. ---- */

static int32_t number_of(JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(compiler, object, name);
    int32_t number = 0;

    JS_ToInt32(compiler, &number, value);
    JS_FreeValue(compiler, value);
    return number;
}

static bool is_true(JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(compiler, object, name);
    bool is = JS_ToBool(compiler, value) > 0;

    JS_FreeValue(compiler, value);
    return is;
}

/* As the engine itself throws one: the position is the first line of its stack. */
static void throw_error(JSContext *context, const char *name, JSValueConst told)
{
    JSValue text = JS_GetPropertyStr(compiler, told, "error"), error;
    const char *message = JS_ToCString(compiler, text);
    char place[32];
    DynBuf stack;

    JS_ThrowSyntaxError(context, "%s", message ? message : "wrong");
    error = JS_GetException(context);
    snprintf(place, sizeof place, ":%d:%d\n", (int)number_of(told, "line"),
             (int)number_of(told, "column"));
    text_init(context, &stack);
    dbuf_putstr(&stack, "    at ");
    dbuf_putstr(&stack, name);
    dbuf_putstr(&stack, place);
    JS_DefinePropertyValueStr(context, error, "stack", text_to_string(context, &stack),
                              JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_Throw(context, error);
    JS_FreeCString(compiler, message);
    JS_FreeValue(compiler, text);
}

static int take_result(JSContext *context, const char *name, JSValueConst told,
                       struct typescript_result *result)
{
    JSValue code = JS_GetPropertyStr(compiler, told, "code");
    JSValue map = JS_GetPropertyStr(compiler, told, "map");
    const char *text = JS_ToCStringLen(compiler, &result->size, code);
    const uint8_t *bytes;
    size_t size;
    int status = -1;

    result->is_module = is_true(told, "isModule");
    result->text = text ? js_malloc(context, result->size + 1) : NULL;
    if (result->text) {
        memcpy(result->text, text, result->size + 1);
        status = 0;
    }
    forget_map(name);
    bytes = JS_IsObject(map) ? text_bytes_of(compiler, map, &size) : NULL;
    if (bytes && keep_map(name, bytes, size)) {
        JS_ThrowOutOfMemory(context);
        js_free(context, result->text);
        status = -1;
    }
    JS_FreeCString(compiler, text);
    JS_FreeValue(compiler, map);
    JS_FreeValue(compiler, code);
    return status;
}

int typescript_strip(JSContext *context, const char *name, const char *source, size_t size,
                     struct typescript_result *result, bool *at_end)
{
    JSValue parameters[2], told;
    int status = -1;

    *at_end = false;
    if (!compiler) {
        JS_ThrowTypeError(context,
                          "%s is TypeScript, which this sandbox cannot read: use the program "
                          "'typescript' in place of 'javascript' (--lang typescript)",
                          name);
        return -1;
    }
    JS_UpdateStackTop(runtime);
    parameters[0] = JS_NewString(compiler, name);
    parameters[1] = JS_NewStringLen(compiler, source, size);
    told = JS_Call(compiler, strip, JS_UNDEFINED, 2, (JSValueConst *)parameters);
    JS_FreeValue(compiler, parameters[0]);
    JS_FreeValue(compiler, parameters[1]);
    if (JS_IsException(told)) {
        const char *text = reason();

        JS_ThrowInternalError(context, "%s: the compiler of TypeScript fails: %s", name,
                              text ? text : "out of memory");
        JS_FreeCString(compiler, text);
        return -1;
    }
    if (number_of(told, "line") > 0) {
        *at_end = is_true(told, "atEnd");
        throw_error(context, name, told);
    } else {
        status = take_result(context, name, told, result);
    }
    JS_FreeValue(compiler, told);
    return status;
}
