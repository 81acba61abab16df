/*
 * file.c: a snapshot in a file.
 *
 *     magic "BJSNAP\r\n", version u32, digest of the runtime's image, bytes of the body u64; then
 *     version 1: digest of the packed body                     version 2: check of the key, salt
 *     the body, packed (stream.c): what was granted,   the same, sealed with a key of the caller's
 *     the WASI context, the delta of the memory, the files
 *
 * All numbers are little-endian; docs/snapshot-format.md has every field. The packed body is checked as a whole
 * before any of it is unpacked: by its digest against accidents, by its tags against whoever has not got the key. Against malice
 * every part checks what it reads besides (vfs/saved.h, wasi/saved.h, engine.h), and what it may unpack to, and take of the
 * host's memory, is bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/pack.h"
#include "base/random.h"
#include "base/sized.h"
#include "base/write.h"
#include "sandbox/snapshot/snapshot.h"
#include "sandbox/snapshot/stream.h"

#define MAGIC           "BJSNAP\r\n"
#define MAGIC_BYTES     8
#define PLAIN           1u /* versions of the file */
#define SEALED          2u
#define NAMED_BYTES     (MAGIC_BYTES + 4 + BJ_SHA256_BYTES) /* up to the bytes of the body */
#define PLAIN_BYTES     (NAMED_BYTES + 8 + BJ_SHA256_BYTES)
#define SEALED_BYTES    (PLAIN_BYTES + BJ_SEAL_SALT_BYTES)
#define GRANTS_MOST     4096u
#define DEFAULT_BYTES   ((uint64_t)1 << 30)
#define END_MARK        0x444e4521u
#define FLAG_TOLD       1u
#define TIMEOUT_MOST_MS (UINT64_MAX / 4000000) /* what is longer never ends */
#define FLAG_BOOT       2u

/* The beginning of a file, as it stands there. */
typedef struct header {
    uint32_t version;
    bj_sha256 image;
    uint64_t unpacked;
    bj_sha256 proof; /* PLAIN: of the packed body; SEALED: that it is this key (bj_seal_fits) */
    uint8_t salt[BJ_SEAL_SALT_BYTES]; /* SEALED */
    uint8_t bytes[SEALED_BYTES];
    size_t size;
} header;

_Static_assert(BJ_SHA256_BYTES == BJ_SEAL_CHECK_BYTES, "header.proof is either");

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
        if (!guest || !bj_source_take(source, 2 * sizeof mount + size + 1) ||
            strlen(guest) != size || mount.kind > POLICY_MOUNT_ARCHIVE || mount.mode > BJ_OVERLAY ||
            policy_grants_mount(policy->grants, &mount) < 0)
            return false;
    }
    return true;
}

static void save_flags(const bj_snapshot *snapshot, bj_sink *sink)
{
    const sandbox_boot *boot = &snapshot->boot;
    const uint64_t used[] = {boot->fuel, boot->host_calls, boot->time_ns, boot->cpu_ns};
    const bool has_boot = used[0] || used[1] || used[2] || used[3];
    bj_put_number(sink, (snapshot->told_tools ? FLAG_TOLD : 0) | (has_boot ? FLAG_BOOT : 0), 1);
    for (size_t i = 0; has_boot && i < sizeof used / sizeof *used; i++)
        bj_put_number(sink, used[i], 8);
}

static void read_flags(bj_snapshot *snapshot, bj_source *source)
{
    sandbox_boot *boot = &snapshot->boot;
    uint64_t *const used[] = {&boot->fuel, &boot->host_calls, &boot->time_ns, &boot->cpu_ns};
    const uint64_t flags = bj_get_number(source, 1);
    if (flags & ~(uint64_t)(FLAG_TOLD | FLAG_BOOT))
        bj_source_refuse(source);
    snapshot->told_tools = flags & FLAG_TOLD;
    for (size_t i = 0; (flags & FLAG_BOOT) && i < sizeof used / sizeof *used; i++)
        *used[i] = bj_get_number(source, 8);
}

static void save_body(const bj_snapshot *snapshot, bj_sink *sink)
{
    save_grants(snapshot->policy.grants, sink);
    save_flags(snapshot, sink);
    if (snapshot->wasi)
        wasi_context_save(snapshot->wasi, sink);
    else
        wasi_saved_save(snapshot->saved_wasi, sink);
    engine_delta_save(snapshot->delta, sink);
    if (snapshot->tree)
        vfs_tree_save(snapshot->tree, sink);
    else
        vfs_saved_save(snapshot->saved_tree, sink);
    bj_put_number(sink, END_MARK, 4);
}

