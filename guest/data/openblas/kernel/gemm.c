/*
 * gemm.c: C += alpha * A * B of packed panels (and, for triangular products, C = alpha * A * B of a part of
 * them), by tiles. OpenBLAS compiles it once for each precision, for real and complex, and for each way in
 * which a triangle or a conjugate takes part, with macros of its own.
 */
#include "common.h"

#ifdef DOUBLE
#define TILE belljar_dgemm_tile
#else
#define TILE belljar_sgemm_tile
#endif

void TILE(long k, const FLOAT *a, const FLOAT *b, FLOAT *sums);

/* The full tile in real numbers, for whoever gives it a panel of that width. */
#define ROWS (GEMM_UNROLL_M * COMPSIZE)
#define COLUMNS (GEMM_UNROLL_N * COMPSIZE)

/* A tile at an edge: panels get narrower by halves. The sizes are constants, so that the sums are registers. */
static inline __attribute__((always_inline)) void edge(long rows, long columns, BLASLONG k,
                                                       const FLOAT *a, const FLOAT *b, FLOAT *sums)
{
    FLOAT sum[COLUMNS][ROWS] = {{0}};
    for (; k > 0; k--) {
        _Pragma("clang loop unroll(full)") for (long j = 0; j < columns; j++)
            _Pragma("clang loop unroll(full)") for (long i = 0; i < rows; i++)
                sum[j][i] += a[i] * b[j];
        a += rows;
        b += columns;
    }
    for (long j = 0; j < columns; j++)
        for (long i = 0; i < rows; i++)
            sums[j * rows + i] = sum[j][i];
}

#define SIZES(rows, columns) ((rows) * 16 + (columns))
#define EDGE(rows, columns)                                                                        \
    case SIZES(rows, columns):                                                                     \
        edge(rows, columns, k, a, b, sums);                                                        \
        return;

static __attribute__((noinline)) void edges(long rows, long columns, BLASLONG k, const FLOAT *a,
                                            const FLOAT *b, FLOAT *sums)
{
    switch (SIZES(rows, columns)) {
#if !defined(DOUBLE)
        EDGE(8, 2)
#if !defined(COMPLEX)
        EDGE(8, 1)
#endif
#endif
        EDGE(4, 4)
        EDGE(4, 2)
        EDGE(2, 4)
        EDGE(2, 2)
#if !defined(COMPLEX)
        EDGE(4, 1)
        EDGE(2, 1)
        EDGE(1, 4)
        EDGE(1, 2)
        EDGE(1, 1)
#endif
    default:
        __builtin_unreachable();
    }
}

static inline void product(long rows, long columns, BLASLONG k, const FLOAT *a, const FLOAT *b,
                           FLOAT *sums)
{
    if (rows == ROWS && columns == COLUMNS)
        TILE(k, a, b, sums);
    else
        edges(rows, columns, k, a, b, sums);
}

#ifdef TRMMKERNEL
#define INTO(c, value) (c) = (value)
#else
#define INTO(c, value) (c) += (value)
#endif

#ifdef COMPLEX
/* Which of A and B is conjugated, in OpenBLAS's letters. */
#if defined(RN) || defined(RT) || defined(CN) || defined(CT) || defined(RR) || defined(RC) ||      \
    defined(CR) || defined(CC)
#define A_SIGN -
#else
#define A_SIGN +
#endif
#if defined(NR) || defined(NC) || defined(TR) || defined(TC) || defined(RR) || defined(RC) ||      \
    defined(CR) || defined(CC)
#define B_SIGN -
#else
#define B_SIGN +
#endif

typedef struct {
    FLOAT re, im;
} factor;

static inline __attribute__((always_inline)) void put(long rows, long columns, factor alpha,
                                                      const FLOAT *sums, FLOAT *c, BLASLONG ldc)
{
    for (long j = 0; j < columns; j += 2)
        for (long i = 0; i < rows; i += 2) {
            const FLOAT *by_re = sums + j * rows + i, *by_im = by_re + rows;
            const FLOAT re = by_re[0] - (A_SIGN(B_SIGN by_im[1]));
            const FLOAT im = (A_SIGN by_re[1]) + (B_SIGN by_im[0]);
            FLOAT *to = c + (j / 2) * ldc * 2 + i;
            INTO(to[0], alpha.re * re - alpha.im * im);
            INTO(to[1], alpha.re * im + alpha.im * re);
        }
}
#else
typedef FLOAT factor;

static inline __attribute__((always_inline)) void put(long rows, long columns, factor alpha,
                                                      const FLOAT *sums, FLOAT *c, BLASLONG ldc)
{
    for (long j = 0; j < columns; j++)
        for (long i = 0; i < rows; i++)
            INTO(c[j * ldc + i], alpha * sums[j * rows + i]);
}
#endif

/* The largest power of two that still fits, as the packing made it. */
static inline BLASLONG width(BLASLONG left, BLASLONG most)
{
    while (most > left)
        most /= 2;
    return most;
}

static inline void tile(long rows, long columns, BLASLONG k, factor alpha, const FLOAT *a,
                        const FLOAT *b, FLOAT *c, BLASLONG ldc)
{
    FLOAT sums[ROWS * COLUMNS];
    product(rows, columns, k, a, b, sums);
    if (rows == ROWS && columns == COLUMNS)
        put(ROWS, COLUMNS, alpha, sums, c, ldc);
    else
        put(rows, columns, alpha, sums, c, ldc);
}

int CNAME(BLASLONG bm, BLASLONG bn, BLASLONG bk,
#ifdef COMPLEX
          FLOAT alpha_re, FLOAT alpha_im,
#else
          FLOAT alpha,
#endif
          FLOAT *ba, FLOAT *bb, FLOAT *c, BLASLONG ldc
#ifdef TRMMKERNEL
          ,
          BLASLONG offset
#endif
)
{
#ifdef COMPLEX
    const factor alpha = {alpha_re, alpha_im};
#endif
#if defined(TRMMKERNEL) && !defined(LEFT)
    BLASLONG off = -offset;
#endif
    for (BLASLONG j = 0, n; j < bn; j += n) {
        n = width(bn - j, GEMM_UNROLL_N);
#if defined(TRMMKERNEL) && defined(LEFT)
        BLASLONG off = offset;
#endif
        for (BLASLONG i = 0, m; i < bm; i += m) {
            m = width(bm - i, GEMM_UNROLL_M);
            /* Which part of the sum a triangle leaves. */
            BLASLONG from = 0, to = bk;
#ifdef TRMMKERNEL
#if defined(LEFT) == defined(TRANSA)
#ifdef LEFT
            to = off + m;
#else
            to = off + n;
#endif
#else
            from = off;
#endif
#endif
            tile(m * COMPSIZE, n * COMPSIZE, to - from, alpha, ba + (i * bk + from * m) * COMPSIZE,
                 bb + (j * bk + from * n) * COMPSIZE, c + (j * ldc + i) * COMPSIZE, ldc);
#if defined(TRMMKERNEL) && defined(LEFT)
            off += m;
#endif
        }
#if defined(TRMMKERNEL) && !defined(LEFT)
        off += n;
#endif
    }
    return 0;
}
