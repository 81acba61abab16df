/*
 * layout.c: a bracketed list of members on one line, in columns, or a line each.
 *
 * Owns nothing. The rules and numbers are those of Node's util.inspect (compact = 3, breakLength = 80),
 * because that is the form that people and models know: short things stay together, long ones get a line
 * each, and arrays of short members are set in columns.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define MAX_COLUMNS 12
#define SEPARATOR   2 /* ", " */

void layout_init(JSContext *context, struct layout_list *list)
{
    text_init(context, &list->text);
    text_init(context, &list->ends);
    list->of_numbers = false;
}

void layout_free(struct layout_list *list)
{
    dbuf_free(&list->text);
    dbuf_free(&list->ends);
}

void layout_end_member(struct layout_list *list)
{
    dbuf_put_u32(&list->ends, (uint32_t)list->text.size);
}

uint32_t layout_count(const struct layout_list *list)
{
    return (uint32_t)(list->ends.size / sizeof(uint32_t));
}

static const uint8_t *member(const struct layout_list *list, uint32_t index, size_t *size)
{
    const uint32_t *ends = (const uint32_t *)(const void *)list->ends.buf;
    uint32_t begin = index ? ends[index - 1] : 0;

    *size = ends[index] - begin;
    return list->text.buf + begin;
}

/* A code of a terminal ("\x1b[33m") at `text`: its size, or 0. */
static size_t code_size(const uint8_t *text, size_t size)
{
    size_t at = 2;

    if (size < 3 || text[0] != 0x1b || text[1] != '[')
        return 0;
    while (at < size && ((text[at] >= '0' && text[at] <= '9') || text[at] == ';'))
        at++;
    return at < size ? at + 1 : 0;
}

/* What a member measures by one of text.c's functions, without the codes in it. */
static size_t measure(const struct layout_list *list, uint32_t index,
                      size_t (*by)(const uint8_t *text, size_t size), bool coloured)
{
    size_t size, begin = 0, sum = 0;
    const uint8_t *text = member(list, index, &size);

    for (size_t i = 0; coloured && i < size; i++) {
        size_t code = code_size(text + i, size - i);

        if (code == 0)
            continue;
        sum += by(text + begin, i - begin);
        begin = i + code;
        i = begin - 1;
    }
    return sum + by(text + begin, size - begin);
}

static void put_spaces(DynBuf *out, size_t count)
{
    while (count-- > 0)
        dbuf_putc(out, ' ');
}

/* How many columns suit `count` members, the widest of `widest`, all of `total` columns; 1 for none. */
static uint32_t columns_for(uint32_t count, size_t widest, size_t total, size_t all,
                            const struct layout_form *form)
{
    double actual = (double)widest + SEPARATOR, biased, columns;

    if (actual * 3 + form->indentation >= form->width ||
        !((double)total / actual > 5 || widest <= 6))
        return 1;
    /* A square of text is wanted, and a character is some 2.5 times as high as it is wide. */
    biased = fmax(actual - 3 - sqrt(actual - (double)total / (double)all), 1);
    columns = fmin(round(sqrt(2.5 * biased * count) / biased),
                   floor((form->width - form->indentation) / actual));
    columns = fmin(columns, MAX_COLUMNS);
    return columns > 1 ? (uint32_t)columns : 1;
}

/* Sets the members of a list in columns: a new list whose members are lines. Returns false, and makes
 * none, where columns do not suit. */
static bool group(const struct layout_list *list, struct layout_list *lines,
                  const struct layout_form *form)
{
    uint32_t all = layout_count(list), count = all - form->has_rest, columns;
    size_t widest = 0, total = 0, widths[MAX_COLUMNS] = {0}, size;
    const uint8_t *text;

    for (uint32_t i = 0; i < count; i++) {
        size_t width = measure(list, i, text_width, form->coloured);

        total += width + SEPARATOR;
        widest = width > widest ? width : widest;
    }
    columns = columns_for(count, widest, total, all, form);
    if (columns <= 1)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        size_t width = measure(list, i, text_width, form->coloured) + SEPARATOR;

        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool last = i % columns == columns - 1 || i == count - 1;
        size_t padding =
            widths[i % columns] - SEPARATOR - measure(list, i, text_width, form->coloured);

        text = member(list, i, &size);
        if (list->of_numbers)
            put_spaces(&lines->text, padding);
        dbuf_put(&lines->text, text, size);
        if (last) {
            layout_end_member(lines);
            continue;
        }
        dbuf_putstr(&lines->text, ", ");
        if (!list->of_numbers)
            put_spaces(&lines->text, padding);
    }
    if (form->has_rest) {
        text = member(list, count, &size);
        dbuf_put(&lines->text, text, size);
        layout_end_member(lines);
    }
    return true;
}

