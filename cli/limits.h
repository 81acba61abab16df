/*
 * limits.h: BJ_LIMITS as a table: one option of `belljar run` per row, with help and range errors.
 */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include "belljar.h"

typedef struct cli_limit {
    const char *name;
    bj_unit unit;
    uint64_t standard; /* the default */
    uint64_t least;
    uint64_t most;
} cli_limit;

enum {
#define CLI_LIMIT_INDEX(field, name, unit, default_, least, most, help) CLI_LIMIT_##field,
    BJ_LIMITS(CLI_LIMIT_INDEX)
#undef CLI_LIMIT_INDEX
        CLI_LIMIT_COUNT
};

extern const cli_limit cli_limits[CLI_LIMIT_COUNT];

/* The limit of that name, as receipts have it, or NULL. */
const cli_limit *limits_find(const char *name);

/* Reads `text`, the value of the option of this limit. 0, or -1 after a message that names the range. */
int limits_read(const cli_limit *limit, const char *text, uint64_t *value);

#endif
