# A report with totals, shares and ranks, and the same table long and wide.
import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
n = 2000
df = pd.DataFrame({
    "region": rng.choice(["EMEA", "APAC", "AMER"], n, p=[0.5, 0.2, 0.3]),
    "product": rng.choice(["basic", "plus", "pro"], n),
    "quarter": pd.PeriodIndex(rng.choice(["2024Q1", "2024Q2", "2024Q3", "2024Q4"], n), freq="Q"),
    "units": rng.integers(1, 30, n),
    "revenue": rng.integers(100, 100_000, n) / 100,
})
report = df.pivot_table(index=["region", "product"], columns="quarter", values=["units", "revenue"], aggfunc={"units": "sum", "revenue": "sum"}, margins=True, margins_name="all")
print(report.to_string())
shares = pd.crosstab(df["region"], df["product"], values=df["revenue"], aggfunc="sum", normalize="index")
print(shares.round(6).to_string())
print(shares.rank(axis=1, ascending=False).astype(int).to_string())
long = df.groupby(["region", "quarter"], as_index=False)["revenue"].sum().melt(id_vars=["region", "quarter"])
wide = long.pivot(index="region", columns="quarter", values="value")
print(wide.pct_change(axis=1).round(6).to_string())
print(wide.T.stack().unstack(0).equals(wide.rename_axis(columns="quarter")), wide.idxmax(axis=1).astype(str).to_dict())
best = df.loc[df.groupby("region")["revenue"].idxmax()]
print(best.to_string(index=False))
print(df.groupby("product").apply(lambda g: pd.Series({"price": g["revenue"].sum() / g["units"].sum(), "rows": len(g)}), include_groups=False).to_string())
