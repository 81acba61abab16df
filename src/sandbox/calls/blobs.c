/*
 * blobs.c: the calls by which a guest gives bytes that a value names, and takes those that the host has for it.
 *
 * What is given is copied at once: what the guest does with its memory afterwards makes no difference. It counts against the limit
 * value-bytes before any of it is copied, as long as the host holds it, together with what waits. Copies are made in pieces, so that a guest
 * with much to copy ends at its deadline and at an interrupt.
 */
#include "sandbox/calls/calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "wasi/memory.h"
#include "wasi/wait.h"

#define PIECE_BYTES ((size_t)16 << 20)

const char blobs_calls[2];

bool blobs_is_call(const void *what)
{
    return what == &blobs_calls[BLOBS_GIVE] || what == &blobs_calls[BLOBS_TAKE];
}

blob_list blobs_take_given(sandbox_instance *self)
{
    blob_list given = self->blobs.given;
    policy_budget_return(self->box->budget, POLICY_value_bytes, given.bytes);
    self->blobs.given = (blob_list){0};
    return given;
}

static void drop_given(sandbox_instance *self)
{
    blob_list given = blobs_take_given(self);
    blob_list_clear(&given);
}

/* False: the guest's time is up. */
static bool hash(sandbox_instance *self, bj_blob blob, bj_sha256 *digest)
{
    bj_sha256_state state;
    const char *at = blob.data;
    bj_sha256_begin(&state);
    for (size_t left = blob.bytes; left > 0;) {
        const size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
        bj_sha256_add(&state, at, piece);
        at += piece;
        left -= piece;
        if (left > 0 && !wasi_may_go_on(self->wasi))
            return false;
    }
    *digest = bj_sha256_end(&state);
    return true;
}

#define TOLD_MOST 16u

