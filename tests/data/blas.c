/*
 * blas.c: runs in the sandbox: BLAS of all four types beside plain loops.
 */
#include "check.h"

#include <cblas.h>
#include <float.h>

int failures;
long checks;

typedef double _Complex Z;

#define T float
#define NAME(routine) s_##routine
#define CBLAS(routine) cblas_s##routine
#define NORM(routine) cblas_s##routine
#define COMPLEX 0
#define EPS FLT_EPSILON
#define HUGEST (FLT_MAX / 2)
#define TINIEST FLT_MIN
#include "blas_of.h"

#define T double
#define NAME(routine) d_##routine
#define CBLAS(routine) cblas_d##routine
#define NORM(routine) cblas_d##routine
#define COMPLEX 0
#define EPS DBL_EPSILON
#define HUGEST (DBL_MAX / 2)
#define TINIEST DBL_MIN
#include "blas_of.h"

#define T float _Complex
#define NAME(routine) c_##routine
#define CBLAS(routine) cblas_c##routine
#define NORM(routine) cblas_sc##routine
#define COMPLEX 1
#define EPS FLT_EPSILON
#define HUGEST (FLT_MAX / 2)
#define TINIEST FLT_MIN
#include "blas_of.h"

#define T double _Complex
#define NAME(routine) z_##routine
#define CBLAS(routine) cblas_z##routine
#define NORM(routine) cblas_dz##routine
#define COMPLEX 1
#define EPS DBL_EPSILON
#define HUGEST (DBL_MAX / 2)
#define TINIEST DBL_MIN
#include "blas_of.h"

/* A wrong argument comes back as a report, and nothing is done; numpy makes an exception of it. */
static int wrong;

int xerbla_(char *name, int *info);

int xerbla_(char *name, int *info)
{
    (void)name;
    wrong = *info;
    return 0;
}

static void arguments(void)
{
    double x[4] = {1, 2, 3, 4};
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, -1, 2, 2, 1, x, 2, x, 2, 0, x, 2);
    CHECK(wrong != 0 && x[0] == 1, "dgemm takes a size of -1");
}

int main(void)
{
    arguments();
    s_all();
    d_all();
    c_all();
    z_all();
    printf("%ld checks, %d failures\n%s", checks, failures, failures ? "" : "ok\n");
    return failures != 0;
}
