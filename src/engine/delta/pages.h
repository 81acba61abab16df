/*
 * pages.h: which pages of a memory were written.
 */
#ifndef BJ_ENGINE_PAGES_H
#define BJ_ENGINE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#define ENGINE_PAGE_BYTES ((uint64_t)4096)

/* Where to look. */
typedef struct engine_pages {
    const uint8_t *base;
    uint64_t size; /* as `base`, a multiple of the page size */
    bool scan;     /* whether the kernel has PAGEMAP_SCAN; without it, all pages are one stretch */
    /* Offsets of the part whose written pages the kernel marks, which is found out faster; none: both 0. */
    uint64_t marked_begin, marked_end;
} engine_pages;

/* Calls `visit` with stretches of pages, in order: offsets from `base`. A page that no stretch covers holds what was
 * mapped there, or in the marked part what it held when marking began; one that is covered may hold it too. Anything but 0 from
 * `visit` ends it. What `visit` said last, or 0. */
int engine_pages_written(const engine_pages *pages,
                         int (*visit)(void *user, uint64_t begin, uint64_t end), void *user);

#endif
