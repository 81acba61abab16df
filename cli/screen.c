/*
 * screen.c: which characters are shown and not sent, and how.
 *
 * Text is taken character by character, since a piece of output may end within one. A carriage return is held until it is
 * known what follows: before a newline it ends a line, alone it would write over one.
 */
#include "screen.h"

#include <stdint.h>
#include <string.h>

#include "cli.h"

#define NO_CHARACTER UINT32_MAX

/* Of what the first byte of a character says: its length, or 0 when none begins so. */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

/* Whether the second byte can follow the first: shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629). */
static bool may_follow(unsigned char first, unsigned char second)
{
    if ((second & 0xc0) != 0x80)
        return false;
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

/* The length of the character that begins the text; 0: the text ends within it. NO_CHARACTER and 1 for a byte that
 * begins none. */
static size_t decode(const unsigned char *text, size_t size, uint32_t *c)
{
    const size_t length = announced(text[0]);
    *c = NO_CHARACTER;
    if (length == 0 || (length > 1 && size > 1 && !may_follow(text[0], text[1])))
        return 1;
    uint32_t value = length == 1 ? text[0] : text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (i == size)
            return 0;
        if ((text[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (text[i] & 0x3f);
    }
    *c = value;
    return length;
}

typedef struct range {
    uint32_t first, last;
} range;

/* Beside C0: what terminals obey, and what cannot be seen or makes the rest be seen elsewhere. In order. */
static const range hidden[] = {
    {0x7f, 0x9f},       /* DEL, C1 */
    {0xad, 0xad},       /* soft hyphen */
    {0x61c, 0x61c},     /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x180e, 0x180e},   /* Mongolian vowel separator */
    {0x200b, 0x200f},   /* no width, joiners, marks of direction */
    {0x2028, 0x202e},   /* separators of lines, embeddings and overrides of direction */
    {0x2060, 0x206f},   /* invisible operators, isolates of direction */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfeff, 0xfeff},   /* no width */
    {0xffa0, 0xffa0},   /* Hangul filler */
    {0xfff9, 0xfffb},   /* annotations */
    {0x1d173, 0x1d17a}, /* of musical notation */
    {0xe0000, 0xe0fff}, /* tags */
};

static bool is_hidden(uint32_t c)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden && c >= hidden[i].first; i++)
        if (c <= hidden[i].last)
            return true;
    return false;
}

static bool is_sent(screen_use use, uint32_t c)
{
    if (c < 0x20)
        return use != SCREEN_NAME && (c == '\n' || c == '\t');
    return c != NO_CHARACTER && !is_hidden(c);
}

static size_t show(char *to, screen_use use, unsigned char byte, uint32_t c)
{
    if (use == SCREEN_JSON && c != NO_CHARACTER && c > 0xffff)
        return (size_t)sprintf(to, "\\u%04x\\u%04x", 0xd7c0u + (c >> 10), 0xdc00u + (c & 0x3ff));
    if (use == SCREEN_JSON && c != NO_CHARACTER)
        return (size_t)sprintf(to, "\\u%04x", c);
    if (c == NO_CHARACTER || c < 0x80)
        return (size_t)sprintf(to, "\\x%02x", byte);
    return (size_t)sprintf(to, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

/* Takes one character of `text`, the last one where the text has ended; 0: more is needed to know it. What is to be sent
 * for it is put to `to`. */
static size_t take(screen_use use, const unsigned char *text, size_t size, bool ended, char *to,
                   size_t *put)
{
    uint32_t c;
    size_t length = decode(text, size, &c);
    if (use != SCREEN_NAME && c == '\r') {
        if (size == 1 && !ended)
            return 0;
        length = size > 1 && text[1] == '\n' ? 2 : 1;
    }
    if (length == 0 && !ended)
        return 0;
    if (length == 0)
        length = 1;
    if (is_sent(use, c) || (c == '\r' && length == 2)) {
        memcpy(to, text, length);
        *put = length;
    } else {
        *put = show(to, use, text[0], c);
    }
    return length;
}

/* What of the text that is held can be told. */
static size_t take_held(screen_text *t, bool ended, char *to)
{
    size_t used = 0, put, length;
    while (t->count > 0 && (length = take(t->use, t->held, t->count, ended, to + used, &put)) > 0) {
        used += put;
        t->count -= length;
        memmove(t->held, t->held + length, t->count);
    }
    return used;
}

size_t screen_show(screen_text *t, const char **bytes, size_t *size, char *to, size_t room)
{
    size_t used = 0;
    while (*size > 0 && room - used >= SCREEN_PIECE) {
        t->held[t->count++] = (unsigned char)*(*bytes)++;
        --*size;
        used += take_held(t, false, to + used);
    }
    return used;
}

size_t screen_end(screen_text *t, char *to)
{
    return take_held(t, true, to);
}

bool screen_is_plain(const char *name)
{
    const unsigned char *at = (const unsigned char *)name, *end = at + strlen(name);
    while (at < end) {
        uint32_t c;
        const size_t length = decode(at, (size_t)(end - at), &c);
        if (length == 0 || !is_sent(SCREEN_NAME, c))
            return false;
        at += length;
    }
    return true;
}

void screen_put(FILE *out, screen_use use, const char *bytes, size_t size)
{
    char shown[512];
    screen_text t = {.use = use};
    while (size > 0)
        fwrite(shown, 1, screen_show(&t, &bytes, &size, shown, sizeof shown), out);
    fwrite(shown, 1, screen_end(&t, shown), out);
}

void cli_put_text(FILE *out, const char *text)
{
    screen_put(out, SCREEN_NAME, text, strlen(text));
}
