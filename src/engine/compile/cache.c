/*
 * cache.c: compiled modules on disk.
 *
 * Compiled code is trusted: whoever can write here can run anything in this process. So the folder
 * must be a real directory (no link), owned by this user, and closed to all others; otherwise there is
 * no cache. All access goes through the descriptor that was checked.
 *
 * An entry is KEY.cwasm: Wasmtime's own file, then a trailer that tells how long that is. It is written
 * under another name, synced and renamed, so that two processes may fill the cache at once, and a
 * reader finds a whole entry or none. One that is cut short, or that Wasmtime doesn't want, is
 * removed and made anew.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/write.h"
#include "engine/internal.h"

#define ENTRY_SUFFIX  ".cwasm"
#define TRAILER_MAGIC "BJCACHE1"

typedef struct trailer {
    char magic[8];
    uint64_t size; /* of what comes before */
} trailer;

_Static_assert(sizeof(engine_entry_name) >= BJ_SHA256_HEX + sizeof ENTRY_SUFFIX - 1,
               "an entry's name has room for its suffix");

void engine_name_entry(const char *description, const bj_sha256 *module, engine_entry_name name)
{
    char text[BJ_SHA256_HEX + sizeof((engine_variant){0}.description)], hex[BJ_SHA256_HEX];
    bj_sha256_hex(module, hex);
    int length = snprintf(text, sizeof text, "%s %s", hex, description);
    bj_sha256 key = bj_sha256_of(text, (size_t)length);
    bj_sha256_hex(&key, hex);
    snprintf(name, sizeof(engine_entry_name), "%s" ENTRY_SUFFIX, hex);
}

