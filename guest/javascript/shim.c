/*
 * shim.c: the exports of belljar_guest.h: the guest's life from its start to the end of an eval.
 *
 * Owns the guest's one state. belljar_init builds all that may be frozen into an image; belljar_thaw adds
 * what belongs to one sandbox, belljar_renew what belongs to another one that goes on from it; belljar_eval
 * compiles, runs, and waits until nothing is pending.
 *
 * Stack: JavaScript may use STACK_FOR_JAVASCRIPT bytes of the shadow stack, which build.sh makes
 * somewhat larger; what lies between is for the C functions that are called at the very edge.
 *
 * Invariant: no source, however malformed, ends the guest; every eval returns a record.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

#include "../belljar_guest.h"
#include "../environment.h"
#include "async.h"
#include "engine.h"
#include "guest.h"
#include "library.h"
#include "modules.h"
#include "typescript.h"

#ifndef STACK_FOR_JAVASCRIPT
#error "build.sh says how much"
#endif

#define EXPORT(name) __attribute__((export_name(name), used))

struct guest guest;

static int failed(const char *what)
{
    fprintf(stderr, "belljar: javascript: %s\n", what);
    fflush(stderr);
    return -1;
}

EXPORT(BELLJAR_EXPORT_ABI) int32_t guest_abi(void)
{
    return BELLJAR_GUEST_ABI;
}

/* ---- Start. ---- */

/* The language as the engine has it, without its atob, btoa and performance: ours take their place. */
static JSContext *new_context(JSRuntime *runtime)
{
    JSContext *context = JS_NewContextRaw(runtime);

    if (!context || JS_AddIntrinsicBaseObjects(context) || JS_AddIntrinsicDate(context) ||
        JS_AddIntrinsicEval(context) || JS_AddIntrinsicRegExp(context) ||
        JS_AddIntrinsicJSON(context) || JS_AddIntrinsicProxy(context) ||
        JS_AddIntrinsicMapSet(context) || JS_AddIntrinsicTypedArrays(context) ||
        JS_AddIntrinsicPromise(context) || JS_AddIntrinsicWeakRef(context))
        return NULL;
    return context;
}

static int install(JSContext *context)
{
    if (text_install(context) || inspect_install(context) || console_install(context) ||
        loop_install(context) || values_install(context) || modules_install(context) ||
        std_install(context) || os_install(context) || display_install(context) ||
        library_install(context))
        return -1;
    return 0;
}

/* ---- Arguments. ---- */

/* The last part of a path: what a stack trace calls the source. */
static char *name_of_script(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash && slash[1] ? slash + 1 : path;

    return strdup(*name ? name : "<eval>");
}

static int take_arguments(JSContext *context)
{
    JSValue array = JS_NewArray(context), global = JS_GetGlobalObject(context);
    size_t count = 0, bytes = 0;
    char **arguments = NULL, *text = NULL;
    int status = -1;

    if (JS_IsException(array) || __wasi_args_sizes_get(&count, &bytes))
        goto done;
    arguments = malloc((count + 1) * sizeof *arguments);
    text = malloc(bytes + 1);
    if (!arguments || !text || __wasi_args_get((uint8_t **)arguments, (uint8_t *)text))
        goto done;
    for (size_t i = 0; i < count; i++)
        if (JS_SetPropertyUint32(context, array, i, JS_NewString(context, arguments[i])) < 0)
            goto done;
    free(guest.script_name);
    guest.script_name = name_of_script(count > 0 ? arguments[0] : "");
    if (!guest.script_name || commonjs_name_script(context, guest.script_name) ||
        JS_SetPropertyStr(context, global, "scriptArgs", JS_DupValue(context, array)) < 0)
        goto done;
    status = 0;
done:
    free(arguments);
    free(text);
    JS_FreeValue(context, array);
    JS_FreeValue(context, global);
    return status;
}

/* ---- The image. ---- */

EXPORT(BELLJAR_EXPORT_INIT) int32_t guest_init(void)
{
    guest.runtime = heap_new_runtime();
    if (!guest.runtime)
        return failed("no memory for a runtime: raise the memory limit");
    JS_SetMaxStackSize(guest.runtime, STACK_FOR_JAVASCRIPT);
    guest.tools = JS_NULL;
    guest.context = new_context(guest.runtime);
    if (!guest.context || install(guest.context))
        return failed("no memory for a context: raise the memory limit");
    if (chdir(BELLJAR_GUEST_WORK))
        return failed("there is no " BELLJAR_GUEST_WORK " to work in");
    /* No arguments yet, nor a name of the script. */
    if (take_arguments(guest.context))
        return failed("no memory for arguments: raise the memory limit");
    if (typescript_install())
        return failed("the compiler of TypeScript cannot be loaded: raise the memory limit");
    /* QuickJS seeded it from the clock, which has no place in an image. */
    engine_forget_random(guest.context);
    /* A line is written when it ends, so that what was printed before a limit was crossed is seen. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    if (engine_freeze(guest.context))
        return failed("no memory for what is made ahead: raise the memory limit");
    /* In the image, so that no sandbox has to carve it out of its own memory. */
    heap_refill();
    return 0;
}

