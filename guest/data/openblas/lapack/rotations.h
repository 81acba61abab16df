/*
 * rotations.h: included by fortran.c for double and for float: plane rotations and scaled sums of squares.
 */

/* c and s with c*f + s*g = r and -s*f + c*g = 0. */
int LARTG(REAL *f_, REAL *g_, REAL *c, REAL *s, REAL *r)
{
    const REAL f = *f_, g = *g_, least = SQRT(SMALLEST), most = SQRT(LARGEST / 2);
    const REAL f1 = FABS(f), g1 = FABS(g);
    if (g == 0) {
        *c = 1;
        *s = 0;
        *r = f;
    } else if (f == 0) {
        *c = 0;
        *s = COPYSIGN((REAL)1, g);
        *r = g1;
    } else if (f1 > least && f1 < most && g1 > least && g1 < most) {
        const REAL d = SQRT(f * f + g * g);
        *c = f1 / d;
        *r = COPYSIGN(d, f);
        *s = g / *r;
    } else {
        const REAL u = min(LARGEST, max(SMALLEST, max(f1, g1)));
        const REAL fs = f / u, gs = g / u, d = SQRT(fs * fs + gs * gs);
        *c = FABS(fs) / d;
        *r = COPYSIGN(d, f);
        *s = gs / *r;
        *r *= u;
    }
    return 0;
}

/* What has been added up: by size, so that no square overflows or is lost. */
typedef struct {
    REAL big, middle, small;
    int any_big;
} WORDS(sums);

static void WORDS(add)(WORDS(sums) * sums, REAL x)
{
    const REAL size = FABS(x);
    if (size > BIG_LIMIT) {
        sums->big += (size * BIG_SCALE) * (size * BIG_SCALE);
        sums->any_big = 1;
    } else if (size < SMALL_LIMIT) {
        if (!sums->any_big)
            sums->small += (size * SMALL_SCALE) * (size * SMALL_SCALE);
    } else {
        sums->middle += size * size;
    }
}

/* scale*scale*sumsq as it was before, into the sum of its size. */
static void WORDS(add_before)(WORDS(sums) * sums, REAL scale, REAL sumsq)
{
    const REAL size = scale * SQRT(sumsq);
    if (size > BIG_LIMIT) {
        if (scale > 1) {
            scale *= BIG_SCALE;
            sums->big += scale * (scale * sumsq);
        } else {
            sums->big += scale * (scale * (BIG_SCALE * (BIG_SCALE * sumsq)));
        }
    } else if (size < SMALL_LIMIT) {
        if (sums->any_big)
            return;
        if (scale < 1) {
            scale *= SMALL_SCALE;
            sums->small += scale * (scale * sumsq);
        } else {
            sums->small += scale * (scale * (SMALL_SCALE * (SMALL_SCALE * sumsq)));
        }
    } else {
        sums->middle += scale * (scale * sumsq);
    }
}

static void WORDS(combine)(WORDS(sums) sums, REAL *scale, REAL *sumsq)
{
    const int middle = sums.middle > 0 || isnan(sums.middle);
    if (sums.big > 0) {
        if (middle)
            sums.big += (sums.middle * BIG_SCALE) * BIG_SCALE;
        *scale = 1 / BIG_SCALE;
        *sumsq = sums.big;
    } else if (sums.small > 0 && middle) {
        const REAL a = SQRT(sums.middle), b = SQRT(sums.small) / SMALL_SCALE;
        const REAL large = b > a ? b : a, little = b > a ? a : b;
        *scale = 1;
        *sumsq = large * large * (1 + (little / large) * (little / large));
    } else if (sums.small > 0) {
        *scale = 1 / SMALL_SCALE;
        *sumsq = sums.small;
    } else {
        *scale = 1;
        *sumsq = sums.middle;
    }
}

static void WORDS(sum_squares)(integer n, const REAL *x, integer inc, int parts, REAL *scale,
                               REAL *sumsq)
{
    WORDS(sums) sums = {0};
    if (isnan(*scale) || isnan(*sumsq))
        return;
    if (*sumsq == 0)
        *scale = 1;
    if (*scale == 0) {
        *scale = 1;
        *sumsq = 0;
    }
    if (n <= 0)
        return;
    if (inc < 0)
        x -= (n - 1) * inc * parts;
    for (integer i = 0; i < n; i++, x += inc * parts)
        for (int part = 0; part < parts; part++)
            WORDS(add)(&sums, x[part]);
    if (*sumsq > 0)
        WORDS(add_before)(&sums, *scale, *sumsq);
    WORDS(combine)(sums, scale, sumsq);
}

