/*
 * clock_ids.h: `clockid` of preview 1.
 */
#ifndef BJ_WASI_CLOCK_IDS_H
#define BJ_WASI_CLOCK_IDS_H

enum {
    WASI_CLOCK_REALTIME = 0,
    WASI_CLOCK_MONOTONIC = 1,
    WASI_CLOCK_PROCESS_CPUTIME = 2,
    WASI_CLOCK_THREAD_CPUTIME = 3
};

#endif
