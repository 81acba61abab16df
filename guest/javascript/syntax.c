/*
 * syntax.c: whether a source is a module or CommonJS, where neither its name nor a package says so.
 *
 * Owns nothing. Follows Node's detection: a source is a module if it has import or export, or if it is no CommonJS for reasons that a
 * module has not: import.meta, await at its top level, or a declaration of a name that CommonJS gives to a file.
 */
#include <string.h>

#include "modules.h"

static bool holds(const char *source, size_t size, const char *text)
{
    return memmem(source, size, text, strlen(text)) != NULL;
}

static void on_nothing(void *user, const char *text, size_t size)
{
    (void)user, (void)text, (void)size;
}

static bool has_statements(const char *source, size_t size)
{
    const struct exports_found nothing = {on_nothing, on_nothing, NULL};

    return exports_read(source, size, &nothing);
}

/* Whether there is anything in it that only a module may have: what follows is not cheap. */
static bool is_doubtful(const char *source, size_t size)
{
    static const char *const texts[] = {
        "await",          "import.meta",    "const require",    "let require",
        "const module",   "let module",     "const exports",    "let exports",
        "const __filename", "let __filename", "const __dirname", "let __dirname",
    };

    for (size_t i = 0; i < countof(texts); i++)
        if (holds(source, size, texts[i]))
            return true;
    return false;
}

/* Whether the source compiles as the body of a function; else *error is the exception. */
static bool compiles(JSContext *context, const char *before, const char *source, size_t size,
                     JSValue *error)
{
    DynBuf text;
    JSValue compiled = JS_EXCEPTION;

    text_init(context, &text);
    dbuf_putstr(&text, before);
    dbuf_put(&text, (const uint8_t *)source, size);
    dbuf_putstr(&text, "\n})");
    dbuf_putc(&text, '\0');
    if (dbuf_error(&text))
        JS_ThrowOutOfMemory(context);
    else
        compiled = JS_Eval(context, (char *)text.buf, text.size - 1, "<syntax>",
                           JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    dbuf_free(&text);
    *error = JS_IsException(compiled) ? JS_GetException(context) : JS_UNDEFINED;
    JS_FreeValue(context, compiled);
    return !JS_IsException(compiled);
}

static bool wants_meta(JSContext *context, JSValueConst error)
{
    JSValue message = JS_GetPropertyStr(context, error, "message");
    const char *text = JS_IsString(message) ? JS_ToCString(context, message) : NULL;
    bool wants = text && strstr(text, "import.meta");

    JS_FreeCString(context, text);
    JS_FreeValue(context, message);
    return wants;
}

bool syntax_is_module(JSContext *context, const char *source, size_t size)
{
    JSValue error;
    bool is_module = has_statements(source, size);

    if (is_module || !is_doubtful(source, size))
        return is_module;
    if (compiles(context, "(function (exports, require, module, __filename, __dirname) {\n", source,
                 size, &error))
        return false;
    is_module = wants_meta(context, error);
    JS_FreeValue(context, error);
    if (is_module)
        return true;
    is_module = compiles(context, "(async function () {\n", source, size, &error);
    JS_FreeValue(context, error);
    return is_module;
}

bool syntax_is_failed_script(JSContext *context, JSValueConst error, const char *source,
                             size_t size)
{
    return has_statements(source, size) || wants_meta(context, error);
}