int LASSQ(integer *n, REAL *x, integer *inc, REAL *scale, REAL *sumsq)
{
    WORDS(sum_squares)(*n, x, *inc, 1, scale, sumsq);
    return 0;
}

int COMPLEX_LASSQ(integer *n, COMPLEX *x, integer *inc, REAL *scale, REAL *sumsq)
{
    WORDS(sum_squares)(*n, &x->r, *inc, 2, scale, sumsq);
    return 0;
}

static REAL WORDS(square)(COMPLEX z)
{
    return z.r * z.r + z.i * z.i;
}

static REAL WORDS(larger)(COMPLEX z)
{
    return max(FABS(z.r), FABS(z.i));
}

/* conj(g) * z. */
static COMPLEX WORDS(times_conjugate)(COMPLEX g, COMPLEX z)
{
    return (COMPLEX){g.r * z.r + g.i * z.i, g.r * z.i - g.i * z.r};
}

/* The rotation of f and g, neither zero, scaled so that squares are safe; f2 and h2 are |f|^2, |f|^2 + |g|^2. */
static void WORDS(rotate)(COMPLEX f, COMPLEX g, REAL f2, REAL h2, REAL *c, COMPLEX *s, COMPLEX *r)
{
    const REAL least = SQRT(SMALLEST), most = SQRT(LARGEST / 4) * 2;
    if (f2 >= h2 * SMALLEST) {
        *c = SQRT(f2 / h2);
        *r = (COMPLEX){f.r / *c, f.i / *c};
        if (f2 > least && h2 < most) {
            const REAL d = SQRT(f2 * h2);
            *s = WORDS(times_conjugate)(g, (COMPLEX){f.r / d, f.i / d});
        } else {
            *s = WORDS(times_conjugate)(g, (COMPLEX){r->r / h2, r->i / h2});
        }
    } else {
        const REAL d = SQRT(f2 * h2);
        *c = f2 / d;
        if (*c >= SMALLEST)
            *r = (COMPLEX){f.r / *c, f.i / *c};
        else
            *r = (COMPLEX){f.r * (h2 / d), f.i * (h2 / d)};
        *s = WORDS(times_conjugate)(g, (COMPLEX){f.r / d, f.i / d});
    }
}

/* f is zero: r is |g|, and s turns g to it. */
static void WORDS(rotate_zero)(COMPLEX g, REAL *c, COMPLEX *s, COMPLEX *r)
{
    const REAL u = min(LARGEST, max(SMALLEST, WORDS(larger)(g)));
    const COMPLEX scaled = {g.r / u, g.i / u};
    const REAL d = SQRT(WORDS(square)(scaled));
    *c = 0;
    *s = (COMPLEX){scaled.r / d, -scaled.i / d};
    *r = (COMPLEX){d * u, 0};
}

int COMPLEX_LARTG(COMPLEX *f_, COMPLEX *g_, REAL *c, COMPLEX *s, COMPLEX *r)
{
    const COMPLEX f = *f_, g = *g_;
    const REAL least = SQRT(SMALLEST), most = SQRT(LARGEST / 4);
    const REAL f1 = WORDS(larger)(f), g1 = WORDS(larger)(g);
    if (g.r == 0 && g.i == 0) {
        *c = 1;
        *s = (COMPLEX){0, 0};
        *r = f;
        return 0;
    }
    if (f.r == 0 && f.i == 0) {
        WORDS(rotate_zero)(g, c, s, r);
        return 0;
    }
    if (f1 > least && f1 < most && g1 > least && g1 < most) {
        const REAL f2 = WORDS(square)(f);
        WORDS(rotate)(f, g, f2, f2 + WORDS(square)(g), c, s, r);
        return 0;
    }
    const REAL u = min(LARGEST, max(SMALLEST, max(f1, g1)));
    const REAL v = f1 / u < least ? min(LARGEST, max(SMALLEST, f1)) : u, w = v / u;
    const COMPLEX gs = {g.r / u, g.i / u}, fs = {f.r / v, f.i / v};
    const REAL f2 = WORDS(square)(fs);
    WORDS(rotate)(fs, gs, f2, f2 * (w * w) + WORDS(square)(gs), c, s, r);
    *c *= w;
    r->r *= u;
    r->i *= u;
    return 0;
}
