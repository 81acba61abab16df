# Retention: who came back how many months after the first order.
import numpy as np
import pandas as pd

rng = np.random.default_rng(11)
customers = 400
first = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 150, customers), unit="D")
rows = []
for customer, start in enumerate(first):
    for gap in np.cumsum(rng.integers(10, 70, rng.integers(1, 7))):
        rows.append((customer, start + pd.Timedelta(days=int(gap)), int(rng.integers(5, 200))))
orders = pd.DataFrame(rows, columns=["customer", "when", "cents"]).sort_values(["when", "customer"], ignore_index=True)
orders["month"] = orders["when"].dt.to_period("M")
orders["cohort"] = orders.groupby("customer")["when"].transform("min").dt.to_period("M")
orders["age"] = (orders["month"] - orders["cohort"]).map(lambda offset: offset.n)
table = orders.pivot_table(index="cohort", columns="age", values="customer", aggfunc="nunique")
print(table.fillna(0).astype(int).to_string())
print(table.div(table[0], axis=0).round(4).to_string())
print(orders.groupby("cohort")["cents"].agg(["sum", "mean", "size"]).to_string())
gaps = orders.groupby("customer")["when"].diff().dt.days.dropna()
print(gaps.describe().to_string(), gaps.astype(int).value_counts().head(3).sort_index().to_dict())
print(orders.groupby("customer").size().value_counts().sort_index().to_dict())
