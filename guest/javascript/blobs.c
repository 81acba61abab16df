/*
 * blobs.c: bytes that pass beside the text of values: many of them in a buffer, which are neither written as text nor read as such.
 */
#include "../belljar_guest.h"
#include "guest.h"

#define IMPORT(name) __attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(name)))

IMPORT(BELLJAR_IMPORT_GIVE) int32_t host_give(const void *parts, uint32_t count);
IMPORT(BELLJAR_IMPORT_BLOB)
int32_t host_blob(uint32_t from, uint32_t number, void *buffer, uint32_t size);

/* What is less stands in the text. */
#define LEAST 4096

int32_t blobs_add(JSContext *context, struct blobs *to, JSValueConst buffer, size_t offset,
                  size_t size)
{
    struct blob *items;

    if (size < LEAST || to->count == BELLJAR_BLOBS_MOST)
        return -1;
    if (to->count % 16 == 0) {
        items = js_realloc(context, to->items, (to->count + 16) * sizeof *items);
        if (!items) {
            JS_FreeValue(context, JS_GetException(context));
            return -1;
        }
        to->items = items;
    }
    to->items[to->count] = (struct blob){JS_DupValue(context, buffer), offset, size};
    return (int32_t)to->count++;
}

void blobs_clear(JSContext *context, struct blobs *blobs)
{
    for (uint32_t i = 0; i < blobs->count; i++)
        JS_FreeValue(context, blobs->items[i].buffer);
    js_free(context, blobs->items);
    *blobs = (struct blobs){0};
}

/* Where the bytes lie now; NULL: not there any more. */
static const uint8_t *find(JSContext *context, const struct blob *blob)
{
    size_t size;
    const uint8_t *bytes = JS_GetArrayBuffer(context, &size, blob->buffer);

    if (!bytes) {
        JS_FreeValue(context, JS_GetException(context));
        return NULL;
    }
    return blob->offset <= size && blob->size <= size - blob->offset ? bytes + blob->offset : NULL;
}

bool blobs_give(JSContext *context, const struct blobs *blobs)
{
    uint32_t *parts = js_malloc(context, (size_t)blobs->count * BELLJAR_BLOB_BYTES + 1);
    bool found = parts != NULL, taken;

    if (!parts)
        JS_FreeValue(context, JS_GetException(context));
    for (uint32_t i = 0; found && i < blobs->count; i++) {
        const uint8_t *bytes = find(context, &blobs->items[i]);
        uint32_t *part = parts + i * (BELLJAR_BLOB_BYTES / sizeof *parts);

        found = bytes != NULL;
        part[BELLJAR_BLOB_ADDRESS / 4] = (uint32_t)(uintptr_t)bytes;
        part[BELLJAR_BLOB_SIZE / 4] = (uint32_t)blobs->items[i].size;
    }
    taken = found && host_give(parts, blobs->count) == BELLJAR_BLOBS_TAKEN;
    js_free(context, parts);
    return taken;
}

/* The host writes into the array's buffer, which nobody else knows yet. */
static int fill(JSContext *context, JSValueConst array, uint32_t from, uint32_t number, size_t size)
{
    size_t room;
    JSValue buffer = JS_GetTypedArrayBuffer(context, array, NULL, NULL, NULL);
    uint8_t *bytes = JS_IsException(buffer) ? NULL : JS_GetArrayBuffer(context, &room, buffer);
    int status = bytes && room >= size ? 0 : -1;

    if (status == 0)
        (void)host_blob(from, number, bytes, (uint32_t)size);
    JS_FreeValue(context, buffer);
    return status;
}

JSValue blobs_take(JSContext *context, uint32_t from, uint32_t number, int type, size_t element)
{
    int32_t size = host_blob(from, number, NULL, 0);
    JSValue length, array;

    if (size < 0 || (size_t)size % element != 0)
        return JS_ThrowTypeError(context, "the host has no such bytes");
    length = JS_NewInt32(context, (int32_t)((size_t)size / element));
    array = JS_NewTypedArray(context, 1, (JSValueConst *)&length, (JSTypedArrayEnum)type);
    if (!JS_IsException(array) && size > 0 && fill(context, array, from, number, (size_t)size)) {
        JS_FreeValue(context, array);
        return JS_EXCEPTION;
    }
    return array;
}
