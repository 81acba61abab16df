/*
 * pages.c: PAGEMAP_SCAN (Linux 6.7, Documentation/admin-guide/mm/pagemap.rst).
 *
 * A page of a private mapping that was never written is not there, is the file's own page, or is the
 * kernel's page of zeros. Everything else was written once, also where it was swapped out since. To tell them
 * apart, the kernel looks at what each page is. Where it marks pages that are written, it looks at the marks alone.
 */
#include "engine/delta/pages.h"

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

#define SCAN        _IOWR('f', 16, struct pm_scan_arg)
#define CHECK_MARKS (1u << 1) /* of flags: fails where pages are not marked */

#define PAGE_WRITTEN (1u << 1)
#define PAGE_FILE    (1u << 2)
#define PAGE_PRESENT (1u << 3)
#define PAGE_SWAPPED (1u << 4)
#define PAGE_ZERO    (1u << 5)

#define REGIONS 512

typedef struct scanning {
    const engine_pages *pages;
    int map; /* /proc/self/pagemap */
    int (*visit)(void *user, uint64_t begin, uint64_t end);
    void *user;
} scanning;

static struct pm_scan_arg by_kind(void)
{
    return (struct pm_scan_arg){
        .category_inverted = PAGE_FILE | PAGE_ZERO,
        .category_mask = PAGE_FILE | PAGE_ZERO,
        .category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
    };
}

static struct pm_scan_arg by_mark(void)
{
    return (struct pm_scan_arg){
        .flags = CHECK_MARKS,
        .category_mask = PAGE_WRITTEN,
        .return_mask = PAGE_WRITTEN,
    };
}

/* What `visit` said last. Where the kernel does not answer, all that is left is one stretch. */
static int scan(const scanning *s, struct pm_scan_arg arg, uint64_t begin, uint64_t end)
{
    struct page_region found[REGIONS];
    const uint64_t base = (uint64_t)(uintptr_t)s->pages->base;
    int status = 0;
    arg.size = sizeof arg;
    arg.vec = (uint64_t)(uintptr_t)found;
    arg.vec_len = REGIONS;
    arg.start = base + begin;
    arg.end = base + end;
    while (status == 0 && arg.start < arg.end) {
        const int count = ioctl(s->map, SCAN, &arg);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return s->visit(s->user, arg.start - base, end);
        for (int i = 0; i < count && status == 0; i++)
            status = s->visit(s->user, found[i].start - base, found[i].end - base);
        arg.start = arg.walk_end;
    }
    return status;
}

int engine_pages_written(const engine_pages *pages,
                         int (*visit)(void *user, uint64_t begin, uint64_t end), void *user)
{
    bj_autoclose int map = pages->scan ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
    if (map < 0)
        return visit(user, 0, pages->size);
    const scanning s = {pages, map, visit, user};
    int status = scan(&s, by_kind(), 0, pages->marked_begin);
    if (status == 0)
        status = scan(&s, by_mark(), pages->marked_begin, pages->marked_end);
    return status == 0 ? scan(&s, by_kind(), pages->marked_end, pages->size) : status;
}
