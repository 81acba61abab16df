# Whatever recurses without end does so into an exception, through Python and through C.
import ast
import copy
import functools
import json
import marshal
import pickle
import re
import sys


def deep(depth=100_000):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def plain(n=0):
    return plain(n + 1) + 1


def key(x=0):
    return sorted([1, 2], key=key)


def mapped(x=0):
    return list(map(mapped, [x]))


@functools.cache
def cached(n=0):
    return cached(n + 1)


def substituted(match=None):
    return re.sub("a", substituted, "aa")


def evaluated():
    source = "eval(source)"
    eval(source, {"source": source})


class Asking:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __repr__(self):
        return repr(self)

    def __str__(self):
        return f"{self}"

    def __eq__(self, other):
        return self == other

    def __hash__(self):
        return hash(self)

    def __add__(self, other):
        return self + other

    def __call__(self):
        return self()

    def __iter__(self):
        return iter(self)

    def __len__(self):
        return len(self)


def encoded(value=None):
    return json.dumps(value, default=encoded)


CASES = [
    plain, key, mapped, cached, substituted, evaluated, lambda: encoded(object()),
    lambda: Asking().name, lambda: repr(Asking()), lambda: str(Asking()), lambda: Asking() == Asking(),
    lambda: hash(Asking()), lambda: Asking() + 1, lambda: Asking()(), lambda: iter(Asking()), lambda: len(Asking()),
    lambda: json.loads("[" * 100_000), lambda: json.loads('{"a":' * 100_000), lambda: json.dumps(deep()),
    lambda: repr(deep()), lambda: deep() == deep(), lambda: copy.deepcopy(deep()), lambda: pickle.dumps(deep()),
    lambda: marshal.dumps(deep()), lambda: re.compile("(" * 5000 + ")" * 5000),
    lambda: isinstance(1, functools.reduce(lambda t, _: (t,), range(100_000), (str,))),
    lambda: compile("(" * 150 + "[" * 150 + "]" * 150 + ")" * 150, "deep", "eval"),
    lambda: compile("-" * 100_000 + "1", "deep", "eval"), lambda: compile("1" + "+1" * 100_000, "deep", "eval"),
    lambda: compile("not " * 100_000 + "1", "deep", "eval"), lambda: compile("a" + ".b" * 100_000, "deep", "eval"),
    lambda: compile("lambda: " * 100_000 + "1", "deep", "eval"),
    lambda: ast.literal_eval("[" * 100_000),
    lambda: compile("[" * 60 + "x" + " for x in y]" * 60, "deep", "eval"),
]
for number, case in enumerate(CASES):
    try:
        case()
    except (RecursionError, MemoryError, SyntaxError, ValueError):
        pass
    else:
        raise AssertionError(f"case {number} ended")

# What nests deeply but not without end works.
value = json.loads("[" * 900 + "]" * 900)
assert json.loads(json.dumps(value)) == value and eval(repr(value)[:90].split("[]")[0][:50] + "]" * 50)
assert eval("(" * 190 + "1" + ")" * 190) == 1
sys.setrecursionlimit(60_000)
assert (lambda f, n: f(f, n))(lambda f, n: n and 1 + f(f, n - 1), 50_000) == 50_000
chain = deep(300_000)
del chain
print("ok")
