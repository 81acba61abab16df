/*
 * number.c: numbers of JSON as text. Integers are converted up to the size of the largest double, 1,024 bits, so that
 * no conversion is long.
 */
#include "sandbox/values/number.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define LIMBS       32u
#define HEX_MOST    (LIMBS * 8)
#define BILLION     1000000000u
#define DECIMAL_EXP 308 /* of the largest double */

/* Its first digits: what begins with larger ones is rounded to infinity. */
static const char largest[] = "1797693134862315807";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(bj_span text, size_t at)
{
    size_t end = at;
    while (end < text.size && is_digit(text.data[end]))
        end++;
    return end - at;
}

size_t number_length(bj_span text, bool *is_integer)
{
    size_t at = text.size > 0 && text.data[0] == '-', count = digits(text, at);
    *is_integer = true;
    if (count == 0 || (count > 1 && text.data[at] == '0'))
        return 0;
    at += count;
    if (at < text.size && text.data[at] == '.') {
        *is_integer = false;
        count = digits(text, at + 1);
        if (count == 0)
            return 0;
        at += 1 + count;
    }
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        *is_integer = false;
        at++;
        at += at < text.size && (text.data[at] == '+' || text.data[at] == '-');
        count = digits(text, at);
        if (count == 0)
            return 0;
        at += count;
    }
    return at;
}

/* The exponent of a number, far enough from zero to tell that it is large. */
static int64_t exponent_of(bj_span number)
{
    size_t at = 0;
    int64_t exponent = 0;
    while (at < number.size && number.data[at] != 'e' && number.data[at] != 'E')
        at++;
    if (at == number.size)
        return 0;
    const bool negative = number.data[++at] == '-';
    at += negative || number.data[at] == '+';
    for (; at < number.size && exponent < INT64_MAX / 16; at++)
        exponent = exponent * 10 + (number.data[at] - '0');
    return negative ? -exponent : exponent;
}

/* Compares the digits from `at` on, the point left out, with those of the largest double. */
static bool is_below_largest(bj_span number, size_t at)
{
    for (const char *l = largest; *l; at++) {
        if (at < number.size && number.data[at] == '.')
            continue;
        const char digit = at < number.size && is_digit(number.data[at]) ? number.data[at] : '0';
        if (digit != *l)
            return digit < *l;
        l++;
    }
    return false;
}

bool number_is_finite(bj_span number)
{
    int64_t place = -1; /* of the first digit that is not zero: units are 0, tens are 1 */
    size_t at = number.data[0] == '-';
    for (size_t i = at; i < number.size && is_digit(number.data[i]); i++)
        place++;
    for (; at < number.size && (number.data[at] == '0' || number.data[at] == '.'); at++)
        place -= number.data[at] == '0';
    if (at == number.size || !is_digit(number.data[at]))
        return true; /* zero */
    place += exponent_of(number);
    return place < DECIMAL_EXP || (place == DECIMAL_EXP && is_below_largest(number, at));
}

bool number_is_safe(bj_span integer)
{
    uint64_t value = 0;
    if (integer.size > 17)
        return false;
    for (size_t i = integer.data[0] == '-'; i < integer.size; i++)
        value = value * 10 + (uint64_t)(integer.data[i] - '0');
    return value < UINT64_C(1) << 53;
}

/* ---------------------------------------------------------------- hexadecimal */

typedef struct large {
    uint32_t limbs[LIMBS]; /* the lowest first */
    unsigned count;
} large;

static void multiply_add(large *number, uint32_t factor, uint32_t carry)
{
    for (unsigned i = 0; i < number->count; i++) {
        const uint64_t product = (uint64_t)number->limbs[i] * factor + carry;
        number->limbs[i] = (uint32_t)product;
        carry = (uint32_t)(product >> 32);
    }
    if (carry > 0 && number->count < LIMBS)
        number->limbs[number->count++] = carry;
}

static uint32_t divide(large *number, uint32_t divisor)
{
    uint64_t rest = 0;
    for (unsigned i = number->count; i-- > 0;) {
        rest = rest << 32 | number->limbs[i];
        number->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (number->count > 0 && number->limbs[number->count - 1] == 0)
        number->count--;
    return (uint32_t)rest;
}

int number_to_hex(bj_span integer, bj_buffer *out)
{
    char text[HEX_MOST + 2];
    const bool negative = integer.data[0] == '-';
    large number = {0};
    for (size_t i = negative; i < integer.size; i++)
        multiply_add(&number, 10, (uint32_t)(integer.data[i] - '0'));
    unsigned i = number.count;
    int size = snprintf(text, sizeof text, "%s%" PRIx32, negative ? "-" : "",
                        i > 0 ? number.limbs[i - 1] : 0);
    while (i-- > 1)
        size +=
            snprintf(text + size, sizeof text - (size_t)size, "%08" PRIx32, number.limbs[i - 1]);
    return bj_buffer_append(out, text, (size_t)size);
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool number_is_hex(bj_span hex)
{
    size_t at = hex.size > 0 && hex.data[0] == '-';
    if (at == hex.size)
        return false;
    for (; at < hex.size; at++)
        if (!is_hex_digit(hex.data[at]))
            return false;
    return true;
}

int number_from_hex(bj_span hex, bj_buffer *out)
{
    uint32_t parts[LIMBS * 32 / 29 + 1]; /* nine digits each */
    char text[sizeof parts / sizeof *parts * 9 + 2];
    unsigned count = 0;
    large number = {0};
    size_t at = hex.data[0] == '-';
    while (at < hex.size - 1 && hex.data[at] == '0')
        at++;
    if (hex.size - at > HEX_MOST)
        return 1;
    for (; at < hex.size; at++)
        multiply_add(
            &number, 16,
            (uint32_t)(is_digit(hex.data[at]) ? hex.data[at] - '0' : hex.data[at] - 'a' + 10));
    do
        parts[count++] = divide(&number, BILLION);
    while (number.count > 0);
    int size =
        snprintf(text, sizeof text, "%s%" PRIu32, hex.data[0] == '-' ? "-" : "", parts[count - 1]);
    while (count-- > 1)
        size += snprintf(text + size, sizeof text - (size_t)size, "%09" PRIu32, parts[count - 1]);
    if (!number_is_finite((bj_span){text, (size_t)size}))
        return 1;
    return bj_buffer_append(out, text, (size_t)size);
}
