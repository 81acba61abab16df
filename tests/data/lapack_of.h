/*
 * lapack_of.h: included by lapack.c once for each type of numbers: factorisations, put together again.
 *
 *   T, R (its real type), NAME(routine), F(routine), COMPLEX, EPS     given by lapack.c
 */

#if COMPLEX
#define CONJ(x) conj(x)
#define RANDOM() (uniform() + uniform() * I)
#define ORTHOGONAL(tail) un##tail
#else
#define CONJ(x) (x)
#define RANDOM() uniform()
#define ORTHOGONAL(tail) or##tail
#endif

int F(gesv)(int *n, int *nrhs, T *a, int *lda, int *pivots, T *b, int *ldb, int *info);
int F(getrf)(int *m, int *n, T *a, int *lda, int *pivots, int *info);
int F(getri)(int *n, T *a, int *lda, int *pivots, T *work, int *lwork, int *info);
int F(potrf)(char *half, int *n, T *a, int *lda, int *info);
int F(geqrf)(int *m, int *n, T *a, int *lda, T *tau, T *work, int *lwork, int *info);
#if COMPLEX
int F(ungqr)(int *m, int *n, int *k, T *a, int *lda, T *tau, T *work, int *lwork, int *info);
int F(gesdd)(char *job, int *m, int *n, T *a, int *lda, R *s, T *u, int *ldu, T *vt, int *ldvt, T *work, int *lwork, R *rwork, int *iwork, int *info);
int F(geev)(char *left, char *right, int *n, T *a, int *lda, T *w, T *vl, int *ldvl, T *vr, int *ldvr, T *work, int *lwork, R *rwork, int *info);
int F(heevd)(char *job, char *half, int *n, T *a, int *lda, R *w, T *work, int *lwork, R *rwork, int *lrwork, int *iwork, int *liwork, int *info);
int F(gelsd)(int *m, int *n, int *nrhs, T *a, int *lda, T *b, int *ldb, R *s, R *rcond, int *rank, T *work, int *lwork, R *rwork, int *iwork, int *info);
#else
int F(orgqr)(int *m, int *n, int *k, T *a, int *lda, T *tau, T *work, int *lwork, int *info);
int F(gesdd)(char *job, int *m, int *n, T *a, int *lda, R *s, T *u, int *ldu, T *vt, int *ldvt, T *work, int *lwork, int *iwork, int *info);
int F(geev)(char *left, char *right, int *n, T *a, int *lda, T *wr, T *wi, T *vl, int *ldvl, T *vr, int *ldvr, T *work, int *lwork, int *info);
int F(syevd)(char *job, char *half, int *n, T *a, int *lda, R *w, T *work, int *lwork, int *iwork, int *liwork, int *info);
int F(gelsd)(int *m, int *n, int *nrhs, T *a, int *lda, T *b, int *ldb, R *s, R *rcond, int *rank, T *work, int *lwork, int *iwork, int *info);
#endif

/* Room for any of them, at these sizes. */
#define WORK 400000
static T NAME(work)[WORK];
static R NAME(rwork)[WORK];
static int NAME(iwork)[WORK];

static T *NAME(matrix)(int m, int n)
{
    T *a = malloc(sizeof *a * (size_t)(m * n));
    for (int i = 0; i < m * n; i++)
        a[i] = (T)RANDOM();
    return a;
}

static T *NAME(copy)(const T *a, int count)
{
    T *other = malloc(sizeof *other * (size_t)count);
    memcpy(other, a, sizeof *other * (size_t)count);
    return other;
}

static T *NAME(of_kind)(int kind, int m, int n)
{
    T *a = NAME(matrix)(m, n);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++)
            if (kind == GRADED)
                a[j * m + i] *= (T)pow(10, -12.0 * i / m * (EPS < 1e-10 ? 1 : 0.4));
            else if (kind == SINGULAR && j >= (n + 1) / 2)
                a[j * m + i] = a[(j - (n + 1) / 2) * m + i];
    return a;
}

static double NAME(size)(const T *a, int count)
{
    double size = 0;
    for (int i = 0; i < count; i++)
        size = fmax(size, cabs((Z)a[i]));
    return size;
}

