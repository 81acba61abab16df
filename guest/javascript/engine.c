/*
 * engine.c: QuickJS, compiled as one unit with the readers of engine.h.
 *
 * Owns nothing: it includes quickjs.c (pinned by guest/pins, with the patches of this folder applied)
 * so that the functions at its end see the engine's own types. All that depends on QuickJS's insides is
 * here and in patches/; the rest of the guest uses quickjs.h and engine.h.
 *
 * Invariant: no function here runs JavaScript, not even a getter or a proxy's trap.
 */
#include "quickjs.c"

#include <wasi/api.h>

#include "engine.h"
#include "typescript.h"

/* New memory after which the first collection is made, as in a runtime that begins with nothing. */
#define GC_FIRST_BYTES (256 * 1024)

static const uint8_t kinds[JS_CLASS_INIT_COUNT] = {
    [JS_CLASS_ARRAY] = ENGINE_ARRAY,
    [JS_CLASS_ERROR] = ENGINE_ERROR,
    [JS_CLASS_NUMBER] = ENGINE_BOXED,
    [JS_CLASS_STRING] = ENGINE_BOXED,
    [JS_CLASS_BOOLEAN] = ENGINE_BOXED,
    [JS_CLASS_SYMBOL] = ENGINE_BOXED,
    [JS_CLASS_BIG_INT] = ENGINE_BOXED,
    [JS_CLASS_ARGUMENTS] = ENGINE_ARGUMENTS,
    [JS_CLASS_MAPPED_ARGUMENTS] = ENGINE_ARGUMENTS,
    [JS_CLASS_DATE] = ENGINE_DATE,
    [JS_CLASS_MODULE_NS] = ENGINE_MODULE,
    [JS_CLASS_C_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_BYTECODE_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_BOUND_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_C_FUNCTION_DATA] = ENGINE_FUNCTION,
    [JS_CLASS_C_CLOSURE] = ENGINE_FUNCTION,
    [JS_CLASS_GENERATOR_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_ASYNC_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_ASYNC_GENERATOR_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_PROMISE_RESOLVE_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_PROMISE_REJECT_FUNCTION] = ENGINE_FUNCTION,
    [JS_CLASS_ASYNC_FUNCTION_RESOLVE] = ENGINE_FUNCTION,
    [JS_CLASS_ASYNC_FUNCTION_REJECT] = ENGINE_FUNCTION,
    [JS_CLASS_REGEXP] = ENGINE_REGEXP,
    [JS_CLASS_ARRAY_BUFFER] = ENGINE_ARRAY_BUFFER,
    [JS_CLASS_SHARED_ARRAY_BUFFER] = ENGINE_SHARED_ARRAY_BUFFER,
    [JS_CLASS_UINT8C_ARRAY... JS_CLASS_FLOAT64_ARRAY] = ENGINE_TYPED_ARRAY,
    [JS_CLASS_DATAVIEW] = ENGINE_DATA_VIEW,
    [JS_CLASS_MAP] = ENGINE_MAP,
    [JS_CLASS_SET] = ENGINE_SET,
    [JS_CLASS_WEAKMAP] = ENGINE_WEAK_MAP,
    [JS_CLASS_WEAKSET] = ENGINE_WEAK_SET,
    [JS_CLASS_WEAK_REF] = ENGINE_WEAK_REF,
    [JS_CLASS_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_ITERATOR_CONCAT] = ENGINE_ITERATOR,
    [JS_CLASS_ITERATOR_HELPER] = ENGINE_ITERATOR,
    [JS_CLASS_ITERATOR_WRAP] = ENGINE_ITERATOR,
    [JS_CLASS_MAP_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_SET_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_ARRAY_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_STRING_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_REGEXP_STRING_ITERATOR] = ENGINE_ITERATOR,
    [JS_CLASS_GENERATOR] = ENGINE_GENERATOR,
    [JS_CLASS_ASYNC_GENERATOR] = ENGINE_GENERATOR,
    [JS_CLASS_PROXY] = ENGINE_PROXY,
    [JS_CLASS_PROMISE] = ENGINE_PROMISE,
};

