/*
 * tools.c: reading a receipt for what tools were called.
 */
#include <string.h>

#include "base/sized.h"
#include "sandbox/receipt/receipt.h"

static const char *blobs_told(const bj_buffer *list)
{
    return list->size > 0 ? bj_buffer_text(list) : "[]";
}

BJ_API size_t bj_receipt_tool_use_count(const bj_receipt *receipt)
{
    return receipt->tool_uses.count;
}

BJ_API bool bj_receipt_tool_use(const bj_receipt *receipt, size_t number, bj_tool_use *use)
{
    if (number >= receipt->tool_uses.count)
        return false;
    const tool_use *each = &receipt->tool_uses.items[number];
    bj_tool_use all = {
        .name = each->name,
        .outcome = tool_outcome_name(each->outcome),
        .message = bj_buffer_text(&each->message),
        .arguments = bj_buffer_text(&each->arguments),
        .arguments_bytes = each->arguments_bytes,
        .result_bytes = each->result_bytes,
        .wall_ns = each->wall_ns,
        .argument_blobs = blobs_told(&each->argument_blobs),
        .result_blobs = blobs_told(&each->result_blobs),
    };
    return bj_sized_write(use, &all, sizeof all);
}

BJ_API uint64_t bj_receipt_more_tool_uses(const bj_receipt *receipt)
{
    return receipt->tool_uses.more;
}
