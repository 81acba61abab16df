/*
 * diff.h: two texts as a unified diff (POSIX diff -u).
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct diff_text {
    const char *bytes; /* NULL: there is no such file */
    size_t size;
} diff_text;

/* How much is compared in one --diff, of all files together: about a second of lines that are compared, 16 each, and their
 * bytes. */
#define DIFF_WORK_MOST ((uint64_t)1 << 30)

/* Writes what leads from `before` to `after`, of the file `path`; nothing when they are equal. Control characters
 * other than tabs are made visible when `visible`. *work is what may still be compared, and is lowered by what was: at 0 every
 * line between what the two begin and end with alike counts as replaced. 0, or -1 when out of memory. */
int diff_write(FILE *out, const char *path, diff_text before, diff_text after, bool visible,
               uint64_t *work);

#endif
