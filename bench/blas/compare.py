#!/usr/bin/env python3
"""BLAS and LAPACK in the sandbox beside numpy's own on one thread, call by call in turn.

    bench/blas/compare.py BELLJAR MODULE [--turns N] [--only NAME…] [--fuel]

MODULE is work.c as a WASI module. numpy must be installed; the quickest of N calls counts on both sides.
"""

import argparse
import os
import subprocess
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

SIZES = {
    "matmul-f64": (200, 500, 1000, 2000),
    "matmul-f32": (200, 500, 1000, 2000),
    "matmul-c128": (200, 500, 1000),
    "svd": (200, 500),
    "inv": (200, 500, 1000),
    "eigh": (200, 500),
    "cholesky": (200, 500, 1000),
}
TYPES = {"matmul-f64": "f8", "matmul-f32": "f4", "matmul-c128": "c16"}


def native(name, n):
    rng = np.random.default_rng(n)
    a = rng.random((n, n)).astype(TYPES.get(name, "f8"))
    if name in TYPES:
        b, out = a.copy(), np.empty_like(a)
        began = time.perf_counter()
        np.matmul(a, b, out=out)
        return time.perf_counter() - began
    if name != "svd":
        a = a + a.T + n * np.eye(n)
    work = {"svd": np.linalg.svd, "inv": np.linalg.inv, "eigh": np.linalg.eigh, "cholesky": np.linalg.cholesky}[name]
    began = time.perf_counter()
    work(a)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("belljar")
    parser.add_argument("module")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(SIZES))
    parser.add_argument("--fuel", action="store_true", help="the form that counts instructions")
    options = parser.parse_args()
    limits = ["--memory", "1GiB", "--timeout", "600s"] + (["--fuel", "10000000000000"] if options.fuel else [])
    box = subprocess.Popen(
        [options.belljar, "run", "--stdin", "-", *limits, options.module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def sandboxed(name, n):
        box.stdin.write(f"{name} {n}\n")
        box.stdin.flush()
        return float(box.stdout.readline())

    print(f"numpy {np.__version__}; milliseconds, the quickest of {options.turns}")
    print(f"{'':12} {'n':>5} {'native':>10} {'sandbox':>10} {'ratio':>6}")
    for name in options.only:
        for n in SIZES[name]:
            pairs = [(native(name, n), sandboxed(name, n)) for _ in range(options.turns)]
            ours, theirs = min(p[1] for p in pairs), min(p[0] for p in pairs)
            print(f"{name:12} {n:5} {theirs * 1e3:10.3f} {ours * 1e3:10.3f} {ours / theirs:6.2f}", flush=True)
    box.stdin.close()
    return box.wait()


if __name__ == "__main__":
    raise SystemExit(main())
