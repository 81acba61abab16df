/*
 * shim_nursery.c: where the first objects of a program lie.
 *
 * CPython keeps small blocks of each size in pools of their own, and takes new blocks from where some were freed. After
 * start-up these pools lie all over the heap, and a program that makes one object of each of thirty sizes writes thirty
 * pages, which its sandbox has to copy and to copy back. So before the image is made each size gets one new pool, side by
 * side with the others', that is taken from first.
 *
 * Nothing is lost: free blocks elsewhere come second.
 */
#define Py_BUILD_CORE 1 /* pools are no business of public functions */
#include "shim.h"

#include <pycore_interp.h>
#include <pycore_obmalloc.h>
#include <pycore_pystate.h>

/* Blocks that are held, each of which points to the next. */
struct held {
    struct held *next;
};

static struct _obmalloc_state *heap(void)
{
    return _PyInterpreterState_GET()->obmalloc;
}

/* Whether some pool with blocks of this size has a free one. */
static bool has_free(size_t size)
{
    poolp none = heap()->pools.used[2 * ((size - 1) >> ALIGNMENT_SHIFT)];

    return none->nextpool != none;
}

static int hold(struct held **list, size_t size)
{
    struct held *block = PyObject_Malloc(size);

    if (!block)
        return -1;
    block->next = *list;
    *list = block;
    return 0;
}

/* Holds what is free of a size. */
static int hold_free(struct held **list, size_t size)
{
    while (has_free(size))
        if (hold(list, size) < 0)
            return -1;
    return 0;
}

/* Holds pools that no size has, so that the next one comes from a new arena. */
static int hold_pools(struct held **list)
{
    while (heap()->mgmt.usable_arenas)
        if (hold(list, SMALL_REQUEST_THRESHOLD) < 0)
            return -1;
    return hold_free(list, SMALL_REQUEST_THRESHOLD);
}

/* Holds a new pool of a size. */
static int hold_pool(struct held **list, size_t size)
{
    return hold(list, size) < 0 ? -1 : hold_free(list, size);
}

static void let_go(struct held *list)
{
    while (list) {
        struct held *next = list->next;
        PyObject_Free(list);
        list = next;
    }
}

/* The last block of a pool is kept, or the pool would be anybody's. What was held last is let go first: so the pool's first
 * block is taken first. */
int nursery_make(void)
{
    struct held *old = NULL, *pools[NB_SMALL_SIZE_CLASSES] = {0};
    int status = 0;

    for (size_t i = 0; i < NB_SMALL_SIZE_CLASSES && status == 0; i++)
        status = hold_free(&old, (i + 1) * ALIGNMENT);
    if (status == 0)
        status = hold_pools(&old);
    for (size_t i = 0; i < NB_SMALL_SIZE_CLASSES && status == 0; i++)
        status = hold_pool(&pools[i], (i + 1) * ALIGNMENT);
    let_go(old);
    for (size_t i = 0; i < NB_SMALL_SIZE_CLASSES; i++)
        if (pools[i])
            let_go(pools[i]->next);
    if (status < 0)
        PyErr_NoMemory();
    return status;
}
