# Customers by how recently, how often and how much (RFM), as text tables for a mail.
import numpy as np
import pandas as pd

rng = np.random.default_rng(77)
today = pd.Timestamp("2024-12-31")
ids = rng.zipf(1.6, 5000) % 300
orders = pd.DataFrame({"customer": ids, "date": today - pd.to_timedelta(rng.integers(0, 730, 5000), unit="D"), "amount": rng.lognormal(3, 0.8, 5000).round(2)})
rfm = orders.groupby("customer").agg(recency=("date", lambda s: (today - s.max()).days), frequency=("date", "size"), monetary=("amount", "sum"))
print(rfm.describe().round(9).to_string())
rfm["R"] = pd.qcut(rfm["recency"].rank(method="first"), 4, labels=[4, 3, 2, 1]).astype(int)
rfm["F"] = pd.qcut(rfm["frequency"].rank(method="first"), 4, labels=[1, 2, 3, 4]).astype(int)
rfm["M"] = pd.qcut(rfm["monetary"].rank(method="first"), 4, labels=[1, 2, 3, 4]).astype(int)
rfm["score"] = rfm[["R", "F", "M"]].astype(str).agg("".join, axis=1)
conditions = [rfm["score"].eq("444"), rfm["R"].le(1) & rfm["F"].ge(3), rfm["R"].ge(3) & rfm["F"].le(2)]
rfm["segment"] = np.select(conditions, ["champions", "at risk", "new"], default="others")
table = rfm.groupby("segment").agg(customers=("score", "size"), revenue=("monetary", "sum"), recency=("recency", "mean")).sort_values("revenue", ascending=False)
table["share"] = (table["revenue"] / table["revenue"].sum()).map("{:.1%}".format)
print(table.to_string(float_format="{:,.2f}".format))
print(table.to_html(float_format="%.1f", border=0))
top = rfm.nlargest(5, "monetary")
print(top.to_string(), top.index.tolist())
lorenz = rfm["monetary"].sort_values().cumsum() / rfm["monetary"].sum()
print("gini", 1 - 2 * np.trapezoid(np.r_[0, lorenz], dx=1 / len(lorenz)), "top fifth", 1 - lorenz.iloc[int(len(lorenz) * 0.8)])
print(rfm["score"].value_counts().sort_index().to_dict())
print(orders.assign(month=orders["date"].dt.strftime("%Y-%m")).groupby("month")["amount"].sum().tail(6).to_string())
