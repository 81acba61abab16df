/*
 * pack.h: numbers and bytes in a file, little-endian: written to a sink, read from a source.
 *
 * Both remember their first failure and do nothing after it, reading gives zeros then, so that whoever packs looks
 * once, at the end. What a source gives is not believed by whoever reads it: only its length is right. So a few bytes
 * must not become many: whoever reads says what it allocates and keeps (bj_source_take), all of which is bounded, and allocates
 * nothing for what the rest of the source cannot fill.
 */
#ifndef BJ_BASE_PACK_H
#define BJ_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef struct bj_sink {
    int (*put)(void *user, const void *bytes, size_t size); /* 0, or -1 */
    void *user;
    bool failed;
} bj_sink;

typedef struct bj_source {
    int (*get)(void *user, void *bytes, size_t size); /* all of it: 0, or -1 */
    void *user;
    uint64_t left; /* bytes that it may still give, at most */
    uint64_t room; /* bytes that whoever reads may still allocate for good */
    bool failed;
    bool no_room;   /* it failed since `room` was used up … */
    bool no_memory; /* … or since memory was */
} bj_source;

void bj_put(bj_sink *sink, const void *bytes, size_t size);
void bj_put_number(bj_sink *sink, uint64_t number, size_t bytes); /* 1 to 8 bytes */
/* Its size in 4 bytes, then itself. */
void bj_put_span(bj_sink *sink, bj_span span);

void bj_get(bj_source *source, void *bytes, size_t size);
uint64_t bj_get_number(bj_source *source, size_t bytes);
/* At most `most` bytes (less than 2^31), NUL-terminated, to be freed; NULL when the source failed, which it also does where it is
 * longer or memory is out. It takes no room: whoever keeps it does. */
char *bj_get_text(bj_source *source, size_t most, size_t *size);

/* Says that what was read cannot be. */
static inline void bj_source_refuse(bj_source *source)
{
    source->failed = true;
}

/* Says that `bytes` are about to be allocated and kept. False, and the source has failed: there is no room for them. */
static inline bool bj_source_take(bj_source *source, uint64_t bytes)
{
    if (source->failed || bytes > source->room) {
        source->no_room |= !source->failed;
        source->failed = true;
        return false;
    }
    source->room -= bytes;
    return true;
}

/* The same of `count` records that take `kept` bytes each, once read, and at least `each` in the source. */
static inline bool bj_source_take_list(bj_source *source, uint64_t count, uint64_t each,
                                       uint64_t kept)
{
    if (count > source->left / each) {
        source->failed = true;
        return false;
    }
    return bj_source_take(source, count > UINT64_MAX / kept ? UINT64_MAX : count * kept);
}

/* Says that memory ran out. */
static inline void bj_source_end_memory(bj_source *source)
{
    source->no_memory |= !source->failed;
    source->failed = true;
}

#endif
