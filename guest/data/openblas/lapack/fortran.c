/*
 * fortran.c: what Fortran's library gives to translated LAPACK, and the few routines of LAPACK that are written in
 * Fortran 90, in C: rotations and sums of squares (after Anderson, "Safe scaling in the level 1 BLAS", 2017).
 */
#include "f2c.h"

#undef abs

double r_sign(real *a, real *b)
{
    return copysignf(*a, *b);
}

double d_sign(doublereal *a, doublereal *b)
{
    return copysign(*a, *b);
}

integer i_nint(real *x)
{
    return (integer)roundf(*x);
}

integer i_dnnt(doublereal *x)
{
    return (integer)round(*x);
}

double r_lg10(real *x)
{
    return log10f(*x);
}

double d_lg10(doublereal *x)
{
    return log10(*x);
}

double r_mod(real *x, real *y)
{
    return fmodf(*x, *y);
}

double d_mod(doublereal *x, doublereal *y)
{
    return fmod(*x, *y);
}

double r_imag(complex *z)
{
    return z->i;
}

double d_imag(doublecomplex *z)
{
    return z->i;
}

void r_cnjg(complex *r, complex *z)
{
    *r = (complex){z->r, -z->i};
}

void d_cnjg(doublecomplex *r, doublecomplex *z)
{
    *r = (doublecomplex){z->r, -z->i};
}

double c_abs(complex *z)
{
    return hypotf(z->r, z->i);
}

double z_abs(doublecomplex *z)
{
    return hypot(z->r, z->i);
}

/* Smith's division: neither overflows where the quotient does not. */
void z_div(doublecomplex *quotient, doublecomplex *a, doublecomplex *b)
{
    const doublecomplex x = *a, y = *b;
    if (fabs(y.r) >= fabs(y.i)) {
        const double ratio = y.r == 0 ? 0 : y.i / y.r, by = y.r + y.i * ratio;
        *quotient = (doublecomplex){(x.r + x.i * ratio) / by, (x.i - x.r * ratio) / by};
    } else {
        const double ratio = y.r / y.i, by = y.i + y.r * ratio;
        *quotient = (doublecomplex){(x.r * ratio + x.i) / by, (x.i * ratio - x.r) / by};
    }
}

void c_div(complex *quotient, complex *a, complex *b)
{
    doublecomplex x = {a->r, a->i}, y = {b->r, b->i}, q;
    z_div(&q, &x, &y);
    *quotient = (complex){(real)q.r, (real)q.i};
}

void z_sqrt(doublecomplex *root, doublecomplex *z)
{
    const double size = hypot(z->r, z->i), re = z->r, im = z->i;
    if (size == 0) {
        *root = (doublecomplex){0, 0};
    } else if (re > 0) {
        const double r = sqrt(0.5 * (size + re));
        *root = (doublecomplex){r, im / r / 2};
    } else {
        const double i = copysign(sqrt(0.5 * (size - re)), im);
        *root = (doublecomplex){im / i / 2, i};
    }
}

void c_sqrt(complex *root, complex *z)
{
    doublecomplex x = {z->r, z->i}, r;
    z_sqrt(&r, &x);
    *root = (complex){(real)r.r, (real)r.i};
}

void z_exp(doublecomplex *power, doublecomplex *z)
{
    const double size = exp(z->r), angle = z->i;
    *power = (doublecomplex){size * cos(angle), size * sin(angle)};
}

void c_exp(complex *power, complex *z)
{
    doublecomplex x = {z->r, z->i}, p;
    z_exp(&p, &x);
    *power = (complex){(real)p.r, (real)p.i};
}

integer pow_ii(integer *base, integer *exponent)
{
    integer result = 1, factor = *base, n = *exponent;
    if (n < 0)
        return factor == 1 ? 1 : factor == -1 ? (n & 1 ? -1 : 1) : 0;
    for (; n > 0; n >>= 1, factor = (integer)((uint32_t)factor * (uint32_t)factor))
        if (n & 1)
            result = (integer)((uint32_t)result * (uint32_t)factor);
    return result;
}

double pow_di(doublereal *base, integer *exponent)
{
    double result = 1, factor = *base;
    uint32_t n = *exponent < 0 ? 0 - (uint32_t)*exponent : (uint32_t)*exponent;
    if (*exponent < 0)
        factor = 1 / factor;
    for (; n > 0; n >>= 1, factor *= factor)
        if (n & 1)
            result *= factor;
    return result;
}

double pow_ri(real *base, integer *exponent)
{
    doublereal wide = *base;
    return pow_di(&wide, exponent);
}

