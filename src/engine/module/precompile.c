/*
 * precompile.c: compiling a module for any x86-64-v3 machine, to be shipped with an installation. shipped.c loads what this makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/internal.h"

/* Packed at a level from 1 or, at 0, as it is. False: errno says why. */
static bool write_bytes(const engine_module *module, int fd, int made, int level)
{
    size_t size;
    if (level == 0)
        return engine_entry_copy(made, fd);
    void *code = engine_entry_map(made, &size);
    if (!code)
        return false;
    const bool whole =
        engine_pack(fd, (bj_span){code, size}, (bj_span){module->bytes, module->size}, level);
    const int saved = errno;
    munmap(code, size);
    errno = saved;
    return whole;
}

/* What was compiled, under its name, whole or not at all. False: errno says why. */
static bool write_form(const engine_module *module, int dir, const engine_entry_name name, int made,
                       int level)
{
    engine_packed_name packed;
    char temporary[sizeof packed + sizeof ".new"];
    engine_name_packed(name, packed);
    const char *own = level == 0 ? name : packed, *other = level == 0 ? packed : name;
    snprintf(temporary, sizeof temporary, "%s.new", own);
    unlinkat(dir, temporary, 0);
    bj_autoclose int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    if (!write_bytes(module, fd, made, level) || renameat(dir, temporary, dir, own) < 0) {
        const int saved = errno;
        unlinkat(dir, temporary, 0);
        errno = saved;
        return false;
    }
    unlinkat(dir, other, 0); /* of before */
    return true;
}

/* The module is one that the caller makes part of an installation: it is trusted. */
static int compile_to(const engine_module *module, const engine_variant *variant, int dir,
                      const engine_entry_name name, int level, bj_error *err)
{
    bj_autoclose int made = memfd_create("belljar-compiled", MFD_CLOEXEC);
    if (made < 0)
        return bj_fail_errno(err, "there is no place for the compiled form of %s", module->name);
    const engine_compilation task = {
        variant, module->name, {module->bytes, module->size}, made, {0}};
    if (engine_compile(&task, err) < 0)
        return -1;
    if (!write_form(module, dir, name, made, level))
        return bj_fail_errno(err, "the compiled form of %s cannot be written", module->name);
    return 0;
}

static int compile_form(engine_module *module, int dir, bool fuel, int level, bj_error *err)
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
    const int status = compile_to(module, variant, dir, name, level, err);
    engine_variant_delete(variant);
    return status;
}

int engine_module_precompile(engine_module *module, const char *path, int level, bj_error *err)
{
    bj_span bytes;
    if (level < 0 || level > 19)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "zstd's level is %d; it may be from 0 to 19", level);
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
    const int status = compile_form(module, dir, false, level, err);
    return status < 0 ? -1 : compile_form(module, dir, true, level, err);
}