static bool fits_one_line(const struct layout_list *list, size_t used, size_t width, bool coloured)
{
    uint32_t count = layout_count(list);
    size_t total = used + 2 * (size_t)count;

    if (list->text.size && memchr(list->text.buf, '\n', list->text.size))
        return false;
    for (uint32_t i = 0; i < count && total <= width; i++)
        total += measure(list, i, text_units, coloured);
    return total <= width;
}

static void put_joined(DynBuf *out, const struct layout_list *list, const struct layout_form *form,
                       const char *between, bool on_lines)
{
    uint32_t count = layout_count(list);

    dbuf_putstr(out, form->open);
    for (uint32_t i = 0; i < count; i++) {
        size_t size;
        const uint8_t *text = member(list, i, &size);

        if (i > 0)
            dbuf_putstr(out, between);
        if (on_lines) {
            dbuf_putc(out, '\n');
            put_spaces(out, (size_t)form->indentation + 2);
        } else if (i == 0) {
            dbuf_putc(out, ' ');
        }
        dbuf_put(out, text, size);
    }
    dbuf_putc(out, on_lines ? '\n' : ' ');
    if (on_lines)
        put_spaces(out, (size_t)form->indentation);
    dbuf_putstr(out, form->close);
}

void layout_write(DynBuf *out, struct layout_list *list, const struct layout_form *form)
{
    struct layout_list lines = {.of_numbers = list->of_numbers};
    bool in_columns = false;
    size_t used = (size_t)form->indentation + strlen(form->open) + form->prefix_width + 10;

    if (dbuf_error(&list->text) || dbuf_error(&list->ends)) {
        dbuf_set_error(out);
        return;
    }
    dbuf_init2(&lines.text, list->text.opaque, list->text.realloc_func);
    dbuf_init2(&lines.ends, list->text.opaque, list->text.realloc_func);
    if (form->grouped && layout_count(list) > 6)
        in_columns = group(list, &lines, form);
    if (form->may_join && !in_columns &&
        fits_one_line(list, used, (size_t)form->width, form->coloured))
        put_joined(out, list, form, ", ", false);
    else
        put_joined(out, in_columns ? &lines : list, form, ",", true);
    if (dbuf_error(&lines.text) || dbuf_error(&lines.ends))
        dbuf_set_error(out);
    layout_free(&lines);
}

static bool member_is_before(const struct layout_list *list, uint32_t a, uint32_t b)
{
    size_t size_a, size_b;
    const uint8_t *text_a = member(list, a, &size_a), *text_b = member(list, b, &size_b);
    int order = memcmp(text_a, text_b, size_a < size_b ? size_a : size_b);

    return order ? order < 0 : size_a < size_b;
}

/* Merges the two sorted halves of order[0 … count). */
static void merge(const struct layout_list *list, uint32_t *order, uint32_t *space, uint32_t count)
{
    uint32_t half = count / 2, a = 0, b = half, to = 0;

    while (a < half || b < count) {
        bool second = a == half || (b < count && member_is_before(list, order[b], order[a]));

        space[to++] = second ? order[b++] : order[a++];
    }
    memcpy(order, space, count * sizeof *order);
}

static void sort(const struct layout_list *list, uint32_t *order, uint32_t *space, uint32_t count)
{
    if (count < 2)
        return;
    sort(list, order, space, count / 2);
    sort(list, order + count / 2, space, count - count / 2);
    merge(list, order, space, count);
}

void layout_sort(struct layout_list *list, uint32_t first)
{
    uint32_t count = layout_count(list), *order;
    struct layout_list sorted = {.of_numbers = list->of_numbers};

    if (dbuf_error(&list->text) || dbuf_error(&list->ends) || count < first + 2)
        return;
    order = malloc(2 * (size_t)count * sizeof *order);
    if (!order) {
        dbuf_set_error(&list->text);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    sort(list, order + first, order + count, count - first);
    dbuf_init2(&sorted.text, list->text.opaque, list->text.realloc_func);
    dbuf_init2(&sorted.ends, list->text.opaque, list->text.realloc_func);
    for (uint32_t i = 0; i < count; i++) {
        size_t size;
        const uint8_t *text = member(list, order[i], &size);

        dbuf_put(&sorted.text, text, size);
        layout_end_member(&sorted);
    }
    free(order);
    layout_free(list);
    *list = sorted;
}
