/*
 * nrm2.c: the length of a vector, real or complex. The plain sum of squares is right wherever it is neither very
 * large nor very small; else the elements are scaled by the largest first.
 */
#include <float.h>
#include <math.h>

#include "level1.h"

#ifdef DOUBLE
#define ABS fabs
#define SQRT sqrt
#define LEAST (DBL_MIN / DBL_EPSILON / DBL_EPSILON)
#define MOST (DBL_MAX * DBL_EPSILON)
#else
#define ABS fabsf
#define SQRT sqrtf
#define LEAST (FLT_MIN / FLT_EPSILON / FLT_EPSILON)
#define MOST (FLT_MAX * FLT_EPSILON)
#endif

/* All parts of n elements, inc apart. */
static FLOAT squares(BLASLONG n, const FLOAT *x, BLASLONG inc)
{
    ANY_ORDER
    FLOAT sum = 0;
    if (inc == 1) {
        VECTORS
        for (BLASLONG i = 0; i < n * COMPSIZE; i++)
            sum += x[i] * x[i];
        return sum;
    }
    for (BLASLONG i = 0; i < n; i++)
        for (BLASLONG part = 0; part < COMPSIZE; part++)
            sum += x[i * inc * COMPSIZE + part] * x[i * inc * COMPSIZE + part];
    return sum;
}

static FLOAT scaled(BLASLONG n, const FLOAT *x, BLASLONG inc)
{
    FLOAT largest = 0, sum = 0;
    for (BLASLONG i = 0; i < n; i++)
        for (BLASLONG part = 0; part < COMPSIZE; part++) {
            const FLOAT size = ABS(x[i * inc * COMPSIZE + part]);
            if (isnan(size))
                return size;
            if (size > largest)
                largest = size;
        }
    if (largest == 0 || isinf(largest))
        return largest;
    for (BLASLONG i = 0; i < n; i++)
        for (BLASLONG part = 0; part < COMPSIZE; part++) {
            const FLOAT size = x[i * inc * COMPSIZE + part] / largest;
            sum += size * size;
        }
    return largest * SQRT(sum);
}

FLOAT CNAME(BLASLONG n, FLOAT *x, BLASLONG inc)
{
    if (n <= 0 || inc == 0)
        return 0;
    const FLOAT sum = squares(n, x, inc);
    if (sum > LEAST && sum < MOST)
        return SQRT(sum);
    return scaled(n, x, inc);
}
