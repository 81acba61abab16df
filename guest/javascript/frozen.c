/*
 * frozen.c: what is done to the engine's heap before an image is made of it, so that a sandbox writes to few of the pages that
 * all share. Part of engine.c, which includes it.
 *
 * A page of the image that is written is copied for the sandbox, and put back when the sandbox is deleted; that is most of what
 * a short program costs. So properties that the engine makes when they are first asked for are made now, and what a program
 * makes first lies close together: its blocks of any size, and its atoms.
 */

/* Bytes of the first blocks of each size; at least BLOCKS_LEAST blocks. */
#define BLOCKS_BYTES 640
#define BLOCKS_LEAST 3
#define SPARE_ATOMS  1000

/* ---- Properties that are made when they are first asked for. ---- */

/* Prototypes of functions and namespaces of modules are left, for nobody may ever want them. */
static bool is_made_later(const JSShapeProperty *named, JSProperty *property)
{
    return (named->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT &&
           (js_autoinit_get_id(property) == JS_AUTOINIT_ID_PROP ||
            js_autoinit_get_id(property) == JS_AUTOINIT_ID_BYTECODE);
}

static int make_properties(JSContext *context, JSObject *object)
{
    for (int i = 0; i < object->shape->prop_count; i++) {
        JSShapeProperty *named = &get_shape_prop(object->shape)[i];

        if (is_made_later(named, &object->prop[i]) &&
            JS_AutoInitProperty(context, object, named->atom, &object->prop[i], named))
            return -1;
    }
    return 0;
}

/* Those that are made meanwhile come to the end of the list. */
static int make_all_properties(JSContext *context)
{
    struct list_head *list = &context->rt->gc_obj_list;

    for (struct list_head *at = list->next; at != list; at = at->next) {
        JSGCObjectHeader *header = list_entry(at, JSGCObjectHeader, link);

        if (JS_GC_TYPE(header) == JS_GC_OBJ_TYPE_JS_OBJECT &&
            make_properties(context, (JSObject *)header))
            return -1;
    }
    return 0;
}

#include "originals.c"

/* ---- Atoms. ---- */

/* The program's first atoms have numbers in a row, rather than those that have become free here and there. */
static int make_room_for_atoms(JSRuntime *runtime)
{
    int begin = runtime->atom_size, end = begin + SPARE_ATOMS;
    JSAtomStruct **atoms = js_realloc_rt(runtime, runtime->atom_array, sizeof *atoms * end);

    if (!atoms)
        return -1;
    for (int i = begin; i < end; i++)
        atoms[i] = atom_set_free(i + 1 < end ? (uint32_t)i + 1 : runtime->atom_free_index);
    runtime->atom_array = atoms;
    runtime->atom_size = end;
    runtime->atom_free_index = begin;
    return 0;
}

/* ---- Blocks. ---- */

/* Arenas that are nearly full come last. */
static void put_emptier_first(struct list_head *arenas)
{
    struct list_head *at, *next, last = LIST_HEAD_INIT(last);

    list_for_each_safe(at, next, arenas)
    {
        const JSArena *arena = list_entry(at, JSArena, free_link);

        if (arena->n_used_blocks * 2 > arena->n_blocks) {
            list_del(at);
            list_add_tail(at, &last);
        }
    }
    list_for_each_safe(at, next, &last)
    {
        list_del(at);
        list_add_tail(at, arenas);
    }
}

static int blocks_of(int size_index)
{
    return max_int(BLOCKS_LEAST, BLOCKS_BYTES / arena_block_sizes[size_index]);
}

static size_t bytes_of(int size_index)
{
    return sizeof(JSArena) + (size_t)blocks_of(size_index) * arena_block_sizes[size_index];
}

/* A small arena for each size, one after the other. They are parts of one allocation and must never be freed: each has a block
 * more than there is, and that is in use. */
static int make_first_arenas(JSRuntime *runtime)
{
    uint8_t *at;
    size_t size = 0;

    for (int i = 0; i < JS_ARENA_BLOCK_SIZE_COUNT; i++)
        size += bytes_of(i);
    at = runtime->mf.js_malloc(runtime->malloc_state.opaque, size);
    if (!at)
        return -1;
    for (int i = 0; i < JS_ARENA_BLOCK_SIZE_COUNT; i++) {
        JSArena *arena = (JSArena *)at;
        int count = blocks_of(i);

        *arena = (JSArena){
            .block_size_idx = i, .n_blocks = count + 1, .n_used_blocks = 1, .first_free_block = 0};
        for (int k = 0; k < count; k++) {
            JSMallocBlockHeader *block = arena_get_block(arena, k, arena_block_sizes[i]);

            block->u.free_next = k + 1 < count ? k + 1 : JS_ARENA_FREE_NIL;
            block->block_size_idx = i;
        }
        put_emptier_first(&runtime->arena_state.free_arena_list[i]);
        init_list_head(&arena->link);
        list_add(&arena->free_link, &runtime->arena_state.free_arena_list[i]);
        at += bytes_of(i);
    }
    return 0;
}

/* ---- The collector. ---- */

/* What is there now is never again looked at, nor its counts written, by the collector; what it refers to, now or later, is kept
 * as if it were referred to from outside. */
static void hide_from_collector(JSRuntime *runtime)
{
    JS_RunGC(runtime);
    while (!list_empty(&runtime->gc_obj_list)) {
        struct list_head *at = runtime->gc_obj_list.next;

        list_del(at);
        list_add_tail(at, &runtime->frozen_obj_list);
        JS_GC_FROZEN(list_entry(at, JSGCObjectHeader, link)) = 1;
    }
}

int engine_freeze(JSContext *context)
{
    JSRuntime *runtime = context->rt;

    if (make_all_properties(context) || keep_originals(context) || make_room_for_atoms(runtime))
        return -1;
    hide_from_collector(runtime);
    if (!JS_ARENA_LARGE_BLOCKS_ONLY && make_first_arenas(runtime))
        return -1;
    runtime->malloc_gc_threshold = runtime->malloc_state.malloc_size + GC_FIRST_BYTES;
    return 0;
}
