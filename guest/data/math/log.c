/*
 * log.c: the natural logarithm of every element, without branches.
 *
 * x = 2^e m with m around 1. With f = m - 1 and s = f / (2 + f), log m = f - f*f/2 + s * (f*f/2 + R(s*s)); the coefficients
 * of R are those of fdlibm, which is exact to 2^-58.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "loops.h"

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double log_f64(double x)
{
    const double lifted = x < 0x1p-1022 ? x * 0x1p54 : x, sunk = x < 0x1p-1022 ? 54 : 0;
    /* The exponent counted from sqrt(1/2), with 1024 added so that it is no negative number. */
    const uint64_t bits = bits_of(lifted),
                   above = bits - 0x3fe6a09e667f3bcd + ((uint64_t)1024 << 52);
    const double e = from_bits((above >> 52) | bits_of(0x1p52)) - (0x1p52 + 1024) - sunk;
    const double m = from_bits(bits - (above & ((uint64_t)0xfff << 52)) + ((uint64_t)1024 << 52));
    const double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
    const double even = w * (3.999999999940941908e-01 +
                             w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd = z * (6.666666666666735130e-01 +
                            w * (2.857142874366239149e-01 +
                                 w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const double half = 0.5 * f * f;
    const double log = e * 6.93147180369123816490e-01 -
                       ((half - (s * (half + (even + odd)) + e * 1.90821492927058770002e-10)) - f);
    /* Zero, negative numbers, infinity and NaN. */
    const double odd_one = x == 0 ? -INFINITY : x < 0 ? NAN : x;
    return x > 0 && x < INFINITY ? log : odd_one;
}

void belljar_log_f64(const double *from, double *to, size_t count)
{
    _Pragma("clang loop vectorize(assume_safety) interleave_count(2)") for (size_t i = 0; i < count;
                                                                            i++) to[i] =
        log_f64(from[i]);
}
