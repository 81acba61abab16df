/*
 * error.h: filling the caller's bj_error.
 */
#ifndef BJ_BASE_ERROR_H
#define BJ_BASE_ERROR_H

#include "base/attributes.h"
#include "belljar.h"

/* Fills *err (which may be NULL) and returns -1, so that `return bj_fail(err, …)` reads well. */
int bj_fail(bj_error *err, bj_error_code code, const char *format, ...) BJ_PRINTF(3, 4);

/* The same for a system call: takes errno and appends its text. Codes: BJ_ERROR_MEMORY for ENOMEM,
 * BJ_ERROR_IO for the rest. */
int bj_fail_errno(bj_error *err, const char *format, ...) BJ_PRINTF(2, 3);

/* BJ_ERROR_MEMORY. */
int bj_fail_memory(bj_error *err);

#endif
