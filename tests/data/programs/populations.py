# Foxes and hares by Runge and Kutta, an epidemic, the heat in a rod, and roots and integrals that have names.
import numpy as np


def solve(f, y, t):
    path = [np.array(y, float)]
    for a, b in zip(t, t[1:]):
        h, y = b - a, path[-1]
        k1 = f(a, y)
        k2 = f(a + h / 2, y + h / 2 * k1)
        k3 = f(a + h / 2, y + h / 2 * k2)
        k4 = f(b, y + h * k3)
        path.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(path)


t = np.linspace(0, 20, 801)
hunt = solve(lambda _, y: np.array([1.1 * y[0] - 0.4 * y[0] * y[1], 0.1 * y[0] * y[1] - 0.4 * y[1]]), [10, 5], t)
print(hunt[-1], hunt.max(0), t[hunt.argmax(0)])
spread = solve(lambda _, y: np.array([-0.4 * y[0] * y[1], 0.4 * y[0] * y[1] - 0.1 * y[1], 0.1 * y[1]]), [0.999, 0.001, 0], np.linspace(0, 160, 641))
print(spread[-1], spread.sum(1).std() < 1e-12, spread[:, 1].max(), spread[:, 1].argmax())
n, alpha = 50, 0.4
rod = np.zeros(n)
rod[20:30] = 100.0
step = np.eye(n) * (1 - 2 * alpha) + alpha * (np.eye(n, k=1) + np.eye(n, k=-1))
print((np.linalg.matrix_power(step, 200) @ rod)[[0, 10, 25, 49]], np.linalg.eigvalsh(step)[[0, -1]])
implicit = np.linalg.solve(np.eye(n) * 3 - np.eye(n, k=1) - np.eye(n, k=-1), rod)
print(implicit.sum(), implicit[25])
x = 1.0
for _ in range(20):
    x -= (np.cos(x) - x) / (-np.sin(x) - 1)
nodes, weights = np.polynomial.legendre.leggauss(20)
print(x, np.sort(np.roots([1, -6, 11, -6]).real), (weights * np.exp(-((nodes * 3) ** 2))).sum() * 3, np.sqrt(np.pi))
fitted = np.polynomial.Chebyshev.interpolate(np.tanh, 12, domain=[-2, 2])
print(np.abs(fitted(np.linspace(-2, 2, 101)) - np.tanh(np.linspace(-2, 2, 101))).max() < 1e-3, fitted.deriv()(0.5), fitted.integ()(1.0) - fitted.integ()(0.0))
