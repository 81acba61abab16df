/*
 * lapack.c: runs in the sandbox: the routines of LAPACK that numpy stands on, of all four types, on plain, graded and
 * singular matrices.
 */
#include "check.h"

#include <float.h>

int failures;
long checks;

typedef double _Complex Z;

/* What kinds of matrices there are: plain ones; rows over 12 orders of magnitude; a rank of half the order. */
enum { PLAIN, GRADED, SINGULAR, KINDS };

#define T float
#define R float
#define NAME(routine) s_##routine
#define F(routine) F_(s, routine)
#define F_(letter, routine) F__(letter, routine)
#define F__(letter, routine) letter##routine##_
#define COMPLEX 0
#define EPS FLT_EPSILON
#include "lapack_of.h"

#define T double
#define R double
#define NAME(routine) d_##routine
#define F(routine) F_(d, routine)
#define COMPLEX 0
#define EPS DBL_EPSILON
#include "lapack_of.h"

#define T float _Complex
#define R float
#define NAME(routine) c_##routine
#define F(routine) F_(c, routine)
#define COMPLEX 1
#define EPS FLT_EPSILON
#include "lapack_of.h"

#define T double _Complex
#define R double
#define NAME(routine) z_##routine
#define F(routine) F_(z, routine)
#define COMPLEX 1
#define EPS DBL_EPSILON
#include "lapack_of.h"

int main(void)
{
    s_all();
    d_all();
    c_all();
    z_all();
    printf("%ld checks, %d failures\n%s", checks, failures, failures ? "" : "ok\n");
    return failures != 0;
}
