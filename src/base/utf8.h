/*
 * utf8.h: making any bytes into valid UTF-8 (RFC 3629).
 */
#ifndef BJ_BASE_UTF8_H
#define BJ_BASE_UTF8_H

#include "base/buffer.h"
#include "base/span.h"

/* The length of the valid sequence that `bytes` begins with, or 0: neither overlong forms nor
 * surrogates nor anything above U+10FFFF is valid. 0 for an empty span. */
size_t bj_utf8_sequence(bj_span bytes);

/* Appends `bytes` to *out with U+FFFD in place of every byte that is not part of valid UTF-8.
 * 0, or -1 when out of memory. */
int bj_utf8_sanitize(bj_buffer *out, bj_span bytes) BJ_CHECK_RESULT;

#endif
