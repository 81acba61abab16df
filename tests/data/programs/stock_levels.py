# Movements of a warehouse: levels day by day, what ran out and when, what to order (moving demand), ages of what is left (FIFO).
from collections import deque

import numpy as np
import pandas as pd

rng = np.random.default_rng(36)
days = pd.date_range("2024-01-01", "2024-03-31")
rows = []
for sku in ("bolt", "nut", "gear"):
    for day in days:
        if rng.random() < 0.8:
            rows.append((day, sku, -int(rng.poisson(6))))
        if day.dayofweek == 0:
            rows.append((day, sku, int(rng.integers(20, 50))))
moves = pd.DataFrame(rows, columns=["day", "sku", "change"])
daily = moves.pivot_table(index="day", columns="sku", values="change", aggfunc="sum").reindex(days).fillna(0).astype(int)
level = daily.cumsum() + 20
print(level.describe().to_string(), level.iloc[-1].to_dict())
short = level.lt(0)
print(short.sum().to_dict(), {sku: (str(short.index[short[sku]][0].date()) if short[sku].any() else None) for sku in short})
demand = moves[moves["change"] < 0].assign(day=lambda d: d["day"]).groupby(["sku", "day"])["change"].sum().abs().unstack(0).reindex(days).fillna(0)
average, spread = demand.rolling(28, min_periods=14).mean(), demand.rolling(28, min_periods=14).std()
order_point = average * 7 + 1.65 * spread * np.sqrt(7)
print(order_point.iloc[-1].to_dict(), (level < order_point).sum().to_dict())
for sku, group in moves.groupby("sku"):
    layers = deque()
    for day, change in zip(group["day"], group["change"]):
        if change > 0:
            layers.append([day, change])
        need = -min(change, 0)
        while need and layers:
            used = min(need, layers[0][1])
            layers[0][1] -= used
            need -= used
            if not layers[0][1]:
                layers.popleft()
    print(sku, sum(size for _, size in layers), [((days[-1] - day).days, size) for day, size in layers][:4])
weekly = daily.clip(upper=0).abs().groupby(pd.Grouper(freq="W-SUN")).sum()
print(weekly.head(4).to_string(), weekly.corr().round(9).to_string())
abc = demand.sum().sort_values(ascending=False).cumsum() / demand.sum().sum()
print(abc.to_dict(), pd.cut(abc, [0, 0.4, 0.8, 1.0001], labels=list("ABC")).astype(str).to_dict())
