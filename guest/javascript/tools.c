/*
 * tools.c: the host's tools, as the global `tools`: a function for each, `tools.search({query: "…"})`. It returns what
 * the tool returned, so that awaiting it works and is not needed; what the tool raised is thrown as a ToolError.
 */
#include <stdlib.h>
#include <string.h>

#include "../belljar_guest.h"
#include "guest.h"

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_TOOLS) int32_t host_tools(void);
IMPORT(BELLJAR_IMPORT_CALL)
int32_t host_call(const char *name, uint32_t name_size, const char *arguments,
                  uint32_t arguments_size);
IMPORT(BELLJAR_IMPORT_TAKE) int32_t host_take(char *buffer, uint32_t size);

/* The text that waits at the host, as a value: a result is tagged JSON, what else there is is plain. */
static JSValue take(JSContext *context, bool tagged)
{
    int32_t size = host_take(NULL, 0);
    char *text = js_malloc(context, (size_t)(size > 0 ? size : 0) + 1);
    JSValue value;

    if (!text)
        return JS_EXCEPTION;
    if (size <= 0)
        size = 0;
    host_take(text, (uint32_t)size);
    text[size] = '\0';
    if (!size)
        value = JS_NULL;
    else if (tagged)
        value = values_unpack_result(context, text, (size_t)size);
    else
        value = JS_ParseJSON(context, text, (size_t)size, "<tool>");
    js_free(context, text);
    return value;
}

/* ---- Calling one. ---- */

static JSValue copy_property(JSContext *context, JSValueConst from, JSValueConst to,
                             const char *name)
{
    JSValue value = JS_IsObject(from) ? JS_GetPropertyStr(context, from, name) : JS_UNDEFINED;

    if (!JS_IsException(value) &&
        JS_DefinePropertyValueStr(context, to, name, JS_DupValue(context, value), JS_PROP_C_W_E) <
            0) {
        JS_FreeValue(context, value);
        return JS_EXCEPTION;
    }
    return value;
}

static JSValue message_of(JSContext *context, JSValueConst type, JSValueConst message)
{
    const char *first = JS_ToCString(context, type), *second = JS_ToCString(context, message);
    DynBuf text;

    text_init(context, &text);
    dbuf_printf(&text, "%s: ", first ? first : "Error");
    if (second)
        dbuf_putstr(&text, second);
    JS_FreeCString(context, first);
    JS_FreeCString(context, second);
    return text_to_string(context, &text);
}

static JSValue throw_told(JSContext *context, JSValueConst tool, int32_t status)
{
    static const char *const names[] = {
        [BELLJAR_TOOL_RAISED] = "ToolError",
        [BELLJAR_TOOL_REFUSED] = "ToolRefused",
        [BELLJAR_TOOL_TIMEOUT] = "ToolTimeout",
    };
    const char *name = status > 0 && status < (int32_t)countof(names) ? names[status] : "ToolError";
    JSValue told = take(context, false), error, type, message;

    if (JS_IsException(told))
        return told;
    error = JS_NewError(context);
    type = copy_property(context, told, error, "type");
    message = copy_property(context, told, error, "message");
    if (!JS_IsException(error) && !JS_IsException(type) && !JS_IsException(message)) {
        const int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
        JS_DefinePropertyValueStr(context, error, "name", JS_NewString(context, name), flags);
        JS_DefinePropertyValueStr(context, error, "tool", JS_DupValue(context, tool), flags);
        JS_DefinePropertyValueStr(context, error, "message", message_of(context, type, message),
                                  flags);
    }
    JS_FreeValue(context, type);
    JS_FreeValue(context, message);
    JS_FreeValue(context, told);
    return JS_Throw(context, error);
}

/* Of arguments, whatever a tool may take: the most that any may. */
#define ARGUMENTS_MOST ((size_t)64 << 20)

static JSValue call_with(JSContext *context, JSValueConst tool, const DynBuf *arguments)
{
    size_t size;
    const char *name = JS_ToCStringLen(context, &size, tool);
    int32_t status;

    if (!name)
        return JS_EXCEPTION;
    status =
        host_call(name, (uint32_t)size, (const char *)arguments->buf, (uint32_t)arguments->size);
    JS_FreeCString(context, name);
    return status == BELLJAR_TOOL_RETURNED ? take(context, true)
                                           : throw_told(context, tool, status);
}

