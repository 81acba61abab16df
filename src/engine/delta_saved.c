/*
 * delta_saved.c: a delta as bytes, and back. Knows nothing of Wasmtime.
 *
 *     memory u64; globals: how many u32, each: name, value u32; runs of pages: how many u32, each: first page u32,
 *     count u32; the pages
 */
#include <stdlib.h>

#include "engine/delta.h"
#include "engine/pages.h"

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
    if (count > GLOBALS_MOST || !(delta->globals = calloc(count + 1, sizeof *delta->globals)))
        return false;
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

/* In order, apart from each other and inside the memory. *pages: how many there are in all. */
static bool read_runs(engine_delta *delta, bj_source *source, uint64_t *pages)
{
    const uint64_t count = bj_get_number(source, 4), most = delta->memory_size / ENGINE_PAGE_BYTES;
    uint64_t end = 0;
    *pages = 0;
    for (uint64_t i = 0; i < count && i <= RUNS_MOST; i++) {
        const delta_run r = {(uint32_t)bj_get_number(source, 4),
                             (uint32_t)bj_get_number(source, 4)};
        if (source->failed || r.count == 0 || r.first < end || r.first > most ||
            r.count > most - r.first || bj_buffer_append(&delta->runs, &r, sizeof r) < 0)
            return false;
        end = (uint64_t)r.first + r.count;
        *pages += r.count;
    }
    return !source->failed && count <= RUNS_MOST;
}

/* In pieces: a source that is cut off must not cost the memory that it promised to fill. */
static bool read_pages(engine_delta *delta, bj_source *source, uint64_t size)
{
    bj_autofree char *piece = malloc(PIECE_BYTES);
    while (piece && size > 0) {
        const size_t part = size < PIECE_BYTES ? (size_t)size : PIECE_BYTES;
        bj_get(source, piece, part);
        if (source->failed || bj_buffer_append(&delta->bytes, piece, part) < 0)
            return false;
        size -= part;
    }
    return piece != NULL;
}

engine_delta *engine_delta_read(bj_source *source)
{
    engine_delta *delta = engine_delta_new();
    uint64_t pages;
    if (delta)
        delta->memory_size = bj_get_number(source, 8);
    if (delta && !source->failed && delta->memory_size <= WASM_MEMORY_BYTES &&
        delta->memory_size % WASM_PAGE_BYTES == 0 && read_globals(delta, source) &&
        read_runs(delta, source, &pages) && read_pages(delta, source, pages * ENGINE_PAGE_BYTES))
        return delta;
    bj_source_refuse(source);
    engine_delta_release(delta);
    return NULL;
}
