/*
 * members.c: what objects hold: properties, elements, entries, bytes; for inspect.c.
 *
 * Owns nothing. Runs getters where that was asked for, and nothing else.
 */
#include <string.h>

#include "inspect.h"

#define MAX_BUFFER_BYTES 50 /* of an ArrayBuffer */

/* ---- Properties. ---- */

static void put_inner(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around)
{
    in->indentation += 2;
    in->put_value(in, out, value, level, around);
    in->indentation -= 2;
}

/* What a getter threw: "<Inspection threw (its message)>". */
static void put_thrown(struct inspection *in, DynBuf *out)
{
    JSValue thrown = JS_GetException(in->context);
    JSValue message = JS_IsObject(thrown) ? peek(in->context, thrown, "message") : JS_UNDEFINED;

    dbuf_putstr(out, " <Inspection threw (");
    if (JS_IsObject(message) || JS_IsSymbol(message))
        dbuf_putstr(out, "…");
    else
        (void)peek_put_text(in->context, out, message);
    dbuf_putstr(out, ")>");
    JS_FreeValue(in->context, message);
    JS_FreeValue(in->context, thrown);
}

/* "[Getter: 1]", "[Getter] { a: 1 }" */
static void put_gotten(struct inspection *in, DynBuf *out, const char *label, JSValueConst getter,
                       JSValueConst object, int level, const struct level *around)
{
    JSValue value = JS_Call(in->context, getter, object, 0, NULL);
    bool has_members = JS_IsObject(value);

    literal_open(in, out, STYLE_SPECIAL);
    dbuf_printf(out, has_members ? "[%s]" : "[%s:", label);
    literal_close(in, out, STYLE_SPECIAL);
    if (JS_IsException(value)) {
        put_thrown(in, out);
    } else {
        dbuf_putc(out, ' ');
        put_inner(in, out, value, level, around);
    }
    if (!has_members)
        literal_put_styled(in, out, STYLE_SPECIAL, "]");
    JS_FreeValue(in->context, value);
}

static void put_accessor(struct inspection *in, DynBuf *out, const JSPropertyDescriptor *property,
                         JSValueConst object, int level, const struct level *around)
{
    bool get = !JS_IsUndefined(property->getter), set = !JS_IsUndefined(property->setter);
    const char *label = get && set ? "Getter/Setter" : set ? "Setter" : "Getter";
    enum inspect_getters which = in->options->getters;

    if (get && !in->failed &&
        (which == INSPECT_GETTERS_ALL ||
         which == (set ? INSPECT_GETTERS_PAIRED : INSPECT_GETTERS_ALONE))) {
        put_gotten(in, out, label, property->getter, object, level, around);
        return;
    }
    literal_open(in, out, STYLE_SPECIAL);
    dbuf_printf(out, "[%s]", label);
    literal_close(in, out, STYLE_SPECIAL);
}

void members_add_property(struct inspection *in, struct layout_list *list, JSValueConst object,
                          JSAtom atom, int level, const struct level *around)
{
    JSPropertyDescriptor property;
    int found = JS_GetOwnProperty(in->context, &property, object, atom);

    if (found == 0)
        return;
    if (found < 0) {
        /* A binding of a module that is not initialised yet. */
        peek_forget_exception(in->context);
        literal_put_key(in, &list->text, atom, true);
        dbuf_putstr(&list->text, ": ");
        literal_put_styled(in, &list->text, STYLE_SPECIAL, "<uninitialized>");
        layout_end_member(list);
        return;
    }
    literal_put_key(in, &list->text, atom, property.flags & JS_PROP_ENUMERABLE);
    dbuf_putstr(&list->text, ": ");
    if (property.flags & JS_PROP_GETSET)
        put_accessor(in, &list->text, &property, object, level, around);
    else
        put_inner(in, &list->text, property.value, level, around);
    layout_end_member(list);
    JS_FreeValue(in->context, property.value);
    JS_FreeValue(in->context, property.getter);
    JS_FreeValue(in->context, property.setter);
}

