/*
 * endless.c: one call of BLAS or LAPACK that takes far longer than any test waits: what ends it is the sandbox.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int dgesdd_(char *job, int *m, int *n, double *a, int *lda, double *s, double *u, int *ldu,
            double *vt, int *ldvt, double *work, int *lwork, int *iwork, int *info);

#define N 2000

static double *matrix(size_t count)
{
    double *a = malloc(count * sizeof *a);
    for (size_t i = 0; a && i < count; i++)
        a[i] = rand() / (double)RAND_MAX;
    return a;
}

int main(int argc, char **argv)
{
    const size_t count = (size_t)N * N;
    double *a = matrix(count), *b = matrix(count), *c = matrix(count);
    printf("began\n");
    fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "svd") == 0) {
        int n = N, lwork = 9 * N * N, info;
        int *iwork = malloc(sizeof *iwork * 8 * N);
        dgesdd_("A", &n, &n, a, &n, matrix(N), b, &n, c, &n, matrix((size_t)lwork), &lwork, iwork,
                &info);
    }
    for (int turn = 0; turn < 1000; turn++)
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, N, N, N, 1, a, N, b, N, 0, c, N);
    printf("ended\n");
    return 0;
}
