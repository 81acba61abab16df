# Does the new page sell more: rates, intervals, tests of means, and how long to wait for an answer.
import math

import numpy as np
import pandas as pd

rng = np.random.default_rng(404)
n = 6000
df = pd.DataFrame({"variant": rng.choice(["A", "B"], n), "device": rng.choice(["phone", "desktop"], n, p=[0.6, 0.4]), "day": rng.integers(0, 14, n)})
df["bought"] = rng.random(n) < 0.08 + 0.015 * (df["variant"] == "B") + 0.03 * (df["device"] == "desktop")
df["spent"] = np.where(df["bought"], rng.gamma(3, 12, n).round(2), 0.0)
normal = lambda z: 0.5 * math.erfc(-z / math.sqrt(2))
summary = df.groupby("variant").agg(n=("bought", "size"), bought=("bought", "sum"), rate=("bought", "mean"), spent=("spent", "mean"), sd=("spent", "std"))
print(summary.to_string())
a, b = summary.loc["A"], summary.loc["B"]
pooled = (a["bought"] + b["bought"]) / (a["n"] + b["n"])
z = (b["rate"] - a["rate"]) / math.sqrt(pooled * (1 - pooled) * (1 / a["n"] + 1 / b["n"]))
print("z", z, "p", 2 * normal(-abs(z)))


def wilson(k, n, z=1.959963984540054):
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


print({name: wilson(row["bought"], row["n"]) for name, row in summary.iterrows()})
welch = (b["spent"] - a["spent"]) / math.sqrt(a["sd"] ** 2 / a["n"] + b["sd"] ** 2 / b["n"])
print("welch", welch, "p", 2 * normal(-abs(welch)))
strata = df.groupby(["device", "variant"])["bought"].agg(["size", "sum", "mean"]).unstack()
print(strata.to_string())
weights = df["device"].value_counts(normalize=True)
print("by device", ((strata["mean"]["B"] - strata["mean"]["A"]) * weights).sum())
daily = df.pivot_table(index="day", columns="variant", values="bought", aggfunc=["sum", "size"]).cumsum()
print((daily["sum"] / daily["size"]).round(9).to_string())
p1, p2 = a["rate"], a["rate"] * 1.1
print("needed", math.ceil((1.959963984540054 + 0.8416212335729143) ** 2 * (p1 * (1 - p1) + p2 * (1 - p2)) / (p2 - p1) ** 2))
posterior = rng.beta(1 + summary["bought"].to_numpy(), 1 + (summary["n"] - summary["bought"]).to_numpy(), (20000, 2))
print("B better", int((posterior[:, 1] > posterior[:, 0]).sum()), np.percentile(posterior[:, 1] - posterior[:, 0], [5, 95]))
