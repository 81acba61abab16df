/*
 * sized.h: structs of callers, who may know fewer fields than this library, or more.
 *
 * Such a struct begins with `size_t size`: as large as the caller's header says. Fields are added at its end only, so
 * that a smaller struct is the beginning of a larger one. What a caller does not know has its default; what this
 * library does not know must be zero, which asks for nothing (as in openat2 and clone3 of Linux). belljar.h, "Growth".
 */
#ifndef BJ_BASE_SIZED_H
#define BJ_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "belljar.h"

/* How large a struct was when `last` was its last field: in release 0.1, whatever has been added since. */
#define BJ_SIZE_TO(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* Sets up a caller's struct of `size` bytes from this library's defaults: no byte beyond `size` is touched. */
void bj_sized_init(void *callers, size_t size, const void *defaults, size_t own_size);

/* Takes over what the caller has set: `own` holds the defaults, and its own size afterwards. `least` is the size in 0.1, `type` the
 * struct's name for messages. 0, or -1: BJ_ERROR_ARGUMENT (it was never set up), _UNSUPPORTED (it uses a field that is not known here). */
int bj_sized_read(void *own, size_t own_size, const void *callers, size_t least, const char *type,
                  bj_error *err) BJ_CHECK_RESULT;

/* Fills as much of a caller's struct as both know, says in its size how much that is, and sets the rest to zero. False: it has
 * no room for its size, or was never given one. */
bool bj_sized_write(void *callers, const void *own, size_t own_size);

#endif
