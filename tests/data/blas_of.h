/*
 * blas_of.h: included by blas.c once for each type of numbers: every routine beside plain loops in double.
 *
 *   T, NAME(routine), COMPLEX, EPS     given by blas.c
 */

typedef struct {
    int rows, columns, ld;
    T *at;
} NAME(matrix);

#if COMPLEX
#define SCALAR(x) (&(T){x})
#define VALUE(x) (x)
#define CONJ(x) conj(x)
#define RANDOM() (uniform() + uniform() * I)
#else
#define SCALAR(x) (x)
#define VALUE(x) creal(x)
#define CONJ(x) (x)
#define RANDOM() uniform()
#endif

/* A matrix with columns that are further apart than they are long; what lies between stays as it is. */
static NAME(matrix) NAME(make)(int rows, int columns)
{
    NAME(matrix) m = {rows, columns, rows + 1 + below(4), NULL};
    const size_t count = (size_t)m.ld * (size_t)(columns ? columns : 1);
    m.at = malloc(count * sizeof *m.at);
    for (size_t i = 0; i < count; i++)
        m.at[i] = (T)RANDOM();
    return m;
}

static NAME(matrix) NAME(copy)(NAME(matrix) m)
{
    NAME(matrix) other = m;
    const size_t bytes = (size_t)m.ld * (size_t)(m.columns ? m.columns : 1) * sizeof *m.at;
    other.at = malloc(bytes);
    memcpy(other.at, m.at, bytes);
    return other;
}

#define AT(m, i, j) ((m).at[(size_t)(j) * (size_t)(m).ld + (size_t)(i)])

/* Element i, j of op(m). */
static Z NAME(op)(NAME(matrix) m, CBLAS_TRANSPOSE op, int i, int j)
{
    if (op == CblasNoTrans)
        return AT(m, i, j);
    return op == CblasTrans ? (Z)AT(m, j, i) : CONJ((Z)AT(m, j, i));
}

static void NAME(same)(NAME(matrix) got, NAME(matrix) before, const Z *wanted, double bound,
                       const char *what)
{
    double worst = 0;
    bool outside = false;
    for (int j = 0; j < got.columns; j++)
        for (int i = 0; i < got.ld; i++)
            if (i >= got.rows) {
                outside |= memcmp(&AT(got, i, j), &AT(before, i, j), sizeof(T)) != 0;
            } else {
                const double off = cabs((Z)AT(got, i, j) - wanted[j * got.rows + i]);
                if (!(off <= worst))
                    worst = off;
            }
    CHECK(worst <= bound, "%s: off by %g, %g allowed (%d x %d)", what, worst, bound, got.rows,
          got.columns);
    CHECK(!outside, "%s: wrote beside the matrix", what);
}

static const Z NAME(scalars)[] = {0, 1, -0.75 + 0.5 * I};
#define SCALARS 3
static const CBLAS_TRANSPOSE NAME(ops)[] = {CblasNoTrans, CblasTrans, CblasConjTrans};

static void NAME(gemm_once)(int m, int n, int k, CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, Z alpha,
                            Z beta)
{
    char what[128];
    NAME(matrix)
    a = ta == CblasNoTrans ? NAME(make)(m, k) : NAME(make)(k, m),
    b = tb == CblasNoTrans ? NAME(make)(k, n) : NAME(make)(n, k), c = NAME(make)(m, n);
    /* What is multiplied by zero is not read. */
    for (int j = 0; beta == 0 && j < n; j++)
        for (int i = 0; i < m; i++)
            AT(c, i, j) = (T)NAN;
    NAME(matrix) before = NAME(copy)(c);
    Z *wanted = malloc(sizeof *wanted * (size_t)(m * n + 1));
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++) {
            Z sum = 0;
            for (int l = 0; l < k; l++)
                sum += NAME(op)(a, ta, i, l) * NAME(op)(b, tb, l, j);
            wanted[j * m + i] =
                VALUE(alpha) * sum + (beta == 0 ? 0 : VALUE(beta) * (Z)AT(c, i, j));
        }
    CBLAS(gemm)(CblasColMajor, ta, tb, m, n, k, SCALAR(VALUE(alpha)), a.at, a.ld, b.at, b.ld,
                SCALAR(VALUE(beta)), c.at, c.ld);
    snprintf(what, sizeof what, "gemm %d %d %d op %d %d", m, n, k, ta, tb);
    NAME(same)(c, before, wanted, EPS * 8 * (k + 4), what);
    free(a.at), free(b.at), free(c.at), free(before.at), free(wanted);
}

