/*
 * heap.c: QuickJS's memory: small blocks from slabs of its own, large ones from the C library.
 *
 * A JavaScript program makes and drops small objects above all. A slab is a page of blocks of one size; a
 * block needs no header and is freed in a few instructions (a twentieth of the run time, against the C
 * library alone), and a small program touches few pages, which every fresh sandbox pays for. An empty slab
 * goes back to the C library, save the last of its size.
 *
 * Which is which is seen from the address: the C library's blocks are aligned to 16 bytes, those in slabs
 * lie 8 bytes off.
 *
 * When memory.grow fails, an allocation returns NULL and QuickJS throws "out of memory"; so that the error
 * object, the handlers of the program and our own report still find room, a block is held in reserve and
 * given back at the first failure. It is taken again as soon as memory has been freed.
 *
 * Invariants: no failure here ends the guest. Every slab in slabs_with_room has room; one that has none is
 * in no list.
 */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Room that nothing is written to costs addresses, not pages. */
#define RESERVE_BYTES (128 * 1024)

#define SLAB_BYTES 4096u
#define UNIT       16u  /* blocks are multiples of this … */
#define MAX_SMALL  256u /* … up to this; larger ones are the C library's */
#define CLASSES    (MAX_SMALL / UNIT)

/* A block of the C library costs this much beyond its usable size. */
#define BLOCK_OVERHEAD 8u

/* So much of a slab is left to the C library's own bookkeeping, so that slabs lie side by side. */
#define SLAB_END (SLAB_BYTES - BLOCK_OVERHEAD)

struct free_block {
    struct free_block *next;
};

/* The beginning of a slab; its blocks follow. */
struct slab {
    struct slab *previous, *next;
    struct free_block *freed;
    uint16_t fresh; /* offset of the first block that was never used */
    uint16_t used;
    uint32_t class; /* size of a block in units */
};

#define FIRST_BLOCK 24

_Static_assert(sizeof(struct slab) <= FIRST_BLOCK && FIRST_BLOCK % UNIT == 8,
               "blocks lie behind the slab's head, 8 bytes off");

static struct slab *slabs_with_room[CLASSES + 1];

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

/* ---- Slabs. ---- */

static bool is_small(const void *block)
{
    return (uintptr_t)block & 8;
}

static struct slab *slab_of(const void *block)
{
    return (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_BYTES - 1));
}

static void link_slab(struct slab *slab)
{
    slab->previous = NULL;
    slab->next = slabs_with_room[slab->class];
    if (slab->next)
        slab->next->previous = slab;
    slabs_with_room[slab->class] = slab;
}

static void unlink_slab(struct slab *slab)
{
    if (slab->next)
        slab->next->previous = slab->previous;
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        slabs_with_room[slab->class] = slab->next;
}

static bool is_full(const struct slab *slab)
{
    return !slab->freed && slab->fresh + slab->class * UNIT > SLAB_END;
}

static struct slab *new_slab(uint32_t class)
{
    struct slab *slab = aligned_alloc(SLAB_BYTES, SLAB_END);

    if (!slab)
        return NULL;
    slab->freed = NULL;
    slab->fresh = FIRST_BLOCK;
    slab->used = 0;
    slab->class = class;
    link_slab(slab);
    return slab;
}

static void *take_small(uint32_t class)
{
    struct slab *slab = slabs_with_room[class];
    void *block;

    if (!slab) {
        slab = new_slab(class);
        if (!slab)
            return NULL;
    }
    if (slab->freed) {
        block = slab->freed;
        slab->freed = slab->freed->next;
    } else {
        block = (char *)slab + slab->fresh;
        slab->fresh += (uint16_t)(class * UNIT);
    }
    slab->used++;
    if (is_full(slab))
        unlink_slab(slab);
    return block;
}

static void give_small(void *block)
{
    struct slab *slab = slab_of(block);
    struct free_block *freed = block;

    if (is_full(slab))
        link_slab(slab);
    freed->next = slab->freed;
    slab->freed = freed;
    if (--slab->used == 0 && (slab->next || slab->previous)) {
        unlink_slab(slab);
        free(slab);
        refill();
    }
}

/* ---- What QuickJS calls. ---- */

static size_t usable(const void *block)
{
    if (!block)
        return 0;
    return is_small(block) ? slab_of(block)->class * UNIT : malloc_usable_size((void *)block);
}

static void *heap_malloc(JSMallocState *state, size_t size)
{
    void *block;

    if (size <= MAX_SMALL) {
        uint32_t class = (uint32_t)(size + UNIT - 1) / UNIT;

        block = take_small(class);
        if (block) {
            state->malloc_count++;
            state->malloc_size += class * UNIT;
            return block;
        }
    }
    block = malloc(size);
    if (!block) {
        shortage();
        return NULL;
    }
    state->malloc_count++;
    state->malloc_size += malloc_usable_size(block) + BLOCK_OVERHEAD;
    return block;
}

static void heap_free(JSMallocState *state, void *block)
{
    if (!block)
        return;
    state->malloc_count--;
    if (is_small(block)) {
        state->malloc_size -= slab_of(block)->class * UNIT;
        give_small(block);
    } else {
        state->malloc_size -= malloc_usable_size(block) + BLOCK_OVERHEAD;
        free(block);
        refill();
    }
}

/* A block that changes its kind, or leaves its slab. */
static void *heap_move(JSMallocState *state, void *block, size_t old_size, size_t size)
{
    void *moved = heap_malloc(state, size);

    if (!moved)
        return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    heap_free(state, block);
    return moved;
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
    if (is_small(block))
        return size <= before && size > before / 2 ? block : heap_move(state, block, before, size);
    moved = realloc(block, size);
    if (!moved) {
        shortage();
        return NULL;
    }
    state->malloc_size += malloc_usable_size(moved) - before;
    return moved;
}

/* ---- For the other files. ---- */

JSRuntime *heap_new_runtime(void)
{
    static const JSMallocFunctions functions = {heap_malloc, heap_free, heap_realloc, usable};

    return JS_NewRuntime2(&functions, NULL);
}

void heap_refill(void)
{
    ran_out = false;
    refill();
}

bool heap_ran_out(void)
{
    return ran_out;
}
