/*
 * reader.h: a place in a WebAssembly module, for those who read one without compiling it.
 *
 * `bad` is set once what was wanted is not there, and stays: what is read from then on is 0 or empty.
 */
#ifndef ENGINE_READER_H
#define ENGINE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

typedef struct reader {
    const uint8_t *at, *end;
    bool bad;
} reader;

uint8_t reader_take_byte(reader *r);
/* LEB128 of at most 64 bits, whose sign nobody here wants. */
uint64_t reader_take_number(reader *r);
/* LEB128 of 33 bits with a sign, which may be padded: a heap type. */
int64_t reader_take_heap_type(reader *r);
/* Bytes that come with their number; they lie in the module. */
bj_span reader_take_bytes(reader *r);
/* What lies in bytes that were taken. */
reader reader_of(bj_span bytes);
void reader_skip(reader *r, uint64_t bytes);

#endif