/* Properties of an error that its first lines have shown already. */
static bool is_shown(JSContext *context, JSAtom atom)
{
    static const char *const names[] = {"name",     "message",    "stack",
                                        "fileName", "lineNumber", "columnNumber"};
    const char *text = JS_AtomToCString(context, atom);
    bool shown = false;

    for (size_t i = 0; text && i < countof(names); i++)
        shown = shown || !strcmp(text, names[i]);
    JS_FreeCString(context, text);
    return shown;
}

/* Whether an own property is listed among the members: not an element, not shown otherwise. */
static bool is_listed(struct inspection *in, enum engine_kind kind, const JSPropertyEnum *name)
{
    uint32_t index;
    bool is_element = kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY || kind == ENGINE_BOXED;
    const char *text;
    bool listed;

    if (is_element && engine_atom_index(name->atom, &index))
        return false;
    if (kind == ENGINE_ERROR && is_shown(in->context, name->atom))
        return false;
    if (name->is_enumerable || in->options->hidden)
        return true;
    if (kind != ENGINE_ERROR)
        return false;
    /* `cause`, and the errors of an AggregateError, are not enumerable but worth most. */
    text = JS_AtomToCString(in->context, name->atom);
    listed = text && (!strcmp(text, "cause") || !strcmp(text, "errors"));
    JS_FreeCString(in->context, text);
    return listed;
}

/* The listed property names of an object: to be freed with free_names. */
struct names members_names(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    struct names all = {NULL, 0};
    JSPropertyEnum last[2]; /* what an error was caused by comes at its end */
    uint32_t kept = 0, late = 0;

    if ((kind == ENGINE_ARRAY || kind == ENGINE_TYPED_ARRAY) && engine_is_dense(object) &&
        !in->options->hidden)
        return all;
    if (JS_GetOwnPropertyNames(in->context, &all.names, &all.count, object,
                               JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_SET_ENUM)) {
        peek_forget_exception(in->context);
        return (struct names){NULL, 0};
    }
    for (uint32_t i = 0; i < all.count; i++) {
        if (!is_listed(in, kind, &all.names[i]))
            JS_FreeAtom(in->context, all.names[i].atom);
        else if (kind == ENGINE_ERROR && !all.names[i].is_enumerable && late < countof(last))
            last[late++] = all.names[i];
        else
            all.names[kept++] = all.names[i];
    }
    for (uint32_t i = 0; i < late; i++)
        all.names[kept++] = last[i];
    all.count = kept;
    return all;
}

void members_free_names(JSContext *context, struct names *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        JS_FreeAtom(context, all->names[i].atom);
    js_free(context, all->names);
}

/* ---- What the different kinds of objects hold. ---- */

/* The last member of a list that was cut; true when it was. */
static bool add_rest(struct layout_list *list, int64_t more, const char *what)
{
    if (more <= 0)
        return false;
    dbuf_printf(&list->text, "... %lld more %s%s", (long long)more, what, more == 1 ? "" : "s");
    layout_end_member(list);
    return true;
}

static int64_t length_of(JSContext *context, JSValueConst array)
{
    JSValue value = peek(context, array, "length");
    int64_t length = 0;

    if (JS_IsNumber(value))
        JS_ToInt64(context, &length, value);
    JS_FreeValue(context, value);
    return length;
}

static void add_holes(struct inspection *in, struct layout_list *list, int64_t count)
{
    literal_open(in, &list->text, STYLE_UNDEFINED);
    dbuf_printf(&list->text, "<%lld empty item%s>", (long long)count, count == 1 ? "" : "s");
    literal_close(in, &list->text, STYLE_UNDEFINED);
    layout_end_member(list);
    list->of_numbers = false;
}

