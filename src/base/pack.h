/*
 * pack.h: numbers and bytes in a file, little-endian: written to a sink, read from a source.
 *
 * Both remember their first failure and do nothing after it, reading gives zeros then, so that whoever packs looks
 * once, at the end. What a source gives is not believed by whoever reads it: only its length is right.
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
    bool failed;
} bj_source;

void bj_put(bj_sink *sink, const void *bytes, size_t size);
void bj_put_number(bj_sink *sink, uint64_t number, size_t bytes); /* 1 to 8 bytes */
/* Its size in 4 bytes, then itself. */
void bj_put_span(bj_sink *sink, bj_span span);

void bj_get(bj_source *source, void *bytes, size_t size);
uint64_t bj_get_number(bj_source *source, size_t bytes);
/* At most `most` bytes (less than 2^31), NUL-terminated, to be freed; NULL when the source failed, which it also does where it is
 * longer or memory is out. */
char *bj_get_text(bj_source *source, size_t most, size_t *size);

/* Says that what was read cannot be. */
static inline void bj_source_refuse(bj_source *source)
{
    source->failed = true;
}

#endif
