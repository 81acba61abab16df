/*
 * memory.c: the working memory of OpenBLAS, in the place of its own memory.c. BLAS has no way to say that
 * memory ran out, so nothing is allocated: the two buffers are part of the module. They cost no memory
 * before they are written. One is in use by a call; the second is for a call that is made inside another.
 */
#include "common.h"

#define BUFFERS 2

static __attribute__((aligned(4096))) char buffers[BUFFERS][BUFFER_SIZE];
static int used;

/* Calls end in the reverse order of their beginning. A third call inside has no buffer, and none is made:
 * only BLAS calls BLAS here, at most once. */
void *blas_memory_alloc(int procpos)
{
    if (used == BUFFERS)
        __builtin_trap();
    return buffers[used++];
}

void blas_memory_free(void *buffer)
{
    used--;
}

void *blas_memory_alloc_nolock(int procpos)
{
    return blas_memory_alloc(procpos);
}

void blas_memory_free_nolock(void *buffer)
{
    blas_memory_free(buffer);
}

void blas_shutdown(void) {}

int blas_get_cpu_number(void)
{
    return 1;
}

int openblas_get_num_procs(void)
{
    return 1;
}