enum engine_kind engine_kind(JSValueConst value)
{
    uint16_t class_id;

    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT)
        return ENGINE_NOT_AN_OBJECT;
    class_id = JS_VALUE_GET_OBJ(value)->class_id;
    if (class_id >= JS_CLASS_INIT_COUNT || kinds[class_id] == 0)
        return ENGINE_PLAIN;
    return kinds[class_id];
}

enum engine_function engine_function(JSValueConst function)
{
    JSFunctionBytecode *code;

    if (JS_VALUE_GET_TAG(function) != JS_TAG_OBJECT ||
        !js_class_has_bytecode(JS_VALUE_GET_OBJ(function)->class_id))
        return ENGINE_FUNCTION_NORMAL;
    code = JS_VALUE_GET_OBJ(function)->u.func.function_bytecode;
    /* A class keeps no mark of being one, but its source always begins so and a function's never does. */
    if (code->source && code->source_len > 5 && !memcmp(code->source, "class", 5))
        return ENGINE_FUNCTION_CLASS;
    switch (code->func_kind) {
    case JS_FUNC_ASYNC:
        return ENGINE_FUNCTION_ASYNC;
    case JS_FUNC_GENERATOR:
        return ENGINE_FUNCTION_GENERATOR;
    case JS_FUNC_ASYNC_GENERATOR:
        return ENGINE_FUNCTION_ASYNC_GENERATOR;
    default:
        return ENGINE_FUNCTION_NORMAL;
    }
}

uint32_t engine_collection_size(JSValueConst collection)
{
    JSMapState *state = JS_VALUE_GET_OBJ(collection)->u.map_state;

    return state ? state->record_count : 0;
}

int engine_collection_next(JSValueConst collection, void **cursor, JSValueConst *key,
                           JSValueConst *value)
{
    JSMapState *state = JS_VALUE_GET_OBJ(collection)->u.map_state;
    struct list_head *at;

    if (!state)
        return 0;
    for (at = *cursor ? ((struct list_head *)*cursor)->next : state->records.next;
         at != &state->records; at = at->next) {
        JSMapRecord *record = list_entry(at, JSMapRecord, link);

        if (record->empty)
            continue;
        *cursor = at;
        *key = record->key;
        *value = record->value;
        return 1;
    }
    return 0;
}

JSValueConst engine_boxed_value(JSValueConst boxed)
{
    return JS_VALUE_GET_OBJ(boxed)->u.object_data;
}

JSValueConst engine_proxy_target(JSValueConst proxy)
{
    JSProxyData *data = JS_VALUE_GET_OBJ(proxy)->u.proxy_data;

    return data && !data->is_revoked ? data->target : JS_NULL;
}

JSValue engine_date_string(JSContext *context, JSValueConst date)
{
    double time;

    if (JS_ToFloat64(context, &time, engine_boxed_value(date)) || isnan(time))
        return JS_NewString(context, "Invalid Date");
    return get_date_string(context, date, 0, NULL, 0x23);
}

JSValue engine_regexp_source(JSContext *context, JSValueConst regexp)
{
    return js_regexp_get_source(context, regexp);
}

void engine_regexp_flags(JSValueConst regexp, char flags[static 16])
{
    static const struct {
        int bit;
        char letter;
    } letters[] = {
        {LRE_FLAG_INDICES, 'd'},      {LRE_FLAG_GLOBAL, 'g'}, {LRE_FLAG_IGNORECASE, 'i'},
        {LRE_FLAG_MULTILINE, 'm'},    {LRE_FLAG_DOTALL, 's'}, {LRE_FLAG_UNICODE, 'u'},
        {LRE_FLAG_UNICODE_SETS, 'v'}, {LRE_FLAG_STICKY, 'y'},
    };
    JSString *bytecode = JS_VALUE_GET_OBJ(regexp)->u.regexp.bytecode;
    int set = bytecode ? lre_get_flags(str8(bytecode)) : 0;
    size_t count = 0;

    for (size_t i = 0; i < countof(letters); i++)
        if (set & letters[i].bit)
            flags[count++] = letters[i].letter;
    flags[count] = '\0';
}

