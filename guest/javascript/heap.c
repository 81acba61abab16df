/*
 * heap.c: QuickJS's memory, from the C library, and what is done when there is no more.
 *
 * The engine cuts small blocks out of arenas of a page; arenas are aligned to pages here, so that a small
 * program, and thereby every fresh sandbox, touches few of them.
 *
 * When memory.grow fails, an allocation returns NULL and QuickJS throws "out of memory"; so that the error
 * object, the handlers of the program and our own report still find room, a block is held in reserve and
 * given back at the first failure. It is taken again as soon as memory has been freed.
 *
 * Invariant: no failure here ends the guest.
 */
#include <stdlib.h>

#include "guest.h"

/* Room that nothing is written to costs addresses, not pages. */
#define RESERVE_BYTES (128 * 1024)

/* The engine asks for somewhat less than a page for an arena; what is left is the C library's own
 * bookkeeping, so that arenas lie side by side. */
#define PAGE_BYTES  4096u
#define ARENA_BYTES (PAGE_BYTES - 8u)
#define ARENA_LEAST (PAGE_BYTES - 512u)

static void *reserve;
static bool ran_out;

size_t malloc_usable_size(void *block);

static void shortage(void)
{
    ran_out = true;
    free(reserve);
    reserve = NULL;
    /* The next object to be made collects cycles first. */
    if (guest.runtime)
        JS_SetGCThreshold(guest.runtime, 0);
}

/* After something large was given back. */
static void refill(void)
{
    if (!reserve)
        reserve = malloc(RESERVE_BYTES);
}

/* ---- What QuickJS calls. ---- */

static void *checked(void *block)
{
    if (!block)
        shortage();
    return block;
}

static void *heap_malloc(void *opaque, size_t size)
{
    (void)opaque;
    if (size >= ARENA_LEAST && size <= ARENA_BYTES)
        return checked(aligned_alloc(PAGE_BYTES, ARENA_BYTES));
    return checked(malloc(size));
}

static void *heap_calloc(void *opaque, size_t count, size_t size)
{
    (void)opaque;
    return checked(calloc(count, size));
}

static void heap_free(void *opaque, void *block)
{
    (void)opaque;
    if (!block)
        return;
    free(block);
    refill();
}

static void *heap_realloc(void *opaque, void *block, size_t size)
{
    (void)opaque;
    return checked(realloc(block, size));
}

static size_t heap_usable_size(const void *block)
{
    return malloc_usable_size((void *)block);
}

/* ---- For the other files. ---- */

JSRuntime *heap_new_runtime(void)
{
    static const JSMallocFunctions functions = {heap_calloc, heap_malloc, heap_free, heap_realloc,
                                                heap_usable_size};

    return JS_NewRuntime2(&functions, NULL);
}

void heap_refill(void)
{
    if (ran_out)
        ran_out = false;
    refill();
}

bool heap_ran_out(void)
{
    return ran_out;
}
