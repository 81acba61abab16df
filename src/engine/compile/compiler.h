/*
 * compiler.h: what a process that compiles is given, and what it answers.
 */
#ifndef ENGINE_COMPILER_H
#define ENGINE_COMPILER_H

#include <sys/types.h>

#include "engine/internal.h"

typedef enum engine_compiler_end {
    COMPILER_CRASHED, /* it ended without a word */
    COMPILER_DONE,
    COMPILER_INVALID, /* the bytes are no module; `text` says why */
    COMPILER_NO_MEMORY,
    COMPILER_FILE /* what it made cannot be written: `sys_errno` */
} engine_compiler_end;

/* Smaller than what a pipe takes as a whole. */
typedef struct engine_compiler_answer {
    engine_compiler_end kind;
    int sys_errno;
    char text[200];
} engine_compiler_answer;

/* In the child of a fork: compiles, answers, ends. */
_Noreturn void engine_compiler_run(const engine_compilation *task, int answer, pid_t parent);

#endif
