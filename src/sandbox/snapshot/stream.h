/*
 * stream.h: the body of a snapshot's file, from bytes to the disk and back: packed by zstd (RFC 8878), and
 * sealed where there is a key. Where the work ends first, what is asked for fails.
 */
#ifndef BJ_SANDBOX_SNAPSHOT_STREAM_H
#define BJ_SANDBOX_SNAPSHOT_STREAM_H

#include <sys/types.h>
#include <zstd.h>

#include "base/pack.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "policy/work.h"

#define SNAPSHOT_PIECE_BYTES ((size_t)BJ_SEAL_SEGMENT_BYTES + BJ_SEAL_TAG_BYTES)

/* How the file is protected. */
typedef struct snapshot_guard {
    bj_seal *seal;         /* NULL: it is not; a digest finds accidents */
    bj_seal_beside beside; /* of the last segment: the header */
} snapshot_guard;

/* ---- Packing. ---- */

typedef struct snapshot_packer {
    int fd;
    policy_work *work; /* ends it */
    ZSTD_CCtx *zstd;
    bj_seal *seal; /* or NULL */
    bj_sha256_state digest;
    uint64_t unpacked;
    int saved_errno; /* why writing failed, or 0 */
    size_t held;     /* bytes in `piece`, which are written when there are more, or at the end */
    uint8_t piece[SNAPSHOT_PIECE_BYTES];
} snapshot_packer;

/* NULL: out of memory. `seal`, which may be NULL, and `work` stay the caller's. */
snapshot_packer *snapshot_packer_new(int fd, bj_seal *seal, policy_work *work) BJ_CHECK_RESULT;
void snapshot_packer_delete(snapshot_packer *packer);

/* For a sink: `user` is the packer. */
int snapshot_packer_put(void *user, const void *bytes, size_t size);

/* Ends the body. *beside is looked at only now. 0, or -1. */
int snapshot_packer_end(snapshot_packer *packer, bj_seal_beside beside) BJ_CHECK_RESULT;

/* ---- Unpacking. ---- */

typedef struct snapshot_unpacker {
    int fd;
    policy_work *work;   /* ends it */
    off_t begin;         /* where the body lies in the file … */
    uint64_t size, read; /* … how long it is, and how far it was read */
    snapshot_guard guard;
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    int saved_errno; /* why reading failed, or 0 */
    bool forged;     /* a segment is not the one that was sealed */
    uint8_t piece[SNAPSHOT_PIECE_BYTES];
} snapshot_unpacker;

/* NULL: out of memory. What the guard refers to, and `work`, stay the caller's. */
snapshot_unpacker *snapshot_unpacker_new(int fd, off_t begin, uint64_t size, snapshot_guard guard,
                                         policy_work *work) BJ_CHECK_RESULT;
void snapshot_unpacker_delete(snapshot_unpacker *unpacker);

/* Reads the whole body once, without unpacking it, to see that it is what was written: by the digest, or by every
 * segment's tag. Then it stands at its beginning again. 0, or -1: saved_errno says why, or the body is another one. */
int snapshot_unpacker_check(snapshot_unpacker *unpacker, const bj_sha256 *digest) BJ_CHECK_RESULT;

/* For a source: `user` is the unpacker. */
int snapshot_unpacker_get(void *user, void *bytes, size_t size);

#endif
