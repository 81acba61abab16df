/*
 * delta_life.c: how a delta comes and goes, and how large it is. Knows nothing of Wasmtime.
 */
#include <stdlib.h>

#include "engine/run/delta.h"

engine_delta *engine_delta_new(void)
{
    engine_delta *delta = calloc(1, sizeof *delta);
    if (!delta)
        return NULL;
    atomic_init(&delta->references, 1);
    pthread_mutex_init(&delta->lock, NULL);
    delta->memory_fd = -1;
    return delta;
}

engine_delta *engine_delta_retain(engine_delta *delta)
{
    atomic_fetch_add_explicit(&delta->references, 1, memory_order_relaxed);
    return delta;
}

void engine_delta_release(engine_delta *delta)
{
    if (!delta || atomic_fetch_sub_explicit(&delta->references, 1, memory_order_acq_rel) > 1)
        return;
    if (delta->drop_images)
        delta->drop_images(delta);
    for (size_t i = 0; i < delta->global_count; i++)
        free(delta->globals[i].name);
    free(delta->globals);
    bj_buffer_free(&delta->runs);
    bj_buffer_free(&delta->bytes);
    pthread_mutex_destroy(&delta->lock);
    free(delta);
}

uint64_t engine_delta_memory_bytes(const engine_delta *delta)
{
    return delta->memory_size;
}

uint64_t engine_delta_changed_bytes(const engine_delta *delta)
{
    return delta->bytes.size;
}
