# A morning's work on a table: cleaning, grouping, pivots, joins, resampling, windows.
import numpy as np
import pandas as pd

rng = np.random.default_rng(42)
n = 5000
df = pd.DataFrame({
    "when": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 365 * 24 * 3600, n), unit="s"),
    "shop": rng.choice(["north", "south", "east", "west"], n),
    "item": rng.choice(list("abcdefg"), n),
    "count": rng.integers(1, 20, n),
    "price": np.round(rng.gamma(2.0, 7.5, n), 2),
})
df.loc[df.sample(100, random_state=1).index, "price"] = np.nan
df["price"] = df.groupby("item")["price"].transform(lambda s: s.fillna(s.median()))
df["sum"] = df["count"] * df["price"]
print(df.dtypes.to_string())
print(df.describe().round(9).to_string())
print(df.groupby("shop")["sum"].agg(["sum", "mean", "median", "std", "count", "min", "max", "nunique"]).to_string())
print(df.pivot_table(index="shop", columns="item", values="sum", aggfunc="sum", margins=True).to_string())
print(df.set_index("when").resample("ME")["sum"].sum().to_string())
print(df.set_index("when").groupby("shop")["sum"].resample("QE").mean().head(6).to_string())
items = pd.DataFrame({"item": list("abcdex"), "name": ["Apple", "Bread", "Cake", "Dough", "Egg", "Xylo"]})
for how in ("inner", "left", "right", "outer"):
    merged = df.merge(items, on="item", how=how, indicator=True)
    print(how, merged.shape, merged["_merge"].value_counts().to_dict())
print(df.sort_values(["shop", "sum"], ascending=[True, False]).groupby("shop").head(2)[["shop", "item", "sum"]].to_string(index=False))
print(df["sum"].rolling(50).mean().dropna().tail(3).to_list(), df["sum"].ewm(span=10).mean().iloc[-1], df["sum"].expanding().max().iloc[-1])
print(df["shop"].value_counts().sort_index().to_dict(), pd.cut(df["price"], [0, 5, 10, 20, 100]).value_counts(sort=False).to_dict())
print(pd.qcut(df["price"], 4, labels=False).value_counts().sort_index().to_dict(), df["item"].str.upper().str.cat(sep="")[:20])
print(pd.crosstab(df["shop"], df["item"]).to_string(), pd.get_dummies(df["shop"]).sum().to_dict())
long = df.melt(id_vars=["shop"], value_vars=["count", "price"])
print(long.shape, long.groupby(["shop", "variable"])["value"].mean().unstack().round(10).to_string())
print(df.corr(numeric_only=True).round(10).to_string(), df[["count", "price"]].cov().round(8).to_string())
print(pd.concat([df.head(2), df.tail(1)], ignore_index=True).to_string(), df.drop_duplicates("shop").shape, df.nlargest(2, "sum")["sum"].to_list())
wide = df.groupby([df["when"].dt.month, "shop"])["sum"].sum().unstack(fill_value=0)
print(wide.idxmax().to_dict(), wide.rank(axis=1).iloc[0].to_list(), wide.diff().iloc[1].round(6).to_list(), wide.shift(1).isna().sum().sum())
print(df.query("count > 15 and shop == 'north'").shape, df.eval("count * price").sum(), df["price"].quantile([0.1, 0.5, 0.9]).to_list())
print(df.groupby("item").apply(lambda g: (g["sum"] / g["count"]).max(), include_groups=False).to_string())
t = pd.date_range("2024-03-30", periods=4, freq="D", tz="Europe/Berlin")
print(t, t.tz_convert("UTC"), pd.Timestamp("2024-01-31") + pd.offsets.MonthEnd(1), pd.bdate_range("2024-01-01", periods=3), pd.Period("2024Q1").end_time)
print(pd.to_datetime(["2024-01-02", "03/04/2024", "bad"], errors="coerce", format="mixed"), pd.Timedelta("1 days 02:03:04").total_seconds())
print(pd.Series(["a1", "b22", None]).str.extract(r"([a-z])(\d+)").to_string(), pd.Series(["x,y", "z"]).str.split(",").explode().to_list())
multi = df.set_index(["shop", "item"]).sort_index()
print(multi.loc[("east", "a"), "count"].sum(), multi.groupby(level=0)["count"].sum().to_dict(), multi.xs("b", level="item").shape)
print(pd.Series([1, None, 3], dtype="Int64").sum(), pd.Series([True, None], dtype="boolean").any(), pd.Series(["a", None], dtype="string").isna().sum(), pd.array([1, 2, None]))
print(df["sum"].interpolate().sum(), df["price"].clip(5, 10).mean(), df["count"].map({1: "one"}).notna().sum(), df["count"].astype("category").cat.categories.dtype)