/* The largest element of a - x * y, relative to a. */
static double NAME(residual)(const T *a, const T *x, const T *y, int m, int n, int k)
{
    double worst = 0;
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++) {
            Z sum = (Z)a[j * m + i];
            for (int l = 0; l < k; l++)
                sum -= (Z)x[l * m + i] * (Z)y[j * k + l];
            if (!(cabs(sum) <= worst))
                worst = cabs(sum);
        }
    const double size = NAME(size)(a, m * n);
    return size > 0 ? worst / size : worst;
}

/* How far the columns of q (m x n) are from being orthonormal. */
static double NAME(crooked)(const T *q, int m, int n)
{
    double worst = 0;
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            Z sum = i == j ? -1 : 0;
            for (int l = 0; l < m; l++)
                sum += CONJ((Z)q[i * m + l]) * (Z)q[j * m + l];
            if (!(cabs(sum) <= worst))
                worst = cabs(sum);
        }
    return worst;
}

static void NAME(svd)(int kind, int m, int n)
{
    int k = m < n ? m : n, lwork = WORK, info = -1;
    T *a = NAME(of_kind)(kind, m, n), *left = NAME(copy)(a, m * n);
    T *u = malloc(sizeof *u * (size_t)(m * k)), *vt = malloc(sizeof *vt * (size_t)(k * n));
    R *s = malloc(sizeof *s * (size_t)k);
    F(gesdd)("S", &m, &n, left, &m, s, u, &m, vt, &k, NAME(work), &lwork,
#if COMPLEX
             NAME(rwork),
#endif
             NAME(iwork), &info);
    CHECK(info == 0, "gesdd %d x %d: info %d", m, n, info);
    CHECK(NAME(crooked)(u, m, k) < EPS * 40 * (m + n), "gesdd: U is not orthogonal");
    for (int l = 1; l < k; l++)
        CHECK(s[l] <= s[l - 1] && s[l] >= 0, "gesdd: values in no order");
    for (int l = 0; l < k; l++)
        for (int i = 0; i < m; i++)
            u[l * m + i] *= (T)s[l];
    const double off = NAME(residual)(a, u, vt, m, n, k);
    CHECK(off < EPS * 40 * (m + n), "gesdd %d x %d, kind %d: off by %g", m, n, kind, off);
    if (kind == SINGULAR && n > 2 && m >= n)
        CHECK(s[n - 1] <= EPS * 40 * (m + n) * s[0], "gesdd: a singular matrix is not");
    free(a), free(left), free(u), free(vt), free(s);
}

static void NAME(solve)(int n)
{
    int nrhs = 3, info = -1, lwork = WORK;
    T *a = NAME(matrix)(n, n);
    for (int i = 0; i < n; i++)
        a[i * n + i] += (T)4;
    T *lu = NAME(copy)(a, n * n), *b = NAME(matrix)(n, nrhs), *x = NAME(copy)(b, n * nrhs);
    F(gesv)(&n, &nrhs, lu, &n, NAME(iwork), x, &n, &info);
    CHECK(info == 0 && NAME(residual)(b, a, x, n, nrhs, n) < EPS * 400 * (n + 4), "gesv %d", n);
    memcpy(lu, a, sizeof(T) * (size_t)(n * n));
    F(getrf)(&n, &n, lu, &n, NAME(iwork), &info);
    F(getri)(&n, lu, &n, NAME(iwork), NAME(work), &lwork, &info);
    T *one = calloc((size_t)(n * n), sizeof *one);
    for (int i = 0; i < n; i++)
        one[i * n + i] = 1;
    CHECK(info == 0 && NAME(residual)(one, a, lu, n, n, n) < EPS * 400 * (n + 4), "getri %d", n);
    /* The same row twice. */
    memcpy(lu, a, sizeof(T) * (size_t)(n * n));
    for (int j = 0; j < n && n > 1; j++)
        lu[j * n + n - 1] = lu[j * n] = (T)0;
    F(getrf)(&n, &n, lu, &n, NAME(iwork), &info);
    CHECK(n == 1 || info > 0, "getrf of a singular matrix says %d", info);
    free(a), free(lu), free(b), free(x), free(one);
}

