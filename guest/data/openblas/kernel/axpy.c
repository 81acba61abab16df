/*
 * axpy.c: y += alpha * x for real vectors.
 */
#include "level1.h"

int CNAME(BLASLONG n, BLASLONG dummy0, BLASLONG dummy1, FLOAT alpha, FLOAT *x, BLASLONG inc_x,
          FLOAT *y, BLASLONG inc_y, FLOAT *dummy, BLASLONG dummy2)
{
    if (alpha == 0)
        return 0;
    if (inc_x == 1 && inc_y == 1) {
        VECTORS
        for (BLASLONG i = 0; i < n; i++)
            y[i] += alpha * x[i];
        return 0;
    }
    for (BLASLONG i = 0; i < n; i++)
        y[i * inc_y] += alpha * x[i * inc_x];
    return 0;
}
