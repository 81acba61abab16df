# A survey: answers as categories with an order, wide to long, crossed, and whether groups differ (chi²).
import math

import numpy as np
import pandas as pd

rng = np.random.default_rng(30)
n = 500
scale = pd.CategoricalDtype(["never", "rarely", "often", "always"], ordered=True)
df = pd.DataFrame({"id": range(n), "group": rng.choice(["control", "treated"], n), "age": rng.integers(18, 80, n)})
for question, shift in (("q1", 0.0), ("q2", 0.6), ("q3", -0.4)):
    level = rng.normal(1.5 + shift * (df["group"] == "treated"), 1.0).round().clip(0, 3)
    df[question] = pd.Categorical.from_codes(level.astype(int), dtype=scale)
df.loc[rng.choice(n, 20, replace=False), "q2"] = None
print(df[["q1", "q2", "q3"]].apply(lambda s: s.value_counts(dropna=False).sort_index()).to_string())
print((df["q1"] >= "often").mean(), df["q1"].max(), df["q2"].isna().sum(), df["q1"].cat.codes.median())
long = df.melt(id_vars=["id", "group", "age"], var_name="question", value_name="answer").dropna()
long["answer"] = long["answer"].astype(scale)
print(long.groupby(["question", "group"], observed=True)["answer"].apply(lambda s: s.cat.codes.mean()).unstack().to_string())
df["band"] = pd.cut(df["age"], [17, 29, 44, 59, 120], labels=["18-29", "30-44", "45-59", "60+"])
print(pd.crosstab([df["group"], df["band"]], df["q2"], margins=True).to_string())
for question in ("q1", "q2", "q3"):
    observed = pd.crosstab(df["group"], df[question]).to_numpy()
    expected = observed.sum(1, keepdims=True) * observed.sum(0) / observed.sum()
    chi2 = ((observed - expected) ** 2 / expected).sum()
    # Three degrees of freedom.
    p = math.erfc(math.sqrt(chi2 / 2)) + math.sqrt(2 * chi2 / math.pi) * math.exp(-chi2 / 2)
    print(question, chi2, p, math.sqrt(chi2 / observed.sum()))
print(df.groupby("band", observed=False)["q3"].agg(lambda s: s.mode().iloc[0]).to_dict())
print(df.describe(include="all").to_string())
