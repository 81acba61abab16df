/*
 * process.h: a whole process, from the call that starts it to the one that reaps it.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_OUTPUT_BYTES 8192

typedef struct process_result {
    int status; /* its exit status, or 128 + the signal that ended it */
    bool timed_out;
    uint64_t spawned_ns, reaped_ns;        /* of now_ns() */
    size_t size;                           /* bytes of output that were kept */
    char output[PROCESS_OUTPUT_BYTES + 1]; /* stdout and stderr as they came, cut, NUL-terminated */
} process_result;

/* Runs argv[0] (found by $PATH when it has no slash) with `input` as a regular file on stdin and this
 * process's environment. After `timeout_ms` it is killed. 0, or -1 and errno when it cannot be started.
 * From any thread. */
int process_run(const char *const argv[], const char *input, size_t input_size, uint64_t timeout_ms,
                process_result *result);

/* Whether argv[0] could be started: it is a file that can be executed, or one on $PATH is. */
bool process_exists(const char *program);

#endif
