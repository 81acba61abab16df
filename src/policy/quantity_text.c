/*
 * quantity_text.c: numbers with units as people read them: see bj_quantity_format.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "belljar.h"

typedef struct suffix {
    const char *name;
    uint64_t factor;
} suffix;

/* 1234567 as "1,234,567". */
static void format_grouped(uint64_t value, char *out, size_t room)
{
    char digits[24], text[32], *to = text;
    const int count = snprintf(digits, sizeof digits, "%" PRIu64, value);
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    snprintf(out, room, "%s", text);
}

/* In the largest of `units` (ascending) that divides the value. */
static void format_exact(uint64_t value, const suffix *units, size_t count, char *out, size_t room)
{
    size_t best = 0;
    for (size_t i = 1; i < count && value != 0; i++)
        if (value % units[i].factor == 0)
            best = i;
    snprintf(out, room, "%" PRIu64 " %s", value / units[best].factor, units[best].name);
}

static void format_bytes(uint64_t bytes, char *out, size_t room)
{
    static const suffix units[] = {{"bytes", 1},
                                   {"KiB", UINT64_C(1) << 10},
                                   {"MiB", UINT64_C(1) << 20},
                                   {"GiB", UINT64_C(1) << 30}};
    size_t largest = 0;
    while (largest + 1 < sizeof units / sizeof units[0] && bytes >= units[largest + 1].factor)
        largest++;
    if (bytes % units[largest].factor == 0)
        format_exact(bytes, units, largest + 1, out, room);
    else
        snprintf(out, room, "%.1f %s", (double)bytes / (double)units[largest].factor,
                 units[largest].name);
}

BJ_API char *bj_quantity_format(bj_unit unit, uint64_t value, char *out, size_t room)
{
    static const suffix times[] = {
        {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    switch (unit) {
    case BJ_UNIT_BYTES:
        format_bytes(value, out, room);
        return out;
    case BJ_UNIT_MILLISECONDS:
        format_exact(value, times, sizeof times / sizeof times[0], out, room);
        return out;
    case BJ_UNIT_COUNT:
        break;
    }
    format_grouped(value, out, room);
    return out;
}
