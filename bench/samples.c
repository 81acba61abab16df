/*
 * samples.c: sets of times, and times as text.
 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

#include "guests.h"

void samples_add(samples *s, uint64_t ns)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        uint64_t *grown = realloc(s->ns, room * sizeof *grown);
        if (!grown)
            bench_die("out of memory");
        s->ns = grown;
        s->room = room;
    }
    s->ns[s->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The middle one, or between the two in the middle. */
static uint64_t middle(const uint64_t *sorted, size_t count)
{
    uint64_t low = sorted[(count - 1) / 2], high = sorted[count / 2];
    return low + (high - low) / 2;
}

summary samples_summarize(samples *s)
{
    if (s->count == 0)
        return (summary){0};
    qsort(s->ns, s->count, sizeof *s->ns, compare);
    summary result = {
        .count = s->count,
        .min = s->ns[0],
        .median = middle(s->ns, s->count),
        .p99 = s->ns[(s->count * 99 + 99) / 100 - 1],
        .max = s->ns[s->count - 1],
    };
    for (size_t i = 0; i < s->count; i++)
        result.sum += s->ns[i];
    return result;
}

ns_text ns_format(uint64_t ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}};
    ns_text result = {"-"};
    if (ns == 0)
        return result;
    size_t unit = 0;
    while ((double)ns < units[unit].ns)
        unit++;
    double value = (double)ns / units[unit].ns;
    int decimals = value >= 99.95 || unit == 3 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(result.text, sizeof result.text, "%.*f %s", decimals, value, units[unit].name);
    return result;
}

ratio_text ratio_format(uint64_t a, uint64_t b)
{
    ratio_text result = {"-"};
    if (b == 0)
        return result;
    double ratio = (double)a / (double)b;
    int decimals = ratio >= 100 ? 0 : ratio >= 10 ? 1 : ratio >= 0.1 ? 2 : 4;
    snprintf(result.text, sizeof result.text, "%.*f×", decimals, ratio);
    return result;
}

void print_cell(const char *text, int width)
{
    int length = 0;
    for (const char *at = text; *at; at++)
        length += ((unsigned char)*at & 0xc0) != 0x80;
    int space = (width < 0 ? -width : width) - length;
    if (space < 0)
        space = 0;
    if (width < 0)
        printf("%*s%s", space, "", text);
    else
        printf("%s%*s", text, space, "");
}
