/*
 * layout.c: a bracketed list of members on one line, in columns, or a line each.
 *
 * Owns nothing. The rules and numbers are those of Node's util.inspect (compact = 3, breakLength = 80),
 * because that is the form that people and models know: short things stay together, long ones get a line
 * each, and arrays of short members are set in columns.
 */
#include <math.h>
#include <string.h>

#include "guest.h"

#define LINE_WIDTH  80
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

static size_t member_width(const struct layout_list *list, uint32_t index)
{
    size_t size;
    const uint8_t *text = member(list, index, &size);

    return text_width(text, size);
}

static void put_spaces(DynBuf *out, size_t count)
{
    while (count-- > 0)
        dbuf_putc(out, ' ');
}

/* How many columns suit `count` members, the widest of `widest`, all of `total` columns; 1 for none. */
static uint32_t columns_for(uint32_t count, size_t widest, size_t total, size_t all,
                            int indentation)
{
    double actual = (double)widest + SEPARATOR, biased, columns;

    if (actual * 3 + indentation >= LINE_WIDTH || !((double)total / actual > 5 || widest <= 6))
        return 1;
    /* A square of text is wanted, and a character is some 2.5 times as high as it is wide. */
    biased = fmax(actual - 3 - sqrt(actual - (double)total / (double)all), 1);
    columns = fmin(round(sqrt(2.5 * biased * count) / biased),
                   floor((LINE_WIDTH - indentation) / actual));
    columns = fmin(columns, MAX_COLUMNS);
    return columns > 1 ? (uint32_t)columns : 1;
}

/* Sets the members of a list in columns: a new list whose members are lines. Returns false, and makes
 * none, where columns do not suit. */
static bool group(const struct layout_list *list, struct layout_list *lines, int indentation,
                  bool has_rest)
{
    uint32_t all = layout_count(list), count = all - has_rest, columns;
    size_t widest = 0, total = 0, widths[MAX_COLUMNS] = {0}, size;
    const uint8_t *text;

    for (uint32_t i = 0; i < count; i++) {
        size_t width = member_width(list, i);

        total += width + SEPARATOR;
        widest = width > widest ? width : widest;
    }
    columns = columns_for(count, widest, total, all, indentation);
    if (columns <= 1)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        size_t width = member_width(list, i) + SEPARATOR;

        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool last = i % columns == columns - 1 || i == count - 1;
        size_t padding = widths[i % columns] - SEPARATOR - member_width(list, i);

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
    if (has_rest) {
        text = member(list, count, &size);
        dbuf_put(&lines->text, text, size);
        layout_end_member(lines);
    }
    return true;
}

static bool fits_one_line(const struct layout_list *list, size_t used)
{
    uint32_t count = layout_count(list);
    size_t total = used + 2 * (size_t)count;

    if (list->text.size && memchr(list->text.buf, '\n', list->text.size))
        return false;
    for (uint32_t i = 0; i < count && total <= LINE_WIDTH; i++)
        total += member_width(list, i);
    return total <= LINE_WIDTH;
}

static void put_joined(DynBuf *out, const struct layout_list *list, const char *open,
                       const char *close, const char *between, int indentation, bool on_lines)
{
    uint32_t count = layout_count(list);

    dbuf_putstr(out, open);
    for (uint32_t i = 0; i < count; i++) {
        size_t size;
        const uint8_t *text = member(list, i, &size);

        if (i > 0)
            dbuf_putstr(out, between);
        if (on_lines) {
            dbuf_putc(out, '\n');
            put_spaces(out, (size_t)indentation + 2);
        } else if (i == 0) {
            dbuf_putc(out, ' ');
        }
        dbuf_put(out, text, size);
    }
    dbuf_putc(out, on_lines ? '\n' : ' ');
    if (on_lines)
        put_spaces(out, (size_t)indentation);
    dbuf_putstr(out, close);
}

void layout_write(DynBuf *out, struct layout_list *list, const char *open, const char *close,
                  int indentation, size_t prefix_width, bool may_join, bool grouped, bool has_rest)
{
    struct layout_list lines = {.of_numbers = list->of_numbers};
    bool in_columns = false;
    size_t used = (size_t)indentation + strlen(open) + prefix_width + 10;

    if (dbuf_error(&list->text) || dbuf_error(&list->ends)) {
        dbuf_set_error(out);
        return;
    }
    dbuf_init2(&lines.text, list->text.opaque, list->text.realloc_func);
    dbuf_init2(&lines.ends, list->text.opaque, list->text.realloc_func);
    if (grouped && layout_count(list) > 6)
        in_columns = group(list, &lines, indentation, has_rest);
    if (may_join && !in_columns && fits_one_line(list, used))
        put_joined(out, list, open, close, ", ", indentation, false);
    else
        put_joined(out, in_columns ? &lines : list, open, close, ",", indentation, true);
    if (dbuf_error(&lines.text) || dbuf_error(&lines.ends))
        dbuf_set_error(out);
    layout_free(&lines);
}
