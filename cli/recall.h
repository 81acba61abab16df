/*
 * recall.h: the lines that were typed at prompts, kept from session to session.
 */
#ifndef CLI_RECALL_H
#define CLI_RECALL_H

#include <histedit.h>
#include <stdio.h>

typedef struct recall {
    History *lines;
    FILE *file; /* where new lines go, or NULL */
} recall;

/* Reads $XDG_STATE_HOME/belljar/history, or the same in ~/.local/state. Where there can be no such file, lines are
 * remembered until the end. 0, or -1 without memory. */
int recall_open(recall *r);

/* Remembers a line with its newline; written at once, so that sessions side by side lose nothing. */
void recall_add(recall *r, const char *line);

void recall_close(recall *r);

#endif
