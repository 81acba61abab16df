/*
 * sized.c: structs of callers, who may know fewer fields than this library, or more.
 */
#include "base/sized.h"

#include <string.h>

#include "base/error.h"

/* A size beyond this is no size: the struct was never set up. */
#define SIZE_MOST 4096

static size_t size_of(const void *callers)
{
    size_t size;
    memcpy(&size, callers, sizeof size);
    return size;
}

void bj_sized_init(void *callers, size_t size, const void *defaults, size_t own_size)
{
    if (size < sizeof size)
        return;
    const size_t known = size < own_size ? size : own_size;
    memcpy(callers, defaults, known);
    memset((char *)callers + known, 0, size - known);
    memcpy(callers, &size, sizeof size);
}

int bj_sized_read(void *own, size_t own_size, const void *callers, size_t least, const char *type,
                  bj_error *err)
{
    const size_t size = size_of(callers);
    if (size < least || size > SIZE_MOST)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "this %s has no size: set it up first (%s_init, or its size by sizeof)",
                       type, type);
    const char *bytes = callers;
    for (size_t i = own_size; i < size; i++)
        if (bytes[i])
            return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                           "this %s sets a field that version %s of the library does not have",
                           type, BJ_VERSION);
    memcpy(own, callers, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof own_size);
    return 0;
}

bool bj_sized_write(void *callers, const void *own, size_t own_size)
{
    const size_t size = size_of(callers), known = size < own_size ? size : own_size;
    if (size < sizeof size || size > SIZE_MOST)
        return false;
    memcpy(callers, own, known);
    memset((char *)callers + known, 0, size - known);
    memcpy(callers, &known, sizeof known);
    return true;
}
