/*
 * packed.c: compiled forms in less room: by zstd, after the module that they were compiled from. A form holds the module's data once
 * more, and many of its constants, so that what is packed is two thirds of what it would be alone.
 *
 * Whoever unpacks has the module's bytes, and reads all into memory first, where no other process can cut it short. zstd's checksum tells
 * whether what came out is what went in, after that very module.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/read.h"
#include "base/write.h"
#include "engine/internal.h"

/* A form is never larger. */
#define FORM_MOST ((uint64_t)1 << 30)

/* ---- Memory. ---- */

typedef struct region {
    char *at; /* NULL: there is none */
    size_t size;
} region;

static region region_of(uint64_t size)
{
    if (size == 0 || size > FORM_MOST || !engine_has_room(size))
        return (region){0};
    void *at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return (region){0};
    (void)madvise(at, (size_t)size,
                  MADV_HUGEPAGE); /* a tenth of the faults, where there are such pages */
    return (region){at, (size_t)size};
}

static void region_give_back(region *self)
{
    if (self->at)
        munmap(self->at, self->size);
}

#define auto_region __attribute__((cleanup(region_give_back))) region

/* A whole file. */
static region region_of_file(int fd)
{
    struct stat status;
    auto_region file = {0};
    if (fd < 0 || fstat(fd, &status) < 0 || status.st_size <= 0)
        return (region){0};
    file = region_of((uint64_t)status.st_size);
    if (!file.at || bj_read_at(fd, file.at, file.size, 0) != (ssize_t)file.size)
        return (region){0};
    const region read = file;
    file.at = NULL;
    return read;
}

/* ---- Packing. ---- */

static int window_for(uint64_t bytes)
{
    int bits = ZSTD_cParam_getBounds(ZSTD_c_windowLog).lowerBound;
    while (((uint64_t)1 << bits) < bytes)
        bits++;
    return bits;
}

static size_t pack(region out, bj_span bytes, bj_span after, int level)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (!zstd)
        return 0;
    const struct {
        ZSTD_cParameter name;
        int value;
    } settings[] = {{ZSTD_c_compressionLevel, level},
                    {ZSTD_c_windowLog, window_for((uint64_t)bytes.size + after.size)},
                    {ZSTD_c_enableLongDistanceMatching, 1},
                    {ZSTD_c_checksumFlag, 1}};
    size_t status = 0;
    for (size_t i = 0; i < sizeof settings / sizeof *settings && !ZSTD_isError(status); i++)
        status = ZSTD_CCtx_setParameter(zstd, settings[i].name, settings[i].value);
    if (!ZSTD_isError(status))
        status = ZSTD_CCtx_refPrefix(zstd, after.data, after.size);
    if (!ZSTD_isError(status))
        status = ZSTD_compress2(zstd, out.at, out.size, bytes.data, bytes.size);
    ZSTD_freeCCtx(zstd);
    return ZSTD_isError(status) ? 0 : status;
}

bool engine_pack(int to, bj_span bytes, bj_span after, int level)
{
    auto_region out = region_of(ZSTD_compressBound(bytes.size));
    const size_t size = out.at ? pack(out, bytes, after, level) : 0;
    if (size == 0)
        errno = ENOMEM;
    return size > 0 && bj_write_all(to, out.at, size) == 0 && fsync(to) == 0;
}

/* ---- Unpacking. ---- */

static bool unpack(region out, region packed, bj_span after)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    if (!zstd)
        return false;
    size_t status = ZSTD_DCtx_refPrefix(zstd, after.data, after.size);
    if (!ZSTD_isError(status))
        status = ZSTD_decompressDCtx(zstd, out.at, out.size, packed.at, packed.size);
    ZSTD_freeDCtx(zstd);
    return !ZSTD_isError(status) && status == out.size;
}

static bool unpack_after(int from, int to, bj_span after)
{
    auto_region packed = region_of_file(from);
    /* Beyond what can be: there is no size, or it is no file of zstd's. */
    auto_region out = region_of(packed.at ? ZSTD_getFrameContentSize(packed.at, packed.size) : 0);
    return out.at && unpack(out, packed, after) && bj_write_all(to, out.at, out.size) == 0;
}

bool engine_unpack(int from, int to, const engine_module *module)
{
    if (module->bytes)
        return unpack_after(from, to, (bj_span){module->bytes, module->size});
    auto_region file = region_of_file(module->fd);
    return file.at && unpack_after(from, to, (bj_span){file.at, file.size});
}