static void add_element(struct inspection *in, struct layout_list *list, JSValueConst array,
                        uint32_t index, int level, const struct level *around)
{
    JSAtom atom = JS_NewAtomUInt32(in->context, index);
    JSPropertyDescriptor element;

    if (JS_GetOwnProperty(in->context, &element, array, atom) > 0) {
        if (element.flags & JS_PROP_GETSET)
            put_accessor(in, &list->text, &element, array, level, around);
        else
            put_inner(in, &list->text, element.value, level, around);
        if (!JS_IsNumber(element.value) && !JS_IsBigInt(element.value))
            list->of_numbers = false;
        layout_end_member(list);
        JS_FreeValue(in->context, element.value);
        JS_FreeValue(in->context, element.getter);
        JS_FreeValue(in->context, element.setter);
    }
    JS_FreeAtom(in->context, atom);
}

/* Elements of an array that may have holes, through the names of those that exist. */
static bool add_sparse(struct inspection *in, struct layout_list *list, JSValueConst array,
                       int64_t length, int level, const struct level *around)
{
    JSPropertyEnum *names;
    uint32_t count, index, shown = 0;
    int64_t next = 0, most = in->options->max_items;

    if (JS_GetOwnPropertyNames(in->context, &names, &count, array, JS_GPN_STRING_MASK)) {
        peek_forget_exception(in->context);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (shown < most && engine_atom_index(names[i].atom, &index) && index < length) {
            if (index > next) {
                add_holes(in, list, index - next);
                next = index;
                shown++;
            }
            if (shown < most) {
                add_element(in, list, array, index, level, around);
                next = (int64_t)index + 1;
                shown++;
            }
        }
        JS_FreeAtom(in->context, names[i].atom);
    }
    js_free(in->context, names);
    if (shown < most && next < length) {
        add_holes(in, list, length - next);
        next = length;
    }
    return add_rest(list, length - next, "item");
}

static bool add_elements(struct inspection *in, struct layout_list *list, JSValueConst array,
                         int64_t length, int level, const struct level *around)
{
    int64_t most = in->options->max_items, shown = length < most ? length : most;

    list->of_numbers = true;
    if (engine_kind(array) == ENGINE_ARRAY && !engine_is_dense(array))
        return add_sparse(in, list, array, length, level, around);
    for (uint32_t i = 0; i < shown; i++)
        add_element(in, list, array, i, level, around);
    return add_rest(list, length - shown, "item");
}

/* The first entries, keys and values in turn, as they are now: an object that says itself how it looks may change the collection.
 * NULL where there is no memory. */
static JSValue *entries_of(JSContext *context, JSValueConst collection, int64_t count)
{
    JSValue *entries =
        js_malloc_rt(JS_GetRuntime(context), (size_t)(2 * count + 1) * sizeof *entries);
    JSValueConst key, value;
    void *cursor = NULL;

    for (int64_t i = 0;
         entries && i < count && engine_collection_next(collection, &cursor, &key, &value); i++) {
        entries[2 * i] = JS_DupValue(context, key);
        entries[2 * i + 1] = JS_DupValue(context, value);
    }
    return entries;
}

static bool add_entries(struct inspection *in, struct layout_list *list, JSValueConst collection,
                        bool is_map, int level, const struct level *around)
{
    int64_t size = engine_collection_size(collection), most = in->options->max_items,
            shown = size < most ? size : most;
    JSValue *entries = entries_of(in->context, collection, shown);

    if (!entries) {
        dbuf_set_error(&list->text);
        return false;
    }
    for (int64_t i = 0; i < shown; i++) {
        put_inner(in, &list->text, entries[2 * i], level, around);
        if (is_map) {
            dbuf_putstr(&list->text, " => ");
            put_inner(in, &list->text, entries[2 * i + 1], level, around);
        }
        layout_end_member(list);
        JS_FreeValue(in->context, entries[2 * i]);
        JS_FreeValue(in->context, entries[2 * i + 1]);
    }
    js_free(in->context, entries);
    return add_rest(list, size - shown, "item");
}

/* "byteLength: 4" */
static void add_count(struct inspection *in, struct layout_list *list, const char *name,
                      size_t count)
{
    dbuf_printf(&list->text, "%s: ", name);
    literal_put(in, &list->text, JS_NewInt64(in->context, (int64_t)count), 0);
    layout_end_member(list);
}

