/*
 * throw.c: C++ exceptions, which Debian's runtime for wasm32 is built without: to throw one ends the run.
 * TODO(16): goes when packages are compiled with exceptions.
 */
#include <stdio.h>
#include <stdlib.h>

void *__cxa_allocate_exception(size_t size)
{
    return malloc(size);
}

void __cxa_free_exception(void *exception)
{
    free(exception);
}

_Noreturn void __cxa_throw(void *exception, void *type, void *destroy)
{
    fputs("a C++ exception was thrown\n", stderr);
    abort();
}

_Noreturn void __cxa_rethrow(void)
{
    abort();
}

void *__cxa_begin_catch(void *exception)
{
    return exception;
}

void __cxa_end_catch(void)
{
}

void *__cxa_get_exception_ptr(void *exception)
{
    return exception;
}
