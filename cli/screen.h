/*
 * screen.h: text from strangers, made fit for a terminal.
 *
 * A terminal obeys what it is sent, and people believe the order in which it shows letters. So what a guest, a module or a
 * package chose is shown, not sent: control characters (C0 with ESC, DEL, C1), marks that turn the direction of writing,
 * characters without width, tags, and bytes that are not UTF-8. The one place that knows which these are.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How it is shown. */
typedef enum screen_use {
    SCREEN_NAME,   /* on one line: "\x0a", "\x1b", "\u202e", "\U000e0041", "\xff" */
    SCREEN_OUTPUT, /* the same, but newlines and tabs are what they are */
    SCREEN_JSON /* JSON text: "\u001b", in pairs of surrogates where JSON needs them; newlines stay */
} screen_use;

/* A text that comes in pieces, which may end within a character. Set `use`, the rest is zero at first. */
typedef struct screen_text {
    screen_use use;
    size_t count;
    unsigned char held[4];
} screen_text;

/* The longest that one character, or the rest of a text, can become. */
#define SCREEN_PIECE ((size_t)32)

/* Takes from *bytes, moving it and *size on, until there is no more or `room` is used up, which is SCREEN_PIECE or more.
 * How many bytes to send were put to `to`; 0: all were taken. */
size_t screen_show(screen_text *t, const char **bytes, size_t *size, char *to, size_t room);

/* What is left when the text ends. `to` has SCREEN_PIECE bytes. */
size_t screen_end(screen_text *t, char *to);

/* Whether a name is shown as it is. */
bool screen_is_plain(const char *name);

/* Writes a whole text. */
void screen_put(FILE *out, screen_use use, const char *bytes, size_t size);

#endif
