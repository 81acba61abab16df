# Ordinary least squares with its statistics, by hand; then ridge, and how well it predicts.
import numpy as np
import pandas as pd

rng = np.random.default_rng(21)
n = 300
df = pd.DataFrame({"area": rng.uniform(30, 200, n), "rooms": rng.integers(1, 7, n), "age": rng.uniform(0, 90, n), "city": rng.choice(["A", "B", "C"], n)})
df["price"] = 50 + 2.1 * df["area"] + 12 * df["rooms"] - 0.6 * df["age"] + df["city"].map({"A": 0, "B": 30, "C": -20}) + rng.normal(0, 15, n)
X = pd.get_dummies(df[["area", "rooms", "age", "city"]], columns=["city"], drop_first=True, dtype=float)
X.insert(0, "const", 1.0)
y = df["price"].to_numpy()
A = X.to_numpy()
beta, residual, rank, _ = np.linalg.lstsq(A, y, rcond=None)
errors = y - A @ beta
sigma2 = errors @ errors / (n - rank)
se = np.sqrt(np.diag(np.linalg.inv(A.T @ A)) * sigma2)
print(pd.DataFrame({"coef": beta, "se": se, "t": beta / se}, index=X.columns).to_string())
r2 = 1 - errors @ errors / ((y - y.mean()) ** 2).sum()
print(rank, float(residual[0]), r2, 1 - (1 - r2) * (n - 1) / (n - rank), n * np.log(errors @ errors / n) + 2 * rank)
leverage = np.einsum("ij,jk,ik->i", A, np.linalg.inv(A.T @ A), A)
cook = errors**2 * leverage / ((1 - leverage) ** 2 * rank * sigma2)
print(leverage.sum(), np.argsort(cook)[-3:][::-1].tolist(), cook.max())
order = rng.permutation(n)
Z = (A[:, 1:] - A[:, 1:].mean(0)) / A[:, 1:].std(0)
for penalty in (0.0, 1.0, 100.0):
    scores = []
    for fold in np.array_split(order, 5):
        train = np.setdiff1d(order, fold)
        W = np.linalg.solve(Z[train].T @ Z[train] + penalty * np.eye(Z.shape[1]), Z[train].T @ (y[train] - y[train].mean()))
        scores.append(np.sqrt(np.mean((y[fold] - y[train].mean() - Z[fold] @ W) ** 2)))
    print(penalty, np.mean(scores), np.std(scores))
print(np.polyfit(df["area"], y, 2), np.corrcoef(df["area"], y)[0, 1], df[["area", "rooms", "age", "price"]].corr(method="spearman").round(9).to_string())
