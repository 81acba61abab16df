/*
 * scal.c: x *= alpha for real vectors. With alpha = 0 OpenBLAS asks for one of two things: plain zeros, or
 * (keep_nan) what multiplication gives.
 */
#include "level1.h"

int CNAME(BLASLONG n, BLASLONG dummy0, BLASLONG dummy1, FLOAT alpha, FLOAT *x, BLASLONG inc_x,
          FLOAT *y, BLASLONG inc_y, FLOAT *dummy, BLASLONG keep_nan)
{
    if (inc_x <= 0)
        return 0;
    if (alpha == 0 && keep_nan != 1) {
        for (BLASLONG i = 0; i < n; i++)
            x[i * inc_x] = 0;
    } else if (inc_x == 1) {
        VECTORS
        for (BLASLONG i = 0; i < n; i++)
            x[i] *= alpha;
    } else {
        for (BLASLONG i = 0; i < n; i++)
            x[i * inc_x] *= alpha;
    }
    return 0;
}
