/*
 * phases.h: one small program in one sandbox, with the time that each step of it takes.
 *
 * The same steps serve the table of warm sandboxes (many in one process) and the breakdown of a cold one:
 * there this program starts itself anew, and the new process writes down when it was where.
 */
#ifndef BENCH_PHASES_H
#define BENCH_PHASES_H

#include <stdbool.h>
#include <stdint.h>

#include "belljar.h"
#include "process.h"

/* The phases in their order: name, key in JSON, whether a cold process alone has it, what it is. */
#define PHASES(X)                                                                                  \
    X(START, "start", true, "process start to main")                                               \
    X(ENGINE, "engine_new", true, "engine new")                                                    \
    X(RUNTIME, "runtime_open", true, "runtime open (read, hash, load)")                            \
    X(SANDBOX, "sandbox_new", false, "sandbox new")                                                \
    X(RUN, "run", false, "run, or first eval (boots the interpreter)")                             \
    X(RECEIPT, "receipt", false, "receipt as JSON, and freed")                                     \
    X(AGAIN, "again", false, "second eval (not in the total)")                                     \
    X(DELETE, "sandbox_delete", false, "sandbox delete")                                           \
    X(CLOSE, "close", true, "runtime and engine delete")                                           \
    X(EXIT, "exit", true, "process exit to reaped")

#define PHASE_ENUM(id, key, cold, name) PHASE_##id,
enum { PHASES(PHASE_ENUM) PHASE_COUNT };
#undef PHASE_ENUM

typedef struct phase_info {
    const char *key, *name;
    bool cold;
} phase_info;

extern const phase_info phase_infos[PHASE_COUNT];

typedef struct phase_times {
    uint64_t ns[PHASE_COUNT];
    uint64_t host_calls, host_calls_again; /* of RUN and of AGAIN */
    uint64_t fuel;                         /* of RUN; 0 where it was not counted */
} phase_times;

/* All but AGAIN. */
uint64_t phases_total(const phase_times *times);

typedef struct small_program {
    const char *key;
    const char *runtime; /* of bj_runtime_open; a path is relative to this program */
    const char *source;  /* NULL for a command module */
    const char *output;  /* what it must write */
} small_program;

#define SMALL_PROGRAMS 3
extern const small_program small_programs[SMALL_PROGRAMS];

/* Opens its runtime; ends the process on failure. */
bj_runtime *phases_open(bj_engine *engine, const small_program *program);

/* One sandbox from new to delete: fills SANDBOX to DELETE. With `fuel` instructions are counted. Ends the
 * process when the program does not do what it should. */
void phases_run(bj_runtime *runtime, const small_program *program, bool fuel, phase_times *times);

/* The whole of a cold process but START and EXIT. `main_ns` is when main began. Prints what phases_read
 * reads; the exit status. */
int phases_child(const char *key, uint64_t main_ns);

/* Fills all of a cold process from what it printed; ends this one when that makes no sense. */
void phases_read(const process_result *process, phase_times *times);

#endif
