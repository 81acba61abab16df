# A web server's log: parsed by regular expressions, sessions cut by pauses, and who is in a hurry.
import re

import numpy as np
import pandas as pd

rng = np.random.default_rng(70)
paths = ["/", "/login", "/api/items?id={}", "/api/items/{}", "/static/app.js", "/admin"]
agents = ["Mozilla/5.0 (X11; Linux)", "curl/8.1", "Mozilla/5.0 (compatible; bot/2.1)"]
lines, at = [], pd.Timestamp("2024-06-01 00:00:00", tz="UTC")
for i in range(3000):
    at += pd.Timedelta(seconds=int(rng.exponential(20)))
    path = rng.choice(paths, p=[0.3, 0.1, 0.25, 0.2, 0.1, 0.05]).format(rng.integers(1, 40))
    status = rng.choice([200, 304, 404, 500], p=[0.85, 0.05, 0.07, 0.03])
    lines.append(f'10.0.{rng.integers(0, 3)}.{rng.integers(1, 30)} - - [{at:%d/%b/%Y:%H:%M:%S %z}] "GET {path} HTTP/1.1" {status} {rng.integers(100, 9000)} "{rng.choice(agents, p=[0.7, 0.1, 0.2])}" {rng.gamma(2, 30):.1f}')
lines.insert(10, "garbage that is no line of a log")
LINE = re.compile(r'(?P<ip>\S+) \S+ \S+ \[(?P<when>[^\]]+)\] "(?P<method>\w+) (?P<path>\S+) [^"]*" (?P<status>\d{3}) (?P<bytes>\d+) "(?P<agent>[^"]*)" (?P<ms>[\d.]+)')
matches = [LINE.fullmatch(line) for line in lines]
df = pd.DataFrame([m.groupdict() for m in matches if m])
print(len(lines), len(df), [line for line, m in zip(lines, matches) if not m])
df = df.astype({"status": int, "bytes": int, "ms": float})
df["when"] = pd.to_datetime(df["when"], format="%d/%b/%Y:%H:%M:%S %z")
df["route"] = df["path"].str.replace(r"\?.*$", "", regex=True).str.replace(r"/\d+", "/:id", regex=True)
print(df.groupby("route").agg(hits=("ip", "size"), visitors=("ip", "nunique"), p50=("ms", "median"), p95=("ms", lambda s: s.quantile(0.95)), kib=("bytes", lambda s: s.sum() / 1024)).to_string())
print(pd.crosstab(df["route"], df["status"]).to_string())
print(df.set_index("when").resample("3h").agg({"ms": "mean", "bytes": "sum", "ip": "nunique"}).to_string())
df = df.sort_values(["ip", "when"], kind="stable")
df["session"] = (df.groupby("ip")["when"].diff() > pd.Timedelta("30min")).groupby(df["ip"]).cumsum()
sessions = df.groupby(["ip", "session"]).agg(pages=("path", "size"), length=("when", lambda s: (s.max() - s.min()).total_seconds()))
print(len(sessions), sessions.describe().round(9).to_string(), sessions.nlargest(3, ["pages", "length"]).to_string())
bots = df["agent"].str.contains("bot", case=False)
print(bots.sum(), df.loc[bots, "ip"].value_counts().sort_index().head(3).to_dict(), df.loc[df["status"] >= 500].groupby(df["when"].dt.hour).size().idxmax())
