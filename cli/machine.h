/*
 * machine.h: the options of every command that starts an engine, and starting it.
 */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "options.h"

typedef struct machine_options {
    uint32_t sandboxes; /* that may be alive at once; 0: what a command needs that runs one */
    const char *cache;
    const char *guests;
    bool no_cache;
    uint64_t compile_ms, compile_bytes; /* 0: by the size of what is compiled */
    bool verbose;
} machine_options;

/* Their rows, for a struct `type` with a member `member` of machine_options. */
#define MACHINE_OPTIONS(type, member)                                                              \
    OPTION_HEADING("Machine"),                                                                     \
        {.name = "cache",                                                                          \
         .value = "DIR",                                                                           \
         .help = "folder of compiled modules (else $BELLJAR_CACHE, else ~/.cache/belljar)",        \
         .take = option_take_string,                                                               \
         .complete = COMPLETE_DIR,                                                                 \
         .offset = offsetof(type, member.cache)},                                                  \
        {.name = "no-cache",                                                                       \
         .help = "compile anew and keep nothing",                                                  \
         .take = option_take_flag,                                                                 \
         .offset = offsetof(type, member.no_cache)},                                               \
        {.name = "guests",                                                                         \
         .value = "DIR",                                                                           \
         .help = "folder of the interpreters, or several with colons between (else "               \
                 "$BELLJAR_GUESTS, else as installed)",                                            \
         .take = option_take_string,                                                               \
         .complete = COMPLETE_DIR,                                                                 \
         .offset = offsetof(type, member.guests)},                                                 \
        {.name = "compile-ms",                                                                     \
         .value = "TIME",                                                                          \
         .help = "processor's time for compiling a module (3 s, and 3 s for each MiB of code)",    \
         .take = option_take_time,                                                                 \
         .offset = offsetof(type, member.compile_ms)},                                             \
        {.name = "compile-bytes",                                                                  \
         .value = "SIZE",                                                                          \
         .help = "memory for it (384 MiB, and 64 MiB for each MiB of code)",                       \
         .take = option_take_size,                                                                 \
         .offset = offsetof(type, member.compile_bytes)},                                          \
    {                                                                                              \
        .name = "verbose", .letter = 'v', .help = "say on stderr what is done and what it costs",  \
        .take = option_take_flag, .offset = offsetof(type, member.verbose)                         \
    }

/* NULL on failure, with *err filled. The caller deletes it. */
bj_engine *machine_start(const machine_options *options, bj_error *err);

#endif
