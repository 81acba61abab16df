# A report that a YAML file asks for: columns, filters and sums by name; the answer as YAML, MessagePack and Markdown.
import msgspec
import numpy as np
import pandas as pd
import yaml
from markupsafe import Markup, escape

CONFIG = yaml.safe_load("""
title: "Stations & <values>"
since: 2024-02-01
group: [station]
filters:
  - {column: quality, op: isin, value: [good, fair]}
  - {column: value, op: gt, value: -10.5}
sums: &sums
  mean: mean
  largest: max
also:
  <<: *sums
  n: size
note: |
  Two lines
  of text
""")
print(CONFIG["since"], CONFIG["also"], repr(CONFIG["note"]))
rng = np.random.default_rng(50)
n = 600
df = pd.DataFrame({"station": rng.choice(["north", "south"], n), "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D"), "quality": rng.choice(["good", "fair", "bad"], n), "value": rng.normal(2, 6, n).round(3)})
df = df[df["day"] >= pd.Timestamp(CONFIG["since"])]
for rule in CONFIG["filters"]:
    df = df[getattr(df[rule["column"]], rule["op"])(rule["value"])]
report = df.groupby(CONFIG["group"])["value"].agg(**{name: how for name, how in CONFIG["also"].items()})
print(report.to_string())
plain = {name: {k: float(v) for k, v in row.items()} for name, row in report.iterrows()}
text = yaml.safe_dump(plain, sort_keys=True)
print(text, yaml.safe_load(text) == plain, yaml.load(text, Loader=yaml.CSafeLoader) == plain)


class Row(msgspec.Struct):
    mean: float
    largest: float
    n: int


packed = msgspec.msgpack.encode(plain)
print(len(packed), msgspec.msgpack.decode(packed) == plain, msgspec.convert({k: int(v) if k == "n" else v for k, v in plain["north"].items()}, Row).n == plain["north"]["n"])
try:
    msgspec.json.decode(b'{"mean": 1, "largest": "x", "n": 2}', type=Row)
except msgspec.ValidationError as error:
    print(error)
print(Markup("<h1>{}</h1>").format(CONFIG["title"]), escape("<&>'\""))
print("| station | mean |\n| --- | --- |\n" + "\n".join(f"| {name} | {row['mean']:.4f} |" for name, row in plain.items()))
