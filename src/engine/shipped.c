/*
 * shipped.c: compiled modules that came with an installation, so that its first sandbox need not wait for the compiler.
 *
 * They are compiled for any x86-64-v3 machine; Wasmtime looks whether this is one. Compiled code is trusted: it is
 * taken from a folder beside this library alone, which whoever could write to it could replace the library in, and only
 * where folder and file belong to root or to this user and nobody else may write to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/internal.h"

/* ---- Loading. ---- */

static bool is_trusted(const struct stat *status)
{
    return (status->st_uid == 0 || status->st_uid == geteuid()) && !(status->st_mode & 022);
}

int engine_shipped_open(const char *path)
{
    struct stat status;
    bj_autoclose int dir = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (dir < 0 || fstat(dir, &status) < 0 || !is_trusted(&status))
        return -1;
    return bj_steal_fd(&dir);
}

wasmtime_module_t *engine_shipped_load(int dir, const engine_variant *variant,
                                       const bj_sha256 *module)
{
    engine_entry_name name;
    struct stat status;
    if (dir < 0)
        return NULL;
    engine_name_entry(variant->portable, module, name);
    bj_autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || !is_trusted(&status) ||
        !engine_entry_is_whole(fd) || !engine_has_room_to_map(fd))
        return NULL;
    return engine_try_entry(fd, variant);
}

bool engine_shipped_has(int dir, const char *portable, const bj_sha256 *module)
{
    engine_entry_name name;
    engine_name_entry(portable, module, name);
    return dir >= 0 && faccessat(dir, name, R_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- Making them. ---- */

/* The module is one that the caller makes part of an installation: it is trusted. */
static int compile_to(const engine_module *module, const engine_variant *variant, int dir,
                      const char *name, bj_error *err)
{
    unlinkat(dir, name, 0);
    bj_autoclose int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return bj_fail_errno(err, "the compiled form of %s cannot be written", module->name);
    const engine_compilation task = {variant, module->name, {module->bytes, module->size}, fd, {0}};
    int status = engine_compile(&task, err);
    if (status == 0 && fsync(fd) < 0)
        status = bj_fail_errno(err, "the compiled form of %s cannot be written", module->name);
    if (status < 0)
        unlinkat(dir, name, 0);
    return status;
}

static int compile_form(engine_module *module, int dir, bool fuel, bj_error *err)
{
    engine_entry_name name;
    bj_policy usual;
    bj_policy_init(&usual);
    engine_variant *variant =
        engine_variant_new(&module->engine->machine, module->engine->max_sandboxes,
                           (engine_kind){fuel, module->throws, usual.stack_bytes}, true, err);
    if (!variant)
        return -1;
    engine_name_entry(variant->portable, &module->digest, name);
    const int status = compile_to(module, variant, dir, name, err);
    engine_variant_delete(variant);
    return status;
}

int engine_module_precompile(engine_module *module, const char *path, bj_error *err)
{
    bj_span bytes;
    if (!module->engine->machine.pooling)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "this machine gives too little address space to compile for others");
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return bj_fail_errno(err, "%s cannot be made", path);
    bj_autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return bj_fail_errno(err, "%s is no directory that can be opened", path);
    if (engine_module_get_bytes(module, &bytes, err) < 0)
        return -1;
    const int status = compile_form(module, dir, false, err);
    return status < 0 ? -1 : compile_form(module, dir, true, err);
}
