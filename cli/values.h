/*
 * values.h: numbers with units, as people write and read them.
 *
 *     time    10s 500ms 2m 1h 1.5s 1d; a plain number is seconds, as with timeout(1)
 *     size    256M 256MiB 64K 1G (powers of 1024), 256MB (powers of 1000); a plain number is bytes
 *     count   1000 1_000_000 500k 1e9 (k, M, G: powers of 1000)
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stdint.h>

#include "belljar.h"

typedef enum values_status {
    VALUES_OK,
    VALUES_MALFORMED, /* not a number with a unit that is known here */
    VALUES_FRACTION,  /* finer than the unit: half a byte, half a millisecond */
    VALUES_TOO_LARGE  /* does not fit 64 bits */
} values_status;

/* Reads all of `text` as a value in `unit` (milliseconds, bytes, or one). *value is written on
 * VALUES_OK only. Exact: no floating point. */
values_status values_parse(bj_unit unit, const char *text, uint64_t *value);

/* Examples of such a value. Static. */
const char *values_examples(bj_unit unit);

typedef struct values_text {
    char text[32];
} values_text;

/* "10 s", "256 MiB", "1,000,000": exact where it can be short, else with one decimal. */
values_text values_format(bj_unit unit, uint64_t value);

/* A measured time: "412 µs", "1.32 s". */
values_text values_format_ns(uint64_t ns);

#endif