JSValueConst engine_view_buffer(JSValueConst view, size_t *offset, size_t *length)
{
    JSTypedArray *array = JS_VALUE_GET_OBJ(view)->u.typed_array;

    const JSArrayBuffer *buffer = array->buffer->u.array_buffer;
    size_t end = (size_t)array->offset + (array->track_rab ? 0 : array->length);

    /* Out of the bounds of a buffer that was detached or made smaller: it shows nothing. */
    *offset = *length = 0;
    if (!buffer->detached && end <= (size_t)buffer->byte_length) {
        *offset = array->offset;
        *length = array->length;
        if (array->track_rab)
            *length = (size_t)buffer->byte_length - array->offset;
    }
    return JS_MKPTR(JS_TAG_OBJECT, array->buffer);
}

JSAtom engine_class_name(JSContext *context, JSValueConst object)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);

    return JS_DupAtom(context, context->rt->class_array[p->class_id].class_name);
}

JSAtom engine_to_string_tag(void)
{
    return JS_ATOM_Symbol_toStringTag;
}

JSValueConst engine_error_frames(JSValueConst error)
{
    JSObject *p = JS_VALUE_GET_OBJ(error);

    return p->class_id == JS_CLASS_ERROR && JS_IsString(p->u.object_data) ? p->u.object_data
                                                                          : JS_UNDEFINED;
}

int engine_is_dense(JSValueConst array)
{
    JSObject *p = JS_VALUE_GET_OBJ(array);
    int is_array = p->class_id == JS_CLASS_ARRAY;

    /* An array has one property beside its elements: length. */
    return p->fast_array && p->shape->prop_count == is_array &&
           (!is_array || JS_VALUE_GET_INT(p->prop[0].u.value) == (int)p->u.array.count);
}

int engine_atom_index(JSAtom atom, uint32_t *index)
{
    if (!__JS_AtomIsTaggedInt(atom))
        return 0;
    *index = __JS_AtomToUInt32(atom);
    return 1;
}

int engine_stack_is_low(JSContext *context)
{
    return js_check_stack_overflow(context->rt, 0);
}

/* JS_Eval2 takes no line 0. */
JSValue engine_eval_from_line(JSContext *context, const char *text, size_t size, const char *name,
                              int line)
{
    return JS_EvalInternal(context, context->global_obj, text, size, name, line,
                           JS_EVAL_TYPE_GLOBAL, -1);
}

/* The generator never leaves a state of zero, which says that it has none. */
void engine_forget_random(JSContext *context)
{
    if (context->random_state)
        context->random_state = 0;
}

static int belljar_seed(JSContext *context)
{
    if (__wasi_random_get((uint8_t *)&context->random_state, sizeof context->random_state)) {
        JS_ThrowInternalError(context, "there is no randomness");
        return -1;
    }
    if (!context->random_state)
        context->random_state = 1;
    return 0;
}

void engine_interrupt_now(JSContext *context)
{
    context->interrupt_counter = 0;
}

int engine_is_uncatchable(JSContext *context, JSValueConst error)
{
    return JS_IsUncatchableError(error);
}

/* Modules still to be looked at, and those that were, in one list. */
struct modules {
    JSModuleDef **list;
    int count, size;
};

static int add_module(JSContext *context, struct modules *all, JSModuleDef *module)
{
    for (int i = 0; i < all->count; i++)
        if (all->list[i] == module)
            return 0;
    if (js_resize_array(context, (void **)&all->list, sizeof *all->list, &all->size,
                        all->count + 1))
        return -1;
    all->list[all->count++] = module;
    return 0;
}

int engine_module_awaits(JSContext *context, JSModuleDef *module)
{
    struct modules all = {0};
    int result = add_module(context, &all, module);

    for (int i = 0; i < all.count && result == 0; i++) {
        result = all.list[i]->has_tla;
        for (int k = 0; k < all.list[i]->req_module_entries_count && result == 0; k++)
            result = add_module(context, &all, all.list[i]->req_module_entries[k].module);
    }
    js_free(context, all.list);
    return result;
}

#include "frozen.c"

JSValueConst engine_async_context(JSContext *context)
{
    return context->rt->async_context;
}

void engine_set_async_context(JSContext *context, JSValue value)
{
    JSValue before = context->rt->async_context;

    context->rt->async_context = value;
    JS_FreeValue(context, before);
}

static void belljar_position(JSContext *context, JSAtom file, int *line, int *column)
{
    const char *name = typescript_has_maps() ? JS_AtomToCString(context, file) : NULL;

    if (name)
        typescript_position(name, line, column);
    JS_FreeCString(context, name);
}

#include "callee.c"
