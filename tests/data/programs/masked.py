# Ufuncs and reductions with `where`: what is left out keeps its value, and warns of nothing.
import warnings

import numpy as np

warnings.simplefilter("always")


def tell(name, calculate):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        value = calculate()
    print(name, np.asarray(value).dtype, np.asarray(value).tolist(), sorted({str(one.message) for one in said}))


x = np.array([4.0, 0.0, 2.0, -1.0, np.inf, np.nan])
kept = np.full(6, -7.0)
tell("divide", lambda: np.divide(1, x, where=x > 0, out=kept.copy()))
tell("divide by zero that is left out", lambda: np.divide(1, x, where=x != 0, out=kept.copy()))
tell("divide by zero that is not", lambda: np.divide(1, x, where=x <= 0, out=kept.copy()))
tell("sqrt", lambda: np.sqrt(x, where=x >= 0, out=kept.copy()))
tell("sqrt in place", lambda: np.sqrt(y := x.copy(), where=y < 0, out=y))
tell("log", lambda: np.log(x, where=x > 0, out=np.full(6, np.nan)))
tell("nothing", lambda: np.add(x, 1, where=False, out=kept.copy()))
tell("all", lambda: np.add(x, 1, where=True, out=kept.copy()))
tell("broadcast mask", lambda: np.multiply(np.ones((2, 3)), [1.0, 2, 3], where=[True, False, True], out=np.zeros((2, 3))))
tell("transposed", lambda: np.add(np.arange(6.0).reshape(2, 3).T, 1, where=np.arange(6).reshape(3, 2) % 2 == 0, out=np.zeros((3, 2))))
tell("strided", lambda: np.negative(x[::2], where=[True, False, True], out=kept.copy()[::2]))
tell("float32", lambda: np.divide(np.float32(1), x.astype("f4"), where=x > 0, out=np.zeros(6, "f4")))
tell("complex", lambda: np.multiply(x[:4] + 1j, 2, where=x[:4] > 0, out=np.zeros(4, complex)))
tell("integers", lambda: np.floor_divide(10, np.array([0, 3]), where=[False, True], out=np.zeros(2, int)))
tell("two results", lambda: np.divmod(7.0, np.array([2.0, 0.0]), where=[True, False], out=(np.zeros(2), np.zeros(2))))
tell("sum", lambda: np.sum(x, where=x < np.inf))
tell("sum of infinities", lambda: np.sum([np.inf, -np.inf, 1], where=[True, False, True]))
tell("sum that is invalid", lambda: np.sum([np.inf, -np.inf, np.nan], where=[True, True, False]))
tell("prod", lambda: np.prod(x, where=np.isfinite(x) & (x != 0)))
tell("max", lambda: np.max(x, where=x < 3, initial=-9.0))
tell("mean", lambda: np.mean(np.arange(6.0).reshape(2, 3), axis=0, where=[[True, True, False], [True, False, False]]))
tell("sum of columns", lambda: np.add.reduce(np.arange(12.0).reshape(4, 3), axis=0, where=np.arange(12).reshape(4, 3) % 2 == 0))
tell("sum of rows", lambda: np.add.reduce(np.arange(12.0).reshape(4, 3), axis=1, where=np.arange(12).reshape(4, 3) % 2 == 0))
tell("std", lambda: np.std(np.arange(6.0), where=np.arange(6) > 2))

# Longer than what is looked at in one piece.
a = np.arange(5000.0) - 2500
odd = np.arange(5000) % 3 == 1
tell("long", lambda: np.sqrt(a, where=odd & (a > 0), out=np.zeros(5000)).sum().round(6))
tell("long and wrong", lambda: np.isnan(np.sqrt(a, where=odd, out=np.zeros(5000))).sum())
tell("long reduction", lambda: np.add.reduce(a, where=odd))
tell("quotients", lambda: np.divide(a, a, where=a != 0, out=np.zeros(5000)).sum())
