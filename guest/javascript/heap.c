/*
 * heap.c: QuickJS's memory functions over the C library's.
 *
 * QuickJS starts its cycle collector by what it has allocated, so every block is counted by its usable
 * size. When memory.grow fails, an allocation returns NULL and QuickJS throws "out of memory"; so that
 * the error object itself, the handlers of the program and our own report still find room, a block is
 * held in reserve and given back to the C library at the first failure. It is taken again when the next
 * eval begins.
 *
 * Invariant: no failure here ends the guest.
 */
#include <malloc.h>
#include <stdlib.h>

#include "guest.h"

/* A block of the C library costs this much beyond its usable size. */
#define BLOCK_OVERHEAD 8

/* Never written to, so it costs address room, not pages. */
#define RESERVE_BYTES (128 * 1024)

static void *reserve;
static bool ran_out;

size_t malloc_usable_size(void *block);

static size_t usable(const void *block)
{
    return block ? malloc_usable_size((void *)block) : 0;
}

static void shortage(void)
{
    ran_out = true;
    free(reserve);
    reserve = NULL;
    /* The next object to be made collects cycles first. */
    if (guest.runtime)
        JS_SetGCThreshold(guest.runtime, 0);
}

static void *heap_malloc(JSMallocState *state, size_t size)
{
    void *block = malloc(size);

    if (!block) {
        shortage();
        return NULL;
    }
    state->malloc_count++;
    state->malloc_size += usable(block) + BLOCK_OVERHEAD;
    return block;
}

static void heap_free(JSMallocState *state, void *block)
{
    if (!block)
        return;
    state->malloc_count--;
    state->malloc_size -= usable(block) + BLOCK_OVERHEAD;
    free(block);
}

static void *heap_realloc(JSMallocState *state, void *block, size_t size)
{
    size_t before;
    void *moved;

    if (!block)
        return size ? heap_malloc(state, size) : NULL;
    if (size == 0) {
        heap_free(state, block);
        return NULL;
    }
    before = usable(block);
    moved = realloc(block, size);
    if (!moved) {
        shortage();
        return NULL;
    }
    state->malloc_size += usable(moved) - before;
    return moved;
}

JSRuntime *heap_new_runtime(void)
{
    static const JSMallocFunctions functions = {heap_malloc, heap_free, heap_realloc, usable};

    return JS_NewRuntime2(&functions, NULL);
}

void heap_refill(void)
{
    ran_out = false;
    if (!reserve)
        reserve = malloc(RESERVE_BYTES);
}

bool heap_ran_out(void)
{
    return ran_out;
}