/* Reads the unpacked body of a file into a snapshot that has only its runtime yet. False: it is none, and the snapshot
 * is to be deleted. */
static bool read_body(bj_snapshot *snapshot, bj_source *source)
{
    policy_budget_init_unlimited(&snapshot->budget);
    if (!read_grants(&snapshot->policy, source))
        return false;
    read_flags(snapshot, source);
    return (snapshot->saved_wasi = wasi_saved_read(source)) != NULL &&
           (snapshot->delta = engine_delta_read(source)) != NULL &&
           (snapshot->saved_tree = vfs_saved_read(source, &snapshot->budget)) != NULL &&
           bj_get_number(source, 4) == END_MARK && !source->failed;
}

/* ---------------------------------------------------------------- options */

BJ_API void bj_snapshot_file_options_init_sized(bj_snapshot_file_options *options, size_t size)
{
    const bj_snapshot_file_options defaults = {0};
    bj_sized_init(options, size, &defaults, sizeof defaults);
}

static int check_options(const bj_snapshot_file_options *options, bj_error *err)
{
    if (options->key && options->key_size != BJ_SEAL_KEY_BYTES)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "a key of a snapshot has %d bytes, from a random source; this one has %zu",
                       BJ_SEAL_KEY_BYTES, options->key_size);
    return 0;
}

/* ---------------------------------------------------------------- how long it may take */

/* A save or load under way. */
typedef struct errand {
    policy_work work;
    bj_snapshot_file_options options;
} errand;

static bool is_stopped(void *user)
{
    const bj_snapshot_file_options *options = user;
    return options->stops(options->user);
}

/* `options` may be NULL. */
static int begin_errand(errand *e, const bj_snapshot_file_options *options, bj_error *err)
{
    bj_snapshot_file_options_init(&e->options);
    if (options && (bj_sized_read(&e->options, sizeof e->options, options,
                                  BJ_SIZE_TO(bj_snapshot_file_options, user),
                                  "bj_snapshot_file_options", err) < 0 ||
                    check_options(&e->options, err) < 0))
        return -1;
    e->work = policy_work_unlimited();
    if (e->options.timeout_ms > 0 && e->options.timeout_ms < TIMEOUT_MOST_MS)
        e->work.until_ns = bj_clock_monotonic_ns() + e->options.timeout_ms * 1000000;
    if (e->options.stops) {
        e->work.interrupted = is_stopped;
        e->work.user = &e->options;
    }
    return 0;
}

static uint64_t most_of(const errand *e)
{
    return e->options.most_bytes ? e->options.most_bytes : DEFAULT_BYTES;
}

static int fail_stopped(const errand *e, const char *path, const char *what, bj_error *err)
{
    if (e->work.end == POLICY_WORK_LATE)
        return bj_fail(err, BJ_ERROR_STOPPED, "%.120s was not %s in the %llu ms that it may take",
                       path, what, (unsigned long long)e->options.timeout_ms);
    return bj_fail(err, BJ_ERROR_STOPPED, "%.120s was not %s: it was stopped", path, what);
}

/* ---------------------------------------------------------------- the header */

static int put_buffer(void *user, const void *bytes, size_t size)
{
    header *h = user;
    memcpy(h->bytes + h->size, bytes, size);
    h->size += size;
    return 0;
}

/* Lays it out in its bytes. */
static void lay_out(header *h)
{
    bj_sink sink = {put_buffer, h, false};
    h->size = 0;
    bj_put(&sink, MAGIC, MAGIC_BYTES);
    bj_put_number(&sink, h->version, 4);
    bj_put(&sink, h->image.bytes, sizeof h->image.bytes);
    bj_put_number(&sink, h->unpacked, 8);
    bj_put(&sink, h->proof.bytes, sizeof h->proof.bytes);
    if (h->version == SEALED)
        bj_put(&sink, h->salt, sizeof h->salt);
}

/* The key is good for files of this kind, of this version and image. */
static void begin_seal(bj_seal *seal, const void *key, header *h)
{
    lay_out(h);
    bj_seal_begin(seal, key, h->salt, h->bytes, NAMED_BYTES);
}

/* ---------------------------------------------------------------- saving */

