# Arrays and frames in files.
import io
import os
import tempfile

import numpy as np
import pandas as pd

a = np.arange(1000).reshape(10, 100) * 1.5
np.save("a.npy", a)
print(np.load("a.npy").sum(), np.load("a.npy", mmap_mode="r")[3, 7], os.path.getsize("a.npy"))
np.savez("b.npz", x=a, y=np.arange(3))
with np.load("b.npz") as z:
    print(sorted(z), z["y"].dtype, z["x"].shape)
np.savez_compressed("c.npz", a)
print(np.load("c.npz")["arr_0"][9, 99])
a.tofile("raw.bin")
print(np.fromfile("raw.bin").reshape(10, 100)[5, 5], np.fromfile("raw.bin", np.float64, 3, offset=8))
with open("raw.bin", "rb") as file:
    file.seek(16)
    print(np.fromfile(file, np.float64, 2), file.tell())
np.savetxt("t.txt", a[:2, :3], fmt="%.3f", header="h")
print(open("t.txt").read(), np.loadtxt("t.txt").shape, np.genfromtxt(io.StringIO("1,2\n3,"), delimiter=","))
view = np.memmap("raw.bin", np.float64, "r", shape=(10, 100))
print(view[9, 99], type(view).__name__, view.flags.writeable)
with tempfile.TemporaryFile() as file:
    np.save(file, a)
    file.seek(0)
    print(np.load(file).mean())
with tempfile.NamedTemporaryFile() as file:
    a.tofile(file)
    file.flush()
    print(os.path.getsize(file.name))
buffer = io.BytesIO()
np.save(buffer, np.array(["x", "yz"]))
print(len(buffer.getvalue()), np.load(io.BytesIO(buffer.getvalue())))
df = pd.DataFrame({"k": ["a", "b", "a"], "v": [1.5, None, 3.0], "d": pd.to_datetime(["2024-01-31", "2024-02-29", None])})
df.to_csv("f.csv", index=False)
print(open("f.csv").read(), pd.read_csv("f.csv", parse_dates=["d"]).dtypes.to_string())
df.to_json("f.json", orient="records", date_format="iso")
print(open("f.json").read(), pd.read_json("f.json").shape)
df.to_pickle("f.pkl")
print(pd.read_pickle("f.pkl").equals(df))
print(pd.read_csv(io.StringIO("a;b\n1;2,5\n"), sep=";", decimal=",").to_dict(), pd.read_csv(io.StringIO("x\n1\n2\n"), engine="python").x.sum())
df.to_csv("f.csv.gz", index=False)
print(pd.read_csv("f.csv.gz").shape, len(df.to_html()), df.to_string())
import sqlite3

with sqlite3.connect(":memory:") as base:
    df[["k", "v"]].to_sql("t", base, index=False)
    print(pd.read_sql("select k, sum(v) as s from t group by k", base).to_string())
