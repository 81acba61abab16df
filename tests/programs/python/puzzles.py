"""Puzzles as agents solve them: sudoku, queens, knapsack, permutations, word ladder, big numbers."""
import sys
from bisect import bisect_left
from functools import lru_cache, reduce
from itertools import permutations

SUDOKU = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"


def solve(board):
    cells = [int(c) for c in board]
    rows, cols, boxes = [0] * 9, [0] * 9, [0] * 9
    for i, v in enumerate(cells):
        if v:
            rows[i // 9] |= 1 << v
            cols[i % 9] |= 1 << v
            boxes[i // 27 * 3 + i % 9 // 3] |= 1 << v

    def fill():
        best, options = -1, None
        for i, v in enumerate(cells):
            if not v:
                used = rows[i // 9] | cols[i % 9] | boxes[i // 27 * 3 + i % 9 // 3]
                free = [d for d in range(1, 10) if not used >> d & 1]
                if options is None or len(free) < len(options):
                    best, options = i, free
        if options is None:
            return True
        r, c, b = best // 9, best % 9, best // 27 * 3 + best % 9 // 3
        for d in options:
            cells[best] = d
            rows[r] ^= 1 << d
            cols[c] ^= 1 << d
            boxes[b] ^= 1 << d
            if fill():
                return True
            rows[r] ^= 1 << d
            cols[c] ^= 1 << d
            boxes[b] ^= 1 << d
        cells[best] = 0
        return False

    return "".join(map(str, cells)) if fill() else None


def queens(n):
    def place(row, cols, left, right):
        if row == n:
            return 1
        total, free = 0, ~(cols | left | right) & ((1 << n) - 1)
        while free:
            bit = free & -free
            free ^= bit
            total += place(row + 1, cols | bit, (left | bit) << 1, (right | bit) >> 1)
        return total
    return place(0, 0, 0, 0)


@lru_cache(maxsize=None)
def change(amount, coins=(50, 20, 10, 5, 2, 1)):
    if amount == 0:
        return 1
    if not coins or amount < 0:
        return 0
    return change(amount - coins[0], coins) + change(amount, coins[1:])


def knapsack(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for r in range(room, weight - 1, -1):
            best[r] = max(best[r], best[r - weight] + value)
    return best[room]


def rising(values):
    tails = []
    for v in values:
        i = bisect_left(tails, v)
        tails[i:i + 1] = [v]
    return len(tails)


def common(a, b):
    table = [[""] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + x if x == y else max(table[i + 1][j], table[i][j + 1], key=len)
    return table[-1][-1]


answer = solve(SUDOKU)
print(*(answer[i:i + 9] for i in range(0, 81, 9)), sep="\n")
print([queens(n) for n in range(1, 9)], change(100), change.cache_info().misses > 100)
print(knapsack([(12, 4), (2, 2), (1, 1), (1, 2), (4, 10)], 15), rising([10, 9, 2, 5, 3, 7, 101, 18]), common("AGGTAB", "GXTXAYB"))
letters = "SENDMORY"
for digits in permutations(range(10), 3):
    s, e, n = digits
    if s and (10 * s + e) * n == 100 + e:
        print("found", digits)
        break
print(sum(map(int, str(2**1000))), str(reduce(lambda a, b: a * b, range(1, 101)))[:20], len(str(3**5000)), sys.getrecursionlimit())


def hanoi(n, a, b, c):
    return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)


def ackermann(m, n):
    return n + 1 if m == 0 else ackermann(m - 1, 1) if n == 0 else ackermann(m - 1, ackermann(m, n - 1))


print(hanoi(10, *"abc"), ackermann(2, 6))
try:
    (lambda f: f(f))(lambda f: f(f))
except RecursionError as error:
    print(type(error).__name__, error)
spiral, grid = [], [list(range(i, i + 4)) for i in (0, 4, 8)]
while grid:
    spiral += grid.pop(0)
    grid = [list(row) for row in zip(*grid)][::-1]
print(spiral)
