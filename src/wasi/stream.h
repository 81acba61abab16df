/*
 * stream.h: stdin, stdout and stderr.
 *
 * All three are of file type `unknown`, also where the host's stdin is a terminal: wasi-libc's isatty
 * then says no, and a guest behaves the same wherever it is run. (`character_device` without the rights
 * to seek would say yes: colours, prompts and line buffering, in output that is captured.)
 */
#ifndef BJ_WASI_STREAM_H
#define BJ_WASI_STREAM_H

#include "wasi/context.h"

/* At most `size` bytes from stdin; *moved 0 is its end. Waits for the host's descriptor as wasi_wait
 * does; EAGAIN instead when `flags` has NONBLOCK. */
vfs_errno wasi_stream_read(wasi_context *context, unsigned flags, void *bytes, size_t size,
                           size_t *moved) BJ_CHECK_RESULT;

/* Keeps what output_bytes still allows and hands it on; crosses the limit with the rest. */
vfs_errno wasi_stream_write(wasi_context *context, bj_stream stream, const void *bytes, size_t size,
                            size_t *moved) BJ_CHECK_RESULT;

/* The host's descriptor if reading from stdin may have to wait for it, else -1. */
int wasi_stream_waits_for(const wasi_context *context);

/* Bytes that stdin holds ready; 1 if that is not known. */
uint64_t wasi_stream_ready(const wasi_context *context);

#endif
