/*
 * blobs.c: the calls by which a guest gives bytes that a value names, and takes those that the host has for it.
 *
 * What is given is copied at once: what the guest does with its memory afterwards makes no difference. It counts against the limit
 * value-bytes before any of it is copied, as long as the host holds it, together with what waits. Copies are made in pieces, so that a guest
 * with much to copy ends at its deadline and at an interrupt.
 */
#include "sandbox/calls/blobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/object/sandbox.h"
#include "wasi/memory.h"
#include "wasi/wait.h"

#define PIECE_BYTES ((size_t)16 << 20)

const char blobs_calls[2];

bool blobs_is_call(const void *what)
{
    return what == &blobs_calls[BLOBS_GIVE] || what == &blobs_calls[BLOBS_TAKE];
}

void blob_list_clear(blob_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        bj_buffer_free(&list->items[i]);
    free(list->items);
    *list = (blob_list){0};
}

blob_list blobs_take_given(bj_sandbox *box)
{
    blob_list given = box->blobs.given;
    policy_budget_return(box->budget, POLICY_value_bytes, given.bytes);
    box->blobs.given = (blob_list){0};
    return given;
}

static void drop_given(bj_sandbox *box)
{
    blob_list given = blobs_take_given(box);
    blob_list_clear(&given);
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

/* False: the guest's time is up. */
static bool hash(bj_sandbox *box, bj_blob blob, bj_sha256 *digest)
{
    bj_sha256_state state;
    const char *at = blob.data;
    bj_sha256_begin(&state);
    for (size_t left = blob.bytes; left > 0;) {
        const size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
        bj_sha256_add(&state, at, piece);
        at += piece;
        left -= piece;
        if (left > 0 && !wasi_may_go_on(box->wasi))
            return false;
    }
    *digest = bj_sha256_end(&state);
    return true;
}

#define TOLD_MOST 16u

/* Where there is no memory for it, it is not told. */
void blob_list_tell(const blob_list *list, bj_sandbox *box, bj_buffer *out)
{
    char item[160], hex[BJ_SHA256_HEX];
    bj_blob blob;
    int status = list->count > 0 ? bj_buffer_append(out, "[", 1) : 0;
    for (size_t i = 0; status == 0 && i < TOLD_MOST && blob_list_get(list, i, &blob); i++) {
        bj_sha256 digest;
        const bool known = hash(box, blob, &digest);
        if (known)
            bj_sha256_hex(&digest, hex);
        const int size =
            snprintf(item, sizeof item, "%s{\"bytes\":%zu,\"sha256\":%s%s%s}", i > 0 ? "," : "",
                     blob.bytes, known ? "\"" : "", known ? hex : "null", known ? "\"" : "");
        status = bj_buffer_append(out, item, (size_t)size);
    }
    if (status < 0 || (list->count > 0 && bj_buffer_append(out, "]", 1) < 0))
        bj_buffer_free(out);
}

/* ---------------------------------------------------------------- giving */

/* *bytes is the sum of their sizes; false where some lie outside the memory. */
static bool measure(wasi_memory memory, const uint8_t *parts, size_t count, uint64_t *bytes)
{
    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *part = parts + i * BELLJAR_BLOB_BYTES;
        const uint32_t size = wasi_load32(part + BELLJAR_BLOB_SIZE);
        if (!wasi_bytes(memory, wasi_load32(part + BELLJAR_BLOB_ADDRESS), size))
            return false;
        *bytes += size;
    }
    return true;
}

typedef enum copied { COPIED, NO_MEMORY, MUST_STOP } copied;

static copied copy_one(bj_sandbox *box, bj_buffer *to, const uint8_t *from, size_t size)
{
    if (bj_buffer_reserve(to, size) < 0)
        return NO_MEMORY;
    while (size > PIECE_BYTES) {
        if (bj_buffer_append(to, from, PIECE_BYTES) < 0)
            return NO_MEMORY;
        if (!wasi_may_go_on(box->wasi))
            return MUST_STOP;
        from += PIECE_BYTES;
        size -= PIECE_BYTES;
    }
    return bj_buffer_append(to, from, size) < 0 ? NO_MEMORY : COPIED;
}

/* Of records that were measured: the guest does not run meanwhile. */
static copied copy_all(bj_sandbox *box, blob_list *to, wasi_memory memory, const uint8_t *parts,
                       size_t count)
{
    to->items = calloc(count, sizeof *to->items);
    if (!to->items && count > 0)
        return NO_MEMORY;
    for (copied done = COPIED; to->count < count;) {
        const uint8_t *part = parts + to->count * BELLJAR_BLOB_BYTES;
        const uint8_t *from = memory.base + wasi_load32(part + BELLJAR_BLOB_ADDRESS);
        const size_t size = wasi_load32(part + BELLJAR_BLOB_SIZE);
        done = copy_one(box, &to->items[to->count++], from, size);
        if (done != COPIED)
            return done;
        to->bytes += size;
    }
    return COPIED;
}

static int32_t leave_out(bj_sandbox *box)
{
    box->blobs.left_out = true;
    return BELLJAR_BLOBS_LEFT_OUT;
}

