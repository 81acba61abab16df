/*
 * values.h: numbers with units, as people read them. bj_quantity_read has the other way.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stdint.h>

#include "belljar.h"

typedef struct values_text {
    char text[32];
} values_text;

/* "10 s", "256 MiB", "1,000,000": exact where it can be short, else with one decimal. */
values_text values_format(bj_unit unit, uint64_t value);

/* A measured time: "412 µs", "1.32 s". */
values_text values_format_ns(uint64_t ns);

#endif
