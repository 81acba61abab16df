/*
 * diff.c: lines that two texts have in common by the greedy algorithm of Myers ("An O(ND) Difference Algorithm
 * and Its Variations", 1986), after what they begin and end with alike is set aside.
 *
 * The texts come from a guest, so the work is bounded: beyond EDITS_MOST differing lines, or what the caller allows to be
 * compared, everything between the common beginning and end counts as replaced.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "screen.h"

#define CONTEXT    3u
#define EDITS_MOST 1500

typedef struct line {
    const char *bytes;
    size_t size; /* with its newline */
} line;

typedef struct lines {
    line *items;
    size_t count;
} lines;

static int split(diff_text text, lines *out)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.bytes[i] == '\n' || i + 1 == text.size;
    *out = (lines){calloc(count + 1, sizeof(line)), count};
    if (out->items == NULL)
        return -1;
    const char *at = text.bytes != NULL ? text.bytes : "", *end = at + text.size;
    for (size_t i = 0; i < count; i++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        out->items[i] = (line){at, (size_t)(next - at)};
        at = next;
    }
    return 0;
}

static bool same_line(line a, line b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* Which lines stay: marks in `kept_a` and `kept_b`. */
typedef struct comparison {
    lines a, b;
    bool *kept_a, *kept_b;
    size_t begin, end_a, end_b; /* what lies between the common beginning and the common end */
    uint64_t work;              /* what may still be compared */
} comparison;

/* Whether line x of the one and line y of the other, from the common beginning on, are the same. */
static bool matches(comparison *c, int x, int y)
{
    const line a = c->a.items[c->begin + (size_t)x], b = c->b.items[c->begin + (size_t)y];
    const uint64_t cost = 16 + (a.size == b.size ? a.size : 0);
    c->work -= cost < c->work ? cost : c->work;
    return same_line(a, b);
}

static void trim(comparison *c)
{
    c->begin = 0;
    c->end_a = c->a.count;
    c->end_b = c->b.count;
    while (c->begin < c->end_a && c->begin < c->end_b &&
           same_line(c->a.items[c->begin], c->b.items[c->begin])) {
        c->kept_a[c->begin] = c->kept_b[c->begin] = true;
        c->begin++;
    }
    while (c->end_a > c->begin && c->end_b > c->begin &&
           same_line(c->a.items[c->end_a - 1], c->b.items[c->end_b - 1]))
        c->kept_a[--c->end_a] = c->kept_b[--c->end_b] = true;
}

/* Goes back through the furthest points of each number of edits and marks the diagonals. */
static void walk_back(comparison *c, int *const *points, int edits)
{
    int x = (int)(c->end_a - c->begin), y = (int)(c->end_b - c->begin);
    for (int d = edits; d >= 0; d--) {
        const int *v = points[d] + d + 1; /* v[k] of the step before stands at -d-1 … d+1 */
        int k = x - y;
        bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
        int from_k = down ? k + 1 : k - 1;
        int from_x = d == 0 ? 0 : v[from_k], from_y = d == 0 ? 0 : from_x - from_k;
        while (x > from_x && y > from_y && x > 0 && y > 0) {
            x--, y--;
            c->kept_a[c->begin + (size_t)x] = c->kept_b[c->begin + (size_t)y] = true;
        }
        x = from_x;
        y = from_y;
    }
}

/* 0; -1 when out of memory. Too many edits mark nothing. */
static int search(comparison *c)
{
    const int n = (int)(c->end_a - c->begin), m = (int)(c->end_b - c->begin);
    const int most = n + m < EDITS_MOST ? n + m : EDITS_MOST;
    /* Nothing is in common, or the numbers of lines alone differ by more edits than are looked for. */
    if (n == 0 || m == 0 || n - m > EDITS_MOST || m - n > EDITS_MOST)
        return 0;
    int **points = calloc((size_t)most + 2, sizeof *points);
    int *v = calloc(2 * (size_t)most + 5, sizeof *v);
    int status = points != NULL && v != NULL ? 0 : -1, found = -1;
    for (int d = 0; status == 0 && found < 0 && d <= most && c->work > 0; d++) {
        points[d] = malloc((2 * (size_t)d + 3) * sizeof **points);
        if (points[d] == NULL) {
            status = -1;
            break;
        }
        int *middle = v + most + 2;
        memcpy(points[d], middle - d - 1, (2 * (size_t)d + 3) * sizeof **points);
        for (int k = -d; k <= d && found < 0 && c->work > 0; k += 2) {
            bool down = k == -d || (k != d && middle[k - 1] < middle[k + 1]);
            int x = d == 0 ? 0 : down ? middle[k + 1] : middle[k - 1] + 1, y = x - k;
            while (x < n && y < m && y >= 0 && matches(c, x, y))
                x++, y++;
            middle[k] = x;
            if (x >= n && y >= m)
                found = d;
        }
    }
    if (status == 0 && found >= 0)
        walk_back(c, points, found);
    for (int d = 0; points != NULL && d <= most; d++)
        free(points[d]);
    free(points);
    free(v);
    return status;
}

/* ---------------------------------------------------------------- writing */

static void put_line(FILE *out, char mark, line text, bool visible)
{
    putc(mark, out);
    bool ended = text.size > 0 && text.bytes[text.size - 1] == '\n';
    if (visible)
        screen_put(out, SCREEN_OUTPUT, text.bytes, text.size - ended);
    else
        fwrite(text.bytes, 1, text.size - ended, out);
    putc('\n', out);
    if (!ended)
        fputs("\\ No newline at end of file\n", out);
}

/* Where a hunk stands: lines [a, a_end) of the one and [b, b_end) of the other. */
typedef struct hunk {
    size_t a, a_end, b, b_end;
} hunk;

/* The next hunk from (a, b) on, with its context. */
static bool next_hunk(const comparison *c, size_t a, size_t b, hunk *h)
{
    while (a < c->a.count && b < c->b.count && c->kept_a[a] && c->kept_b[b])
        a++, b++;
    if (a == c->a.count && b == c->b.count)
        return false;
    size_t context = a < CONTEXT ? a : CONTEXT;
    if (context > b)
        context = b;
    *h = (hunk){a - context, a, b - context, b};
    for (size_t same = 0; a < c->a.count || b < c->b.count;) {
        if (a < c->a.count && !c->kept_a[a])
            a++, same = 0;
        else if (b < c->b.count && !c->kept_b[b])
            b++, same = 0;
        else if (++same > 2 * CONTEXT)
            break;
        else
            a++, b++;
        if (same == 0)
            h->a_end = a, h->b_end = b;
    }
    for (size_t i = 0; i < CONTEXT && h->a_end < c->a.count && h->b_end < c->b.count; i++)
        h->a_end++, h->b_end++;
    return true;
}

static void put_range(FILE *out, char mark, size_t from, size_t to)
{
    size_t count = to - from;
    fprintf(out, "%c%zu", mark, count == 0 ? from : from + 1);
    if (count != 1)
        fprintf(out, ",%zu", count);
}

static void put_hunk(FILE *out, const comparison *c, const hunk *h, bool visible)
{
    fputs("@@ ", out);
    put_range(out, '-', h->a, h->a_end);
    putc(' ', out);
    put_range(out, '+', h->b, h->b_end);
    fputs(" @@\n", out);
    size_t a = h->a, b = h->b;
    while (a < h->a_end || b < h->b_end) {
        if (a < h->a_end && !c->kept_a[a])
            put_line(out, '-', c->a.items[a++], visible);
        else if (b < h->b_end && !c->kept_b[b])
            put_line(out, '+', c->b.items[b++], visible);
        else
            put_line(out, ' ', c->a.items[a], visible), a++, b++;
    }
}

static bool is_binary(diff_text text)
{
    return text.size > 0 && memchr(text.bytes, 0, text.size < 8000 ? text.size : 8000) != NULL;
}

static bool is_equal(diff_text a, diff_text b)
{
    return (a.bytes == NULL) == (b.bytes == NULL) && a.size == b.size &&
           (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* A name as git writes it: in quotes, with escapes of C, where it holds what would end the line or reach a terminal. Also in a
 * file: a newline in a name would be a line of the diff. */
static void put_name(FILE *out, const char *side, const char *path)
{
    if (screen_is_plain(path) && strpbrk(path, "\"\\") == NULL) {
        fprintf(out, "%s%s", side, path);
        return;
    }
    fprintf(out, "\"%s", side);
    for (const unsigned char *at = (const unsigned char *)path; *at != '\0'; at++)
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at >= 0x20 && *at < 0x7f)
            putc(*at, out);
        else
            fprintf(out, "\\%03o", *at);
    putc('"', out);
}

static void put_side(FILE *out, const char *side, const char *path, diff_text text)
{
    if (text.bytes != NULL)
        put_name(out, side, path);
    else
        fputs("/dev/null", out);
}

static void put_names(FILE *out, const char *path, diff_text before, diff_text after)
{
    fputs("--- ", out);
    put_side(out, "a", path, before);
    fputs("\n+++ ", out);
    put_side(out, "b", path, after);
    putc('\n', out);
}

static void put_binary(FILE *out, const char *path, diff_text before, diff_text after)
{
    fputs("Binary files ", out);
    put_side(out, "a", path, before);
    fputs(" and ", out);
    put_side(out, "b", path, after);
    fputs(" differ\n", out);
}

int diff_write(FILE *out, const char *path, diff_text before, diff_text after, bool visible,
               uint64_t *work)
{
    if (is_equal(before, after))
        return 0;
    if (is_binary(before) || is_binary(after)) {
        put_binary(out, path, before, after);
        return 0;
    }
    comparison c = {.work = *work};
    int status = split(before, &c.a);
    if (status == 0)
        status = split(after, &c.b);
    if (status == 0) {
        c.kept_a = calloc(c.a.count + 1, 1);
        c.kept_b = calloc(c.b.count + 1, 1);
        status = c.kept_a != NULL && c.kept_b != NULL ? 0 : -1;
    }
    if (status == 0) {
        trim(&c);
        status = search(&c);
        *work = c.work;
    }
    if (status == 0) {
        hunk h = {0};
        put_names(out, path, before, after);
        while (next_hunk(&c, h.a_end, h.b_end, &h))
            put_hunk(out, &c, &h, visible);
    }
    free(c.a.items);
    free(c.b.items);
    free(c.kept_a);
    free(c.kept_b);
    return status;
}
