"""A shop as events in time: heap, generators as processes, seeded random, itertools, running figures."""
import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count, groupby, islice, product, starmap, takewhile, zip_longest
from typing import Generator


@dataclass(order=True)
class Event:
    at: float
    order: int
    process: Generator = field(compare=False)


class World:
    def __init__(self, seed):
        self.now, self.queue, self.order = 0.0, [], count()
        self.random = random.Random(seed)
        self.log = []

    def start(self, process, after=0.0):
        heapq.heappush(self.queue, Event(self.now + after, next(self.order), process))

    def run(self, until):
        while self.queue and self.queue[0].at <= until:
            event = heapq.heappop(self.queue)
            self.now = event.at
            try:
                self.start(event.process, event.process.send(None))
            except StopIteration as end:
                self.log.append((round(self.now, 3), end.value))


def customer(world, number, tills, waiting):
    arrived = world.now
    line = min(range(len(tills)), key=lambda i: (len(waiting[i]), i))
    waiting[line].append(number)
    while waiting[line][0] != number or tills[line]:
        if world.now - arrived > 9:
            waiting[line].remove(number)
            return f"customer {number} left"
        yield 0.25
    tills[line] = True
    waiting[line].popleft()
    yield world.random.expovariate(1 / 3)
    tills[line] = False
    return f"customer {number} served at {line}"


def arrivals(world, tills, waiting):
    for number in count(1):
        world.start(customer(world, number, tills, waiting))
        yield world.random.uniform(0.5, 2)


world = World(42)
tills, waiting = [False, False], [deque(), deque()]
world.start(arrivals(world, tills, waiting))
world.run(60)
print(*world.log[:8], sep="\n")
print(Counter(text.split(" ")[2] for _, text in world.log), round(world.now, 3))


def running_mean(size):
    window, value = deque(maxlen=size), None
    while True:
        got = yield value
        window.append(got)
        value = sum(window) / len(window)


mean = running_mean(3)
next(mean)
print([mean.send(v) for v in (1, 2, 3, 10)])


def primes():
    found = {}
    for n in count(2):
        if (base := found.pop(n, None)) is None:
            yield n
            found[n * n] = n
        else:
            step = n + base
            while step in found:
                step += base
            found[step] = base


print(list(takewhile(lambda p: p < 60, primes())), next(islice(primes(), 1000, None)))
print([(k, len(list(g))) for k, g in groupby("aaabccd")], list(zip_longest("ab", [1], fillvalue="-")), list(starmap(pow, [(2, 3), (3, 2)])))
grid = {(x, y) for y, row in enumerate([".X.", "..X", "XXX"]) for x, c in enumerate(row) if c == "X"}
for _ in range(20):
    near = Counter((x + dx, y + dy) for x, y in grid for dx, dy in product((-1, 0, 1), repeat=2) if dx or dy)
    grid = {cell for cell, n in near.items() if n == 3 or (n == 2 and cell in grid)}
print(sorted(grid))