/* The body behind room for the header, then the header. */
static int write_snapshot(const bj_snapshot *snapshot, snapshot_packer *p, header *h)
{
    bj_sink sink = {snapshot_packer_put, p, false};
    if (bj_write_all(p->fd, h->bytes, h->size) < 0) {
        p->saved_errno = errno;
        return -1;
    }
    save_body(snapshot, &sink);
    if (sink.failed)
        return -1;
    h->unpacked = p->unpacked;
    lay_out(h);
    if (snapshot_packer_end(p, (bj_seal_beside){h->bytes, h->size}) < 0)
        return -1;
    if (!p->seal)
        h->proof = bj_sha256_end(&p->digest);
    lay_out(h);
    if (pwrite(p->fd, h->bytes, h->size, 0) != (ssize_t)h->size || fsync(p->fd) < 0) {
        p->saved_errno = errno;
        return -1;
    }
    return 0;
}

/* Fills what is known of the header before the body is. `seal` is begun where there is a key. */
static int begin_header(const bj_snapshot *snapshot, const void *key, bj_seal *seal, header *h,
                        bj_error *err)
{
    *h = (header){.version = key ? SEALED : PLAIN,
                  .image = engine_module_digest(snapshot->runtime->module)};
    if (key) {
        if (bj_random_fill(h->salt, sizeof h->salt) < 0)
            return bj_fail_errno(err, "there are no random bytes");
        begin_seal(seal, key, h);
        memcpy(h->proof.bytes, seal->check, sizeof h->proof.bytes);
    }
    lay_out(h);
    return 0;
}

static int save_to(const bj_snapshot *snapshot, int fd, const char *path, errand *e, bj_error *err)
{
    bj_seal seal;
    header h;
    const void *key = e->options.key;
    if (begin_header(snapshot, key, &seal, &h, err) < 0)
        return -1;
    snapshot_packer *p = snapshot_packer_new(fd, key ? &seal : NULL, &e->work);
    int status = -1;
    if (p)
        status = write_snapshot(snapshot, p, &h);
    if (status < 0 && e->work.end != POLICY_WORK_GOES_ON) {
        fail_stopped(e, path, "saved", err);
    } else if (!p || (status < 0 && !p->saved_errno)) {
        bj_fail_memory(err);
    } else if (status < 0) {
        errno = p->saved_errno;
        bj_fail_errno(err, "%s cannot be written", path);
    }
    snapshot_packer_delete(p);
    bj_seal_wipe(&seal);
    return status;
}

/* Writes a file beside, and puts it in the place of the old one once it is all there. */
static int save(const bj_snapshot *snapshot, const char *path, errand *e, bj_error *err)
{
    bj_autofree char *beside = NULL;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
        beside = NULL;
        return bj_fail_memory(err);
    }
    bj_autoclose int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return bj_fail_errno(err, "%s cannot be written", path);
    if (save_to(snapshot, fd, path, e, err) < 0) {
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

BJ_API int bj_snapshot_save_with(const bj_snapshot *snapshot, const char *path,
                                 const bj_snapshot_file_options *options, bj_error *err)
{
    errand e;
    return begin_errand(&e, options, err) < 0 ? -1 : save(snapshot, path, &e, err);
}

BJ_API int bj_snapshot_save(const bj_snapshot *snapshot, const char *path, bj_error *err)
{
    return bj_snapshot_save_with(snapshot, path, NULL, err);
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
    bj_source source = {.get = get_file, .user = &fd, .left = SEALED_BYTES};
    bj_get(&source, magic, sizeof magic);
    if (source.failed || memcmp(magic, MAGIC, MAGIC_BYTES) != 0)
        return refuse(path, "is no snapshot", err);
    *h = (header){.version = (uint32_t)bj_get_number(&source, 4)};
    if (h->version != PLAIN && h->version != SEALED)
        return refuse(path,
                      "is a snapshot of another version of Belljar: load it with the one that "
                      "saved it",
                      err);
    bj_get(&source, h->image.bytes, sizeof h->image.bytes);
    h->unpacked = bj_get_number(&source, 8);
    bj_get(&source, h->proof.bytes, sizeof h->proof.bytes);
    if (h->version == SEALED)
        bj_get(&source, h->salt, sizeof h->salt);
    lay_out(h);
    return source.failed ? refuse(path, "is cut off", err) : 0;
}

/* Whether the file and the key, or none, belong together. Begins the seal where there is a key. */
static int check_key(const char *path, header *h, const void *key, bj_seal *seal, bj_error *err)
{
    if (h->version == PLAIN)
        return key ? refuse(path,
                            "is not encrypted, so that anybody may have written it: load it "
                            "without a key if you trust it",
                            err)
                   : 0;
    if (!key)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "%.120s is encrypted: load it with the key that it was saved with", path);
    begin_seal(seal, key, h);
    if (!bj_seal_fits(seal, h->proof.bytes))
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "%.120s was saved with another key, or its header was edited", path);
    return 0;
}

