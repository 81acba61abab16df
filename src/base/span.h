/*
 * span.h: bytes that somebody else owns, as (pointer, length). Not NUL-terminated, may contain NUL.
 */
#ifndef BJ_BASE_SPAN_H
#define BJ_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct bj_span {
    const char *data;
    size_t size;
} bj_span;

static inline bj_span bj_span_of(const char *text)
{
    return (bj_span){text, strlen(text)};
}

static inline bool bj_span_equal(bj_span a, bj_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool bj_span_is(bj_span span, const char *text)
{
    return bj_span_equal(span, bj_span_of(text));
}

static inline bool bj_ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

#endif
