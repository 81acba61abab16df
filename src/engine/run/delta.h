/*
 * delta.h: what a delta consists of, for the files that take it and that save it.
 */
#ifndef BJ_ENGINE_DELTA_H
#define BJ_ENGINE_DELTA_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/engine.h"

/* Pages that lie side by side. */
typedef struct delta_run {
    uint32_t first, count;
} delta_run;

typedef struct delta_global {
    char *name;
    int32_t value;
} delta_global;

struct engine_form;

struct engine_delta {
    atomic_uint references;
    uint64_t memory_size;
    bj_buffer runs;  /* of delta_run, in order, apart from each other */
    bj_buffer bytes; /* of all their pages */
    delta_global *globals;
    size_t global_count;
    pthread_mutex_t lock;  /* for all below: see delta_image.c */
    uint64_t copied_bytes; /* by the instances that were restored so far */
    bool unmappable;
    int memory_fd;               /* the whole memory as a file, or -1 while there is none */
    struct engine_core *charged; /* whose image_bytes count it */
    struct engine_form *images;  /* modules whose memory starts as that file */
    void (*drop_images)(
        engine_delta *delta); /* NULL while there are none: a delta alone needs no Wasmtime */
};

/* ---- delta_life.c ---- */

/* An empty one with one reference. NULL: out of memory. */
engine_delta *engine_delta_new(void) BJ_CHECK_RESULT;
engine_delta *engine_delta_retain(engine_delta *delta);

/* ---- delta_image.c ---- */

/* The module whose memory is the delta's, in the form of the instance, where that is worth its price; else NULL. It
 * lives as long as the delta. */
const struct engine_form *engine_delta_get_image(engine_delta *delta,
                                                 const engine_instance *instance);

#endif