/* ---- Thaw. ---- */

/* Where there are none, what was taken for the image stands. */
static bool has_arguments(void)
{
    size_t count = 0, bytes = 0;

    return __wasi_args_sizes_get(&count, &bytes) || count > 0;
}

EXPORT(BELLJAR_EXPORT_THAW) int32_t guest_thaw(void)
{
    if (!guest.context)
        return failed("belljar_thaw was called before belljar_init");
    if (environment_take(NULL, NULL))
        return failed("the variables cannot be read");
    JS_UpdateStackTop(guest.runtime);
    if (has_arguments() && take_arguments(guest.context))
        return failed("the arguments cannot be read");
    loop_set_origin();
    return 0;
}

/* ---- Renew. ---- */

EXPORT(BELLJAR_EXPORT_RENEW) int32_t guest_renew(uint32_t what)
{
    if (!guest.context)
        return failed("belljar_renew was called before belljar_init");
    JS_UpdateStackTop(guest.runtime);
    if (what & BELLJAR_RENEW_RANDOM)
        engine_forget_random(guest.context);
    if ((what & BELLJAR_RENEW_IDENTITY) &&
        (environment_take(NULL, NULL) || take_arguments(guest.context)))
        return failed("arguments and variables cannot be read");
    return 0;
}

/* ---- Eval. ---- */

/* Room for one byte more than asked: QuickJS wants a NUL after a source. */
EXPORT(BELLJAR_EXPORT_ALLOC) char *guest_alloc(uint32_t size)
{
    return size < UINT32_MAX ? malloc(size + 1) : NULL;
}

struct source {
    const char *text; /* a NUL follows */
    size_t size;
    uint32_t flags;
    const char *name; /* in stack traces, and what its imports are relative to */
    bool at_end;      /* what is wrong is that it ends, as the compiler of TypeScript has it */
};

static int has_await(const struct source *source)
{
    return memmem(source->text, source->size, "await", 5) != NULL;
}

/* A script runs as a plain function where it can: only one that says "await" somewhere needs the promise
 * that an async script costs. The two keep the same global scope. */
static JSValue compile_as(JSContext *context, const struct source *source, bool is_module)
{
    int flags = JS_EVAL_FLAG_COMPILE_ONLY;

    if (is_module)
        flags |= JS_EVAL_TYPE_MODULE;
    else if (has_await(source))
        flags |= JS_EVAL_FLAG_ASYNC;
    return JS_Eval(context, source->text, source->size, source->name, flags);
}

/* A source that is no script is taken for a module where it looks like one, as Node does; not at a prompt. */
static JSValue compile_javascript(JSContext *context, struct source *source)
{
    bool is_module = source->flags & BELLJAR_EVAL_MODULE;
    JSValue compiled = compile_as(context, source, is_module), error;

    if (!JS_IsException(compiled) || is_module || (source->flags & BELLJAR_EVAL_INTERACTIVE))
        return compiled;
    error = JS_GetException(context);
    if (!syntax_is_failed_script(context, error, source->text, source->size))
        return JS_Throw(context, error);
    JS_FreeValue(context, error);
    source->flags |= BELLJAR_EVAL_MODULE;
    return compile_as(context, source, true);
}

/* TypeScript with import or export is a module, whether that was asked for or not. */
static JSValue compile(JSContext *context, struct source *source)
{
    struct typescript_result result;
    struct source stripped = *source;
    JSValue compiled;

    if (!typescript_is_there())
        return compile_javascript(context, source);
    if (typescript_strip(context, source->name, source->text, source->size, &result,
                         &source->at_end))
        return JS_EXCEPTION;
    if (result.is_module)
        source->flags |= BELLJAR_EVAL_MODULE;
    stripped.text = result.text;
    stripped.size = result.size;
    stripped.flags = source->flags;
    compiled = compile_javascript(context, &stripped);
    js_free(context, result.text);
    return compiled;
}

/* At a prompt, {a: 1} is an object rather than a block with a label; where that does not parse it is a
 * block after all. */
static JSValue compile_object(JSContext *context, struct source *source)
{
    const char *begin = source->text, *end = source->text + source->size;
    struct source wrapped = {.flags = source->flags, .name = source->name};
    char *text;
    JSValue compiled;

    while (begin < end && strchr(" \t\r\n", *begin))
        begin++;
    while (end > begin && strchr(" \t\r\n", end[-1]))
        end--;
    if (begin == end || *begin != '{' || end[-1] == ';' || (source->flags & BELLJAR_EVAL_MODULE))
        return JS_UNDEFINED;
    wrapped.size = (size_t)(end - begin) + 3;
    text = malloc(wrapped.size + 1);
    if (!text)
        return JS_UNDEFINED;
    wrapped.text = text;
    text[0] = '(';
    memcpy(text + 1, begin, (size_t)(end - begin));
    memcpy(text + wrapped.size - 2, "\n)", 3);
    compiled = compile(context, &wrapped);
    free(text);
    if (JS_IsException(compiled)) {
        JS_FreeValue(context, JS_GetException(context));
        return JS_UNDEFINED;
    }
    return compiled;
}

