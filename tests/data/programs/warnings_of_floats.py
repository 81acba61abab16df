# Which warnings calculations with floats give, and what they give.
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("always")
CASES = """
np.array([1.0, 0.0, -1.0]) / 0
np.array([1.0, 2.0]) / np.array([0.0, 1.0])
np.array([0.0]) / np.array([0.0])
np.float64(1) / 0
np.float64(0) / 0
np.float64(1) // 0
np.int64(1) / 0
np.array([1, 2]) // 0
np.array([1, 2]) % 0
np.int64(5) // np.int64(0)
np.array([1.0]) % 0
np.array([1e308]) * 10
np.float64(1e308) * 10
np.array([1e308, 1e308]).sum()
np.array([np.inf, -np.inf]).sum()
np.array([np.nan, 1]).sum()
np.array([np.inf]) - np.array([np.inf])
np.array([np.inf]) * 0
np.array([np.nan]) + 1
np.array([np.inf]) + 1
np.log(np.array([0.0, 1.0]))
np.log(0.0)
np.log(np.array([-1.0]))
np.log2(np.array([0.0]))
np.log10(np.array([-1.0, 0.0]))
np.log1p(np.array([-1.0]))
np.sqrt(np.array([-1.0, 4.0]))
np.sqrt(-1.0)
np.exp(np.array([1000.0]))
np.exp(1000)
np.power(np.array([0.0]), -1)
np.power(np.array([10.0]), 400)
np.power(np.array([-8.0]), 1 / 3)
np.float64(10) ** 400
np.arccos(np.array([2.0]))
np.arctanh(np.array([1.0]))
np.reciprocal(np.array([0.0]))
np.sin(np.array([np.inf]))
np.array([1e40]).astype(np.float32)
np.array([np.nan]).astype(np.int64)
np.array([1e300]).astype(np.int32)
np.array([np.nan]).astype(bool)
np.array([1.5]).astype(np.float32)
np.float32(3e38) * np.float32(10)
np.array([3e38], np.float32) * np.float32(10)
np.array([60000.0], np.float16) * np.float16(10)
np.mean([])
np.array([]).mean()
np.nanmean(np.array([np.nan]))
np.std(np.array([1.0]), ddof=1)
np.var([])
np.divide(np.arange(5.0), np.arange(5.0))
np.true_divide(1, np.zeros(3))
np.divmod(1.0, 0.0)
np.fmod(np.array([1.0]), 0.0)
np.hypot(np.array([1e308]), np.array([1e308]))
np.array([1 + 1j]) / 0
np.array([1e308 + 0j]) * 10
np.cumsum(np.array([1e308, 1e308]))
np.cumprod(np.array([1e200, 1e200]))
np.maximum(np.array([np.nan]), 1)
np.array([np.nan]) < 1
np.multiply.reduce(np.array([1e200, 1e200]))
np.add.reduce(np.array([[1e308, 1.0], [1e308, 1.0]]))
np.linspace(0, 1, 3) / np.array([0, 1, 2])
np.corrcoef([1, 1], [1, 2])
np.int8(100) + np.int8(100)
np.int64(2**62) * np.int64(4)
pd.Series([1.0, 0.0]) / 0
pd.Series([1, 0]) / 0
np.log(pd.Series([0.0, 1.0]))
pd.Series([-1.0]) ** 0.5
""".strip().splitlines()
for case in CASES:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            value = eval(case)
        except Exception as error:
            value = type(error).__name__
    print(case, "->", repr(value).replace("\n", " "), sorted({str(one.message) for one in said}))
with np.errstate(all="raise"):
    for case in ("np.array([1.0]) / 0", "np.sqrt(np.array([-1.0]))", "np.array([1e308]) * 10", "np.float64(1) / 0"):
        try:
            print(eval(case))
        except FloatingPointError as error:
            print(case, error)
with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as said:
    a = np.array([1.0, 0.0])
    a /= np.array([0.0, 0.0])
    print(a, len(said))
a = np.arange(5000.0)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    a[4000] = -1
    np.sqrt(a, out=a)
    a /= a
    print(np.isnan(a).sum(), [str(one.message) for one in said])