/* Takes what it counts for before it is copied. */
static bool give(bj_sandbox *box, wasi_memory memory, const uint64_t *args, int32_t *result,
                 uint64_t *moved)
{
    const size_t count = args[1];
    uint64_t bytes = 0;
    drop_given(box);
    box->blobs.left_out = false;
    *result = BELLJAR_BLOBS_INVALID;
    if (count > BELLJAR_BLOBS_MOST)
        return true;
    const uint8_t *parts = wasi_array(memory, args[0], (uint32_t)count, BELLJAR_BLOB_BYTES);
    *moved = count;
    if (!parts || !measure(memory, parts, count, &bytes))
        return true;
    if (!policy_budget_take(box->budget, POLICY_value_bytes, bytes)) {
        *result = leave_out(box);
        return true;
    }
    *moved += bytes;
    blob_list *given = &box->blobs.given;
    const copied done = copy_all(box, given, memory, parts, count);
    given->bytes = bytes;
    *result = BELLJAR_BLOBS_TAKEN;
    if (done != COPIED)
        drop_given(box);
    if (done == NO_MEMORY)
        *result = leave_out(box);
    return done != MUST_STOP;
}

/* ---------------------------------------------------------------- taking */

static bool copy_out(bj_sandbox *box, uint8_t *to, const char *from, size_t size)
{
    for (; size > PIECE_BYTES; size -= PIECE_BYTES) {
        memcpy(to, from, PIECE_BYTES);
        if (!wasi_may_go_on(box->wasi))
            return false;
        to += PIECE_BYTES;
        from += PIECE_BYTES;
    }
    if (size > 0)
        memcpy(to, from, size);
    return true;
}

static bool find_waiting(const sandbox_blobs *self, uint64_t from, uint64_t number, bj_blob *blob)
{
    if (from == BELLJAR_BLOB_OF_TOOL)
        return blob_list_get(&self->results, number, blob);
    if (from != BELLJAR_BLOB_OF_EVAL || number >= self->attached_count)
        return false;
    *blob = self->attached[number];
    return true;
}

static bool take(bj_sandbox *box, wasi_memory memory, const uint64_t *args, int32_t *result,
                 uint64_t *moved)
{
    const uint64_t room = args[3];
    uint8_t *to = wasi_bytes(memory, args[2], room);
    bj_blob blob;
    *result = -1;
    if (!to || !find_waiting(&box->blobs, args[0], args[1], &blob))
        return true;
    *result = (int32_t)blob.bytes; /* below the limit's most, 2**30 */
    if (blob.bytes > room)
        return true;
    *moved = blob.bytes;
    return copy_out(box, to, blob.data, blob.bytes);
}

bool blobs_call(bj_sandbox *box, const void *what, wasi_memory memory, const uint64_t *args,
                int32_t *result, uint64_t *moved)
{
    if (!wasi_count_call(box->wasi))
        return false;
    box->budget->guest_bytes =
        engine_instance_held_bytes(box->instance, (engine_memory){memory.base, memory.size});
    return what == &blobs_calls[BLOBS_GIVE] ? give(box, memory, args, result, moved)
                                            : take(box, memory, args, result, moved);
}

/* ---------------------------------------------------------------- with the sandbox */

void blobs_begin(bj_sandbox *box)
{
    blob_list_clear(&box->blobs.given);
    blob_list_clear(&box->blobs.results);
    box->blobs.left_out = false;
    box->budget->used[POLICY_value_bytes] = box->blobs.attached_bytes;
}

void blobs_detach(bj_sandbox *box)
{
    free(box->blobs.attached);
    box->blobs.attached = NULL;
    box->blobs.attached_count = 0;
    box->blobs.attached_bytes = 0;
}

void blobs_end(bj_sandbox *box)
{
    blob_list_clear(&box->blobs.given);
    blob_list_clear(&box->blobs.results);
    blobs_detach(box);
    box->budget->used[POLICY_value_bytes] = 0;
}

static int attach(bj_sandbox *box, const bj_blob *blobs, size_t count, bj_error *err)
{
    const uint64_t most = box->budget->allowed[POLICY_value_bytes];
    uint64_t bytes = 0;
    for (size_t i = 0; i < count && i <= BELLJAR_BLOBS_MOST; i++)
        bytes = blobs[i].bytes > UINT64_MAX - bytes ? UINT64_MAX : bytes + blobs[i].bytes;
    if (count > BELLJAR_BLOBS_MOST)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%zu blobs are more than the %d of one value", count,
                       BELLJAR_BLOBS_MOST);
    if (bytes > most)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "the value has %" PRIu64 " bytes beside its text, more than the %" PRIu64
                       " of the limit value-bytes: raise it",
                       bytes, most);
    bj_blob *copies = calloc(count > 0 ? count : 1, sizeof *copies);
    if (!copies)
        return bj_fail_memory(err);
    if (count > 0)
        memcpy(copies, blobs, count * sizeof *copies);
    blobs_detach(box);
    box->blobs.attached = copies;
    box->blobs.attached_count = count;
    box->blobs.attached_bytes = bytes;
    return 0;
}

BJ_API int bj_sandbox_attach(bj_sandbox *box, const bj_blob *blobs, size_t count, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int status = attach(box, blobs, count, err);
    sandbox_leave(box);
    return status;
}

/* ---------------------------------------------------------------- reading a receipt */

BJ_API size_t bj_receipt_blob_count(const bj_receipt *receipt)
{
    return receipt->blobs.count;
}

BJ_API bool bj_receipt_blob(const bj_receipt *receipt, size_t number, bj_blob *blob)
{
    return blob_list_get(&receipt->blobs, number, blob);
}
