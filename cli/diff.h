/*
 * diff.h: two texts as a unified diff (POSIX diff -u).
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <stddef.h>
#include <stdio.h>

typedef struct diff_text {
    const char *bytes; /* NULL: there is no such file */
    size_t size;
} diff_text;

/* Writes what leads from `before` to `after`, of the file `path`; nothing when they are equal. Control characters
 * other than tabs are made visible when `visible`. 0, or -1 when out of memory. */
int diff_write(FILE *out, const char *path, diff_text before, diff_text after, int visible);

#endif
