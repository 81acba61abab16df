/*
 * sha256.c: nettle's SHA-256 behind our type.
 */
#include "base/sha256.h"

#include <stdio.h>

void bj_sha256_begin(bj_sha256_state *state)
{
    sha256_init(&state->context);
}

void bj_sha256_add(bj_sha256_state *state, const void *bytes, size_t size)
{
    sha256_update(&state->context, size, bytes);
}

bj_sha256 bj_sha256_end(bj_sha256_state *state)
{
    bj_sha256 digest;
    sha256_digest(&state->context, sizeof digest.bytes, digest.bytes);
    return digest;
}

bj_sha256 bj_sha256_of(const void *bytes, size_t size)
{
    bj_sha256_state state;
    bj_sha256_begin(&state);
    bj_sha256_add(&state, bytes, size);
    return bj_sha256_end(&state);
}

void bj_sha256_hex(const bj_sha256 *digest, char hex[BJ_SHA256_HEX])
{
    for (size_t i = 0; i < BJ_SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest->bytes[i]);
}
