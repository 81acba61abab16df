/*
 * files.c: the files of a sandbox, for its embedder.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "policy/sort.h"
#include "sandbox/object/sandbox.h"
#include "vfs/node/paths.h"
#include "vfs/tree/outside.h"

/* What is written is charged with what the guest holds, and leaves it less to grow by. */
static int begin(bj_sandbox *box, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    box->budget->guest_bytes =
        engine_instance_held_bytes(box->first.engine, engine_instance_memory(box->first.engine));
    return 0;
}

static void end(bj_sandbox *box)
{
    engine_instance_limit_memory(box->first.engine);
    sandbox_leave(box);
}

BJ_API int bj_sandbox_write_file(bj_sandbox *box, const char *path, const void *bytes, size_t size,
                                 bj_error *err)
{
    if (begin(box, err) < 0)
        return -1;
    const int status = vfs_outside_write(box->tree, bj_span_of(path), (bj_span){bytes, size}, err);
    end(box);
    return status;
}

BJ_API char *bj_sandbox_read_file(bj_sandbox *box, const char *path, size_t most, size_t *size,
                                  bj_error *err)
{
    bj_autobuffer bj_buffer bytes = {0};
    if (begin(box, err) < 0)
        return NULL;
    int status = vfs_outside_read(box->tree, bj_span_of(path), most, &bytes, err);
    end(box);
    if (status == 0 && bj_buffer_append(&bytes, "", 0) < 0)
        status = bj_fail_memory(err);
    if (status < 0)
        return NULL;
    *size = bytes.size;
    char *text = bytes.data ? bytes.data : strdup("");
    bytes = (bj_buffer){0};
    return text;
}

/* ---- Listing. ---- */

static const char *type_name(vfs_type type)
{
    switch (type) {
    case VFS_REGULAR_FILE:
        return "file";
    case VFS_DIRECTORY:
        return "directory";
    case VFS_SYMLINK:
        return "symlink";
    default:
        return "other";
    }
}

/* Names go by bytes that are shown, so they are made valid before they are put in order. */
typedef struct listed {
    const char *name;
    vfs_type type;
    uint64_t bytes;
} listed;

typedef struct listing {
    listed *items;
    size_t count, capacity;
    vfs_texts names;
    sandbox_work work;
    bool out_of_memory;
} listing;

static bool add_file(void *user, bj_span name, const vfs_stat *stat)
{
    listing *list = user;
    bj_autobuffer bj_buffer clean = {0};
    list->out_of_memory = true;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 64;
        listed *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    if (bj_utf8_sanitize(&clean, name) < 0)
        return false;
    const char *text = vfs_texts_add(&list->names, (bj_span){bj_buffer_text(&clean), clean.size});
    if (!text)
        return false;
    list->items[list->count++] = (listed){text, stat->type, stat->size};
    list->out_of_memory = false;
    return true;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const listed *)one)->name, ((const listed *)other)->name);
}

/* Appends [{"name", "type", "bytes"}]; false when out of memory, or when the work has ended. */
static bool write_list(listing *list, const void *const *items, bj_buffer *out)
{
    if (bj_buffer_append(out, "[", 1) < 0)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const listed *each = items[i];
        char rest[64];
        json_t *name = json_string(each->name);
        bj_autofree char *text = name ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
        json_decref(name);
        const int size = snprintf(rest, sizeof rest, ",\"type\":\"%s\",\"bytes\":%llu}",
                                  type_name(each->type), (unsigned long long)each->bytes);
        if (!text || bj_buffer_append(out, i ? ",{\"name\":" : "{\"name\":", i ? 9 : 8) < 0 ||
            bj_buffer_append(out, text, strlen(text)) < 0 ||
            bj_buffer_append(out, rest, (size_t)size) < 0 ||
            !policy_work_step(&list->work.work, 500))
            return false;
    }
    return bj_buffer_append(out, "]", 1) == 0;
}

static int describe_list(listing *list, bj_buffer *out, bj_error *err)
{
    bj_autofree const void **items = malloc((list->count + 1) * sizeof *items);
    bool made = items && !list->out_of_memory;
    for (size_t i = 0; made && i < list->count; i++)
        items[i] = &list->items[i];
    made = made && policy_sort(items, list->count, by_name, &list->work.work) == POLICY_FINISHED &&
           write_list(list, items, out);
    if (list->work.work.end != POLICY_WORK_GOES_ON)
        return bj_fail(err, BJ_ERROR_STOPPED, "stopped while a directory was listed");
    return made ? 0 : bj_fail_memory(err);
}

static int list_files(bj_sandbox *box, const char *path, bj_buffer *out, bj_error *err)
{
    listing list = {0};
    sandbox_work_asked_for(&list.work, box);
    int status =
        vfs_outside_list(box->tree, bj_span_of(path), add_file, &list, &list.work.work, err);
    if (status == 0)
        status = describe_list(&list, out, err);
    sandbox_work_done(&list.work);
    vfs_texts_clear(&list.names);
    free(list.items);
    return status;
}

BJ_API char *bj_sandbox_list_files(bj_sandbox *box, const char *path, bj_error *err)
{
    bj_autobuffer bj_buffer text = {0};
    if (begin(box, err) < 0)
        return NULL;
    const int status = list_files(box, path, &text, err);
    end(box);
    if (status < 0)
        return NULL;
    char *taken = text.data;
    text = (bj_buffer){0};
    return taken;
}

BJ_API int bj_sandbox_remove_file(bj_sandbox *box, const char *path, bj_error *err)
{
    if (begin(box, err) < 0)
        return -1;
    const int status = vfs_outside_remove(box->tree, bj_span_of(path), err);
    end(box);
    return status;
}

BJ_API int64_t bj_sandbox_copy_out(bj_sandbox *box, const char *guest, const char *host,
                                   bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    sandbox_work work;
    sandbox_work_asked_for(&work, box);
    const int64_t count = vfs_copy_out(box->tree, guest, host, &work.work, err);
    sandbox_work_done(&work);
    sandbox_leave(box);
    return count;
}
