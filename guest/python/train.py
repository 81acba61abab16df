"""The training load of the profile: what code that an agent writes does most.

It runs in the instrumented native interpreter while python.wasm is built. The compiler learns from it
which branches are taken, so that each subject weighs here about what it weighs there: plain loops,
calls and containers first, then text and JSON, then the modules that data work is made of. Only the
standard library without compiled third-party modules; the same work every time.
"""

import base64
import bisect
import collections
import csv
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import heapq
import io
import itertools
import json
import math
import operator
import pickle
import random
import re
import statistics
import string
import struct
import textwrap
import typing
import unicodedata


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def arithmetic():
    fib(21)
    total = 0
    for i in range(60000):
        total += i * 3 % 7
        if total & 1:
            total ^= i
        elif total > 1 << 40:
            total >>= 3
    x = 0.0
    for i in range(1, 40000):
        x += math.sqrt(i) / (i + 1.5) - x * 0.001
    sieve = bytearray([1]) * 30000
    for i in range(2, 174):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, 30000, i)))
    primes = [i for i in range(2, 5000) if all(i % d for d in range(2, int(i**0.5) + 1))]
    big = functools.reduce(operator.mul, range(1, 400))
    str(big)
    pow(big, 65537, 2**521 - 1)
    divmod(big, 10**50)
    math.gcd(big, 2**200 * 3**50)
    for i in range(300, 420):
        int(str(3**i))
    n, steps = 837799, 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return total, x, sum(sieve), len(primes), steps


def containers():
    counts = {}
    for i in range(60000):
        counts[i % 997] = counts.get(i % 997, 0) + i
    words = ("the quick brown fox jumps over the lazy dog " * 300).split()
    collections.Counter(words).most_common(5)
    groups = collections.defaultdict(list)
    for i, word in enumerate(words):
        groups[word[0]].append((i, word))
    sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    squares = [i * i for i in range(20000) if i % 3]
    table = {k: v for k, v in zip(range(10000), squares)}
    unique = {i % 1013 for i in range(20000)} & set(range(0, 2000, 2)) - {4, 8}
    matrix = [[float(i * j % 17) for j in range(30)] for i in range(30)]
    product = [[sum(a * b for a, b in zip(row, column)) for column in zip(*matrix)] for row in matrix]
    flat = list(itertools.chain.from_iterable(product))
    flat.sort(reverse=True)
    heap = []
    for i in range(6000):
        heapq.heappush(heap, ((i * 7919) % 10007, i))
    while len(heap) > 10:
        heapq.heappop(heap)
    queue = collections.deque([(0, 0)])
    seen = {(0, 0)}
    while queue:
        a, b = queue.popleft()
        for da, db in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            there = (a + da, b + db)
            if 0 <= there[0] < 40 and 0 <= there[1] < 40 and there not in seen:
                seen.add(there)
                queue.append(there)
    stack = [1, 2, 3] * 400
    while stack:
        stack.pop()
    for pair in itertools.islice(itertools.combinations(range(40), 3), 5000):
        bisect.bisect_left(squares, sum(pair))
    list(itertools.permutations(range(6)))
    a, *rest, z = squares
    [*rest, *squares][::-2]
    any(x > 10**9 for x in squares), max(squares, key=lambda x: x % 101), min(table.values())
    return len(unique), len(seen), flat[0]


class Shape:
    registry = []

    def __init__(self, name, size):
        self.name = name
        self.size = size
        self._cache = None

    @property
    def area(self):
        return self.size * self.size

    def scaled(self, by):
        return type(self)(self.name, self.size * by)

    def __eq__(self, other):
        return isinstance(other, Shape) and self.size == other.size

    def __hash__(self):
        return hash((self.name, self.size))

    def __lt__(self, other):
        return self.size < other.size

    def __add__(self, other):
        return Shape(self.name, self.size + other.size)


class Circle(Shape):
    __slots__ = ("extra",)

    def __init__(self, name, size, *, extra=0):
        super().__init__(name, size)
        self.extra = extra

    @property
    def area(self):
        return math.pi * self.size**2


@dataclasses.dataclass(order=True)
class Order:
    id: int
    customer: str
    total: float = 0.0
    items: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


Pair = collections.namedtuple("Pair", "left right")


class Record(typing.NamedTuple):
    name: str
    value: int


