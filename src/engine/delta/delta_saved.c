/*
 * delta_saved.c: a delta as bytes, and back. Knows nothing of Wasmtime.
 *
 *     memory u64; globals: how many u32, each: name, value u32; runs of pages: how many u32, each: first page u32,
 *     count u32; the pages
 */
#include <stdlib.h>

#include "engine/delta/pages.h"
#include "engine/run/delta.h"

#define WASM_PAGE_BYTES   ((uint64_t)65536)
#define WASM_MEMORY_BYTES ((uint64_t)4 << 30)

#define RUNS_MOST    ((uint64_t)1 << 20) /* as many as a memory has pages */
#define GLOBALS_MOST 64u
#define NAME_MOST    256u
#define PIECE_BYTES  ((size_t)1 << 20)

void engine_delta_save(const engine_delta *delta, bj_sink *sink)
{
    const size_t runs = delta->runs.size / sizeof(delta_run);
    bj_put_number(sink, delta->memory_size, 8);
    bj_put_number(sink, delta->global_count, 4);
    for (size_t i = 0; i < delta->global_count; i++) {
        bj_put_span(sink, bj_span_of(delta->globals[i].name));
        bj_put_number(sink, (uint32_t)delta->globals[i].value, 4);
    }
    bj_put_number(sink, runs, 4);
    for (size_t i = 0; i < runs; i++) {
        const delta_run *r = (const delta_run *)delta->runs.data + i;
        bj_put_number(sink, r->first, 4);
        bj_put_number(sink, r->count, 4);
    }
    bj_put(sink, delta->bytes.data, delta->bytes.size);
}

static bool read_globals(engine_delta *delta, bj_source *source)
{
    const uint32_t count = (uint32_t)bj_get_number(source, 4);
    if (count > GLOBALS_MOST || !bj_source_take_list(source, count, 8, NAME_MOST))
        return false;
    delta->globals = calloc(count + 1, sizeof *delta->globals);
    if (!delta->globals) {
        bj_source_end_memory(source);
        return false;
    }
    while (delta->global_count < count) {
        size_t size;
        delta_global *g = &delta->globals[delta->global_count];
        g->name = bj_get_text(source, NAME_MOST, &size);
        if (!g->name)
            return false;
        delta->global_count++;
        g->value = (int32_t)(uint32_t)bj_get_number(source, 4);
    }
    return !source->failed;
}

/* Room in an empty buffer for records of which each takes as much in the source. */
static bool reserve(bj_buffer *buffer, bj_source *source, uint64_t count, size_t each)
{
    if (!bj_source_take_list(source, count, each, each))
        return false;
    if (bj_buffer_reserve(buffer, (size_t)count * each) == 0)
        return true;
    bj_source_end_memory(source);
    return false;
}

/* In order, apart from each other and inside the memory. *pages: how many there are in all. */
static bool read_runs(engine_delta *delta, bj_source *source, uint64_t *pages)
{
    const uint64_t count = bj_get_number(source, 4), most = delta->memory_size / ENGINE_PAGE_BYTES;
    uint64_t end = 0;
    *pages = 0;
    if (count > RUNS_MOST || !reserve(&delta->runs, source, count, sizeof(delta_run)))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const delta_run r = {(uint32_t)bj_get_number(source, 4),
                             (uint32_t)bj_get_number(source, 4)};
        if (source->failed || r.count == 0 || r.first < end || r.first > most ||
            r.count > most - r.first || bj_buffer_append(&delta->runs, &r, sizeof r) < 0)
            return false;
        end = (uint64_t)r.first + r.count;
        *pages += r.count;
    }
    return !source->failed;
}

/* In pieces: a source that is cut off must not have all the memory filled that it promised to fill. */
static bool read_pages(engine_delta *delta, bj_source *source, uint64_t pages)
{
    if (!reserve(&delta->bytes, source, pages, ENGINE_PAGE_BYTES))
        return false;
    for (uint64_t left = pages * ENGINE_PAGE_BYTES; left > 0 && !source->failed;) {
        const size_t part = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        bj_get(source, delta->bytes.data + delta->bytes.size, part);
        delta->bytes.size += part;
        left -= part;
    }
    delta->bytes.data[delta->bytes.size] = 0;
    return !source->failed;
}

engine_delta *engine_delta_read(bj_source *source)
{
    engine_delta *delta = engine_delta_new();
    uint64_t pages;
    if (delta)
        delta->memory_size = bj_get_number(source, 8);
    else
        bj_source_end_memory(source);
    if (delta && !source->failed && delta->memory_size <= WASM_MEMORY_BYTES &&
        delta->memory_size % WASM_PAGE_BYTES == 0 && read_globals(delta, source) &&
        read_runs(delta, source, &pages) && read_pages(delta, source, pages))
        return delta;
    bj_source_refuse(source);
    engine_delta_release(delta);
    return NULL;
}
