# Chains of any length end, walked and freed: as a value, or as RecursionError or MemoryError. None traps.
import copy
import functools
import itertools
import json
import marshal
import pickle
import sys
import types
import weakref


def ends(what, call):
    try:
        return call()
    except (RecursionError, MemoryError, SyntaxError, ValueError, TypeError, StopIteration):
        return None


# ---- Chains that C walks ----
def chain(make, start, count=100_000):
    return functools.reduce(lambda value, _: make(value), range(count), start)


class Plain:
    def __init__(self, next):
        self.next = next


class Slots:
    __slots__ = ("next", "__weakref__")

    def __init__(self, next):
        self.next = next


class Dying(Plain):
    def __del__(self):
        self.died = True


class List(list):
    pass


def generator(value):
    yield value


def started(value):
    made = generator(value)
    next(made)
    return made


def guarded(value):
    try:
        yield value
    finally:
        pass


def started_guarded(value):
    made = guarded(value)
    next(made)
    return made


def closure(value):
    return lambda: value


class Method:
    def method(self):
        pass


def error(value):
    made = ValueError(value)
    made.__cause__ = value if isinstance(value, BaseException) else None
    return made


FREED = [
    lambda v: [v], lambda v: (v,), lambda v: {1: v}, lambda v: List([v]), lambda v: frozenset([v]),
    Plain, Slots, Dying, generator, started, started_guarded, closure, error, lambda v: iter([v]),
    lambda v: map(None, [v]), lambda v: zip([v]), lambda v: enumerate([v]), lambda v: filter(None, [v]),
    lambda v: itertools.chain([v]), lambda v: itertools.repeat(v), lambda v: itertools.islice([v], 1), lambda v: itertools.tee([v])[0],
    lambda v: functools.partial(print, v), lambda v: types.MethodType(print, v), lambda v: types.SimpleNamespace(v=v),
    lambda v: types.MappingProxyType({1: v}), lambda v: slice(v), lambda v: property(v), lambda v: staticmethod(v), lambda v: classmethod(v),
    lambda v: types.CellType(v), lambda v: reversed([v]),
]
for number, make in enumerate(FREED):
    value = chain(make, 0, 60_000)
    del value

last = None
for _ in range(50_000):
    last = Slots(last)
    watch = weakref.ref(last)
del last
assert watch() is None
order = []


class Noted:
    def __init__(self, n, next):
        self.n, self.next = n, next

    def __del__(self):
        order.append(self.n)


head = None
for n in range(3000):
    head = Noted(n, head)
del head
assert order == list(range(2999, -1, -1))

WALKED = [
    (lambda v: map(int, v), [1], next), (lambda v: zip(v), [1], next), (lambda v: enumerate(v), [1], next), (lambda v: filter(None, v), [1], next),
    (lambda v: itertools.chain(v), [1], next), (lambda v: itertools.chain.from_iterable([v]), [1], next), (lambda v: itertools.islice(v, 5), [1], next),
    (lambda v: itertools.takewhile(bool, v), [1], next), (lambda v: itertools.dropwhile(bool, v), [1], next), (lambda v: itertools.accumulate(v), [1], next),
    (lambda v: itertools.starmap(max, zip(v, v)), [1], next), (lambda v: itertools.cycle(v), [1], next), (lambda v: itertools.tee(v)[0], [1], next),
    (lambda v: itertools.pairwise(v), [1, 2, 3], next), (lambda v: itertools.groupby(v), [1], next), (lambda v: itertools.compress(v, v), [1], next),
    (lambda v: itertools.filterfalse(None, v), [0], next), (lambda v: itertools.batched(v, 1), [1], next), (lambda v: itertools.zip_longest(v), [1], next),
    (lambda v: (x for x in v), [1], next), (lambda v: iter(functools.partial(next, iter(v)), 7), [1], next),
    (lambda v: (v,), (), hash), (lambda v: types.MappingProxyType(v), {}, len), (lambda v: types.MappingProxyType(v), {}, list),
    (lambda v: types.MappingProxyType(v), {1: 2}, lambda v: v[1]), (lambda v: types.MappingProxyType(v), {1: 2}, lambda v: 1 in v),
    (lambda v: types.MappingProxyType(v), {}, repr), (lambda v: slice(v), 1, hash), (lambda v: slice(v), 1, repr), (lambda v: slice(v), 1, lambda v: v == slice(v)),
    (lambda v: types.MethodType(v, 1), max, lambda v: v(1)), (lambda v: functools.partial(v, 1), max, lambda v: v(2)),
    (lambda v: list[v], int, repr), (lambda v: list[v], int, hash), (lambda v: v | None if v is None else list[v], int, str), (staticmethod, max, lambda v: v(1, 2)),
    (lambda v: [v], [], repr), (lambda v: [v], [], copy.deepcopy), (lambda v: [v], [], marshal.dumps), (lambda v: [v], [], lambda v: v == copy.copy(v)),
    (lambda v: [v], [], json.dumps), (lambda v: [v], [], pickle.dumps), (lambda v: (v,), (), lambda v: isinstance(1, v)), (lambda v: (v,), (), lambda v: "%s" % v),
    (lambda v: ExceptionGroup("g", [v]), ValueError(), lambda v: v.split(KeyError)), (error, None, lambda v: ends("print", lambda: str(v))),
]
for number, (make, start, use) in enumerate(WALKED):
    for count in (2900, 30_000):
        value = ends(number, lambda: chain(make, start, count))
        ends(number, lambda: use(value))
        del value


def delegating(inner):
    yield from inner


sys.setrecursionlimit(10**6)
for count in (500, 2000, 3500, 20_000):
    for end in ("close", "throw", "drop"):
        outer = started(None)
        for _ in range(count):
            outer = delegating(outer)
        ends("delegating", lambda: next(outer))
        if end == "close":
            ends("delegating", outer.close)
        elif end == "throw":
            ends("delegating", lambda: outer.throw(ValueError))
        sys.unraisablehook, before = lambda *_: None, sys.unraisablehook
        del outer
        sys.unraisablehook = before
print("ok")
