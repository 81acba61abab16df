/*
 * delta_image.c: a delta as a module of its own, whose memory starts as the delta has it.
 *
 *     delta ── memory_fd      the fresh memory with the delta's pages over it: a file without a name, sealed
 *          └─< images         a module for each variant: the same code, that file mapped copy-on-write
 *
 * An instance of such a module copies the pages that it writes and no others, its slot resets itself to the file, and a slot
 * that is used again has nothing to do for it. The file costs as much memory as the guest has, once, and the time to fill it:
 * it is made when that much has been copied by instances that were restored without it, so that what is used once or twice never
 * pays for it, and what is used often never pays more than twice.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/delta/pages.h"
#include "engine/internal.h"
#include "engine/run/delta.h"

/* What little an instance copies below this is not worth a file of tens of megabytes. */
#define WORTH_BYTES ((uint64_t)256 << 10)

/* All files of an engine together. */
#define FILES_MOST ((uint64_t)2 << 30)

/* ---------------------------------------------------------------- the file */

static bool write_all(int fd, const void *bytes, size_t size, uint64_t offset)
{
    const char *from = bytes;
    while (size > 0) {
        const ssize_t wrote = pwrite(fd, from, size, (off_t)offset);
        if (wrote <= 0)
            return false;
        from += wrote;
        size -= (size_t)wrote;
        offset += (uint64_t)wrote;
    }
    return true;
}

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, ENGINE_PAGE_BYTES - 1) == 0;
}

/* Pages of zeros stay holes. */
static bool write_fresh(int fd, const engine_memory *fresh, uint64_t begin, uint64_t end)
{
    while (begin < end) {
        uint64_t stop = begin;
        while (stop < end && !is_zero(fresh->base + stop))
            stop += ENGINE_PAGE_BYTES;
        if (!write_all(fd, fresh->base + begin, (size_t)(stop - begin), begin))
            return false;
        begin = stop + ENGINE_PAGE_BYTES;
    }
    return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool write_memory(int fd, const engine_delta *delta, const engine_memory *fresh)
{
    const delta_run *runs = (const delta_run *)delta->runs.data;
    const char *from = delta->bytes.data;
    uint64_t done = 0;
    for (size_t i = 0; i < delta->runs.size / sizeof *runs; i++) {
        const uint64_t begin = runs[i].first * ENGINE_PAGE_BYTES;
        const uint64_t size = runs[i].count * ENGINE_PAGE_BYTES;
        if (!write_fresh(fd, fresh, least(done, fresh->size), least(begin, fresh->size)) ||
            !write_all(fd, from, (size_t)size, begin))
            return false;
        from += size;
        done = begin + size;
    }
    return write_fresh(fd, fresh, least(done, fresh->size), fresh->size);
}

static void drop_images(engine_delta *delta)
{
    for (engine_form *form = delta->images, *next; form; form = next) {
        next = form->next;
        engine_form_delete(form);
    }
    delta->images = NULL;
    bj_cleanup_close(&delta->memory_fd);
    delta->memory_fd = -1;
    if (delta->charged)
        atomic_fetch_sub(&delta->charged->image_bytes, delta->memory_size);
    delta->charged = NULL;
}

/* Writing beyond RLIMIT_FSIZE, which holds for files without a name too, would be a signal that ends the process. */
static bool may_write(uint64_t bytes)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
           (limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur);
}

/* Whether the engine's files stay within their bounds with this one. */
static bool charge(engine_delta *delta, engine_core *engine)
{
    if (atomic_fetch_add(&engine->image_bytes, delta->memory_size) + delta->memory_size <=
        FILES_MOST) {
        delta->charged = engine;
        return true;
    }
    atomic_fetch_sub(&engine->image_bytes, delta->memory_size);
    return false;
}

static bool make_file(engine_delta *delta, const engine_instance *instance)
{
    const int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL;
    engine_module *module = instance->module;
    engine_memory fresh;
    if (engine_module_get_fresh(module, instance->form, &fresh, NULL) < 0 ||
        fresh.size > delta->memory_size || !may_write(delta->memory_size) ||
        !charge(delta, module->engine))
        return false;
    delta->drop_images = drop_images;
    delta->memory_fd = memfd_create("belljar-snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return delta->memory_fd >= 0 && write_memory(delta->memory_fd, delta, &fresh) &&
           fcntl(delta->memory_fd, F_ADD_SEALS, seals) == 0;
}

/* ---------------------------------------------------------------- modules */

static engine_form *make_image(engine_delta *delta, const engine_instance *instance)
{
    int fd = fcntl(delta->memory_fd, F_DUPFD_CLOEXEC, 0);
    engine_form *form = fd < 0 ? NULL : calloc(1, sizeof *form);
    if (!form) {
        bj_cleanup_close(&fd);
        return NULL;
    }
    form->variant = instance->form->variant;
    wasmtime_error_t *error = bj_wasmtime_module_with_memory(instance->form->compiled, fd,
                                                             delta->memory_size, &form->compiled);
    if (error) {
        wasmtime_error_delete(error);
        free(form);
        return NULL;
    }
    if (engine_form_link(instance->module, form, NULL) < 0) {
        engine_form_delete(form);
        return NULL;
    }
    form->next = delta->images;
    delta->images = form;
    return form;
}

static const engine_form *find_image(const engine_delta *delta, const engine_variant *variant)
{
    const engine_form *form = delta->images;
    while (form && form->variant != variant)
        form = form->next;
    return form;
}

/* Locked. */
static const engine_form *get_image(engine_delta *delta, const engine_instance *instance)
{
    const engine_form *form = find_image(delta, instance->form->variant);
    if (form || delta->unmappable)
        return form;
    if (delta->memory_fd < 0) {
        if (delta->copied_bytes < delta->memory_size) {
            delta->copied_bytes += delta->bytes.size;
            return NULL;
        }
        delta->unmappable = !make_file(delta, instance);
    }
    if (!delta->unmappable)
        form = make_image(delta, instance);
    delta->unmappable |= !form;
    if (delta->unmappable && !delta->images)
        drop_images(delta); /* a file that nobody can use, or that is half written */
    return form;
}

const engine_form *engine_delta_get_image(engine_delta *delta, const engine_instance *instance)
{
    const engine_machine *machine = &instance->module->engine->machine;
    if (delta->bytes.size < WORTH_BYTES || !machine->pooling || !machine->pagemap_scan)
        return NULL;
    pthread_mutex_lock(&delta->lock);
    const engine_form *form = get_image(delta, instance);
    pthread_mutex_unlock(&delta->lock);
    return form;
}
