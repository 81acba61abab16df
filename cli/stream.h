/*
 * stream.h: the guest's output on its way to our stdout and stderr, as it comes.
 */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "belljar.h"
#include "screen.h"

/* Used by the thread that runs the guest. */
typedef struct stream {
    bj_sandbox *box;      /* interrupted when its output has nowhere to go; NULL for none */
    uint64_t deadline_ns; /* of CLOCK_MONOTONIC: no waiting for a slow reader after it */
    int failure;          /* errno of the write that failed, or 0; nothing is written after it */
    int failed_fd;
    bool open_line;       /* the last byte written was not a newline */
    bool raw;             /* a terminal gets it as the guest wrote it */
    screen_text shown[2]; /* of stdout and stderr, where that is a terminal */
} stream;

/* Ready for a run of `box` that may take `wall_ms`. A failure of before is kept. */
void stream_begin(stream *s, bj_sandbox *box, uint64_t wall_ms);

/* A bj_output_fn; `user` is the stream. What a reader has not taken by the deadline, or when a signal
 * came, is dropped: the guest is ending then. A terminal is shown what it would obey (screen.h), unless `raw`; what is no
 * terminal gets every byte. */
void stream_output(void *user, bj_stream which, const char *bytes, size_t size);

/* After the run: what is left of a character that was begun. */
void stream_end(stream *s);

/* The exit status of a failed stream, after a message where one is due; CLI_OK when all went well. */
int stream_status(const stream *s);

#endif
