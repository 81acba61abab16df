# Logistic regression by Newton's method, a confusion matrix, and the area under the curve.
import numpy as np
import pandas as pd

rng = np.random.default_rng(5)
n = 800
X = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
truth = np.array([-0.5, 1.2, -2.0, 0.0])
y = (rng.random(n) < 1 / (1 + np.exp(-X @ truth))).astype(int)
train, test = np.arange(n) < 600, np.arange(n) >= 600
w = np.zeros(4)
for step in range(25):
    p = 1 / (1 + np.exp(-X[train] @ w))
    gradient = X[train].T @ (y[train] - p)
    hessian = (X[train] * (p * (1 - p))[:, None]).T @ X[train]
    change = np.linalg.solve(hessian, gradient)
    w += change
    if np.abs(change).max() < 1e-14:
        break
print(y.sum(), w, np.sqrt(np.diag(np.linalg.inv(hessian))))
scores = 1 / (1 + np.exp(-X[test] @ w))
predicted = (scores > 0.5).astype(int)
print(pd.crosstab(pd.Series(y[test], name="true"), pd.Series(predicted, name="predicted")).to_string())
tp, fp, fn = ((predicted == 1) & (y[test] == 1)).sum(), ((predicted == 1) & (y[test] == 0)).sum(), ((predicted == 0) & (y[test] == 1)).sum()
print("precision", tp / (tp + fp), "recall", tp / (tp + fn), "f1", 2 * tp / (2 * tp + fp + fn))
ranks = pd.Series(scores).rank().to_numpy()
positive = y[test] == 1
print("auc", (ranks[positive].sum() - positive.sum() * (positive.sum() + 1) / 2) / (positive.sum() * (~positive).sum()))
order = np.argsort(-scores, kind="stable")
tpr, fpr = np.cumsum(positive[order]) / positive.sum(), np.cumsum(~positive[order]) / (~positive).sum()
print("auc", np.trapezoid(np.r_[0, tpr], np.r_[0, fpr]), "brier", np.mean((scores - y[test]) ** 2), "log loss", -np.mean(np.log(np.where(positive, scores, 1 - scores))))
print(pd.DataFrame({"decile": pd.qcut(scores, 10, labels=False), "y": y[test], "p": scores}).groupby("decile").agg(n=("y", "size"), rate=("y", "mean"), mean=("p", "mean")).to_string())