static void NAME(cholesky)(int n, char *half)
{
    int info = -1;
    T *g = NAME(matrix)(n, n), *a = calloc((size_t)(n * n), sizeof *a);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            Z sum = i == j ? n : 0;
            for (int l = 0; l < n; l++)
                sum += (Z)g[l * n + i] * CONJ((Z)g[l * n + j]);
            a[j * n + i] = (T)sum;
        }
    T *factor = NAME(copy)(a, n * n), *other = calloc((size_t)(n * n), sizeof *other);
    F(potrf)(half, &n, factor, &n, &info);
    CHECK(info == 0, "potrf %d: info %d", n, info);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            if (i != j && (*half == 'U') != (i < j))
                factor[j * n + i] = 0;
            other[i * n + j] = (T)CONJ(factor[j * n + i]);
        }
    const double off = *half == 'L' ? NAME(residual)(a, factor, other, n, n, n)
                                    : NAME(residual)(a, other, factor, n, n, n);
    CHECK(off < EPS * 40 * (n + 4), "potrf %s %d: off by %g", half, n, off);
    memcpy(factor, a, sizeof(T) * (size_t)(n * n));
    factor[n * n - 1] = (T)-1;
    F(potrf)(half, &n, factor, &n, &info);
    CHECK(info == n, "potrf of an indefinite matrix says %d, not %d", info, n);
    free(g), free(a), free(factor), free(other);
}

static void NAME(qr)(int kind, int m, int n)
{
    int lwork = WORK, info = -1;
    T *a = NAME(of_kind)(kind, m, n), *q = NAME(copy)(a, m * n);
    T *r = calloc((size_t)(n * n), sizeof *r), *tau = malloc(sizeof *tau * (size_t)n);
    F(geqrf)(&m, &n, q, &m, tau, NAME(work), &lwork, &info);
    for (int j = 0; j < n; j++)
        for (int i = 0; i <= j; i++)
            r[j * n + i] = q[j * m + i];
    F(ORTHOGONAL(gqr))(&m, &n, &n, q, &m, tau, NAME(work), &lwork, &info);
    CHECK(info == 0 && NAME(crooked)(q, m, n) < EPS * 40 * (m + n), "geqrf: Q is not orthogonal");
    CHECK(NAME(residual)(a, q, r, m, n, n) < EPS * 40 * (m + n), "geqrf %d x %d", m, n);
    free(a), free(q), free(r), free(tau);
}

static void NAME(symmetric)(int kind, int n)
{
    int lwork = WORK, liwork = WORK, info = -1;
    T *a = NAME(of_kind)(kind, n, n);
    R *w = malloc(sizeof *w * (size_t)n);
    for (int j = 0; j < n; j++)
        for (int i = 0; i <= j; i++)
            a[i * n + j] = i == j ? (T)creal(a[j * n + i]) : (T)CONJ(a[j * n + i]);
    T *v = NAME(copy)(a, n * n);
#if COMPLEX
    int lrwork = WORK;
    F(heevd)("V", "L", &n, v, &n, w, NAME(work), &lwork, NAME(rwork), &lrwork, NAME(iwork), &liwork, &info);
#else
    F(syevd)("V", "L", &n, v, &n, w, NAME(work), &lwork, NAME(iwork), &liwork, &info);
#endif
    CHECK(info == 0 && NAME(crooked)(v, n, n) < EPS * 40 * (n + 4), "eigenvectors are not orthogonal");
    T *scaled = NAME(copy)(v, n * n), *adjoint = NAME(copy)(v, n * n);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            scaled[j * n + i] *= (T)w[j];
            adjoint[i * n + j] = (T)CONJ(v[j * n + i]);
        }
    CHECK(NAME(residual)(a, scaled, adjoint, n, n, n) < EPS * 40 * (n + 4), "syevd/heevd %d", n);
    free(a), free(w), free(v), free(scaled), free(adjoint);
}

