/*
 * rot.c: a plane rotation of two real vectors.
 */
#include "level1.h"

int CNAME(BLASLONG n, FLOAT *x, BLASLONG inc_x, FLOAT *y, BLASLONG inc_y, FLOAT c, FLOAT s)
{
    if (inc_x == 1 && inc_y == 1) {
        VECTORS
        for (BLASLONG i = 0; i < n; i++) {
            const FLOAT left = x[i], right = y[i];
            x[i] = c * left + s * right;
            y[i] = c * right - s * left;
        }
        return 0;
    }
    for (BLASLONG i = 0; i < n; i++) {
        const FLOAT left = x[i * inc_x], right = y[i * inc_y];
        x[i * inc_x] = c * left + s * right;
        y[i * inc_y] = c * right - s * left;
    }
    return 0;
}
