/*
 * modules.c: loading what is imported, and what import.meta says.
 *
 * Owns the objects of native modules ("qjs:std", "qjs:os"); those of the library are in library.c, everything else is kept by
 * QuickJS. A file's module is known by its absolute path, those by their names. The source of an eval has a name without a slash, so it
 * never meets a file's; what it imports is relative to the working directory. What a name means is resolve.c's, CommonJS is commonjs.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library.h"
#include "modules.h"
#include "typescript.h"

/* The program may overwrite their globals, an import still finds them. */
static struct {
    const char *name;
    JSModuleDef *module;
    JSValue object;
} natives[2];
static size_t native_count;

/* Error, whatever the program makes of the global of that name. */
static JSValue error_class;

/* ---- Names. ---- */

static int find_native(const char *name)
{
    for (size_t i = 0; i < native_count; i++)
        if (!strcmp(natives[i].name, name))
            return (int)i;
    return -1;
}

const char *modules_builtin(const char *name)
{
    if (!strcmp(name, "std"))
        return "qjs:std";
    return find_native(name) >= 0 ? natives[find_native(name)].name : library_name(name);
}

JSValue modules_require_builtin(JSContext *context, const char *name)
{
    int native = find_native(name);

    return native >= 0 ? JS_DupValue(context, natives[native].object)
                       : library_require(context, name);
}

void modules_throw(JSContext *context, const char *code, const char *message)
{
    JSValue text = JS_NewString(context, message);
    JSValue error = JS_CallConstructor(context, error_class, 1, (JSValueConst *)&text);

    JS_FreeValue(context, text);
    if (!JS_IsException(error)) {
        JS_DefinePropertyValueStr(context, error, "code", JS_NewString(context, code),
                                  JS_PROP_C_W_E);
        JS_Throw(context, error);
    }
}

