/*
 * gemv_n.c: y += alpha * A * x for real A, four columns at a time, so that y is read and written a quarter as often.
 */
#include "level1.h"

static void four(BLASLONG m, const FLOAT *restrict a, BLASLONG lda, const FLOAT by[4],
                 FLOAT *restrict y)
{
    const FLOAT *restrict a1 = a + lda, *restrict a2 = a1 + lda, *restrict a3 = a2 + lda;
    const FLOAT x0 = by[0], x1 = by[1], x2 = by[2], x3 = by[3];
    _Pragma("clang loop vectorize(enable) interleave_count(2)") for (BLASLONG i = 0; i < m; i++)
        y[i] += (a[i] * x0 + a1[i] * x1) + (a2[i] * x2 + a3[i] * x3);
}

static void one(BLASLONG m, const FLOAT *restrict a, FLOAT by, FLOAT *restrict y)
{
    VECTORS
    for (BLASLONG i = 0; i < m; i++)
        y[i] += a[i] * by;
}

int CNAME(BLASLONG m, BLASLONG n, BLASLONG dummy1, FLOAT alpha, FLOAT *a, BLASLONG lda, FLOAT *x,
          BLASLONG inc_x, FLOAT *y, BLASLONG inc_y, FLOAT *buffer)
{
    BLASLONG j = 0;
    if (inc_y == 1) {
        for (; j + 4 <= n; j += 4) {
            const FLOAT by[4] = {alpha * x[j * inc_x], alpha * x[(j + 1) * inc_x],
                                 alpha * x[(j + 2) * inc_x], alpha * x[(j + 3) * inc_x]};
            four(m, a + j * lda, lda, by, y);
        }
        for (; j < n; j++)
            one(m, a + j * lda, alpha * x[j * inc_x], y);
        return 0;
    }
    for (; j < n; j++) {
        const FLOAT by = alpha * x[j * inc_x];
        for (BLASLONG i = 0; i < m; i++)
            y[i * inc_y] += a[j * lda + i] * by;
    }
    return 0;
}
