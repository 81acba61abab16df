/*
 * prompt.h: `belljar run -i`: source line by line from stdin, into one interpreter that lives on.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "guest.h"

/* Evaluates what is read from stdin, piece by piece, until its end, an exit or (without a terminal) a
 * limit. With a terminal there are prompts, line editing and a history in memory. The exit status. */
int prompt_run(guest *g);

#endif
