/*
 * seal.c: see seal.h.
 */
#include "base/seal.h"

#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

_Static_assert(BJ_SEAL_KEY_BYTES == CHACHA_POLY1305_KEY_SIZE, "the cipher's key");
_Static_assert(BJ_SEAL_TAG_BYTES == CHACHA_POLY1305_DIGEST_SIZE, "the cipher's tag");

/* The first 32 bytes that are derived are the cipher's key, the next 32 the check: neither tells of the other. */
void bj_seal_begin(bj_seal *seal, const uint8_t key[BJ_SEAL_KEY_BYTES],
                   const uint8_t salt[BJ_SEAL_SALT_BYTES], const void *context, size_t size)
{
    struct hmac_sha256_ctx mac;
    uint8_t secret[SHA256_DIGEST_SIZE], derived[BJ_SEAL_KEY_BYTES + BJ_SEAL_CHECK_BYTES];
    hmac_sha256_set_key(&mac, BJ_SEAL_SALT_BYTES, salt);
    hkdf_extract(&mac, (nettle_hash_update_func *)hmac_sha256_update,
                 (nettle_hash_digest_func *)hmac_sha256_digest, sizeof secret, BJ_SEAL_KEY_BYTES,
                 key, secret);
    hmac_sha256_set_key(&mac, sizeof secret, secret);
    hkdf_expand(&mac, (nettle_hash_update_func *)hmac_sha256_update,
                (nettle_hash_digest_func *)hmac_sha256_digest, SHA256_DIGEST_SIZE, size, context,
                sizeof derived, derived);
    chacha_poly1305_set_key(&seal->cipher, derived);
    memcpy(seal->check, derived + BJ_SEAL_KEY_BYTES, BJ_SEAL_CHECK_BYTES);
    seal->number = 0;
    explicit_bzero(&mac, sizeof mac);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(derived, sizeof derived);
}

void bj_seal_wipe(bj_seal *seal)
{
    explicit_bzero(seal, sizeof *seal);
}

bool bj_seal_fits(const bj_seal *seal, const uint8_t check[BJ_SEAL_CHECK_BYTES])
{
    return memeql_sec(seal->check, check, BJ_SEAL_CHECK_BYTES);
}

static void begin_segment(bj_seal *seal, bool last, bj_seal_beside beside)
{
    uint8_t nonce[CHACHA_POLY1305_NONCE_SIZE] = {0};
    for (size_t i = 0; i < sizeof seal->number; i++)
        nonce[i] = (uint8_t)(seal->number >> 8 * i);
    nonce[sizeof nonce - 1] = last;
    seal->number++;
    chacha_poly1305_set_nonce(&seal->cipher, nonce);
    if (beside.size > 0)
        chacha_poly1305_update(&seal->cipher, beside.size, beside.bytes);
}

void bj_seal_close(bj_seal *seal, bool last, bj_seal_beside beside, uint8_t *segment, size_t size)
{
    begin_segment(seal, last, beside);
    chacha_poly1305_encrypt(&seal->cipher, size, segment, segment);
    chacha_poly1305_digest(&seal->cipher, BJ_SEAL_TAG_BYTES, segment + size);
}

bool bj_seal_open(bj_seal *seal, bool last, bj_seal_beside beside, uint8_t *segment, size_t size)
{
    uint8_t tag[BJ_SEAL_TAG_BYTES];
    begin_segment(seal, last, beside);
    chacha_poly1305_decrypt(&seal->cipher, size, segment, segment);
    chacha_poly1305_digest(&seal->cipher, sizeof tag, tag);
    const bool right = memeql_sec(tag, segment + size, sizeof tag);
    if (!right)
        explicit_bzero(segment, size);
    return right;
}
