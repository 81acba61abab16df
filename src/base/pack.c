/*
 * pack.c: see pack.h.
 */
#include "base/pack.h"

#include <stdlib.h>
#include <string.h>

void bj_put(bj_sink *sink, const void *bytes, size_t size)
{
    if (!sink->failed && size > 0 && sink->put(sink->user, bytes, size) < 0)
        sink->failed = true;
}

void bj_put_number(bj_sink *sink, uint64_t number, size_t bytes)
{
    uint8_t packed[8];
    for (size_t i = 0; i < bytes; i++)
        packed[i] = (uint8_t)(number >> 8 * i);
    bj_put(sink, packed, bytes);
}

void bj_put_span(bj_sink *sink, bj_span span)
{
    bj_put_number(sink, span.size, 4);
    bj_put(sink, span.data, span.size);
}

void bj_get(bj_source *source, void *bytes, size_t size)
{
    if (!source->failed && size > 0 &&
        (size > source->left || source->get(source->user, bytes, size) < 0))
        source->failed = true;
    if (source->failed)
        memset(bytes, 0, size);
    else
        source->left -= size;
}

uint64_t bj_get_number(bj_source *source, size_t bytes)
{
    uint8_t packed[8];
    uint64_t number = 0;
    bj_get(source, packed, bytes);
    for (size_t i = 0; i < bytes; i++)
        number |= (uint64_t)packed[i] << 8 * i;
    return number;
}

char *bj_get_text(bj_source *source, size_t most, size_t *size)
{
    *size = (size_t)bj_get_number(source, 4);
    if (source->failed || *size > most || *size > source->left) {
        source->failed = true;
        return NULL;
    }
    char *text = malloc(*size + 1);
    if (!text) {
        bj_source_end_memory(source);
        return NULL;
    }
    bj_get(source, text, *size);
    text[*size] = 0;
    if (source->failed) {
        free(text);
        return NULL;
    }
    return text;
}