static void NAME(gemm)(void)
{
    for (int size = 1; size <= 70; size++)
        for (int turn = 0; turn < 9; turn++)
            NAME(gemm_once)
    (size, 1 + below(70), turn == 4 ? size : 1 + below(70), NAME(ops)[turn / 3], NAME(ops)[turn % 3],
     NAME(scalars)[below(SCALARS)], NAME(scalars)[below(SCALARS)]);
    /* Beyond one block, by one in every direction; and flat ones. */
    static const int large[][3] = {{257, 129, 301}, {131, 5, 517}, {3, 263, 259}, {1, 1, 600}, {300, 1, 2}, {0, 4, 4}, {4, 0, 4}, {4, 4, 0}};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        for (int turn = 0; turn < 4; turn++)
            NAME(gemm_once)
    (large[i][0], large[i][1], large[i][2], NAME(ops)[turn % 2 * 2], NAME(ops)[turn / 2 * 2],
     NAME(scalars)[1 + below(2)], NAME(scalars)[below(SCALARS)]);
}

/* Triangles, symmetric and Hermitian matrices as full ones; what they leave out is NaN and must not be read. */
static Z NAME(part)(NAME(matrix) m, CBLAS_UPLO half, CBLAS_DIAG unit, int i, int j)
{
    if (i == j)
        return unit == CblasUnit ? 1 : (Z)AT(m, i, j);
    return (half == CblasUpper) == (i < j) ? (Z)AT(m, i, j) : 0;
}

static void NAME(hide)(NAME(matrix) m, CBLAS_UPLO half, CBLAS_DIAG unit)
{
    for (int j = 0; j < m.columns; j++)
        for (int i = 0; i < m.rows; i++) {
            if (i == j)
                AT(m, i, j) = unit == CblasUnit ? (T)NAN : (T)(2 + 0.2 * uniform());
            else if ((half == CblasUpper) != (i < j))
                AT(m, i, j) = (T)NAN;
            else
                AT(m, i, j) *= (T)(1.0 / m.rows);
        }
}

static void NAME(triangle_once)(int m, int n, CBLAS_SIDE side, CBLAS_UPLO half, CBLAS_TRANSPOSE op,
                                CBLAS_DIAG unit)
{
    char what[64];
    const int order = side == CblasLeft ? m : n;
    const Z alpha = VALUE(-0.75 + 0.5 * I);
    NAME(matrix) a = NAME(make)(order, order), b = NAME(make)(m, n);
    NAME(hide)(a, half, unit);
    NAME(matrix) x = NAME(copy)(b), full = NAME(make)(order, order);
    for (int j = 0; j < order; j++)
        for (int i = 0; i < order; i++)
            AT(full, i, j) = (T)NAME(part)(a, half, unit, i, j);
    Z *wanted = malloc(sizeof *wanted * (size_t)(m * n + 1));
#define TRIANGLE_TIMES(from, factor)                                                               \
    for (int j = 0; j < n; j++)                                                                    \
        for (int i = 0; i < m; i++) {                                                              \
            Z sum = 0;                                                                             \
            for (int l = 0; l < order; l++)                                                        \
                sum += side == CblasLeft ? NAME(op)(full, op, i, l) * (Z)AT(from, l, j)            \
                                         : (Z)AT(from, i, l) * NAME(op)(full, op, l, j);           \
            wanted[j * m + i] = (factor) * sum;                                                    \
        }
    TRIANGLE_TIMES(b, alpha)
    CBLAS(trmm)(CblasColMajor, side, half, op, unit, m, n, SCALAR(alpha), a.at, a.ld, x.at, x.ld);
    snprintf(what, sizeof what, "trmm %d %d %d %d", side, half, op, unit);
    NAME(same)(x, b, wanted, EPS * 16 * (order + 4), what);
    /* And back: the solution, multiplied again, is what it began with. */
    memcpy(x.at, b.at, sizeof(T) * (size_t)b.ld * (size_t)(n ? n : 1));
    CBLAS(trsm)(CblasColMajor, side, half, op, unit, m, n, SCALAR(alpha), a.at, a.ld, x.at, x.ld);
    TRIANGLE_TIMES(x, 1)
    NAME(matrix) scaled = NAME(copy)(b);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++)
            AT(scaled, i, j) = (T)(alpha * (Z)AT(b, i, j));
    snprintf(what, sizeof what, "trsm %d %d %d %d", side, half, op, unit);
    NAME(same)(scaled, scaled, wanted, EPS * 32 * (order + 4), what);
    free(a.at), free(b.at), free(x.at), free(full.at), free(scaled.at), free(wanted);
}

