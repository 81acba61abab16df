/*
 * pages.c: PAGEMAP_SCAN (Linux 6.7, Documentation/admin-guide/mm/pagemap.rst).
 *
 * A page of a private mapping that was never written is not there, is the file's own page, or is the
 * kernel's page of zeros. Everything else was written once, also where it was swapped out since.
 */
#include "engine/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/attributes.h"

/* linux/fs.h, which on the oldest systems we build on does not have it yet. */
struct page_region {
    uint64_t start, end, categories;
};

struct pm_scan_arg {
    uint64_t size, flags, start, end, walk_end;
    uint64_t vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN         _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_FILE    (1u << 2)
#define PAGE_PRESENT (1u << 3)
#define PAGE_SWAPPED (1u << 4)
#define PAGE_ZERO    (1u << 5)

#define REGIONS 512

int engine_pages_written(const uint8_t *base, uint64_t size, bool scan,
                         int (*visit)(void *user, uint64_t begin, uint64_t end), void *user)
{
    struct page_region found[REGIONS];
    const uint64_t start = (uint64_t)(uintptr_t)base;
    struct pm_scan_arg arg = {
        .size = sizeof arg,
        .start = start,
        .end = start + size,
        .vec = (uint64_t)(uintptr_t)found,
        .vec_len = REGIONS,
        .category_inverted = PAGE_FILE | PAGE_ZERO,
        .category_mask = PAGE_FILE | PAGE_ZERO,
        .category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
    };
    bj_autoclose int map = scan ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
    int status = 0;
    if (map < 0)
        return visit(user, 0, size);
    while (status == 0 && arg.start < arg.end) {
        const int count = ioctl(map, SCAN, &arg);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return visit(user, arg.start - start, size);
        for (int i = 0; i < count && status == 0; i++)
            status = visit(user, found[i].start - start, found[i].end - start);
        arg.start = arg.walk_end;
    }
    return status;
}
