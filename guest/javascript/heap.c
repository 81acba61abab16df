/*
 * heap.c: QuickJS's memory: small blocks from slabs of its own, large ones from the C library.
 *
 * A JavaScript program makes and drops small objects above all. A slab is 16 KiB of blocks of one size;
 * slab_classes tells for every 16 KiB of memory whether it is one, so that a block needs no header and is
 * freed in a few instructions (a tenth of the run time, against the C library alone). An empty slab goes
 * back to the C library, save the last of its size.
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

#define SLAB_BITS  14
#define SLAB_BYTES ((size_t)1 << SLAB_BITS)
#define UNIT       16  /* blocks are multiples of this … */
#define MAX_SMALL  256 /* … up to this; larger ones are the C library's */
#define CLASSES    (MAX_SMALL / UNIT)

/* A block of the C library costs this much beyond its usable size. */
#define BLOCK_OVERHEAD 8

struct free_block {
    struct free_block *next;
};

/* The beginning of a slab; its blocks follow. */
struct slab {
    struct slab *previous, *next;
    struct free_block *freed;
    uint32_t fresh; /* offset of the first block that was never used */
    uint32_t used;
};

#define FIRST_BLOCK 32

_Static_assert(sizeof(struct slab) <= FIRST_BLOCK, "a slab's head has its room");

/* By address / SLAB_BYTES: 0, or the block size of the slab there in units. 4 KiB of it speak for 64 MiB. */
static uint8_t slab_classes[(size_t)1 << (32 - SLAB_BITS)];

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

static struct slab *slab_of(const void *block)
{
    return (struct slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_BYTES - 1));
}

static uint8_t *class_of(const void *block)
{
    return &slab_classes[(uintptr_t)block >> SLAB_BITS];
}

static void link_slab(struct slab *slab, uint32_t class)
{
    slab->previous = NULL;
    slab->next = slabs_with_room[class];
    if (slab->next)
        slab->next->previous = slab;
    slabs_with_room[class] = slab;
}

static void unlink_slab(struct slab *slab, uint32_t class)
{
    if (slab->next)
        slab->next->previous = slab->previous;
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        slabs_with_room[class] = slab->next;
}

static bool is_full(const struct slab *slab, uint32_t class)
{
    return !slab->freed && slab->fresh + class * UNIT > SLAB_BYTES;
}

static struct slab *new_slab(uint32_t class)
{
    struct slab *slab = aligned_alloc(SLAB_BYTES, SLAB_BYTES);

    if (!slab)
        return NULL;
    slab->freed = NULL;
    slab->fresh = FIRST_BLOCK;
    slab->used = 0;
    *class_of(slab) = (uint8_t)class;
    link_slab(slab, class);
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
        slab->fresh += class * UNIT;
    }
    slab->used++;
    if (is_full(slab, class))
        unlink_slab(slab, class);
    return block;
}

static void give_small(void *block, uint32_t class)
{
    struct slab *slab = slab_of(block);
    struct free_block *freed = block;

    if (is_full(slab, class))
        link_slab(slab, class);
    freed->next = slab->freed;
    slab->freed = freed;
    if (--slab->used == 0 && (slab->next || slab->previous)) {
        unlink_slab(slab, class);
        *class_of(slab) = 0;
        free(slab);
        refill();
    }
}

/* ---- What QuickJS calls. ---- */

static size_t usable(const void *block)
{
    uint32_t class;

    if (!block)
        return 0;
    class = *class_of(block);
    return class ? class * UNIT : malloc_usable_size((void *)block);
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
    uint32_t class;

    if (!block)
        return;
    state->malloc_count--;
    class = *class_of(block);
    if (class) {
        state->malloc_size -= class * UNIT;
        give_small(block, class);
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
    if (*class_of(block))
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
