/*
 * shipped.c: compiled modules that came with an installation, so that its first sandbox need not wait for the compiler.
 *
 * They are compiled for any x86-64-v3 machine; Wasmtime looks whether this is one. Compiled code is trusted: it is
 * taken from folders beside this library, which whoever could write to them could replace the library in, and from those that the
 * host names, and only where folder and file belong to root or to this user and nobody else may write to them.
 *
 * A form may be packed (KEY.cwasm.zst). It is unpacked once, into the cache; where there is none, into memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/internal.h"

static bool is_trusted(const struct stat *status)
{
    return (status->st_uid == 0 || status->st_uid == geteuid()) && !(status->st_mode & 022);
}

static int open_dir(const char *path)
{
    struct stat status;
    bj_autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || fstat(dir, &status) < 0 || !is_trusted(&status))
        return -1;
    return bj_steal_fd(&dir);
}

void engine_shipped_open(engine_shipped *shipped, const char *paths)
{
    bj_autofree char *copy = paths ? strdup(paths) : NULL;
    char *rest = copy, *path;
    shipped->count = 0;
    while (shipped->count < ENGINE_SHIPPED_MOST && rest && (path = strsep(&rest, ":"))) {
        const int dir = open_dir(path);
        if (dir >= 0)
            shipped->dirs[shipped->count++] = dir;
    }
}

void engine_shipped_close(engine_shipped *shipped)
{
    while (shipped->count > 0)
        bj_cleanup_close(&shipped->dirs[--shipped->count]);
}

void engine_name_packed(const engine_entry_name name, engine_packed_name packed)
{
    snprintf(packed, sizeof(engine_packed_name), "%s.zst", name);
}

static int open_form(int dir, const char *name)
{
    struct stat status;
    bj_autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || !is_trusted(&status))
        return -1;
    return bj_steal_fd(&fd);
}

static wasmtime_module_t *load_plain(const engine_shipped *shipped, const engine_variant *variant,
                                     const engine_entry_name name)
{
    wasmtime_module_t *compiled = NULL;
    for (size_t i = 0; i < shipped->count && !compiled; i++) {
        bj_autoclose int fd = open_form(shipped->dirs[i], name);
        if (fd >= 0 && engine_entry_is_whole(fd) && engine_has_room_to_map(fd))
            compiled = engine_try_entry(fd, variant);
    }
    return compiled;
}

static wasmtime_module_t *load_packed(const engine_module *module, const engine_variant *variant,
                                      const engine_packed_name name)
{
    const engine_shipped *shipped = &module->engine->shipped;
    wasmtime_module_t *compiled = NULL;
    for (size_t i = 0; i < shipped->count && !compiled; i++) {
        bj_autoclose int packed = open_form(shipped->dirs[i], name);
        if (packed < 0)
            continue;
        bj_autoclose int fd = engine_cache_unpack(&module->engine->cache, variant, module, packed);
        if (fd >= 0 && engine_has_room_to_map(fd))
            compiled = engine_try_entry(fd, variant);
    }
    return compiled;
}

wasmtime_module_t *engine_shipped_load(const engine_module *module, const engine_variant *variant)
{
    engine_core *self = module->engine;
    engine_entry_name name;
    engine_packed_name packed;
    engine_name_entry(variant->portable, &module->digest, name);
    engine_name_packed(name, packed);
    wasmtime_module_t *compiled = load_plain(&self->shipped, variant, name);
    if (!compiled && self->shipped.count > 0)
        compiled = engine_cache_load(&self->cache, variant, &module->digest, true);
    return compiled ? compiled : load_packed(module, variant, packed);
}

bool engine_shipped_has(const engine_shipped *shipped, const char *portable,
                        const bj_sha256 *module)
{
    engine_entry_name name;
    engine_packed_name packed;
    engine_name_entry(portable, module, name);
    engine_name_packed(name, packed);
    for (size_t i = 0; i < shipped->count; i++)
        if (faccessat(shipped->dirs[i], name, R_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
            faccessat(shipped->dirs[i], packed, R_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return true;
    return false;
}
