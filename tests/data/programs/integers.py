# What everyday code shows of integers: their types and values.
import numpy as np
import pandas as pd

a = np.arange(100000)
print(a.dtype, a.sum(), a.cumsum()[-1], (a * a).sum(), np.prod(np.arange(1, 20)))
print(np.array([1, 2, 3]).dtype, np.array([2**31, 1]).dtype, np.array([2**63]).dtype, np.array([True, False]).sum().dtype)
print(np.dtype(int), np.dtype("int"), np.intp, np.int_, np.uint, np.dtype("p"), np.iinfo(int).max)
for small in (np.int8, np.int16, np.int32, np.uint8, np.uint16, np.uint32, np.bool_):
    b = np.ones(70000, small)
    print(b.sum().dtype, b.sum(), b.cumsum().dtype, b.cumsum()[-1], b.prod().dtype)
c = np.array([30, 10, 20])
print(np.argsort(c).dtype, np.argsort(c), c.argmax().dtype, np.argmin(c), np.where(c > 15)[0].dtype, np.nonzero(c)[0].dtype)
print(np.searchsorted([1, 2, 3], [2, 5]).dtype, np.bincount([1, 1, 2]).dtype, np.digitize([1.5], [1, 2]).dtype, np.lexsort((c, c)).dtype)
values, index, inverse, counts = np.unique([3, 1, 3], return_index=True, return_inverse=True, return_counts=True)
print(values.dtype, index.dtype, inverse.dtype, counts.dtype, np.count_nonzero(c), np.argpartition(c, 1).dtype)
print(np.unravel_index(5, (2, 3)), np.ravel_multi_index((1, 2), (2, 3)), np.indices((2, 2)).dtype, np.flatnonzero(c).dtype)
print((np.bincount([7] * 3000) ** 3)[-1], np.where(a > 99990)[0] * 10**9)
print(np.random.default_rng(1).integers(0, 2**40, 3), np.random.default_rng(1).integers(10).dtype if hasattr(np.random.default_rng(1).integers(10), "dtype") else "int")
np.random.seed(5)
print(np.random.randint(0, 100, 4), np.random.randint(0, 100, 4).dtype, np.random.permutation(5), np.random.permutation(5).dtype, np.random.choice(5, 3))
print(c[np.array([2, 0])], c[np.array([2, 0], dtype=np.int64)], c.take([0, 1]), np.repeat([1, 2], np.array([2, 3])), np.choose(np.array([0, 1]), [[1, 2], [3, 4]]))
m = np.arange(12).reshape(3, 4)
print(m[np.arange(3), np.array([0, 1, 2])], np.take_along_axis(m, np.argsort(-m, axis=1), axis=1), m[:, np.array([1, 3])])
m[np.array([0, 1]), np.array([1, 1])] = -1
print(m.tolist(), np.add.reduceat(np.arange(8), np.array([0, 4])), np.put(m, np.array([0]), 9), m[0, 0])
for bad in (2**32, -(2**40), 10**18):
    try:
        print(c[np.array([bad])])
    except IndexError as error:
        print("IndexError", str(error)[:26])
    try:
        print(c.take(np.array([bad])))
    except IndexError as error:
        print("IndexError")
s = pd.Series([1, 2, 2])
print(s.dtype, s.sum(), s.value_counts().dtype, s.groupby(s).size().dtype, s.index.dtype, pd.RangeIndex(3).dtype, s.argsort().dtype)
print(pd.Categorical(["a", "b", "a"]).codes.dtype, pd.factorize(np.array(["x", "y", "x"], dtype=object))[0].dtype, pd.Index([3, 1]).get_indexer([1]).dtype)
print(np.array(["a", "bcd"]).dtype, np.strings.str_len(np.array(["a", "bcd"])), np.strings.find(np.array(["abc"]), "c"), np.strings.count(np.array(["aXa"]), "a"))
print(np.strings.slice(np.array(["hello", "abc"]), 1, 3), np.strings.multiply(np.array(["ab"]), 3), np.char.find(np.array(["abc"]), "c").dtype)
print(np.array([np.nan, 1e30, -1.0, 300.5]).astype(np.int64), np.array([-1.0, 300.5, 70000.9]).astype(np.uint8), np.array([-1.0]).astype(np.uint32), np.array([-1.0]).astype(np.uint64), np.array([1.9, -1.9]).astype(np.int16))
print(np.histogram([1, 2, 1], bins=3), np.sum([True, True]), np.mean([1, 2]), np.cumsum([1, 2]).dtype, sum(np.arange(5)), np.dot([1, 2], [3, 4]).dtype)
print(np.int64(3) + 4, np.float64(3) // 2, divmod(np.int64(7), 2), 5 * np.arange(3), np.arange(3) / 2, 2 ** np.arange(5), np.arange(3, dtype=np.int32) + 1)