static void NAME(triangles)(void)
{
    static const int sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70, 131};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int turn = 0; turn < 24; turn++)
            NAME(triangle_once)
    (sizes[s], 1 + below(40), turn & 1 ? CblasLeft : CblasRight, turn & 2 ? CblasUpper : CblasLower,
     NAME(ops)[turn / 8], turn & 4 ? CblasUnit : CblasNonUnit);
    for (int turn = 0; turn < 8; turn++)
        NAME(triangle_once)
    (turn & 1 ? 300 : 9, turn & 1 ? 9 : 300, turn & 1 ? CblasLeft : CblasRight,
     turn & 2 ? CblasUpper : CblasLower, NAME(ops)[turn & 4 ? 2 : 0], CblasNonUnit);
}

/* symm and syrk (and, of complex numbers, hemm and herk). */
static void NAME(symmetric_once)(int m, int n, CBLAS_SIDE side, CBLAS_UPLO half, bool hermitian)
{
    const int order = side == CblasLeft ? m : n;
    NAME(matrix) a = NAME(make)(order, order), b = NAME(make)(m, n), c = NAME(make)(m, n);
    NAME(matrix) full = NAME(copy)(a), before = NAME(copy)(c);
    for (int j = 0; j < order; j++)
        for (int i = 0; i < order; i++) {
            const bool held = i == j || (half == CblasUpper) == (i < j);
            const T other = held ? AT(a, i, j) : AT(full, j, i);
            if (i == j && hermitian)
                AT(full, i, j) = (T)creal(AT(full, i, j));
            else if (!held)
                AT(full, i, j) = hermitian ? (T)CONJ(other) : other;
        }
    for (int j = 0; j < order; j++)
        for (int i = 0; i < order; i++)
            if (i != j && (half == CblasUpper) != (i < j))
                AT(a, i, j) = (T)NAN;
    Z *wanted = malloc(sizeof *wanted * (size_t)(m * n));
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++) {
            Z sum = 0;
            for (int l = 0; l < order; l++)
                sum += side == CblasLeft ? (Z)AT(full, i, l) * (Z)AT(b, l, j)
                                         : (Z)AT(b, i, l) * (Z)AT(full, l, j);
            wanted[j * m + i] = sum - 0.5 * (Z)AT(c, i, j);
        }
#if COMPLEX
    if (hermitian)
        CBLAS(hemm)(CblasColMajor, side, half, m, n, SCALAR(1), a.at, a.ld, b.at, b.ld,
                    SCALAR(-0.5), c.at, c.ld);
    else
#endif
        CBLAS(symm)(CblasColMajor, side, half, m, n, SCALAR(1), a.at, a.ld, b.at, b.ld,
                    SCALAR(-0.5), c.at, c.ld);
    NAME(same)(c, before, wanted, EPS * 16 * (order + 4), hermitian ? "hemm" : "symm");
    free(a.at), free(b.at), free(c.at), free(full.at), free(before.at), free(wanted);
}

static void NAME(rank_once)(int n, int k, CBLAS_UPLO half, CBLAS_TRANSPOSE op, bool hermitian)
{
    NAME(matrix)
    a = op == CblasNoTrans ? NAME(make)(n, k) : NAME(make)(k, n), c = NAME(make)(n, n);
    for (int i = 0; i < n && hermitian; i++)
        AT(c, i, i) = (T)creal(AT(c, i, i));
    NAME(matrix) before = NAME(copy)(c);
    Z *wanted = malloc(sizeof *wanted * (size_t)(n * n));
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            Z sum = 0;
            for (int l = 0; l < k; l++) {
                const Z left = op == CblasNoTrans ? (Z)AT(a, i, l) : (Z)AT(a, l, i);
                const Z right = op == CblasNoTrans ? (Z)AT(a, j, l) : (Z)AT(a, l, j);
                if (!hermitian)
                    sum += left * right;
                else
                    sum += op == CblasNoTrans ? left * CONJ(right) : CONJ(left) * right;
            }
            const bool held = i == j || (half == CblasUpper) == (i < j);
            wanted[j * n + i] = held ? 0.5 * sum + 2 * (Z)AT(c, i, j) : (Z)AT(c, i, j);
        }
#if COMPLEX
    if (hermitian)
        CBLAS(herk)(CblasColMajor, half, op, n, k, 0.5, a.at, a.ld, 2, c.at, c.ld);
    else
