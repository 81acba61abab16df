/*
 * gemv_t.c: y += alpha * A' * x for real A, two columns at a time, so that x is read half as often.
 */
#include "level1.h"

static void two(BLASLONG m, const FLOAT *a, BLASLONG lda, const FLOAT *x, FLOAT sums[2])
{
    ANY_ORDER
    FLOAT first = 0, second = 0;
    const FLOAT *a1 = a + lda;
    _Pragma("clang loop vectorize(enable) interleave_count(2)") for (BLASLONG i = 0; i < m; i++)
    {
        first += a[i] * x[i];
        second += a1[i] * x[i];
    }
    sums[0] = first;
    sums[1] = second;
}

static FLOAT one(BLASLONG m, const FLOAT *a, const FLOAT *x)
{
    ANY_ORDER
    FLOAT sum = 0;
    VECTORS
    for (BLASLONG i = 0; i < m; i++)
        sum += a[i] * x[i];
    return sum;
}

int CNAME(BLASLONG m, BLASLONG n, BLASLONG dummy1, FLOAT alpha, FLOAT *a, BLASLONG lda, FLOAT *x,
          BLASLONG inc_x, FLOAT *y, BLASLONG inc_y, FLOAT *buffer)
{
    BLASLONG j = 0;
    if (inc_x == 1) {
        for (; j + 2 <= n; j += 2) {
            FLOAT sums[2];
            two(m, a + j * lda, lda, x, sums);
            y[j * inc_y] += alpha * sums[0];
            y[(j + 1) * inc_y] += alpha * sums[1];
        }
        for (; j < n; j++)
            y[j * inc_y] += alpha * one(m, a + j * lda, x);
        return 0;
    }
    for (; j < n; j++) {
        FLOAT sum = 0;
        for (BLASLONG i = 0; i < m; i++)
            sum += a[j * lda + i] * x[i * inc_x];
        y[j * inc_y] += alpha * sum;
    }
    return 0;
}
