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
#include "engine/delta/pages.h"
#include "engine/internal.h"
#include "engine/run/delta.h"

/* ---------------------------------------------------------------- the pages that differ */

/* Stretches of pages that may differ: in order, apart from each other. */
typedef struct candidates {
    bj_buffer runs; /* of delta_run */
    uint64_t pages;
    uint64_t done; /* all before this was looked at */
    const delta_run *base,
        *base_end; /* of what the instance was restored from: not looked at yet */
} candidates;

static int add_candidates(candidates *c, uint64_t begin, uint64_t end)
{
    const delta_run added = {(uint32_t)(begin / ENGINE_PAGE_BYTES),
                             (uint32_t)((end - begin) / ENGINE_PAGE_BYTES)};
    c->done = end;
    c->pages += added.count;
    return bj_buffer_append(&c->runs, &added, sizeof added);
}

/* Pages that differed when the instance was restored, up to `end`: where they were mapped, the kernel does not
 * say that they were written. */
static int add_base(candidates *c, uint64_t end)
{
    for (; c->base < c->base_end; c->base++) {
        const uint64_t first = c->base->first * ENGINE_PAGE_BYTES;
        const uint64_t last = first + c->base->count * ENGINE_PAGE_BYTES;
        const uint64_t begin = first > c->done ? first : c->done;
        const uint64_t stop = last < end ? last : end;
        if (begin < stop && add_candidates(c, begin, stop) < 0)
            return -1;
        if (last > end)
            break;
    }
    return 0;
}

static int add_written(void *user, uint64_t begin, uint64_t end)
{
    return add_base(user, begin) < 0 ? -1 : add_candidates(user, begin, end);
}

static int find_candidates(engine_instance *instance, const engine_memory *memory, candidates *c)
{
    engine_pages pages = {.base = memory->base,
                          .size = memory->size,
                          .scan = instance->module->engine->machine.pagemap_scan};
    bj_wasmtime_memory_tracked(instance->context, &instance->memory, false, &pages.marked_begin,
                               &pages.marked_end);
    if (instance->base) {
        c->base = (const delta_run *)instance->base->runs.data;
        c->base_end = c->base + instance->base->runs.size / sizeof(delta_run);
    }
    return engine_pages_written(&pages, add_written, c) < 0 ? -1 : add_base(c, memory->size);
}

typedef struct comparison {
    engine_delta *delta;
    engine_memory now, fresh;
} comparison;

static const uint8_t zeros[ENGINE_PAGE_BYTES];

static bool has_changed(const comparison *c, uint64_t offset)
{
    const uint8_t *before = offset < c->fresh.size ? c->fresh.base + offset : zeros;
    return memcmp(c->now.base + offset, before, ENGINE_PAGE_BYTES) != 0;
}

static int keep_pages(const comparison *c, uint64_t begin, uint64_t end)
{
    const delta_run added = {(uint32_t)(begin / ENGINE_PAGE_BYTES),
                             (uint32_t)((end - begin) / ENGINE_PAGE_BYTES)};
    return bj_buffer_append(&c->delta->runs, &added, sizeof added) < 0
               ? -1
               : bj_buffer_append(&c->delta->bytes, c->now.base + begin, (size_t)(end - begin));
}

/* Keeps those of a stretch that differ. */
static int keep_changed(const comparison *c, uint64_t begin, uint64_t end)
{
    while (begin < end) {
        uint64_t stop = begin;
        while (stop < end && has_changed(c, stop))
            stop += ENGINE_PAGE_BYTES;
        if (stop > begin && keep_pages(c, begin, stop) < 0)
            return -1;
        begin = stop + ENGINE_PAGE_BYTES;
    }
    return 0;
}

static int take_memory(engine_instance *instance, const comparison *c)
{
    candidates found = {0};
    int status = find_candidates(instance, &c->now, &found);
    if (status == 0)
        status = bj_buffer_reserve(&c->delta->bytes, (size_t)(found.pages * ENGINE_PAGE_BYTES));
    const delta_run *runs = (const delta_run *)found.runs.data;
    for (size_t i = 0; status == 0 && i < found.runs.size / sizeof *runs; i++)
        status = keep_changed(c, runs[i].first * ENGINE_PAGE_BYTES,
                              ((uint64_t)runs[i].first + runs[i].count) * ENGINE_PAGE_BYTES);
    bj_buffer_free(&found.runs);
    return status;
}

/* ---------------------------------------------------------------- taking */

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

/* To have pages marked takes as long as finding those that were written some ten times without. */
#define MARK_AFTER 8

