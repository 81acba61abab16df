/*
 * number.h: numbers of JSON as text: which of them every reader understands alike, and integers in decimal and hexadecimal.
 * Nothing here depends on the locale.
 */
#ifndef BJ_SANDBOX_NUMBER_H
#define BJ_SANDBOX_NUMBER_H

#include "base/buffer.h"
#include "base/span.h"

/* The largest double, and what is written for integers beyond it where only their size counts. */
#define NUMBER_LARGEST "1.7976931348623157e308"

/* The length of the number of JSON (RFC 8259) that the text begins with, 0 where it begins with none. */
size_t number_length(bj_span text, bool *is_integer);

/* Of a number of JSON: whether a double holds it, be it rounded; 1e400 does not. */
bool number_is_finite(bj_span number);

/* Of an integer of JSON: whether it lies within 2**53 - 1, so that a double holds it and no other. */
bool number_is_safe(bj_span integer);

/* Appends the hexadecimal digits of an integer of JSON that is finite. 0, or -1 when out of memory. */
int number_to_hex(bj_span integer, bj_buffer *out) BJ_CHECK_RESULT;

/* Whether this is the hexadecimal form: digits in lower case, a '-' before those of a negative one. */
bool number_is_hex(bj_span hex);

/* Appends the decimal digits. 0; 1 and nothing appended: no double is as large; -1 when out of memory. */
int number_from_hex(bj_span hex, bj_buffer *out) BJ_CHECK_RESULT;

#endif
