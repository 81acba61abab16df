/*
 * files.c: the files of a sandbox, for its embedder.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "sandbox/internal.h"
#include "vfs/outside.h"

/* What is written is charged with what the guest holds, and leaves it less to grow by. */
static int begin(bj_sandbox *box, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    box->budget->guest_bytes = engine_instance_memory(box->instance).size;
    return 0;
}

static void end(bj_sandbox *box)
{
    engine_instance_limit_memory(box->instance);
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

static bool add_file(void *user, bj_span name, const vfs_stat *stat)
{
    bj_autobuffer bj_buffer clean = {0};
    if (bj_utf8_sanitize(&clean, name) < 0)
        return false;
    json_t *item = json_pack("{ss# ss sI}", "name", bj_buffer_text(&clean), (int)clean.size, "type",
                             type_name(stat->type), "bytes", (json_int_t)stat->size);
    return json_array_append_new(user, item) == 0;
}

static int by_name(const void *a, const void *b)
{
    const json_t *const *first = a, *const *second = b;
    return strcmp(json_string_value(json_object_get(*first, "name")),
                  json_string_value(json_object_get(*second, "name")));
}

/* The same list in order of names; takes it. NULL when out of memory. */
static json_t *sorted(json_t *list)
{
    const size_t count = json_array_size(list);
    bj_autofree json_t **items = malloc((count + 1) * sizeof(json_t *));
    json_t *ordered = items ? json_array() : NULL;
    for (size_t i = 0; ordered && i < count; i++)
        items[i] = json_array_get(list, i);
    if (ordered)
        qsort(items, count, sizeof *items, by_name);
    for (size_t i = 0; ordered && i < count; i++)
        if (json_array_append(ordered, items[i]) < 0) {
            json_decref(ordered);
            ordered = NULL;
        }
    json_decref(list);
    return ordered;
}

BJ_API char *bj_sandbox_list_files(bj_sandbox *box, const char *path, bj_error *err)
{
    json_t *list = json_array();
    if (!list) {
        bj_fail_memory(err);
        return NULL;
    }
    if (begin(box, err) < 0) {
        json_decref(list);
        return NULL;
    }
    const int status = vfs_outside_list(box->tree, bj_span_of(path), add_file, list, err);
    end(box);
    if (status < 0) {
        json_decref(list);
        return NULL;
    }
    list = sorted(list);
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    if (!text)
        bj_fail_memory(err);
    return text;
}

BJ_API int bj_sandbox_remove_file(bj_sandbox *box, const char *path, bj_error *err)
{
    if (begin(box, err) < 0)
        return -1;
    const int status = vfs_outside_remove(box->tree, bj_span_of(path), err);
    end(box);
    return status;
}
