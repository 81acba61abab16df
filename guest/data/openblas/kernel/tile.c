/*
 * tile.c: the innermost loop of all matrix products: one tile of C from a panel of A and a panel of B, in plain
 * SIMD. Compiled twice: for double (4 rows) and, with SINGLE, for float (8 rows); 4 columns each. A complex
 * product is the same tile over real and imaginary parts (gemm.c puts them together), so this is all there is.
 *
 * The form is made for Cranelift, which moves an operation without effects to where its result is used: in a
 * long straight line all loads of A and B come first and are spilled. A step of k that ends in a branch to the
 * exit keeps the sums in registers, since they are arguments of the exit's block. Interruption saves all live
 * vectors at the head of a loop, so a turn of the loop is 32 steps.
 */
#include <wasm_simd128.h>

#ifdef SINGLE
#define NAME belljar_sgemm_tile
#define REAL float
#define LANES 4
#define ADD wasm_f32x4_add
#define MUL wasm_f32x4_mul
#define SPLAT(from) wasm_f32x4_splat(*(from))
#else
#define NAME belljar_dgemm_tile
#define REAL double
#define LANES 2
#define ADD wasm_f64x2_add
#define MUL wasm_f64x2_mul
#define SPLAT(from) wasm_f64x2_splat(*(from))
#endif

#define ROWS (2 * LANES)
#define COLUMNS 4

#define COLUMN(u, j)                                                                               \
    b0 = SPLAT(b + (u) * COLUMNS + (j));                                                           \
    c0##j = ADD(c0##j, MUL(a0, b0));                                                               \
    c1##j = ADD(c1##j, MUL(a1, b0));

#define STEP(u)                                                                                    \
    a0 = wasm_v128_load(a + (u) * ROWS);                                                           \
    a1 = wasm_v128_load(a + (u) * ROWS + LANES);                                                   \
    COLUMN(u, 0)                                                                                   \
    COLUMN(u, 1)                                                                                   \
    COLUMN(u, 2)                                                                                   \
    COLUMN(u, 3)                                                                                   \
    if (--k == 0)                                                                                  \
        goto done;

#define STEPS4(u) STEP(u) STEP((u) + 1) STEP((u) + 2) STEP((u) + 3)
#define STEPS16(u) STEPS4(u) STEPS4((u) + 4) STEPS4((u) + 8) STEPS4((u) + 12)
#define STEPS 32

#define STORE(j)                                                                                   \
    wasm_v128_store(sums + (j) * ROWS, c0##j);                                                     \
    wasm_v128_store(sums + (j) * ROWS + LANES, c1##j);

/* sums[j * ROWS + i] = the sum over k of a[k * ROWS + i] * b[k * COLUMNS + j]. */
void NAME(long k, const REAL *a, const REAL *b, REAL *sums)
{
    v128_t c00 = {0}, c01 = {0}, c02 = {0}, c03 = {0};
    v128_t c10 = {0}, c11 = {0}, c12 = {0}, c13 = {0};
    v128_t a0, a1, b0;
    if (k <= 0)
        goto done;
    for (;;) {
        STEPS16(0)
        STEPS16(16)
        a += STEPS * ROWS;
        b += STEPS * COLUMNS;
    }
done:
    STORE(0)
    STORE(1)
    STORE(2)
    STORE(3)
}