void modules_simplify(char *path)
{
    char *to = path, *from = path;

    while (*from) {
        size_t length;

        while (*from == '/')
            from++;
        length = strcspn(from, "/");
        if (length == 2 && from[0] == '.' && from[1] == '.') {
            while (to > path && *--to != '/')
                ;
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            *to++ = '/';
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

/* Directory of the importing module (ending in a slash): to be freed with js_free. */
static char *directory_of(JSContext *context, const char *base)
{
    const char *slash = strrchr(base, '/');
    char *here, *directory;
    size_t size;

    if (base[0] == '/')
        return js_strndup(context, base, (size_t)(slash - base) + 1);
    here = getcwd(NULL, 0);
    if (!here) {
        JS_ThrowOutOfMemory(context);
        return NULL;
    }
    size = strlen(here);
    directory = js_malloc(context, size + 2);
    if (directory) {
        memcpy(directory, here, size);
        memcpy(directory + size, "/", 2);
    }
    free(here);
    return directory;
}

char *modules_path_from(JSContext *context, const char *base, const char *name)
{
    char *directory = name[0] == '/' ? js_strdup(context, "/") : directory_of(context, base);
    size_t base_size = directory ? strlen(directory) : 0, name_size = strlen(name);
    char *path = directory ? js_malloc(context, base_size + name_size + 1) : NULL;

    if (path) {
        memcpy(path, directory, base_size);
        memcpy(path + base_size, name, name_size + 1);
        modules_simplify(path);
    }
    js_free(context, directory);
    return path;
}

char *modules_absolute_path(JSContext *context, const char *path)
{
    return modules_path_from(context, "", path);
}

static char *normalize(JSContext *context, const char *base, const char *name, void *opaque)
{
    (void)opaque;
    return resolve_module(context, base, name, false);
}

/* ---- Files. ---- */

static char *read_all(JSContext *context, int fd, size_t expected, size_t *size)
{
    size_t room = expected + 1, used = 0;
    char *text = js_malloc_rt(JS_GetRuntime(context), room + 1);

    while (text) {
        ssize_t got = read(fd, text + used, room - used);

        if (got < 0) {
            js_free(context, text);
            return NULL;
        }
        used += (size_t)got;
        if (got == 0)
            break;
        if (used == room) {
            char *grown = js_realloc_rt(JS_GetRuntime(context), text, 2 * room + 1);

            if (!grown)
                js_free(context, text);
            room *= 2;
            text = grown;
        }
    }
    if (!text) {
        errno = ENOMEM;
        return NULL;
    }
    text[used] = '\0';
    *size = used;
    return text;
}

char *modules_read_file(JSContext *context, const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY), error;
    struct stat status;
    char *text = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            errno = EISDIR;
        else if (status.st_size >= INT32_MAX)
            errno = EFBIG;
        else
            text = read_all(context, fd, (size_t)status.st_size, size);
    }
    error = errno;
    close(fd);
    errno = error;
    return text;
}

/* ---- Loading. ---- */

static int define(JSContext *context, JSValueConst object, const char *name, JSValue value)
{
    return JS_DefinePropertyValueStr(context, object, name, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

int modules_set_meta(JSContext *context, JSValueConst module, const char *name, bool is_main)
{
    JSValue meta = JS_GetImportMeta(context, JS_VALUE_GET_PTR(module));
    char *directory = directory_of(context, name);
    const char *file = name[0] == '/' ? strrchr(name, '/') + 1 : name;
    DynBuf url;
    int status = -1;

    text_init(context, &url);
    if (!JS_IsException(meta) && directory) {
        dbuf_printf(&url, "file://");
        dbuf_putstr(&url, directory);
        dbuf_putstr(&url, file);
        if (!dbuf_error(&url) &&
            !define(context, meta, "url", JS_NewStringLen(context, (char *)url.buf, url.size)) &&
            !define(context, meta, "filename",
                    JS_NewStringLen(context, (char *)url.buf + 7, url.size - 7)) &&
            !define(
                context, meta, "dirname",
                JS_NewStringLen(context, directory, strlen(directory) - (strlen(directory) > 1))) &&
            !define(context, meta, "main", JS_NewBool(context, is_main)))
            status = 0;
    }
    dbuf_free(&url);
    js_free(context, directory);
    JS_FreeValue(context, meta);
    return status;
}

static JSModuleDef *compile(JSContext *context, const char *name, const char *text, size_t size)
{
    JSValue module =
        JS_Eval(context, text, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    JSModuleDef *definition;

    if (JS_IsException(module))
        return NULL;
    definition = JS_VALUE_GET_PTR(module);
    if (modules_set_meta(context, module, name, false))
        definition = NULL;
    /* The list of loaded modules holds it. */
    JS_FreeValue(context, module);
    return definition;
}

/* A .json file is a module whose default export is its value. JSON is an expression of JavaScript, so the
 * parser only has to agree first that it is nothing more than that. */
static JSModuleDef *compile_json(JSContext *context, const char *name, const char *text,
                                 size_t size)
{
    JSValue value = JS_ParseJSON(context, text, size, name);
    JSModuleDef *definition = NULL;
    DynBuf source;

    if (JS_IsException(value))
        return NULL;
    JS_FreeValue(context, value);
    text_init(context, &source);
    dbuf_putstr(&source, "export default ");
    dbuf_put(&source, (const uint8_t *)text, size);
    dbuf_put(&source, (const uint8_t *)";", 2);
    if (dbuf_error(&source))
        JS_ThrowOutOfMemory(context);
    else
        definition = compile(context, name, (const char *)source.buf, source.size - 1);
    dbuf_free(&source);
    return definition;
}

char *modules_source(JSContext *context, const char *path, size_t *size)
{
    char *text = modules_read_file(context, path, size);
    struct typescript_result result = {.text = NULL};
    bool at_end;

    if (text && typescript_is_name(path)) {
        int failed = typescript_strip(context, path, text, *size, &result, &at_end);

        js_free(context, text);
        *size = result.size;
        return failed ? NULL : result.text;
    }
    if (text)
        return text;
    JS_ThrowReferenceError(context, "cannot load module '%s': %s", path, strerror(errno));
    return NULL;
}

static JSModuleDef *load(JSContext *context, const char *name, void *opaque)
{
    JSModuleDef *definition = NULL;
    size_t size;
    enum resolve_format format;
    char *text;

    (void)opaque;
    if (library_name(name))
        return library_module(context, name);
    text = modules_source(context, name, &size);
    format = text ? resolve_format(context, name) : RESOLVE_JSON;
    if (format == RESOLVE_EITHER)
        format = syntax_is_module(context, text, size) ? RESOLVE_MODULE : RESOLVE_COMMONJS;
    if (text && format == RESOLVE_JSON)
        definition = compile_json(context, name, text, size);
    else if (text && format == RESOLVE_COMMONJS)
        definition = commonjs_as_module(context, name, text, size);
    else if (text)
        definition = compile(context, name, text, size);
    js_free(context, text);
    return definition;
}

int modules_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);

    error_class = JS_GetPropertyStr(context, global, "Error");
    JS_FreeValue(context, global);
    JS_SetModuleLoaderFunc(guest.runtime, normalize, load, NULL);
    return commonjs_install(context);
}

/* ---- Modules that are objects of ours. ---- */

/* Calls `each` for every own property of an object: of ours all, of the library's those that can be enumerated. */
static int for_each_name(JSContext *context, JSModuleDef *module, JSValueConst object, int which,
                         int (*each)(JSContext *, JSModuleDef *, JSValueConst, JSAtom,
                                     const char *))
{
    JSPropertyEnum *names;
    uint32_t count;
    int status = 0;

    if (JS_GetOwnPropertyNames(context, &names, &count, object, JS_GPN_STRING_MASK | which))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(context, names[i].atom);

        if (!name || (status == 0 && each(context, module, object, names[i].atom, name)))
            status = -1;
        JS_FreeCString(context, name);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return status;
}

static int add_export(JSContext *context, JSModuleDef *module, JSValueConst object, JSAtom atom,
                      const char *name)
{
    (void)object, (void)atom;
    return strcmp(name, "default") ? JS_AddModuleExport(context, module, name) : 0;
}

static int set_export(JSContext *context, JSModuleDef *module, JSValueConst object, JSAtom atom,
                      const char *name)
{
    if (!strcmp(name, "default"))
        return 0;
    return JS_SetModuleExport(context, module, name, JS_GetProperty(context, object, atom));
}

static int add_exports(JSContext *context, JSModuleDef *module, JSValueConst object, int which)
{
    if (JS_AddModuleExport(context, module, "default"))
        return -1;
    return for_each_name(context, module, object, which, add_export);
}

static int set_exports(JSContext *context, JSModuleDef *module, JSValueConst object, int which)
{
    if (JS_SetModuleExport(context, module, "default", JS_DupValue(context, object)))
        return -1;
    return for_each_name(context, module, object, which, set_export);
}

int modules_add_exports(JSContext *context, JSModuleDef *module, JSValueConst object)
{
    return add_exports(context, module, object, JS_GPN_ENUM_ONLY);
}

int modules_set_exports(JSContext *context, JSModuleDef *module, JSValueConst object)
{
    return set_exports(context, module, object, JS_GPN_ENUM_ONLY);
}

/* Runs at the first import of one. */
static int fill(JSContext *context, JSModuleDef *module)
{
    for (size_t i = 0; i < native_count; i++) {
        if (natives[i].module == module)
            return set_exports(context, module, natives[i].object, 0);
    }
    return -1;
}

static int add_object(JSContext *context, const char *name, JSValueConst object)
{
    JSModuleDef *module = JS_NewCModule(context, name, fill);

    if (native_count == countof(natives) || !module || add_exports(context, module, object, 0))
        return -1;
    natives[native_count].name = name;
    natives[native_count].module = module;
    natives[native_count++].object = JS_DupValue(context, object);
    return 0;
}

int modules_add_native(JSContext *context, const char *name, JSValueConst object)
{
    JSValue global;
    int status;

    if (add_object(context, !strcmp(name, "os") ? "qjs:os" : "qjs:std", object))
        return -1;
    global = JS_GetGlobalObject(context);
    status = JS_DefinePropertyValueStr(context, global, name, JS_DupValue(context, object),
                                       JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_FreeValue(context, global);
    return status < 0 ? -1 : 0;
}
