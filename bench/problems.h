/*
 * problems.h: HumanEval's problems, from its file of JSON lines, gzipped or not.
 */
#ifndef BENCH_PROBLEMS_H
#define BENCH_PROBLEMS_H

#include <stddef.h>

/* The line that a program prints at its very end, when its check has passed. */
#define PROBLEM_PASSED "all checks passed"

/* One problem: its name, and the whole program that solves and checks it. */
typedef struct problem {
    char *id;
    char *source;
    size_t size;
    size_t solved; /* bytes of it that solve; the rest checks */
} problem;

typedef struct problems {
    problem *items;
    size_t count;
} problems;

/* Reads the file; ends the process when it cannot be read or a line is no problem. `only`, unless NULL,
 * names the one problem to keep; `most` is how many. */
problems problems_read(const char *path, const char *only, size_t most);
void problems_free(problems *all);

#endif
