/*
 * source.c: the bytes of a module, from a file or from the caller, text made binary.
 *
 * A file that was seen before and has not changed since is not even read: the cache remembers its digest
 * by device, inode, size and times, and the digest is all that finding its compiled form takes. The bytes
 * are read later if they are wanted after all (another form, a description, an image), and must still
 * have that digest.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read.h"
#include "engine/internal.h"

/* ---- What the bytes must be. ---- */

static bool is_text(bj_span bytes)
{
    /* A binary begins with NUL; text with white space, a comment or a parenthesis. */
    return bytes.size > 0 && memchr(" \t\r\n(;", bytes.data[0], 6) != NULL;
}

static int check_binary(bj_span bytes, const char *name, bj_error *err)
{
    static const char magic[4] = {0, 'a', 's', 'm'}, module[4] = {1, 0, 0, 0};
    static const char layer_of_components[2] = {1, 0};
    if (bytes.size < 8 || memcmp(bytes.data, magic, 4) != 0)
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%s is not a WebAssembly module: it should begin with \"\\0asm\" and a version", name);
    if (memcmp(bytes.data + 6, layer_of_components, 2) == 0)
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%s is a WebAssembly component: Belljar runs core modules for WASI preview 1 "
            "(compile it for wasm32-wasip1)",
            name);
    if (memcmp(bytes.data + 4, module, 4) != 0)
        return bj_fail(err, BJ_ERROR_MODULE,
                       "%s is of an unknown version: Belljar runs core modules for WASI preview 1 "
                       "(wasm32-wasip1)",
                       name);
    return 0;
}

static int check_size(const engine_module *module, uint64_t size, bj_error *err)
{
    if (size == 0)
        return bj_fail(err, BJ_ERROR_MODULE, "%s is empty", module->name);
    if (size > module->engine->max_module_bytes)
        return bj_fail(err, BJ_ERROR_MODULE,
                       "%s has %llu bytes; modules of up to %llu are accepted", module->name,
                       (unsigned long long)size,
                       (unsigned long long)module->engine->max_module_bytes);
    return 0;
}

/* ---- Taking them. ---- */

static int copy_bytes(engine_module *module, bj_span bytes, bj_error *err)
{
    if (check_binary(bytes, module->name, err) < 0)
        return -1;
    module->bytes = malloc(bytes.size);
    if (!module->bytes)
        return bj_fail_memory(err);
    memcpy(module->bytes, bytes.data, bytes.size);
    module->size = bytes.size;
    return 0;
}

static int copy_text(engine_module *module, bj_span text, bj_error *err)
{
    wasm_byte_vec_t binary = {0};
    wasmtime_error_t *error = wasmtime_wat2wasm(text.data, text.size, &binary);
    if (error) {
        char why[200];
        engine_error_text(error, why, sizeof why);
        return bj_fail(err, BJ_ERROR_MODULE, "%s: %s", module->name, why);
    }
    int status = copy_bytes(module, (bj_span){binary.data, binary.size}, err);
    wasm_byte_vec_delete(&binary);
    return status;
}

int engine_source_take(engine_module *module, bj_span bytes, bj_error *err)
{
    if (check_size(module, bytes.size, err) < 0)
        return -1;
    int status = is_text(bytes) ? copy_text(module, bytes, err) : copy_bytes(module, bytes, err);
    if (status == 0)
        module->digest = bj_sha256_of(module->bytes, module->size);
    return status;
}

/* ---- Files. ---- */

/* A regular file: a device could go on for ever, a pipe could never begin. */
static int open_file(engine_module *module, const char *path, struct stat *status, bj_error *err)
{
    bj_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, status) < 0)
        return bj_fail_errno(err, "%s cannot be opened", path);
    if (S_ISDIR(status->st_mode))
        return bj_fail(err, BJ_ERROR_IO, "%s is a directory: name a .wasm or .wat file", path);
    if (!S_ISREG(status->st_mode))
        return bj_fail(err, BJ_ERROR_IO, "%s is not a regular file", path);
    module->fd = bj_steal_fd(&fd);
    return check_size(module, (uint64_t)status->st_size, err);
}

/* As much of the file as `size` bytes; a file that shrank meanwhile gives less. */
static int read_file(engine_module *module, char *bytes, size_t *size, bj_error *err)
{
    const ssize_t count = bj_read_at(module->fd, bytes, *size, 0);
    if (count < 0)
        return bj_fail_errno(err, "%s cannot be read", module->name);
    *size = (size_t)count;
    return 0;
}

static int read_and_take(engine_module *module, bj_error *err)
{
    struct stat status;
    if (fstat(module->fd, &status) < 0)
        return bj_fail_errno(err, "%s cannot be read", module->name);
    if (check_size(module, (uint64_t)status.st_size, err) < 0)
        return -1;
    size_t size = (size_t)status.st_size;
    bj_autofree char *bytes = malloc(size);
    if (!bytes)
        return bj_fail_memory(err);
    if (read_file(module, bytes, &size, err) < 0)
        return -1;
    return engine_source_take(module, (bj_span){bytes, size}, err);
}

int engine_source_open(engine_module *module, const char *path, bj_error *err)
{
    engine_cache *cache = &module->engine->cache;
    struct stat status;
    if (open_file(module, path, &status, err) < 0)
        return -1;
    if (engine_cache_recall(cache, &status, &module->digest))
        return 0;
    if (read_and_take(module, err) < 0)
        return -1;
    engine_cache_remember(cache, &status, &module->digest);
    return 0;
}

int engine_source_load(engine_module *module, bj_error *err)
{
    if (module->bytes)
        return 0;
    bj_sha256 expected = module->digest;
    if (read_and_take(module, err) < 0)
        return -1;
    if (memcmp(&expected, &module->digest, sizeof expected) == 0)
        return 0;
    /* Other bytes must never be compiled, and cached, in the name of the old ones. */
    free(module->bytes);
    module->bytes = NULL;
    module->digest = expected;
    return bj_fail(err, BJ_ERROR_IO, "%s changed while it was in use: open it anew", module->name);
}