/* Makes the folder and those above it. */
static int make_path(const char *path)
{
    bj_autofree char *copy = strdup(path);
    if (!copy)
        return -1;
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(copy, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* The folder's descriptor, or -1 and the reason. */
static int open_private(const char *path, char *reason, size_t size)
{
    struct stat status;
    if (make_path(path) < 0) {
        snprintf(reason, size, "%s cannot be made: %s", path, strerror(errno));
        return -1;
    }
    bj_autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || fstat(dir, &status) < 0) {
        snprintf(reason, size, "%s is not a directory that can be opened: %s", path,
                 strerror(errno));
        return -1;
    }
    if (status.st_uid != geteuid()) {
        snprintf(reason, size, "%s belongs to somebody else: name another with $BELLJAR_CACHE",
                 path);
        return -1;
    }
    if (status.st_mode & 077) {
        snprintf(reason, size, "%s is open to others: chmod 700 it", path);
        return -1;
    }
    return bj_steal_fd(&dir);
}

void engine_cache_open(engine_cache *cache, const char *path)
{
    *cache = (engine_cache){.dir = -1};
    if (!path || !*path) {
        snprintf(cache->reason, sizeof cache->reason, "no cache was asked for");
        return;
    }
    cache->path = strdup(path);
    if (cache->path)
        cache->dir = open_private(path, cache->reason, sizeof cache->reason);
}

void engine_cache_close(engine_cache *cache)
{
    bj_cleanup_close(&cache->dir);
    free(cache->path);
}

static bool is_ours(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           !(status.st_mode & 077);
}

bool engine_entry_is_whole(int fd)
{
    struct stat status;
    trailer end;
    if (fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof end)
        return false;
    off_t at = status.st_size - (off_t)sizeof end;
    return pread(fd, &end, sizeof end, at) == (ssize_t)sizeof end &&
           memcmp(end.magic, TRAILER_MAGIC, sizeof end.magic) == 0 && end.size == (uint64_t)at;
}

bool engine_has_room_to_map(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && engine_has_room(2 * (uint64_t)status.st_size);
}

wasmtime_error_t *engine_map_entry(int fd, const engine_variant *variant,
                                   wasmtime_module_t **compiled)
{
    /* By way of the descriptor that was checked, not of the name. */
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return wasmtime_module_deserialize_file(variant->wasmtime, path, compiled);
}

wasmtime_module_t *engine_try_entry(int fd, const engine_variant *variant)
{
    wasmtime_module_t *compiled = NULL;
    wasmtime_error_t *error = engine_map_entry(fd, variant, &compiled);
    if (error)
        wasmtime_error_delete(error);
    return compiled;
}

wasmtime_module_t *engine_cache_load(engine_cache *cache, const engine_variant *variant,
                                     const bj_sha256 *module, bool portable)
{
    if (cache->dir < 0)
        return NULL;
    engine_entry_name name;
    engine_name_entry(portable ? variant->portable : variant->description, module, name);
    bj_autoclose int fd = openat(cache->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    wasmtime_module_t *compiled = NULL;
    const bool whole = is_ours(fd) && engine_entry_is_whole(fd);
    if (whole && !engine_has_room_to_map(fd))
        return NULL;
    if (whole)
        compiled = engine_try_entry(fd, variant);
    if (!compiled)
        unlinkat(cache->dir, name, 0);
    return compiled;
}

bool engine_cache_has(const engine_cache *cache, const char *description, const bj_sha256 *module)
{
    engine_entry_name name;
    engine_name_entry(description, module, name);
    return cache->dir >= 0 && faccessat(cache->dir, name, R_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool write_trailer(int fd, uint64_t size)
{
    trailer end = {.size = size};
    memcpy(end.magic, TRAILER_MAGIC, sizeof end.magic);
    return bj_write_all(fd, &end, sizeof end) == 0;
}

bool engine_entry_write(int fd, const wasm_byte_vec_t *code)
{
    return bj_write_all(fd, code->data, code->size) == 0 && write_trailer(fd, code->size);
}

/* bj_write_all, not sendfile: it keeps the signal of RLIMIT_FSIZE away from the host. */
bool engine_entry_copy(int from, int to)
{
    char bytes[65536];
    ssize_t count;
    for (off_t at = 0; (count = pread(from, bytes, sizeof bytes, at)) > 0; at += count)
        if (bj_write_all(to, bytes, (size_t)count) < 0)
            return false;
    return count == 0 && fsync(to) == 0;
}

void *engine_entry_map(int fd, size_t *size)
{
    struct stat status;
    if (!engine_entry_is_whole(fd) || fstat(fd, &status) < 0)
        return NULL;
    *size = (size_t)status.st_size - sizeof(trailer);
    void *code = mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
    return code == MAP_FAILED ? NULL : code;
}

int engine_cache_keep(engine_cache *cache, const engine_variant *variant, const bj_sha256 *module,
                      int fd)
{
    engine_entry_name name;
    char temporary[sizeof(engine_entry_name) + 64];
    if (cache->dir < 0)
        return -1;
    engine_name_entry(variant->description, module, name);
    /* Two threads of one process may get here at once too. */
    snprintf(temporary, sizeof temporary, "%s.%ld.%p", name, (long)getpid(), (void *)&name);
    bj_autoclose int copy =
        openat(cache->dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy < 0)
        return -1;
    if (engine_entry_copy(fd, copy) && renameat(cache->dir, temporary, cache->dir, name) == 0)
        return bj_steal_fd(&copy);
    unlinkat(cache->dir, temporary, 0);
    return -1;
}

/* ---- Forms that were shipped packed. ---- */

static bool unpack_whole(const engine_module *module, int from, int to)
{
    struct stat status;
    return engine_unpack(from, to, module) && fstat(to, &status) == 0 &&
           write_trailer(to, (uint64_t)status.st_size);
}

/* An entry under its name, whole or not at all; its descriptor, or -1. */
static int unpack_entry(engine_cache *cache, const char *name, const engine_module *module, int fd)
{
    char temporary[sizeof(engine_entry_name) + 64];
    snprintf(temporary, sizeof temporary, "%s.%ld.%p", name, (long)getpid(), (void *)&temporary);
    bj_autoclose int made =
        openat(cache->dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0)
        return -1;
    if (unpack_whole(module, fd, made) && fsync(made) == 0 &&
        renameat(cache->dir, temporary, cache->dir, name) == 0)
        return bj_steal_fd(&made);
    unlinkat(cache->dir, temporary, 0);
    return -1;
}

static int unpack_in_memory(const engine_module *module, int fd)
{
    bj_autoclose int made = memfd_create("belljar-code", MFD_CLOEXEC);
    if (made < 0 || !unpack_whole(module, fd, made))
        return -1;
    return bj_steal_fd(&made);
}

int engine_cache_unpack(engine_cache *cache, const engine_variant *variant,
                        const engine_module *module, int fd)
{
    engine_entry_name name;
    engine_name_entry(variant->portable, &module->digest, name);
    const int made = cache->dir < 0 ? -1 : unpack_entry(cache, name, module, fd);
    return made >= 0 ? made : unpack_in_memory(module, fd);
}

/* ---- Digests of files. ---- */

#define MEMO_SUFFIX ".digest"

/* A file that was written this shortly ago may be written again without a change of its times. */
#define SETTLED_NS ((uint64_t)2000000000)

typedef char memo_name[BJ_SHA256_HEX + sizeof MEMO_SUFFIX];

static void name_memo(const struct stat *file, memo_name name)
{
    char text[256], hex[BJ_SHA256_HEX];
    int length =
        snprintf(text, sizeof text, "%llx %llx %llx %lld.%09ld %lld.%09ld",
                 (unsigned long long)file->st_dev, (unsigned long long)file->st_ino,
                 (unsigned long long)file->st_size, (long long)file->st_mtim.tv_sec,
                 file->st_mtim.tv_nsec, (long long)file->st_ctim.tv_sec, file->st_ctim.tv_nsec);
    bj_sha256 key = bj_sha256_of(text, (size_t)length);
    bj_sha256_hex(&key, hex);
    snprintf(name, sizeof(memo_name), "%s" MEMO_SUFFIX, hex);
}

bool engine_cache_recall(engine_cache *cache, const struct stat *file, bj_sha256 *digest)
{
    memo_name name;
    char bytes[sizeof digest->bytes + 1]; /* one more, to notice a file that is too long */
    if (cache->dir < 0)
        return false;
    name_memo(file, name);
    bj_autoclose int fd = openat(cache->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !is_ours(fd) || read(fd, bytes, sizeof bytes) != sizeof digest->bytes)
        return false;
    memcpy(digest->bytes, bytes, sizeof digest->bytes);
    return true;
}

void engine_cache_remember(engine_cache *cache, const struct stat *file, const bj_sha256 *digest)
{
    uint64_t changed_ns =
        (uint64_t)file->st_ctim.tv_sec * 1000000000u + (uint64_t)file->st_ctim.tv_nsec;
    if (cache->dir < 0 || bj_clock_ns(CLOCK_REALTIME) < changed_ns + SETTLED_NS)
        return;
    memo_name name;
    char temporary[sizeof(memo_name) + 64];
    name_memo(file, name);
    snprintf(temporary, sizeof temporary, "%s.%ld.%p", name, (long)getpid(), (void *)&name);
    bj_autoclose int fd =
        openat(cache->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || bj_write_all(fd, digest->bytes, sizeof digest->bytes) < 0 ||
        renameat(cache->dir, temporary, cache->dir, name) < 0)
        unlinkat(cache->dir, temporary, 0);
}

void engine_cache_measure(engine_cache *cache, uint64_t *entries, uint64_t *bytes)
{
    *entries = *bytes = 0;
    int fd = cache->dir < 0 ? -1 : openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        bj_cleanup_close(&fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(list));) {
        struct stat status;
        size_t length = strlen(entry->d_name), suffix = strlen(ENTRY_SUFFIX);
        if (length > suffix && strcmp(entry->d_name + length - suffix, ENTRY_SUFFIX) == 0 &&
            fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
            *entries += 1;
            *bytes += (uint64_t)status.st_size;
        }
    }
    closedir(list);
}
