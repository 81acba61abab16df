/*
 * blobs.h: bytes that pass beside the text of a value: those that a guest gives for what it is about to say, and those that wait
 * at the host for it to take (guest/belljar_guest.h). Neither outlives the run or eval, but for those of a value, which its receipt has.
 */
#ifndef BJ_SANDBOX_BLOBS_H
#define BJ_SANDBOX_BLOBS_H

#include "base/buffer.h"
#include "belljar.h"
#include "wasi/wasi.h"

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

/* Appends what receipts tell of them: see bj_tool_use. Takes the guest's time. */
void blob_list_tell(const blob_list *list, bj_sandbox *box, bj_buffer *out);

typedef struct sandbox_blobs {
    blob_list given;   /* by the guest, for what it says next */
    blob_list results; /* of the last call of a tool, for the guest to take */
    bool left_out;     /* it had more to give than the limit lets it */
    bj_blob *attached; /* for the guest to take; the bytes are the embedder's */
    size_t attached_count;
    uint64_t attached_bytes; /* of all */
} sandbox_blobs;

/* A run or eval begins, or has ended. */
void blobs_begin(bj_sandbox *box);
void blobs_end(bj_sandbox *box);
/* Nothing waits any more. */
void blobs_detach(bj_sandbox *box);

/* What was given, to be moved out; it counts no longer. */
blob_list blobs_take_given(bj_sandbox *box);

/* What link.c hands to blobs_call. */
enum { BLOBS_GIVE, BLOBS_TAKE };
extern const char blobs_calls[2];
bool blobs_is_call(const void *what);

/* The guest makes one of the calls above; *moved is what to charge for. False: it must not go on. */
bool blobs_call(bj_sandbox *box, const void *what, wasi_memory memory, const uint64_t *args,
                int32_t *result, uint64_t *moved);

#endif
