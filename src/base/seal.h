/*
 * seal.h: bytes that only who has the key can read, and can have made: ChaCha20-Poly1305 (RFC 8439), by libnettle.
 *
 * They are sealed in segments, so that they can be written and read as they come, and none is believed before its
 * tag was checked. A segment's nonce is its number and whether it is the last one: none can be moved, left out or
 * added. The cipher's key is derived (HKDF-SHA256, RFC 5869) from the caller's, a salt and a context, so that
 * one key may seal any number of things, each with a salt of its own.
 */
#ifndef BJ_BASE_SEAL_H
#define BJ_BASE_SEAL_H

#include <nettle/chacha-poly1305.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define BJ_SEAL_KEY_BYTES     32
#define BJ_SEAL_SALT_BYTES    32
#define BJ_SEAL_CHECK_BYTES   32
#define BJ_SEAL_SEGMENT_BYTES 65536 /* of text; only the last one may be shorter */
#define BJ_SEAL_TAG_BYTES     16    /* follow it */

typedef struct bj_seal {
    struct chacha_poly1305_ctx cipher;
    uint8_t check[BJ_SEAL_CHECK_BYTES]; /* tells this key from others; no secret */
    uint64_t number;                    /* of the next segment */
} bj_seal;

/* To be wiped by bj_seal_wipe. */
void bj_seal_begin(bj_seal *seal, const uint8_t key[BJ_SEAL_KEY_BYTES],
                   const uint8_t salt[BJ_SEAL_SALT_BYTES], const void *context, size_t size);
void bj_seal_wipe(bj_seal *seal);

/* Whether `check` is of the same key, salt and context. */
bool bj_seal_fits(const bj_seal *seal, const uint8_t check[BJ_SEAL_CHECK_BYTES]);

/* What belongs to a segment besides its text, and is not in it; {NULL, 0}: nothing. */
typedef struct bj_seal_beside {
    const void *bytes;
    size_t size;
} bj_seal_beside;

/* Seals the next segment in its place, in which the tag has room behind the text. */
void bj_seal_close(bj_seal *seal, bool last, bj_seal_beside beside, uint8_t *segment, size_t size);

/* Opens the next segment in its place: `size` bytes of text, behind them the tag. False: it is not the one that was sealed; the
 * text is gone. */
bool bj_seal_open(bj_seal *seal, bool last, bj_seal_beside beside, uint8_t *segment,
                  size_t size) BJ_CHECK_RESULT;

#endif
