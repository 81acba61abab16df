/*
 * originals.c: what the language has, kept for the library as it was when the image was made. Part of engine.c, which includes it.
 *
 * A program may replace Array.prototype.map, or give Object.prototype a `get`; the library is written in the language and would
 * run into that. So each object of the language has an original, a copy of its properties. Where bytecode of the library runs, or
 * a C function that it called, a property is looked for in the originals (belljar_seen of patches/originals.patch), and a
 * global variable in that of the global object; the program's own bytecode sees what it made of them. The objects themselves are
 * the same for both: what the library sets or defines is set and defined in them.
 *
 * Owns the table of originals, for as long as the runtime lives.
 */

/* The next JavaScript object behind *at in the order of their making; NULL after the last. */
static JSObject *next_object(JSRuntime *runtime, struct list_head **at)
{
    while ((*at = (*at)->next) != &runtime->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(*at, JSGCObjectHeader, link);

        if (JS_GC_TYPE(header) == JS_GC_OBJ_TYPE_JS_OBJECT)
            return (JSObject *)header;
    }
    return NULL;
}

/* Functions that are neither classes nor prototypes are left: nobody looks for properties of Array.prototype.map. */
static bool has_original(const JSObject *object)
{
    return kinds[object->class_id] != ENGINE_FUNCTION || object->is_constructor ||
           object->is_prototype;
}

static void take_property(JSProperty *to, const JSProperty *from, int flags)
{
    *to = *from;
    if ((flags & JS_PROP_TMASK) == JS_PROP_NORMAL) {
        js_dup(to->u.value);
        return;
    }
    if (to->u.getset.getter)
        js_dup(JS_MKPTR(JS_TAG_OBJECT, to->u.getset.getter));
    if (to->u.getset.setter)
        js_dup(JS_MKPTR(JS_TAG_OBJECT, to->u.getset.setter));
}

/* A plain object with the same prototype and properties; NULL with an exception pending. */
static JSObject *copy_of(JSContext *context, JSObject *object)
{
    JSShape *shape = js_clone_shape(context, object->shape);
    JSValue copy =
        shape ? JS_NewObjectFromShape(context, shape, JS_CLASS_OBJECT, NULL) : JS_EXCEPTION;
    JSObject *made = JS_IsException(copy) ? NULL : JS_VALUE_GET_OBJ(copy);

    for (int i = 0; made && i < shape->prop_count; i++)
        take_property(&made->prop[i], &object->prop[i], get_shape_prop(shape)[i].flags);
    return made;
}

/* To be called when nothing but the language is there. */
int engine_mark_language(JSContext *context)
{
    struct list_head *at = &context->rt->gc_obj_list;
    JSObject *object;

    /* Some are made when they are first asked for. */
    if (make_all_properties(context))
        return -1;
    while ((object = next_object(context->rt, &at)))
        object->is_intrinsic = has_original(object);
    return 0;
}

static int keep_originals(JSContext *context)
{
    JSRuntime *runtime = context->rt;
    struct list_head *at = &runtime->gc_obj_list;
    struct belljar_originals *all;
    uint32_t places = 16, count = 0;
    JSObject *object;

    while ((object = next_object(runtime, &at)))
        count += object->is_intrinsic;
    while (places < count * 2)
        places *= 2;
    all = js_mallocz(context, sizeof *all + places * sizeof *all->places);
    if (!all)
        return -1;
    all->mask = places - 1;
    for (at = &runtime->gc_obj_list; (object = next_object(runtime, &at));) {
        struct belljar_original *place;

        if (!object->is_intrinsic)
            continue;
        place = belljar_place(all, object);
        place->object = object;
        place->original = copy_of(context, object);
        if (!place->original)
            return -1;
    }
    runtime->originals = all;
    return 0;
}

JSValue engine_invoke_as_program(JSContext *context, JSValueConst object, JSAtom name, int argc,
                                 JSValueConst *argv)
{
    JSRuntime *runtime = context->rt;
    bool was_in_library = runtime->in_library;
    JSValue result;

    runtime->in_library = false;
    result = JS_Invoke(context, object, name, argc, argv);
    runtime->in_library = was_in_library;
    return result;
}