class Lookup:
    def __init__(self):
        self.data = {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name

    def __getitem__(self, key):
        return self.data.get(key)

    def __setitem__(self, key, value):
        self.data[key] = value

    def __contains__(self, key):
        return key in self.data

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return iter(self.data)

    def __call__(self, *args, **kwargs):
        return len(args) + len(kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


def generate(n):
    for i in range(n):
        got = yield i * i
        if got:
            yield from range(got)


@functools.lru_cache(maxsize=None)
def ways(n, k):
    return 1 if n == 0 else 0 if n < 0 or k == 0 else ways(n - k, k) + ways(n, k - 1)


def decorated(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@decorated
def keywords(a, b=2, *args, c=3, **rest):
    return a + b + c + len(args) + len(rest)


def classify(value):
    match value:
        case {"kind": "point", "x": x, "y": y}:
            return x + y
        case [first, *others]:
            return first
        case str() as text if text:
            return text
        case Point(x=0):
            return 0
        case _:
            return None


def objects():
    shapes = [Circle("c", i, extra=1) if i % 3 else Shape("s", i) for i in range(4000)]
    total = sum(shape.area for shape in shapes)
    sorted(shapes)
    set(shapes[:500])
    total += sum((a + b).scaled(2).size for a, b in zip(shapes, shapes[1:]))
    orders = [Order(i, f"customer {i % 50}", i * 1.25, [i, i + 1]) for i in range(1500)]
    sorted(orders, key=operator.attrgetter("total"), reverse=True)
    [dataclasses.asdict(order) for order in orders[:150]]
    {Point(i % 30, i % 7): i for i in range(3000)}
    repr(orders[:100])
    lookup = Lookup()
    for i in range(4000):
        with lookup as there:
            there[i % 100] = i
            if i in there:
                there(i, there.name, k=there[i])
    for i in range(3000):
        pair = Pair(i, Record("x", i))
        pair.left + pair.right.value
        Colour.RED is Colour(1 + i % 2)
        keywords(i, c=4)
        keywords(1, 2, 3, 4, x=5, y=6)
        classify({"kind": "point", "x": i, "y": 1})
        classify([i, 2])
        classify("text")
        classify(Point(0, 1))
    for i in range(6000):
        try:
            if i % 3 == 0:
                raise ValueError(f"bad {i}")
            if i % 3 == 1:
                {}["missing"]
            int("x")
        except (KeyError, ValueError) as error:
            str(error)
        finally:
            total += 1
    sum(generate(20000))
    ways(90, 45)
    make = [lambda x, k=k: x + k for k in range(10)]
    for i in range(8000):
        make[i % 10](i)
    list(map(lambda x: x + 1, filter(None, range(8000))))
    isinstance(total, (int, float)), hasattr(shapes[0], "none"), getattr(shapes[0], "name", None)
    return total


LOG = "\n".join(
    f"2024-{1 + i % 12:02d}-{1 + i % 28:02d} 12:{i % 60:02d}:07 [{'ERROR' if i % 9 == 0 else 'INFO'}] "
    f"user{i % 37}@example.com GET /api/v{i % 3}/items/{i}?q=a%20b took {i * 13 % 997}ms"
    for i in range(1200)
)


def text():
    pattern = re.compile(r"^(\d{4})-(\d\d)-(\d\d) (\S+) \[(\w+)\] (?P<user>[\w.]+@[\w.]+) (GET|POST) (\S+)", re.M)
    hits = [match.groupdict() for match in pattern.finditer(LOG)]
    re.findall(r"\d+", LOG)
    re.sub(r"user(\d+)", lambda match: "u" + match.group(1), LOG)
    re.split(r"[\s,;]+", LOG[:20000])
    for line in LOG.splitlines():
        parts = line.strip().split(" ")
        "-".join(parts).lower().replace("e", "E").find("ERROR")
        line.startswith("2024"), line.endswith("ms"), line.partition("["), line.upper().title()
        f"{parts[0]:>12}|{len(line):05d}|{len(line) / 3:.2f}|{parts[-1]!r}"
        "%s is %d or %.3f" % (parts[0], len(line), 1.5)
        "{:<10} {name:^8}".format(parts[0], name=parts[1])
    words = collections.Counter(word.strip(string.punctuation).lower() for word in LOG.split())
    text = "Ünïcödé çà et là — 日本語テキスト 😀 " * 200
    text.encode("utf-8").decode("utf-8"), text.encode("utf-16"), text.casefold()
    unicodedata.normalize("NFKD", text)
    "".join(ch for ch in text if ch.isalpha() or ch.isdigit())
    "".join(reversed(text)), text[::-1], text.count("é"), text.split("—")
    textwrap.fill(LOG[:6000], 60)
    built = ""
    for i in range(4000):
        built += str(i)
        built += ","
    parts = []
    for ch in LOG[:15000]:
        if ch.isspace():
            parts.append("_")
        elif "a" <= ch <= "z":
            parts.append(chr(ord(ch) - 32))
        else:
            parts.append(ch)
    "".join(parts)
    out = io.StringIO()
    for i in range(3000):
        print("line", i, i / 7, sep="\t", file=out)
    out.getvalue()
    return len(hits), len(words)


def data():
    rows = [
        {"id": i, "name": f"name {i}", "tags": ["a", "b", str(i)], "score": i / 7, "ok": i % 2 == 0, "none": None,
         "nested": {"x": [1, 2.5, "é"], "deep": {"k": -i}}}
        for i in range(800)
    ]
    for options in ({}, {"indent": 2}, {"sort_keys": True, "ensure_ascii": False}):
        json.loads(json.dumps(rows, **options))
    table = io.StringIO()
    writer = csv.DictWriter(table, ["id", "name", "score"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    table.seek(0)
    read = [(int(row["id"]), float(row["score"])) for row in csv.DictReader(table)]
    scores = [score for _, score in read]
    statistics.mean(scores), statistics.median(scores), statistics.stdev(scores[:200])
    by_tag = itertools.groupby(sorted(rows, key=lambda row: row["ok"]), key=lambda row: row["ok"])
    {key: sum(row["score"] for row in group) for key, group in by_tag}
    pickle.loads(pickle.dumps(rows))
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    for i in range(1200):
        when = start + datetime.timedelta(hours=i, minutes=i % 60)
        datetime.datetime.fromisoformat(when.isoformat())
        (when - start).total_seconds(), when.date().weekday()
        if i % 6 == 0:
            datetime.datetime.strptime(when.strftime("%Y-%m-%d %H:%M:%S"), "%Y-%m-%d %H:%M:%S")
    money = decimal.Decimal("0")
    for i in range(2500):
        money += decimal.Decimal("19.99") * i / 7
        money = money.quantize(decimal.Decimal("0.01"))
    sum((fractions.Fraction(1, i) for i in range(1, 120)), fractions.Fraction(0))
    dice = random.Random(7)
    [dice.random() + dice.randint(1, 6) + dice.gauss(0, 1) for _ in range(3000)]
    dice.shuffle(scores)
    dice.sample(scores, 50), dice.choice(rows), dice.choices(scores, k=200)
    for i in range(200):
        hashlib.sha256(LOG[i : i + 400].encode()).hexdigest()
        hashlib.md5(b"x" * i).digest(), hashlib.blake2b(b"y" * i).digest()
    hashlib.sha512(LOG.encode()).digest(), hashlib.sha3_256(LOG[:8000].encode()).digest()
    base64.b64decode(base64.b64encode(LOG.encode()))
    for i in range(1500):
        struct.unpack("<IhBd", struct.pack("<IhBd", i, i % 99, i % 7, i / 3))
    buffer = bytearray()
    for i in range(3000):
        buffer += i.to_bytes(4, "little")
        buffer.append(i & 255)
    bytes(buffer).hex(), memoryview(buffer)[5:50].tobytes(), int.from_bytes(buffer[:80], "big")
    return len(rows)


async def worker(n):
    total = 0
    for i in range(n):
        total += await step(i)
    return total


async def step(i):
    return i + 1


def programs():
    """Fresh source is compiled in every evaluation; imports run module bodies."""
    with open(__file__, encoding="utf-8") as file:
        source = file.read()
    for i in range(5):
        compile(source, "train", "exec")
    for i in range(150):
        space = {}
        exec(f"import json\nx = {i}\ndef f(a, b=2):\n    return a * b + x\nprint_ = [f(k) for k in range(5)]", space)
        eval("x + sum(print_)", space)
    for _ in range(50):
        coroutine = worker(40)
        try:
            coroutine.send(None)
        except StopIteration:
            pass


def main():
    for _ in range(2):
        arithmetic()
        containers()
        objects()
        text()
        data()
        programs()


if __name__ == "__main__":
    main()
