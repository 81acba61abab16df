/*
 * receipt.c: reading a receipt.
 */
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "base/utf8.h"
#include "sandbox/receipt/receipt.h"

/* Of each text: an exception's message may be as long as the guest's memory. */
#define TEXT_BYTES ((size_t)64 << 10)

BJ_API void bj_receipt_delete(bj_receipt *receipt)
{
    if (!receipt)
        return;
    bj_buffer_free(&receipt->error_type);
    bj_buffer_free(&receipt->error_message);
    bj_buffer_free(&receipt->error_traceback);
    bj_buffer_free(&receipt->value);
    bj_buffer_free(&receipt->repr);
    bj_buffer_free(&receipt->output[0]);
    bj_buffer_free(&receipt->output[1]);
    vfs_changes_clear(&receipt->changes);
    wasi_denials_clear(&receipt->denials);
    tool_uses_clear(&receipt->tool_uses);
    displays_clear(&receipt->displays);
    blob_list_clear(&receipt->blobs);
    free(receipt);
}

void receipt_set_unrun(bj_receipt *receipt)
{
    receipt->outcome = BJ_OUTCOME_INTERRUPTED;
    receipt->usage.size = sizeof receipt->usage;
}

bj_receipt *receipt_of_nothing(void)
{
    bj_receipt *receipt = calloc(1, sizeof *receipt);
    if (receipt)
        receipt_set_unrun(receipt);
    return receipt;
}

/* At most TEXT_BYTES, not in the middle of a character. */
static int set_text(bj_buffer *buffer, bj_span text)
{
    if (text.size > TEXT_BYTES) {
        text.size = TEXT_BYTES;
        while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xc0) == 0x80)
            text.size--;
    }
    return bj_utf8_sanitize(buffer, text);
}

int receipt_set_error(bj_receipt *receipt, bj_span type, bj_span message, bj_span traceback)
{
    receipt->has_error = true;
    return set_text(&receipt->error_type, type) | set_text(&receipt->error_message, message) |
           set_text(&receipt->error_traceback, traceback);
}

int receipt_set_value(bj_receipt *receipt, bj_span json, bj_span repr)
{
    receipt->has_repr = repr.data != NULL;
    if (receipt->has_repr && set_text(&receipt->repr, repr) < 0)
        return -1;
    receipt->has_value = json.data != NULL;
    return receipt->has_value ? bj_buffer_append(&receipt->value, json.data, json.size) : 0;
}

BJ_API bj_outcome bj_receipt_outcome(const bj_receipt *receipt)
{
    return receipt->outcome;
}

BJ_API const char *bj_outcome_name(bj_outcome outcome)
{
    static const char *const names[] = {
        [BJ_OUTCOME_OK] = "ok",
        [BJ_OUTCOME_EXIT] = "exit",
        [BJ_OUTCOME_ERROR] = "error",
        [BJ_OUTCOME_LIMIT] = "limit",
        [BJ_OUTCOME_TRAP] = "trap",
        [BJ_OUTCOME_INTERRUPTED] = "interrupted",
        [BJ_OUTCOME_INCOMPLETE] = "incomplete",
    };
    return (size_t)outcome < sizeof names / sizeof *names ? names[outcome] : "unknown";
}

BJ_API int bj_receipt_exit_code(const bj_receipt *receipt)
{
    return receipt->exit_code;
}

static const char *error_text(const bj_receipt *receipt, const bj_buffer *text)
{
    return receipt->has_error ? bj_buffer_text(text) : NULL;
}

BJ_API const char *bj_receipt_error_type(const bj_receipt *receipt)
{
    return error_text(receipt, &receipt->error_type);
}

BJ_API const char *bj_receipt_error_message(const bj_receipt *receipt)
{
    return error_text(receipt, &receipt->error_message);
}

BJ_API const char *bj_receipt_error_traceback(const bj_receipt *receipt)
{
    return error_text(receipt, &receipt->error_traceback);
}

void receipt_leave(receipt_unfinished *unfinished, receipt_part part, policy_unfinished why)
{
    policy_unfinished_set(&unfinished->why[part], why);
}

bool receipt_unfinished_get(const receipt_unfinished *unfinished, size_t number, const char **part,
                            const char **why)
{
    static const char *const names[RECEIPT_PART_COUNT] = {
#define RECEIPT_PART_NAME(name) [RECEIPT_##name] = #name,
        RECEIPT_PARTS(RECEIPT_PART_NAME)
#undef RECEIPT_PART_NAME
    };
    for (size_t i = 0; i < RECEIPT_PART_COUNT; i++)
        if (unfinished->why[i] != POLICY_FINISHED && number-- == 0) {
            *part = names[i];
            *why = policy_unfinished_name(unfinished->why[i]);
            return true;
        }
    return false;
}

BJ_API bool bj_receipt_unfinished(const bj_receipt *receipt, size_t number, const char **part,
                                  const char **why)
{
    return receipt_unfinished_get(&receipt->unfinished, number, part, why);
}

static const char *text_of(const bj_buffer *text, bool there, size_t *size)
{
    if (size)
        *size = there ? text->size : 0;
    return there ? bj_buffer_text(text) : NULL;
}

BJ_API const char *bj_receipt_value(const bj_receipt *receipt, size_t *size)
{
    return text_of(&receipt->value, receipt->has_value, size);
}

BJ_API const char *bj_receipt_repr(const bj_receipt *receipt, size_t *size)
{
    return text_of(&receipt->repr, receipt->has_repr, size);
}

BJ_API const char *bj_receipt_limit_name(const bj_receipt *receipt)
{
    return receipt->has_limit ? policy_limits[receipt->limit].name : NULL;
}

BJ_API uint64_t bj_receipt_limit_allowed(const bj_receipt *receipt)
{
    return receipt->limit_allowed;
}

BJ_API uint64_t bj_receipt_limit_used(const bj_receipt *receipt)
{
    return receipt->limit_used;
}

BJ_API const char *bj_receipt_stdout(const bj_receipt *receipt, size_t *size)
{
    return text_of(&receipt->output[0], true, size);
}

BJ_API const char *bj_receipt_stderr(const bj_receipt *receipt, size_t *size)
{
    return text_of(&receipt->output[1], true, size);
}

BJ_API void bj_receipt_usage(const bj_receipt *receipt, bj_usage *usage)
{
    bj_sized_write(usage, &receipt->usage, sizeof receipt->usage);
}

BJ_API const char *bj_receipt_digest(const bj_receipt *receipt)
{
    return receipt->digest[0] ? receipt->digest : NULL;
}

BJ_API size_t bj_receipt_blob_count(const bj_receipt *receipt)
{
    return receipt->blobs.count;
}

BJ_API bool bj_receipt_blob(const bj_receipt *receipt, size_t number, bj_blob *blob)
{
    return blob_list_get(&receipt->blobs, number, blob);
}
