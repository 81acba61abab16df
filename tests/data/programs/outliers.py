# Measurements with faults: found three ways, clipped, filled by groups, and what that changes.
import numpy as np
import pandas as pd

rng = np.random.default_rng(13)
n = 900
df = pd.DataFrame({"machine": rng.choice(["M1", "M2", "M3"], n), "batch": np.arange(n) // 30, "width": rng.normal(10, 0.2, n), "weight": rng.normal(500, 12, n)})
df["width"] += df["machine"].map({"M1": 0, "M2": 0.3, "M3": -0.2})
df.loc[rng.choice(n, 12, replace=False), "width"] *= 10
df.loc[rng.choice(n, 30, replace=False), "weight"] = np.nan
df.loc[rng.choice(n, 5, replace=False), "weight"] = 0
z = df.groupby("machine")["width"].transform(lambda s: (s - s.mean()) / s.std())
q1, q3 = df["width"].quantile([0.25, 0.75])
iqr = ~df["width"].between(q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
mad = df.groupby("machine")["width"].transform(lambda s: (s - s.median()).abs() / (1.4826 * (s - s.median()).abs().median()))
print(int((z.abs() > 3).sum()), int(iqr.sum()), int((mad > 6).sum()), df.index[mad > 6].tolist())
print(pd.crosstab(iqr, mad > 6).to_string())
clean = df[mad <= 6].copy()
clean["weight"] = clean["weight"].replace(0, np.nan)
clean["filled"] = clean.groupby("batch")["weight"].transform(lambda s: s.fillna(s.median()))
clean["clipped"] = clean["width"].clip(*clean["width"].quantile([0.01, 0.99]))
print(clean[["width", "clipped", "weight", "filled"]].agg(["count", "mean", "std", "min", "max"]).to_string())
print(df.groupby("machine")["width"].agg(["mean", "std"]).join(clean.groupby("machine")["width"].agg(["mean", "std"]), rsuffix=" clean").to_string())
chart = clean.groupby("batch")["width"].agg(["mean", "std", "size"])
centre, sigma = chart["mean"].mean(), (chart["std"] / np.sqrt(chart["size"])).mean()
chart["out"] = (chart["mean"] - centre).abs() > 3 * sigma
print(centre, sigma, chart.index[chart["out"]].tolist())
between = sum(len(g) * (g.mean() - clean["width"].mean()) ** 2 for _, g in clean.groupby("machine")["width"]) / 2
within = sum(((g - g.mean()) ** 2).sum() for _, g in clean.groupby("machine")["width"]) / (len(clean) - 3)
print("F", between / within, np.cov(clean["width"], clean["filled"])[0, 1], clean["width"].sem())
