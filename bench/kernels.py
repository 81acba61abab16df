"""What bench/compute runs, natively and in the sandbox: prints one JSON object of nanoseconds.

    kernels.py ROUNDS           the least time of each kernel
    kernels.py import MODULE    the time of one import
"""

import json
import re
import sys
import time


def calls():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib(21)


def dicts():
    counts = {}
    for i in range(60000):
        key = i * 7919 % 5003
        counts[key] = counts.get(key, 0) + 1
    return len(counts)


def json_text():
    value = [{"id": i, "name": f"item {i}", "tags": ["a", "b"], "price": i / 7} for i in range(600)]
    return len(json.loads(json.dumps(value)))


def sort():
    numbers = [i * 7919 % 100003 for i in range(40000)]
    numbers.sort()
    return sorted(numbers, key=lambda n: -n)[0]


def floats():
    x = y = 0.0
    for i in range(120000):
        x, y = x * 0.99 + y * 0.01 + i, y - x * 1e-6
    return x + y


def strings():
    parts = [f"{i}:{i * i}" for i in range(15000)]
    text = ",".join(parts)
    return len(text.replace("1", "one").upper().split(","))


def regex():
    text = "key1=value1; key22=value22; " * 1500
    return len(re.findall(r"(\w+)=(\w+);", text))


def objects():
    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def add(self, other):
            return Point(self.x + other.x, self.y + other.y)

    total = Point(0, 0)
    for i in range(25000):
        total = total.add(Point(i, -i))
    return total.x


KERNELS = [calls, dicts, json_text, sort, floats, strings, regex, objects]


def measure(rounds):
    times = {}
    for kernel in KERNELS:
        best = None
        for _ in range(rounds):
            began = time.perf_counter_ns()
            kernel()
            took = time.perf_counter_ns() - began
            best = took if best is None else min(best, took)
        times[kernel.__name__] = best
    return times


if sys.argv[1] == "import":
    began = time.perf_counter_ns()
    __import__(sys.argv[2])
    print(json.dumps({sys.argv[2]: time.perf_counter_ns() - began}))
else:
    print(json.dumps(measure(int(sys.argv[1]))))
