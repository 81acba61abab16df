/*
 * wait.h: the only place where a call waits. Every wait ends by the sandbox's deadline and by
 * wasi_interrupt.
 */
#ifndef BJ_WASI_WAIT_H
#define BJ_WASI_WAIT_H

#include "wasi/context.h"

typedef enum wasi_waited {
    WASI_WAITED_READY, /* the descriptor has something, or has ended */
    WASI_WAITED_TIME,  /* `until_ns` has come */
    WASI_WAITED_STOP   /* the guest must not go on: `stop` says why */
} wasi_waited;

/* Waits for input on the host descriptor `fd` (-1: none), until `until_ns` of the host's monotonic clock
 * (UINT64_MAX: no end but the deadline). */
wasi_waited wasi_wait(wasi_context *context, int fd, uint64_t until_ns) BJ_CHECK_RESULT;

/* For loops over much data: false, and `stop` set, once the deadline has passed or an interrupt came. */
bool wasi_may_go_on(wasi_context *context) BJ_CHECK_RESULT;

#endif
