/*
 * sha256.h: SHA-256 (FIPS 180-4), by libnettle, which uses the processor's own instructions for it.
 */
#ifndef BJ_BASE_SHA256_H
#define BJ_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define BJ_SHA256_BYTES 32
#define BJ_SHA256_HEX   65 /* with its NUL */

typedef struct bj_sha256 {
    uint8_t bytes[BJ_SHA256_BYTES];
} bj_sha256;

bj_sha256 bj_sha256_of(const void *bytes, size_t size);

/* Lower-case hexadecimal, NUL-terminated. */
void bj_sha256_hex(const bj_sha256 *digest, char hex[BJ_SHA256_HEX]);

#endif
