/*
 * snapshot_file.c: a snapshot in a file.
 *
 *     magic "BJSNAP\r\n", version u32, digest of the runtime's image, bytes of the body u64, digest of the packed body;
 *     the body, packed with zstd (RFC 8878): what was granted, the WASI context, the delta of the memory, the files
 *
 * All numbers are little-endian; docs/snapshot-format.md has every field. The packed body is checked as a whole
 * before any of it is unpacked, against accidents; against malice every part checks what it reads (vfs/saved.h,
 * wasi/saved.h, engine.h), and what it may unpack to is bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/error.h"
#include "base/pack.h"
#include "base/write.h"
#include "sandbox/snapshot.h"

#define MAGIC         "BJSNAP\r\n"
#define MAGIC_BYTES   8
#define VERSION       1u
#define HEADER_BYTES  (MAGIC_BYTES + 4 + BJ_SHA256_BYTES + 8 + BJ_SHA256_BYTES)
#define PACK_LEVEL    3
#define GRANTS_MOST   4096u
#define DEFAULT_BYTES ((uint64_t)1 << 30)
#define END_MARK      0x444e4521u

typedef struct header {
    bj_sha256 image, body;
    uint64_t unpacked;
} header;

/* ---------------------------------------------------------------- packing */

typedef struct packer {
    int fd;
    ZSTD_CCtx *zstd;
    bj_sha256_state digest;
    uint64_t unpacked;
    char out[1 << 17];
    int saved_errno; /* why writing failed, or 0 */
} packer;

static int pack(packer *p, const void *bytes, size_t size, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {bytes, size, 0};
    for (size_t left = 1; left > 0 || in.pos < in.size;) {
        ZSTD_outBuffer out = {p->out, sizeof p->out, 0};
        left = ZSTD_compressStream2(p->zstd, &out, &in, end);
        if (ZSTD_isError(left))
            return -1;
        bj_sha256_add(&p->digest, p->out, out.pos);
        if (bj_write_all(p->fd, p->out, out.pos) < 0) {
            p->saved_errno = errno;
            return -1;
        }
        if (end == ZSTD_e_continue && in.pos == in.size)
            break;
    }
    p->unpacked += size;
    return 0;
}

static int put_packed(void *user, const void *bytes, size_t size)
{
    return pack(user, bytes, size, ZSTD_e_continue);
}

/* ---------------------------------------------------------------- unpacking */

typedef struct unpacker {
    int fd;
    ZSTD_DCtx *zstd;
    uint64_t left; /* of what may still come out */
    ZSTD_inBuffer in;
    char input[1 << 17];
} unpacker;

/* More input, if the buffer is used up. False at the end of the file. */
static bool fill(unpacker *u)
{
    if (u->in.pos < u->in.size)
        return true;
    ssize_t got;
    do
        got = read(u->fd, u->input, sizeof u->input);
    while (got < 0 && errno == EINTR);
    u->in = (ZSTD_inBuffer){u->input, got > 0 ? (size_t)got : 0, 0};
    return got > 0;
}

static int get_unpacked(void *user, void *bytes, size_t size)
{
    unpacker *u = user;
    ZSTD_outBuffer out = {bytes, size, 0};
    if (size > u->left)
        return -1;
    u->left -= size;
    while (out.pos < out.size) {
        /* What zstd holds back comes without more input. */
        const size_t before = out.pos, taken = u->in.pos;
        const size_t status = ZSTD_decompressStream(u->zstd, &out, &u->in);
        if (ZSTD_isError(status))
            return -1;
        if (out.pos == before && u->in.pos == taken && !fill(u))
            return -1;
    }
    return 0;
}

/* ---------------------------------------------------------------- the parts */

static void save_grants(const bj_grants *grants, bj_sink *sink)
{
    bj_put_number(sink, grants->mount_count, 4);
    for (size_t i = 0; i < grants->mount_count; i++) {
        const policy_mount *mount = &grants->mounts[i];
        bj_put_number(sink, mount->kind, 1);
        bj_put_number(sink, mount->mode, 1);
        bj_put_number(sink, mount->bytes, 8);
        bj_put_span(sink, bj_span_of(mount->guest));
    }
}

