/*
 * stream.c: see stream.h.
 *
 * Everything goes through one piece of 64 KiB, so that neither side ever holds more than that beside zstd's window, which
 * is bounded on both sides. Of a sealed body no byte reaches zstd before its segment's tag was checked, whatever
 * becomes of the file meanwhile.
 */
#include "sandbox/snapshot/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/read.h"
#include "base/write.h"

#define PACK_LEVEL  3
#define WINDOW_BITS 21 /* of that level: 2 MiB. A file that wants more was not written by us */

/* What goes through zstd between two looks at the work, and what it costs (policy/work.h): each call, and each byte with its
 * digest or its seal. */
#define PART_BYTES  ((size_t)16 << 10)
#define PUT_COST    50u
#define PACK_COST   6u
#define UNPACK_COST 3u

/* ---------------------------------------------------------------- packing */

snapshot_packer *snapshot_packer_new(int fd, bj_seal *seal, policy_work *work)
{
    snapshot_packer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->fd = fd;
    p->seal = seal;
    p->work = work;
    p->zstd = ZSTD_createCCtx();
    bj_sha256_begin(&p->digest);
    if (!p->zstd ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, PACK_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_windowLog, WINDOW_BITS))) {
        snapshot_packer_delete(p);
        return NULL;
    }
    return p;
}

void snapshot_packer_delete(snapshot_packer *p)
{
    if (p)
        ZSTD_freeCCtx(p->zstd);
    free(p);
}

/* Writes the piece that is held. */
static int flush(snapshot_packer *p, bool last, bj_seal_beside beside)
{
    size_t size = p->held;
    if (p->seal) {
        bj_seal_close(p->seal, last, beside, p->piece, size);
        size += BJ_SEAL_TAG_BYTES;
    }
    bj_sha256_add(&p->digest, p->piece, size);
    p->held = 0;
    if (bj_write_all(p->fd, p->piece, size) == 0)
        return 0;
    p->saved_errno = errno;
    return -1;
}

/* Packs into the piece, which is written when it is full and more is to come: the last one must be known as such. */
static int pack(snapshot_packer *p, const void *bytes, size_t size, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    for (size_t left = 1; left > 0 || in.pos < in.size;) {
        if (p->held == BJ_SEAL_SEGMENT_BYTES && flush(p, false, (bj_seal_beside){NULL, 0}) < 0)
            return -1;
        ZSTD_outBuffer out = {p->piece, BJ_SEAL_SEGMENT_BYTES, p->held};
        left = ZSTD_compressStream2(p->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return -1;
        p->held = out.pos;
        if (end == ZSTD_e_continue && in.pos == in.size)
            break;
    }
    p->unpacked += size;
    return 0;
}

int snapshot_packer_put(void *user, const void *bytes, size_t size)
{
    snapshot_packer *p = user;
    for (size_t done = 0, part; done < size; done += part) {
        part = size - done < PART_BYTES ? size - done : PART_BYTES;
        if (!policy_work_step(p->work, PUT_COST + PACK_COST * part) ||
            pack(p, (const uint8_t *)bytes + done, part, ZSTD_e_continue) < 0)
            return -1;
    }
    return 0;
}

int snapshot_packer_end(snapshot_packer *p, bj_seal_beside beside)
{
    return pack(p, "", 0, ZSTD_e_end) < 0 ? -1 : flush(p, true, beside);
}

/* ---------------------------------------------------------------- unpacking */

snapshot_unpacker *snapshot_unpacker_new(int fd, off_t begin, uint64_t size, snapshot_guard guard,
                                         policy_work *work)
{
    snapshot_unpacker *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->fd = fd;
    u->begin = begin;
    u->size = size;
    u->guard = guard;
    u->work = work;
    u->zstd = ZSTD_createDCtx();
    if (!u->zstd ||
        ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_BITS))) {
        snapshot_unpacker_delete(u);
        return NULL;
    }
    return u;
}

void snapshot_unpacker_delete(snapshot_unpacker *u)
{
    if (u)
        ZSTD_freeDCtx(u->zstd);
    free(u);
}

static int read_piece(snapshot_unpacker *u, size_t size)
{
    const ssize_t got = bj_read_at(u->fd, u->piece, size, u->begin + (off_t)u->read);
    if (got != (ssize_t)size) {
        u->saved_errno = got < 0 ? errno : 0;
        return -1;
    }
    u->read += size;
    return 0;
}

/* The next piece of what was packed; `in` is it. 0 at the end, or when it is not to be had. */
static size_t next_piece(snapshot_unpacker *u)
{
    const uint64_t left = u->size - u->read;
    size_t size = u->guard.seal ? SNAPSHOT_PIECE_BYTES : BJ_SEAL_SEGMENT_BYTES;
    if (size > left)
        size = (size_t)left;
    if (size == 0 || !policy_work_step(u->work, UNPACK_COST * size) || read_piece(u, size) < 0)
        return 0;
    if (u->guard.seal) {
        const bool last = u->read == u->size;
        const bj_seal_beside none = {NULL, 0};
        if (size < BJ_SEAL_TAG_BYTES ||
            !bj_seal_open(u->guard.seal, last, last ? u->guard.beside : none, u->piece,
                          size - BJ_SEAL_TAG_BYTES)) {
            u->forged = true;
            return 0;
        }
        size -= BJ_SEAL_TAG_BYTES;
    }
    u->in = (ZSTD_inBuffer){u->piece, size, 0};
    return size;
}

int snapshot_unpacker_check(snapshot_unpacker *u, const bj_sha256 *digest)
{
    bj_sha256_state state;
    bj_sha256_begin(&state);
    for (size_t size; (size = next_piece(u)) > 0;)
        if (!u->guard.seal)
            bj_sha256_add(&state, u->piece, size);
    bool right = u->read == u->size && !u->forged && u->size > 0;
    if (!u->guard.seal) {
        const bj_sha256 found = bj_sha256_end(&state);
        right = right && memcmp(&found, digest, sizeof found) == 0;
    } else {
        u->guard.seal->number = 0;
    }
    u->read = 0;
    u->in = (ZSTD_inBuffer){u->piece, 0, 0};
    return right ? 0 : -1;
}

static int unpack(snapshot_unpacker *u, void *bytes, size_t size)
{
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos < out.size) {
        /* What zstd holds back comes without more input. */
        const size_t before = out.pos, taken = u->in.pos;
        const size_t status = ZSTD_decompressStream(u->zstd, &out, &u->in);
        if (ZSTD_isError(status))
            return -1;
        if (out.pos == before && u->in.pos == taken && u->in.pos == u->in.size &&
            next_piece(u) == 0)
            return -1;
    }
    return 0;
}

int snapshot_unpacker_get(void *user, void *bytes, size_t size)
{
    snapshot_unpacker *u = user;
    for (size_t done = 0, part; done < size; done += part) {
        part = size - done < PART_BYTES ? size - done : PART_BYTES;
        if (!policy_work_step(u->work, PUT_COST + UNPACK_COST * part) ||
            unpack(u, (uint8_t *)bytes + done, part) < 0)
            return -1;
    }
    return 0;
}
