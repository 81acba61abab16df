/*
 * guests.h: what the benchmarks share: where the built things lie, an engine, and giving up.
 */
#ifndef BENCH_GUESTS_H
#define BENCH_GUESTS_H

#include <stdint.h>

#include "belljar.h"

/* Says why on stderr, and ends the process with status 2. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_die(const char *format, ...);

/* The path of something in the build tree, relative to this program: "../belljar". The caller frees it. */
char *bench_path(const char *relative);

/* An engine over the guests of this build tree (or $BELLJAR_GUESTS), which says on stderr what takes long.
 * Ends the process on failure. */
bj_engine *bench_engine(void);

/* The runtime of that name or path. Ends the process on failure. */
bj_runtime *bench_runtime(bj_engine *engine, const char *name);

/* A number of the command line, from 1 to `most`. Ends the process when it is something else. */
uint64_t bench_number(const char *option, const char *text, uint64_t most);

/* The python3 to stand beside: a distribution's own before what $PATH has, which may be a wrapper. */
const char *bench_python(void);

/* One line about the machine: kernel, processors, load. */
void bench_print_machine(void);

#endif
