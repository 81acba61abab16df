# Linear algebra of all shapes and types. Factors are told by what they are good for, where their signs are free.
import numpy as np

TYPES = (np.float32, np.float64, np.complex64, np.complex128)
rng = np.random.default_rng(11)


def matrix(rows, columns, dtype):
    a = rng.normal(size=(rows, columns))
    return (a + 1j * rng.normal(size=a.shape) if np.issubdtype(dtype, np.complexfloating) else a).astype(dtype)


def near(a, b, dtype):
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0) <= (2e-3 if np.finfo(dtype).bits == 32 else 1e-9) * max(1, np.abs(b).max(initial=0)))


for dtype in TYPES:
    digits = 2 if np.finfo(dtype).bits == 32 else 9
    for rows, columns in ((1, 1), (2, 2), (3, 2), (2, 3), (4, 4), (7, 3), (3, 7), (20, 20), (33, 65), (130, 40), (1, 5), (5, 1), (0, 3)):
        a = matrix(rows, columns, dtype)
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        full = np.linalg.svd(a)
        p = np.linalg.pinv(a)
        q, r = np.linalg.qr(a)
        complete = np.linalg.qr(a, mode="complete")
        print(dtype.__name__, rows, columns, s.dtype, p.dtype, near((u * s) @ vh, a, dtype), near(a @ p @ a, a, dtype), near(p @ a @ p, p, dtype))
        print(near(q @ r, a, dtype), near(complete[0] @ complete[1], a, dtype), near(full[0].conj().T @ full[0], np.eye(rows), dtype), full[2].shape)
        print(s.round(digits)[:4] + 0, np.round(np.linalg.norm(p), digits) + 0, np.linalg.matrix_rank(a) if rows else 0)
        if rows:
            b = matrix(rows, 2, dtype)
            x, rest, rank, values = np.linalg.lstsq(a, b, rcond=None)
            print(x.shape, rest.shape, rank, near(values, s, dtype), near(a.conj().T @ (a @ x), a.conj().T @ b, dtype))
    for n in (1, 2, 3, 5, 16, 40, 100):
        a, b = matrix(n, n, dtype) + n * np.eye(n, dtype=dtype), matrix(n, 3, dtype)
        h = a @ a.conj().T
        print(dtype.__name__, n, near(np.linalg.inv(a) @ a, np.eye(n), dtype), near(a @ np.linalg.solve(a, b), b, dtype), near(a @ np.linalg.solve(a, b[:, 0]), b[:, 0], dtype))
        low = np.linalg.cholesky(h)
        values, vectors = np.linalg.eigh(h)
        print(near(low @ low.conj().T, h, dtype), near(np.linalg.cholesky(h, upper=True), low.conj().T, dtype), near(h @ vectors, vectors * values, dtype), near(np.linalg.eigvalsh(h), values, dtype))
        values, vectors = np.linalg.eig(a)
        print(near(a @ vectors, vectors * values, dtype), near(np.sort_complex(np.linalg.eigvals(a)), np.sort_complex(values), dtype), vectors.dtype)
        if n <= 5:
            sign, logarithm = np.linalg.slogdet(a)
            print(np.linalg.det(a).round(digits - 1), np.round(sign, digits), logarithm.round(digits), np.linalg.matrix_power(a, 3).round(digits - 2)[0, 0])
            print(np.linalg.cond(a).round(digits), [np.linalg.norm(a, kind).round(digits) for kind in (None, "fro", "nuc", 1, -1, 2, -2, np.inf)])

many = rng.normal(size=(4, 3, 3))
print(np.linalg.inv(many).round(9)[3], np.linalg.det(many).round(9), np.linalg.solve(many, np.ones((4, 3, 1))).round(9)[1, :, 0], np.linalg.svd(many)[1].round(9)[2])
print(np.linalg.eigvalsh(many + many.transpose(0, 2, 1)).round(9), np.linalg.pinv(many[:, :, :2]).round(9)[0], np.linalg.multi_dot([many[0], many[1], many[2]]).round(9))
print(np.linalg.tensorsolve(np.eye(6).reshape(2, 3, 6), np.arange(6.0).reshape(2, 3)), np.linalg.tensorinv(np.eye(6).reshape(2, 3, 6)).shape)
print(np.linalg.eigvals([[0, 1], [-1, 0]]), np.linalg.eig(np.diag([1, 2, 3])), np.roots([1, -6, 11, -6]).round(9), np.linalg.matrix_rank(np.ones((3, 3))))
for bad in ("inv(np.zeros((2, 2)))", "solve(np.zeros((2, 2)), np.ones(2))", "cholesky(-np.eye(2))", "inv(np.ones((2, 3)))", "svd(np.full((3, 3), np.nan))", "eigvals(np.full((2, 2), np.inf))", "eigh(np.full((2, 2), np.nan))"):
    try:
        print(bad, eval("np.linalg." + bad))
    except np.linalg.LinAlgError as error:
        print(bad, error)

# Products: each goes its own way through BLAS, or around it.
for dtype in (*TYPES, np.int64, np.int32, np.bool_):
    for m, k, n in ((1, 1, 1), (2, 3, 4), (5, 5, 5), (17, 33, 9), (64, 64, 64), (100, 1, 100), (1, 100, 1), (3, 0, 3), (130, 140, 150)):
        a, b = matrix(m, k, np.complex128), matrix(k, n, np.complex128)
        a, b = ((a.real * 9).astype(dtype), (b.real * 9).astype(dtype)) if dtype not in TYPES[2:] else (a.astype(dtype), b.astype(dtype))
        plain = np.einsum("ik,kj->ij", a, b, optimize=False)
        where = np.empty((m, 2 * n), plain.dtype)[:, ::2]
        print(dtype.__name__, m, k, n, *[
            np.allclose(c, plain, rtol=1e-4, atol=1e-3) for c in (
                a @ b, np.dot(a, b), np.asfortranarray(a) @ b, a @ np.asfortranarray(b), (b.T @ a.T).T, a[::-1] @ b[:, ::-1][:, ::-1] if m == 1 else a @ b,
                np.matmul(a, b, out=where), np.inner(a, b.T), np.tensordot(a, b, 1), np.repeat(a, 2, 0)[::2] @ np.repeat(b, 2, 1)[:, ::2])],
            np.allclose(a @ a.T, np.einsum("ik,jk->ij", a, a, optimize=False), rtol=1e-4, atol=1e-3), np.allclose(a @ b[:, 0], plain[:, 0], rtol=1e-4, atol=1e-3),
            np.allclose(a[0] @ b, plain[0], rtol=1e-4, atol=1e-3), np.allclose(np.vdot(a, a), (a.conj() * a).sum(), rtol=1e-4))
