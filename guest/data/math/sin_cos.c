/*
 * sin_cos.c: sine and cosine of every element. Those below LARGEST, without branches: x = k pi/2 + r + tail, where pi/2 has three
 * parts, of which k times the first two is exact; the polynomials are fdlibm's. A block with a larger element, or with none that is
 * a number, goes to the C library.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "loops.h"

/* Here k has 17 bits, and 33 + 17 bits of a product are exact. */
#define LARGEST 1e5
#define BLOCK   256

static inline double select_bits(uint64_t mask, double yes, double no)
{
    uint64_t y, n;
    memcpy(&y, &yes, sizeof y);
    memcpy(&n, &no, sizeof n);
    n = (y & mask) | (n & ~mask);
    memcpy(&no, &n, sizeof no);
    return no;
}

static inline double flip(uint64_t sign, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits ^= sign;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* sin(x + quarter * pi/2), for |x| below LARGEST. */
static inline double sine(double x, uint64_t quarter)
{
    const double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52, k = shifted - 0x1.8p52;
    const double t = x - k * 1.57079632673412561417e+00, w = k * 6.07710050630396597660e-11;
    const double first = t - w, rest = ((t - first) - w) - k * 2.02226624879595063154e-21;
    const double r = first + rest, tail = (first - r) + rest;
    const double z = r * r, v = z * r, z2 = z * z;
    const double s = (8.33333333332248946124e-03 + z * -1.98412698298579493134e-04) +
                     z2 * ((2.75573137070700676789e-06 + z * -2.50507602534068634195e-08) +
                           z2 * 1.58969099521155010221e-10);
    const double sin_r = r - ((z * (0.5 * tail - v * s) - tail) - v * -1.66666666666666324348e-01);
    const double c = z * ((4.16666666666666019037e-02 + z * -1.38888888888741095749e-03) +
                          z2 * 2.48015872894767294178e-05) +
                     z2 * z2 *
                         ((-2.75573143513906633035e-07 + z * 2.08757232129817482790e-09) +
                          z2 * -1.13596475577881948265e-11);
    const double half = 0.5 * z, one = 1 - half;
    const double cos_r = one + (((1 - one) - half) + (z * c - r * tail));
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits += quarter;
    const double result = flip((bits & 2) << 62, select_bits(0 - (bits & 1), cos_r, sin_r));
    /* A zero keeps its sign. */
    return x == 0 && quarter == 0 ? x : result;
}

static inline int small(const double *from, size_t count)
{
    int all = 1;
    for (size_t i = 0; i < count; i++)
        all &= fabs(from[i]) < LARGEST;
    return all;
}

static void block(const double *from, double *to, size_t count, uint64_t quarter)
{
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++) to[i] =
        sine(from[i], quarter);
}

void belljar_sin_f64(const double *from, double *to, size_t count)
{
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t n = count - i < BLOCK ? count - i : BLOCK;
        if (small(from + i, n)) {
            block(from + i, to + i, n, 0);
            continue;
        }
        for (size_t j = i; j < i + n; j++)
            to[j] = sin(from[j]);
    }
}

void belljar_cos_f64(const double *from, double *to, size_t count)
{
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t n = count - i < BLOCK ? count - i : BLOCK;
        if (small(from + i, n)) {
            block(from + i, to + i, n, 1);
            continue;
        }
        for (size_t j = i; j < i + n; j++)
            to[j] = cos(from[j]);
    }
}
