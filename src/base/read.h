/*
 * read.h: reading from files of the host. Any thread.
 */
#ifndef BJ_BASE_READ_H
#define BJ_BASE_READ_H

#include <stddef.h>
#include <sys/types.h>

#include "base/attributes.h"

/* As many of `size` bytes as there are from `at` on; a file that ends before gives less. How many, or -1 and errno. */
ssize_t bj_read_at(int fd, void *to, size_t size, off_t at) BJ_CHECK_RESULT;

#endif
