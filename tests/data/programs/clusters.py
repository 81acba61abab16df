# k-means with restarts, its elbow and silhouettes, and principal components of the same points.
import numpy as np

rng = np.random.default_rng(17)
centres = np.array([[0, 0, 0], [6, 1, -2], [-4, 5, 3], [1, -6, 5]], float)
points = np.concatenate([rng.normal(c, 1.1, (70, 3)) for c in centres])


def kmeans(points, k, rng, rounds=50):
    at = points[rng.choice(len(points), k, replace=False)]
    for _ in range(rounds):
        labels = ((points[:, None] - at) ** 2).sum(-1).argmin(1)
        moved = np.array([points[labels == i].mean(0) if (labels == i).any() else at[i] for i in range(k)])
        if np.allclose(moved, at):
            break
        at = moved
    return labels, at, ((points - at[labels]) ** 2).sum()


for k in range(1, 7):
    labels, at, inertia = min((kmeans(points, k, rng) for _ in range(5)), key=lambda result: result[2])
    distance = np.sqrt(((points[:, None] - points) ** 2).sum(-1))
    if k > 1:
        inside = np.array([distance[i, (labels == labels[i]) & (np.arange(len(points)) != i)].mean() for i in range(len(points))])
        outside = np.array([min(distance[i, labels == other].mean() for other in range(k) if other != labels[i]) for i in range(len(points))])
        print(k, inertia, np.mean((outside - inside) / np.maximum(inside, outside)), sorted(np.bincount(labels).tolist()))
    else:
        print(k, inertia)
centred = points - points.mean(0)
u, s, vt = np.linalg.svd(centred, full_matrices=False)
vt *= np.sign(vt[np.arange(3), np.abs(vt).argmax(1)])[:, None]
print(s, s**2 / (s**2).sum(), vt)
values, vectors = np.linalg.eigh(np.cov(centred.T))
print(np.allclose(values[::-1], s**2 / (len(points) - 1)), np.abs(np.abs(vectors[:, ::-1].T @ vt.T) - np.eye(3)).max() < 1e-9)
scores = centred @ vt[:2].T
print(scores.std(0), np.histogram2d(scores[:, 0], scores[:, 1], bins=4)[0].astype(int).tolist())