void pow_zi(doublecomplex *power, doublecomplex *base, integer *exponent)
{
    doublecomplex result = {1, 0}, factor = *base;
    uint32_t n = *exponent < 0 ? 0 - (uint32_t)*exponent : (uint32_t)*exponent;
    if (*exponent < 0) {
        doublecomplex one = {1, 0};
        z_div(&factor, &one, base);
    }
    for (; n > 0; n >>= 1) {
        if (n & 1)
            result = (doublecomplex){result.r * factor.r - result.i * factor.i,
                                     result.r * factor.i + result.i * factor.r};
        factor = (doublecomplex){factor.r * factor.r - factor.i * factor.i, 2 * factor.r * factor.i};
    }
    *power = result;
}

void pow_ci(complex *power, complex *base, integer *exponent)
{
    doublecomplex wide = {base->r, base->i}, result;
    pow_zi(&result, &wide, exponent);
    *power = (complex){(real)result.r, (real)result.i};
}

double pow_dd(doublereal *base, doublereal *exponent)
{
    return pow(*base, *exponent);
}

/* Strings of a fixed length, the shorter one as if filled with blanks. */
integer s_cmp(char *a, char *b, ftnlen a_length, ftnlen b_length)
{
    for (ftnlen i = 0; i < max(a_length, b_length); i++) {
        const unsigned char left = i < a_length ? (unsigned char)a[i] : ' ';
        const unsigned char right = i < b_length ? (unsigned char)b[i] : ' ';
        if (left != right)
            return left - right;
    }
    return 0;
}

int s_copy(char *to, char *from, ftnlen to_length, ftnlen from_length)
{
    for (ftnlen i = 0; i < to_length; i++)
        to[i] = i < from_length ? from[i] : ' ';
    return 0;
}

int s_cat(char *to, char *parts[], integer lengths[], integer *count, ftnlen length)
{
    ftnlen at = 0;
    for (integer part = 0; part < *count; part++)
        for (integer i = 0; i < lengths[part] && at < length; i++)
            to[at++] = parts[part][i];
    while (at < length)
        to[at++] = ' ';
    return 0;
}

integer i_len(char *text, ftnlen length)
{
    return length;
}

logical lsame_(char *a, char *b)
{
    return (*a & ~32) == (*b & ~32);
}

int ilaver_(integer *major, integer *minor, integer *patch)
{
    *major = 3;
    *minor = 12;
    *patch = 1;
    return 0;
}

/* The place, from 1, of the first largest number; NaN is never larger. */
integer bjdmax_(integer *n, doublereal *x)
{
    integer best = 0;
    for (integer i = 1; i < *n; i++)
        if (x[i] > x[best] || (isnan(x[best]) && !isnan(x[i])))
            best = i;
    return best + 1;
}

integer bjemax_(integer *n, real *x)
{
    integer best = 0;
    for (integer i = 1; i < *n; i++)
        if (x[i] > x[best] || (isnan(x[best]) && !isnan(x[i])))
            best = i;
    return best + 1;
}

#define WORDS(name) name##_double
#define REAL doublereal
#define COMPLEX doublecomplex
#define SMALLEST 0x1p-1022
#define LARGEST 0x1p+1022
#define SMALL_LIMIT 0x1p-511
#define BIG_LIMIT 0x1p+486
#define SMALL_SCALE 0x1p+537
#define BIG_SCALE 0x1p-538
#define LARTG dlartg_
#define LASSQ dlassq_
#define COMPLEX_LARTG zlartg_
#define COMPLEX_LASSQ zlassq_
#define SQRT sqrt
#define FABS fabs
#define COPYSIGN copysign
#include "rotations.h"

#undef WORDS
#undef REAL
#undef COMPLEX
#undef SMALLEST
#undef LARGEST
#undef SMALL_LIMIT
#undef BIG_LIMIT
#undef SMALL_SCALE
#undef BIG_SCALE
#undef LARTG
#undef LASSQ
#undef COMPLEX_LARTG
#undef COMPLEX_LASSQ
#undef SQRT
#undef FABS
#undef COPYSIGN
#define WORDS(name) name##_single
#define REAL real
#define COMPLEX complex
#define SMALLEST 0x1p-126f
#define LARGEST 0x1p+126f
#define SMALL_LIMIT 0x1p-63f
#define BIG_LIMIT 0x1p+52f
#define SMALL_SCALE 0x1p+75f
#define BIG_SCALE 0x1p-76f
#define LARTG slartg_
#define LASSQ slassq_
#define COMPLEX_LARTG clartg_
#define COMPLEX_LASSQ classq_
#define SQRT sqrtf
#define FABS fabsf
#define COPYSIGN copysignf
#include "rotations.h"