static int check_header(const bj_runtime *runtime, const char *path, const header *h,
                        uint64_t most_bytes, bj_error *err)
{
    const bj_sha256 ours = engine_module_digest(runtime->module);
    if (memcmp(&ours, &h->image, sizeof ours) != 0)
        return refuse(path, "is of another runtime: open the very one that it was taken with", err);
    if (h->unpacked > most_bytes)
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%.120s unpacks to %llu bytes, which is more than the %llu that are accepted", path,
            (unsigned long long)h->unpacked, (unsigned long long)most_bytes);
    return 0;
}

/* Why the body could not be read. */
static int fail_body(const char *path, const bj_source *source, uint64_t most_bytes, bj_error *err)
{
    if (source->no_memory)
        return bj_fail_memory(err);
    if (source->no_room)
        return bj_fail(err, BJ_ERROR_MODULE,
                       "%.120s takes more than the %llu bytes of memory that are accepted", path,
                       (unsigned long long)most_bytes);
    return refuse(path, "holds no snapshot that could have been taken", err);
}

static int read_from(bj_snapshot *snapshot, snapshot_unpacker *u, const char *path, const header *h,
                     errand *e, bj_error *err)
{
    const uint64_t most_bytes = most_of(e);
    if (snapshot_unpacker_check(u, &h->proof) < 0) {
        if (e->work.end != POLICY_WORK_GOES_ON)
            return fail_stopped(e, path, "loaded", err);
        if (!u->saved_errno)
            return refuse(path, "is damaged: it is cut off or was edited", err);
        errno = u->saved_errno;
        return bj_fail_errno(err, "%s cannot be read", path);
    }
    bj_source source = {
        .get = snapshot_unpacker_get, .user = u, .left = h->unpacked, .room = most_bytes};
    if (!read_body(snapshot, &source) || source.left > 0)
        return e->work.end != POLICY_WORK_GOES_ON ? fail_stopped(e, path, "loaded", err)
                                                  : fail_body(path, &source, most_bytes, err);
    return 0;
}

/* The file's position is behind its header. */
static int load_body(bj_snapshot *snapshot, int fd, uint64_t file_bytes, const char *path,
                     const header *h, bj_seal *seal, errand *e, bj_error *err)
{
    const snapshot_guard guard = {seal, {h->bytes, h->size}};
    const uint64_t size = file_bytes > h->size ? file_bytes - h->size : 0;
    if (check_header(snapshot->runtime, path, h, most_of(e), err) < 0)
        return -1;
    snapshot_unpacker *u = snapshot_unpacker_new(fd, (off_t)h->size, size, guard, &e->work);
    if (!u)
        return bj_fail_memory(err);
    const int status = read_from(snapshot, u, path, h, e, err);
    snapshot_unpacker_delete(u);
    return status;
}

static int load_from(bj_snapshot *snapshot, int fd, const char *path, errand *e, bj_error *err)
{
    const void *key = e->options.key;
    header h;
    bj_seal seal;
    struct stat status;
    if (fstat(fd, &status) < 0)
        return bj_fail_errno(err, "%s cannot be read", path);
    if (!S_ISREG(status.st_mode))
        return bj_fail(err, BJ_ERROR_IO, "%s is not a regular file", path);
    if (read_header(fd, path, &h, err) < 0)
        return -1;
    int result = check_key(path, &h, key, &seal, err);
    if (result == 0)
        result =
            load_body(snapshot, fd, (uint64_t)status.st_size, path, &h, key ? &seal : NULL, e, err);
    bj_seal_wipe(&seal);
    return result;
}

BJ_API bj_snapshot *bj_snapshot_load_with(bj_runtime *runtime, const char *path,
                                          const bj_snapshot_file_options *options, bj_error *err)
{
    errand e;
    if (snapshot_check_kind(runtime, err) < 0 || begin_errand(&e, options, err) < 0)
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
    if (load_from(snapshot, fd, path, &e, err) < 0) {
        bj_snapshot_delete(snapshot);
        return NULL;
    }
    return snapshot;
}

BJ_API bj_snapshot *bj_snapshot_load(bj_runtime *runtime, const char *path, uint64_t most_bytes,
                                     bj_error *err)
{
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.most_bytes = most_bytes;
    return bj_snapshot_load_with(runtime, path, &options, err);
}