static bool read_grants(bj_policy *policy, bj_source *source)
{
    const uint32_t count = (uint32_t)bj_get_number(source, 4);
    bj_policy_init(policy);
    policy->grants = policy_grants_copy(NULL);
    if (!policy->grants || count > GRANTS_MOST)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        policy_mount mount = {.kind = (enum policy_mount_kind)bj_get_number(source, 1),
                              .mode = (bj_mode)bj_get_number(source, 1),
                              .bytes = bj_get_number(source, 8)};
        size_t size;
        bj_autofree char *guest = bj_get_text(source, VFS_PATH_MAX, &size);
        mount.guest = guest;
        if (!guest || strlen(guest) != size || mount.kind > POLICY_MOUNT_ARCHIVE ||
            mount.mode > BJ_OVERLAY || policy_grants_mount(policy->grants, &mount) < 0)
            return false;
    }
    return true;
}

static void save_body(const bj_snapshot *snapshot, bj_sink *sink)
{
    save_grants(snapshot->policy.grants, sink);
    bj_put_number(sink, snapshot->told_tools, 1);
    wasi_context_save(snapshot->wasi, sink);
    engine_delta_save(snapshot->delta, sink);
    vfs_tree_save(snapshot->tree, sink);
    bj_put_number(sink, END_MARK, 4);
}

bool snapshot_read_body(bj_snapshot *snapshot, bj_source *source)
{
    policy_budget_init_unlimited(&snapshot->budget);
    if (!read_grants(&snapshot->policy, source))
        return false;
    snapshot->told_tools = bj_get_number(source, 1) != 0;
    return (snapshot->saved_wasi = wasi_saved_read(source)) != NULL &&
           (snapshot->delta = engine_delta_read(source)) != NULL &&
           (snapshot->saved_tree = vfs_saved_read(source, &snapshot->budget)) != NULL &&
           bj_get_number(source, 4) == END_MARK && !source->failed;
}

/* ---------------------------------------------------------------- saving */

static void write_header(bj_sink *sink, const header *h)
{
    bj_put(sink, MAGIC, MAGIC_BYTES);
    bj_put_number(sink, VERSION, 4);
    bj_put(sink, h->image.bytes, sizeof h->image.bytes);
    bj_put_number(sink, h->unpacked, 8);
    bj_put(sink, h->body.bytes, sizeof h->body.bytes);
}

static int put_buffer(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

/* The body behind room for the header, then the header. */
static int write_snapshot(const bj_snapshot *snapshot, packer *p)
{
    static const char room[HEADER_BYTES];
    bj_sink sink = {put_packed, p, false};
    if (bj_write_all(p->fd, room, sizeof room) < 0) {
        p->saved_errno = errno;
        return -1;
    }
    save_body(snapshot, &sink);
    if (sink.failed || pack(p, "", 0, ZSTD_e_end) < 0)
        return -1;
    header h = {.image = engine_module_digest(snapshot->runtime->module),
                .body = bj_sha256_end(&p->digest),
                .unpacked = p->unpacked};
    bj_autobuffer bj_buffer text = {0};
    bj_sink head = {put_buffer, &text, false};
    write_header(&head, &h);
    if (head.failed)
        return -1;
    if (pwrite(p->fd, text.data, text.size, 0) != (ssize_t)text.size || fsync(p->fd) < 0) {
        p->saved_errno = errno;
        return -1;
    }
    return 0;
}

static int save_to(const bj_snapshot *snapshot, int fd, const char *path, bj_error *err)
{
    packer *p = calloc(1, sizeof *p);
    int status = -1;
    if (p) {
        p->fd = fd;
        p->zstd = ZSTD_createCCtx();
        bj_sha256_begin(&p->digest);
    }
    if (!p || !p->zstd ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, PACK_LEVEL))) {
        bj_fail_memory(err);
    } else if (write_snapshot(snapshot, p) == 0) {
        status = 0;
    } else if (p->saved_errno) {
        errno = p->saved_errno;
        bj_fail_errno(err, "%s cannot be written", path);
    } else {
        bj_fail_memory(err);
    }
    if (p)
        ZSTD_freeCCtx(p->zstd);
    free(p);
    return status;
}

BJ_API int bj_snapshot_save(const bj_snapshot *snapshot, const char *path, bj_error *err)
{
    bj_autofree char *beside = NULL;
    if (!snapshot->tree)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "this snapshot was loaded from a file: copy the file");
    if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
        beside = NULL;
        return bj_fail_memory(err);
    }
    bj_autoclose int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return bj_fail_errno(err, "%s cannot be written", path);
    if (save_to(snapshot, fd, path, err) < 0) {
        unlink(beside);
        return -1;
    }
    if (rename(beside, path) < 0) {
        bj_fail_errno(err, "%s cannot be replaced", path);
        unlink(beside);
        return -1;
    }
    return 0;
}

/* ---------------------------------------------------------------- loading */

