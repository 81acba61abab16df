/*
 * denials.c: reading a receipt for what was denied.
 */
#include <string.h>

#include "base/sized.h"
#include "sandbox/receipt/receipt.h"

BJ_API size_t bj_receipt_denial_count(const bj_receipt *receipt)
{
    return receipt->denials.count;
}

BJ_API bool bj_receipt_denial(const bj_receipt *receipt, size_t number, bj_denial *denial)
{
    if (number >= receipt->denials.count)
        return false;
    const wasi_denial *each = &receipt->denials.items[number];
    bj_denial all = {
        .call = each->call, .path = each->path, .reason = each->reason, .times = each->times};
    return bj_sized_write(denial, &all, sizeof all);
}

BJ_API uint64_t bj_receipt_more_denials(const bj_receipt *receipt)
{
    return receipt->denials.more;
}
