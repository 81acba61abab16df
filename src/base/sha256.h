/*
 * sha256.h: SHA-256 (FIPS 180-4), by libnettle, which uses the processor's own instructions for it.
 */
#ifndef BJ_BASE_SHA256_H
#define BJ_BASE_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#define BJ_SHA256_BYTES 32
#define BJ_SHA256_HEX   65 /* with its NUL */

typedef struct bj_sha256 {
    uint8_t bytes[BJ_SHA256_BYTES];
} bj_sha256;

bj_sha256 bj_sha256_of(const void *bytes, size_t size);

/* The same piece by piece. */
typedef struct bj_sha256_state {
    struct sha256_ctx context;
} bj_sha256_state;

void bj_sha256_begin(bj_sha256_state *state);
void bj_sha256_add(bj_sha256_state *state, const void *bytes, size_t size);
bj_sha256 bj_sha256_end(bj_sha256_state *state);

/* Lower-case hexadecimal, NUL-terminated. */
void bj_sha256_hex(const bj_sha256 *digest, char hex[BJ_SHA256_HEX]);

#endif
