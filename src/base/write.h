/*
 * write.h: writing to files of the host. A process that writes beyond RLIMIT_FSIZE gets a signal that ends it (SIGXFSZ); the
 * process is the caller's, and so is what it does about signals. So the signal is held back on this thread while it
 * writes, and taken away where it came of that: what is left is the error EFBIG. Any thread.
 */
#ifndef BJ_BASE_WRITE_H
#define BJ_BASE_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* All `size` bytes, where the file stands. 0, or -1 and errno. */
int bj_write_all(int fd, const void *bytes, size_t size) BJ_CHECK_RESULT;

/* Makes the file `end` bytes long, at most INT64_MAX, a hole where it was shorter; it stands there then. 0, or -1 and errno. */
int bj_write_hole(int fd, uint64_t end) BJ_CHECK_RESULT;

#endif
