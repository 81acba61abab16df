/*
 * calls.h: prototypes of the handlers, `wasi_fd_read` and so on, from calls.def. What is common to all:
 * args[i] is the i-th parameter as the guest passed it; pointers are checked by each handler before it
 * changes anything that the guest can see, unless the specification wants results written at the end.
 */
#ifndef BJ_WASI_CALLS_H
#define BJ_WASI_CALLS_H

#include "wasi/wasi.h"

#define X(name, signature, audit, unstable)                                                        \
    vfs_errno wasi_##name(wasi_context *context, wasi_memory memory, const uint64_t *args);
#include "wasi/calls.def"
#undef X

#endif
