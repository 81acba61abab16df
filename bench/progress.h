/*
 * progress.h: how far a benchmark is, on stderr: a bar on a terminal, else a line every few seconds.
 *
 * Used by one thread at a time.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct progress {
    const char *label;
    size_t total, done;
    uint64_t began_ns, shown_ns;
    bool bar; /* whether stderr is a terminal */
} progress;

progress progress_begin(const char *label, size_t total);

/* One more step is done; `note` (may be "") stands at the end of the line. */
void progress_step(progress *p, const char *note);

/* Clears the bar. */
void progress_end(progress *p);

#endif
