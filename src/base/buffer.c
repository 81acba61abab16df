/*
 * buffer.c: growth of a bj_buffer: doubling, so that appending n bytes costs O(n) in all; one byte is
 * always kept for the NUL.
 */
#include "base/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void bj_buffer_free(bj_buffer *buffer)
{
    free(buffer->data);
    *buffer = (bj_buffer){0};
}

static int make_room(bj_buffer *buffer, size_t more)
{
    if (more >= SIZE_MAX - buffer->size)
        return -1;
    size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity)
        return 0;
    size_t capacity = buffer->capacity < SIZE_MAX / 2 ? buffer->capacity * 2 : needed;
    if (capacity < needed)
        capacity = needed < 64 ? 64 : needed;
    char *data = realloc(buffer->data, capacity);
    if (!data)
        return -1;
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

int bj_buffer_append(bj_buffer *buffer, const void *bytes, size_t size)
{
    if (make_room(buffer, size) < 0)
        return -1;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
    return 0;
}

#define HUGE_PAGE ((size_t)2 << 20)
/* Below, malloc gives memory that has been used and that the kernel need not clear: M_MMAP_THRESHOLD of mallopt(3). */
#define HUGE_BYTES ((size_t)32 << 20)

int bj_buffer_reserve(bj_buffer *buffer, size_t size)
{
    void *data;
    if (size < HUGE_BYTES || size == SIZE_MAX)
        return make_room(buffer, size);
    if (posix_memalign(&data, HUGE_PAGE, size + 1) != 0)
        return -1;
    (void)madvise(data, size + 1, MADV_HUGEPAGE); /* one page fault in place of 512 */
    *buffer = (bj_buffer){.data = data, .capacity = size + 1};
    buffer->data[0] = 0;
    return 0;
}

const char *bj_buffer_text(const bj_buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}
