/* values.c: strings, numbers and bytes between V8 and C. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

napi_value core_undefined(napi_env js)
{
    napi_value value = NULL;
    napi_get_undefined(js, &value);
    return value;
}

/* Bytes that are no UTF-8 become U+FFFD. NULL and an exception: it is longer than a string can be. */
napi_value core_string(napi_env js, const char *text, size_t size)
{
    napi_value value = NULL;
    napi_create_string_utf8(js, text, size, &value);
    return value;
}

napi_value core_string_or_null(napi_env js, const char *text)
{
    napi_value value = NULL;
    if (text)
        return core_string(js, text, strlen(text));
    napi_get_null(js, &value);
    return value;
}

napi_value core_number(napi_env js, double number)
{
    napi_value value = NULL;
    napi_create_double(js, number, &value);
    return value;
}

napi_value core_bool(napi_env js, bool boolean)
{
    napi_value value = NULL;
    napi_get_boolean(js, boolean, &value);
    return value;
}

void core_append(napi_env js, napi_value list, napi_value item)
{
    uint32_t length = 0;
    napi_get_array_length(js, list, &length);
    napi_set_element(js, list, length, item ? item : core_undefined(js));
}

/* [code, errno, message]: lib/errors.js makes an Error of it. */
napi_value core_error(napi_env js, const bj_error *err)
{
    napi_value list = NULL;
    napi_create_array(js, &list);
    core_append(js, list, core_number(js, err->code));
    core_append(js, list, core_number(js, err->sys_errno));
    core_append(js, list, core_string(js, err->message, strlen(err->message)));
    return list;
}

bool core_is(napi_env js, napi_value value, napi_valuetype type)
{
    napi_valuetype found;
    return napi_typeof(js, value, &found) == napi_ok && found == type;
}

static char *copy_of(const void *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        return NULL;
    memcpy(copy, bytes, size);
    copy[size] = 0;
    return copy;
}

static char *copy_string(napi_env js, napi_value value, size_t *size)
{
    size_t length, written;
    if (napi_get_value_string_utf8(js, value, NULL, 0, &length) != napi_ok)
        return NULL;
    char *copy = malloc(length + 1);
    if (copy && napi_get_value_string_utf8(js, value, copy, length + 1, &written) == napi_ok) {
        *size = written;
        return copy;
    }
    free(copy);
    return NULL;
}

static char *copy_bytes(napi_env js, napi_value value, size_t *size)
{
    napi_typedarray_type type;
    void *bytes;
    bool is_array = false;
    if (napi_is_typedarray(js, value, &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(js, value, &type, size, &bytes, NULL, NULL) != napi_ok ||
        type != napi_uint8_array)
        return NULL;
    return copy_of(*size ? bytes : "", *size);
}

char *core_copy(napi_env js, napi_value value, size_t *size)
{
    size_t length = 0;
    char *copy = core_is(js, value, napi_string) ? copy_string(js, value, &length)
                                                 : copy_bytes(js, value, &length);
    if (!copy) {
        napi_throw_type_error(js, NULL, "a string or a Uint8Array that fits into memory");
        return NULL;
    }
    if (size)
        *size = length;
    return copy;
}

bool core_uint64(napi_env js, napi_value value, uint64_t *number)
{
    double real;
    bool whole = false;
    if (core_is(js, value, napi_bigint)) {
        if (napi_get_value_bigint_uint64(js, value, number, &whole) == napi_ok && whole)
            return true;
    } else if (napi_get_value_double(js, value, &real) == napi_ok && real >= 0 &&
               real < 18446744073709551616.0 && floor(real) == real) {
        *number = (uint64_t)real;
        return true;
    }
    napi_throw_range_error(js, NULL, "a whole number from 0 that fits into 64 bits");
    return false;
}

bool core_uint32(napi_env js, napi_value value, uint32_t *number)
{
    if (napi_get_value_uint32(js, value, number) == napi_ok)
        return true;
    napi_throw_type_error(js, NULL, "a number");
    return false;
}

bool core_blobs_copy(napi_env js, napi_value list, core_blobs *blobs)
{
    uint32_t count = 0;
    if (napi_get_array_length(js, list, &count) != napi_ok)
        return false;
    blobs->items = calloc((size_t)count + 1, sizeof *blobs->items);
    for (uint32_t i = 0; blobs->items && i < count; i++) {
        napi_value item;
        size_t size;
        char *copy =
            napi_get_element(js, list, i, &item) == napi_ok ? core_copy(js, item, &size) : NULL;
        if (!copy)
            return false;
        blobs->items[blobs->count++] = (bj_blob){copy, size};
    }
    return blobs->items != NULL;
}

void core_blobs_free(core_blobs *blobs)
{
    for (size_t i = 0; i < blobs->count; i++)
        free((void *)blobs->items[i].data);
    free(blobs->items);
    *blobs = (core_blobs){0};
}

napi_value core_blobs_list(napi_env js, const void *of,
                           bool (*get)(const void *of, size_t number, bj_blob *blob))
{
    napi_value list = NULL, item;
    bj_blob blob;
    napi_create_array(js, &list);
    for (size_t i = 0; get(of, i, &blob); i++) {
        if (napi_create_buffer_copy(js, blob.bytes, blob.data, NULL, &item) != napi_ok)
            return NULL;
        core_append(js, list, item);
    }
    return list;
}