static void add_buffer_contents(struct inspection *in, struct layout_list *list,
                                JSValueConst buffer)
{
    JSContext *context = in->context;
    size_t size;
    uint8_t *bytes = text_bytes_of(context, buffer, &size);

    if (!bytes) {
        peek_forget_exception(context);
        literal_put_styled(in, &list->text, STYLE_SPECIAL, "(detached)");
        size = 0;
    } else {
        literal_put_styled(in, &list->text, STYLE_SPECIAL, "[Uint8Contents]");
        dbuf_putstr(&list->text, ": <");
        for (size_t i = 0; i < size && i < MAX_BUFFER_BYTES; i++)
            dbuf_printf(&list->text, "%s%02x", i ? " " : "", bytes[i]);
        if (size > MAX_BUFFER_BYTES)
            dbuf_printf(&list->text, " ... %zu more byte%s", size - MAX_BUFFER_BYTES,
                        size - MAX_BUFFER_BYTES == 1 ? "" : "s");
        dbuf_putc(&list->text, '>');
    }
    layout_end_member(list);
    add_count(in, list, "byteLength", size);
}

static void add_view(struct inspection *in, struct layout_list *list, JSValueConst view, int level,
                     const struct level *around)
{
    size_t offset, length;
    JSValueConst buffer = engine_view_buffer(view, &offset, &length);

    add_count(in, list, "byteLength", length);
    add_count(in, list, "byteOffset", offset);
    dbuf_putstr(&list->text, "buffer: ");
    put_inner(in, &list->text, buffer, level, around);
    layout_end_member(list);
}

static void add_promise(struct inspection *in, struct layout_list *list, JSValueConst promise,
                        int level, const struct level *around)
{
    JSPromiseStateEnum state = JS_PromiseState(in->context, promise);
    JSValue result;

    if (state == JS_PROMISE_PENDING) {
        literal_put_styled(in, &list->text, STYLE_SPECIAL, "<pending>");
    } else {
        result = JS_PromiseResult(in->context, promise);
        if (state == JS_PROMISE_REJECTED) {
            literal_put_styled(in, &list->text, STYLE_SPECIAL, "<rejected>");
            dbuf_putc(&list->text, ' ');
        }
        put_inner(in, &list->text, result, level, around);
        JS_FreeValue(in->context, result);
    }
    layout_end_member(list);
}

/* Adds what is inside an object of this kind, its properties aside; true when it was cut. */
bool members_add_contents(struct inspection *in, struct layout_list *list, JSValueConst object,
                          enum engine_kind kind, int64_t length, int level,
                          const struct level *around)
{
    switch (kind) {
    case ENGINE_ARRAY:
    case ENGINE_TYPED_ARRAY:
        return add_elements(in, list, object, length, level, around);
    case ENGINE_MAP:
    case ENGINE_SET:
        return add_entries(in, list, object, kind == ENGINE_MAP, level, around);
    case ENGINE_ARRAY_BUFFER:
    case ENGINE_SHARED_ARRAY_BUFFER:
        add_buffer_contents(in, list, object);
        break;
    case ENGINE_DATA_VIEW:
        add_view(in, list, object, level, around);
        break;
    case ENGINE_PROMISE:
        add_promise(in, list, object, level, around);
        break;
    case ENGINE_WEAK_MAP:
    case ENGINE_WEAK_SET:
        literal_put_styled(in, &list->text, STYLE_SPECIAL, "<items unknown>");
        layout_end_member(list);
        break;
    default:
        break;
    }
    return false;
}

int64_t members_size(struct inspection *in, JSValueConst object, enum engine_kind kind)
{
    size_t offset, bytes, element;

    if (kind == ENGINE_MAP || kind == ENGINE_SET)
        return engine_collection_size(object);
    if (kind == ENGINE_TYPED_ARRAY) {
        JSValue buffer = JS_GetTypedArrayBuffer(in->context, object, &offset, &bytes, &element);

        if (JS_IsException(buffer)) {
            peek_forget_exception(in->context);
            return 0;
        }
        JS_FreeValue(in->context, buffer);
        return (int64_t)(bytes / element);
    }
    return length_of(in->context, object);
}
