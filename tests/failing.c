/*
 * failing.c: see failing.h. Counters are atomic: what is tested may have threads.
 */
#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint count, first;
static atomic_bool for_good, failed;

void failing_begin(unsigned n, bool and_all_after)
{
    atomic_store(&count, 0);
    atomic_store(&failed, false);
    atomic_store(&for_good, and_all_after);
    atomic_store(&first, n);
}

bool failing_end(void)
{
    atomic_store(&first, 0);
    return atomic_load(&failed);
}

unsigned failing_count(void)
{
    return atomic_load(&count);
}

static bool may_allocate(void)
{
    const unsigned fails = atomic_load(&first);
    if (fails == 0)
        return true;
    const unsigned number = atomic_fetch_add(&count, 1) + 1;
    if (number < fails || (number > fails && !atomic_load(&for_good)))
        return true;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return false;
}

void *failing_malloc(size_t size);
void *failing_calloc(size_t count_of, size_t size);
void *failing_realloc(void *old, size_t size);
char *failing_strdup(const char *text);
char *failing_strndup(const char *text, size_t size);
char *failing_realpath(const char *path, char *resolved);
DIR *failing_fdopendir(int fd);
__attribute__((format(printf, 2, 3))) int failing_asprintf(char **text, const char *format, ...);
__attribute__((format(printf, 3, 4))) int failing___asprintf_chk(char **text, int flags,
                                                                 const char *format, ...);

void *failing_malloc(size_t size)
{
    return may_allocate() ? malloc(size) : NULL;
}

void *failing_calloc(size_t count_of, size_t size)
{
    return may_allocate() ? calloc(count_of, size) : NULL;
}

void *failing_realloc(void *old, size_t size)
{
    return may_allocate() ? realloc(old, size) : NULL;
}

char *failing_strdup(const char *text)
{
    return may_allocate() ? strdup(text) : NULL;
}

char *failing_strndup(const char *text, size_t size)
{
    return may_allocate() ? strndup(text, size) : NULL;
}

char *failing_realpath(const char *path, char *resolved)
{
    return may_allocate() ? realpath(path, resolved) : NULL;
}

DIR *failing_fdopendir(int fd)
{
    return may_allocate() ? fdopendir(fd) : NULL;
}

int failing_asprintf(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int size = may_allocate() ? vasprintf(text, format, args) : -1;
    va_end(args);
    return size;
}

/* What asprintf is called under _FORTIFY_SOURCE. */
int failing___asprintf_chk(char **text, int flags, const char *format, ...)
{
    va_list args;
    (void)flags;
    va_start(args, format);
    const int size = may_allocate() ? vasprintf(text, format, args) : -1;
    va_end(args);
    return size;
}
