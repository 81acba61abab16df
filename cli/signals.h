/*
 * signals.h: Ctrl-C and SIGTERM while a guest runs, or while a person types.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "belljar.h"

/* From here to signals_end, SIGINT and SIGTERM are noted and interrupt `box` (NULL: are noted only). A
 * second SIGINT, while there is a box, ends the process at once. A signal that was ignored stays so. */
void signals_begin(bj_sandbox *box);

/* Back to what was before. The box may be deleted after it. */
void signals_end(void);

/* The first signal since signals_begin, or 0. */
int signals_caught(void);

#endif
