/*
 * attributes.h: cleanup by scope, ownership handed on by name, hints for the compiler.
 */
#ifndef BJ_BASE_ATTRIBUTES_H
#define BJ_BASE_ATTRIBUTES_H

#include <stdlib.h>
#include <unistd.h>

/* Which sanitizer this is built with, as either compiler says it: what a few limits of processes cannot go with. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define BJ_UNDER_ASAN 1
#else
#define BJ_UNDER_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define BJ_UNDER_TSAN 1
#else
#define BJ_UNDER_TSAN 0
#endif

#define BJ_CHECK_RESULT          __attribute__((warn_unused_result))
#define BJ_PRINTF(string, first) __attribute__((format(printf, string, first)))

static inline void bj_cleanup_free(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

static inline void bj_cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Freed or closed when the variable goes out of scope. Initialise it (NULL, -1). */
#define bj_autofree  __attribute__((cleanup(bj_cleanup_free)))
#define bj_autoclose __attribute__((cleanup(bj_cleanup_close)))

/* The value of *pointer, which becomes NULL: ownership moves to whoever reads the result. */
static inline void *bj_steal_pointer(void *pointer_to_pointer)
{
    void **slot = pointer_to_pointer;
    void *value = *slot;
    *slot = NULL;
    return value;
}
#define bj_steal(pointer) ((__typeof__(*(pointer)))bj_steal_pointer(pointer))

static inline int bj_steal_fd(int *fd)
{
    int value = *fd;
    *fd = -1;
    return value;
}

#endif
