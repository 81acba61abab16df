/*
 * sha256.c: nettle's SHA-256 behind our type.
 */
#include "base/sha256.h"

#include <nettle/sha2.h>
#include <stdio.h>

bj_sha256 bj_sha256_of(const void *bytes, size_t size)
{
    struct sha256_ctx context;
    bj_sha256 digest;
    sha256_init(&context);
    sha256_update(&context, size, bytes);
    sha256_digest(&context, sizeof digest.bytes, digest.bytes);
    return digest;
}

void bj_sha256_hex(const bj_sha256 *digest, char hex[BJ_SHA256_HEX])
{
    for (size_t i = 0; i < BJ_SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest->bytes[i]);
}
