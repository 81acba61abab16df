/*
 * blob_list.c: lists of bytes that the host holds.
 */
#include "sandbox/values/blob_list.h"

#include <stdlib.h>

void blob_list_clear(blob_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        bj_buffer_free(&list->items[i]);
    free(list->items);
    *list = (blob_list){0};
}

int blob_list_copy(blob_list *to, const bj_blob *blobs, size_t count)
{
    to->items = calloc(count > 0 ? count : 1, sizeof *to->items);
    if (!to->items)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bj_buffer *item = &to->items[to->count++];
        if (bj_buffer_reserve(item, blobs[i].bytes) < 0 ||
            bj_buffer_append(item, blobs[i].data, blobs[i].bytes) < 0)
            return -1;
        to->bytes += blobs[i].bytes;
    }
    return 0;
}

bool blob_list_get(const blob_list *list, size_t number, bj_blob *blob)
{
    if (number >= list->count)
        return false;
    *blob = (bj_blob){bj_buffer_text(&list->items[number]), list->items[number].size};
    return true;
}