#endif
        CBLAS(syrk)(CblasColMajor, half, op, n, k, SCALAR(0.5), a.at, a.ld, SCALAR(2), c.at, c.ld);
    NAME(same)(c, before, wanted, EPS * 16 * (k + 4), hermitian ? "herk" : "syrk");
    free(a.at), free(c.at), free(before.at), free(wanted);
}

static void NAME(symmetric)(void)
{
    static const int sizes[] = {1, 2, 3, 4, 5, 8, 9, 17, 33, 64, 70, 131, 260};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int turn = 0; turn < (COMPLEX ? 8 : 4); turn++) {
            const CBLAS_UPLO half = turn & 1 ? CblasUpper : CblasLower;
            const bool hermitian = turn & 4;
            NAME(symmetric_once)
            (sizes[s], 1 + below(40), turn & 2 ? CblasLeft : CblasRight, half, hermitian);
            NAME(rank_once)
            (sizes[s], 1 + below(60), half,
             !(turn & 2) ? CblasNoTrans : hermitian ? CblasConjTrans : CblasTrans, hermitian);
        }
}

/* Vectors with strides: from the end where they are negative, as BLAS has it. */
static size_t NAME(index)(int i, int n, int inc)
{
    return inc > 0 ? (size_t)(i * inc) : (size_t)((i - (n - 1)) * inc);
}

static void NAME(gemv_once)(int m, int n, CBLAS_TRANSPOSE op, int incx, int incy, Z beta)
{
    const int nx = op == CblasNoTrans ? n : m, ny = op == CblasNoTrans ? m : n;
    const Z alpha = VALUE(0.5 - 0.25 * I);
    NAME(matrix) a = NAME(make)(m, n), x = NAME(make)(nx * abs(incx), 1),
    y = NAME(make)(ny * abs(incy), 1), before = NAME(copy)(y);
    double worst = 0;
    CBLAS(gemv)(CblasColMajor, op, m, n, SCALAR(alpha), a.at, a.ld, x.at, incx,
                SCALAR(VALUE(beta)), y.at, incy);
    for (int i = 0; i < ny; i++) {
        Z sum = 0;
        for (int l = 0; l < nx; l++)
            sum += NAME(op)(a, op, i, l) * (Z)x.at[NAME(index)(l, nx, incx)];
        const size_t at = NAME(index)(i, ny, incy);
        const double off =
            cabs(alpha * sum + VALUE(beta) * (Z)before.at[at] - (Z)y.at[at]);
        if (!(off <= worst))
            worst = off;
    }
    CHECK(worst <= EPS * 16 * (nx + 4), "gemv %d x %d op %d inc %d %d: off by %g", m, n, op, incx,
          incy, worst);
    free(a.at), free(x.at), free(y.at), free(before.at);
}

static void NAME(ger_once)(int m, int n, int incx, int incy)
{
    NAME(matrix) a = NAME(make)(m, n), x = NAME(make)(m * abs(incx), 1),
    y = NAME(make)(n * abs(incy), 1), before = NAME(copy)(a);
    Z *wanted = malloc(sizeof *wanted * (size_t)(m * n));
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++)
            wanted[j * m + i] = (Z)AT(a, i, j) + 0.5 * (Z)x.at[NAME(index)(i, m, incx)] *
                                                     (Z)y.at[NAME(index)(j, n, incy)];
#if COMPLEX
    CBLAS(geru)(CblasColMajor, m, n, SCALAR(0.5), x.at, incx, y.at, incy, a.at, a.ld);
#else
    CBLAS(ger)(CblasColMajor, m, n, 0.5, x.at, incx, y.at, incy, a.at, a.ld);
#endif
    NAME(same)(a, before, wanted, EPS * 16, "ger");
    free(a.at), free(x.at), free(y.at), free(before.at), free(wanted);
}

static void NAME(vector_once)(int n, int incx, int incy)
{
    NAME(matrix) x = NAME(make)(n * abs(incx) + 1, 1), y = NAME(make)(n * abs(incy) + 1, 1);
    Z dot = 0, dotc = 0;
    double squares = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        const Z left = x.at[NAME(index)(i, n, incx)], right = y.at[NAME(index)(i, n, incy)];
        dot += left * right;
        dotc += CONJ(left) * right;
        squares += creal(left) * creal(left) + cimag(left) * cimag(left);
        sum += fabs(creal(left)) + fabs(cimag(left));
    }
    const double bound = EPS * 16 * (n + 4);