/* Where there is no memory for it, it is not told. */
void blob_list_tell(const blob_list *list, sandbox_instance *self, bj_buffer *out)
{
    char item[160], hex[BJ_SHA256_HEX];
    bj_blob blob;
    int status = list->count > 0 ? bj_buffer_append(out, "[", 1) : 0;
    for (size_t i = 0; status == 0 && i < TOLD_MOST && blob_list_get(list, i, &blob); i++) {
        bj_sha256 digest;
        const bool known = hash(self, blob, &digest);
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

static copied copy_one(sandbox_instance *self, bj_buffer *to, const uint8_t *from, size_t size)
{
    if (bj_buffer_reserve(to, size) < 0)
        return NO_MEMORY;
    while (size > PIECE_BYTES) {
        if (bj_buffer_append(to, from, PIECE_BYTES) < 0)
            return NO_MEMORY;
        if (!wasi_may_go_on(self->wasi))
            return MUST_STOP;
        from += PIECE_BYTES;
        size -= PIECE_BYTES;
    }
    return bj_buffer_append(to, from, size) < 0 ? NO_MEMORY : COPIED;
}

/* Of records that were measured: the guest does not run meanwhile. */
static copied copy_all(sandbox_instance *self, blob_list *to, wasi_memory memory,
                       const uint8_t *parts, size_t count)
{
    to->items = calloc(count, sizeof *to->items);
    if (!to->items && count > 0)
        return NO_MEMORY;
    for (copied done = COPIED; to->count < count;) {
        const uint8_t *part = parts + to->count * BELLJAR_BLOB_BYTES;
        const uint8_t *from = memory.base + wasi_load32(part + BELLJAR_BLOB_ADDRESS);
        const size_t size = wasi_load32(part + BELLJAR_BLOB_SIZE);
        done = copy_one(self, &to->items[to->count++], from, size);
        if (done != COPIED)
            return done;
        to->bytes += size;
    }
    return COPIED;
}

static int32_t leave_out(sandbox_instance *self)
{
    self->blobs.left_out = true;
    return BELLJAR_BLOBS_LEFT_OUT;
}

/* Takes what it counts for before it is copied. */
static bool give(sandbox_instance *self, wasi_memory memory, const uint64_t *args, int32_t *result,
                 uint64_t *moved)
{
    const size_t count = args[1];
    uint64_t bytes = 0;
    drop_given(self);
    self->blobs.left_out = false;
    *result = BELLJAR_BLOBS_INVALID;
    if (count > BELLJAR_BLOBS_MOST)
        return true;
    const uint8_t *parts = wasi_array(memory, args[0], (uint32_t)count, BELLJAR_BLOB_BYTES);
    *moved = count;
    if (!parts || !measure(memory, parts, count, &bytes))
        return true;
    if (!policy_budget_take(self->box->budget, POLICY_value_bytes, bytes)) {
        *result = leave_out(self);
        return true;
    }
    *moved += bytes;
    blob_list *given = &self->blobs.given;
    const copied done = copy_all(self, given, memory, parts, count);
    given->bytes = bytes;
    *result = BELLJAR_BLOBS_TAKEN;
    if (done != COPIED)
        drop_given(self);
    if (done == NO_MEMORY)
        *result = leave_out(self);
    return done != MUST_STOP;
}

/* ---------------------------------------------------------------- taking */

static bool copy_out(sandbox_instance *self, uint8_t *to, const char *from, size_t size)
{
    for (; size > PIECE_BYTES; size -= PIECE_BYTES) {
        memcpy(to, from, PIECE_BYTES);
        if (!wasi_may_go_on(self->wasi))
            return false;
        to += PIECE_BYTES;
        from += PIECE_BYTES;
    }
    if (size > 0)
        memcpy(to, from, size);
    return true;
}

static bool find_waiting(const sandbox_blobs *blobs, uint64_t from, uint64_t number, bj_blob *blob)
{
    if (from == BELLJAR_BLOB_OF_TOOL)
        return blob_list_get(&blobs->results, number, blob);
    if (from != BELLJAR_BLOB_OF_EVAL || number >= blobs->attached_count)
        return false;
    *blob = blobs->attached[number];
    return true;
}

static bool take(sandbox_instance *self, wasi_memory memory, const uint64_t *args, int32_t *result,
                 uint64_t *moved)
{
    const uint64_t room = args[3];
    uint8_t *to = wasi_bytes(memory, args[2], room);
    bj_blob blob;
    *result = -1;
    if (!to || !find_waiting(&self->blobs, args[0], args[1], &blob))
        return true;
    *result = (int32_t)blob.bytes; /* below the limit's most, 2**30 */
    if (blob.bytes > room)
        return true;
    *moved = blob.bytes;
    return copy_out(self, to, blob.data, blob.bytes);
}

bool blobs_call(sandbox_instance *self, const void *what, wasi_memory memory, const uint64_t *args,
                int32_t *result, uint64_t *moved)
{
    if (!wasi_count_call(self->wasi))
        return false;
    self->box->budget->guest_bytes =
        engine_instance_held_bytes(self->engine, (engine_memory){memory.base, memory.size});
    return what == &blobs_calls[BLOBS_GIVE] ? give(self, memory, args, result, moved)
                                            : take(self, memory, args, result, moved);
}

/* ---------------------------------------------------------------- with the sandbox */

void blobs_begin(sandbox_instance *self)
{
    blob_list_clear(&self->blobs.given);
    blob_list_clear(&self->blobs.results);
    self->blobs.left_out = false;
    self->box->budget->used[POLICY_value_bytes] = self->blobs.attached_bytes;
}

/* Nothing waits any more. */
static void detach(sandbox_instance *self)
{
    free(self->blobs.attached);
    self->blobs.attached = NULL;
    self->blobs.attached_count = 0;
    self->blobs.attached_bytes = 0;
}

void blobs_end(sandbox_instance *self)
{
    blob_list_clear(&self->blobs.given);
    blob_list_clear(&self->blobs.results);
    detach(self);
    self->box->budget->used[POLICY_value_bytes] = 0;
}

static int attach(sandbox_instance *self, const bj_blob *blobs, size_t count, bj_error *err)
{
    const uint64_t most = self->box->budget->allowed[POLICY_value_bytes];
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
    detach(self);
    self->blobs.attached = copies;
    self->blobs.attached_count = count;
    self->blobs.attached_bytes = bytes;
    return 0;
}

BJ_API int bj_sandbox_attach(bj_sandbox *box, const bj_blob *blobs, size_t count, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int status = attach(&box->first, blobs, count, err);
    sandbox_leave(box);
    return status;
}