/* `data` is the tool's name, `beside` whether it takes bytes beside the text. */
static JSValue call_tool(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                         int beside, JSValueConst *data)
{
    DynBuf text;
    JSValue result = JS_EXCEPTION;

    (void)this_value;
    text_init(context, &text);
    if (argc == 0 || JS_IsUndefined(argv[0]))
        dbuf_putstr(&text, "{}");
    else if (beside ? values_pack_beside(context, &text, argv[0], ARGUMENTS_MOST)
                    : values_pack(context, &text, argv[0], true, ARGUMENTS_MOST))
        goto done;
    result = dbuf_error(&text) ? JS_ThrowOutOfMemory(context) : call_with(context, data[0], &text);
done:
    dbuf_free(&text);
    return result;
}

/* ---- What there is. ---- */

static bool is_true(JSContext *context, JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(context, object, name);
    bool is = JS_ToBool(context, value) > 0;

    JS_FreeValue(context, value);
    return is;
}

/* Adds the function of a tool to `tools`, and to the globals where it is one. */
static int add_tool(JSContext *context, JSValueConst tools, JSValueConst described)
{
    JSValue name = JS_GetPropertyStr(context, described, "name"), global;
    JSValue function =
        JS_NewCFunctionData(context, call_tool, 1, is_true(context, described, "blobs"), 1, &name);
    JSAtom atom = JS_ValueToAtom(context, name);
    int status = JS_IsException(function) || atom == JS_ATOM_NULL ? -1 : 0;

    if (status == 0) {
        JS_DefinePropertyValueStr(context, function, "name", JS_DupValue(context, name),
                                  JS_PROP_CONFIGURABLE);
        JS_FreeValue(context, copy_property(context, described, function, "description"));
        JS_FreeValue(context, copy_property(context, described, function, "schema"));
        status = JS_DefinePropertyValue(context, tools, atom, JS_DupValue(context, function),
                                        JS_PROP_C_W_E);
    }
    if (status >= 0 && is_true(context, described, "global")) {
        global = JS_GetGlobalObject(context);
        status = JS_SetProperty(context, global, atom, JS_DupValue(context, function));
        JS_FreeValue(context, global);
    }
    JS_FreeAtom(context, atom);
    JS_FreeValue(context, name);
    JS_FreeValue(context, function);
    return status < 0 ? -1 : 0;
}

/* Takes the global functions away that the tools had. */
static void remove_globals(JSContext *context, JSValueConst global, JSValueConst tools)
{
    JSPropertyEnum *names;
    uint32_t count;

    if (!JS_IsObject(tools) ||
        JS_GetOwnPropertyNames(context, &names, &count, tools, JS_GPN_STRING_MASK) < 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        JSValue tool = JS_GetProperty(context, tools, names[i].atom);
        JSValue there = JS_GetProperty(context, global, names[i].atom);
        if (JS_IsObject(tool) && JS_IsStrictEqual(context, tool, there))
            JS_DeleteProperty(context, global, names[i].atom, 0);
        JS_FreeValue(context, tool);
        JS_FreeValue(context, there);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
}

static int64_t length_of(JSContext *context, JSValueConst array)
{
    JSValue length = JS_GetPropertyStr(context, array, "length");
    int64_t count = 0;

    if (JS_ToInt64(context, &count, length) < 0)
        count = -1;
    JS_FreeValue(context, length);
    return count;
}

int tools_tell(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context), tools = JS_NewObject(context), list, described;
    int64_t count = 0;
    int status = JS_IsException(tools) ? -1 : 0;

    remove_globals(context, global, guest.tools);
    JS_FreeValue(context, guest.tools);
    guest.tools = JS_DupValue(context, tools);
    host_tools();
    list = take(context, false);
    if (JS_IsException(list) || (count = length_of(context, list)) < 0)
        status = -1;
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        described = JS_GetPropertyUint32(context, list, i);
        status = add_tool(context, tools, described);
        JS_FreeValue(context, described);
    }
    JS_FreeValue(context, list);
    if (status == 0 && JS_SetPropertyStr(context, global, "tools", JS_DupValue(context, tools)) < 0)
        status = -1;
    JS_FreeValue(context, tools);
    JS_FreeValue(context, global);
    return status;
}