#if COMPLEX
    T got;
    CBLAS(dotu_sub)(n, x.at, incx, y.at, incy, &got);
    CHECK(cabs(dot - got) <= bound, "dotu %d: off by %g", n, cabs(dot - got));
    CBLAS(dotc_sub)(n, x.at, incx, y.at, incy, &got);
    CHECK(cabs(dotc - got) <= bound, "dotc %d: off by %g", n, cabs(dotc - got));
#else
    const Z got = CBLAS(dot)(n, x.at, incx, y.at, incy);
    CHECK(cabs(dot - got) <= bound, "dot %d: off by %g", n, cabs(dot - got));
    (void)dotc;
#endif
    if (incx > 0) {
        CHECK(fabs(NORM(nrm2)(n, x.at, incx) - sqrt(squares)) <= bound, "nrm2 %d", n);
        CHECK(fabs(NORM(asum)(n, x.at, incx) - sum) <= bound, "asum %d", n);
    }
    NAME(matrix) before = NAME(copy)(y);
    CBLAS(axpy)(n, SCALAR(-0.5), x.at, incx, y.at, incy);
    for (int i = 0; i < n; i++) {
        const size_t at = NAME(index)(i, n, incy);
        const Z wanted = (Z)before.at[at] - 0.5 * (Z)x.at[NAME(index)(i, n, incx)];
        CHECK(cabs(wanted - (Z)y.at[at]) <= EPS * 4, "axpy %d", n);
    }
    if (incx > 0) {
        NAME(matrix) old = NAME(copy)(x);
        CBLAS(scal)(n, SCALAR(2), x.at, incx);
        for (int i = 0; i < n * incx; i++)
            CHECK(x.at[i] == (i % incx ? (T)1 : (T)2) * old.at[i], "scal %d", n);
        free(old.at);
    }
    free(x.at), free(y.at), free(before.at);
}

static void NAME(vectors)(void)
{
    static const int steps[] = {1, 2, -1, -3};
    static const int sizes[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 70, 257};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int turn = 0; turn < 16; turn++) {
            const int incx = steps[turn % 4], incy = steps[turn / 4], n = sizes[s];
            NAME(vector_once)(n, incx, incy);
            NAME(gemv_once)(n, 1 + below(50), NAME(ops)[turn % 3], incx, incy,
                            NAME(scalars)[below(SCALARS)]);
            NAME(ger_once)(n, 1 + below(20), incx, incy);
        }
}

/* Numbers that are none spread to where they take part, and nowhere else. */
static void NAME(not_numbers)(void)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    for (int which = 0; which < 3; which++) {
        NAME(matrix) a = NAME(make)(37, 41), b = NAME(make)(41, 29), c = NAME(make)(37, 29);
        AT(a, 19, 3) = (T)odd[which];
        CBLAS(gemm)(CblasColMajor, CblasNoTrans, CblasNoTrans, 37, 29, 41, SCALAR(1), a.at, a.ld,
                    b.at, b.ld, SCALAR(0), c.at, c.ld);
        for (int j = 0; j < 29; j++)
            for (int i = 0; i < 37; i++)
                CHECK(isfinite(creal(AT(c, i, j))) == (i != 19), "gemm with %g at %d %d",
                      odd[which], i, j);
        free(a.at), free(b.at), free(c.at);
    }
    T far[3] = {(T)HUGEST, (T)(HUGEST / 2), 0}, near[2] = {(T)TINIEST, (T)TINIEST};
    CHECK(isfinite(NORM(nrm2)(2, far, 1)), "nrm2 of large numbers overflows");
    CHECK(NORM(nrm2)(2, near, 1) > TINIEST, "nrm2 of small numbers is lost");
    far[1] = (T)INFINITY;
    CHECK(isinf(NORM(nrm2)(2, far, 1)), "nrm2 with infinity");
    far[2] = (T)NAN;
    CHECK(isnan(NORM(nrm2)(3, far, 1)), "nrm2 with NaN");
}

static void NAME(all)(void)
{
    NAME(gemm)();
    NAME(triangles)();
    NAME(symmetric)();
    NAME(vectors)();
    NAME(not_numbers)();
}

#undef T
#undef NAME
#undef CBLAS
#undef NORM
#undef COMPLEX
#undef EPS
#undef HUGEST
#undef TINIEST
#undef SCALAR
#undef VALUE
#undef CONJ
#undef RANDOM
#undef AT
#undef SCALARS
#undef TRIANGLE_TIMES
