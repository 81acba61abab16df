/*
 * audit.h: what the guest asked for, for those who want to know: every call that names a resource as an event,
 * and every denial for the receipt.
 *
 * A denial is an attempt at something that was not granted, as opposed to an ordinary error: a missing file in
 * /work is none, a missing /etc/passwd is one.
 */
#ifndef BJ_WASI_AUDIT_H
#define BJ_WASI_AUDIT_H

#include "wasi/context.h"

/* Gathers what the call names, before it is made: it may overwrite its own arguments. `room` holds the paths. */
typedef struct wasi_event_room {
    char path[2 * VFS_PATH_MAX], other[2 * VFS_PATH_MAX];
} wasi_event_room;
void wasi_event_begin(wasi_context *context, const wasi_call *call, wasi_memory memory,
                      const uint64_t *args, wasi_event *event, wasi_event_room *room);

/* A call has failed: remembers it if that is a denial. */
void wasi_note_denial(wasi_context *context, const wasi_call *call, wasi_memory memory,
                      const uint64_t *args, vfs_errno error);

#endif