static int get_file(void *user, void *bytes, size_t size)
{
    const int fd = *(const int *)user;
    for (char *at = bytes; size > 0;) {
        const ssize_t got = read(fd, at, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return -1;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return 0;
}

static int refuse(const char *path, const char *why, bj_error *err)
{
    return bj_fail(err, BJ_ERROR_MODULE, "%.120s %s", path, why);
}

static int read_header(int fd, const char *path, header *h, bj_error *err)
{
    char magic[MAGIC_BYTES];
    bj_source source = {get_file, &fd, false};
    bj_get(&source, magic, sizeof magic);
    if (source.failed || memcmp(magic, MAGIC, MAGIC_BYTES) != 0)
        return refuse(path, "is no snapshot", err);
    if (bj_get_number(&source, 4) != VERSION)
        return refuse(path,
                      "is a snapshot of another version of Belljar: load it with the one that "
                      "saved it",
                      err);
    bj_get(&source, h->image.bytes, sizeof h->image.bytes);
    h->unpacked = bj_get_number(&source, 8);
    bj_get(&source, h->body.bytes, sizeof h->body.bytes);
    return source.failed ? refuse(path, "is cut off", err) : 0;
}

static int check_body(int fd, const char *path, const header *h, bj_error *err)
{
    bj_autofree char *piece = malloc(1 << 17);
    bj_sha256_state state;
    if (!piece)
        return bj_fail_memory(err);
    bj_sha256_begin(&state);
    for (ssize_t got; (got = read(fd, piece, 1 << 17)) != 0;) {
        if (got < 0 && errno != EINTR)
            return bj_fail_errno(err, "%s cannot be read", path);
        if (got > 0)
            bj_sha256_add(&state, piece, (size_t)got);
    }
    const bj_sha256 digest = bj_sha256_end(&state);
    if (memcmp(&digest, &h->body, sizeof digest) != 0)
        return refuse(path, "is damaged: it is cut off or was edited", err);
    if (lseek(fd, HEADER_BYTES, SEEK_SET) != HEADER_BYTES)
        return bj_fail_errno(err, "%s cannot be read", path);
    return 0;
}

static int unpack(bj_snapshot *snapshot, int fd, const char *path, const header *h, bj_error *err)
{
    unpacker *u = calloc(1, sizeof *u);
    int status = -1;
    if (!u || !(u->zstd = ZSTD_createDCtx())) {
        bj_fail_memory(err);
    } else {
        u->fd = fd;
        u->left = h->unpacked;
        bj_source source = {get_unpacked, u, false};
        if (snapshot_read_body(snapshot, &source) && u->left == 0)
            status = 0;
        else
            refuse(path, "holds no snapshot that could have been taken", err);
    }
    if (u)
        ZSTD_freeDCtx(u->zstd);
    free(u);
    return status;
}

static int load_from(bj_snapshot *snapshot, int fd, const char *path, uint64_t most_bytes,
                     bj_error *err)
{
    header h;
    struct stat status;
    const bj_sha256 ours = engine_module_digest(snapshot->runtime->module);
    if (fstat(fd, &status) < 0)
        return bj_fail_errno(err, "%s cannot be read", path);
    if (!S_ISREG(status.st_mode))
        return bj_fail(err, BJ_ERROR_IO, "%s is not a regular file", path);
    if (read_header(fd, path, &h, err) < 0)
        return -1;
    if (memcmp(&ours, &h.image, sizeof ours) != 0)
        return refuse(path, "is of another runtime: open the very one that it was taken with", err);
    if (h.unpacked > most_bytes)
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%.120s unpacks to %llu bytes, which is more than the %llu that are accepted", path,
            (unsigned long long)h.unpacked, (unsigned long long)most_bytes);
    if (check_body(fd, path, &h, err) < 0)
        return -1;
    return unpack(snapshot, fd, path, &h, err);
}

BJ_API bj_snapshot *bj_snapshot_load(bj_runtime *runtime, const char *path, uint64_t most_bytes,
                                     bj_error *err)
{
    if (snapshot_check_kind(runtime, err) < 0)
        return NULL;
    bj_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        bj_fail_errno(err, "%s cannot be opened", path);
        return NULL;
    }
    bj_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot) {
        bj_fail_memory(err);
        return NULL;
    }
    snapshot->runtime = runtime;
    if (load_from(snapshot, fd, path, most_bytes ? most_bytes : DEFAULT_BYTES, err) < 0) {
        bj_snapshot_delete(snapshot);
        return NULL;
    }
    return snapshot;
}
