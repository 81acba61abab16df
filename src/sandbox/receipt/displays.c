/*
 * displays.c: letting go of displays, and reading a receipt for them.
 */
#include "sandbox/receipt/displays.h"
#include "base/sized.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/receipt/receipt.h"

void display_clear(display *each)
{
    bj_buffer_free(&each->bytes);
    free(each->forms);
    *each = (display){0};
}

void displays_clear(displays *all)
{
    for (size_t i = 0; i < all->count; i++)
        display_clear(&all->items[i]);
    free(all->items);
    *all = (displays){0};
}

BJ_API size_t bj_receipt_display_count(const bj_receipt *receipt)
{
    return receipt->displays.count;
}

BJ_API bool bj_receipt_display(const bj_receipt *receipt, size_t number, bj_display *shown)
{
    if (number >= receipt->displays.count)
        return false;
    const display *each = &receipt->displays.items[number];
    bj_display all = {.forms = each->count, .metadata = bj_buffer_text(&each->bytes)};
    return bj_sized_write(shown, &all, sizeof all);
}

BJ_API bool bj_receipt_display_form(const bj_receipt *receipt, size_t number, size_t form,
                                    bj_display_form *shown)
{
    if (number >= receipt->displays.count || form >= receipt->displays.items[number].count)
        return false;
    const display *each = &receipt->displays.items[number];
    const display_form *found = &each->forms[form];
    bj_display_form all = {.type = each->bytes.data + found->type,
                           .data = each->bytes.data + found->data,
                           .bytes = found->size,
                           .is_text = found->text};
    return bj_sized_write(shown, &all, sizeof all);
}

BJ_API uint64_t bj_receipt_more_displays(const bj_receipt *receipt)
{
    return receipt->displays.more;
}
