"""How long a DataFrame of 100 MB takes into a sandbox and out of it, beside pickle's bytes of the same, and a list of numbers.

    BELLJAR_GUESTS=build/guests-data:build/guests build/python/venv/bin/python bench/arrow.py [ROUNDS]

Wants the full Python (`make data`), and pandas and pyarrow on the host. The least of ROUNDS (3).
"""

import sys
import time

import numpy as np
import pandas as pd

import belljar

MIB = 1 << 20
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
NUMBERS = 6_553_600  # 100 MiB in two columns of eight bytes


def least(what):
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def main():
    numbers = pd.DataFrame({"a": np.arange(NUMBERS), "b": np.random.default_rng(1).random(NUMBERS)})
    texts = pd.DataFrame({"key": [f"row {i}" for i in range(1_000_000)], "n": np.arange(1_000_000)})
    data = bytes(100 * MIB)
    policy = belljar.Policy(memory="3G", value_bytes="256M", timeout=600)
    with belljar.Sandbox(policy=policy) as box:
        box.eval("import pandas as pd").raise_for_outcome()
        for name, value in (("bytes, 100 MiB", data), ("two columns of numbers, 100 MiB", numbers), ("a million texts and numbers", texts)):
            into = least(lambda: box.set(value=value))
            out = least(lambda: box.get("value"))
            print(f"{name}: set {into:.0f} ms, get {out:.0f} ms", flush=True)
            if isinstance(value, pd.DataFrame):
                print(f"  … and as pandas' on the host: {least(lambda: box.get('value').to_pandas()):.0f} ms", flush=True)
            box.eval("del value")


main()
