/*
 * resolve.c: from the name that a program imports or requires to a file, as Node's documentation has it
 * ("Determining module system", "Resolution algorithm", "All together").
 *
 * Owns what was read of package.json files, for one eval: a program may write others in between. Reads files and
 * JSON alone; runs no JavaScript, for properties are read as own ones, whatever the program put into prototypes.
 *
 * Behind the folders node_modules that lie above a file, NODE_MODULES is looked into: the host mounts packages there.
 */
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "modules.h"

#define NODE_MODULES "/lib/node_modules"
#define LINKS_MAX    40

/* package.json by folder, or null where there is none. */
static JSValue packages;

/* ---- Text. ---- */

/* Joins pieces until NULL: to be freed with js_free. */
#define join(context, ...) join_pieces(context, (const char *const[]){__VA_ARGS__, NULL})

static char *join_pieces(JSContext *context, const char *const *pieces)
{
    size_t size = 0;
    char *text, *at;

    for (size_t i = 0; pieces[i]; i++)
        size += strlen(pieces[i]);
    text = at = js_malloc(context, size + 1);
    if (!text)
        return NULL;
    for (size_t i = 0; pieces[i]; i++) {
        size = strlen(pieces[i]);
        memcpy(at, pieces[i], size);
        at += size;
    }
    *at = '\0';
    return text;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_as_folder(const char *name)
{
    return js__has_suffix(name, "/") || !strcmp(name, ".") || !strcmp(name, "..") ||
           js__has_suffix(name, "/.") || js__has_suffix(name, "/..");
}

static bool is_relative(const char *name)
{
    return has_prefix(name, "./") || has_prefix(name, "../") || !strcmp(name, ".") ||
           !strcmp(name, "..");
}

/* ---- Files. ---- */

enum kind { NOTHING, FILE_THERE, DIRECTORY };

static enum kind kind_of(const char *path)
{
    struct stat status;

    if (!path || stat(path, &status))
        return NOTHING;
    return S_ISDIR(status.st_mode) ? DIRECTORY : FILE_THERE;
}

/* Puts what the link at `path` (of `length` bytes) leads to in its place; `rest` follows. */
static char *follow(JSContext *context, const char *path, size_t length, const char *rest)
{
    char target[4096], *begin, *result;
    ssize_t got;
    char *link = js_strndup(context, path, length);

    if (!link)
        return NULL;
    got = readlink(link, target, sizeof target - 1);
    if (got < 0)
        got = 0;
    target[got] = '\0';
    *strrchr(link, '/') = '\0';
    begin = target[0] == '/' ? "" : link;
    result = join(context, begin, "/", target, rest);
    js_free(context, link);
    if (result)
        modules_simplify(result);
    return result;
}

/* The path without links; takes `path`. A package manager's folders of links keep each package beside what it
 * depends on, so where a file really lies decides what it finds. */
static char *real_path(JSContext *context, char *path)
{
    size_t at = 1;

    if (!path || has_prefix(path, NODE_MODULES "/"))
        return path;
    for (int links = 0; links < LINKS_MAX && path[at];) {
        size_t end = at + strcspn(path + at, "/");
        struct stat status;
        char saved = path[end], *followed;
        bool is_link;

        path[end] = '\0';
        is_link = !lstat(path, &status) && S_ISLNK(status.st_mode);
        path[end] = saved;
        if (!is_link) {
            at = end + (saved != '\0');
            continue;
        }
        followed = follow(context, path, end, path + end);
        js_free(context, path);
        if (!followed)
            return NULL;
        path = followed;
        links++;
        at = 1;
    }
    return path;
}

/* ---- package.json. ---- */

void resolve_forget(JSContext *context)
{
    JS_FreeValue(context, packages);
    packages = JS_UNDEFINED;
}

/* An own property's value; undefined where there is none. */
static JSValue own(JSContext *context, JSValueConst object, const char *name)
{
    JSPropertyDescriptor found;
    JSAtom atom = JS_NewAtom(context, name);
    int there = atom == JS_ATOM_NULL || !JS_IsObject(object)
                    ? 0
                    : JS_GetOwnProperty(context, &found, object, atom);

    JS_FreeAtom(context, atom);
    if (there <= 0)
        return JS_UNDEFINED;
    JS_FreeValue(context, found.getter);
    JS_FreeValue(context, found.setter);
    return found.value;
}

/* An own string: to be freed with JS_FreeCString; NULL where there is none. */
static const char *own_text(JSContext *context, JSValueConst object, const char *name)
{
    JSValue value = own(context, object, name);
    const char *text = JS_IsString(value) ? JS_ToCString(context, value) : NULL;

    JS_FreeValue(context, value);
    return text;
}

/* What package.json of a folder says; null where there is none. An exception: it is no JSON. */
static JSValue read_package(JSContext *context, const char *folder)
{
    char *path = join(context, folder, "/package.json"), *text;
    size_t size;
    JSValue value = JS_NULL;

    if (!path)
        return JS_EXCEPTION;
    text = modules_read_file(context, path, &size);
    if (text) {
        value = JS_ParseJSON(context, text, size, path);
        if (!JS_IsException(value) && !JS_IsObject(value)) {
            JS_FreeValue(context, value);
            value = JS_NULL;
        }
    }
    js_free(context, text);
    js_free(context, path);
    return value;
}

static JSValue package_of(JSContext *context, const char *folder)
{
    JSValue value;

    if (!JS_IsObject(packages))
        packages = JS_NewObjectProto(context, JS_NULL);
    value = own(context, packages, folder);
    if (!JS_IsUndefined(value))
        return value;
    value = read_package(context, folder);
    if (!JS_IsException(value))
        JS_DefinePropertyValueStr(context, packages, folder, JS_DupValue(context, value),
                                  JS_PROP_C_W_E);
    return value;
}

/* Cuts the last part of a path off; false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || !*path)
        return false;
    *slash = '\0';
    return true;
}

/* The package that a file belongs to: null where there is none. `*folder` is to be freed with js_free. */
static JSValue scope_of(JSContext *context, const char *path, char **folder)
{
    char *at = js_strdup(context, path);
    JSValue package = JS_NULL;

    while (at && JS_IsNull(package) && go_up(at) && !js__has_suffix(at, "/node_modules"))
        package = package_of(context, at);
    *folder = at;
    return at ? package : JS_EXCEPTION;
}

enum resolve_format resolve_format(JSContext *context, const char *path)
{
    static const struct {
        const char *ending;
        enum resolve_format format;
    } endings[] = {
        {".mjs", RESOLVE_MODULE},   {".mts", RESOLVE_MODULE}, {".cjs", RESOLVE_COMMONJS},
        {".cts", RESOLVE_COMMONJS}, {".json", RESOLVE_JSON},
    };
    enum resolve_format format = RESOLVE_EITHER;
    const char *type;
    char *folder;
    JSValue package;

    for (size_t i = 0; i < countof(endings); i++)
        if (js__has_suffix(path, endings[i].ending))
            return endings[i].format;
    package = scope_of(context, path, &folder);
    if (JS_IsException(package))
        JS_FreeValue(context, JS_GetException(context));
    type = own_text(context, package, "type");
    if (type)
        format = !strcmp(type, "module")     ? RESOLVE_MODULE
                 : !strcmp(type, "commonjs") ? RESOLVE_COMMONJS
                                             : RESOLVE_EITHER;
    JS_FreeCString(context, type);
    JS_FreeValue(context, package);
    js_free(context, folder);
    return format;
}

/* ---- Errors. ---- */

/* One resolution. */
struct search {
    JSContext *context;
    const char *base; /* the file that asks */
    const char *name; /* as it was written */
    bool require;
    bool typescript;
    bool folder; /* the name can only be a folder's */
};

static char *fail(const struct search *search, const char *code, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    modules_throw(search->context, code, message);
    return NULL;
}

static char *not_found(const struct search *search, const char *what, const char *name)
{
    const char *advice = "";

    if (!strcmp(what, "package") && resolve_is_node_module(name))
        advice = ": it is a module of Node's that the sandbox does not have";
    else if (!strcmp(what, "package"))
        advice = ": give it to the sandbox as a package (npm:NAME), or mount its node_modules";
    if (search->require)
        return fail(search, "MODULE_NOT_FOUND", "Cannot find module '%s'%s\nRequire stack:\n- %s",
                    name, advice, search->base);
    return fail(search, "ERR_MODULE_NOT_FOUND", "Cannot find %s '%s' imported from %s%s", what,
                name, search->base, advice);
}

/* ---- Maps of "exports" and "imports". ---- */

static char *resolve_bare(const struct search *search, const char *name);

/* What a target leads to. UNDEFINED and INVALID let an array's next one be tried. */
enum outcome { FOUND, UNDEFINED, EXCLUDED, INVALID, FAILED };

/* A map that is looked into. */
struct map {
    const char *folder; /* of its package */
    bool imports;
    const char *match; /* what "*" stands for, or NULL */
};

static enum outcome resolve_target(const struct search *search, const struct map *map,
                                   JSValueConst target, int depth, char **path);

/* Whether a part of a path is one that no target may have. */
static bool has_forbidden_part(const char *path)
{
    while (*path) {
        size_t size = strcspn(path, "/\\");

        if ((size == 1 && path[0] == '.') || (size == 2 && !strncmp(path, "..", 2)) ||
            (size == 12 && !strncasecmp(path, "node_modules", 12)))
            return true;
        path += size;
        path += *path != '\0';
    }
    return false;
}

/* Each "*" of a target is what the pattern matched. */
static char *fill_in(JSContext *context, const char *target, const char *match)
{
    DynBuf text;

    text_init(context, &text);
    for (; *target; target++) {
        if (*target == '*' && match)
            dbuf_putstr(&text, match);
        else
            dbuf_putc(&text, (uint8_t)*target);
    }
    dbuf_putc(&text, '\0');
    if (dbuf_error(&text)) {
        dbuf_free(&text);
        JS_ThrowOutOfMemory(context);
        return NULL;
    }
    return (char *)text.buf;
}

static enum outcome resolve_text(const struct search *search, const struct map *map,
                                 const char *target, char **path)
{
    char *filled = fill_in(search->context, target, map->match);
    enum outcome outcome = INVALID;

    if (!filled)
        return FAILED;
    if (has_prefix(target, "./")) {
        if (!has_forbidden_part(filled + 2)) {
            *path = join(search->context, map->folder, filled + 1);
            outcome = *path ? FOUND : FAILED;
        }
    } else if (map->imports && !is_relative(filled) && filled[0] != '/') {
        struct search bare = *search;
        char *base = join(search->context, map->folder, "/");

        bare.base = base;
        *path = base ? resolve_bare(&bare, filled) : NULL;
        outcome = *path ? FOUND : FAILED;
        js_free(search->context, base);
    }
    js_free(search->context, filled);
    return outcome;
}

static bool is_condition(const struct search *search, const char *name)
{
    return !strcmp(name, "default") || !strcmp(name, "node") || !strcmp(name, "module-sync") ||
           !strcmp(name, search->require ? "require" : "import");
}

static enum outcome resolve_conditions(const struct search *search, const struct map *map,
                                       JSValueConst target, int depth, char **path)
{
    JSContext *context = search->context;
    enum outcome outcome = UNDEFINED;
    JSPropertyEnum *names;
    uint32_t count;

    if (JS_GetOwnPropertyNames(context, &names, &count, target, JS_GPN_STRING_MASK))
        return FAILED;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(context, names[i].atom);

        if (outcome == UNDEFINED && name && is_condition(search, name)) {
            JSValue value = own(context, target, name);

            outcome = resolve_target(search, map, value, depth, path);
            JS_FreeValue(context, value);
        }
        JS_FreeCString(context, name);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return outcome;
}

static enum outcome resolve_choices(const struct search *search, const struct map *map,
                                    JSValueConst target, int depth, char **path)
{
    enum outcome outcome = EXCLUDED;

    for (uint32_t i = 0;; i++) {
        char index[16];
        JSValue value;

        snprintf(index, sizeof index, "%u", (unsigned)i);
        value = own(search->context, target, index);
        if (JS_IsUndefined(value))
            return outcome;
        outcome = resolve_target(search, map, value, depth, path);
        JS_FreeValue(search->context, value);
        if (outcome == FOUND || outcome == FAILED)
            return outcome;
    }
}

/* Maps nest as deep as their author likes; we follow so far. */
#define DEPTH_MAX 100

static enum outcome resolve_target(const struct search *search, const struct map *map,
                                   JSValueConst target, int depth, char **path)
{
    enum outcome outcome;
    const char *text;

    if (JS_IsNull(target))
        return EXCLUDED;
    if (depth == DEPTH_MAX)
        return INVALID;
    if (JS_IsArray(target))
        return resolve_choices(search, map, target, depth + 1, path);
    if (JS_IsObject(target))
        return resolve_conditions(search, map, target, depth + 1, path);
    if (!JS_IsString(target))
        return JS_IsUndefined(target) ? UNDEFINED : INVALID;
    text = JS_ToCString(search->context, target);
    outcome = text ? resolve_text(search, map, text, path) : FAILED;
    JS_FreeCString(search->context, text);
    return outcome;
}

/* What "*" of a pattern stands for in `name`: *begin and *size; false where it does not fit. */
static bool matches(const char *pattern, const char *name, const char **begin, size_t *size)
{
    const char *star = strchr(pattern, '*');
    size_t before, after, length = strlen(name);

    if (!star || strchr(star + 1, '*'))
        return false;
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    if (strncmp(pattern, name, before) || length < before + after || length == before ||
        strcmp(name + length - after, star + 1))
        return false;
    *begin = name + before;
    *size = length - before - after;
    return true;
}

/* Whether the pattern `a` is more particular than `b`. */
static bool is_closer(const char *a, const char *b)
{
    size_t a_base = strcspn(a, "*"), b_base = strcspn(b, "*");

    return a_base != b_base ? a_base > b_base : strlen(a) > strlen(b);
}

/* The key of a map that fits a name best, if not the name itself: to be freed with JS_FreeCString, or NULL. */
static const char *best_pattern(JSContext *context, JSValueConst object, const char *name)
{
    const char *best = NULL, *begin;
    JSPropertyEnum *names;
    uint32_t count;
    size_t size;

    if (JS_GetOwnPropertyNames(context, &names, &count, object, JS_GPN_STRING_MASK))
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        const char *key = JS_AtomToCString(context, names[i].atom);

        if (key && matches(key, name, &begin, &size) && (!best || is_closer(key, best))) {
            const char *former = best;

            best = key;
            key = former;
        }
        JS_FreeCString(context, key);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return best;
}

static enum outcome look_up(const struct search *search, struct map *map, JSValueConst object,
                            const char *name, char **path)
{
    JSContext *context = search->context;
    JSValue target = strchr(name, '*') ? JS_UNDEFINED : own(context, object, name);
    enum outcome outcome = UNDEFINED;
    const char *pattern, *begin;
    char *match = NULL;
    size_t size;

    if (!JS_IsUndefined(target)) {
        outcome = resolve_target(search, map, target, 0, path);
        JS_FreeValue(context, target);
        return outcome;
    }
    pattern = best_pattern(context, object, name);
    if (pattern && matches(pattern, name, &begin, &size)) {
        match = js_strndup(context, begin, size);
        map->match = match;
        target = own(context, object, pattern);
        outcome = match ? resolve_target(search, map, target, 0, path) : FAILED;
        map->match = NULL;
        JS_FreeValue(context, target);
    }
    js_free(context, match);
    JS_FreeCString(context, pattern);
    return outcome;
}

/* Whether "exports" is the target of "." itself rather than a map of names. */
static bool is_sugar(JSContext *context, JSValueConst exports)
{
    JSPropertyEnum *names;
    uint32_t count;
    bool sugar = true;

    if (!JS_IsObject(exports) || JS_IsArray(exports))
        return true;
    if (JS_GetOwnPropertyNames(context, &names, &count, exports, JS_GPN_STRING_MASK))
        return true;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(context, names[i].atom);

        sugar = sugar && name && name[0] != '.';
        JS_FreeCString(context, name);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return sugar;
}

static char *resolve_exports(const struct search *search, const char *folder, JSValueConst exports,
                             const char *subpath)
{
    struct map map = {.folder = folder};
    enum outcome outcome = UNDEFINED;
    char *path = NULL;

    if (!is_sugar(search->context, exports))
        outcome = look_up(search, &map, exports, subpath, &path);
    else if (!strcmp(subpath, "."))
        outcome = resolve_target(search, &map, exports, 0, &path);
    if (outcome == FOUND || outcome == FAILED)
        return path;
    if (outcome == INVALID)
        return fail(search, "ERR_INVALID_PACKAGE_TARGET",
                    "Invalid \"exports\" target for '%s' in %s/package.json", subpath, folder);
    if (!strcmp(subpath, "."))
        return fail(search, "ERR_PACKAGE_PATH_NOT_EXPORTED",
                    "No \"exports\" main defined in %s/package.json", folder);
    return fail(search, "ERR_PACKAGE_PATH_NOT_EXPORTED",
                "Package subpath '%s' is not defined by \"exports\" in %s/package.json", subpath,
                folder);
}

/* The file of it, which must be there. */
static char *exported_file(const struct search *search, const char *folder, JSValueConst exports,
                           const char *subpath)
{
    char *path = resolve_exports(search, folder, exports, subpath);

    if (!path || kind_of(path) == FILE_THERE)
        return path;
    not_found(search, "module", path);
    js_free(search->context, path);
    return NULL;
}

static char *resolve_imports(const struct search *search, const char *name)
{
    JSContext *context = search->context;
    char *folder, *path = NULL;
    JSValue package = scope_of(context, search->base, &folder);
    JSValue imports = own(context, package, "imports");
    struct map map = {.folder = folder, .imports = true};
    enum outcome outcome = UNDEFINED;

    if (JS_IsException(package))
        outcome = FAILED;
    else if (JS_IsObject(imports) && strcmp(name, "#") && !has_prefix(name, "#/"))
        outcome = look_up(search, &map, imports, name, &path);
    if (outcome == INVALID)
        fail(search, "ERR_INVALID_PACKAGE_TARGET",
             "Invalid \"imports\" target for '%s' in %s/package.json", name, folder);
    else if (outcome != FOUND && outcome != FAILED)
        fail(search, "ERR_PACKAGE_IMPORT_NOT_DEFINED",
             "Package import specifier \"%s\" is not defined, imported from %s", name,
             search->base);
    JS_FreeValue(context, imports);
    JS_FreeValue(context, package);
    js_free(context, folder);
    return path;
}

/* ---- Paths, with what may be guessed of them. ---- */

/* `path` with one of the endings, where that is a file. */
static char *with_ending(JSContext *context, const char *path, const char *const *endings)
{
    for (; *endings; endings++) {
        char *tried = join(context, path, *endings);

        if (kind_of(tried) == FILE_THERE)
            return tried;
        js_free(context, tried);
    }
    return NULL;
}

static const char *const required_endings[] = {"", ".js", ".json", NULL};
static const char *const typescript_endings[] = {"", ".ts", ".mts", ".cts", ".js", ".json", NULL};
static const char *const index_endings[] = {"/index.js", "/index.json", NULL};
static const char *const typescript_index_endings[] = {"/index.ts", "/index.mts",  "/index.cts",
                                                       "/index.js", "/index.json", NULL};
static const char *const main_endings[] = {
    "", ".js", ".json", "/index.js", "/index.json", NULL,
};

/* TypeScript names a file by what it will be compiled to. */
static char *typescript_source(JSContext *context, const char *path)
{
    static const char *const endings[][2] = {{".js", ".ts"}, {".mjs", ".mts"}, {".cjs", ".cts"}};

    for (size_t i = 0; i < countof(endings); i++) {
        char *stem, *source;

        if (!js__has_suffix(path, endings[i][0]))
            continue;
        stem = js_strndup(context, path, strlen(path) - strlen(endings[i][0]));
        source = stem ? join(context, stem, endings[i][1]) : NULL;
        js_free(context, stem);
        if (kind_of(source) == FILE_THERE)
            return source;
        js_free(context, source);
    }
    return NULL;
}

/* The file that a folder is, by "main" and "index"; NULL where it is none. */
static char *folder_as_file(const struct search *search, const char *folder)
{
    JSContext *context = search->context;
    JSValue package = package_of(context, folder);
    const char *main_name = own_text(context, package, "main");
    char *path = main_name ? join(context, folder, "/", main_name) : NULL, *found = NULL;

    if (JS_IsException(package))
        JS_FreeValue(context, JS_GetException(context));
    if (path) {
        modules_simplify(path);
        found = with_ending(context, path, main_endings);
    }
    if (!found)
        found = with_ending(context, folder,
                            search->typescript ? typescript_index_endings : index_endings);
    js_free(context, path);
    JS_FreeCString(context, main_name);
    JS_FreeValue(context, package);
    return found;
}

/* A file, or what may be meant by its name; takes `path`. NULL where there is nothing. */
static char *guess(const struct search *search, char *path)
{
    JSContext *context = search->context;
    char *found = NULL;

    if (!search->folder)
        found =
            with_ending(context, path, search->typescript ? typescript_endings : required_endings);
    if (!found && search->typescript)
        found = typescript_source(context, path);
    if (!found && kind_of(path) == DIRECTORY)
        found = folder_as_file(search, path);
    js_free(context, path);
    return found;
}

/* What a path names; takes `path`. NULL with an exception. */
static char *resolve_file(const struct search *search, char *path)
{
    JSContext *context = search->context;
    enum kind kind;
    char *found;

    if (search->require || search->typescript) {
        char *copy = js_strdup(context, path);

        found = copy ? guess(search, copy) : NULL;
        if (!found)
            not_found(search, "module", search->require ? search->name : path);
        js_free(context, path);
        return found;
    }
    kind = kind_of(path);
    if (kind == FILE_THERE)
        return path;
    if (kind == DIRECTORY)
        fail(search, "ERR_UNSUPPORTED_DIR_IMPORT",
             "Directory import '%s' is not supported resolving ES modules imported from %s", path,
             search->base);
    else
        not_found(search, "module", path);
    js_free(context, path);
    return NULL;
}

/* ---- Packages. ---- */

/* How much of a bare name is the package's: "@scope/name" or "name"; 0 where it is none. */
static size_t package_part(const char *name)
{
    size_t size = strcspn(name, "/");

    if (name[0] == '@') {
        if (!name[size])
            return 0;
        size += 1 + strcspn(name + size + 1, "/");
    }
    if (size == 0 || name[0] == '.' || memchr(name, '\\', size) || memchr(name, '%', size))
        return 0;
    return size;
}

/* A package's main file without "exports": of import, which guesses for old packages' sake. */
static char *legacy_main(const struct search *search, const char *folder)
{
    char *found = folder_as_file(search, folder);

    return found ? found : not_found(search, "package", folder);
}

/* Looks into the folder of a package. *done: nobody need look further, whatever is returned. */
static char *look_into(const struct search *search, const char *folder, const char *subpath,
                       bool *done)
{
    JSContext *context = search->context;
    bool is_main = !strcmp(subpath, ".");
    JSValue package, exports;
    char *path;

    *done = false;
    if (kind_of(folder) != DIRECTORY && !search->require)
        return NULL;
    package = package_of(context, folder);
    exports = own(context, package, "exports");
    *done = true;
    if (JS_IsException(package)) {
        path = NULL;
    } else if (!JS_IsUndefined(exports) && !JS_IsNull(exports)) {
        path = exported_file(search, folder, exports, subpath);
    } else if (search->require) {
        char *named = is_main ? js_strdup(context, folder) : join(context, folder, subpath + 1);

        path = named ? guess(search, named) : NULL;
        *done = path != NULL;
    } else if (is_main) {
        path = legacy_main(search, folder);
    } else {
        path = join(context, folder, subpath + 1);
        if (path)
            path = resolve_file(search, path);
    }
    JS_FreeValue(context, exports);
    JS_FreeValue(context, package);
    return path;
}

/* The package that the file itself belongs to, by its own name. */
static char *resolve_self(const struct search *search, const char *name, size_t part,
                          const char *subpath)
{
    JSContext *context = search->context;
    char *folder, *path = NULL;
    JSValue package = scope_of(context, search->base, &folder);
    JSValue exports = own(context, package, "exports");
    const char *own_name = own_text(context, package, "name");

    if (JS_IsException(package))
        JS_FreeValue(context, JS_GetException(context));
    if (own_name && strlen(own_name) == part && !strncmp(own_name, name, part) &&
        !JS_IsUndefined(exports) && !JS_IsNull(exports))
        path = exported_file(search, folder, exports, subpath);
    JS_FreeCString(context, own_name);
    JS_FreeValue(context, exports);
    JS_FreeValue(context, package);
    js_free(context, folder);
    return path;
}

static char *look_above(const struct search *search, const char *package, const char *subpath)
{
    JSContext *context = search->context;
    char *at = js_strdup(context, search->base), *path = NULL;
    bool done = false, more = at != NULL;

    while (more && !done) {
        char *folder;

        more = go_up(at);
        if (more && js__has_suffix(at, "/node_modules"))
            continue;
        folder = join(context, more ? at : "/lib", "/node_modules/", package);
        if (!folder)
            break;
        path = look_into(search, folder, subpath, &done);
        js_free(context, folder);
    }
    js_free(context, at);
    if (!done)
        not_found(search, "package", search->name);
    return path;
}

static char *resolve_bare(const struct search *search, const char *name)
{
    JSContext *context = search->context;
    size_t part = package_part(name);
    char *package, *subpath, *path = NULL;

    if (modules_builtin(name))
        return js_strdup(context, modules_builtin(name));
    if (has_prefix(name, "node:"))
        return fail(search, "ERR_UNKNOWN_BUILTIN_MODULE",
                    "No such built-in module: %s: the sandbox does not have it", name);
    if (part == 0)
        return fail(search, search->require ? "MODULE_NOT_FOUND" : "ERR_INVALID_MODULE_SPECIFIER",
                    "Invalid module \"%s\" is not a valid package name imported from %s", name,
                    search->base);
    package = js_strndup(context, name, part);
    subpath = join(context, ".", name + part);
    if (package && subpath) {
        path = resolve_self(search, name, part, subpath);
        if (!path && !JS_HasException(context))
            path = look_above(search, package, subpath);
    }
    js_free(context, package);
    js_free(context, subpath);
    return path;
}

/* ---- The whole. ---- */

static bool is_typescript(const char *path)
{
    return js__has_suffix(path, ".ts") || js__has_suffix(path, ".mts") ||
           js__has_suffix(path, ".cts");
}

char *resolve_module(JSContext *context, const char *base, const char *name, bool require)
{
    char *whole = base[0] == '/' ? NULL : modules_absolute_path(context, base[0] ? base : "[eval]");
    const struct search search = {
        .context = context,
        .base = whole ? whole : base,
        .name = name,
        .require = require,
        .typescript = is_typescript(base),
        .folder = (name[0] == '/' || is_relative(name)) && ends_as_folder(name),
    };
    char *path;

    if (has_prefix(name, "file:///"))
        name += 7;
    if (name[0] == '/' || is_relative(name)) {
        path = modules_path_from(context, search.base, name);
        if (path)
            path = resolve_file(&search, path);
    } else if (name[0] == '#') {
        path = resolve_imports(&search, name);
    } else {
        path = resolve_bare(&search, name);
    }
    js_free(context, whole);
    return path && path[0] == '/' ? real_path(context, path) : path;
}

bool resolve_is_node_module(const char *name)
{
    static const char *const names[] = {
        "assert",     "async_hooks",
        "buffer",     "child_process",
        "cluster",    "console",
        "constants",  "crypto",
        "dgram",      "diagnostics_channel",
        "dns",        "domain",
        "events",     "fs",
        "http",       "http2",
        "https",      "inspector",
        "module",     "net",
        "os",         "path",
        "perf_hooks", "process",
        "punycode",   "querystring",
        "readline",   "repl",
        "stream",     "string_decoder",
        "sys",        "timers",
        "tls",        "tty",
        "url",        "util",
        "v8",         "vm",
        "wasi",       "worker_threads",
        "zlib",
    };
    size_t size = strcspn(name, "/");

    for (size_t i = 0; i < countof(names); i++)
        if (strlen(names[i]) == size && !strncmp(names[i], name, size))
            return true;
    return false;
}
