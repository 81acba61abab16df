/*
 * values.c: numbers with units, printed shortly.
 */
#include "values.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct suffix {
    const char *name;
    uint64_t factor;
} suffix;

/* 1234567 as "1,234,567". */
static void format_grouped(uint64_t value, values_text *out)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *to = out->text;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}

/* In the largest of `units` (ascending) that divides the value. */
static void format_exact(uint64_t value, const suffix *units, size_t count, values_text *out)
{
    size_t best = 0;
    for (size_t i = 1; i < count && value != 0; i++) {
        if (value % units[i].factor == 0)
            best = i;
    }
    snprintf(out->text, sizeof out->text, "%" PRIu64 " %s", value / units[best].factor,
             units[best].name);
}

static void format_bytes(uint64_t bytes, values_text *out)
{
    static const suffix units[] = {{"bytes", 1},
                                   {"KiB", UINT64_C(1) << 10},
                                   {"MiB", UINT64_C(1) << 20},
                                   {"GiB", UINT64_C(1) << 30}};
    size_t largest = 0;
    while (largest + 1 < sizeof units / sizeof units[0] && bytes >= units[largest + 1].factor)
        largest++;
    if (bytes % units[largest].factor == 0)
        format_exact(bytes, units, largest + 1, out);
    else
        snprintf(out->text, sizeof out->text, "%.1f %s",
                 (double)bytes / (double)units[largest].factor, units[largest].name);
}

values_text values_format(bj_unit unit, uint64_t value)
{
    static const suffix times[] = {
        {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    values_text out;
    switch (unit) {
    case BJ_UNIT_BYTES:
        format_bytes(value, &out);
        return out;
    case BJ_UNIT_MILLISECONDS:
        format_exact(value, times, sizeof times / sizeof times[0], &out);
        return out;
    case BJ_UNIT_COUNT:
        break;
    }
    format_grouped(value, &out);
    return out;
}

values_text values_format_ns(uint64_t ns)
{
    values_text out;
    if (ns < 1000000)
        snprintf(out.text, sizeof out.text, "%.0f µs", (double)ns / 1e3);
    else if (ns < 1000000000)
        snprintf(out.text, sizeof out.text, "%.1f ms", (double)ns / 1e6);
    else
        snprintf(out.text, sizeof out.text, "%.2f s", (double)ns / 1e9);
    return out;
}
