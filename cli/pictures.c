/*
 * pictures.c: kitty's graphics protocol (PNG) and iTerm2's inline images (PNG, JPEG, GIF).
 *
 * No sixel: it would have this command decode what strangers wrote, outside of any sandbox.
 */
#include "pictures.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST_BYTES ((size_t)16 << 20)
#define MOST_SIDE  10000u

/* ------------------------------------------------------------------ ways */

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static bool is(const char *name, const char *wanted)
{
    const char *value = getenv(name);
    return value != NULL && strcmp(value, wanted) == 0;
}

static pictures_way way_of_terminal(void)
{
    if (!isatty(STDOUT_FILENO) || is("TERM", "dumb") || is_set("TMUX") || is_set("STY"))
        return PICTURES_NONE;
    if (is_set("KITTY_WINDOW_ID") || is("TERM", "xterm-kitty") || is("TERM", "xterm-ghostty") ||
        is("TERM_PROGRAM", "ghostty"))
        return PICTURES_KITTY;
    if (is("TERM_PROGRAM", "iTerm.app") || is("TERM_PROGRAM", "WezTerm") ||
        is("LC_TERMINAL", "iTerm2"))
        return PICTURES_ITERM;
    return PICTURES_NONE;
}

bool pictures_choose(const char *word, pictures_way *way)
{
    *way = PICTURES_NONE;
    if (word == NULL || strcmp(word, "auto") == 0)
        *way = way_of_terminal();
    else if (strcmp(word, "kitty") == 0)
        *way = PICTURES_KITTY;
    else if (strcmp(word, "iterm") == 0)
        *way = PICTURES_ITERM;
    else
        return strcmp(word, "none") == 0;
    return true;
}

/* ------------------------------------------------------------------ kinds */

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool pictures_size(const void *bytes, size_t size, uint32_t *width, uint32_t *height)
{
    const uint8_t *at = bytes;
    if (size < 24 || memcmp(at, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(at + 12, "IHDR", 4) != 0)
        return false;
    *width = big_endian(at + 16);
    *height = big_endian(at + 20);
    return true;
}

static bool is_png(const void *bytes, size_t size, uint32_t *width)
{
    uint32_t height;
    return size <= MOST_BYTES && pictures_size(bytes, size, width, &height) && *width > 0 &&
           *width <= MOST_SIDE && height > 0 && height <= MOST_SIDE;
}

static bool is_other(const uint8_t *bytes, size_t size)
{
    return size > 10 && size <= MOST_BYTES &&
           (memcmp(bytes, "\xff\xd8\xff", 3) == 0 || memcmp(bytes, "GIF8", 4) == 0);
}

/* ------------------------------------------------------------------ sending */

static void put_base64(const uint8_t *bytes, size_t size, FILE *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t three = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0u);
        putc(digits[three >> 18], out);
        putc(digits[three >> 12 & 63], out);
        putc(left > 1 ? digits[three >> 6 & 63] : '=', out);
        putc(left > 2 ? digits[three & 63] : '=', out);
    }
}

/* As wide as the terminal where it is wider, which it would be cut at. */
static void put_kitty_width(uint32_t width, FILE *out)
{
    struct winsize window = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_xpixel > 0 &&
        window.ws_col > 0 && width > window.ws_xpixel)
        fprintf(out, "c=%u,", window.ws_col);
}

/* In pieces of 4,096 digits, as the protocol wants them. */
static void put_kitty(const uint8_t *bytes, size_t size, uint32_t width, FILE *out)
{
    const size_t piece = 4096 / 4 * 3;
    fputs("\x1b_Ga=T,f=100,q=2,", out);
    put_kitty_width(width, out);
    for (size_t at = 0; at < size; at += piece) {
        const size_t left = size - at;
        fprintf(out, "%sm=%d;", at > 0 ? "\x1b_G" : "", left > piece);
        put_base64(bytes + at, left > piece ? piece : left, out);
        fputs("\x1b\\", out);
    }
    putc('\n', out);
}

static void put_iterm(const uint8_t *bytes, size_t size, FILE *out)
{
    fprintf(out, "\x1b]1337;File=inline=1;size=%zu:", size);
    put_base64(bytes, size, out);
    fputs("\a\n", out);
}

bool pictures_show(pictures_way way, const void *bytes, size_t size, FILE *out)
{
    uint32_t width = 0;
    const bool png = is_png(bytes, size, &width);
    if (way == PICTURES_KITTY && png)
        put_kitty(bytes, size, width, out);
    else if (way == PICTURES_ITERM && (png || is_other(bytes, size)))
        put_iterm(bytes, size, out);
    else
        return false;
    return true;
}
