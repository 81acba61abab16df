/*
 * saved.h: where a context stands, as bytes, and back: descriptors with their offsets, the clock.
 *
 * Files that live in memory are named by their mount and number, everything else by its path, and opened
 * again. What is read may come from anybody, and can be no more than a guest can have: rights are those that
 * its nodes can give.
 */
#ifndef BJ_WASI_SAVED_H
#define BJ_WASI_SAVED_H

#include "base/pack.h"
#include "wasi/wasi.h"

typedef struct wasi_saved wasi_saved;

void wasi_context_save(const wasi_context *context, bj_sink *sink);

/* NULL: the source has failed, or holds no context. */
wasi_saved *wasi_saved_read(bj_source *source) BJ_CHECK_RESULT;
/* As wasi_context_save wrote what was read. */
void wasi_saved_save(const wasi_saved *saved, bj_sink *sink);
void wasi_saved_delete(wasi_saved *saved);

/* Makes a context that was just made, or whose sandbox is taken back, stand there. `tree` holds the files that were
 * saved with it; it and `budget` take the place of the context's own. 0, or -1 with the context as it was:
 * BJ_ERROR_ARGUMENT (the limit descriptors is too low; a file that was open is not there), _MEMORY. */
int wasi_context_assume(wasi_context *context, const wasi_saved *saved, vfs_tree *tree,
                        policy_budget *budget, bj_error *err) BJ_CHECK_RESULT;

uint32_t wasi_saved_count(const wasi_saved *saved);

#endif
