/*
 * signals.h: Ctrl-C and SIGTERM while a guest runs, or while a person types.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

#include "belljar.h"

/* From here to signals_end, SIGINT and SIGTERM are noted and interrupt `box` (NULL: are noted only). A
 * second SIGINT, while there is a box, ends the process at once. A signal that was ignored stays so. */
void signals_begin(bj_sandbox *box);

/* Back to what was before. The box may be deleted after it. */
void signals_end(void);

/* The first signal since signals_begin, or 0. */
int signals_caught(void);

/* Waits until `fd` is ready for `events` of poll(), for `timeout_ms` at most (-1: for ever), or until a
 * signal is caught, whenever it comes. Whether `fd` is ready; it may end early, to be called again. */
bool signals_wait(int fd, short events, int timeout_ms);

#endif
