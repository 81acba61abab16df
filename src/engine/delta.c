/*
 * delta.c: what an instance holds that a fresh one of its module doesn't: pages of memory, and the
 * exported mutable globals.
 *
 * Between two calls no frame of the guest is live, so that this is all of its state, as long as the
 * module is an image (image.h refuses to make one of a module with more). The pages that were written
 * are found by the kernel and compared with those of a fresh instance, since a slot that others used before
 * has been written all over: their pages were reset in place.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/delta.h"
#include "engine/internal.h"
#include "engine/pages.h"

#define WASM_PAGE_BYTES ((uint64_t)65536)

/* ---------------------------------------------------------------- taking */

typedef struct taking {
    engine_delta *delta;
    engine_memory now, fresh;
} taking;

static const uint8_t zeros[ENGINE_PAGE_BYTES];

static bool has_changed(const taking *t, uint64_t offset)
{
    const uint8_t *before = offset < t->fresh.size ? t->fresh.base + offset : zeros;
    return memcmp(t->now.base + offset, before, ENGINE_PAGE_BYTES) != 0;
}

static int add_run(engine_delta *delta, uint64_t begin, uint64_t end)
{
    const delta_run added = {(uint32_t)(begin / ENGINE_PAGE_BYTES),
                             (uint32_t)((end - begin) / ENGINE_PAGE_BYTES)};
    return bj_buffer_append(&delta->runs, &added, sizeof added);
}

/* Keeps the pages of a stretch that has been written that differ. */
static int take_pages(void *user, uint64_t begin, uint64_t end)
{
    const taking *t = user;
    while (begin < end) {
        uint64_t stop = begin;
        while (stop < end && has_changed(t, stop))
            stop += ENGINE_PAGE_BYTES;
        if (stop > begin &&
            (add_run(t->delta, begin, stop) < 0 ||
             bj_buffer_append(&t->delta->bytes, t->now.base + begin, (size_t)(stop - begin)) < 0))
            return -1;
        begin = stop + ENGINE_PAGE_BYTES;
    }
    return 0;
}

typedef struct counting {
    const engine_instance *instance;
    engine_delta *delta;
    int status;
} counting;

static bool item_is(const bj_wasmtime_text *text, const char *other)
{
    return bj_span_is((bj_span){text->data, text->size}, other);
}

/* Remembers an exported global that can change. */
static void take_global(void *user, const bj_wasmtime_item *item)
{
    counting *c = user;
    static const char mutable[] = "mutable ";
    if (c->status < 0 || item->kind != BJ_WASMTIME_GLOBAL || item->type.size < sizeof mutable - 1 ||
        memcmp(item->type.data, mutable, sizeof mutable - 1) != 0)
        return;
    delta_global *grown =
        realloc(c->delta->globals, (c->delta->global_count + 1) * sizeof *c->delta->globals);
    char *name = strndup(item->name.data, item->name.size);
    c->status = -1;
    if (grown)
        c->delta->globals = grown;
    if (!grown || !name || !item_is(&item->type, "mutable i32")) {
        free(name);
        return;
    }
    grown[c->delta->global_count++] = (delta_global){name, 0};
    c->status = 0;
}

static int take_globals(engine_instance *instance, engine_delta *delta)
{
    counting c = {instance, delta, 0};
    bj_wasmtime_each_export(instance->form->compiled, take_global, &c);
    for (size_t i = 0; i < delta->global_count && c.status == 0; i++)
        if (!engine_instance_get_global(instance, bj_span_of(delta->globals[i].name),
                                        &delta->globals[i].value))
            c.status = -1;
    return c.status;
}

engine_delta *engine_delta_take(engine_instance *instance, bj_error *err)
{
    engine_delta *delta = calloc(1, sizeof *delta);
    taking t = {.delta = delta, .now = engine_instance_memory(instance)};
    if (!delta) {
        bj_fail_memory(err);
        return NULL;
    }
    if (engine_module_get_fresh(instance->module, instance->form, &t.fresh, err) < 0) {
        engine_delta_delete(delta);
        return NULL;
    }
    delta->memory_size = t.now.size;
    if (take_globals(instance, delta) < 0 ||
        engine_pages_written(t.now.base, t.now.size, instance->module->engine->machine.pagemap_scan,
                             take_pages, &t) < 0) {
        engine_delta_delete(delta);
        bj_fail_memory(err);
        return NULL;
    }
    return delta;
}

/* ---------------------------------------------------------------- applying */

static int grow_memory(engine_instance *instance, uint64_t size, bj_error *err)
{
    const engine_memory now = engine_instance_memory(instance);
    uint64_t before;
    if (!now.base || now.size > size)
        return bj_fail(err, BJ_ERROR_MODULE, "the snapshot is of another module than %s",
                       instance->module->name);
    if (now.size == size)
        return 0;
    wasmtime_error_t *error = wasmtime_memory_grow(instance->context, &instance->memory,
                                                   (size - now.size) / WASM_PAGE_BYTES, &before);
    if (!error)
        return 0;
    wasmtime_error_delete(error);
    return bj_fail(
        err, BJ_ERROR_ARGUMENT,
        "the snapshot's memory of %llu bytes and its files are more than the limit memory",
        (unsigned long long)size);
}

int engine_delta_apply(const engine_delta *delta, engine_instance *instance, bj_error *err)
{
    if (grow_memory(instance, delta->memory_size, err) < 0)
        return -1;
    const engine_memory memory = engine_instance_memory(instance);
    const char *from = delta->bytes.data;
    for (size_t i = 0; i < delta->runs.size / sizeof(delta_run); i++) {
        const delta_run *r = (const delta_run *)delta->runs.data + i;
        const size_t size = (size_t)r->count * ENGINE_PAGE_BYTES;
        memcpy(memory.base + r->first * ENGINE_PAGE_BYTES, from, size);
        from += size;
    }
    for (size_t i = 0; i < delta->global_count; i++)
        if (!engine_instance_set_global(instance, bj_span_of(delta->globals[i].name),
                                        delta->globals[i].value))
            return bj_fail(err, BJ_ERROR_MODULE, "the snapshot has a global that %s has not: %s",
                           instance->module->name, delta->globals[i].name);
    return 0;
}
