/*
 * image.h: a module written anew with its memory as it is after the start of the program inside.
 *
 * The idea is Wizer's: what a program does before its first input is done once, and what it left in
 * memory becomes the module's data. Here the data is one dense segment, which Wasmtime maps
 * copy-on-write. Knows the binary format (WebAssembly core specification 2.0, section 5.5) and no engine.
 */
#ifndef BJ_ENGINE_IMAGE_H
#define BJ_ENGINE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "belljar.h"

/* What a running instance looks like. */
typedef struct engine_image {
    const uint8_t *memory;
    uint64_t memory_size; /* whole pages */
    /* The value of the exported, mutable i32 global `name` now; false where there is none. */
    bool (*global)(void *user, bj_span name, int32_t *value);
    void *user;
    /* Functions that have done their work and are not exported any more. */
    const char *const *dropped;
    size_t dropped_count;
} engine_image;

/* Appends the module to *out. `module` must be valid (it was compiled).
 * 0, or -1: BJ_ERROR_UNSUPPORTED where its state is more than memory and exported i32 globals (other
 * mutable globals, passive data, more than one memory or an imported one), BJ_ERROR_MEMORY. */
int engine_image_write(bj_span module, const engine_image *image, bj_buffer *out,
                       bj_error *err) BJ_CHECK_RESULT;

#endif
