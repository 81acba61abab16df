/*
 * xerbla.c: a wrong argument. Nothing is printed: whoever wants to know defines xerbla_ (numpy does, and
 * raises ValueError), with the two arguments that C programs give it.
 */
#include "common.h"

int xerbla_(char *name, blasint *info);

__attribute__((weak)) int xerbla_(char *name, blasint *info)
{
    return 0;
}

/* What OpenBLAS calls: it adds the length of the name, as Fortran does. */
int belljar_xerbla(char *name, blasint *info, blasint length)
{
    return xerbla_(name, info);
}
