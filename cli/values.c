/*
 * values.c: numbers with units, read exactly and printed shortly. See values.h for what is understood.
 *
 * A number is kept as mantissa × 10^exponent until the unit is known, so that 1.5s and 0.1M are exact or
 * refused, never rounded.
 */
#include "values.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct suffix {
    const char *name;
    uint64_t factor;
} suffix;

/* Compared without regard to case. The first is what a plain number means. */
static const suffix count_suffixes[] = {
    {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {"T", 1000000000000}, {NULL, 0},
};

static const suffix byte_suffixes[] = {
    {"", 1},
    {"B", 1},
    {"K", UINT64_C(1) << 10},
    {"KiB", UINT64_C(1) << 10},
    {"M", UINT64_C(1) << 20},
    {"MiB", UINT64_C(1) << 20},
    {"G", UINT64_C(1) << 30},
    {"GiB", UINT64_C(1) << 30},
    {"T", UINT64_C(1) << 40},
    {"TiB", UINT64_C(1) << 40},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
    {NULL, 0},
};

static const suffix time_suffixes[] = {
    {"", 1000},     {"ms", 1},      {"s", 1000},     {"m", 60000},
    {"min", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0},
};

static const suffix *suffixes_of(bj_unit unit)
{
    switch (unit) {
    case BJ_UNIT_BYTES:
        return byte_suffixes;
    case BJ_UNIT_MILLISECONDS:
        return time_suffixes;
    case BJ_UNIT_COUNT:
        break;
    }
    return count_suffixes;
}

const char *values_examples(bj_unit unit)
{
    switch (unit) {
    case BJ_UNIT_BYTES:
        return "64K, 256M or 1G";
    case BJ_UNIT_MILLISECONDS:
        return "500ms, 10s or 2m";
    case BJ_UNIT_COUNT:
        break;
    }
    return "1000, 500k or 1e9";
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number as it was read: mantissa × 10^exponent. */
typedef struct number {
    uint64_t mantissa;
    int exponent;
    bool too_large; /* more digits than 64 bits hold */
} number;

static void number_add_digit(number *n, int digit)
{
    n->too_large |= __builtin_mul_overflow(n->mantissa, UINT64_C(10), &n->mantissa);
    n->too_large |= __builtin_add_overflow(n->mantissa, (uint64_t)digit, &n->mantissa);
}

/* Digits with single underscores between them. The number of digits, or -1 when malformed. */
static int read_digits(const char **at, number *n)
{
    int digits = 0;
    while (is_digit(**at)) {
        number_add_digit(n, **at - '0');
        digits++;
        ++*at;
        if (**at == '_' && !is_digit(*++*at))
            return -1;
    }
    return digits;
}

/* "e9" or "E+9", if it stands there; at most two digits. */
static bool read_exponent(const char **at, number *n)
{
    if (**at != 'e' && **at != 'E')
        return true;
    ++*at;
    if (**at == '+')
        ++*at;
    int exponent = 0;
    int digits = 0;
    for (; is_digit(**at) && digits < 3; ++*at, digits++)
        exponent = exponent * 10 + (**at - '0');
    n->exponent += exponent;
    return digits == 1 || digits == 2;
}

static bool read_number(const char **at, number *n)
{
    int whole = read_digits(at, n);
    if (whole <= 0)
        return false;
    if (**at == '.') {
        ++*at;
        int fraction = read_digits(at, n);
        if (fraction <= 0)
            return false;
        n->exponent = -fraction;
    }
    return read_exponent(at, n);
}

static values_status number_times(number n, uint64_t factor, uint64_t *value)
{
    if (n.mantissa == 0 && !n.too_large) {
        *value = 0;
        return VALUES_OK;
    }
    for (; n.exponent < 0 && n.mantissa % 10 == 0 && !n.too_large; n.exponent++)
        n.mantissa /= 10;
    bool too_large = n.too_large || __builtin_mul_overflow(n.mantissa, factor, &n.mantissa);
    for (; n.exponent > 0 && !too_large; n.exponent--)
        too_large = __builtin_mul_overflow(n.mantissa, UINT64_C(10), &n.mantissa);
    if (too_large)
        return VALUES_TOO_LARGE;
    for (; n.exponent < 0; n.exponent++) {
        if (n.mantissa % 10 != 0)
            return VALUES_FRACTION;
        n.mantissa /= 10;
    }
    *value = n.mantissa;
    return VALUES_OK;
}

values_status values_parse(bj_unit unit, const char *text, uint64_t *value)
{
    number n = {0, 0, false};
    if (!read_number(&text, &n))
        return VALUES_MALFORMED;
    for (const suffix *s = suffixes_of(unit); s->name != NULL; s++) {
        if (strcasecmp(s->name, text) == 0)
            return number_times(n, s->factor, value);
    }
    return VALUES_MALFORMED;
}

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
