/*
 * prompt.h: lines from a person, with editing and a history, or from a pipe, with neither.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "recall.h"

/* Text that grows. */
typedef struct piece {
    char *bytes; /* owned; NULL at first */
    size_t size;
    size_t capacity;
} piece;

/* 0, or -1 after a message: out of memory, or more than 16 MiB. */
int piece_append(piece *p, const char *bytes, size_t size);

/* What Tab does behind the text that stands before the cursor. */
typedef enum prompt_tab { PROMPT_TAB_INDENTS, PROMPT_TAB_WORD, PROMPT_TAB_FILE } prompt_tab;

/* Receives a word that could stand in place of the one that was begun; it need not begin so. It lives until the
 * next line is read. */
typedef void prompt_offer(void *to, const char *word);

/* Says what Tab does, and offers words for PROMPT_TAB_WORD. */
typedef prompt_tab prompt_words(void *user, const char *typed, size_t size, prompt_offer *offer,
                                void *to);

/* Zero-initialise. */
typedef struct prompt {
    EditLine *editor; /* NULL when stdin is no terminal */
    recall past;
    const char *shown; /* in front of the line that is read */
    prompt_words *words;
    void *user; /* of `words` */
    int signal; /* what interrupted the last line */
} prompt;

typedef enum line_status { LINE_READ, LINE_END, LINE_INTERRUPTED, LINE_FAILED } line_status;

/* CLI_OK, or CLI_FAILED after a message; prompt_close follows in any case. */
int prompt_open(prompt *p, prompt_words *words, void *user);
void prompt_close(prompt *p);

/* Whether a person types. */
static inline bool prompt_has_person(const prompt *p)
{
    return p->editor != NULL;
}

/* Appends the next line, without its newline, to `to`. At a terminal `shown` stands in front of it. */
line_status prompt_read(prompt *p, const char *shown, piece *to);

#endif