static void NAME(eigen)(int kind, int n)
{
    int lwork = WORK, one = 1, info = -1;
    T *a = NAME(of_kind)(kind, n, n), *left = NAME(copy)(a, n * n);
    T *v = malloc(sizeof *v * (size_t)(n * n)), *w = malloc(sizeof *w * (size_t)n * 2);
    F(geev)("N", "V", &n, left, &n, w,
#if !COMPLEX
            w + n,
#endif
            NULL, &one, v, &n, NAME(work), &lwork,
#if COMPLEX
            NAME(rwork),
#endif
            &info);
    CHECK(info == 0, "geev %d: info %d", n, info);
    double worst = 0;
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
#if COMPLEX
            const Z value = w[j];
#define VECTOR(l) ((Z)v[j * n + (l)])
#else
            /* Pairs of conjugate ones stand in two columns. */
            const Z value = w[j] + w[n + j] * I;
            const int re = w[n + j] < 0 ? j - 1 : j;
            const double sign = w[n + j] == 0 ? 0 : w[n + j] < 0 ? -1 : 1;
#define VECTOR(l) (v[re * n + (l)] + (sign == 0 ? 0 : sign * v[(re + 1) * n + (l)] * I))
#endif
            Z sum = -value * VECTOR(i);
            for (int l = 0; l < n; l++)
                sum += (Z)a[l * n + i] * VECTOR(l);
            if (!(cabs(sum) <= worst))
                worst = cabs(sum);
        }
    CHECK(worst < EPS * 100 * (n + 4) * NAME(size)(a, n * n), "geev %d, kind %d: off by %g", n, kind, worst);
    free(a), free(left), free(v), free(w);
}

/* The shortest solution of a system that has one: the rank is found, the residual is small. */
static void NAME(least_squares)(int kind, int m, int n)
{
    int nrhs = 2, rank = -1, lwork = WORK, info = -1, ldb = m > n ? m : n, k = m < n ? m : n;
    R rcond = (R)(EPS * 100);
    T *a = NAME(of_kind)(kind, m, n), *left = NAME(copy)(a, m * n), *x = NAME(matrix)(n, nrhs);
    T *b = calloc((size_t)(ldb * nrhs), sizeof *b), *wanted = calloc((size_t)(m * nrhs), sizeof *b);
    R *s = malloc(sizeof *s * (size_t)k);
    for (int j = 0; j < nrhs; j++)
        for (int i = 0; i < m; i++) {
            Z sum = 0;
            for (int l = 0; l < n; l++)
                sum += (Z)a[l * m + i] * (Z)x[j * n + l];
            b[j * ldb + i] = wanted[j * m + i] = (T)sum;
        }
    F(gelsd)(&m, &n, &nrhs, left, &m, b, &ldb, s, &rcond, &rank, NAME(work), &lwork,
#if COMPLEX
             NAME(rwork),
#endif
             NAME(iwork), &info);
    for (int j = 0; j < nrhs; j++)
        memcpy(x + j * n, b + j * ldb, sizeof(T) * (size_t)n);
    CHECK(info == 0, "gelsd %d x %d: info %d", m, n, info);
    const double off = NAME(residual)(wanted, a, x, m, nrhs, n);
    CHECK(off < EPS * 1000 * (m + n), "gelsd %d x %d, kind %d: off by %g", m, n, kind, off);
    if (kind != GRADED)
        CHECK(rank == (kind == SINGULAR ? ((n + 1) / 2 < m ? (n + 1) / 2 : m) : k), "gelsd %d x %d: rank %d", m, n, rank);
    free(a), free(left), free(x), free(b), free(wanted), free(s);
}

static void NAME(all)(void)
{
    static const int orders[] = {1, 2, 3, 5, 16, 33, 70, 131};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const int n = orders[i];
        NAME(solve)(n);
        NAME(cholesky)(n, "L");
        NAME(cholesky)(n, "U");
        for (int kind = 0; kind < KINDS; kind++) {
            NAME(svd)(kind, n, n);
            NAME(svd)(kind, n, n / 2 + 1);
            NAME(svd)(kind, n / 3 + 1, n);
            NAME(qr)(kind, n + 7, n);
            NAME(symmetric)(kind, n);
            NAME(eigen)(kind, n);
            NAME(least_squares)(kind, n + 5, n);
            NAME(least_squares)(kind, n, n + 3);
        }
    }
}

#undef T
#undef R
#undef NAME
#undef F
#undef COMPLEX
#undef EPS
#undef CONJ
#undef RANDOM
#undef ORTHOGONAL
#undef WORK
#undef VECTOR
