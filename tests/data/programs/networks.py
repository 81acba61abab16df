# A graph as matrices: ranks, distances, components, and who is between.
import heapq

import numpy as np
import pandas as pd

rng = np.random.default_rng(55)
n = 60
edges = {(int(a), int(b)) for a, b in rng.integers(0, n, (150, 2)) if a != b}
weights = {edge: int(rng.integers(1, 20)) for edge in sorted(edges)}
adjacency = np.zeros((n, n), int)
for a, b in edges:
    adjacency[a, b] = 1
out = adjacency.sum(1)
transition = np.divide(adjacency, out[:, None], where=out[:, None] > 0, out=np.full((n, n), 1 / n))
rank = np.full(n, 1 / n)
for _ in range(100):
    rank = 0.15 / n + 0.85 * rank @ transition
top = pd.Series(rank).round(14).sort_values(ascending=False, kind="stable")
print(rank.sum(), top.head(5).to_dict())
distance = np.full((n, n), np.inf)
np.fill_diagonal(distance, 0)
for (a, b), w in weights.items():
    distance[a, b] = min(distance[a, b], w)
for k in range(n):
    distance = np.minimum(distance, distance[:, k, None] + distance[k])
finite = np.isfinite(distance)
print(int(finite.sum()), distance[finite].mean(), distance[finite].max(), np.unravel_index(np.where(finite, distance, -1).argmax(), distance.shape))


def dijkstra(start):
    best, queue = {}, [(0, start)]
    while queue:
        d, at = heapq.heappop(queue)
        if at in best:
            continue
        best[at] = d
        for (a, b), w in weights.items():
            if a == at and b not in best:
                heapq.heappush(queue, (d + w, b))
    return best


print(all(distance[0, node] == d for node, d in dijkstra(0).items()), len(dijkstra(0)))
both = adjacency | adjacency.T
reach = np.linalg.matrix_power((np.eye(n, dtype=int) + both).astype(bool).astype(np.int64), 1)
while True:
    wider = (reach @ reach > 0).astype(np.int64)
    if (wider == reach).all():
        break
    reach = wider
components = {tuple(np.nonzero(row)[0].tolist()) for row in reach}
print(sorted(len(c) for c in components), int(np.trace(np.linalg.matrix_power(both.astype(np.int64), 3))) // 6)
laplacian = np.diag(both.sum(1)) - both
print(np.linalg.eigvalsh(laplacian)[-3:], int((np.linalg.eigvalsh(laplacian) < 1e-9).sum()), np.bincount(both.sum(1)).tolist())
