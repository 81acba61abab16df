/*
 * suggest.c: the candidate that is nearest to a mistyped word: by edit distance (an exchange of two
 * neighbours counts as one edit), or because the word is how it begins.
 */
#include "suggest.h"

#include <string.h>

enum { WORD_MAX = 32 }; /* longer words are nobody's typing error */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, in three rolling rows. Both words are at most WORD_MAX long. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        above[j] = before[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= width; j++) {
            unsigned change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[width];
}

void suggest_offer(suggestion *s, const char *candidate)
{
    size_t length = strlen(s->word);
    if (length == 0 || length > WORD_MAX || strlen(candidate) > WORD_MAX)
        return;
    unsigned d = distance(s->word, candidate);
    if (length >= 3 && strncmp(s->word, candidate, length) == 0)
        d = 1;
    unsigned allowed = length < 4 ? 1 : length < 8 ? 2 : 3;
    if (d <= allowed && (s->best == NULL || d < s->distance)) {
        s->best = candidate;
        s->distance = d;
    }
}
