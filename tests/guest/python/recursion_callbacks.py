# Libraries in C that call Python, which calls them again: each way ends as RecursionError or MemoryError, within the host's stack.
import csv
import datetime
import decimal
import functools
import importlib
import io
import itertools
import json
import pickle
import re
import sqlite3
import sys
from xml.parsers import expat

sys.setrecursionlimit(100_000)
ENDS = RecursionError, MemoryError, sqlite3.OperationalError


def in_sqlite():
    connection = sqlite3.connect(":memory:")
    connection.create_function("f", 1, lambda n: connection.execute("select f(?)", (n + 1,)).fetchone()[0])
    connection.execute("select f(0)").fetchone()


def in_collations():
    connection = sqlite3.connect(":memory:")
    connection.create_collation("c", lambda a, b: in_collations())
    connection.execute("select 'a' < 'b' collate c").fetchone()


def in_expat(*arguments):
    parser = expat.ParserCreate()
    parser.StartElementHandler = in_expat
    parser.Parse("<a/>", True)


def in_substitutions(match=None):
    return re.sub("a", in_substitutions, "aaa")


class Compared:
    def __lt__(self, other):
        return sorted([Compared(), Compared()])[0] is self

    def __eq__(self, other):
        return [Compared()] == [Compared()]

    def __hash__(self):
        return hash((Compared(),))


class Converted:
    def __reduce__(self):
        return Converted, (Converted(),)

    def __format__(self, spec):
        return format(Converted(), "{}")

    def __index__(self):
        return range(10)[Converted()]

    def __getattr__(self, name):
        return getattr(Converted(), name)

    def __iter__(self):
        return map(str, Converted())

    def __repr__(self):
        return "%r" % [Converted()]


class Read(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        return len(io.BufferedReader(Read()).read(2))


class Written(io.RawIOBase):
    def writable(self):
        return True

    def write(self, data):
        text = io.TextIOWrapper(io.BufferedWriter(Written()), write_through=True)
        text.write("x" * 9000)
        return text.flush() or 1


class Rows:
    def write(self, row):
        csv.writer(Rows()).writerow([row])


class Items(dict):
    def items(self):
        return [("a", json.dumps(Items(a=1)))]


class Number(decimal.Decimal):
    def __new__(cls, value="1"):
        return decimal.Decimal.__new__(cls, str(Number(value)))


class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        return datetime.datetime(2020, 1, 1, tzinfo=Zone()).utcoffset()


class Finder:
    def find_spec(self, name, path=None, target=None):
        importlib.import_module(f"a{len(name)}{name}")


class Named:
    def __set_name__(self, owner, name):
        type("x", (), {"a": Named()})


def chained():
    numbers = iter([])
    for _ in range(200_000):
        numbers = itertools.chain(numbers, [1])
    list(numbers)


def applied():
    function = print
    for _ in range(200_000):
        function = functools.partial(lambda inner, *rest: inner(), function)
    function()


def imported():
    sys.meta_path.insert(0, Finder())
    try:
        importlib.import_module("a")
    finally:
        sys.meta_path.pop(0)


WAYS = [in_sqlite, in_collations, in_expat, in_substitutions, lambda: sorted([Compared(), Compared()]), lambda: Compared() == 1,
        lambda: hash(Compared()), lambda: pickle.dumps(Converted()), lambda: f"{Converted()}", lambda: range(10)[Converted()],
        lambda: Converted().name, lambda: list(Converted()), lambda: repr(Converted()), lambda: io.BufferedReader(Read()).read(1),
        lambda: Written().write(b""), lambda: Rows().write("a"), lambda: json.dumps(Items(a=1)), Number,
        lambda: datetime.datetime(2020, 1, 1, tzinfo=Zone()).isoformat(), lambda: Named().__set_name__(None, ""), chained, applied,
        imported, lambda: exec("exec(source, globals())", globals() | {"source": "exec(source, globals())"})]  # fmt: skip
for number, way in enumerate(WAYS):
    try:
        way()
    except ENDS:
        continue
    raise AssertionError(f"way {number} does not end by an error")
print("ok")
