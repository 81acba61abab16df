/*
 * delta.h: what a delta consists of, for the files that take it and that save it.
 */
#ifndef BJ_ENGINE_DELTA_H
#define BJ_ENGINE_DELTA_H

#include "engine/engine.h"

/* Pages that lie side by side. */
typedef struct delta_run {
    uint32_t first, count;
} delta_run;

typedef struct delta_global {
    char *name;
    int32_t value;
} delta_global;

struct engine_delta {
    uint64_t memory_size;
    bj_buffer runs;  /* of delta_run, in order, apart from each other */
    bj_buffer bytes; /* of all their pages */
    delta_global *globals;
    size_t global_count;
};

#endif
