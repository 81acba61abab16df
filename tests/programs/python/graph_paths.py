"""Graphs: shortest paths, order of tasks, components, spanning trees, flows, mazes."""
import heapq
import math
from collections import defaultdict, deque
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

ROADS = [("A", "B", 4), ("A", "C", 2), ("C", "B", 1), ("B", "D", 5), ("C", "D", 8), ("D", "E", 3), ("F", "G", 1)]


def neighbours(edges):
    graph = defaultdict(dict)
    for a, b, cost in edges:
        graph[a][b] = graph[b][a] = cost
    return graph


def dijkstra(graph, start):
    best, before, queue = {start: 0}, {}, [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        for other, step in graph[node].items():
            if cost + step < best.get(other, math.inf):
                best[other], before[other] = cost + step, node
                heapq.heappush(queue, (cost + step, other))
    return best, before


def path(before, end):
    steps = [end]
    while steps[-1] in before:
        steps.append(before[steps[-1]])
    return "→".join(reversed(steps))


def spanning_tree(edges):
    leader = {}

    def find(x):
        while leader.setdefault(x, x) != x:
            leader[x] = leader[leader[x]]
            x = leader[x]
        return x

    for a, b, cost in sorted(edges, key=lambda e: e[2]):
        if (x := find(a)) != (y := find(b)):
            leader[x] = y
            yield a + b, cost


def max_flow(capacity, source, sink):
    flow = 0
    while True:
        parents, queue = {source: None}, deque([source])
        while queue and sink not in parents:
            node = queue.popleft()
            for other, room in capacity[node].items():
                if room > 0 and other not in parents:
                    parents[other] = node
                    queue.append(other)
        if sink not in parents:
            return flow
        room, node = math.inf, sink
        while (parent := parents[node]) is not None:
            room, node = min(room, capacity[parent][node]), parent
        node = sink
        while (parent := parents[node]) is not None:
            capacity[parent][node] -= room
            capacity[node][parent] = capacity[node].get(parent, 0) + room
            node = parent
        flow += room


graph = neighbours(ROADS)
best, before = dijkstra(graph, "A")
for node in sorted(graph):
    print(node, best.get(node, "unreachable"), path(before, node) if node in best else "")
print(list(spanning_tree(ROADS)))
print(list(TopologicalSorter({"test": {"build"}, "build": {"fetch", "configure"}, "ship": {"test"}, "configure": {"fetch"}}).static_order()))
try:
    list(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())
except CycleError as error:
    print(error.args[0], sorted(set(error.args[1])))
pipes = defaultdict(dict)
for a, b, c in [("s", "a", 10), ("s", "b", 5), ("a", "b", 15), ("a", "t", 5), ("b", "t", 10)]:
    pipes[a][b] = c
    pipes[b].setdefault(a, 0)
print("flow", max_flow(pipes, "s", "t"))
MAZE = ["S.#.....", ".##.###.", "....#...", ".####.#.", "......#E"]
queue, seen = deque([((0, 0), 0)]), {(0, 0)}
while queue:
    (y, x), steps = queue.popleft()
    if MAZE[y][x] == "E":
        print("maze", steps)
        break
    for v, w in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
        if 0 <= v < len(MAZE) and 0 <= w < len(MAZE[0]) and MAZE[v][w] != "#" and (v, w) not in seen:
            seen.add((v, w))
            queue.append(((v, w), steps + 1))
points = [(0, 0), (3, 4), (6, 8), (1, 1)]
print(min((round(math.dist(p, q), 4), p, q) for p, q in combinations(points, 2)))
