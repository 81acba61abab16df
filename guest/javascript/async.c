/*
 * async.c: on whose behalf something runs: what node:async_hooks is made of.
 *
 * Owns the numbers of what runs now. The stores of AsyncLocalStorage are one value that the engine carries through
 * promises (patches/async-context.patch) and loop.c through timers, ticks and immediates; JavaScript makes it
 * (lib/node/async_hooks.js), undefined is none. Numbers are Node's: of timers, ticks and resources alone; a promise's job has 0.
 *
 * Invariant: between two evals there are no stores.
 */
#include "async.h"
#include "engine.h"
#include "guest.h"
#include "library.h"

static uint32_t last_id = 1, current_id, current_trigger;

uint32_t async_new_id(void)
{
    return ++last_id;
}

void async_note(JSContext *context, struct async_origin *origin, uint32_t id)
{
    origin->stores = JS_DupValue(context, engine_async_context(context));
    origin->id = id;
    origin->trigger = current_id;
}

void async_forget(JSContext *context, struct async_origin *origin)
{
    JS_FreeValue(context, origin->stores);
}

JSValue async_call(JSContext *context, const struct async_origin *origin, JSValueConst function,
                   int argc, JSValueConst *argv)
{
    JSValue before = JS_DupValue(context, engine_async_context(context)), result;

    engine_set_async_context(context, JS_DupValue(context, origin->stores));
    current_id = origin->id;
    current_trigger = origin->trigger;
    result = JS_Call(context, function, JS_UNDEFINED, argc, argv);
    current_id = current_trigger = 0;
    engine_set_async_context(context, before);
    return result;
}

void async_begin(bool is_script)
{
    current_id = is_script;
    current_trigger = 0;
}

void async_end(JSContext *context)
{
    engine_set_async_context(context, JS_UNDEFINED);
    current_id = current_trigger = 0;
}

/* ---- For the library. ---- */

static JSValue stores(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_DupValue(context, engine_async_context(context));
}

static JSValue set_stores(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc;
    engine_set_async_context(context, JS_DupValue(context, argv[0]));
    return JS_UNDEFINED;
}

static JSValue new_id(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewUint32(context, async_new_id());
}

static JSValue execution(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewUint32(context, current_id);
}

static JSValue trigger(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewUint32(context, current_trigger);
}

/* (execution, trigger) */
static JSValue set_execution(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    uint32_t id, by;

    (void)this_value, (void)argc;
    if (JS_ToUint32(context, &id, argv[0]) || JS_ToUint32(context, &by, argv[1]))
        return JS_EXCEPTION;
    current_id = id;
    current_trigger = by;
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("stores", 0, stores),       JS_CFUNC_DEF("setStores", 1, set_stores),
    JS_CFUNC_DEF("newId", 0, new_id),        JS_CFUNC_DEF("execution", 0, execution),
    JS_CFUNC_DEF("trigger", 0, trigger),     JS_CFUNC_DEF("setExecution", 2, set_execution),
};

void async_install(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
}
