/*
 * quantity.c: numbers with units, as people write them, read exactly: see bj_quantity_read.
 *
 * A number is kept as mantissa × 10^exponent until the unit is known, so that 1.5s and 0.1M are exact or
 * refused, never rounded.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "belljar.h"

typedef enum quantity_status {
    QUANTITY_OK,
    QUANTITY_MALFORMED, /* not a number with a unit that is known here */
    QUANTITY_FRACTION,  /* finer than the unit: half a byte, half a millisecond */
    QUANTITY_TOO_LARGE  /* does not fit 64 bits */
} quantity_status;

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

static quantity_status number_times(number n, uint64_t factor, uint64_t *value)
{
    if (n.mantissa == 0 && !n.too_large) {
        *value = 0;
        return QUANTITY_OK;
    }
    for (; n.exponent < 0 && n.mantissa % 10 == 0 && !n.too_large; n.exponent++)
        n.mantissa /= 10;
    bool too_large = n.too_large || __builtin_mul_overflow(n.mantissa, factor, &n.mantissa);
    for (; n.exponent > 0 && !too_large; n.exponent--)
        too_large = __builtin_mul_overflow(n.mantissa, UINT64_C(10), &n.mantissa);
    if (too_large)
        return QUANTITY_TOO_LARGE;
    for (; n.exponent < 0; n.exponent++) {
        if (n.mantissa % 10 != 0)
            return QUANTITY_FRACTION;
        n.mantissa /= 10;
    }
    *value = n.mantissa;
    return QUANTITY_OK;
}

static quantity_status read_quantity(bj_unit unit, const char *text, uint64_t *value)
{
    number n = {0, 0, false};
    if (!read_number(&text, &n))
        return QUANTITY_MALFORMED;
    for (const suffix *s = suffixes_of(unit); s->name != NULL; s++) {
        if (strcasecmp(s->name, text) == 0)
            return number_times(n, s->factor, value);
    }
    return QUANTITY_MALFORMED;
}

BJ_API const char *bj_quantity_examples(bj_unit unit)
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

static int refuse(const char *text, const char *why, int sys_errno, bj_error *err)
{
    (void)bj_fail(err, BJ_ERROR_ARGUMENT, "'%s' is %s", text, why);
    if (err)
        err->sys_errno = sys_errno;
    return -1;
}

BJ_API int bj_quantity_read(bj_unit unit, const char *text, uint64_t *value, bj_error *err)
{
    static const char *const parts[] = {
        [BJ_UNIT_COUNT] = "finer than a whole number",
        [BJ_UNIT_BYTES] = "finer than a byte",
        [BJ_UNIT_MILLISECONDS] = "finer than a millisecond",
    };
    char why[96];
    switch (read_quantity(unit, text, value)) {
    case QUANTITY_OK:
        return 0;
    case QUANTITY_FRACTION:
        return refuse(text, parts[unit], EDOM, err);
    case QUANTITY_TOO_LARGE:
        return refuse(text, "more than 64 bits hold", ERANGE, err);
    case QUANTITY_MALFORMED:
        break;
    }
    snprintf(why, sizeof why, "no value such as %s", bj_quantity_examples(unit));
    return refuse(text, why, EINVAL, err);
}
