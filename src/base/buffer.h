/*
 * buffer.h: a growable run of bytes. After a failed append it holds what it held before.
 */
#ifndef BJ_BASE_BUFFER_H
#define BJ_BASE_BUFFER_H

#include <stddef.h>

#include "base/attributes.h"

typedef struct bj_buffer {
    char *data; /* owned; NULL while capacity is 0; data[size] is NUL otherwise */
    size_t size;
    size_t capacity;
} bj_buffer;

void bj_buffer_free(bj_buffer *buffer);

/* 0, or -1 when out of memory. */
int bj_buffer_append(bj_buffer *buffer, const void *bytes, size_t size) BJ_CHECK_RESULT;

/* Makes room for `size` bytes in an empty buffer, in pages of 2 MiB where that is worth it. 0, or -1 when out of memory. */
int bj_buffer_reserve(bj_buffer *buffer, size_t size) BJ_CHECK_RESULT;

/* The bytes as a NUL-terminated string, "" while there are none. Belongs to the buffer. */
const char *bj_buffer_text(const bj_buffer *buffer);

#define bj_autobuffer __attribute__((cleanup(bj_buffer_free)))

#endif
