/*
 * work.c: one kernel of BLAS or LAPACK in the sandbox, as often as standard input asks: a line `NAME N` is answered by the seconds
 * of one call. compare.py asks in turn with numpy.
 */
#include <cblas.h>
#include <complex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int dgesdd_(char *job, int *m, int *n, double *a, int *lda, double *s, double *u, int *ldu, double *vt, int *ldvt, double *work, int *lwork, int *iwork, int *info);
int dgesv_(int *n, int *nrhs, double *a, int *lda, int *pivots, double *b, int *ldb, int *info);
int dsyevd_(char *job, char *half, int *n, double *a, int *lda, double *w, double *work, int *lwork, int *iwork, int *liwork, int *info);
int dpotrf_(char *half, int *n, double *a, int *lda, int *info);

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *room(size_t count, size_t size)
{
    void *at = calloc(count, size);
    if (!at)
        exit(1);
    return at;
}

/* Random and, for what needs it, symmetric and positive definite. */
static double *matrix(int n)
{
    double *a = room((size_t)n * (size_t)n, sizeof *a);
    for (int j = 0; j < n; j++)
        for (int i = 0; i <= j; i++)
            a[i * n + j] = a[j * n + i] = rand() / (double)RAND_MAX;
    return a;
}

static double matmul_f64(int n)
{
    double *a = matrix(n), *b = matrix(n), *c = matrix(n);
    const double began = now();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
    const double took = now() - began;
    free(a), free(b), free(c);
    return took;
}

static double matmul_f32(int n)
{
    const size_t count = (size_t)n * (size_t)n;
    float *a = room(count, 4), *b = room(count, 4), *c = room(count, 4);
    for (size_t i = 0; i < count; i++)
        a[i] = b[i] = (float)rand() / (float)RAND_MAX;
    const double began = now();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
    const double took = now() - began;
    free(a), free(b), free(c);
    return took;
}

static double matmul_c128(int n)
{
    const size_t count = (size_t)n * (size_t)n;
    double complex *a = room(count, 16), *b = room(count, 16), *c = room(count, 16), one = 1, zero = 0;
    for (size_t i = 0; i < count; i++)
        a[i] = b[i] = rand() / (double)RAND_MAX + I;
    const double began = now();
    cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, &one, a, n, b, n, &zero, c, n);
    const double took = now() - began;
    free(a), free(b), free(c);
    return took;
}

static double lapack(const char *name, int n)
{
    int lwork = 8 * n * n + 100 * n, liwork = 20 * n, info, ld = n;
    double *a = matrix(n), *u = matrix(n), *vt = matrix(n), *work = room((size_t)lwork, 8),
           *s = room((size_t)n, 8);
    int *iwork = room((size_t)liwork, sizeof *iwork);
    if (strcmp(name, "svd") != 0)
        for (int i = 0; i < n; i++)
            a[i * n + i] += n;
    memset(u, 0, (size_t)n * (size_t)n * 8);
    for (int i = 0; i < n; i++)
        u[i * n + i] = 1;
    const double began = now();
    if (strcmp(name, "svd") == 0)
        dgesdd_("A", &n, &n, a, &ld, s, u, &ld, vt, &ld, work, &lwork, iwork, &info);
    else if (strcmp(name, "inv") == 0)
        dgesv_(&n, &n, a, &ld, iwork, u, &ld, &info);
    else if (strcmp(name, "eigh") == 0)
        dsyevd_("V", "L", &n, a, &ld, s, work, &lwork, iwork, &liwork, &info);
    else
        dpotrf_("L", &n, a, &ld, &info);
    const double took = now() - began;
    free(a), free(u), free(vt), free(work), free(s), free(iwork);
    return took;
}

int main(void)
{
    char name[32];
    int n;
    while (scanf("%31s %d", name, &n) == 2) {
        double took;
        if (strcmp(name, "matmul-f64") == 0)
            took = matmul_f64(n);
        else if (strcmp(name, "matmul-f32") == 0)
            took = matmul_f32(n);
        else if (strcmp(name, "matmul-c128") == 0)
            took = matmul_c128(n);
        else
            took = lapack(name, n);
        printf("%.9f\n", took);
        fflush(stdout);
    }
    return 0;
}
