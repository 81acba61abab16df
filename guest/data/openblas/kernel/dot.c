/*
 * dot.c: x . y for real vectors.
 */
#include "level1.h"

#ifdef DSDOT
#define SUM double
#else
#define SUM FLOAT
#endif

static SUM side_by_side(BLASLONG n, const FLOAT *x, const FLOAT *y)
{
    ANY_ORDER
    SUM sum = 0;
    VECTORS
    for (BLASLONG i = 0; i < n; i++)
        sum += (SUM)x[i] * (SUM)y[i];
    return sum;
}

SUM CNAME(BLASLONG n, FLOAT *x, BLASLONG inc_x, FLOAT *y, BLASLONG inc_y)
{
    if (inc_x == 1 && inc_y == 1)
        return side_by_side(n, x, y);
    SUM sum = 0;
    for (BLASLONG i = 0; i < n; i++)
        sum += (SUM)x[i * inc_x] * (SUM)y[i * inc_y];
    return sum;
}
