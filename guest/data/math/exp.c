/*
 * exp.c: e to the power of every element. No branch depends on an element, so the compiler makes SIMD of the loops.
 *
 * x = k ln 2 + r with |r| <= ln 2 / 2; e^r is its series, in pairs so that additions do not wait for each other. Adding
 * 1.5 * 2^52 rounds to an integer and leaves it in the low bits. 2^k is multiplied in two steps: results may be subnormal,
 * and k may be beyond the exponents of normal numbers.
 */
#include <stdint.h>
#include <string.h>

#include "loops.h"

static inline double power_of_two(double shifted)
{
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + ((uint64_t)1023 << 52);
    memcpy(&shifted, &bits, sizeof bits);
    return shifted;
}

static inline double exp_f64(double x)
{
    const double shift = 0x1.8p52;
    /* Written so that NaN stays; far beyond where the result is infinite or zero. */
    x = x > 1000 ? 1000 : x;
    x = x < -1000 ? -1000 : x;
    const double k = (x * 0x1.71547652b82fep0 + shift) - shift;
    const double r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    const double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    const double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    const double high = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    const double last =
        (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
    const double series = 1 + (r + r2 * (low + (r4 * high + r8 * last)));
    const double half = k * 0.5 + shift, rest = (k - (half - shift)) + shift;
    return series * power_of_two(half) * power_of_two(rest);
}

static inline float power_of_two_f32(float shifted)
{
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + ((uint32_t)127 << 23);
    memcpy(&shifted, &bits, sizeof bits);
    return shifted;
}

static inline float exp_f32(float x)
{
    const float shift = 0x1.8p23f;
    x = x > 150 ? 150 : x;
    x = x < -150 ? -150 : x;
    const float k = (x * 0x1.715476p0f + shift) - shift;
    const float r = (x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f;
    const float r2 = r * r;
    const float low = (1.0f / 2 + r * (1.0f / 6)) + r2 * (1.0f / 24 + r * (1.0f / 120));
    const float series = 1 + (r + r2 * (low + r2 * r2 * (1.0f / 720 + r * (1.0f / 5040))));
    const float half = k * 0.5f + shift, rest = (k - (half - shift)) + shift;
    return series * power_of_two_f32(half) * power_of_two_f32(rest);
}

void belljar_exp_f64(const double *from, double *to, size_t count)
{
    _Pragma("clang loop vectorize(assume_safety) interleave_count(2)") for (size_t i = 0; i < count;
                                                                            i++) to[i] =
        exp_f64(from[i]);
}

void belljar_exp_f32(const float *from, float *to, size_t count)
{
    _Pragma("clang loop vectorize(assume_safety) interleave_count(2)") for (size_t i = 0; i < count;
                                                                            i++) to[i] =
        exp_f32(from[i]);
}
