# Prices to returns, risk, the portfolio of least variance, and the deepest fall.
import numpy as np
import pandas as pd

rng = np.random.default_rng(99)
days = pd.bdate_range("2022-01-03", "2023-12-29")
mixing = np.array([[1.0, 0.3, 0.2, 0.0], [0.0, 0.9, 0.1, 0.2], [0.0, 0.0, 1.1, 0.1], [0.0, 0.0, 0.0, 0.4]])
returns = pd.DataFrame(rng.normal(0.0004, 0.01, (len(days), 4)) @ mixing, index=days, columns=["AAA", "BBB", "CCC", "BND"])
prices = 100 * (1 + returns).cumprod()
print(prices.iloc[[0, -1]].to_string())
simple = prices.pct_change().dropna()
yearly = simple.mean() * 252
risk = simple.std() * np.sqrt(252)
print(pd.DataFrame({"return": yearly, "risk": risk, "sharpe": yearly / risk, "skew": simple.skew(), "kurtosis": simple.kurt()}).to_string())
print(simple.corr().to_string())
cov = simple.cov() * 252
ones = np.ones(4)
weights = np.linalg.solve(cov, ones)
weights /= weights.sum()
print(dict(zip(cov.columns, weights.tolist())), np.sqrt(weights @ cov.to_numpy() @ weights))
path = (1 + simple @ weights).cumprod()
fall = path / path.cummax() - 1
print(fall.min(), fall.idxmin().date(), path[: fall.idxmin()].idxmax().date())
print(prices.resample("QE").last().pct_change().to_string())
print(simple["AAA"].quantile([0.01, 0.05]).to_dict(), simple["AAA"][simple["AAA"] <= simple["AAA"].quantile(0.05)].mean())
beta = simple["AAA"].rolling(60).cov(simple["BBB"]) / simple["BBB"].rolling(60).var()
print(beta.dropna().describe().to_string())
signal = (prices["CCC"].rolling(20).mean() > prices["CCC"].rolling(50).mean()).astype(int).shift(fill_value=0)
print(int(signal.diff().abs().sum()), (1 + simple["CCC"] * signal.reindex(simple.index)).prod(), np.log(prices["CCC"]).diff().sum())