/* From now on the delta is what the instance had when marking began. */
static void mark_from_here(engine_instance *instance, engine_delta *delta)
{
    const engine_machine *machine = &instance->module->engine->machine;
    uint64_t begin, end;
    if (++instance->taken != MARK_AFTER || !machine->pooling || !machine->pagemap_scan ||
        bj_wasmtime_memory_tracked(instance->context, &instance->memory, false, &begin, &end) ||
        !bj_wasmtime_memory_tracked(instance->context, &instance->memory, true, &begin, &end))
        return;
    engine_delta_release(instance->base);
    instance->base = engine_delta_retain(delta);
}

engine_delta *engine_delta_take(engine_instance *instance, bj_error *err)
{
    if (instance->unchanged)
        return engine_delta_retain(instance->unchanged);
    engine_delta *delta = engine_delta_new();
    comparison c = {.delta = delta, .now = engine_instance_memory(instance)};
    if (!delta) {
        bj_fail_memory(err);
        return NULL;
    }
    if (engine_module_get_fresh(instance->module, instance->form, &c.fresh, err) < 0) {
        engine_delta_release(delta);
        return NULL;
    }
    delta->memory_size = c.now.size;
    if (take_globals(instance, delta) < 0 || take_memory(instance, &c) < 0) {
        engine_delta_release(delta);
        bj_fail_memory(err);
        return NULL;
    }
    mark_from_here(instance, delta);
    instance->unchanged = engine_delta_retain(delta);
    return delta;
}

/* ---------------------------------------------------------------- restoring */

static int memory_exceeds(const engine_delta *delta, bj_error *err)
{
    return bj_fail(
        err, BJ_ERROR_ARGUMENT,
        "the snapshot's memory of %llu bytes and its files are more than the limit memory",
        (unsigned long long)delta->memory_size);
}

static int start(engine_delta *delta, engine_instance *instance, bj_error *err)
{
    instance->base = engine_delta_retain(delta);
    instance->image = engine_delta_get_image(delta, instance);
    const engine_result result = engine_instance_start(instance);
    if (result.status == ENGINE_RETURNED)
        return 0;
    if (result.status != ENGINE_LIMIT)
        return bj_fail(err, BJ_ERROR_ENGINE, "%s could not be started: %s", instance->module->name,
                       result.message);
    if (instance->image && instance->budget->culprit == POLICY_memory_bytes)
        return memory_exceeds(delta, err);
    return bj_fail(err, BJ_ERROR_ARGUMENT,
                   "the limits memory or table-elements are below what %s starts with",
                   instance->module->name);
}

static int grow_memory(const engine_delta *delta, engine_instance *instance, bj_error *err)
{
    const engine_memory now = engine_instance_memory(instance);
    uint64_t before;
    if (!now.base || now.size > delta->memory_size)
        return bj_fail(err, BJ_ERROR_MODULE, "the snapshot is of another module than %s",
                       instance->module->name);
    if (now.size == delta->memory_size)
        return 0;
    wasmtime_error_t *error =
        wasmtime_memory_grow(instance->context, &instance->memory,
                             (delta->memory_size - now.size) / WASM_PAGE_BYTES, &before);
    if (!error)
        return 0;
    wasmtime_error_delete(error);
    return memory_exceeds(delta, err);
}

static int copy_pages(const engine_delta *delta, engine_instance *instance, bj_error *err)
{
    if (grow_memory(delta, instance, err) < 0)
        return -1;
    const engine_memory memory = engine_instance_memory(instance);
    const char *from = delta->bytes.data;
    for (size_t i = 0; i < delta->runs.size / sizeof(delta_run); i++) {
        const delta_run *r = (const delta_run *)delta->runs.data + i;
        const size_t size = (size_t)r->count * ENGINE_PAGE_BYTES;
        memcpy(memory.base + r->first * ENGINE_PAGE_BYTES, from, size);
        from += size;
    }
    return 0;
}

static int set_globals(const engine_delta *delta, engine_instance *instance, bj_error *err)
{
    for (size_t i = 0; i < delta->global_count; i++)
        if (!engine_instance_set_global(instance, bj_span_of(delta->globals[i].name),
                                        delta->globals[i].value))
            return bj_fail(err, BJ_ERROR_MODULE, "the snapshot has a global that %s has not: %s",
                           instance->module->name, delta->globals[i].name);
    return 0;
}

int engine_delta_restore(engine_delta *delta, engine_instance *instance, bj_error *err)
{
    if (start(delta, instance, err) < 0 ||
        (!instance->image && copy_pages(delta, instance, err) < 0) ||
        set_globals(delta, instance, err) < 0)
        return -1;
    instance->unchanged = engine_delta_retain(delta);
    return 0;
}