/* After the loop has come to rest: what the promise of an async script or a module gave. */
static JSValue settled_value(JSContext *context, JSValueConst promise, bool is_module)
{
    JSValue result, value;

    switch (JS_PromiseState(context, promise)) {
    case JS_PROMISE_PENDING:
        JS_ThrowInternalError(
            context, "a top-level await never settles: nothing that could settle it is pending");
        return JS_EXCEPTION;
    case JS_PROMISE_REJECTED:
        /* The program handled this rejection itself, which only a module's own promise allows. */
        return JS_Throw(context, JS_PromiseResult(context, promise));
    default:
        break;
    }
    if (is_module)
        return JS_UNDEFINED;
    result = JS_PromiseResult(context, promise);
    value = JS_GetPropertyStr(context, result, "value");
    JS_FreeValue(context, result);
    return value;
}

/* Runs compiled code and everything that it leaves pending; returns its completion value. */
static JSValue run(JSContext *context, JSValue compiled, const struct source *source)
{
    bool is_module = source->flags & BELLJAR_EVAL_MODULE;
    bool is_async = is_module || has_await(source);
    JSValue value, settled;

    if (is_module && modules_set_meta(context, compiled, source->name, true)) {
        JS_FreeValue(context, compiled);
        return JS_EXCEPTION;
    }
    async_begin(!is_module);
    value = JS_EvalFunction(context, compiled);
    async_begin(false);
    if (JS_IsException(value) && loop_continues(context))
        value = JS_UNDEFINED, is_async = false;
    if (JS_IsException(value) || loop_run(context)) {
        JS_FreeValue(context, value);
        return JS_EXCEPTION;
    }
    if (!is_async)
        return value;
    settled = settled_value(context, value, is_module);
    JS_FreeValue(context, value);
    return settled;
}

static void print_value(JSContext *context, JSValueConst value)
{
    const struct inspect_options options = {INSPECT_USUAL};
    DynBuf text;

    if (JS_IsUndefined(value))
        return;
    text_init(context, &text);
    if (inspect_value(context, &text, value, &options))
        JS_FreeValue(context, JS_GetException(context));
    dbuf_putc(&text, '\n');
    text_make_valid(&text, 0);
    if (!dbuf_error(&text))
        fwrite(text.buf, 1, text.size, stdout);
    dbuf_free(&text);
}

static bool is_incomplete(JSContext *context, const struct source *source)
{
    JSValue error = JS_GetException(context);
    bool incomplete =
        source->at_end || incomplete_source(context, error, source->text, source->size);

    if (incomplete)
        JS_FreeValue(context, error);
    else
        JS_Throw(context, error);
    return incomplete;
}

static uint32_t ended_by_throw(JSContext *context)
{
    uint32_t result;

    if (guest.exited) {
        JS_FreeValue(context, JS_GetException(context));
        result = report_exit(guest.exit_code);
    } else {
        result = report_thrown(context);
        loop_abandon(context);
        if (loop_end(context, 1))
            JS_FreeValue(context, JS_GetException(context));
    }
    loop_abandon(context);
    return result;
}

static uint32_t eval(JSContext *context, struct source *source)
{
    bool interactive = source->flags & BELLJAR_EVAL_INTERACTIVE;
    JSValue value = JS_UNDEFINED;
    uint32_t result;

    if ((source->flags & BELLJAR_EVAL_TOOLS) && tools_tell(context))
        return ended_by_throw(context);
    if (interactive)
        value = compile_object(context, source);
    if (JS_IsUndefined(value))
        value = compile(context, source);
    if (JS_IsException(value) && interactive && is_incomplete(context, source))
        return report_incomplete();
    if (!JS_IsException(value))
        value = run(context, value, source);
    if (JS_IsException(value))
        return ended_by_throw(context);
    if (loop_end(context, 0)) {
        JS_FreeValue(context, value);
        return ended_by_throw(context);
    }
    if (interactive)
        print_value(context, value);
    display_value(context, value);
    result = report_value(context, value, source->flags);
    JS_FreeValue(context, value);
    return guest.exited || guest.exit_code ? report_exit(guest.exit_code) : result;
}

/* A byte order mark is no part of a source. The first eval has the script's name, the others a number. */
static struct source source_of(const char *text, size_t size, uint32_t flags, char name[static 24])
{
    size_t mark = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

    if (++guest.evals == 1 && guest.script_name)
        return (struct source){text + mark, size - mark, flags, guest.script_name, false};
    snprintf(name, 24, "<eval %u>", (unsigned)guest.evals);
    return (struct source){text + mark, size - mark, flags, name, false};
}

EXPORT(BELLJAR_EXPORT_EVAL)
uint32_t guest_eval(char *text, uint32_t size, uint32_t flags)
{
    struct source source;
    char name[24];
    uint32_t result;

    text[size] = '\0';
    source = source_of(text, size, flags, name);
    guest.exited = guest.ending = false;
    resolve_forget(guest.context);
    heap_refill();
    JS_UpdateStackTop(guest.runtime);
    result = eval(guest.context, &source);
    free(text);
    fflush(NULL);
    return result;
}
