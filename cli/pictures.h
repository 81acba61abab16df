/*
 * pictures.h: pictures in a terminal, by the protocols that terminals have for them.
 *
 * The bytes are a stranger's: what is sent is base64 between escape sequences of our own, of what begins as a picture of a size
 * that a terminal can be asked to decode.
 */
#ifndef CLI_PICTURES_H
#define CLI_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PICTURES_WORDS "auto kitty iterm none"

typedef enum pictures_way { PICTURES_NONE, PICTURES_KITTY, PICTURES_ITERM } pictures_way;

/* By one of PICTURES_WORDS, NULL for "auto": what the terminal at stdout is known to understand by its variables; none where stdout
 * is no terminal, or is one inside tmux or screen. False: it is another word. */
bool pictures_choose(const char *word, pictures_way *way);

/* Width and height of a PNG; false where it does not say, or is none. */
bool pictures_size(const void *bytes, size_t size, uint32_t *width, uint32_t *height);

/* Sends a picture and a newline. False, and nothing is sent: this way takes none of this kind or size. */
bool pictures_show(pictures_way way, const void *bytes, size_t size, FILE *out);

#endif
