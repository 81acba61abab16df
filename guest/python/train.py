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


def small_programs():
    """Exercises and puzzles as a model answers them: short functions over numbers, lists, strings and dicts."""
    # Loops over numbers.
    x = y = z = 0.0
    for i in range(30000):
        x, y = x * 0.98 + y * 0.02 + i, y - x * 1e-5
        z += (x - y) / (1.0 + abs(z)) if i & 1 else -0.25 * z
    inside = 0
    for row in range(40):
        for column in range(40):
            c = complex(column / 20 - 1.5, row / 20 - 1.0)
            a = b = 0.0
            for _ in range(20):
                a, b = a * a - b * b + c.real, 2 * a * b + c.imag
                if a * a + b * b > 4.0:
                    break
            else:
                inside += 1
    n, factors = 600851475143, []
    d = 2
    while d * d <= n:
        while n % d == 0:
            factors.append(d)
            n //= d
        d += 1
    digits = [sum(int(c) for c in str(k)) for k in range(4000)]
    fib(20)

    # Lists, by index and by hand.
    values = [(k * 7919) % 2003 for k in range(400)]
    bubble = values[:120]
    for i in range(len(bubble)):
        for j in range(len(bubble) - i - 1):
            if bubble[j] > bubble[j + 1]:
                bubble[j], bubble[j + 1] = bubble[j + 1], bubble[j]

    def quick(items):
        if len(items) <= 1:
            return items
        pivot = items[len(items) // 2]
        return (
            quick([v for v in items if v < pivot])
            + [v for v in items if v == pivot]
            + quick([v for v in items if v > pivot])
        )

    def search(items, wanted):
        low, high = 0, len(items) - 1
        while low <= high:
            middle = (low + high) // 2
            if items[middle] < wanted:
                low = middle + 1
            elif items[middle] > wanted:
                high = middle - 1
            else:
                return middle
        return -1

    in_order = quick(values)
    found = [search(in_order, v) for v in range(0, 2003, 3)]
    sorted(values, key=lambda v: (v % 10, -v))
    sorted((str(v) for v in values), key=len)
    numbers = [k * 7919 % 100003 for k in range(6000)]
    numbers.sort()
    numbers.sort(key=lambda v: -v)

    # Tables of dynamic programming.
    def distance(a, b):
        previous = list(range(len(b) + 1))
        for i, ca in enumerate(a, 1):
            current = [i]
            for j, cb in enumerate(b, 1):
                current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (ca != cb)))
            previous = current
        return previous[-1]

    distance("the quick brown fox jumps over it" * 2, "a quick brown dog jumped over him" * 2)
    best = [0] * 1001
    for weight, worth in ((12, 40), (25, 90), (7, 21), (60, 170), (33, 111), (14, 38)):
        for room in range(1000, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + worth)
    grid = [[(i * j) % 3 == 0 for j in range(24)] for i in range(24)]
    for _ in range(3):
        grid = [
            [
                sum(grid[(i + a) % 24][(j + b) % 24] for a in (-1, 0, 1) for b in (-1, 0, 1)) in (3, 4)
                for j in range(24)
            ]
            for i in range(24)
        ]

    def queens(n, columns=(), left=(), right=()):
        row = len(columns)
        if row == n:
            return 1
        return sum(
            queens(n, columns + (c,), left + (c - row,), right + (c + row,))
            for c in range(n)
            if c not in columns and c - row not in left and c + row not in right
        )

    queens(6)

    # Strings.
    vowels = palindromes = 0
    for word in ("level", "Madam", "python", "A man a plan a canal Panama", "sandbox") * 60:
        letters = [c.lower() for c in word if c.isalpha()]
        palindromes += letters == letters[::-1]
        for c in word:
            if c in "aeiouAEIOU":
                vowels += 1
        "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.islower() else c for c in word)
        word.replace("a", "b").split(), word.strip().capitalize(), word.index(word[-1])
    depth = deepest = 0
    for c in "(()((())))[]{}" * 150:
        if c in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in ")]}":
            depth -= 1
    roman = []
    for number in range(1, 400, 3):
        text = ""
        for value, letters in ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
            while number >= value:
                text += letters
                number -= value
        roman.append(text)
    parts = [f"{k}:{k * k}" for k in range(3000)]
    ",".join(parts).replace("1", "one").upper().split(",")
    groups = {}
    for word in ("listen", "silent", "enlist", "google", "elgoog", "abc", "cab") * 60:
        groups.setdefault("".join(sorted(word)), []).append(word)
    frequency = {}
    for c in LOG[:8000]:
        frequency[c] = frequency.get(c, 0) + 1
    max(frequency, key=frequency.get), sorted(frequency.items(), key=lambda pair: pair[1], reverse=True)[:3]

    # Objects that point to each other.
    class Node:
        def __init__(self, key):
            self.key = key
            self.left = self.right = None

        def insert(self, key):
            side = "left" if key < self.key else "right"
            child = getattr(self, side)
            if child is None:
                setattr(self, side, Node(key))
            else:
                child.insert(key)

        def __iter__(self):
            if self.left:
                yield from self.left
            yield self.key
            if self.right:
                yield from self.right

    tree = Node(1000)
    for v in values:
        tree.insert(v)
    keys = list(tree)

    class Vector:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __add__(self, other):
            return Vector(self.x + other.x, self.y + other.y)

        def dot(self, other):
            return self.x * other.x + self.y * other.y

        def __repr__(self):
            return f"Vector({self.x}, {self.y})"

    total = Vector(0, 0)
    for i in range(5000):
        total = total + Vector(i, -i)
        if total.dot(total) < 0:
            break

    class Account:
        def __init__(self):
            self.balance, self.history = 0, []

        def move(self, amount):
            if self.balance + amount < 0:
                raise ValueError("not enough")
            self.balance += amount
            self.history.append({"amount": amount, "balance": self.balance})

    account = Account()
    for i in range(1500):
        try:
            account.move(i % 50 - 25)
        except ValueError:
            account.move(100)
    json.loads(json.dumps(account.history))

    graph = {k: {(k * 7 + s) % 200: s + k % 9 for s in (1, 5, 11)} for k in range(200)}
    reached, frontier = {0: 0}, [(0, 0)]
    while frontier:
        far, node = heapq.heappop(frontier)
        if far > reached[node]:
            continue
        for there, step in graph[node].items():
            if far + step < reached.get(there, 1 << 30):
                reached[there] = far + step
                heapq.heappush(frontier, (far + step, there))

    # A tokenizer and a parser.
    tokens = re.findall(r"\d+\.?\d*|[-+*/()]", "3 + 4 * (2 - 1.5) / 7 - (8 * 2 + 1) * 3.25")
    for _ in range(60):
        at = 0

        def expression():
            nonlocal at
            value = term()
            while at < len(tokens) and tokens[at] in "+-":
                sign, at = tokens[at], at + 1
                value = value + term() if sign == "+" else value - term()
            return value

        def term():
            nonlocal at
            value = atom()
            while at < len(tokens) and tokens[at] in "*/":
                sign, at = tokens[at], at + 1
                value = value * atom() if sign == "*" else value / atom()
            return value

        def atom():
            nonlocal at
            token, at = tokens[at], at + 1
            if token == "(":
                value = expression()
                at += 1
                return value
            return float(token)

        expression()
    text = "name1=value1; name22=value22; " * 300
    re.findall(r"(\w+)=(\w+);", text), re.search(r"value(\d+)$", text.strip("; ")), re.sub(r"\s+", " ", text)
    return inside, factors, len(digits), found[-1], deepest, palindromes, vowels, len(roman), len(keys), len(reached)


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
        small_programs()
        small_programs()
        programs()


if __name__ == "__main__":
    main()
