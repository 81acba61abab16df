/*
 * pages.h: which pages of a memory were written.
 */
#ifndef BJ_ENGINE_PAGES_H
#define BJ_ENGINE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#define ENGINE_PAGE_BYTES ((uint64_t)4096)

/* Calls `visit` with stretches of pages, in order: offsets from `base`, which is aligned to a page as `size`
 * is. A page that no stretch covers holds what was mapped there; one that is covered may hold it too.
 * `scan`: whether the kernel has PAGEMAP_SCAN; without it, all pages are one stretch. Anything but 0 from
 * `visit` ends it. What `visit` said last, or 0. */
int engine_pages_written(const uint8_t *base, uint64_t size, bool scan,
                         int (*visit)(void *user, uint64_t begin, uint64_t end), void *user);

#endif
