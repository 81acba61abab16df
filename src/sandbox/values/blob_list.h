/*
 * blob_list.h: bytes that stand beside the text of a value, as the host holds them.
 */
#ifndef BJ_SANDBOX_BLOB_LIST_H
#define BJ_SANDBOX_BLOB_LIST_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "belljar.h"

/* Copies, which the host holds. */
typedef struct blob_list {
    bj_buffer *items;
    size_t count;
    uint64_t bytes; /* of all */
} blob_list;

void blob_list_clear(blob_list *list);
#define bj_autoblobs __attribute__((cleanup(blob_list_clear)))

/* Copies of the embedder's. 0, or -1 when out of memory. */
int blob_list_copy(blob_list *to, const bj_blob *blobs, size_t count) BJ_CHECK_RESULT;
bool blob_list_get(const blob_list *list, size_t number, bj_blob *blob);

#endif
